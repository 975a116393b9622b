"""Writes a conversation down as it goes on: who says what, and what Telegram was given to show."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from textwrap import wrap

from tests.fakes.telegram_chats import Change, ShownMessage
from tests.walk.conversation import (
    ADMIN,
    CHANNEL,
    GROUP,
    READER,
    SECOND,
    STRANGER,
    Answers,
    Conversation,
    labels,
)

NAMES = {ADMIN: "Ada", SECOND: "Ben", READER: "Rada", STRANGER: "Sten"}
_WIDTH = 108
_NAME = 9


@dataclass(slots=True, kw_only=True)
class Transcript:
    """A conversation, and its lines in Markdown."""

    talk: Conversation
    lines: list[str] = field(default_factory=list)
    #: What stands in the chats.
    _shown: dict[tuple[int, int], ShownMessage] = field(default_factory=dict)

    # ------------------------------------------------------------------------------------- the frame

    def scene(self, title: str, about: str) -> None:
        """Begin a scene."""
        if self.lines:
            self._end()
        self.lines += [f"## {title}", "", *wrap(about, 120), "", "```text"]

    def _end(self) -> None:
        if not self.lines[-1]:
            self.lines.pop()
        self.lines += ["```", ""]

    def text(self) -> str:
        self._end()
        return "\n".join(self.lines)

    # ------------------------------------------------------------------------------- what people do

    def says(self, text: str, *, by: int = ADMIN, chat: int | None = None) -> Answers:
        where = " (desk)" if chat == GROUP else ""
        self._line(NAMES[by] + where, text)
        return self._answered(self.talk.says(text, by=by, chat=chat), by)

    def presses(self, label: str, on: ShownMessage, *, by: int = ADMIN) -> Answers:
        self._line(NAMES[by], f"presses [{label}]")
        answers = self.talk.presses(label, on, by=by)
        if answers.toast:
            self._line("(shown)", answers.toast)
        return self._answered(answers, by)

    def publishes(self, outlet: str, title: str, text: str | None = None) -> list[ShownMessage]:
        """Let an outlet publish something, and write down what is posted."""
        self._line(outlet, f"publishes “{title}”")
        since = len(self.talk.telegram.log)
        self.talk.hears(title, outlet, text)
        return self._posted(self.talk.telegram.log[since:])

    def goes_on(self) -> list[ShownMessage]:
        """Let a quarter of an hour pass."""
        return self._posted(self.talk.polls())

    # ------------------------------------------------------------------------------------- how it is written

    def _answered(self, answers: Answers, by: int) -> Answers:
        if not answers.messages and not answers.toast:
            self._line("", "(no answer)")
        for change in answers.changes:
            name = "Bot" if change.message.chat == by else _place(change)
            self._message(name, change)
        self.lines.append("")
        return answers

    def _posted(self, changes: Sequence[Change]) -> list[ShownMessage]:
        # Channels are sent to side by side, so that only what one of them is sent has an order.
        for change in sorted(changes, key=lambda change: change.message.chat):
            self._message(_place(change), change)
        if not changes:
            self._line("", "(nothing is posted)")
        self.lines.append("")
        return [change.message for change in changes]

    def _message(self, name: str, change: Change) -> None:
        """Write down what was sent, or of what was changed its first line and what is new in it."""
        message, key = change.message, (change.message.chat, change.message.id)
        lines, before = [line for line in message.text.splitlines() if line], self._shown.get(key)
        self._shown[key] = message
        if before is not None:
            known = before.text.splitlines()
            lines = [f"(changed) {lines[0]}", *(line for line in lines[1:] if line not in known)]
        buttons = " ".join(f"[{label}]" for label in labels(message))
        if buttons and (before is None or labels(before) != labels(message)):
            lines = [f"{lines[0]}  {buttons}"] if len(lines) == 1 else [*lines, buttons]
        self._line(name, "\n".join(lines))

    def _line(self, name: str, text: str) -> None:
        shown = list(_folded(self._tidy(text)))
        if len(name) >= _NAME:
            self.lines.append(name)
            name = ""
        for place, line in enumerate(shown):
            self.lines.append(f"{name if place == 0 else '':<{_NAME}}{line}".rstrip())

    def _tidy(self, text: str) -> str:
        """Give a text without what differs from run to run, or cannot be seen."""
        text = text.replace("\u2060", "").replace(f"{self.talk.directory}/", "")
        return re.sub(r"http://127\.0\.0\.1:\d+/(\w+)\.xml", r"https://\1.example/feed.xml", text)


def _place(change: Change) -> str:
    chat = change.message.chat
    return {CHANNEL: "Channel", GROUP: "Desk"}.get(chat, f"to {NAMES.get(chat, '')}")


def _folded(text: str) -> Iterable[str]:
    for line in text.splitlines():
        inward = len(line) - len(line.lstrip()) + 2
        yield from wrap(line, _WIDTH, subsequent_indent=" " * inward, break_on_hyphens=False) or [""]
