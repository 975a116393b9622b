"""What the bot is, how it does, which version runs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from importlib.metadata import version as version_of

from bot.commands.feeds import paused
from bot.commands.office import Ask, Office, Reply
from bot.commands.words import later
from bot.core.authority import Role
from bot.core.health import standstills, state_of
from bot.core.sheet import Line
from bot.model import Post, PostState
from config.sections import is_own

#: Feeds in trouble that are named.
_NAMED = 10
#: What is said of posts in a state.
_POSTS: Mapping[PostState, str] = {
    PostState.PENDING: later("waiting: %(number)s"),
    PostState.SENDING: later("being sent: %(number)s"),
    PostState.UNCERTAIN: later("perhaps not shown: %(number)s"),
    PostState.REFUSED: later("refused: %(number)s"),
}
#: The worst states of feeds come first; from this rank on one only has nothing new.
_FINE = 4


async def start(ask: Ask, office: Office) -> Reply:
    """Say what this bot does, and whom it knows the person as."""
    words, settings = ask.words, office.settings()
    titles = [story.title for story in settings.story if not is_own(story.name)]
    lines = [
        Line(text=words("I follow news stories and post each report once."), bold=True),
        *(Line(text=title, bullet=True) for title in titles),
    ]
    if ask.role is Role.ADMIN:
        lines.append(
            Line(text=words("You are one of my administrators: /help lists what I can do."), own=True)
        )
    elif ask.role is Role.SUBSCRIBER:
        lines.append(
            Line(text=words("Subscribe with /sub, or follow words of your own with /follow."), own=True)
        )
    else:
        lines.append(Line(text=words("I listen to my administrators only.")))
    lines.append(Line(text=words("Your number is %(number)s.", number=ask.person)))
    return Reply(lines=lines)


async def status(ask: Ask, office: Office) -> Reply:
    """Say how polling and posting are doing."""
    words, now = ask.words, ask.now
    feeds = await office.archive.feeds(counted=False)
    states = Counter(state_of(feed, now).word for feed in feeds if not feed.feed.paused)
    posts = await office.archive.outbox(*_POSTS)
    beats = await office.archive.beats()
    lines = [Line(text=words("Feeds: %(number)s", number=len(feeds)), bold=True)]
    lines += [Line(text=f"{number} × {word}", depth=1) for word, number in states.most_common(_NAMED)]
    until = office.settings().posting.paused_until
    if until is not None and until > now:
        lines.append(Line(text=paused(words, until), own=True))
    for channel in office.chats():
        lines.append(Line(text=words("Channel %(name)s", name=channel), bold=True))
        lines += [Line(text=text, depth=1) for text in _waiting(ask, channel, posts)]
    stopped = standstills(beats, now=now)
    lines += [Line(text=text, bullet=True) for text in stopped]
    lines += [Line(text=text, bullet=True) for _key, text, _since in await office.archive.alarms()]
    return Reply(lines=lines)


def _waiting(ask: Ask, channel: str, posts: list[Post]) -> list[str]:
    counts = Counter(post.state for post in posts if post.channel == channel)
    if not counts:
        return [ask.words("nothing waits")]
    return [ask.words(said, number=counts[state]) for state, said in _POSTS.items() if counts[state]]


async def health(ask: Ask, office: Office) -> Reply:
    """Say what is wrong, if anything."""
    words, now = ask.words, ask.now
    troubles = standstills(await office.archive.beats(), now=now)
    troubles += [text for _key, text, _since in await office.archive.alarms()]
    states = [(state_of(feed, now), feed.feed.name) for feed in await office.archive.feeds(counted=False)]
    bad = sorted((state.rank, name, state) for state, name in states if state.rank < _FINE)
    troubles += [f"{name}: {state.word} {state.says}".rstrip() for _rank, name, state in bad[:_NAMED]]
    if len(bad) > _NAMED:
        troubles.append(words("and %(number)s more: /feeds", number=len(bad) - _NAMED))
    if not troubles:
        return Reply(lines=[Line(text=words("Everything is running, and nothing is wrong."))])
    return Reply(lines=[Line(text=text, bullet=True, own=True) for text in troubles])


async def version(ask: Ask, office: Office) -> Reply:
    """Say which version runs."""
    del ask, office
    return Reply(lines=[Line(text=f"Storywire {version_of('storywire')}")])
