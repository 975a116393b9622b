"""Keywords written for TrendRadar (its frequency_words.txt), as stories.

    [GLOBAL_FILTER]          what is never shown, one a line
    clickbait

    [WORD_GROUPS]            groups between blank lines, one story each
    [Chips]                  what the group is called
    chip => semiconductors   any of these; behind the arrow, what it is shown as
    /lithograph(y|ic)/       a regular expression
    +China                   must be there
    !game                    must not
    @5                       show no more

There a word is found inside of other words as well, and in titles only; here words are whole, but for those
of scripts without spaces, and are looked for in summaries and texts too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import tomli_w

from bot.core.query import compile_query
from bot.errors import ConfigError
from config.starter import slug

_FILTER, _GROUPS = "GLOBAL_FILTER", "WORD_GROUPS"
_SECTION = re.compile(r"\[(.+)\]")
_PATTERN = re.compile(r"/(.+)/[a-z]*")
_ARROW = re.compile(r"\s*=>\s*")
#: A word that needs no quotation marks.
_PLAIN = re.compile(r"[^\W_]+")
_OPERATORS = {"AND", "OR", "NOT"}
_WHOLE_WORDS = (
    "Words are whole words here (ai is not found in training), and are looked for in summaries and texts as"
    " well as in titles; an end that may go on is written with a star: chip*"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """What a file of another program says, in the words of ours."""

    #: As [[story]] tables.
    stories: tuple[dict[str, str], ...] = ()
    #: For keywords.exclude; "" excludes nothing.
    exclude: str = ""
    #: What is otherwise here, or could not be carried over.
    notes: tuple[str, ...] = ()

    def as_toml(self) -> str:
        """Write it as parts of a configuration, which may stand at the end of another."""
        comments = "".join(f"# {_printable(note)}\n" for note in self.notes)
        keywords = tomli_w.dumps({"keywords": {"exclude": self.exclude}}) if self.exclude else ""
        stories = [f"[[story]]\n{tomli_w.dumps(story)}" for story in self.stories]
        return "\n".join(filter(None, ("\n" + comments, keywords, *stories)))


def _printable(note: str) -> str:
    """Return a text that may stand in a comment: TOML forbids control characters there."""
    return "".join(sign if sign.isprintable() else " " for sign in note)


@dataclass(slots=True)
class _Group:
    """A group of words, as far as it was read."""

    terms: list[str] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)
    name: str = ""


def read_trendradar(text: str) -> Imported:
    """Read a frequency_words.txt.

    Raises:
        ConfigError: there is no word in it.
    """
    notes = [_WHOLE_WORDS]
    excluded: list[str] = []
    stories: list[dict[str, str]] = []
    section = _GROUPS
    for paragraph in _paragraphs(text):
        marked = _SECTION.fullmatch(paragraph[0][1])
        begins = marked is not None and marked[1].upper() in {_FILTER, _GROUPS}
        section = marked[1].upper() if marked and begins else section
        lines = paragraph[begins:]
        if section == _FILTER:
            excluded += _terms_of_filter(lines, notes)
        elif group := _group(lines, notes):
            stories.append(_story(group, [story["name"] for story in stories]))
    if not stories and not excluded:
        raise ConfigError("there is no word in it")
    return Imported(stories=tuple(stories), exclude=" ".join(dict.fromkeys(excluded)), notes=tuple(notes))


def _paragraphs(text: str) -> Iterator[list[tuple[int, str]]]:
    """Yield the lines that stand together, each with its number; comments do not part them."""
    held: list[tuple[int, str]] = []
    for number, line in enumerate([*text.removeprefix("\ufeff").splitlines(), ""], start=1):
        said = line.strip()
        if said and not said.startswith("#"):
            held.append((number, said))
        elif not said and held:
            yield held
            held = []


def _terms_of_filter(lines: Sequence[tuple[int, str]], notes: list[str]) -> Iterator[str]:
    for number, line in lines:
        if line[0] in "!+@":
            notes.append(f"line {number}: {line} means nothing in [{_FILTER}], there or here")
        elif term := _term(line, number, notes):
            yield term


def _group(lines: Sequence[tuple[int, str]], notes: list[str]) -> _Group | None:
    """Return a group that looks for something; None if it looks for nothing."""
    group = _Group()
    if lines and (named := _SECTION.fullmatch(lines[0][1])):
        group.name, lines = named[1].strip(), lines[1:]
    for number, line in lines:
        if line.startswith("@"):
            notes.append(
                f"line {number}: {line} is left out; per_hour in a [[story]] limits cards in an hour"
            )
            continue
        sign = line[0] if line[0] in "+!" else ""
        written = line.removeprefix(sign).strip()
        term = _term(written, number, notes)
        if term is None:
            continue
        group.terms.append(f"{sign.replace('!', '-')}{term}")
        if sign != "!":
            group.shown.append(_shown(written))
    if group.terms and not group.shown:
        notes.append(f"line {lines[0][0]}: a group that only excludes is left out")
    return group if group.shown else None


def _story(group: _Group, names: Sequence[str]) -> dict[str, str]:
    title = group.name or " / ".join(group.shown)
    usual = slug(title, "group")
    name = next(name for number in range(len(names) + 1) if (name := _numbered(usual, number)) not in names)
    return {"name": name, "title": title, "query": " ".join(dict.fromkeys(group.terms))}


def _numbered(name: str, number: int) -> str:
    return f"{name}-{number + 1}" if number else name


def _shown(written: str) -> str:
    word, *display = _ARROW.split(written, maxsplit=1)
    pattern = _PATTERN.fullmatch(word)
    return next(filter(None, display), pattern[1] if pattern else word)


def _term(written: str, number: int, notes: list[str]) -> str | None:
    """Return a word or an expression as a term of ours; None if it cannot be one, which a note says."""
    word = _ARROW.split(written, maxsplit=1)[0].strip()
    pattern = _PATTERN.fullmatch(word)
    if pattern:
        term = "/" + re.sub(r"(?<!\\)((?:\\\\)*)/", r"\1\/", pattern[1]) + "/"
    elif _PLAIN.fullmatch(word) and word not in _OPERATORS:
        term = word
    else:
        term = '"' + word.replace('"', " ").strip() + '"'
    try:
        compile_query(term, {}, where=f"line {number}")
    except ConfigError as mistake:
        notes.append(f"{mistake}; it is left out")
        return None
    return term
