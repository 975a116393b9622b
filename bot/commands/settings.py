"""Settings of stories, channels and the whole program: shown with where they come from, and changed."""

from __future__ import annotations

from bot.commands.office import Ask, Office, Reply, told
from bot.core.sheet import Line
from bot.errors import OperatorError
from bot.model import Change, Hours, Mode
from config.choosing import set_option, unset_option
from config.origin import options
from config.overlay import SECTIONS

#: Leaves a setting to what it is without the command that set it.
_UNSET = frozenset({"default", "usual", "unset"})


async def set_(ask: Ask, office: Office) -> Reply:
    """Show settings, or change one."""
    parts = ask.argument.split(maxsplit=1)
    if not parts:
        return _scopes(ask, office)
    kind, name, rest = _scope(ask, office)
    key, _space, value = rest.partition(" ")
    if not key:
        shown = options(office.settings(), kind, name)
        lines = [
            Line(text=f"{key} = {value or '–'}  ({origin})", bullet=True) for key, value, origin in shown
        ]
        return Reply(lines=[Line(text=name, bold=True), *lines])
    if not value.strip():
        return told(ask.words("What should %(key)s be? “default” takes it back.", key=key))
    change = _changed(office, kind, name, key, value.strip())
    outcome = ask.words("%(name)s: %(key)s is now %(value)s.", name=name, key=key, value=value.strip())
    return await office.change(ask, [change], outcome)


def _changed(office: Office, kind: str, name: str, key: str, value: str) -> Change:
    settings = office.settings()
    if value.lower() in _UNSET:
        return unset_option(settings, kind, name, key)
    return set_option(settings, kind, name, key, value)


def _scope(ask: Ask, office: Office) -> tuple[str, str, str]:
    """Return of what kind the thing is whose settings are meant, its name, and what follows.

    Raises:
        OperatorError: there is no such thing.
    """
    first, _space, rest = ask.argument.partition(" ")
    settings = office.settings()
    if first == "channel":
        name, _space, rest = rest.strip().partition(" ")
        return "channel", name, rest.strip()
    if first in {entry.name for entry in settings.story}:
        return "story", first, rest.strip()
    if first in SECTIONS:
        return "section", first, rest.strip()
    if first in {entry.name for entry in settings.channel}:
        return "channel", first, rest.strip()
    raise OperatorError(
        ask.words("There is no story, channel or section “%(name)s”; /set lists them.", name=first)
    )


def _scopes(ask: Ask, office: Office) -> Reply:
    settings = office.settings()
    groups = (
        (ask.words("Stories"), [entry.name for entry in settings.story]),
        (ask.words("Channels"), [entry.name for entry in settings.channel]),
        (ask.words("Everything"), list(SECTIONS)),
    )
    lines = [Line(text=f"{title}: {', '.join(names)}") for title, names in groups if names]
    return Reply(lines=[*lines, Line(text=ask.words("For example /set posting quiet_hours 23:00-07:00"))])


async def digest(ask: Ask, office: Office) -> Reply:
    """Say when the channel gets digests, or that it gets cards at once again."""
    settings, wanted = office.settings(), ", ".join(ask.argument.replace(",", " ").split())
    if not wanted:
        posting = settings.posting
        if posting.mode is not Mode.DIGEST:
            return told(ask.words("Each report is posted at once."))
        usual = Hours().digests if posting.digest_at is None else posting.digest_at
        return told(_digests(ask, ", ".join(f"{time:%H:%M}" for time in usual)))
    if wanted in {"off", "instant"}:
        change = set_option(settings, "section", "posting", "mode", "instant")
        return await office.change(ask, [change], ask.words("Each report is posted at once."))
    first = set_option(settings, "section", "posting", "digest_at", wanted)
    # Both are settings of one section: the second is laid over the first.
    second = set_option(office.settings_with([first]), "section", "posting", "mode", "digest")
    return await office.change(ask, [second], _digests(ask, "" if wanted == "hourly" else wanted))


def _digests(ask: Ask, times: str) -> str:
    """Say when digests come; without times that is each hour."""
    return (
        ask.words("Digests come at %(times)s.", times=times) if times else ask.words("Digests come hourly.")
    )
