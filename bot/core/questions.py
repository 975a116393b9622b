"""The questions a pair is asked, from certain to doubtful; `core.judge` says why they are these.

Each takes the stored article, the pair and the limits and returns a verdict, or None if it cannot say yes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from bot.core import explain
from bot.core.chance import chance_event, chance_same, most_event, most_same
from bot.core.compare import Pair
from bot.core.facts import DEVELOPMENTS, Clash, may_develop
from bot.model import Duplicate, Evidence, Kind, Related, Stored, Update, Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How sure is sure enough; probabilities and shares from 0 to 1."""

    #: From this probability on, two articles are one: precision 1.00 on the wire pairs read one by one,
    #: 0.92 on the harder ones of the stream (docs/judging.md).
    same: float = 0.36
    #: From this probability on, and below `same`, people are asked whether two articles are one; None: never.
    review_from: float | None = None
    #: From this probability on, a veto by names or by texts that differ is weighed against the rest.
    surely: float = 0.9
    #: From this probability on, two articles tell one event.
    event: float = 0.9
    #: From this mean likeness on, an article tells the happening of a group of reports.
    happening: float = 0.3
    #: Text of which this much is contained is a copy, whatever its headline says.
    copied_text: float = 0.6
    #: Shingles of a text long enough to prove that.
    long_text: int = 40
    #: Shingles of a text long enough to be weighed against names.
    short_text: int = 12
    #: Of a text of at least `report` shingles this much is the whole.
    whole_text: float = 0.8
    report: int = 100
    #: Titles as alike as this follow one pattern, so that what differs in them is what the text is about.
    template_title: float = 0.7
    #: Titles less alike than this prove no copy where there is no text.
    alike_title: float = 0.6
    #: Titles as alike as this are one title.
    one_title: float = 0.9
    #: Titles that share this much of their concepts may be rewrites.
    rewritten_title: float = 0.7
    #: Of the words of two rewritten texts, this much is shared.
    rewritten_text: float = 0.45
    #: Texts that share this much tell the same, even if each title says something of its own.
    surely_rewritten_text: float = 0.75
    #: A rewrite appears within this time; later the same words tell another day's news.
    rewrite_within: timedelta = timedelta(hours=24)
    #: A long headline may come again, word for word, within this time.
    again_within: timedelta = timedelta(hours=72)
    #: Updates may take longer.
    update_within: timedelta = timedelta(days=7)


DEFAULT = Limits()
#: Fewer shared concepts than this are a topic, not a report.
_FEWEST_CONCEPTS = 3
#: A headline of fewer words ("Morning briefing") says nothing about what stands below it.
_SHORTEST_HEADLINE = 4
#: A headline of so many words is no column's.
_NO_COLUMN = 8
#: Titles that share less of their weight and concepts are strangers, unless their texts share something, and
#: so are those that share little more but have no texts: of 9,000 such pairs none got a verdict.
_SOMETHING_SHARED, _WITHOUT_TEXTS, _TEXT_SHARED = 0.4, 0.45, 0.2
#: What another headline for one page may put in the place of the first; new figures and turns are an update.
_RETITLED = frozenset(set(Clash) - DEVELOPMENTS - {Clash.FIGURE})
#: Different figures in what else is one article are its new version, these are not.
_NO_VERSION = frozenset(set(Clash) - DEVELOPMENTS - {Clash.FIGURE})


