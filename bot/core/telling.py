"""What became of a decision, in words: which post tells it, what holds it back, what people said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from bot.core.hours import quiet_until
from bot.core.plan import gate
from bot.core.sheet import Line
from bot.core.wording import when
from bot.model import FOR_GOOD, Article, Hours, Post, PostKind, PostState, Related, Story
from bot.ports import Asked, FeedHealth, Told

#: Of the hits so many are shown; the others are counted.
_SHOWN_HITS = 5
_ANSWERS = {
    "post": "post it as news",
    "fold": "fold it into the event of the other",
    "drop": "post nothing of it",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Where posts are shown, as far as it tells why one is not there."""

    now: datetime
    #: The stories that are followed, by name.
    stories: Mapping[str, Story]
    #: Channel → the hours of its readers; the usual ones where none is named.
    hours: Mapping[str, Hours] = field(default_factory=dict)
    #: Channel → the name of its chat, without "@", where everybody may read that.
    chats: Mapping[str, str] = field(default_factory=dict)


def state_of(health: FeedHealth | None) -> str:
    """Say how a feed is doing."""
    if health is None:
        return "not polled yet"
    if health.feed.paused:
        return f"paused: {health.feed.paused}"
    if health.polled_at is None:
        return "not polled yet"
    doing = "works" if health.failure is None else f"failed: {health.failure}"
    return f"last polled {when(health.polled_at)}, {doing}; next {when(health.next_at)}"


def source(article: Article, health: FeedHealth | None) -> str:
    """Say where an article came from and when."""
    # Anybody may ask: what follows "?" may be a key.
    name = article.feed_url.partition("?")[0] if health is None else health.feed.name
    dated = f"published {when(article.published)}" if article.dated else "without a time of its own"
    return f"from {name}, {dated}, first seen {when(article.seen_at)}"


def hits(told: Told) -> Iterator[Line]:
    """Say which terms stand where."""
    found = told.decision.hits
    if not found:
        yield Line(text="matched without a term to show: its conditions hold", depth=2)
        return
    yield Line(text="matched by", depth=2)
    for hit in found[:_SHOWN_HITS]:
        yield Line(text=f"{hit.term} in the {hit.field}: … {hit.excerpt} …", depth=2, bullet=True)
    if len(found) > _SHOWN_HITS:
        yield Line(text=f"and {len(found) - _SHOWN_HITS} more", depth=2, bullet=True)


def earlier(told: Told) -> Iterator[Line]:
    """Name the article that the verdict names."""
    article = told.decision.earlier
    if article is not None:
        word = "as" if isinstance(told.decision.verdict, Related) else "of"
        text = f'{word} {article.outlet}: "{article.title}"'
        yield Line(text=text, depth=2, link=article.link or None)


def corrections(told: Told) -> Iterator[Line]:
    """Say what people corrected."""
    for said in told.corrections:
        number = said.later if said.earlier == told.decision.article_id else said.earlier
        other = told.others.get(number)
        named = "" if other is None else f' of {other.outlet}: "{other.title}"'
        done = "merged" if said.same else "split"
        word = "with" if said.same else "from"
        text = f"{done} by hand on {when(said.at)} {word} article {number}{named}"
        yield Line(text=text, depth=2, link=None if other is None else other.link or None)


def review(told: Told) -> Iterator[Line]:
    """Say what people are asked about it, or answered."""
    if told.asked is None:
        return
    other = told.others.get(told.asked.nearest)
    named = f"article {told.asked.nearest}" + (
        "" if other is None else f' of {other.outlet}: "{other.title}"'
    )
    likely = f"{100 * told.asked.chance:.0f} % likely one article with {named}"
    yield Line(text=f"{_answer(told.asked)} ({likely})", depth=2)


def _answer(asked: Asked) -> str:
    since = when(asked.asked_at)
    if asked.answer is None:
        return f"for people to decide since {since}, by itself at {when(asked.until)}"
    whose = "nobody answered in time" if asked.person is None else "people answered"
    said = _ANSWERS.get(asked.answer, asked.answer)
    return f"put to people on {since}; {whose} on {when(asked.answered_at)}: {said}"


# -------------------------------------------------------------------------------------- what is shown


