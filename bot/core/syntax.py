"""How a keyword query is written: text into a tree, with the place of every mistake, and the tree into text.

The tree is what the user wrote; `query` makes of it what is looked for.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar, Literal, TypeAlias

from lark import Lark, Token, Transformer, UnexpectedInput, UnexpectedToken, v_args

from bot.errors import ConfigError

#: What stands before a colon.
FIELDS = ("title", "summary", "body", "outlet", "lang")
#: Parentheses and negations inside each other.
DEEPEST = 50

#: Quotation marks as phones and word processors write them count like plain ones.
_QUOTED = r"""("[^"\n]*"|“[^”"\n]*”|„[^“”"\n]*[“”]|«[^»"\n]*»)"""
_GRAMMAR = rf"""
    ?start: listed
    listed: item+
    ?item: either
        | "+" unary   -> must
        | "-" unary   -> never
        | "!" unary   -> never
    either: both ("OR" both)*
    both: negated ("AND" negated)*
    ?negated: unary
        | "NOT" negated -> not_
    ?unary: FIELD unary -> scope
        | "(" listed ")"
        | PHRASE (MARK | NEAR)*       -> phrase
        | EXACT_PHRASE NEAR?          -> phrase
        | ALIAS MARK?                 -> alias
        | WORD MARK?                  -> word
        | EXACT_WORD                  -> word
        | PATTERN                     -> pattern
    FIELD.2: /({"|".join(FIELDS)}):/
    ALIAS: /@[\w-]+/
    PHRASE: /{_QUOTED}/
    EXACT_PHRASE: /={_QUOTED}/
    NEAR: /~\d{{1,3}}(?!\d)/
    MARK: /~(stem|fuzzy)(?!\w)/
    PATTERN: /\/([^\/\\\n]|\\[^\n])+\/(i(?!\w))?/
    WORD: /(?!(AND|OR|NOT)(?![\w*]))[^\s()"“”„«»+!@~:\-=\/][^\s()"“”„«»~:]*/
    EXACT_WORD: /=[^\s()"“”„«»~:=][^\s()"“”„«»~:]*/
    %import common.WS
    %ignore WS
"""

How: TypeAlias = Literal["", "stem", "fuzzy"]


@dataclass(frozen=True, slots=True)
class Term:
    """A word or a phrase."""

    #: Without its quotation marks and what follows them; a word may end in a star.
    text: str
    quoted: bool = False
    #: Written with "=": letters, case and accents as they stand.
    exact: bool = False
    #: What its words may look like beside what they are written as.
    how: How = ""
    #: The words may stand so far from each other, in any order.
    near: int | None = None
    #: Where it begins in the query.
    place: int = field(default=0, compare=False, repr=False)
    depth: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class Alias:
    """One of the story's aliases."""

    name: str
    how: How = ""
    place: int = field(default=0, compare=False, repr=False)
    depth: ClassVar[int] = 0


@dataclass(frozen=True, slots=True)
class Pattern:
    """A regular expression."""

    text: str
    place: int = field(default=0, compare=False, repr=False)
    depth: ClassVar[int] = 0


class _Composed:
    """What has parts knows how deep they go: a tree that nobody can walk must not be built."""

    __slots__ = ()

    @property
    def parts(self) -> tuple[Tree, ...]:
        """Return what it is made of."""
        raise NotImplementedError

    def _deepen(self) -> None:
        object.__setattr__(self, "depth", 1 + max(part.depth for part in self.parts))


class _OfOne(_Composed):
    """What has one part."""

    __slots__ = ()
    part: Tree

    def __post_init__(self) -> None:
        """Measure it."""
        self._deepen()

    @property
    def parts(self) -> tuple[Tree, ...]:
        """Return what it is made of."""
        return (self.part,)


