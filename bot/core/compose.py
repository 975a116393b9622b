"""An event becomes the text of its card; an update becomes a reply; many events become one list.

What does not fit into a message is left out: outlets and earlier headlines, never a report.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.core import template
from bot.core.draft import Draft, is_web
from bot.core.independence import independent
from bot.core.view import View, view
from bot.core.words import repeats
from bot.errors import ConfigError
from bot.model import Article, Event, Message, Posting, PostKind, Story, Style

_LONGEST_SUMMARY = 280
#: Outlets named after "Also" and after "More"; the rest is counted.
_MOST_OUTLETS = 8
#: Headline changes that are told, the last ones; with the rest of a card about 300 characters each.
_MOST_CHANGES = 3
#: Of a list: characters of a headline and outlets named behind it, tried in this order until it fits.
_LISTINGS = ((200, 3), (200, 1), (140, 0), (90, 0))
#: A list of more is hard to read.
MOST_LISTED = 40
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)]*(?=\s|$|[\u3040-\u9fff])")

Stories = Mapping[str, Story]


def card(events: Sequence[Event], stories: Stories, posting: Posting, *, silent: bool = False) -> Message:
    """Write the card of an event: the report, its headline changes, who else carries it, and who tells more.

    Args:
        events: the event as each story that shares the card has it, the first first.
        stories: by name; one that is missing is not followed any more.
        posting: how the channel wants it.
        silent: shown without a sound.
    """
    lead = _story(events[0], stories)
    seen = view(events, lead)
    names = _names(events)
    drafts = (
        _card(seen, lead, names, posting, changes=c, outlets=o)
        for c, o in ((_MOST_CHANGES, _MOST_OUTLETS), (1, 2))
    )
    draft = next((draft for draft in drafts if draft.fits), None)
    if draft is None:
        draft = _card(seen, lead, names, posting, changes=0, outlets=0)
    picture = seen.picture if posting.pictures and is_web(seen.picture) else None
    return draft.message(silent=silent, preview=posting.preview, picture=picture)


def _card(
    view: View, story: Story, names: list[str], posting: Posting, *, changes: int, outlets: int
) -> Draft:
    drawn = _drawn(view, story, names, posting)
    if drawn is not None:
        return drawn
    draft = Draft()
    _report(draft, view.article, view.link, view.published, story)
    draft.add("\n")
    told = view.changes[len(view.changes) - min(changes, len(view.changes)) :]
    for change in told:
        draft.add("\nwas: ", Style.ITALIC)
        draft.quote(change.was, Style.STRIKE)
        draft.add(
            f" → {'now, ' if change is told[-1] else ''}{_clock(change.at, story, since=view.published)}"
        )
    _name(draft, "Also", view.also, most=outlets)
    _name(draft, "More", view.more, most=outlets)
    if view.reports > 1:
        draft.add("\n")
        draft.add(counted(view), Style.ITALIC)
    draft.tags(names)
    return draft


def _drawn(view: View, story: Story, names: list[str], posting: Posting) -> Draft | None:
    """Draw a card as the operator wants it; None if he says nothing, or his template does not serve here."""
    if posting.template is None:
        return None
    summary, time = _summary(view.article), _time(view.published, story)
    try:
        drawn = template.draw(posting.template, view, story, names, summary=summary, time=time)
    except ConfigError:  # it worked on the examples: no news may be lost for it
        return None
    return drawn if drawn.fits and drawn.text.strip() else None


def counted(view: View) -> str:
    """Say how many reports there are, and how many of them are worth counting."""
    if view.independent == view.reports:
        return f"{view.reports} independent reports"
    return f"{view.reports} reports, {view.independent} independent"


def update(
    article: Article,
    before: Article | None,
    story: Story,
    posting: Posting,
    *,
    names: Sequence[str] = (),
) -> Message:
    """Write the reply that brings an update to a card.

    Args:
        article: the update.
        before: what it updates, whose headline shows what is new; None if that is unknown.
        story: whose event it is.
        posting: how the channel wants it.
        names: of the stories that share the card; empty: only this one has it.
    """
    draft = Draft()
    draft.add("Update: ", Style.BOLD)
    _report(draft, article, article.link, article.published, story)
    draft.add("\n")
    if before is not None and before.title != article.title:
        draft.add("\nbefore: ", Style.ITALIC)
        draft.quote(before.title, Style.STRIKE)
        if before.outlet != article.outlet:
            draft.add(" (")
            draft.quote(before.outlet)
            draft.add(")")
    draft.tags(list(names) or [story.name])
    return draft.message(preview=posting.preview)


def ring(event: Event, story: Story) -> Message:
    """Write the reply that rings for a card that came without a sound."""
    seen = view([event], story)
    draft = Draft()
    draft.add(f"Now reported by {independent(event.members)} independent sources: ", Style.BOLD)
    draft.quote(seen.article.title or "(no title)", url=seen.link)
    return draft.message()


def pointer(event: Event, story: Story) -> Message:
    """Write what becomes of a card whose report turned out to be the one that another event's card tells."""
    seen = view([event], story)
    draft = Draft()
    draft.add("Same report as: ")
    draft.quote(seen.article.title or "(no title)", url=seen.link)
    return draft.message()


# --------------------------------------------------------------------------------------------- lists


