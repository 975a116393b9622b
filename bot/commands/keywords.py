"""Keywords of stories: shown with where they come from, and changed, by a command or step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TypeAlias

from bot.backtesting import backtest as tried
from bot.backtesting import last, preview
from bot.backtesting import told as difference_told
from bot.commands.office import Ask, Office, Reply, told
from bot.core.sheet import Line
from bot.core.syntax import Listed, parsed, printed
from bot.errors import ConfigError, OperatorError
from bot.model import Change
from bot.talk import LONGEST_DATA, Button, Keyboard
from config.choosing import (
    dropped,
    excluding,
    new_story,
    no_longer_excluding,
    option_to_try,
    set_option,
    terms,
    with_terms,
    without_terms,
)
from config.overlay import imagined, with_changes
from config.sections import is_own
from config.settings import Settings

#: Terms that are shown with a button each.
_MOST_BUTTONS = 30
_LONGEST_LABEL = 30
#: Limits that hold for all stories.
_OF_JUDGE = frozenset({"same", "event", "happening", "window"})
#: Before what stands for a name; no name begins so.
_SIGN = "~"
#: How far back a change is tried out.
_WEEK = timedelta(days=7)

Work: TypeAlias = Callable[[Settings, str, Iterable[str]], Change]
#: What is written before terms → what is done with them, and how that is told.
_SIGNS: dict[str, Work] = {
    "+": with_terms,
    "add": with_terms,
    "-": without_terms,
    "rm": without_terms,
    "not": excluding,
    "!": excluding,
    "notnot": no_longer_excluding,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A change that is not made yet."""

    #: Works it out, and how it is told: anew when it is made, so that what others changed meanwhile stays.
    change: Callable[[Settings], tuple[Change, str]]
    #: The command that makes it.
    said: str


async def keywords(ask: Ask, office: Office) -> Reply:
    """Show or change a story's keywords."""
    name, _space, rest = ask.argument.partition(" ")
    if not name:
        return _stories(ask, office)
    if name in {"new", "drop"}:
        return await (_new if name == "new" else _drop)(ask, office, rest.strip())
    if not rest.strip():
        return show(ask, office, name)
    change, outcome = changed(ask, office.settings(), name, rest.strip())
    return await office.change(ask, [change], outcome)


def changed(ask: Ask, settings: Settings, story: str, text: str) -> tuple[Change, str]:
    """Return the change of a story that a person writes as "+ drill*", and how it is told.

    Raises:
        OperatorError: it cannot be read, or made.
    """
    sign, _space, rest = text.partition(" ")
    if sign[0] in "+-!" and len(sign) > 1:
        sign, rest = text[0], text[1:]
    work = _SIGNS.get(sign.lower())
    if work is None or not rest.strip():
        raise OperatorError(
            ask.words(
                "Before the words write + to add them, - to remove them, or not to exclude them: "
                "/help keywords"
            )
        )
    given = split(rest, story)
    listed = ", ".join(given)
    outcomes: dict[Work, str] = {
        with_terms: ask.words("%(story)s also looks for: %(terms)s", story=story, terms=listed),
        without_terms: ask.words("%(story)s no longer looks for: %(terms)s", story=story, terms=listed),
        excluding: ask.words("%(story)s now refuses: %(terms)s", story=story, terms=listed),
        no_longer_excluding: ask.words("%(story)s no longer refuses: %(terms)s", story=story, terms=listed),
    }
    return work(settings, story, given), outcomes[work]


def split(text: str, story: str) -> list[str]:
    """Return the terms of a list one by one; anything that is no plain list is one term.

    Raises:
        ConfigError: it is no query.
    """
    tree = parsed(text, where=f"story {story}")
    if isinstance(tree, Listed) and not any(item.sign for item in tree.items):
        return [printed(item.part) for item in tree.items]
    return [printed(tree)]