@dataclass(frozen=True, slots=True)
class Scope(_OfOne):
    """A part that is looked for in one field."""

    name: str
    part: Tree
    place: int = field(default=0, compare=False, repr=False)
    depth: int = field(default=0, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Never(_OfOne):
    """NOT: the part does not hold."""

    part: Tree
    depth: int = field(default=0, init=False, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Both(_Composed):
    """AND: every part holds."""

    parts: tuple[Tree, ...]
    depth: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Measure it."""
        self._deepen()


@dataclass(frozen=True, slots=True)
class Either(_Composed):
    """OR: at least one part holds."""

    parts: tuple[Tree, ...]
    depth: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Measure it."""
        self._deepen()


@dataclass(frozen=True, slots=True)
class Item:
    """One of a list."""

    part: Tree
    sign: Literal["", "+", "-"] = ""


@dataclass(frozen=True, slots=True)
class Listed(_Composed):
    """Any of the plain ones, every one with a plus, none with a minus."""

    items: tuple[Item, ...]
    depth: int = field(default=0, init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Measure it."""
        self._deepen()

    @property
    def parts(self) -> tuple[Tree, ...]:
        """Return what it is made of."""
        return tuple(item.part for item in self.items)


Tree: TypeAlias = Term | Alias | Pattern | Scope | Never | Both | Either | Listed


def leaves(tree: Tree) -> int:
    """Return how many words, phrases, aliases and patterns a query has."""
    return sum(map(leaves, tree.parts)) if isinstance(tree, _Composed) else 1


# ------------------------------------------------------------------------------------------- reading


def parsed(query: str, *, where: str) -> Tree:
    """Read a query.

    Args:
        query: as the user wrote it, not blank.
        where: what to call it in an error, such as "story li-shangfu-moscow".

    Raises:
        ConfigError: it is not understood; the text says from which column on.
    """
    try:
        return _parser.parse(query)  # type: ignore[return-value]  # of the builder, not of lark
    except UnexpectedInput as mistake:
        place = _stopped_at(query, mistake)
        hint = _hint(query, place)
        raise ConfigError(
            f"{where}: the query is not understood at {_pointed(query, place)}{hint and f'; {hint}'}"
        ) from None
    except _RefusedError as refusal:
        raise ConfigError(f"{where}: {refusal}") from None


def line_and_column(query: str, place: int) -> str:
    """Return where something stands, as people count: "line 2, column 7"."""
    before = query[:place]
    return f"line {before.count(chr(10)) + 1}, column {place - before.rfind(chr(10))}"


def _stopped_at(query: str, mistake: UnexpectedInput) -> int:
    if isinstance(mistake, UnexpectedToken) and mistake.token.type == "$END":
        return len(query)
    place: int | None = mistake.pos_in_stream
    return len(query) if place is None else place


def _pointed(query: str, place: int) -> str:
    if place >= len(query):
        return "its end: something is missing (a closing parenthesis or quotation mark?)"
    begin = query.rfind("\n", 0, place) + 1
    line = query[begin:].split("\n", 1)[0].rstrip("\r")
    column = place - begin
    return f"{line_and_column(query, place)}: {line[:column]}>>>{line[column:]}"


def _hint(query: str, place: int) -> str:
    """Say what may have been meant."""
    sign = query[place : place + 1]
    if sign == ":":
        return f"before a colon stands one of {', '.join(FIELDS)}"
    if sign == "~":
        return 'after "~" stands stem or fuzzy, or, behind a phrase, how many words it may be apart'
    if sign == "/":
        return "a regular expression ends in another /"
    return "a quotation mark is open" if sign in {'"', "“", "„", "«"} else ""


class _RefusedError(Exception):
    """It can be read, but not meant."""


def _shallow(tree: Tree) -> Tree:
    if tree.depth > DEEPEST:
        raise _RefusedError(f"the query has more than {DEEPEST} parts inside each other; write it flatter")
    return tree


@v_args(inline=True)
class _Builder(Transformer[Token, Tree]):
    """Makes the tree, from the leaves up."""

    def word(self, token: Token, mark: Token | None = None) -> Tree:
        exact = token.startswith("=")
        how = _how([mark] if mark else [])
        return Term(str(token).removeprefix("="), exact=exact, how=how, place=_place(token))

    def phrase(self, token: Token, *marks: Token) -> Tree:
        text = str(token).removeprefix("=")[1:-1]
        nears = [mark for mark in marks if mark.type == "NEAR"]
        if len(nears) > 1:
            raise _RefusedError(f"{nears[0]}{nears[1]}: one of the two is enough")
        how = _how([mark for mark in marks if mark.type == "MARK"])
        near = int(nears[0][1:]) if nears else None
        return Term(text, quoted=True, exact=token.startswith("="), how=how, near=near, place=_place(token))

    def alias(self, token: Token, mark: Token | None = None) -> Tree:
        return Alias(str(token)[1:], how=_how([mark] if mark else []), place=_place(token))

    def pattern(self, token: Token) -> Tree:
        return Pattern(str(token)[1 : str(token).rindex("/")], place=_place(token))

    def scope(self, name: Token, part: Tree) -> Tree:
        return _shallow(Scope(str(name)[:-1], part, place=_place(name)))

    def not_(self, part: Tree) -> Tree:
        return _shallow(Never(part))

    def must(self, part: Tree) -> Item:
        return Item(part, "+")

    def never(self, part: Tree) -> Item:
        return Item(part, "-")

    def both(self, *parts: Tree) -> Tree:
        return parts[0] if len(parts) == 1 else _shallow(Both(parts))

    def either(self, *parts: Tree) -> Tree:
        return parts[0] if len(parts) == 1 else _shallow(Either(parts))

    def listed(self, *items: Tree | Item) -> Tree:
        if len(items) == 1 and not isinstance(items[0], Item):
            return items[0]
        return _shallow(Listed(tuple(item if isinstance(item, Item) else Item(item) for item in items)))


def _place(token: Token) -> int:
    return token.start_pos or 0


def _how(marks: list[Token]) -> How:
    if len(marks) > 1:
        raise _RefusedError(f"{marks[0]}{marks[1]}: one of the two is enough")
    return ("stem" if marks[0] == "~stem" else "fuzzy") if marks else ""


_parser = Lark(_GRAMMAR, parser="lalr", transformer=_Builder())


# ------------------------------------------------------------------------------------------- writing


def printed(tree: Tree) -> str:
    """Write a tree as a query that reads back as the same tree."""
    match tree:
        case Term():
            return _term(tree)
        case Alias():
            return f"@{tree.name}{_mark(tree.how)}"
        case Pattern():
            return f"/{tree.text}/"
        case _:
            return _composed(tree)


def _composed(tree: Scope | Never | Both | Either | Listed) -> str:
    match tree:
        case Scope():
            return f"{tree.name}:{_unary(tree.part)}"
        case Never():
            return f"NOT {_within(tree.part, Both, Either, Listed)}"
        case Both():
            return " AND ".join(_within(part, Both, Either, Listed) for part in tree.parts)
        case Either():
            return " OR ".join(_within(part, Either, Listed) for part in tree.parts)
        case Listed():
            return " ".join(_item(item) for item in tree.items)


def _term(term: Term) -> str:
    text = f'"{term.text}"' if term.quoted else term.text
    near = "" if term.near is None else f"~{term.near}"
    return f"{'=' if term.exact else ''}{text}{_mark(term.how)}{near}"


def _mark(how: How) -> str:
    return f"~{how}" if how else ""


def _item(item: Item) -> str:
    return f"{item.sign}{_unary(item.part)}" if item.sign else _within(item.part, Listed)


def _unary(tree: Tree) -> str:
    return _within(tree, Never, Both, Either, Listed)


def _within(tree: Tree, *kinds: type[Tree]) -> str:
    return f"({printed(tree)})" if isinstance(tree, kinds) else printed(tree)
