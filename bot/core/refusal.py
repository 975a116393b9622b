"""Why a query does not accept a text: the parts that decide, in the words in which they are written.

The tree of a query and what was made of it have one shape, so both are walked together: the tree gives the
words, the node tells whether they stand in the text.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from bot.core.query import Query, Reading
from bot.core.syntax import Alias, Both, Either, Listed, Never, Pattern, Scope, Term, Tree, printed
from bot.core.terms import AllOf, AnyOf, Node, Not
from bot.model import Article, Hit

#: Of what is missing so many parts are named.
_MOST_NAMED = 6
#: Longer parts are cut.
_LONGEST_PART = 120


@dataclass(frozen=True, slots=True, kw_only=True)
class Objection:
    """A part of a query that keeps an article out."""

    #: As it is written, with its sign: "+ostrava", "-football", "NOT chess"; several: none of them holds.
    parts: tuple[str, ...]
    #: What was found of a part that must not hold; empty where a part is missing.
    hits: tuple[Hit, ...] = ()
    #: The part must not hold, and does.
    forbidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """Why a query does not accept an article; at least one of the two is given."""

    #: Parts of the story's own query.
    objections: tuple[Objection, ...] = ()
    #: What was found of what no story wants.
    excluded: tuple[Hit, ...] | None = None
    #: Terms that are wanted and do stand there.
    found: tuple[Hit, ...] = ()

    @property
    def is_plain(self) -> bool:
        """No term that is wanted stands there, and none that is not."""
        return not self.found and self.excluded is None and not any(o.forbidden for o in self.objections)


def reading_of(article: Article) -> Reading:
    """Return an article ready to be looked into by many queries."""
    return Reading(article.title, article.summary, article.body, article.outlet, article.language)


def refusal(query: Query, reading: Reading) -> Refusal | None:
    """Say why a query does not accept an article; None if it does."""
    walk = _Walk(reading)
    objections = walk.objections(query.tree, query.own)
    excluded = walk.hits(query.exclude.own) if query.exclude and walk.holds(query.exclude.own) else None
    if not objections and excluded is None:
        return None
    return Refusal(objections=tuple(objections), excluded=excluded, found=tuple(dict.fromkeys(walk.found)))


def in_words(refused: Refusal) -> str:
    """Say it in one line, as the end of a sentence."""
    if refused.is_plain:
        return "no term of its query stands in it"
    says: list[str] = []
    if refused.excluded is not None:
        says.append(f"keywords.exclude keeps it out of every story: {_where(refused.excluded)}")
    says += [f"{_named(o)} keeps it out: {_where(o.hits)}" for o in refused.objections if o.forbidden]
    says += [_missing(o) for o in refused.objections if not o.forbidden]
    if refused.found:
        says.append(f"it has {_where(refused.found)}")
    return "; ".join(says)


def _missing(objection: Objection) -> str:
    if len(objection.parts) == 1:
        return f"{_named(objection)} is missing"
    return f"none of {_named(objection)} stands in it"


def _named(objection: Objection) -> str:
    named = ", ".join(map(_cut, objection.parts[:_MOST_NAMED]))
    more = len(objection.parts) - _MOST_NAMED
    return f"{named} and {more} more" if more > 0 else named


def _where(hits: Sequence[Hit]) -> str:
    if not hits:
        return "its condition holds"
    first, *others = hits
    more = f" and {len(others)} more" if others else ""
    return f"{_cut(first.term)} in the {first.field}: … {first.excerpt} …{more}"


def _cut(part: str) -> str:
    return part if len(part) <= _LONGEST_PART else f"{part[: _LONGEST_PART - 1]}…"


@dataclass(slots=True)
class _Walk:
    """One query on its way through one text."""

    reading: Reading
    #: What wanted terms found so far.
    found: list[Hit] = field(default_factory=list)

    def objections(self, tree: Tree, node: Node, scope: str = "") -> list[Objection]:
        """Return what of a part does not hold; nothing exactly where it holds."""
        match tree:
            case Term() | Alias() | Pattern():
                return self._leaf(tree, node, scope)
            case Scope():
                return self.objections(tree.part, node, tree.name)
            case Never():
                return self._forbidden(f"NOT {_scoped(tree.part, scope)}", _inside(node))
            case Both():
                parts = zip(tree.parts, _nodes(node), strict=True)
                return [each for part, its in parts for each in self.objections(part, its, scope)]
            case Either():
                return self._any(list(zip(tree.parts, _nodes(node), strict=True)), scope)
            case Listed():
                return self._listed(tree, node, scope)

    def holds(self, node: Node) -> bool:
        """Tell whether a part holds."""
        return node.may_hold(self.reading.vocabulary) and node.find(self.reading) is not None

    def hits(self, node: Node) -> tuple[Hit, ...]:
        """Return what a part finds."""
        found = dict.fromkeys(node.find(self.reading) or ())
        excerpts = ((hit, self.reading[hit.field].excerpt(hit.first, hit.last)) for hit in found)
        return tuple(Hit(term=hit.term, field=hit.field, excerpt=excerpt) for hit, excerpt in excerpts)

    def _leaf(self, tree: Tree, node: Node, scope: str) -> list[Objection]:
        if not self.holds(node):
            return [Objection(parts=(_scoped(tree, scope),))]
        self.found += self.hits(node)
        return []

    def _forbidden(self, part: str, node: Node) -> list[Objection]:
        return [Objection(parts=(part,), hits=self.hits(node), forbidden=True)] if self.holds(node) else []

    def _any(self, parts: Sequence[tuple[Tree, Node]], scope: str) -> list[Objection]:
        """Return why none of several alternatives holds; what is only missing is told together."""
        against = [self.objections(part, node, scope) for part, node in parts]
        if not all(against):
            return []
        one_by_one = zip(parts, against, strict=True)
        missing = tuple(_scoped(part, scope) for (part, _), why in one_by_one if not _any_forbidden(why))
        told = [each for why in against if _any_forbidden(why) for each in why]
        return [*told, *([Objection(parts=missing)] if missing else [])]

    def _listed(self, tree: Listed, node: Node, scope: str) -> list[Objection]:
        plain = [item.part for item in tree.items if not item.sign]
        marked = [item for item in tree.items if item.sign]
        every = _nodes(node) if len(marked) + bool(plain) > 1 else (node,)
        objections: list[Objection] = []
        if plain:
            wanted = every[0]
            parts = _nodes(wanted) if len(plain) > 1 else (wanted,)
            objections += self._any(list(zip(plain, parts, strict=True)), scope)
        for item, its in zip(marked, every[bool(plain) :], strict=True):
            part = f"{item.sign}{_unary(item.part, scope)}"
            if item.sign == "-":
                objections += self._forbidden(part, _inside(its))
            elif why := self.objections(item.part, its, scope):
                objections += why if _any_forbidden(why) else [Objection(parts=(part,))]
        return objections


def _any_forbidden(objections: Iterable[Objection]) -> bool:
    return any(each.forbidden for each in objections)


def _scoped(tree: Tree, scope: str) -> str:
    return f"{scope}:{_unary(tree, '')}" if scope else printed(tree)


def _unary(tree: Tree, scope: str) -> str:
    """Write a part so that a sign can stand before it."""
    if scope:
        return _scoped(tree, scope)
    return f"({printed(tree)})" if isinstance(tree, Never | Both | Either | Listed) else printed(tree)


def _nodes(node: Node) -> tuple[Node, ...]:
    if isinstance(node, AllOf | AnyOf):
        return node.nodes
    raise AssertionError("a part of several has been made of one")


def _inside(node: Node) -> Node:
    if isinstance(node, Not):
        return node.node
    raise AssertionError("a negation has been made of none")
