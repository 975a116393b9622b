"""What of a query is surely not meant: terms that cannot count, say nothing, or are said twice.

A finding is no mistake: the query works, but not as its author thinks. Most rest on one question, whether
whatever one part finds another finds too (`implies`); it answers yes only where that is certain.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from bot.core.lexicon import STOP_WORDS
from bot.core.query import SHORTEST_FUZZY, Query, compiled
from bot.core.rarity import rarity
from bot.core.stems import has_stem
from bot.core.syntax import (
    Both,
    Either,
    Item,
    Listed,
    Never,
    Pattern,
    Scope,
    Term,
    Tree,
    line_and_column,
    printed,
)
from bot.core.terms import AllOf, AnyOf, Exact, Language, Near, Node, Not, Phrase
from bot.core.words import is_unspaced, stem, tokens

#: Letters with which a beginning is hardly a word's.
_SHORTEST_BEGINNING = 3
#: A word as frequent as this stands in every other report.
_EVERYWHERE = 1.5
_OPERATORS = frozenset({"and", "or", "not"})


class Kind(StrEnum):
    """What is wrong with a part of a query."""

    NEVER = "never matches"
    ALWAYS = "always matches"
    SHADOWED = "shadowed"
    OVERLAP = "overlap"
    SHORT = "too short"
    ODD = "odd"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is surely not meant."""

    kind: Kind
    says: str
    #: Where it begins in the query; None: it is about the whole.
    place: int | None = None

    def told(self, query: str) -> str:
        """Return it as one line, with its line and column."""
        where = "" if self.place is None else f"{line_and_column(query, self.place)}: "
        return f"{where}{self.says} ({self.kind})"


def lint(query: Query, aliases: Mapping[str, Sequence[str]], exclude: Query | None = None) -> list[Finding]:
    """Look a query over.

    Args:
        query: compiled.
        aliases: those it was compiled with.
        exclude: what no story wants.
    """
    linter = _Linter(query, aliases)
    found = [*linter.walk(query.tree)]
    if exclude is not None:
        found += linter.against(exclude)
    return sorted(dict.fromkeys(found), key=lambda finding: finding.place or 0)


def overlaps(one: Query, other: Query) -> str | None:
    """Say what of one query another finds as well; None: nothing is certain."""
    parts = [one.tree] if not isinstance(one.tree, Either | Listed) else [*_alternatives(one.tree)]
    if implies(one.root, other.root):
        return "everything"
    if len(parts) == 1 or _marked(one.tree):
        return None
    roots = one.root.nodes if isinstance(one.root, AnyOf) else ()
    shared = [printed(part) for part, root in zip(parts, roots, strict=False) if implies(root, other.root)]
    return ", ".join(shared) or None


def _marked(tree: Tree) -> bool:
    return isinstance(tree, Listed) and any(item.sign for item in tree.items)


# -------------------------------------------------------------------------------------- one query


