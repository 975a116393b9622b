"""An event becomes the text of its card; an update becomes a reply.

Text and styles travel apart, so nothing in a feed's words can act as mark-up. What Telegram would still find
by itself in plain text (mentions, hashtags, commands, bare addresses) is broken by an invisible word joiner.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.core.words import repeats
from bot.model import Article, ArticleId, Event, Kind, Member, Message, Span, Story, Style

#: Telegram counts the text of a message in UTF-16 units here (the stricter reading of its limit).
LONGEST_MESSAGE = 4096
_LONGEST_SUMMARY = 280
#: Longer addresses are tracking, and Telegram refuses some of them.
_LONGEST_LINK = 2_000
#: Roles of articles that bring no report of their own.
_REPEATS = frozenset(Kind)
#: Outlets named after "Also" and after "More"; the rest is counted.
_MOST_OUTLETS = 8
#: Headline changes that are told, the last ones; with the rest of a card about 300 characters each.
_MOST_CHANGES = 3
_WORD_JOINER = "\u2060"
_ACTIVE = re.compile(
    r"(?<=[@#$/])(?=\S)|(?<=\S\.)(?=[^\s\d.]{2})"
    r"|(?<=\d\.)(?=\d+\.\d)"  # 1.2.3.4
    r"|(?<=\d{4})(?=[ -]?\d{4}[ -]?\d)"  # the number of a bank card
)
_SENTENCE_END = re.compile(r"[.!?…。！？][\"'”’»)]*(?=\s|$|[\u3040-\u9fff])")
_NOT_WORD = re.compile(r"\W+")


class _Draft:
    """A message under construction; counts in UTF-16 units as Telegram does."""

    def __init__(self) -> None:
        self.text = ""
        self.spans: list[Span] = []

    def add(self, text: str, *styles: Style, url: str | None = None) -> None:
        offset, length = _units(self.text), _units(text)
        self.text += text
        if url and len(url) <= _LONGEST_LINK and url.lower().startswith(("http://", "https://")):
            self.spans.append(Span(style=Style.LINK, offset=offset, length=length, url=url))
        self.spans += (Span(style=style, offset=offset, length=length) for style in styles if length)

    def message(self, *, silent: bool = False) -> Message:
        return Message(text=self.text, spans=tuple(self.spans), silent=silent)


def card(event: Event, story: Story) -> Message:
    """Write the card of an event: the report, its headline changes, who else carries it, and who tells more.

    What does not fit into a message is left out: outlets and earlier headlines, never the report.
    """
    messages = (
        _card(event, story, changes=c, outlets=o) for c, o in ((_MOST_CHANGES, _MOST_OUTLETS), (1, 2))
    )
    fitting = (message for message in messages if _units(message.text) <= LONGEST_MESSAGE)
    return next(fitting, None) or _card(event, story, changes=0, outlets=0)


def _card(event: Event, story: Story, *, changes: int, outlets: int) -> Message:
    lead = _lead(event.members)
    versions = _versions(event.members, lead)
    draft = _Draft()
    _report(draft, _newest(versions), lead.article, story)
    turns = [(a, b) for a, b in pairwise(versions) if a.article.title != b.article.title]
    for before, after in turns[len(turns) - min(changes, len(turns)) :]:
        draft.add("\nwas: ", Style.ITALIC)
        draft.add(_inert(before.article.title), Style.STRIKE)
        draft.add(f" (changed {_clock(after.article.seen_at, story)})")
    copies, related = _beside(event.members, versions)
    also = {member.article.outlet: member.article for member in copies}
    also.pop(lead.article.outlet, None)
    _name(draft, "Also", also, most=outlets)
    _name(draft, "More", {member.article.outlet: member.article for member in related}, most=outlets)
    _tag(draft, story)
    return draft.message()


def update(article: Article, story: Story) -> Message:
    """Write the reply that brings an update to a card."""
    draft = _Draft()
    draft.add("Update: ", Style.BOLD)
    _report(draft, article, article, story)
    _tag(draft, story)
    return draft.message()


def pointer(event: Event) -> Message:
    """Write what becomes of a card whose report turned out to be the one that another event's card tells."""
    lead = _lead(event.members)
    newest = _newest(_versions(event.members, lead))
    draft = _Draft()
    draft.add("Same report as: ")
    draft.add(_inert(newest.title) or "(no title)", url=newest.link or lead.article.link)
    return draft.message()


