"""A changed configuration takes effect without a restart; a wrong one is refused, and what runs goes on.

What runs follows two things: the file, which is read again when it was changed, and what was chosen by
command, here or by another process. Whatever is interrupted is made up for by the next look, or by the next
start.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import structlog

from bot.edge.watching import Watched
from bot.errors import OperatorError
from bot.model import Choice
from bot.ports import Archive, Notify
from config.overlay import overlaid
from config.settings import Settings
from config.written import LeftOut

#: How often the file and the choices are looked at; a changed file is taken up at the second look.
LOOK_EVERY = timedelta(seconds=2)
#: What is made at the start and stays.
_AT_START = (
    "database.url",
    "telegram.token",
    "telegram.api_url",
    "telegram.admin_chat",
    "telegram.commands",
    "telegram.heard_by",
    "telegram.webhook_url",
    "telegram.webhook_secret",
    "telegram.webhook_listen",
    "poll.concurrency",
    "poll.allow_networks",
    "judge.semantic",
)

log = structlog.get_logger("storywire")


class Reloading:
    """Takes the configuration up again when it was changed."""

    def __init__(
        self,
        settings: Settings,
        *,
        read: Callable[[], Settings],
        adopt: Callable[[Settings], Awaitable[None]],
        archive: Archive,
        notify: Notify,
    ) -> None:
        """Begin with what runs.

        Args:
            settings: in effect, choices included.
            read: reads the file and the environment; raises OperatorError.
            adopt: lets the program go by other settings; raises OperatorError, and then changes nothing.
            archive: knows what was chosen by command.
            notify: tells the administrators.
        """
        self._settings = settings
        self._read = read
        self._adopt = adopt
        self._archive = archive
        self._notify = notify
        self._file = settings
        self._watched = Watched(settings.written.path, settings.written.text)
        self._one_at_a_time = asyncio.Lock()
        #: The file's settings that are not in effect yet, the choices that could not be taken up.
        self._due = False
        self._refused: tuple[Choice, ...] | None = None
        self._asked = False
        #: What was told last of a file that was refused; None if none was.
        self._complaint: str | None = None
        self._restart: tuple[str, ...] = ()
        self._started_with = settings

    @property
    def settings(self) -> Settings:
        """Return the settings in effect."""
        return self._settings

    def ask(self) -> None:
        """Read everything again at the next look, whatever the file looks like (SIGHUP)."""
        self._asked = True

    async def look(self) -> None:
        """Take up what was changed, if anything was."""
        async with self._one_at_a_time:
            changed = self._watched.changed() is not None
            asked, self._asked = self._asked, False
            if changed or asked:
                await self._reread()
            await self._follow()

    async def reload(self) -> Settings:
        """Take up at once what was chosen by command, and return the settings in effect.

        Raises:
            OperatorError: it cannot be; what ran goes on.
        """
        async with self._one_at_a_time:
            await self._take_up(tuple(await self._archive.choices()))
            return self._settings

    async def _reread(self) -> None:
        try:
            self._file, self._due = self._read(), True
        except OperatorError as error:
            await self._complain(str(error))

    async def _follow(self) -> None:
        """Go by the file and the choices as they are by now."""
        choices = tuple(await self._archive.choices())
        if not self._due and choices in (self._settings.written.choices, self._refused):
            return
        try:
            await self._take_up(choices)
        except OperatorError as error:
            # Not tried again before something is changed; the choices may fit the file that runs.
            self._refused = None if self._due else choices
            self._due, self._file = False, self._settings
            await self._complain(str(error))

    async def _take_up(self, choices: tuple[Choice, ...]) -> None:
        settings, left_out = overlaid(self._file, choices)
        before, self._refused = self._settings, None
        await self._adopt(settings)
        self._settings, self._due = settings, False
        log.info("the configuration was changed, and is in effect", stories=len(settings.story))
        if self._complaint is not None:
            self._complaint = None
            await self._notify("the configuration can be used again, and is in effect")
        await self._tell_left_out(left_out, before.written.left_out)
        await self._tell_restart(settings)

    async def _complain(self, says: str) -> None:
        if says != self._complaint:
            self._complaint = says
            await self._notify(f"the changed configuration is refused, and what ran goes on:\n{says}")

    async def _tell_left_out(self, now: tuple[LeftOut, ...], before: tuple[LeftOut, ...]) -> None:
        known = set(map(str, before))
        new = [str(it) for it in now if str(it) not in known]
        if new:
            await self._notify("\n".join(new))

    async def _tell_restart(self, settings: Settings) -> None:
        needs = tuple(
            name for name in _AT_START if _setting(name, settings) != _setting(name, self._started_with)
        )
        if needs and needs != self._restart:
            await self._notify(f"a restart is needed before this takes effect: {', '.join(needs)}")
        self._restart = needs


def _setting(name: str, settings: Settings) -> object:
    section, key = name.split(".")
    return getattr(getattr(settings, section), key)