class _Linter:
    """Walks a query's tree and compiles its parts to compare them."""

    def __init__(self, query: Query, aliases: Mapping[str, Sequence[str]]) -> None:
        self._query = query
        self._aliases = aliases

    def walk(self, tree: Tree, scope: str = "", *, alone: bool = True) -> Iterator[Finding]:
        """Yield what is wrong with a part and those within.

        Args:
            tree: the part.
            scope: the field it is looked for in; "" is none.
            alone: it is enough for the query to hold.
        """
        match tree:
            case Term():
                yield from self._term(tree, scope, alone=alone)
            case Pattern():
                yield from _pattern(tree)
            case Scope():
                yield from self.walk(tree.part, tree.name, alone=alone)
            case Never():
                yield from self.walk(tree.part, scope, alone=False)
            case Both() | Either() | Listed():
                yield from self._composed(tree, scope, alone=alone)
            case _:
                return

    def against(self, exclude: Query) -> Iterator[Finding]:
        """Yield which alternatives of the query what is excluded always takes out."""
        for part in _alternatives(self._query.tree):
            if implies(self._node(part, ""), exclude.root):
                yield Finding(Kind.NEVER, f"{printed(part)}: keywords.exclude takes it out", _place(part))

    def _composed(self, tree: Both | Either | Listed, scope: str, *, alone: bool) -> Iterator[Finding]:
        plain = [part for part in _alternatives(tree) if not isinstance(tree, Both)]
        lonely = alone and not isinstance(tree, Both) and not _marked(tree)
        for part in tree.parts:
            yield from self.walk(part, scope, alone=lonely)
        yield from self._shadowed(plain, scope)
        yield from self._contradicted(tree, scope)

    def _shadowed(self, parts: Sequence[Tree], scope: str) -> Iterator[Finding]:
        nodes = [self._node(part, scope) for part in parts]
        for one, two in combinations(range(len(parts)), 2):
            first, second = printed(parts[one]), printed(parts[two])
            if implies(nodes[two], nodes[one]):
                says = f"{second} adds nothing: {first} finds all that it finds"
                yield Finding(Kind.SHADOWED, says, _place(parts[two]))
            elif implies(nodes[one], nodes[two]):
                says = f"{first} adds nothing: {second} finds all that it finds"
                yield Finding(Kind.SHADOWED, says, _place(parts[one]))

    def _contradicted(self, tree: Both | Either | Listed, scope: str) -> Iterator[Finding]:
        """Yield what is asked for and excluded, and what excludes each other."""
        wanted, unwanted, required = _demands(tree)
        never = [(part, self._node(part, scope)) for part in unwanted]
        for part in (*wanted, *required):
            node = self._node(part, scope)
            for other, excluded in never:
                if implies(node, excluded):
                    says = f"{printed(part)} can never count: {printed(other)} is excluded"
                    yield Finding(Kind.NEVER, says, _place(part))
        languages = [part for part in required if isinstance(self._node(part, scope), Language)]
        for one, two in combinations(languages, 2):
            nodes = self._node(one, scope), self._node(two, scope)
            if not implies(*nodes) and not implies(*reversed(nodes)):
                says = f"{printed(one)} and {printed(two)} are never both so"
                yield Finding(Kind.NEVER, says, _place(two))

    def _term(self, term: Term, scope: str, *, alone: bool) -> Iterator[Finding]:
        if scope == "lang":
            return
        row = tokens(term.text)
        text = printed(term)
        if not term.quoted and term.text in _OPERATORS:
            says = f'"{term.text}" is looked for as a word; the operator is {term.text.upper()}'
            yield Finding(Kind.ODD, says, term.place)
        elif short := _short(term, row):
            yield Finding(Kind.SHORT, f"{text}: {short}", term.place)
        elif alone and len(row) == 1 and not term.text.endswith("*") and _is_everywhere(row[0]):
            yield Finding(Kind.ALWAYS, f"{text} stands in nearly every report", term.place)
        if term.how == "fuzzy" and len("".join(row)) < SHORTEST_FUZZY:
            says = f"{text}: a name of fewer than {SHORTEST_FUZZY} letters is found only as it is written"
            yield Finding(Kind.SHORT, says, term.place)
        if term.how == "stem" and not any(map(has_stem, term.text.split())):
            yield Finding(Kind.ODD, f"{text}: there are no endings to take off in this script", term.place)

    def _node(self, tree: Tree, scope: str) -> Node:
        part = Scope(scope, tree) if scope else tree
        return compiled(part, self._query.text, self._aliases, where="lint")


def _short(term: Term, row: Sequence[str]) -> str | None:
    """Say why a term of one word is too short to mean what it says; None: it is not."""
    if len(row) != 1 or term.exact or term.near is not None:
        return None
    word, written = row[0], term.text.removesuffix("*")
    if term.text.endswith("*") and not is_unspaced(word):
        few = len(word) < _SHORTEST_BEGINNING and not word[0].isdigit()
        return "too many words begin so" if few else None
    if is_unspaced(word):
        return "one character is a part of many words" if len(written) == 1 else None
    if len(word) == 1:
        return "one letter is hardly a word"
    few = len(word) < _SHORTEST_BEGINNING and written.islower() and word.isalpha()
    return f'so short a word has many meanings; ="{written.upper()}" finds only capitals' if few else None


def _is_everywhere(word: str) -> bool:
    return word in STOP_WORDS or rarity(stem(word)) < _EVERYWHERE


