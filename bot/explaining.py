"""`why`: what was decided about an article, on what evidence, and what became of it.

A terminal and the bot show the same lines. Nothing is recorded: what has to be tried is undone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from bot.core import telling
from bot.core.address import canonical_address, site
from bot.core.judge import judge
from bot.core.keys import match_keys
from bot.core.match import Watch
from bot.core.normalise import normalise
from bot.core.plan import gate
from bot.core.refusal import in_words, reading_of, refusal
from bot.core.sheet import Line
from bot.core.wording import reasons, verdict_words
from bot.errors import FetchError, ParseError
from bot.model import (
    Article,
    ArticleId,
    Entry,
    Feed,
    Member,
    New,
    Page,
    PostKind,
    Stored,
    Story,
)
from bot.pipeline import Knowledge, Taken, as_if, take_all
from bot.ports import Account, Archive, FeedHealth, ReadPage, Record, Seen, Told

#: Versions of one article that are told of, the newest; pages that change all day have hundreds.
_MOST_VERSIONS = 5
#: Stories are named that many at a time.
_MOST_NAMED = 8
#: Articles looked at to find some that were stored before one that was judged long ago.
_MOST_NEAR = 32
#: Second labels under which a country's names are sold: "com.tr", "co.uk".
_SOLD_BELOW = frozenset("ac co com edu gov ne net or org".split())


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What explanations rest on."""

    archive: Archive
    knowledge: Knowledge
    now: datetime
    #: Channel → the name of its chat, without "@", where everybody may read that.
    chats: Mapping[str, str] = field(default_factory=dict)
    #: Feeds of the configuration; the archive may not know all of them yet.
    feeds: Sequence[Feed] = ()
    #: Stories that may be told of; None: all.
    only: frozenset[str] | None = None
    #: Tells whether of a channel may be told; not so of what other people follow for themselves.
    shows: Callable[[str], bool] = lambda _channel: True
    #: How a person gives the headline of a page that was not read; "": there is no way.
    by_title: str = "--title TEXT"

    @property
    def watches(self) -> Sequence[Watch]:
        """Return the stories that may be told of, made ready."""
        return [watch for watch in self.knowledge.watches if self.tells_of(watch.story.name)]

    def tells_of(self, story: str) -> bool:
        """Tell whether a story may be told of."""
        return self.only is None or story in self.only

    @property
    def stage(self) -> telling.Stage:
        """Return where posts are shown."""
        stories = {watch.story.name: self._shown_of(watch.story) for watch in self.knowledge.watches}
        return telling.Stage(now=self.now, stories=stories, hours=self.knowledge.hours, chats=self.chats)

    def _shown_of(self, story: Story) -> Story:
        return replace(story, channels=tuple(filter(self.shows, story.channels)))

    def seen(self, told: Sequence[Told]) -> list[Told]:
        """Return what may be told of some decisions: of some stories, in some channels."""
        return [self._seen(each) for each in told if self.tells_of(each.decision.story)]

    def _seen(self, told: Told) -> Told:
        posts = tuple(post for post in told.decision.posts if self.shows(post.channel))
        muted = {channel: at for channel, at in told.muted.items() if self.shows(channel)}
        return replace(told, decision=replace(told.decision, posts=posts), muted=muted)


async def explain(reference: str, scene: Scene) -> list[Line]:
    """Tell all that is known of an article; nothing if it was never seen.

    Args:
        reference: its link, with or without tracking parameters, its feed id or its number.
        scene: what explanations rest on.
    """
    reference = reference.strip()
    accounts = await scene.archive.accounts(reference, limit=_MOST_VERSIONS + 1)
    if not accounts and (address := canonical_address(reference)):
        accounts = await scene.archive.accounts(address, limit=_MOST_VERSIONS + 1)
    lines = [line for account in accounts[:_MOST_VERSIONS] for line in await _account(account, scene)]
    if len(accounts) > _MOST_VERSIONS:
        lines.append(Line(text="There are older versions, each with a number of its own."))
    return lines


async def article_of_post(channel: str, message_id: int, archive: Archive) -> ArticleId | None:
    """Return the article that a message of a channel tells, for `explain`; None if it tells none.

    Of a card that is the report that began its (first) event, of a reply the update that it tells.
    """
    seen = await archive.message(channel, message_id)
    return None if seen is None else _told_by(seen).id


def _told_by(seen: Seen) -> Member:
    members = seen.events[0].members
    if seen.post.kind is PostKind.REPLY and seen.post.planned_at is not None:
        before = [member for member in members if member.article.seen_at <= seen.post.planned_at]
        return next((member for member in reversed(before) if not member.quiet), members[0])
    return next((member for member in members if not member.quiet), members[0])