def listing(
    kind: PostKind, events: Sequence[Event], stories: Stories, *, silent: bool = False
) -> Message | None:
    """Write one message that tells many events, two or three lines each; None if it would be too long.

    Args:
        kind: which of `model.LISTS`.
        events: the earliest first; those of several stories that tell one article stand there once.
        stories: by name.
        silent: shown without a sound.
    """
    events = [_as_told(event) if kind is PostKind.SO_FAR else event for event in events]
    happenings = _together([event for event in events if event.members])
    if len(happenings) > MOST_LISTED:
        return None
    leads = [_story(group[0], stories) for group in happenings]
    rows = [(view(group, lead), lead) for group, lead in zip(happenings, leads, strict=True)]
    newest = max((seen.published for seen, _lead in rows), default=None)
    for longest, outlets in _LISTINGS:
        draft = Draft()
        draft.add(_heading(kind, rows), Style.BOLD)
        for seen, story in rows:
            _line(draft, seen, story, since=newest or seen.published, longest=longest, outlets=outlets)
        draft.add("\n")
        draft.tags(_names(events))
        if draft.fits:
            return draft.message(silent=silent)
    return None


def _as_told(event: Event) -> Event:
    """Return an event of which nothing was recorded quietly: what came first leads, and goes on leading."""
    return replace(event, members=tuple(replace(member, quiet=False) for member in event.members))


def _heading(kind: PostKind, rows: Sequence[tuple[View, Story]]) -> str:
    if kind is PostKind.SO_FAR:
        return f"So far: {rows[0][1].title}" if rows else "So far"
    title = "Digest" if kind is PostKind.DIGEST else "Roundup"
    return f"{title}: {len(rows)} report{'s' if len(rows) != 1 else ''}"


def _line(draft: Draft, view: View, story: Story, *, since: datetime, longest: int, outlets: int) -> None:
    draft.add("\n\n• ")
    draft.quote(_cut(view.article.title, longest) or "(no title)", url=view.link)
    draft.add("\n")
    draft.begin(view.article.outlet)
    draft.quote(_cut(view.article.outlet, longest))
    draft.add(", ")
    draft.aside(_clock(view.published, story, since=since))
    others = [*view.also, *view.more]
    for place, article in enumerate(others[:outlets]):
        draft.add(", " if place else " · also ")
        draft.quote(_cut(article.outlet, longest), url=article.link)
    if len(others) > outlets:
        draft.add(f" (+{len(others) - outlets})")
    for article in view.updates[-1:]:
        draft.add("\nUpdate: ", Style.BOLD)
        draft.quote(_cut(article.title, longest), url=article.link)


def _together(events: Sequence[Event]) -> list[list[Event]]:
    """Put events of several stories together that have an article in common."""
    groups: list[list[Event]] = []
    for event in events:
        numbers = {member.id for member in event.members}
        found = next(
            (g for g in groups if any(m.id in numbers for other in g for m in other.members)),
            None,
        )
        if found is None:
            groups.append([event])
        else:
            found.append(event)
    return groups


# --------------------------------------------------------------------------------------------- parts


def _report(draft: Draft, article: Article, link: str, published: datetime, story: Story) -> None:
    draft.quote(article.title or "(no title)", Style.BOLD, url=link, alone=not draft.text)
    draft.add("\n")
    draft.begin(article.outlet)
    draft.quote(article.outlet)
    draft.add(" · ")
    draft.aside(_time(published, story))
    if summary := _summary(article):
        draft.add("\n")
        draft.quote(summary, alone=True)


def _summary(article: Article) -> str:
    """Return what the report says beyond its headline; "" for nothing."""
    summary = shortened(article.summary or article.body)
    return "" if repeats(summary, article.title, article.outlet) else summary


def _name(draft: Draft, line: str, articles: Sequence[Article], *, most: int) -> None:
    """Name outlets, each linked to its report; count those that are too many."""
    if not articles or not most:
        return
    draft.add(f"\n{line}: ")
    for place, article in enumerate(articles[:most]):
        draft.add(", " if place else "")
        draft.quote(article.outlet, url=article.link)
    if len(articles) > most:
        draft.add(f" (+{len(articles) - most})")


def _story(event: Event, stories: Stories) -> Story:
    """Return the story of an event; of one that is not followed any more only its name is left."""
    return stories.get(event.story) or Story(name=event.story, title=event.story, query="")


def _names(events: Sequence[Event]) -> list[str]:
    return list(dict.fromkeys(event.story for event in events))


def _time(time: datetime, story: Story) -> str:
    """Return a date and a time of day in the story's zone, which is named where the operator chose none."""
    local = time.astimezone(ZoneInfo(story.policy.time_zone))
    return f"{local.day} {local:%b %Y, %H:%M}" + ("" if story.policy.time_zone != "UTC" else " UTC")


def _clock(time: datetime, story: Story, *, since: datetime) -> str:
    """Return a time of day, with its date if that is another one than that of the report."""
    zone = ZoneInfo(story.policy.time_zone)
    local = time.astimezone(zone)
    same = local.date() == since.astimezone(zone).date()
    return f"{local:%H:%M}" if same else f"{local.day} {local:%b, %H:%M}"


def shortened(text: str) -> str:
    """Cut at the last sentence that fits, else at a word."""
    if len(text) <= _LONGEST_SUMMARY:
        return text
    head = text[:_LONGEST_SUMMARY]
    ends = [found.end() for found in _SENTENCE_END.finditer(head)]
    if ends and ends[-1] > _LONGEST_SUMMARY // 3:
        return head[: ends[-1]]
    blank = head.rfind(" ")
    return f"{head[:blank] if blank > _LONGEST_SUMMARY // 3 else head}…"


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else f"{text[: longest - 1].rstrip()}…"