def _pattern(pattern: Pattern) -> Iterator[Finding]:
    if any(sign in pattern.text for sign in (r"\b", r"\w", r"\W", r"\B")) and not pattern.text.isascii():
        says = rf"/{pattern.text}/: \b and \w know only the letters a to z; \pL is a letter of any script"
        yield Finding(Kind.ODD, says, pattern.place)


def _alternatives(tree: Tree) -> tuple[Tree, ...]:
    """Return the parts of which one is enough, as far as a list has such."""
    match tree:
        case Either():
            return tree.parts
        case Listed():
            parts = [item.part for item in tree.items if not item.sign]
            return tuple(
                one for part in parts for one in (part.parts if isinstance(part, Either) else (part,))
            )
        case _:
            return (tree,)


def _demands(tree: Tree) -> tuple[list[Tree], list[Tree], list[Tree]]:
    """Return what may be there, what must not and what must."""
    items: tuple[Item, ...] = ()
    if isinstance(tree, Listed):
        items = tree.items
    elif isinstance(tree, Both):
        items = tuple(
            Item(part.part, "-") if isinstance(part, Never) else Item(part, "+") for part in tree.parts
        )
    plain = [part for item in items if not item.sign for part in _alternatives(item.part)]
    must = [item.part for item in items if item.sign == "+"]
    if isinstance(tree, Both):
        plain = [one for part in must for one in _alternatives(part) if one is not part]
    return plain, [item.part for item in items if item.sign == "-"], must


def _place(tree: Tree) -> int | None:
    """Return where a part begins, as far as it is known: where its first leaf does."""
    match tree:
        case Never() | Both() | Either() | Listed():
            return _place(tree.parts[0])
        case _:
            return tree.place


# ------------------------------------------------------------------------------------ implication


def implies(one: Node, two: Node) -> bool:
    """Tell whether whatever one finds the other finds too; False: that is not certain."""
    if one == two:
        return True
    match one, two:
        case AnyOf(), _:
            return all(implies(part, two) for part in one.nodes)
        case _, AllOf():
            return all(implies(one, part) for part in two.nodes)
        case Not(), Not():
            return implies(two.node, one.node)
        case _:
            return _narrows(one, two)


def _narrows(one: Node, two: Node) -> bool:
    if isinstance(one, AllOf) and any(implies(part, two) for part in one.nodes):
        return True
    if isinstance(two, AnyOf):
        return any(implies(one, part) for part in two.nodes)
    return _leaf_implies(one, two)


def _leaf_implies(one: Node, two: Node) -> bool:
    if not _fields(one) <= _fields(two):
        return False
    match one, two:
        case Phrase(), Phrase():
            return _holds(one, two)
        case (Exact() | Near(), Phrase()):
            return _names(one, two)
        case Near(), Near():
            return one.terms == two.terms and one.distance <= two.distance
        case Language(), Language():
            return one.tag.startswith(f"{two.tag}-")
        case _:
            return type(one) is type(two) and getattr(one, "label", 1) == getattr(two, "label", 2)


def _fields(node: Node) -> frozenset[str]:
    return frozenset(getattr(node, "fields", ()))


def _names(one: Exact | Near, two: Phrase) -> bool:
    phrases = (one.phrase,) if isinstance(one, Exact) else one.terms
    return any(isinstance(phrase, Phrase) and _holds(phrase, two) for phrase in phrases)


def _holds(one: Phrase, two: Phrase) -> bool:
    """Tell whether a phrase has the words of another in a row."""
    if one.strict or two.strict:  # where katakana ends is not seen here
        return one.parts == two.parts and one.strict == two.strict
    spare = len(one.parts) - len(two.parts)
    return any(
        all(_begins(a, b) for a, b in zip(one.parts[start:], two.parts, strict=False))
        for start in range(spare + 1)
    )


def _begins(one: tuple[str, bool], two: tuple[str, bool]) -> bool:
    """Tell whether every word that one part takes the other takes too."""
    (word, goes_on), (beginning, any_end) = one, two
    return word.startswith(beginning) if any_end else (word == beginning and not goes_on)
