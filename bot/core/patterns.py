"""Regular expressions of the user's: the only door to re2.

Python's own engine can take minutes for one headline and a pattern such as (a+)+$; this one reads a text
once, whatever the pattern. What it cannot do in one reading, such as look-ahead or references back, it
refuses.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import re2

from bot.errors import ConfigError

#: Characters of a pattern, patterns of a story, characters of a field that patterns look at.
LONGEST_PATTERN = 200
MOST_PATTERNS = 200
LONGEST_TEXT = 2_000
#: Steps that counts add to the patterns of a story: "(a|b){20}" adds some forty, ".{0,50}" some hundred, and
#: counts of counts multiply. Where much may follow much else, each letter of a text can cost as much.
MOST_STEPS = 1_600
#: Memory for one pattern; a larger one is refused.
_MEMORY = 1 << 20
#: Of a pattern that is found again and again only the first places are told.
_MOST_HITS = 10
#: A run of plain letters that must stand in whatever the pattern finds, and so many of them.
_RUN = re.compile(r"[a-z\u0430-\u044f]{3,}", re.IGNORECASE)
#: What makes the rest of a pattern more than a row of characters.
_CLASS = re.compile(r"\[(?:\^?\]|\^?)(?:\[:\^?\w+:\]|\\.|[^\]\\])*\]")
_ESCAPED = re.compile(r"\\(?:Q|x\{[^}]*\}|x..|p\{[^}]*\}|.)")
_REPEATED = re.compile(r"[a-z\u0430-\u044f](?=[?*{])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Expression:
    """A compiled pattern."""

    text: str
    #: Letters of which some stand in whatever it finds; None: that cannot be said.
    runs: frozenset[str] | None
    _engine: re2._Regexp = field(repr=False, compare=False)

    @classmethod
    def of(cls, text: str) -> Expression:
        """Compile a pattern; capitals and small letters are one unless it says (?-i).

        Raises:
            ConfigError: it is too long, not understood, or would be found in every text.
        """
        if len(text) > LONGEST_PATTERN:
            raise ConfigError(
                f"a regular expression has {len(text)} characters; {LONGEST_PATTERN} are the most"
            )
        try:
            engine = re2.compile(_readable(text), _options())
        except re2.error as error:
            says = error.args[0]
            says = says.decode(errors="replace") if isinstance(says, bytes) else str(says)
            raise ConfigError(f"the regular expression /{text}/ cannot be used: {says}") from None
        if engine.search(""):
            raise ConfigError(f"/{text}/ is found in an empty text, so every article would match")
        return cls(text, required(text), engine)

    @property
    def steps(self) -> int:
        """Return by how much its counts make it longer than it is written."""
        return max(0, self._engine.programsize - len(self.text)) if "{" in self.text else 0

    def spans(self, text: str) -> Iterator[tuple[int, int]]:
        """Yield where it is found, each place with its end; of very many the first."""
        found = self._engine.finditer(_readable(text[:LONGEST_TEXT]))
        for hit, _number in zip(found, range(_MOST_HITS), strict=False):
            if hit.start() < hit.end():
                yield hit.start(), hit.end()


def required(pattern: str) -> frozenset[str] | None:
    """Return runs of letters of which one stands in whatever a pattern finds; None: it cannot be said.

    Only what is plain is believed: a pattern's outermost alternatives, each with a run of three letters that
    is not inside parentheses, a class or a count.
    """
    if "(?" in pattern:
        return None
    plain = _CLASS.sub(" ", _ESCAPED.sub(" ", pattern))
    flat, depth = [], 0
    for sign in plain:
        depth += sign == "("
        flat.append(sign if not depth else " ")
        depth -= sign == ")"
    rows = [_RUN.findall(_REPEATED.sub(" ", row)) for row in "".join(flat).split("|")]
    if depth or not all(rows):
        return None
    return frozenset(max(row, key=len).lower() for row in rows)


def _readable(text: str) -> str:
    """Replace what UTF-8 cannot write: halves of characters, each by one sign."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode()


@lru_cache(maxsize=1)
def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MEMORY
    return options
