"""The keyword language: what a query looks for, and its terms found in a text.

    li shangfu                  any of the listed words (a bare list means OR)
    "defence minister"          these words in a row
    +moscow -football           must stand there, must not
    china AND (drill* OR exercise*)
    title:moscow                only in the title; summary:, body:, outlet: and lang: are the others
    "china russia defence"~12   all of them, within twelve words of each other
    @li-shangfu                 any spelling of the story's alias
    ="US"                       letters, case and accents as they stand
    Путина~stem                 any form of the word
    "Li Shangfu"~fuzzy          a name in a spelling like this one
    /shoi?g[uy]/                a regular expression

Words are whole words, without regard to case and accents; `*` at the end lets a word go on. Characters of
scripts without spaces are found wherever they stand, but for katakana, which must not go on. AND binds
closer than OR; `+` and `-` apply to the whole of their list. `syntax` says how it is written,
docs/keywords.md tells all.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

from bot.core.patterns import MOST_PATTERNS, MOST_STEPS, Expression
from bot.core.stems import has_stem
from bot.core.syntax import (
    Alias,
    Both,
    Either,
    How,
    Listed,
    Never,
    Pattern,
    Scope,
    Term,
    Tree,
    line_and_column,
    parsed,
    printed,
)
from bot.core.terms import (
    OUTLET,
    AllOf,
    AnyOf,
    Exact,
    Found,
    Fuzzy,
    Language,
    Near,
    Node,
    Not,
    Phrase,
    Regular,
    Row,
    Stemmed,
    Text,
    Vocabulary,
    one_spaced,
    scoped,
    strict_letters,
)
from bot.core.words import is_unspaced, tokens, words
from bot.errors import ConfigError

#: A name of fewer letters is like too many words.
SHORTEST_FUZZY = 6
#: A last name of fewer letters does not stand for the whole name; one of fewer than above is spelled right.
_SHORTEST_LAST = 5
#: From so many letters on two may be wrong, below it one.
_LONG_NAME = 12
#: Words that a name may have beyond those it is written in: "Shang fu".
_MORE_WORDS = 2
_TAG = re.compile(r"[a-z]{2,3}(?:-[a-z0-9]{1,8})*", re.IGNORECASE)


class Reading(dict[str, Text]):
    """An article's fields, each split into words when it is first looked into."""

    def __init__(
        self, title: str, summary: str, body: str, outlet: str = "", language: str | None = None
    ) -> None:
        """Keep the texts; nothing is read yet."""
        super().__init__()
        #: The fields as they are written.
        self.texts = {"title": title, "summary": summary, "body": body, OUTLET: outlet}
        self.language = language

    def __missing__(self, field: str) -> Text:
        """Read a field."""
        text = self[field] = Text(self.texts[field], self.language)
        return text

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """Return the words of all fields."""
        return Vocabulary(*self.texts.values())


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled query."""

    text: str
    root: Node = field(repr=False)
    #: As it is written.
    tree: Tree = field(repr=False)
    #: What no story wants; None: nothing.
    exclude: Query | None = field(default=None, repr=False)

    @property
    def own(self) -> Node:
        """Return what is looked for without regard to what no story wants."""
        return self.root.nodes[0] if self.exclude and isinstance(self.root, AllOf) else self.root

    def find(
        self, title: str, summary: str, body: str, outlet: str = "", language: str | None = None
    ) -> list[tuple[Found, str]] | None:
        """Return the terms found, each with its excerpt; None if the query does not hold."""
        reading = _reading(title, summary, body, outlet, language)
        return found_in(self.root, reading) if self.root.may_hold(reading.vocabulary) else None


def found_in(root: Node, reading: Reading) -> list[tuple[Found, str]] | None:
    """Return the terms found in a reading, each with its excerpt; None if the node does not hold."""
    found = root.find(reading)
    if found is None:
        return None
    return [(hit, reading[hit.field].excerpt(hit.first, hit.last)) for hit in dict.fromkeys(found)]


#: Several stories look at one article after the other.
@lru_cache(maxsize=4)
def _reading(title: str, summary: str, body: str, outlet: str, language: str | None) -> Reading:
    return Reading(title, summary, body, outlet, language)


def compile_query(
    query: str, aliases: Mapping[str, Sequence[str]], *, where: str, exclude: str = ""
) -> Query:
    """Read a query.

    Args:
        query: as the user wrote it.
        aliases: the story's aliases; a spelling "@name" includes another alias.
        where: what to call it in an error, such as "story li-shangfu-moscow".
        exclude: a query of what no story wants; "" excludes nothing.

    Raises:
        ConfigError: a mistake, with its line and column; a term that could never match; or a query that
            would match everything.
    """
    if not query.strip():
        raise ConfigError(
            f"{where}: the query is empty, so nothing would ever match; write at least one word"
        )
    tree = parsed(query, where=where)
    root = compiled(tree, query, aliases, where=where)
    if root.find(_reading("", "", "", "", None)) is not None:
        raise ConfigError(f"{where}: the query only excludes, so every other article would match; add a word")
    if not exclude:
        return Query(query, root, tree)
    unwanted = compile_query(exclude, {}, where="keywords.exclude")
    return Query(query, AllOf((root, Not(unwanted.root))), tree, unwanted)


def whole_query(
    query: str,
    aliases: Mapping[str, Sequence[str]],
    *,
    where: str,
    also: Sequence[str] = (),
    without: Sequence[str] = (),
) -> str:
    """Write as one query what is put together of several; without parts that is the first one as it is.

    Args:
        query: as the user wrote it.
        aliases: the story's aliases.
        where: what to call it in an error, such as "story li-shangfu-moscow".
        also: further queries; one of them is enough as well.
        without: queries of what is not wanted, whatever else holds.

    Raises:
        ConfigError: a mistake in a part, which it names, with its line and column there.
    """
    if not also and not without:
        return query
    first = compile_query(query, aliases, where=where).tree
    more = [compile_query(part, aliases, where=f"{where}, also {_line(part)}").tree for part in also]
    never = [compile_query(part, aliases, where=f"{where}, without {_line(part)}").tree for part in without]
    alternatives = dict.fromkeys(part for tree in (first, *more) for part in _choices(tree))
    wanted = Either(tuple(alternatives)) if more and len(alternatives) > 1 else first
    return printed(Both((wanted, *map(Never, never))) if never else wanted)


def _line(query: str) -> str:
    return " ".join(query.split())


def _choices(tree: Tree) -> tuple[Tree, ...]:
    """Return the parts of which one is enough; the tree itself where it is no mere choice."""
    match tree:
        case Either():
            return tree.parts
        case Listed() if not any(item.sign for item in tree.items):
            return tuple(part for item in tree.items for part in _choices(item.part))
        case _:
            return (tree,)


def compiled(tree: Tree, query: str, aliases: Mapping[str, Sequence[str]], *, where: str) -> Node:
    """Make of a tree, or of a part of one, what is looked for; see `compile_query`."""
    return _Compiler(query, aliases, where).node(tree)


def alias_spellings(name: str, aliases: Mapping[str, Sequence[str]], *, where: str) -> list[str]:
    """Return every spelling of an alias, those of included aliases as well.

    Raises:
        ConfigError: there is no alias of that name.
    """
    return list(_spellings(name, aliases, where, frozenset()))


def _spellings(
    name: str, aliases: Mapping[str, Sequence[str]], where: str, above: frozenset[str]
) -> Iterator[str]:
    if name not in aliases or name in above:
        known = ", ".join("@" + other for other in aliases) or "none"
        raise ConfigError(f"{where}: there is no alias @{name} here (known: {known})")
    for spelling in aliases[name]:
        if spelling.startswith("@"):
            yield from _spellings(spelling[1:], aliases, where, above | {name})
        else:
            yield spelling


class _Compiler:
    """Turns a tree into nodes."""

    def __init__(self, query: str, aliases: Mapping[str, Sequence[str]], where: str) -> None:
        self._query = query
        self._aliases = aliases
        self._where = where
        self._patterns = 0
        self._steps = 0

    def node(self, tree: Tree, scope: str = "") -> Node:
        """Compile a part that stands in a scope; "" is none."""
        match tree:
            case Term() | Alias() | Pattern():
                return self._language(tree) if scope == "lang" else self._leaf(tree)
            case Scope():
                return self._scope(tree, scope)
            case Never():
                return Not(self.node(tree.part, scope))
            case Both():
                return AllOf(tuple(self.node(part, scope) for part in tree.parts))
            case Either():
                return AnyOf(tuple(self.node(part, scope) for part in tree.parts))
            case Listed():
                return self._listed(tree, scope)

    def _leaf(self, tree: Term | Alias | Pattern) -> Node:
        match tree:
            case Term():
                return self._term(tree)
            case Alias():
                return self._alias(tree)
            case Pattern():
                return self._pattern(tree)

    def _scope(self, tree: Scope, scope: str) -> Node:
        if scope:
            raise self._wrong(f"{tree.name}: stands inside {scope}:, and nothing is in both", tree.place)
        node = self.node(tree.part, tree.name)
        return node if tree.name == "lang" else scoped(node, (tree.name,))

    def _listed(self, tree: Listed, scope: str) -> Node:
        nodes = [(item.sign, self.node(item.part, scope)) for item in tree.items]
        plain = tuple(node for sign, node in nodes if not sign)
        marked = tuple(node if sign == "+" else Not(node) for sign, node in nodes if sign)
        wanted = (plain[0] if len(plain) == 1 else AnyOf(plain),) if plain else ()
        every = (*wanted, *marked)
        return every[0] if len(every) == 1 else AllOf(every)

    def _language(self, tree: Term | Alias | Pattern) -> Node:
        tag = tree.text if isinstance(tree, Term) else printed(tree)
        if not _TAG.fullmatch(tag) or printed(tree).strip('"') != tag:
            raise self._wrong(f"{printed(tree)} is no code of a language, such as ru or zh-Hans", tree.place)
        return Language(tag.lower())

    def _pattern(self, tree: Pattern) -> Node:
        self._patterns += 1
        if self._patterns > MOST_PATTERNS:
            raise self._wrong(f"there are more than {MOST_PATTERNS} regular expressions", tree.place)
        try:
            expression = Expression.of(tree.text)
        except ConfigError as mistake:
            raise self._wrong(str(mistake), tree.place) from None
        self._steps += expression.steps
        if self._steps > MOST_STEPS:
            raise self._wrong(
                f"the counts of the regular expressions multiply to more than {MOST_STEPS} steps;"
                f' for words near each other there is "one other"~9',
                tree.place,
            )
        return Regular(printed(tree), expression)

    def _alias(self, tree: Alias) -> Node:
        spellings = alias_spellings(tree.name, self._aliases, where=self._where)
        if not spellings:
            raise self._wrong(f"the alias @{tree.name} has no spelling, so it could never match", tree.place)
        # A spelling with a star says by itself what it may look like.
        hows: list[How] = ["" if "*" in spelling else tree.how for spelling in spellings]
        rows = zip(spellings, hows, strict=True)
        return AnyOf(tuple(self._row(spelling, how, tree.place) for spelling, how in rows))

    def _term(self, term: Term) -> Node:
        if term.near is None:
            return (
                self._exact(term.text, term.place)
                if term.exact
                else self._row(term.text, term.how, term.place)
            )
        pieces = term.text.split()
        if not pieces:
            raise self._wrong(f'the phrase "{term.text}" holds no word, so it could never match', term.place)
        rows = tuple(
            self._exact(piece, term.place) if term.exact else self._row(piece, term.how, term.place)
            for piece in pieces
        )
        return Near(printed(term), tuple(dict.fromkeys(rows)), term.near)

    def _row(self, text: str, how: How, place: int) -> Row:
        if not how:
            return self._phrase(text, text, place)
        if "*" in text:
            raise self._wrong(f'"{text}"~{how}: a star and ~{how} do not go together', place)
        if how == "fuzzy":
            return _fuzzy(text) or self._phrase(text, text, place)
        row = tuple(text[word.start : word.end] for word in words(text))
        if not any(map(has_stem, row)):
            return self._phrase(text, text, place)
        return Stemmed(f"{text}~stem", row)

    def _phrase(self, label: str, text: str, place: int) -> Phrase:
        parts = _parts(text)
        if not parts:
            raise self._wrong(f'"{text}" holds no letter or digit, so it could never match', place)
        return Phrase(label, parts, strict=strict_letters(text))

    def _exact(self, text: str, place: int) -> Exact:
        label, goes_on = f'="{text}"', text.endswith("*")
        plain = unicodedata.normalize("NFC", text.removesuffix("*").strip())
        row = words(plain)
        if not row:
            raise self._wrong(f"{label} holds no letter or digit, so it could never match", place)
        parts = (*((word.text, False) for word in row[:-1]), (row[-1].text, goes_on))
        edges = [0, *(place for word in row for place in (word.start, word.end)), len(plain)]
        gaps = tuple(one_spaced(plain[one:two]) for one, two in zip(edges[::2], edges[1::2], strict=True))
        phrase = Phrase(label, parts, strict=strict_letters(plain))
        return Exact(label, phrase, tuple(plain[word.start : word.end] for word in row), gaps)

    def _wrong(self, says: str, place: int) -> ConfigError:
        return ConfigError(f"{self._where}: {says} ({line_and_column(self._query, place)})")


def _fuzzy(text: str) -> Fuzzy | None:
    """Return what finds a name in other spellings; None if it is too short, or its script has no spelling."""
    pieces = ["".join(tokens(piece)) for piece in text.split()]
    whole = "".join(pieces)
    if len(whole) < SHORTEST_FUZZY or any(is_unspaced(letter) for letter in whole):
        return None
    names = [whole, *(piece for piece in pieces[-1:] if len(pieces) > 1 and len(piece) >= _SHORTEST_LAST)]
    spellings = tuple((name, _may_be_wrong(name)) for name in names)
    return Fuzzy(f"{text}~fuzzy", spellings, len(tokens(text)) + _MORE_WORDS)


def _may_be_wrong(name: str) -> int:
    return (len(name) >= SHORTEST_FUZZY) + (len(name) >= _LONG_NAME)


def _parts(text: str) -> tuple[tuple[str, bool], ...]:
    parts: list[tuple[str, bool]] = []
    for piece in text.split():
        row = tokens(piece)
        parts += [(word, False) for word in row[:-1]]
        parts += [(word, piece.endswith("*")) for word in row[-1:]]
    return tuple(parts)