def _stories(ask: Ask, office: Office) -> Reply:
    entries = office.settings().story
    lines = [Line(text=f"{entry.name}: {entry.title}", bullet=True) for entry in entries]
    rows = tuple(
        (Button(label=entry.name, data=_data("kw", entry.name, office)),) for entry in entries[:_MOST_BUTTONS]
    )
    return Reply(lines=[Line(text=ask.words("Which story's keywords?")), *lines], buttons=rows)


def show(ask: Ask, office: Office, story: str, *, replaces: bool = False) -> Reply:
    """Show what a story looks for, with buttons that change it."""
    words, settings = ask.words, office.settings()
    found = terms(settings, story)
    lines = [Line(text=story, bold=True)]
    for key, title in (("also", words("Looks for:")), ("without", words("Refuses:"))):
        shown = [Line(text=f"{text}  ({at})", bullet=True) for text, kind, at in found if kind == key]
        lines += [Line(text=title), *shown] if shown else []
    choice = settings.written.choice("story", story)
    mine = [] if choice is None else [*choice.value.get("also", ()), *choice.value.get("without", ())]
    rows: list[tuple[Button, ...]] = []
    for term in mine[:_MOST_BUTTONS]:
        sign = "-" if choice and term in choice.value.get("also", ()) else "notnot"
        token = office.drafts.keep((story, f"{sign} {term}"))
        rows.append((Button(label=f"✕ {term}"[:_LONGEST_LABEL], data=f"kwx:{token}"),))
    rows.append(
        (
            Button(label=words("Add"), data=_data("kwadd", story, office)),
            Button(label=words("Exclude"), data=_data("kwnot", story, office)),
        )
    )
    return Reply(lines=lines, buttons=tuple(rows), replaces=replaces)


# ------------------------------------------------------------------------------------- step by step


def _data(press: str, story: str, office: Office) -> str:
    """Return what the button of a story sends back: its name, or where that is too long a sign for it."""
    data = f"{press}:{story}"
    return data if len(data) <= LONGEST_DATA else f"{press}:{_SIGN}{office.drafts.keep(story)}"


def _meant(ask: Ask, office: Office) -> str:
    """Return the story whose button was pressed."""
    if not ask.argument.startswith(_SIGN):
        return ask.argument
    kept = office.drafts.get(ask.argument.removeprefix(_SIGN))
    if not isinstance(kept, str):
        raise OperatorError(ask.words("That is too long ago; /keywords shows how things are now."))
    return kept


async def pick(ask: Ask, office: Office) -> Reply:
    """Show the story whose button was pressed."""
    return show(ask, office, _meant(ask, office), replaces=True)


async def ask_for(ask: Ask, office: Office) -> Reply:
    """Ask which words to add or to exclude."""
    story = _meant(ask, office)
    sign = "+" if ask.name == "kwadd" else "not"
    text = ask.words('Send me the words, for example: drill* "joint patrol"')
    return Reply(lines=[Line(text=text)], then=partial(_given, story, sign))


async def _given(story: str, sign: str, ask: Ask, office: Office) -> Reply:
    return await _drafted(ask, office, story, f"{sign} {ask.argument}")


async def take_out(ask: Ask, office: Office) -> Reply:
    """Show what it would change to take a term out."""
    kept = office.drafts.get(ask.argument)
    if not isinstance(kept, tuple):
        return told(ask.words("That is too long ago; /keywords shows how things are now."))
    story, text = kept
    return await _drafted(ask, office, story, text)


async def _drafted(ask: Ask, office: Office, story: str, text: str) -> Reply:
    """Show what a change would have posted since yesterday, and wait for a word."""
    work = partial(changed, ask, story=story, text=text)
    change, outcome = work(office.settings())
    before, after = office.world().knowledge, office.knowledge_with([change])
    lines = await preview(before, after, office.archive, story=story)
    token = office.drafts.keep(Draft(change=work, said=f"/keywords {story} {text}"))
    return Reply(lines=[Line(text=outcome, bold=True), *lines], buttons=confirmation(ask, token))


