"""Telegram as the bot's commands see it, in memory."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.errors import ChannelClosedError, OperatorError
from bot.talk import Answer, Attached, Scope


@dataclass(slots=True)
class FakeSpeak:
    """Keeps what was said. A press is acknowledged once, and not at all while `stale`."""

    said: list[tuple[int, Answer]] = field(default_factory=list)
    toasts: list[tuple[str, str | None, bool]] = field(default_factory=list)
    #: What can be downloaded, by the file's id.
    files: dict[str, bytes] = field(default_factory=dict)
    menus: dict[tuple[Scope | int, str], Mapping[str, str]] = field(default_factory=dict)
    stale: bool = False
    #: Chats in which nobody has spoken to the bot yet: Telegram shows no menu there.
    unknown: set[int] = field(default_factory=set)

    async def say(self, chat: int, answer: Answer) -> int | None:
        self.said.append((chat, answer))
        return answer.replaces or len(self.said)

    async def acknowledge(self, press: str, text: str | None = None, *, alert: bool = False) -> bool:
        if self.stale or press in {toast[0] for toast in self.toasts}:
            return False
        self.toasts.append((press, text, alert))
        return True

    async def download(self, document: Attached, *, most: int) -> bytes:
        content = self.files.get(document.file_id)
        if content is None:
            raise OperatorError(f"{document.name} cannot be had")
        if len(content) > most:
            raise OperatorError(f"{document.name} is too large")
        return content

    async def menu(self, scope: Scope | int, language: str, commands: Mapping[str, str]) -> None:
        if scope in self.unknown:
            raise ChannelClosedError("Bad Request: chat not found")
        self.menus[scope, language] = commands

    # ------------------------------------------------------------------------- what tests look at

    @property
    def texts(self) -> list[str]:
        """Every message that was said, in order."""
        return [answer.message.text for _chat, answer in self.said]

    @property
    def last(self) -> Answer:
        return self.said[-1][1]

    def button(self, label: str) -> str:
        """Return what a button of the last message sends back."""
        shown = {button.label: button.data for row in self.last.buttons for button in row}
        data = shown.get(label)
        assert data is not None, f"no button {label!r}, but {shown}"
        return data