def compare(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    """Ask one pair the questions in their order; None if none says yes."""
    if _strangers(pair):
        return None
    for ask in (_same, _copy, _rewrite, _update, _related):
        verdict = ask(old, pair, limits)
        if verdict is not None:
            return verdict
    return None


def _strangers(pair: Pair) -> bool:
    """Tell, by what is cheap to know, whether the two share too little for any question to say yes."""
    titles = max(pair.title_cosine, pair.concepts)
    if titles >= _WITHOUT_TEXTS or (titles >= _SOMETHING_SHARED and pair.both_have_text):
        return False
    one_time = pair.same_minute or pair.zone_minute
    if one_time or pair.one_page or pair.one_id or pair.one_slug:
        return False
    return max(pair.containment, pair.summary_inside) < _TEXT_SHARED


def _same(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    one_page = pair.one_page
    # Feeds reuse ids, and live pages keep their address; when neither title nor text shares anything, it is
    # another article under an old number.
    new, earlier = pair.new.article, pair.old.article
    moved = not one_page and new.address != earlier.address
    reused = moved and pair.concepts < limits.rewritten_title / 2 and pair.containment < 1
    if not (pair.one_id or one_page) or reused:
        return None
    what = explain.page(pair) if one_page else "the same id in the same feed"
    evidence = [Evidence(signal="address" if one_page else "id", says=what)]
    if new.title != earlier.title:
        evidence.append(Evidence(signal="headline", says=f'the headline was "{earlier.title}"'))
    turned = [d for d in pair.differences if d.clash in DEVELOPMENTS]
    if turned:
        evidence += (Evidence(signal=d.clash.value, says=str(d)) for d in turned)
        return Update(of=old.id, evidence=tuple(evidence))
    return Duplicate(of=old.id, kind=Kind.SAME, evidence=tuple(evidence))


def _copy(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    surely = (
        _wholly_contained(pair, limits) or _word_for_word(pair, limits) or _under_one_headline(pair, limits)
    )
    if not surely and most_same(pair) < limits.same:
        return None
    probability = chance_same(pair)
    if not surely and (probability < limits.same or doubt(pair, probability, limits)):
        return None
    likely = (explain.chance(probability, "one article", limits.same),) if probability >= limits.same else ()
    evidence = (*explain.copy(pair), *likely)
    if not pair.differences or _text_overrules(pair, probability, limits):
        return Duplicate(of=old.id, kind=_kind(pair, limits), evidence=evidence)
    pattern = pair.title_ratio >= limits.template_title and not _mostly_contained(pair, limits)
    late = pair.apart > limits.update_within
    if (
        pair.clashes & _NO_VERSION
        or (pattern and Clash.FIGURE in pair.clashes)
        or late
        or not _one_author(pair)
    ):
        return None
    facts = (Evidence(signal=d.clash.value, says=str(d)) for d in pair.differences)
    return Update(of=old.id, evidence=(*facts, *evidence))


def _kind(pair: Pair, limits: Limits) -> Kind:
    """A copy shares its text or, where none can be compared, its headline; else the report was rewritten."""
    if pair.same_minute or pair.zone_minute:
        return Kind.COPY
    if not pair.both_have_text:
        return Kind.REWRITE if pair.exchanged_words and not pair.one_slug else Kind.COPY
    shared = pair.containment >= limits.rewritten_text
    return Kind.COPY if shared or pair.title_ratio >= limits.one_title else Kind.REWRITE


def doubt(pair: Pair, probability: float, limits: Limits) -> str | None:
    """Say why two articles are not taken for one, however likely they are; None if they are.

    Titles prove nothing against texts that differ; without texts only the same words in one day do.
    """
    if pair.contradicting_texts:
        return "their texts contradict each other"
    if pair.own_texts:
        alike = not pair.exchanged_words and pair.title_ratio >= limits.one_title
        teasers = pair.shorter_text < limits.long_text and alike
        sure = teasers or probability >= limits.surely
        return None if sure else f"each has a text of its own (limit then {100 * limits.surely:.0f} %)"
    if pair.both_have_text:
        column = pair.one_site and pair.one_title and pair.shorter_text < limits.short_text
        late = column and pair.apart >= _time_for(pair, limits)
        return f"a column of one publisher may look so, {_too_late(pair, limits)}" if late else None
    return _doubt_of_headlines(pair, limits)


def _doubt_of_headlines(pair: Pair, limits: Limits) -> str | None:
    if pair.title_length < _SHORTEST_HEADLINE:
        return f"headlines of fewer than {_SHORTEST_HEADLINE} words prove nothing without texts"
    if pair.title_ratio < limits.alike_title:
        alike = f"{100 * pair.title_ratio:.0f}/100 (limit {100 * limits.alike_title:.0f})"
        return f"without texts the headlines are not alike enough, {alike}"
    if not _in_one_wording(pair):
        return "without texts, headlines in other words are another report"
    late = pair.apart >= _time_for(pair, limits)
    return f"without texts, headlines prove nothing {_too_late(pair, limits)}" if late else None


def _too_late(pair: Pair, limits: Limits) -> str:
    hours = (time.total_seconds() / 3600 for time in (pair.apart, _time_for(pair, limits)))
    return "{:.0f} h apart (limit {:.0f} h)".format(*hours)


def _time_for(pair: Pair, limits: Limits) -> timedelta:
    """A day, as a column's next part has the same words; three for a headline too long for a column.

    Of real items read one by one (docs/judging.md), headlines of up to seven words that came again after a
    day were columns, longer ones the same article once more.
    """
    long = pair.one_title and pair.title_length >= _NO_COLUMN and not pair.other_day
    return limits.again_within if long else limits.rewrite_within


def _in_one_wording(pair: Pair) -> bool:
    """Titles alone: what is worded otherwise is another report.

    Unless little is, and another publisher's desk or one publisher's minute explains it: one publisher's next
    article on the matter differs no more than that. Or a news search lists it as it was called before.
    """
    edited = pair.hardly_exchanged and (pair.same_minute or not pair.one_site)
    return edited or pair.relisted or not pair.exchanged_words


def _wholly_contained(pair: Pair, limits: Limits) -> bool:
    """A report that stands in another outlet's nearly whole is a copy, whatever its headline and its date."""
    return pair.shorter_text >= limits.report and pair.containment >= limits.whole_text and not pair.one_site


def _word_for_word(pair: Pair, limits: Limits) -> bool:
    """One title and one text are a copy though they are short, and so is a long title without any text."""
    new, old = pair.new, pair.old
    if not pair.one_title or pair.apart >= _time_for(pair, limits):
        return False
    if pair.both_have_text:
        return new.text_words == old.text_words
    return pair.title_length >= _NO_COLUMN and not _others_report(pair)


def _under_one_headline(pair: Pair, limits: Limits) -> bool:
    """An address that has the other's headline tells that this is what the page was called before."""
    if not pair.one_slug or pair.apart >= limits.rewrite_within:
        return False
    return not (_others_report(pair) or pair.contradicting_texts)


def _text_overrules(pair: Pair, probability: float, limits: Limits) -> bool:
    """A long text that is contained proves a copy under another headline, but not under a pattern.

    Names are the weakest veto: a new headline may put another one first. There half as much text is enough.
    """
    if Clash.DATE in pair.clashes:  # the same text every day is a column's
        return False
    if _under_one_headline(pair, limits):
        return pair.clashes <= _RETITLED
    if (
        pair.shorter_text >= limits.short_text
        and pair.clashes == {Clash.NAME}
        and probability >= limits.surely
    ):
        return pair.containment >= limits.copied_text / 2
    return _mostly_contained(pair, limits) and pair.title_ratio < limits.template_title


def _mostly_contained(pair: Pair, limits: Limits) -> bool:
    return pair.shorter_text >= limits.long_text and pair.containment >= limits.copied_text


def _one_author(pair: Pair) -> bool:
    """An agency or an outlet brings its own report up to date; another's figures are another report's."""
    return pair.one_credit or pair.one_site or pair.same_minute


def _rewrite(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    late = pair.apart >= limits.rewrite_within
    own = pair.own_texts and pair.text_stems < limits.surely_rewritten_text
    if late or own or _others_report(pair) or not _tell_the_same(pair, limits) or pair.differences:
        return None
    evidence = (explain.concepts(pair), explain.words(pair), explain.time(pair), *explain.source(pair))
    return Duplicate(of=old.id, kind=Kind.REWRITE, evidence=evidence)


def _others_report(pair: Pair) -> bool:
    """Another agency's report, or one passed on, is another article on the event, however alike."""
    return pair.other_credit or pair.passes_on


def _tell_the_same(pair: Pair, limits: Limits) -> bool:
    """Without texts to agree, the titles must speak of exactly the same; with them, one may say more."""
    agreed = pair.text_stems >= limits.rewritten_text if pair.both_have_text else pair.one_core
    much = pair.same_minute or pair.text_stems >= limits.surely_rewritten_text
    surely = pair.both_have_text and much
    return _speak_of_the_same(pair, limits) and agreed and (pair.one_adds or surely)


def _speak_of_the_same(pair: Pair, limits: Limits) -> bool:
    """Titles share their concepts. Not across languages: who reads one may not read the other."""
    alike = pair.concepts >= limits.rewritten_title and len(pair.shared_concepts) >= _FEWEST_CONCEPTS
    return alike and pair.one_language


def _update(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    contained = pair.containment >= limits.copied_text and pair.concepts >= limits.rewritten_title / 2
    late = pair.apart > limits.update_within
    if pair.one_ticker and pair.apart < limits.rewrite_within:
        return Update(of=old.id, evidence=(explain.ticker(pair), explain.time(pair), *explain.source(pair)))
    if late or not (contained or _speak_of_the_same(pair, limits)):
        return None
    if not may_develop(pair.new.title, pair.old.title):
        return None
    turned = [d for d in pair.differences if d.clash in DEVELOPMENTS]
    if not turned or len(turned) < len(pair.differences):
        return None
    facts = (Evidence(signal=d.clash.value, says=str(d)) for d in turned)
    return Update(of=old.id, evidence=(explain.concepts(pair), *facts, explain.time(pair)))


def _related(old: Stored, pair: Pair, limits: Limits) -> Verdict | None:
    if most_event(pair) < limits.event:
        return None
    probability = chance_event(pair)
    if pair.differences or probability < limits.event:
        return None
    evidence = (
        explain.near(pair.old.article),
        explain.concepts(pair),
        explain.text(pair),
        explain.time(pair),
        *explain.source(pair),
        explain.chance(probability, "one event", limits.event),
    )
    return Related(of=old.id, evidence=evidence)