# ----------------------------------------------------------------------------------------- what is stored


async def _account(account: Account, scene: Scene) -> list[Line]:
    article = account.article
    lines = [Line(text=article.title or "(no title)", bold=True)]
    if article.link:
        lines.append(Line(text=article.link, depth=1, link=article.link))
    lines.append(Line(text=telling.source(article, account.feed), depth=1))
    seen = scene.seen(account.told)
    for told in seen:
        lines += await _told(told, scene)
    decided = {told.decision.story for told in seen}
    others = [watch for watch in scene.watches if watch.story.name not in decided]
    name = None if account.feed is None else account.feed.feed.name
    if not seen:
        lines.append(Line(text="not posted: no story's query accepts it", depth=1))
    return [*lines, *_refused(article, name, others, then=True)]


async def _told(told: Told, scene: Scene) -> list[Line]:
    decision = told.decision
    heading = f"story {decision.story}, article {decision.article_id}: {verdict_words(decision.verdict)}"
    return [
        Line(text=heading, depth=1, bold=True),
        *telling.earlier(told),
        *_bullets(reasons(decision.verdict) or await _as_of_today(told, scene)),
        *telling.corrections(told),
        *telling.hits(told),
        *telling.review(told),
        *telling.fate(told, scene.stage),
    ]


def _bullets(texts: Iterable[str], depth: int = 2) -> list[Line]:
    return [Line(text=text, depth=depth, bullet=True) for text in texts]


async def _as_of_today(told: Told, scene: Scene) -> list[str]:
    """Compare an article of which no reasons are stored with what was stored before it."""
    decision = told.decision
    watch = next((w for w in scene.knowledge.watches if w.story.name == decision.story), None)
    if watch is None:
        return ["its reasons were not kept"]
    article, number = decision.article, decision.article_id
    keys = match_keys(article, watch.concepts, decision.story).asked
    since = article.seen_at - watch.story.policy.window

    def near(record: Record) -> list[Stored]:
        return record.candidates(decision.story, keys, since=since, limit=_MOST_NEAR)

    before = [stored for stored in await as_if(scene.archive, near) if stored.id < number]
    if not before:
        return ["its reasons were not kept, and what was near it then is not to be found any more"]
    verdict = judge(article, before, watch.concepts, scene.knowledge.limits)
    today = "" if isinstance(verdict, New) else f"; today it would be {verdict_words(verdict)}"
    return [f"its reasons were not kept; compared again now{today}", *reasons(verdict)]


def _refused(article: Article, feed: str | None, watches: Sequence[Watch], *, then: bool) -> Iterator[Line]:
    """Say why stories decided nothing about an article.

    Args:
        article: what they did not accept.
        feed: the name of the feed that carried it; None if it has none by now.
        watches: these stories.
        then: it was found before now, by stories as they were then.
    """
    reading = reading_of(article)
    plain: list[str] = []
    for watch in watches:
        story = watch.story
        why = refusal(watch.query, reading)
        says = "" if why is None else in_words(why)
        if story.feeds and feed not in story.feeds:
            says = f"does not listen to {feed or 'that feed'}, only to {_some(story.feeds)}"
        elif why is not None and why.is_plain:
            plain.append(story.name)
            continue
        elif why is None:
            says = "accepts it now: its query was another one when this was found" if then else ""
        yield Line(text=f"story {story.name}: {says}", depth=1)
    if len(plain) == 1:
        yield Line(text=f"story {plain[0]}: no term of its query stands in it", depth=1)
    elif plain:
        yield Line(text=f"stories {_some(plain)}: no term of their queries stands in it", depth=1)


def _some(names: Sequence[str]) -> str:
    """Name some and count the rest."""
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


# ---------------------------------------------------------------------------------------- never seen


async def explain_unseen(
    reference: str, scene: Scene, *, read_page: ReadPage | None = None, title: str = ""
) -> list[Line]:
    """Tell of a link that no feed brought whether its site is polled, and what each story would make of it.

    Args:
        reference: what `explain` knows nothing of.
        scene: what explanations rest on.
        read_page: reads its title and summary; None where there is no network.
        title: its headline, if a person gives it; its page is then left alone.
    """
    reference = reference.strip()
    address = canonical_address(reference)
    lines = [Line(text=f"{reference} was never seen in a feed.", bold=True)]
    near = [(feed, health) for feed, health in await _feeds(scene) if _one_home(feed, address)]
    lines += _bullets((f"feed {f.name} of that site: {telling.state_of(h)}" for f, h in near), depth=1)
    if address and not near:
        text = "No feed of that site is configured; another outlet's feed may still carry its reports."
        lines.append(Line(text=text, depth=1))
    page, problem = await _page(reference, address, read_page, title)
    if page is None:
        return [*lines, Line(text=_with_a_hint(problem, scene) if address else problem, depth=1)]
    found = canonical_address(page.url)
    if found and found != address and (known := await explain(page.url, scene)):
        return [*lines, Line(text=f"It leads to {page.url}, which was seen:", depth=1), *known]
    feed = near[0][0] if near else Feed(url=reference, name=site(address) or "its site")
    return [*lines, *await _as_if_found(page, feed, scene, listed=bool(near))]