def confirmation(ask: Ask, token: str) -> Keyboard:
    """Return buttons that make a change, or let it go."""
    return (
        (
            Button(label=ask.words("Apply"), data=f"apply:{token}"),
            Button(label=ask.words("Cancel"), data=f"cancel:{token}"),
        ),
    )


async def apply(ask: Ask, office: Office) -> Reply:
    """Make a change that was shown."""
    draft = office.drafts.take(ask.argument)
    if not isinstance(draft, Draft):
        return told(ask.words("That is too long ago; /keywords shows how things are now."))
    change, outcome = draft.change(office.settings())
    return await office.change(replace(ask, typed=draft.said), [change], outcome)


async def cancel(ask: Ask, office: Office) -> Reply:
    """Let a change go."""
    office.drafts.take(ask.argument)
    return Reply(lines=[Line(text=ask.words("Nothing was changed."))], replaces=True)


# ------------------------------------------------------------------------------------ whole stories


async def _new(ask: Ask, office: Office, rest: str) -> Reply:
    name, _space, query = rest.partition(" ")
    if not query.strip():
        return told(ask.words("Which words? Write /keywords new NAME WORDS"))
    if is_own(name.lower()):
        raise OperatorError(
            ask.words("Stories named like %(name)s are those that people follow for themselves.", name=name)
        )
    title = name.replace("-", " ").capitalize()
    change = new_story(office.settings(), name.lower(), title, query.strip())
    return await office.change(ask, [change], ask.words("Story %(name)s is followed from now on.", name=name))


async def _drop(ask: Ask, office: Office, rest: str) -> Reply:
    change = dropped(office.settings(), rest)
    return await office.change(
        ask, [change], ask.words("Story %(name)s is not followed any more.", name=rest)
    )


# ------------------------------------------------------------------------------------------ backtest


async def backtest(ask: Ask, office: Office) -> Reply:
    """Tell what a change would have posted over the last week, and offer to make it."""
    story, _space, rest = ask.argument.partition(" ")
    if not rest.strip():
        return told(
            ask.words("Which change? For example /backtest STORY + drill* or /backtest STORY fold event")
        )
    settings, text = office.settings(), rest.strip()
    after, outcome = _tried(ask, settings, story, text)
    period = await last(office.archive, _WEEK)
    before = office.world().knowledge
    difference = await tried(before, office.knowledge_of(after), office.archive, story=story, period=period)
    lines = [Line(text=outcome, bold=True), *difference_told(difference)]
    work = partial(_imagined, ask, story=story, text=text)
    try:
        work(settings)
    except ConfigError as error:  # it can be tried out, but not be made by a command
        return Reply(lines=[*lines, Line(text=str(error))])
    token = office.drafts.keep(Draft(change=work, said=ask.said))
    return Reply(lines=lines, buttons=confirmation(ask, token))


def _tried(ask: Ask, settings: Settings, story: str, text: str) -> tuple[Settings, str]:
    """Return the configuration with a change, also with one that the file does not leave to commands."""
    key, _space, value = text.partition(" ")
    if _is_of_words(key):
        change, outcome = changed(ask, settings, story, text)
        return with_changes(settings, [change]), outcome
    kind, name = _holder(key, story)
    return imagined(settings, [option_to_try(settings, kind, name, key, value)]), _now(ask, name, key, value)


def _imagined(ask: Ask, settings: Settings, story: str, text: str) -> tuple[Change, str]:
    key, _space, value = text.partition(" ")
    if _is_of_words(key):
        return changed(ask, settings, story, text)
    kind, name = _holder(key, story)
    return set_option(settings, kind, name, key, value), _now(ask, name, key, value)


def _is_of_words(key: str) -> bool:
    return key[0] in "+-!" or key.lower() in _SIGNS


def _holder(key: str, story: str) -> tuple[str, str]:
    return ("section", "judge") if key in _OF_JUDGE else ("story", story)


def _now(ask: Ask, name: str, key: str, value: str) -> str:
    return ask.words("%(name)s: %(key)s is now %(value)s.", name=name, key=key, value=value)
