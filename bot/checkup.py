"""How the keywords of the stories do: the archive of a time, read twice, as findings and as words.

The first reading counts what each term does and finds names that may be missing; the second counts these
names in everything. Both go through the archive a page at a time, and the work on a page is done on a thread
of its own, so that a running service goes on.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from bot.core.checkup import FEWEST_LOOKED_AT, Checkup, Finding, Kind, findings, overlaps
from bot.core.health import WEEKLY
from bot.core.match import Watch
from bot.core.sheet import Line
from bot.core.spellings import Census, Sample, suggestions
from bot.core.tally import Tallies, Tally
from bot.model import Article, ArticleId, Matched
from bot.pipeline import World
from bot.ports import Archive

#: What is looked at unless somebody says otherwise.
PERIOD = timedelta(days=30)
_WEEK = timedelta(days=7)
#: When it is sent, on Mondays.
_HOUR = 9
#: Articles read and worked on at a time: some tens of milliseconds.
_PAGE = 500
#: Telegram takes 4,096 characters.
_LONGEST_NOTE = 3_500

Page = list[tuple[ArticleId, Article]]


async def checkup(
    archive: Archive, watches: Sequence[Watch], *, since: datetime, now: datetime
) -> list[Checkup]:
    """Look at what the keywords of stories did.

    Args:
        archive: what was seen, decided and corrected.
        watches: the stories, as they are now.
        since: how far back to look, aware.
        now: the current time, aware.
    """
    names = {health.feed.url: health.feed.name for health in await archive.feeds(counted=False)}
    matched = await archive.matched(since=since)
    tallies, samples = await asyncio.to_thread(_begun, watches, names, matched)
    async for page in _pages(archive, since, now):
        await asyncio.to_thread(_count, page, tallies, samples)
    for sample in samples:
        await asyncio.to_thread(sample.choose)
    census = Census(samples)
    if not census.is_empty:
        async for page in _pages(archive, since, now):
            await asyncio.to_thread(_take_census, page, census, tallies, samples)
    return await asyncio.to_thread(_told_apart, tallies, samples, names)


def checkup_of(articles: Sequence[Article], watches: Sequence[Watch]) -> list[Checkup]:
    """Look at what the keywords of stories find in recorded articles, whatever feeds the stories listen to.

    Args:
        articles: of which nothing was decided; several with one text count as often.
        watches: the stories, as they are now.
    """
    hearing = [replace(watch, story=replace(watch.story, feeds=())) for watch in watches]
    numbered = [(ArticleId(number), article) for number, article in enumerate(articles, start=1)]
    names = {article.feed_url: article.outlet for article in articles}
    tallies, samples = _begun(hearing, names, [])
    _count(numbered, tallies, samples)
    for sample in samples:
        sample.choose()
    census = Census(samples)
    if not census.is_empty:
        _take_census(numbered, census, tallies, samples)
    return _told_apart(tallies, samples, names)


async def _pages(archive: Archive, since: datetime, until: datetime) -> AsyncIterator[Page]:
    before: ArticleId | None = None
    while page := await archive.seen(since=since, until=until, before=before, limit=_PAGE):
        yield page
        before, until = page[-1][0], page[-1][1].seen_at


def _begun(
    watches: Sequence[Watch], names: Mapping[str, str], matched: Sequence[Matched]
) -> tuple[Tallies, list[Sample]]:
    judged: dict[str, dict[ArticleId, bool]] = {watch.story.name: {} for watch in watches}
    for each in matched:
        if each.story in judged:
            judged[each.story][each.article] = each.unwanted
    tallies = Tallies(watches, names, judged)
    return tallies, [Sample(tally.anatomy, stories=len(watches)) for tally in tallies.each]


def _count(page: Page, tallies: Tallies, samples: Sequence[Sample]) -> None:
    of_tally = {id(tally): sample for tally, sample in zip(tallies.each, samples, strict=True)}
    for number, article in page:
        for sight in tallies.look(number, article):
            of_tally[id(sight.tally)].add(number, article, sight)


def _take_census(page: Page, census: Census, tallies: Tallies, samples: Sequence[Sample]) -> None:
    wanting = [
        (tally, sample) for tally, sample in zip(tallies.each, samples, strict=True) if sample.candidates
    ]
    for number, article in page:
        hears = {
            id(sample): number in tally.accepted
            for tally, sample in wanting
            if tallies.listens(tally, article.feed_url)
        }
        census.look(article, hears)


def _told_apart(tallies: Tallies, samples: Sequence[Sample], names: Mapping[str, str]) -> list[Checkup]:
    taken = {tally.anatomy.watch.story.name: tally.judged.keys() for tally in tallies.each}
    shared: dict[str, list[Finding]] = {}
    for story, finding in overlaps(taken):
        shared.setdefault(story, []).append(finding)
    return [
        _of_story(tally, sample, tallies, names, shared.get(tally.anatomy.watch.story.name, []))
        for tally, sample in zip(tallies.each, samples, strict=True)
    ]


def _of_story(
    tally: Tally, sample: Sample, tallies: Tallies, names: Mapping[str, str], shared: Sequence[Finding]
) -> Checkup:
    heard = list(tallies.heard(tally))
    looked_at, accepted = sum(articles for _feed, _language, articles in heard), len(tally.accepted)
    found = [*findings(tally, heard, suggestions(sample, accepted, looked_at - accepted), names), *shared]
    story, order = tally.anatomy.watch.story, list(Kind)
    return Checkup(
        story=story.name,
        title=story.title,
        looked_at=looked_at,
        accepted=accepted,
        findings=tuple(sorted(found, key=lambda finding: order.index(finding.kind))),
    )


# ------------------------------------------------------------------------------------------ in words


def told(checkups: Sequence[Checkup], *, days: int | None, remarks: bool = False) -> list[Line]:
    """Return what was found in words; a healthy story says so in one line.

    Args:
        checkups: of some stories.
        days: what of the archive was looked at; None if it was something else.
        remarks: tell as well what needs no mending.
    """
    return [line for each in checkups for line in _lines(each, days, remarks=remarks)]


def _lines(each: Checkup, days: int | None, *, remarks: bool) -> list[Line]:
    period = "" if days is None else f" in {days} days"
    looked = f"of {each.looked_at} articles{period} the query accepts {each.accepted}"
    if each.looked_at < FEWEST_LOOKED_AT:
        return [Line(text=f"{each.story}: {looked}; too few to say more")]
    told_of = [finding for finding in each.findings if remarks or finding.kind is not Kind.SPELLINGS]
    if each.is_healthy and not told_of:
        return [Line(text=f"{each.story}: healthy; {looked}")]
    lines = [Line(text=f"{each.story}: {looked}", bold=True)]
    for finding in told_of:
        lines.append(Line(text=finding.says, depth=1, bullet=True))
        lines += [Line(text=f"“{headline}”", depth=2) for headline in finding.examples]
    return lines


# ------------------------------------------------------------------------------------- once a week


async def weekly_note(world: World) -> None:
    """Tell the administrators what to mend in the keywords, once a week and if there is anything.

    That it was done is noted before it is said: after a crash in between rather no note than two.
    """
    watches, archive, now = world.knowledge.watches, world.archive, world.clock.now()
    if not watches:
        return
    last = (await archive.beats()).get(WEEKLY)
    if begins_anew(last, now):
        await archive.beat(WEEKLY, at=now)
    elif note_due(last, watches[0].story.policy.time_zone, now):
        found = await checkup(archive, watches, since=now - PERIOD, now=now)
        await archive.beat(WEEKLY, at=now)
        text = note(found, days=PERIOD.days)
        if text is not None:
            await world.notify(text)


def note_due(last: datetime | None, zone: str, now: datetime) -> bool:
    """Tell whether the weekly note is to be sent: since Monday at nine it was not.

    A clock that is set back, or forward and back again, makes no second note of one week.

    Args:
        last: when it was looked into last; None if it never was.
        zone: IANA name of the zone that nine is a local time of.
        now: the current time, aware.
    """
    if last is None:
        return False
    local = now.astimezone(ZoneInfo(zone))
    nine = local.replace(hour=_HOUR, minute=0, second=0, microsecond=0) - timedelta(days=local.weekday())
    # In local time: nine is nine, whatever summer time does in between.
    monday = nine if nine <= local else nine - _WEEK
    return last < monday


def begins_anew(last: datetime | None, now: datetime) -> bool:
    """Tell whether weeks are to be counted from now on: never before, or by a clock that went wrong."""
    return last is None or last - now > _WEEK


def note(checkups: Sequence[Checkup], *, days: int) -> str | None:
    """Return the weekly note; None if there is nothing to mend."""
    lines = told([each for each in checkups if each.findings and not each.is_healthy], days=days)
    if not lines:
        return None
    rest = "… more: storywire stories doctor"
    text = "keywords, this week"
    for line in lines:
        more = f"\n{'  ' * line.depth}{'- ' if line.bullet else ''}{line.text}"
        if len(text) + len(more) + len(rest) + 1 > _LONGEST_NOTE:
            return f"{text}\n{rest}"
        text += more
    return text