def _lead(members: Sequence[Member]) -> Member:
    """Return the first report that was posted; of an event known only quietly, the first of all."""
    return next((member for member in members if not member.quiet), members[0])


def _versions(members: Sequence[Member], lead: Member) -> list[Member]:
    """Return the lead and its later versions: the same item of the same feed, in order."""
    return [
        member
        for member in members[members.index(lead) :]
        if member is lead
        or (member.role == "same" and (member.article.feed_url, member.article.key) == _item(lead))
    ]


def _newest(versions: Sequence[Member]) -> Article:
    """Return the first version with the newest headline.

    Some feeds change a summary at every poll ("3 comments"): only another headline changes the card.
    """
    headline = versions[-1].article.title
    return next(version.article for version in versions if version.article.title == headline)


def _item(member: Member) -> tuple[str, str]:
    return member.article.feed_url, member.article.key


def _report(draft: _Draft, article: Article, first: Article, story: Story) -> None:
    draft.add(_inert(article.title) or "(no title)", Style.BOLD, url=article.link or first.link)
    draft.add(f"\n{_inert(article.outlet)} · {_clock(first.published, story)}")
    summary = _shortened(article.summary or article.body)
    if not repeats(summary, article.title, article.outlet):
        draft.add(f"\n{_inert(summary)}")


def _beside(members: Sequence[Member], versions: Sequence[Member]) -> tuple[list[Member], list[Member]]:
    """Return who repeats the report that a card tells, and who tells the same event in an article of his own.

    Who repeats a related article is counted with it; updates were told by themselves.
    """
    origins: dict[ArticleId | None, Member] = {}
    for member in members:
        repeated = origins.get(member.of) if member.role in _REPEATS else None
        origins[member.id] = repeated or member
    told = origins[versions[0].id]
    others = [member for member in members if member not in versions and member.role != "update"]
    related = [member for member in others if _tells_itself(origins[member.id], told)]
    return [member for member in others if member not in related], related


def _tells_itself(origin: Member, told: Member) -> bool:
    """Tell whether a report is related to the one told; that may be the later one, the first being quiet."""
    return origin is not told and (
        origin.role == "related" or (origin.role == "new" and told.role == "related")
    )


def _name(draft: _Draft, line: str, outlets: Mapping[str, Article], *, most: int) -> None:
    """Name outlets, each linked to its report; count those that are too many."""
    if not outlets or not most:
        return
    draft.add(f"\n{line}: ")
    for place, (outlet, article) in enumerate(list(outlets.items())[:most]):
        draft.add(", " if place else "")
        draft.add(_inert(outlet), url=article.link)
    if len(outlets) > most:
        draft.add(f" (+{len(outlets) - most})")


def _tag(draft: _Draft, story: Story) -> None:
    draft.add(f"\n#{_NOT_WORD.sub('_', story.name)}")


def _clock(time: datetime, story: Story) -> str:
    local = time.astimezone(ZoneInfo(story.policy.time_zone))
    return f"{local.day} {local:%b %Y, %H:%M}" + ("" if story.policy.time_zone != "UTC" else " UTC")


def _shortened(text: str) -> str:
    """Cut at the last sentence that fits, else at a word."""
    if len(text) <= _LONGEST_SUMMARY:
        return text
    head = text[:_LONGEST_SUMMARY]
    ends = [found.end() for found in _SENTENCE_END.finditer(head)]
    if ends and ends[-1] > _LONGEST_SUMMARY // 3:
        return head[: ends[-1]]
    return f"{head[: head.rfind(' ')] if ' ' in head else head}…"


def _inert(text: str) -> str:
    return _ACTIVE.sub(_WORD_JOINER, text)


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2
