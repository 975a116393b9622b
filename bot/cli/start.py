"""`init`: a configuration for somebody's own story."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar
from urllib.parse import urlsplit

import typer
from pydantic import TypeAdapter, ValidationError
from rich.text import Text

from bot.cli.common import SHIPPED, console
from bot.cli.usage import complain
from bot.core.query import compile_query
from bot.edge.gate import Gate
from bot.errors import OperatorError, RefusedAddressError
from config.starter import starter
from config.values import Address, Chat, Filled

T = TypeVar("T")

_EXAMPLE = 'flood* "dam break" -film'


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(init)


def init(
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="FILE", help="The file to write.")
    ] = SHIPPED,
    *,
    title: Annotated[str | None, typer.Option(metavar="TEXT", help="What the story is called.")] = None,
    query: Annotated[
        str | None, typer.Option(metavar="WORDS", help=f"The words to look for, such as '{_EXAMPLE}'.")
    ] = None,
    feed: Annotated[
        list[str] | None, typer.Option(metavar="NAME=URL", help="A feed to poll; give it once for each feed.")
    ] = None,
    channel: Annotated[
        str | None, typer.Option(metavar="CHAT", help="A Telegram channel: @name, or its -100… number.")
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that exists.")] = False,
) -> None:
    """Write a configuration for your own story, asking for what the options do not say.

    Example:
      storywire init -o my.toml --title Floods --query 'flood* +Ostrava' --feed BBC=https://…
    """
    if output.exists() and not force:
        raise OperatorError(f"{output} exists; choose another with --output, or --force to write over it")
    asking = title is None or query is None
    title = _given(title, _title) or _asked("What is the story called?", _title)
    query = _given(query, _query) or _asked(f"Which words to look for? (example: {_EXAMPLE})", _query)
    feeds = _Feeds()
    for text in feed or ():
        feeds.add(text)
    if not feed:
        feeds.ask()
    chat = _given(channel, _chat)
    if chat is None and asking:
        chat = _asked("Telegram channel (@name; nothing for the console)", _chat, default="")
    _write(output, starter(title, query, feeds.named, channel=chat))
    again = "" if output == SHIPPED else f" -c {output}"
    console.print(Text(f"Written: {output}\nNext: storywire check{again}, then storywire run{again}"))


class _Feeds:
    """Feeds as they are named one after the other."""

    def __init__(self) -> None:
        self.named: list[tuple[str, str]] = []

    def add(self, text: str) -> None:
        """Take NAME=URL, or an address alone, which is then named after its host.

        Raises:
            OperatorError: it is no address of a feed, or one that was named before.
        """
        name, separator, url = (part.strip() for part in text.partition("="))
        if not separator or name.startswith(("http://", "https://")):
            name, url = "", text.strip()
        _valid(Address, url, f"feed {text.strip()}")
        try:
            Gate().check_url(url)
        except RefusedAddressError as refusal:
            raise OperatorError(f"feed {url}: {refusal}") from None
        if url in {known for _name, known in self.named}:
            raise OperatorError(f"feed {url}: it was named before")
        self.named.append((self._free(name or urlsplit(url).hostname or url), url))

    def ask(self) -> None:
        """Ask for addresses, one at the least."""
        _asked("Address of a feed", self.add)
        while _asked("Address of another feed (nothing to end)", self._more, default=""):
            pass

    def _more(self, text: str) -> bool:
        if text:
            self.add(text)
        return bool(text)

    def _free(self, name: str) -> str:
        taken = {known for known, _url in self.named}
        number = 1
        while (free := name if number == 1 else f"{name} {number}") in taken:
            number += 1
        return free


def _title(text: str) -> str:
    _valid(Filled, text, "the title")
    return text


def _query(text: str) -> str:
    compile_query(text, {}, where="the words")
    return text


def _chat(text: str) -> str:
    if text:
        _valid(Chat, text, "the channel")
    return text


def _valid(kind: Any, text: str, where: str) -> None:
    """Refuse here what the finished file would be refused for."""
    try:
        TypeAdapter(kind).validate_python(text)
    except ValidationError as error:
        raise OperatorError(f"{where}: {error.errors()[0]['msg'].removeprefix('Value error, ')}") from None


def _given(text: str | None, read: Callable[[str], str]) -> str | None:
    return None if text is None else read(text.strip())


def _asked(question: str, read: Callable[[str], T], *, default: str | None = None) -> T:
    """Ask until the answer will do."""
    while True:
        answer: str = typer.prompt(question, default=default, show_default=False)
        try:
            return read(answer.strip())
        except OperatorError as mistake:
            complain(str(mistake))


def _write(output: Path, text: str) -> None:
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{output}: cannot be written: {error.strerror}") from None
