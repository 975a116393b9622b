"""Is this news, or has the story told it already?

Theory of operation. A pair is asked five questions, from certain to doubtful, and the first that says yes
decides, so that a verdict always names its best reason:

1. *same*: one address, or one id within a feed. Another headline makes it another version, not another item.
2. *copy* by text: most of the shorter text stands in the longer one. This finds syndicated articles whose
   headline was rewritten, which no measure of titles can.
3. *copy* by title: the same headline, and nothing in the texts against it.
4. *rewrite*: the titles speak of the same things in other words, and the texts agree.
5. *update*: as alike as a copy or a rewrite, but a word turns the report round or a tally has grown.

Against 2 to 4 stands a veto (`core.facts`): figures, places, opposites or names that differ; one announces
what the other reports done, or comments on what the other tells; or who acts on whom (`core.framing`).

Policy: when in doubt the answer is New. A repeated post annoys, a hidden one cannot be found again.

What was tried and failed: one threshold on titles. The fuzzy measures in use score "12th package" against
"13th package" higher than any honest rewrite (tests/eval holds the numbers).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.address import names_a_page
from bot.core.compare import Pair
from bot.core.concepts import Concepts
from bot.core.facts import DEVELOPMENTS
from bot.model import Article, Duplicate, Evidence, Kind, New, Stored, Update, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How alike is alike enough; similarities in percent."""

    #: Text of which this much is contained is a copy. Wire copies have a median of 93, other articles on the
    #: same event stay below 30 (measured on wire pairs; `storywire eval` shows the curve).
    copied_text: float = 60.0
    #: A short text (fewer than `short_text` shingles) must be contained nearly whole.
    copied_short_text: float = 80.0
    short_text: int = 12
    #: Titles as alike as this, with nothing in their way, are one title.
    same_title: float = 90.0
    #: Titles as alike as this follow one pattern, so that what differs in them is what the text is about.
    template_title: float = 70.0
    #: Texts of at least `long_text` shingles that share less than this contradict what their titles claim;
    #: shorter ones are teasers, which every outlet writes for itself.
    contradicting_text: float = 10.0
    long_text: int = 60
    #: Titles that share this much of their concepts may be rewrites.
    rewritten_title: float = 70.0
    #: Of the words of two rewritten texts, this much is shared.
    rewritten_text: float = 45.0
    #: Texts that share this much tell the same, even if each title says something of its own.
    surely_rewritten_text: float = 75.0
    #: A rewrite appears within this time; later the same words tell another day's news.
    rewrite_within: timedelta = timedelta(hours=24)
    #: Updates may take longer.
    update_within: timedelta = timedelta(days=7)


DEFAULT = Limits()
#: Fewer shared concepts than this are a topic, not a report.
_FEWEST_CONCEPTS = 3
#: A headline of fewer words ("Morning briefing") says nothing about what stands below it.
_SHORTEST_HEADLINE = 4


def judge(
    article: Article, candidates: Sequence[Stored], concepts: Concepts, limits: Limits = DEFAULT
) -> Verdict:
    """Compare an article with stored ones of the same story.

    Args:
        article: the new one.
        candidates: near ones from the archive, within the story's window.
        concepts: the story's spellings of one thing.
        limits: how alike is alike enough.
    """
    pairs = [(old, Pair(article, old.article, concepts)) for old in candidates]
    verdicts = [verdict for old, pair in pairs if (verdict := _compare(old, pair, limits)) is not None]
    if verdicts:
        return min(verdicts, key=_doubt)
    return New(evidence=_nearest(pairs, limits))


