"""What was decided: asked about, and put right."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

from bot import corrections, muting
from bot.commands.office import Ask, Office, Reply, number_in, told
from bot.commands.words import Words, later
from bot.core.plan import Places
from bot.core.sheet import Line
from bot.corrections import Corrected
from bot.errors import OperatorError
from bot.explaining import article_of_post, explain, explain_unseen
from bot.model import ArticleId, EventId, PostId, Review, ReviewId, Ruling, Story
from bot.muting import Muted
from bot.ports import Record
from bot.references import meant, meant_by_each
from bot.reviewing import answer, asked
from bot.talk import Button, Keyboard

#: Characters of what is shown over the chat, core.telegram.org/bots/api#answercallbackquery.
_TOAST = 200
#: Reviews that are shown at once.
_MOST_REVIEWS = 5
#: What can be decided about a review, as its buttons say it.
_LABELS: Mapping[Ruling, str] = {
    Ruling.POST: later("Post"),
    Ruling.FOLD: later("Fold"),
    Ruling.DROP: later("Drop"),
}


# ----------------------------------------------------------------------------------------------- why


async def why(ask: Ask, office: Office) -> Reply:
    """Tell why something was or was not posted."""
    reference = ask.argument
    if not reference:
        number = await office.answered(ask)
        if number is None:
            return told(ask.words("Why what? Reply to a post with /why, or write /why LINK."))
        reference = str(number)
    scene = office.scene(ask)
    lines = await explain(reference, scene)
    if lines:
        return Reply(lines=lines)
    # Strangers do not send us to addresses of their choice.
    read_page = office.read_page() if ask.may_change else None
    return Reply(lines=await explain_unseen(reference, scene, read_page=read_page))


async def why_of_card(ask: Ask, office: Office) -> Reply:
    """Tell why the event of a card was posted: all of it to administrators, to readers in a few words."""
    number = await _of_card(ask, office)
    if number is None:
        return Reply(toast=ask.words("I no longer know what that post was about."))
    lines = await explain(str(number), office.scene(ask))
    return Reply(toast=_brief(lines), lines=lines if ask.may_change else ())


def _brief(lines: Sequence[Line]) -> str:
    text = "\n".join(line.text for line in lines if line.depth > 0 and line.text != line.link)
    return text if len(text) <= _TOAST else f"{text[: _TOAST - 1]}…"


async def _of_card(ask: Ask, office: Office) -> ArticleId | None:
    """Return the first article of the card whose button was pressed."""
    number = number_in(ask.argument.partition(":")[0])
    if number is None:
        return None
    post = await office.archive.record(lambda record: record.post(PostId(number)))
    if post is None or not office.shows(ask, post.channel):  # anybody can make up what a button sends back
        return None
    if post.message_id is not None:
        return await article_of_post(post.channel, post.message_id, office.archive)
    event = await office.archive.record(lambda record: record.numbered(post.event))
    return event.members[0].id if event.members else None


# --------------------------------------------------------------------------------- one report or two


async def merge(ask: Ask, office: Office) -> Reply:
    """Say that two articles are one report."""
    references, story = await _named(ask, office, 2)
    if len(references) != 2:  # noqa: PLR2004  one and the other
        return told(ask.words("Which two? Write /merge LINK LINK, or reply to a post with /merge LINK."))
    name, (one, other) = await meant(references, story, office.archive)
    chosen, places = _story(ask, name, office)

    def work(record: Record) -> tuple[list[ArticleId], Corrected]:
        goes = max((record.event(number, name) for number in (one, other)), key=lambda event: event.id)
        joined = [member.id for member in goes.members]
        return joined, corrections.merge(chosen, one, other, record, places, at=ask.now)

    joined, corrected = await office.archive.record(work)
    return await office.done(
        ask, _outcome(ask, corrected), back=f"/split {' '.join(map(str, joined))} {name}"
    )


async def merge_card(ask: Ask, office: Office) -> Reply:
    """Ask which other report is that of a card."""
    number = await _of_card(ask, office)
    if number is None:
        return told(ask.words("I no longer know what that post was about."))
    text = ask.words(
        "Which other report is it the same as? Send me its link, or reply to its post with a dot."
    )
    return Reply(lines=[Line(text=text)], then=partial(_merge_with, number))


async def _merge_with(number: ArticleId, ask: Ask, office: Office) -> Reply:
    answered = await office.answered(ask)
    other = str(answered) if answered else ask.argument
    both = f"{number} {other}"
    return await merge(replace(ask, argument=both, typed=f"/merge {both}"), office)


async def more_of_card(ask: Ask, office: Office) -> Reply:
    """Show in private what can be done about a card."""
    number = await _of_card(ask, office)
    if number is None:
        return told(ask.words("I no longer know what that post was about."))
    articles = await office.archive.articles(str(number))
    card = ask.argument
    row = (
        Button(label=ask.words("Why"), data=f"why:{card}"),
        Button(label=ask.words("Not a duplicate"), data=f"split:{card}"),
        Button(label=ask.words("Merge"), data=f"merge:{card}"),
        Button(label=ask.words("Mute event"), data=f"mute:{card}"),
    )
    lines = [Line(text=article.title, link=article.link or None) for article in articles[:1]]
    return Reply(lines=lines, buttons=(row[:2], row[2:]))


async def split(ask: Ask, office: Office) -> Reply:
    """Say that an article is a report of its own."""
    references, story = await _named(ask, office, 1, most=None)
    if not references:
        return told(ask.words("Which one? Write /split LINK, with the link of the copy."))
    name, (article, *others) = await meant(references, story, office.archive)
    return await _split(ask, office, name, article, others)


async def split_last(ask: Ask, office: Office) -> Reply:
    """Say of the article that a card took in last that it is no duplicate."""
    first = await _of_card(ask, office)
    if first is None:
        return told(ask.words("I no longer know what that post was about."))
    name, _first = await meant([str(first)], None, office.archive)
    event = await office.archive.record(lambda record: record.event(first, name))
    last = event.members[-1].id
    return await _split(replace(ask, typed=f"/split {last} {name}"), office, name, last)


async def _split(
    ask: Ask, office: Office, story: str, article: ArticleId, others: Sequence[ArticleId] = ()
) -> Reply:
    chosen, places = _story(ask, story, office)

    def work(record: Record) -> tuple[ArticleId, Corrected]:
        before = [member.id for member in record.event(article, story).members]
        done = corrections.split(chosen, article, record, places, at=ask.now, others=others)
        left = {member.id for member in done.event.members}
        return next(number for number in before if number not in left), done

    rest, corrected = await office.archive.record(work)
    return await office.done(ask, _outcome(ask, corrected), back=f"/merge {rest} {article} {story}")


def _outcome(ask: Ask, corrected: Corrected) -> str:
    outlets = ", ".join(member.article.outlet for member in corrected.event.members)
    title = corrected.event.members[0].article.title
    return ask.words("“%(title)s” is now told by: %(outlets)s", title=title, outlets=outlets)


def _story(ask: Ask, name: str, office: Office) -> tuple[Story, Places]:
    places = office.world().knowledge.places
    story = places.stories.get(name)
    if story is None:
        raise OperatorError(ask.words("Story %(name)s is not followed any more.", name=name))
    return story, places


def _stories(ask: Ask, office: Office) -> Mapping[str, Story]:
    """Return the stories that a person may know of, by name."""
    if ask.may_change:
        return office.world().knowledge.places.stories
    return {story.name: story for story in office.stories_of(ask)}


async def _named(
    ask: Ask, office: Office, wanted: int, *, most: int | None = 0
) -> tuple[list[str], str | None]:
    """Return the articles that a person names, that of the post that is answered first, and the story.

    Args:
        ask: what was said.
        office: what is at hand.
        wanted: how many are needed.
        most: how many more may be named; None: any number.
    """
    parts = ask.parts
    stories = _stories(ask, office)
    story = parts.pop() if len(parts) > 1 and parts[-1] in stories else None
    if len(parts) < wanted:
        answered = await office.answered(ask)
        parts = [*([str(answered)] if answered else []), *parts]
    if most is not None and len(parts) > wanted + most:
        raise OperatorError(ask.words("That is more than I can take at once; a link has no spaces in it."))
    return parts, story


# ------------------------------------------------------------------------------------------- muting


async def mute(ask: Ask, office: Office) -> Reply:
    """Tell no more of an event until something new happens."""
    number, story = await _one(ask, office)
    return await _mute(ask, office, number, story)


async def mute_card(ask: Ask, office: Office) -> Reply:
    """Tell no more of the event of a card."""
    number = await _of_card(ask, office)
    if number is None:
        return told(ask.words("I no longer know what that post was about."))
    return await _mute(replace(ask, typed=f"/mute {number}"), office, str(number), None)


async def _mute(ask: Ask, office: Office, reference: str, story: str | None) -> Reply:
    def work(event: EventId, channels: Sequence[str], record: Record) -> Muted:
        return muting.mute(event, channels, record, at=ask.now, person=ask.person)

    done = await _in_channels(ask, office, reference, story, work)
    title = done[0].event.members[0].article.title
    outcome = ask.words("No more of “%(title)s” until something new happens.", title=title)
    if not any(each.channels for each in done):
        return Reply(lines=[Line(text=outcome)])  # a headline is in it
    return await office.done(ask, outcome, back=f"/unmute {reference}")


async def unmute(ask: Ask, office: Office) -> Reply:
    """Tell of an event again."""
    reference, story = await _one(ask, office)
    places = office.world().knowledge.places

    def work(event: EventId, channels: Sequence[str], record: Record) -> Muted:
        return muting.unmute(event, channels, record, places, at=ask.now)

    done = await _in_channels(ask, office, reference, story, work)
    title = done[0].event.members[0].article.title
    outcome = ask.words("“%(title)s” is told again.", title=title)
    if not any(each.channels for each in done):
        return Reply(lines=[Line(text=outcome)])  # a headline is in it
    return await office.done(ask, outcome, back=f"/mute {reference}")


async def _one(ask: Ask, office: Office) -> tuple[str, str | None]:
    references, story = await _named(ask, office, 1)
    if len(references) != 1:
        raise OperatorError(ask.words("Which one? Reply to the post, or write its link after the command."))
    return references[0], story


async def _in_channels(
    ask: Ask,
    office: Office,
    reference: str,
    story: str | None,
    work: Callable[[EventId, Sequence[str], Record], Muted],
) -> list[Muted]:
    """Do something to the events of an article in the channels where the person may."""
    articles = await meant_by_each(reference, story, office.archive, _stories(ask, office))
    channels = {each.name: office.channels_of(ask, each) for each, _number in articles}
    articles = [(each, number) for each, number in articles if channels[each.name]]
    if not articles:
        raise OperatorError(ask.words("No channel of yours tells of that."))

    def together(record: Record) -> list[Muted]:
        return [
            work(record.event(number, each.name).id, channels[each.name], record) for each, number in articles
        ]

    return await office.archive.record(together)


# ------------------------------------------------------------------------------------------- reviews


async def review(ask: Ask, office: Office) -> Reply:
    """Show what is too near to call, with buttons to decide; or the ones to decide about, one by one."""
    open_ = await office.archive.reviews()
    if not open_:
        return told(ask.words("Nothing waits to be decided."))
    lines: list[Line] = []
    rows: Keyboard = ()
    limits = office.world().knowledge.limits
    for one in open_[:_MOST_REVIEWS]:
        lines += await asked(one, office.archive, limits)
        rows = (*rows, buttons_of(one, ask.words, number=f" {one.id}"))
    if len(open_) > _MOST_REVIEWS:
        more = len(open_) - _MOST_REVIEWS
        lines.append(Line(text=ask.words.many("and %(n)s more", "and %(n)s more", more)))
    return Reply(lines=lines, buttons=rows)


def buttons_of(review_: Review, words: Words, *, number: str = "") -> tuple[Button, ...]:
    """Return the buttons that decide about a review.

    Args:
        review_: what is decided.
        words: in the language of whoever is asked.
        number: what follows each label, where several reviews are shown together.
    """
    return tuple(
        Button(label=f"{words(label)}{number}", data=f"rv:{review_.id}:{said.value}")
        for said, label in _LABELS.items()
    )


async def decide(ask: Ask, office: Office) -> Reply:
    """Decide about a review."""
    written, _colon, said = ask.argument.partition(":")
    number = number_in(written)
    if number is None or said not in set(Ruling):
        return told(ask.words("There is no such review."))
    places = office.world().knowledge.places
    closed = await answer(
        ReviewId(number), Ruling(said), office.archive, places, at=ask.now, person=ask.person
    )
    if closed is None:
        return told(ask.words("Somebody answered that before, or its time is over."))
    outcomes = {
        Ruling.POST: ask.words("Review %(number)s: it is posted.", number=number),
        Ruling.FOLD: ask.words("Review %(number)s: it is folded into the other.", number=number),
        Ruling.DROP: ask.words("Review %(number)s: it is dropped.", number=number),
    }
    return replace(await office.done(ask, outcomes[Ruling(said)]), replaces=True)