async def explain_headline(title: str, scene: Scene) -> list[Line]:
    """Tell what each story would make of a headline, wherever it stands."""
    page = Page(url="https://headline.invalid/", text="", title=title)
    return await _as_if_found(page, Feed(url=page.url, name="a feed"), scene, listed=False)


async def _feeds(scene: Scene) -> list[tuple[Feed, FeedHealth | None]]:
    """Return the feeds that are polled or configured, each with its health if it was polled yet."""
    health = {each.feed.url: each for each in await scene.archive.feeds(counted=False)}
    declared = {feed.url: feed for feed in scene.feeds}
    urls = dict.fromkeys([*declared, *health])
    return [(health[url].feed if url in health else declared[url], health.get(url)) for url in urls]


def _one_home(feed: Feed, address: str) -> bool:
    home = _home(site(address))
    return bool(home) and home == _home(site(canonical_address(feed.url)))


def _home(host: str) -> str:
    """Return the part of a host's name that was registered, as far as its shape tells."""
    labels = host.split(".")
    length = 3 if len(labels) > 2 and labels[-2] in _SOLD_BELOW else 2  # noqa: PLR2004  name, co, uk
    return ".".join(labels[-length:])


async def _page(
    reference: str, address: str, read_page: ReadPage | None, title: str
) -> tuple[Page | None, str]:
    """Return what an article's page says of it, or in words why that is not known."""
    if title.strip():
        return Page(url=reference, text="", title=title.strip()), ""
    if not address:
        return None, "It is no link, so nothing else can be told of it."
    if read_page is None:
        return None, "Its page was not read"
    try:
        page = await read_page(reference)
    except (FetchError, ParseError) as failure:
        return None, f"Its page could not be read ({failure})"
    return (page, "") if page.title else (None, "Its page names no title")


def _with_a_hint(problem: str, scene: Scene) -> str:
    if not scene.by_title:
        return f"{problem}."
    how = f"given its headline as well ({scene.by_title}), it can be told what each story would make of it."
    return f"{problem}: {how}"


async def _as_if_found(page: Page, feed: Feed, scene: Scene, *, listed: bool) -> list[Line]:
    """Tell what each story would decide if a feed brought a page now."""
    entry = Entry(id=page.url, link=page.url, title=page.title, summary=page.summary)
    known = replace(feed, recorded_at=feed.recorded_at or scene.now)
    article = normalise(entry, known, seen_at=scene.now, language=feed.language)
    heard = known.name if listed else None

    def work(record: Record) -> tuple[Taken, ...]:
        return take_all([article], known, record, scene.knowledge, listed=0).taken

    taken = [each for each in await as_if(scene.archive, work) if scene.tells_of(each.match.story.name)]
    lines = [Line(text=f"If it were found now, as “{article.title}”:", depth=1)]
    for each in taken:
        lines += _would_be(each, scene)
    decided = {each.match.story.name for each in taken}
    others = [watch for watch in scene.watches if watch.story.name not in decided]
    return [*lines, *_refused(article, heard, others, then=False)]


def _would_be(taken: Taken, scene: Scene) -> list[Line]:
    """Tell what one story would decide, and what would be posted."""
    heading = (
        f"story {taken.match.story.name}: {verdict_words(taken.verdict)}; {_would_be_posted(taken, scene)}"
    )
    matched = [f"matched by {hit.term} in the {hit.field}" for hit in taken.match.hits[:1]]
    return [Line(text=heading, depth=1, bold=True), *_bullets([*matched, *reasons(taken.verdict)])]


def _would_be_posted(taken: Taken, scene: Scene) -> str:
    story = taken.match.story
    posts = [post for post in taken.posts if scene.shows(post.channel)]
    if taken.quiet:
        return f"not posted: {taken.quiet}"
    if posts:
        return f"would be posted: {', '.join(f'{post.kind.value} to {post.channel}' for post in posts)}"
    shown = filter(scene.shows, story.channels)
    waits = (gate(taken.event, story.posting(channel)) for channel in shown)
    return next((f"not posted yet: {why}" for why in waits if why), "nothing would be posted or changed")