def fate(told: Told, stage: Stage) -> list[Line]:
    """Say for each channel which post tells it, or what holds it back."""
    decision, story = told.decision, stage.stories.get(told.decision.story)
    lines: list[str] = []
    if decision.quiet:
        lines.append(f"not posted: {decision.quiet}")
    if story is None:
        lines.append("its story is not followed any more")
    elif not story.channels:
        lines.append("not posted: its story has no channel")
    for channel, since in sorted(told.muted.items()):
        lines.append(
            f"muted in {channel} since {when(since)}: only an update of its event is told there again"
        )
    if story is not None and not decision.quiet:
        having = {post.channel for post in decision.posts} | told.muted.keys()
        lines += [_absent(told, story, channel) for channel in story.channels if channel not in having]
    shown = [Line(text=text, depth=2) for text in lines]
    return [*shown, *_posts(told, stage)]


def _absent(told: Told, story: Story, channel: str) -> str:
    """Say why a channel has no post of an event."""
    posting = story.posting(channel)
    waits = gate(told.event, posting) if posting.min_sources > 1 else None
    if channel in told.hushed:
        return f"not in {channel}: its event was recorded quietly and counts as shown there"
    if told.asked is not None and told.asked.answer is None:
        return f"not in {channel} yet: people are asked first"
    if told.asked is not None and told.asked.answer == "drop":
        return f"not in {channel}: people dropped it"
    if waits is not None:
        return f"not in {channel} yet: {waits}"
    return f"not in {channel}: nothing was planned there; perhaps the story had not that channel yet"


def _posts(told: Told, stage: Stage) -> Iterator[Line]:
    posts = told.decision.posts
    for post in posts:
        if post.kind is not PostKind.EDIT:
            text, link = _post(post, told, stage)
            yield Line(text=text, depth=2, link=link)
    edits = [post for post in posts if post.kind is PostKind.EDIT]
    done = [post for post in edits if post.state in {PostState.SENT, PostState.DROPPED}]
    for post in edits:
        if post not in done:
            yield Line(text=_post(post, told, stage)[0], depth=2)
    yield from _edited([post for post in done if post.state is PostState.SENT], told)


def _edited(edits: Sequence[Post], told: Told) -> Iterator[Line]:
    """Count edits that are shown, for each channel."""
    for channel in dict.fromkeys(post.channel for post in edits):
        own = [post for post in edits if post.channel == channel]
        last = max((told.settled[post.id] for post in own if post.id in told.settled), default=None)
        times = "once" if len(own) == 1 else f"{len(own)} times"
        at = "" if last is None else f", last {when(last)}"
        yield Line(text=f"changed in {channel} {times}{at}", depth=2)


def _post(post: Post, told: Told, stage: Stage) -> tuple[str, str | None]:
    """Say which post tells an event, where it stands and what holds it back."""
    settled, chat = told.settled.get(post.id), stage.chats.get(post.channel)
    link = None
    state = post.state.value
    if post.state is PostState.SENT:
        link = f"https://t.me/{chat}/{post.message_id}" if chat and post.message_id else None
        shown = link or (f"message {post.message_id}" if post.message_id else "")
        state += f" {when(settled)}" if settled else ""
        state += f", {shown}" if shown else ""
    elif post.state is PostState.UNCERTAIN:
        state += ": its answer was lost, so it may have been shown"
    said = ["one card more would have been too many"] if post.kind is PostKind.ROUNDUP else []
    said += [post.reason] if post.reason else []
    said += _holds(post, told, stage)
    more = f" ({'; '.join(said)})" if said else ""
    return f"{post.kind.value} {post.id} of its event in {post.channel}: {state}{more}", link


def _until(end: datetime) -> str:
    return "" if end == FOR_GOOD else f" until {when(end)}"


def _holds(post: Post, told: Told, stage: Stage) -> list[str]:
    """Say what a post waits for; nothing where it waits no more."""
    goes_again = post.state is PostState.UNCERTAIN and post.due_at is not None
    if post.state is not PostState.PENDING and not goes_again:
        return []
    now, hours = stage.now, stage.hours.get(post.channel, Hours())
    rests, quiet = told.rests.get(post.channel), quiet_until(hours, now)
    waits: list[str] = []
    if post.due_at is not None and post.kind is PostKind.DIGEST:
        waits.append(f"for the digest of {when(post.due_at)}")
    elif post.due_at is not None and post.due_at > now:
        waits.append(f"not before {when(post.due_at)}")
    if rests is not None and rests > now:
        waits.append(f"the channel asked for a pause until {when(rests)}")
    if hours.paused is not None and hours.paused > now:
        waits.append(f"posting is paused{_until(hours.paused)}")
    if quiet is not None:
        waits.append(f"{'quiet hours' if hours.hold else 'without a sound: quiet hours'} until {when(quiet)}")
    if post.card is not None and post.target is None:
        waits.append("until its card is shown")
    return waits or ["goes out in its turn"]