def _compare(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    for ask in (_same, _copy_by_text, _copy_by_title, _rewrite):
        verdict = ask(old, pair, limits)
        if verdict is not None:
            return verdict
    return _update(old, pair, limits)


def _same(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    one_id = pair.new.feed_url == pair.old.feed_url and pair.new.key == pair.old.key
    one_page = pair.new.address == pair.old.address and names_a_page(pair.new.address)
    # Feeds reuse ids, and live pages keep their address; when neither title nor text shares anything, it is
    # another article under an old number.
    reused = (
        not one_page
        and pair.new.address != pair.old.address
        and pair.title_concepts < limits.rewritten_title / 2
    )
    if not (one_id or one_page) or (reused and pair.containment < 1):
        return None
    what = f"the same address, {pair.new.address}" if one_page else "the same id in the same feed"
    evidence = [Evidence(signal="address" if one_page else "id", says=what)]
    if pair.new.title != pair.old.title:
        evidence.append(Evidence(signal="headline", says=f'the headline was "{pair.old.title}"'))
    turned = [d for d in pair.differences if d.clash in DEVELOPMENTS]
    if turned:
        evidence += (Evidence(signal=d.clash.value, says=str(d)) for d in turned)
        return Update(of=old.id, evidence=tuple(evidence))
    return Duplicate(of=old.id, kind=Kind.SAME, evidence=tuple(evidence))


def _copy_by_text(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    needed = limits.copied_short_text if pair.shorter_text < limits.short_text else limits.copied_text
    # Pages of one site share boilerplate, so there the titles must have something in common as well.
    strangers = pair.one_site and pair.title_concepts < limits.rewritten_title / 2
    template = pair.differences and pair.title_ratio >= limits.template_title
    if pair.containment < needed or strangers or template:
        return None
    return Duplicate(of=old.id, kind=Kind.COPY, evidence=pair.says_copy())


def _copy_by_title(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    headline = pair.shorter_title >= _SHORTEST_HEADLINE and pair.title_ratio >= limits.same_title
    against = pair.shorter_text >= limits.long_text and pair.containment < limits.contradicting_text
    late = pair.apart >= limits.rewrite_within
    if not headline or pair.differences or pair.exchanged_words or against or late:
        return None
    if pair.one_site and not pair.both_have_text and pair.new.title != pair.old.title:
        return None
    return Duplicate(of=old.id, kind=Kind.COPY, evidence=pair.says_copy())


def _rewrite(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    if pair.differences or pair.apart >= limits.rewrite_within or not _tell_the_same(pair, limits):
        return None
    evidence = (pair.says_concepts(), pair.says_words(), pair.says_time())
    return Duplicate(of=old.id, kind=Kind.REWRITE, evidence=evidence)


def _tell_the_same(pair: Pair, limits: Limits) -> bool:
    """Without texts to agree, the titles must speak of exactly the same; with them, one may say more."""
    agreed = pair.text_words >= limits.rewritten_text if pair.both_have_text else pair.one_core
    much = pair.same_minute or pair.text_words >= limits.surely_rewritten_text
    surely = pair.both_have_text and much
    return _speak_of_the_same(pair, limits) and agreed and (pair.one_adds or surely)


def _speak_of_the_same(pair: Pair, limits: Limits) -> bool:
    """Titles share their concepts. Not across languages: who reads one may not read the other."""
    alike = pair.title_concepts >= limits.rewritten_title and pair.shared_concepts >= _FEWEST_CONCEPTS
    return alike and pair.one_language


def _update(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    turned = [d for d in pair.differences if d.clash in DEVELOPMENTS]
    if not turned or len(turned) < len(pair.differences) or pair.apart > limits.update_within:
        return None
    if pair.containment < limits.copied_text and not _speak_of_the_same(pair, limits):
        return None
    facts = (Evidence(signal=d.clash.value, says=str(d)) for d in turned)
    return Update(of=old.id, evidence=(pair.says_concepts(), *facts, pair.says_time()))


def _doubt(verdict: Verdict) -> tuple[int, float]:
    """Order verdicts from the surest to the most doubtful; among equals the strongest evidence first."""
    ranks = {Kind.SAME: 0, Kind.COPY: 1, Kind.REWRITE: 2}
    rank = ranks[verdict.kind] if isinstance(verdict, Duplicate) else 3
    return rank, -max((e.value or 0.0 for e in verdict.evidence), default=0.0)


def _nearest(pairs: Iterable[tuple[Stored, Pair]], limits: Limits) -> tuple[Evidence, ...]:
    """Say what came nearest and what kept it apart."""
    ranked = sorted(pairs, key=lambda item: -max(item[1].title_concepts, item[1].containment))
    if not ranked:
        return (Evidence(signal="candidates", says="nothing stored for this story is near it"),)
    _old, pair = ranked[0]
    near = Evidence(signal="nearest", says=f'nearest: {pair.old.outlet}, "{pair.old.title}"')
    vetoes = (Evidence(signal=f"veto:{d.clash.value}", says=str(d)) for d in pair.differences)
    text = replace(
        pair.says_text(), says=f"{pair.says_text().says} (a copy needs {limits.copied_text:.0f} %)"
    )
    return (near, *vetoes, text, pair.says_concepts())
