"""The keyword language: parse a query, say where it is wrong, find its terms in a text.

    li shangfu                  any of the listed words (a bare list means OR)
    "defence minister"          these words in a row
    +moscow -football           must stand there, must not
    china AND (drill* OR exercise*)
    title:moscow                only in the title
    "china russia defence"~12   all of them, within twelve words of each other
    @li-shangfu                 any spelling of the story's alias

Words are whole words, without regard to case and accents; `*` at the end lets a word go on. Characters of
scripts without spaces are found wherever they stand. AND binds closer than OR; `+` and `-` apply to the
whole of their list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args
from lark.exceptions import VisitError

from bot.core.terms import AllOf, AnyOf, Found, Near, Node, Not, Phrase, Text, Vocabulary, scoped
from bot.core.words import tokens
from bot.errors import ConfigError

_GRAMMAR = r"""
    ?start: list
    list: item+
    ?item: any_of
        | "+" unary   -> must
        | "-" unary   -> never
        | "!" unary   -> never
    any_of: all_of ("OR" all_of)*
    all_of: negated ("AND" negated)*
    ?negated: unary
        | "NOT" negated -> not_
    ?unary: FIELD unary -> scoped
        | "(" list ")"
        | PHRASE [NEAR] -> phrase
        | ALIAS         -> alias
        | WORD          -> word
    FIELD.2: /(title|summary|body):/
    ALIAS: /@[\w-]+/
    PHRASE: /"[^"\n]*"/
    NEAR: /~\d{1,3}(?!\d)/
    WORD: /(?!(AND|OR|NOT)(?![\w*]))[^\s()"+!@~:\-][^\s()"~:]*/
    %import common.WS
    %ignore WS
"""


@dataclass(frozen=True, slots=True)
class Query:
    """A compiled query."""

    text: str
    root: Node = field(repr=False)

    def find(self, title: str, summary: str, body: str) -> list[tuple[Found, str]] | None:
        """Return the terms found, each with its excerpt; None if the query does not hold."""
        if not self.root.may_hold(_vocabulary(title, summary, body)):
            return None
        texts = {"title": Text(title), "summary": Text(summary), "body": Text(body)}
        found = self.root.find(texts)
        if found is None:
            return None
        return [(hit, texts[hit.field].excerpt(hit.first, hit.last)) for hit in dict.fromkeys(found)]


#: Several stories look at one article after the other.
@lru_cache(maxsize=4)
def _vocabulary(title: str, summary: str, body: str) -> Vocabulary:
    return Vocabulary(title, summary, body)


def compile_query(query: str, aliases: Mapping[str, Sequence[str]], *, where: str) -> Query:
    """Read a query.

    Args:
        query: as the user wrote it.
        aliases: the story's aliases; a spelling "@name" includes another alias.
        where: what to call it in an error, such as "story li-shangfu-moscow".

    Raises:
        ConfigError: a mistake, with its line and column; a term that could never match; or a query that
            would match everything.
    """
    if not query.strip():
        raise ConfigError(
            f"{where}: the query is empty, so nothing would ever match; write at least one word"
        )
    try:
        root = _Builder(aliases, where).transform(_parser.parse(query))
    except UnexpectedInput as mistake:
        raise ConfigError(f"{where}: the query is not understood at {_place(query, mistake)}") from None
    except VisitError as mistake:
        raise mistake.orig_exc from None
    compiled = Query(query, root)
    if compiled.find("", "", "") is not None:
        raise ConfigError(f"{where}: the query only excludes, so every other article would match; add a word")
    return compiled


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


@v_args(inline=True)
class _Builder(Transformer[Token, Node]):
    """Turns the parse tree into nodes."""

    def __init__(self, aliases: Mapping[str, Sequence[str]], where: str) -> None:
        super().__init__()
        self._aliases = aliases
        self._where = where

    def word(self, token: Token) -> Node:
        return self._phrase(str(token))

    def phrase(self, quoted: Token, near: Token | None = None) -> Node:
        text = str(quoted)[1:-1]
        if near is None:
            return self._phrase(text)
        terms = tuple(self._phrase(part) for part in text.split())
        if not terms:
            raise ConfigError(f'{self._where}: the phrase "{text}" holds no word, so it could never match')
        return Near(f'"{text}"{near}', terms, int(near[1:]))

    def alias(self, token: Token) -> Node:
        spellings = alias_spellings(token[1:], self._aliases, where=self._where)
        if not spellings:
            raise ConfigError(f"{self._where}: the alias {token} has no spelling, so it could never match")
        return AnyOf(tuple(self._phrase(spelling) for spelling in spellings))

    def scoped(self, name: Token, node: Node) -> Node:
        return scoped(node, (str(name)[:-1],))

    def not_(self, node: Node) -> Node:
        return Not(node)

    def must(self, node: Node) -> _Marked:
        return _Marked(node, must=True)

    def never(self, node: Node) -> _Marked:
        return _Marked(node, must=False)

    def all_of(self, *nodes: Node) -> Node:
        return nodes[0] if len(nodes) == 1 else AllOf(nodes)

    def any_of(self, *nodes: Node) -> Node:
        return nodes[0] if len(nodes) == 1 else AnyOf(nodes)

    def list(self, *nodes: Node | _Marked) -> Node:
        plain = tuple(node for node in nodes if not isinstance(node, _Marked))
        marked = tuple(
            node.node if node.must else Not(node.node) for node in nodes if isinstance(node, _Marked)
        )
        wanted = (plain[0] if len(plain) == 1 else AnyOf(plain),) if plain else ()
        every = (*wanted, *marked)
        return every[0] if len(every) == 1 else AllOf(every)

    def _phrase(self, text: str) -> Phrase:
        parts = _parts(text)
        if not parts:
            raise ConfigError(f'{self._where}: "{text}" holds no letter or digit, so it could never match')
        return Phrase(text, parts)


@dataclass(frozen=True, slots=True)
class _Marked:
    """A `+` or `-` item of a list; `list` dissolves it, so it never reaches a query."""

    node: Node
    must: bool


def _parts(text: str) -> tuple[tuple[str, bool], ...]:
    parts: list[tuple[str, bool]] = []
    for piece in text.split():
        row = tokens(piece)
        parts += [(word, False) for word in row[:-1]]
        parts += [(word, piece.endswith("*")) for word in row[-1:]]
    return tuple(parts)


def _place(query: str, mistake: UnexpectedInput) -> str:
    if isinstance(mistake, UnexpectedToken) and mistake.token.type == "$END":
        return "its end: something is missing (a closing parenthesis or quotation mark?)"
    line, column = query.split("\n")[mistake.line - 1].strip("\r"), mistake.column
    return f"line {mistake.line}, column {column}: {line[: column - 1]}>>>{line[column - 1 :]}"


_parser = Lark(_GRAMMAR, parser="lalr", maybe_placeholders=True)
