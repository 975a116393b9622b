"""`gallery`: what the demo's channel shows, drawn as a page: cards as they grow, and other forms of posts."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import jinja2
import typer
from rich.text import Text

from bot.cli.common import console, in_loop
from bot.cli.demo import START, Extra, Played, demo_settings, play
from bot.demo.coverage import OUTLETS, Outlet, load
from bot.edge.console import ConsoleChannel, ShownMessage
from bot.errors import OperatorError
from bot.model import Fold, Message, Span, Style
from config.sections import ChannelEntry, StoryEntry
from config.settings import Settings

_OUTLETS = (
    Outlet(name="صحيفة المرفأ", slug="al-marfa", language="ar"),
    Outlet(name="الساحل اليوم", slug="al-sahil", language="ar"),
    Outlet(name="המגדלור", slug="ha-migdalor", language="he"),
)
_BRIDGE = 'جسر "גשר הנמל"'
_DIGEST_HOUR = 20
_TEMPLATE = (
    '{{ published.strftime("%H:%M") }}  <b><a href="{{ link }}">{{ title }}</a></b>\n'
    "<i>{{ outlet }}{% if reports > 1 %}, and {{ reports - 1 }} more{% endif %}</i>"
)
_CHANNELS: dict[str, dict[str, object]] = {
    "digest": {"mode": "digest", "digest_at": [f"{_DIGEST_HOUR}:00"]},
    "roundup": {"per_hour": 1},
    "template": {"template": _TEMPLATE},
    "events": {},
    "growth": {},
    "ring": {"ring_at": 3},
    "gate": {"min_sources": 3},
    "scripts": {},
}
_ZONE = ZoneInfo("Europe/Moscow")
_TAGS = {Style.BOLD: "b", Style.ITALIC: "i", Style.STRIKE: "s"}
_LAST_SINGLE = 0xFFFF
#: Versions of a card that show how one grows.
_MANY = 4
_FIRST_IDEOGRAPH, _LAST_IDEOGRAPH = "\u4e00", "\u9fff"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(gallery)


def gallery(
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE", help="The page to write.", dir_okay=False)
    ] = Path("gallery.html"),
) -> None:
    """Draw what a channel shows as one page: cards as they grow, digests, roundups and the rest.

    It plays the demo's invented coverage; the page needs nothing but a browser.
    """
    try:
        with out.open("a", encoding="utf-8"):
            pass  # before anybody waits for nothing
        out.write_text(draw(in_loop(play(settings(), extra()))), encoding="utf-8")
    except OSError as error:
        raise OperatorError(f"{out} cannot be written: {error.strerror}") from error
    console.print(Text(f"Written: {out}"))


# ------------------------------------------------------------------------------------------- playing


def settings() -> Settings:
    """Return the demo's configuration with a channel for each way of posting."""
    usual = demo_settings()
    reports = usual.story[0].model_copy(update={"channels": ("console", "digest", "roundup", "template")})
    events = reports.model_copy(
        update={"name": "li-shangfu-events", "fold": Fold.EVENT, "channels": ("events", "ring", "gate")}
    )
    english = tuple(outlet.name for outlet in OUTLETS if outlet.language == "en")
    growth = events.model_copy(update={"name": "li-shangfu-visit", "feeds": english, "channels": ("growth",)})
    bridge = StoryEntry(
        name="harbour-bridge",
        title="A harbour bridge",
        query=_BRIDGE,
        channels=("scripts",),
        time_zone=reports.time_zone,
    )
    channels = tuple(
        ChannelEntry.model_validate({"name": name, "kind": "console", **options})
        for name, options in _CHANNELS.items()
    )
    return usual.model_copy(update={"story": (reports, events, growth, bridge), "channel": channels})


def extra() -> Extra:
    """Return what is played beside the demo's coverage: other scripts, and the hours of digests."""
    evening = START.astimezone(_ZONE).replace(hour=_DIGEST_HOUR)
    return Extra(
        outlets=_OUTLETS,
        coverage=load(_OUTLETS, "gallery.toml"),
        times=[(evening + timedelta(days=day)).astimezone(UTC) for day in range(6)],
    )


# ------------------------------------------------------------------------------------------- drawing


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A stretch of a line in one look."""

    text: str
    #: HTML's elements for its styles.
    tags: tuple[str, ...] = ()
    link: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of a message."""

    pieces: tuple[Piece, ...]
    #: It was not there before the last change.
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Bubble:
    """A message as it read at a time."""

    number: int
    lines: tuple[Line, ...]
    at: datetime
    edited: bool = False
    silent: bool = False
    #: The first line of the message that it answers; "" if it answers none.
    answers: str = ""
    #: Since its first version, in words; "" for that one.
    later: str = ""
    #: How it read over time; empty where it never changed.
    versions: tuple[Bubble, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A way of posting."""

    id: str
    title: str
    says: str
    #: Bubbles by day.
    days: Sequence[tuple[str, Sequence[Bubble]]]
    #: What stands in the configuration; "" for what comes by itself.
    option: str = ""


def draw(played: Played) -> str:
    """Draw the page."""
    channels = {name: bubbles(channel) for name, channel in played.channels.items()}
    growing = max(channels["growth"], key=lambda one: len(one.versions))
    return drawn(
        channels["console"],
        sections=_sections(channels),
        growing=_told(growing.versions),
        pair=_pair(channels["console"]),
    )


def drawn(
    channel: Sequence[Bubble],
    *,
    sections: Sequence[Section] = (),
    growing: Sequence[Bubble] = (),
    pair: Sequence[Bubble] = (),
) -> str:
    """Draw a page.

    Args:
        channel: everything that it shows.
        sections: other ways of posting.
        growing: how one card read over time.
        pair: a card and what answers it.
    """
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    source = resources.files("bot.demo").joinpath("gallery.html").read_text(encoding="utf-8")
    return environment.from_string(source).render(
        title=demo_settings().story[0].title,
        growing=growing,
        pair=pair,
        sections=sections,
        channel=_days(channel),
        count=len(channel),
    )


def bubbles(channel: ConsoleChannel) -> list[Bubble]:
    """Return the messages of a channel as they stand, each with how it read before."""
    return [_bubble(shown, channel) for shown in channel.messages.values()]


def lines(message: Message, before: Message | None = None) -> tuple[Line, ...]:
    """Cut a message into lines, and these where a style begins or ends.

    Args:
        message: as it reads.
        before: as it read before, which tells the lines that are fresh; None: none is.
    """
    cut = _cut(message)
    known = None if before is None else set(_cut(before))
    return tuple(Line(pieces=pieces, fresh=known is not None and pieces not in known) for pieces in cut)


def _cut(message: Message) -> list[tuple[Piece, ...]]:
    text = message.text
    # Spans count UTF-16 units.
    places = [place for place, char in enumerate(text) for _ in range(1 + (ord(char) > _LAST_SINGLE))]
    places.append(len(text))
    last = len(places) - 1
    covers = [
        (places[min(span.offset, last)], places[min(span.offset + span.length, last)], span)
        for span in message.spans
    ]
    made, start = [], 0
    for line in text.split("\n"):
        end = start + len(line)
        edges = sorted({start, end, *(cut for a, b, _ in covers for cut in (a, b) if start < cut < end)})
        made.append(
            tuple(
                _piece(text[a:b], [span for x, y, span in covers if x <= a and b <= y])
                for a, b in pairwise(edges)
            )
        )
        start = end + 1
    return made


def _piece(text: str, spans: Sequence[Span]) -> Piece:
    tags = dict.fromkeys(_TAGS[span.style] for span in spans if span.style in _TAGS)
    links = (span.url for span in spans if span.style is Style.LINK and span.url)
    return Piece(text=_harmless(text), tags=tuple(tags), link=_harmless(next(links, "")))


def _harmless(text: str) -> str:
    # Controls mean nothing in a page, and half a character cannot be written.
    return "".join(" " if unicodedata.category(char) in {"Cc", "Cs"} else char for char in text)


def _bubble(shown: ShownMessage, channel: ConsoleChannel) -> Bubble:
    target = channel.messages.get(shown.reply_to or 0)
    first = Bubble(
        number=shown.id,
        lines=lines(shown.versions[0].message),
        at=_at(shown.versions[0]),
        silent=shown.message.silent,
        answers="" if target is None else _harmless(target.message.text.partition("\n")[0]),
    )
    later = [
        replace(
            first,
            lines=lines(version.message, before.message),
            edited=True,
            later=_later(_at(version) - first.at) + _without_words(version, before),
        )
        for before, version in pairwise(shown.versions)
    ]
    if not later:
        return first
    return replace(first, lines=lines(shown.message), edited=True, versions=(first, *later))


def _at(shown: ShownMessage) -> datetime:
    if shown.at is None:
        raise AssertionError("the demo has a clock")
    return shown.at.astimezone(_ZONE)


def _without_words(version: ShownMessage, before: ShownMessage) -> str:
    """Say what an edit was for that changed no word."""
    return ", another link" if version.message.text == before.message.text else ""


def _later(wait: timedelta) -> str:
    minutes = int(wait.total_seconds()) // 60
    hours, minutes = divmod(minutes, 60)
    parts = (f"{hours} h" if hours else "", f"{minutes} min" if minutes else "")
    return " ".join(part for part in parts if part)


# ------------------------------------------------------------------------------------------ choosing


def _sections(channels: dict[str, list[Bubble]]) -> list[Section]:
    chinese = [b for b in channels["console"] if _is_chinese(b)]
    held = len(channels["events"]) - len(channels["gate"])
    return [
        Section(
            id="events",
            title="One card for each event",
            says="All reports of an event on one card, whatever their language, instead of a card for each.",
            option='fold = "event"',
            days=_days(_around(channels["events"], _is_grown, 3)),
        ),
        Section(
            id="digest",
            title="A digest",
            says="Everything of a day at its hour. What was told before stands there again if it has an"
            " update.",
            option='mode = "digest"\ndigest_at = ["20:00"]',
            days=_days(channels["digest"][2:4]),
        ),
        Section(
            id="roundup",
            title="A roundup instead of a flood",
            says="More cards than the channel takes in an hour go on one message, which goes on growing.",
            option="per_hour = 1",
            days=_days(_around(channels["roundup"], _is_long_roundup, 3)),
        ),
        Section(
            id="ring",
            title="Silent first, then a ring",
            says="The first report comes without a sound. Once three independent sources have it, the channel"
            " rings.",
            option="ring_at = 3",
            days=_days(_rung(channels["ring"])),
        ),
        Section(
            id="gate",
            title="Only what several report",
            says=f"Nothing is posted before three independent sources have it: {held} of"
            f" {len(channels['events'])} messages never come.",
            option="min_sources = 3",
            days=_days(channels["gate"][:3]),
        ),
        Section(
            id="rtl",
            title="From right to left",
            says="Arabic and Hebrew keep their direction and turn nothing around them.",
            days=_days(channels["scripts"]),
        ),
        Section(
            id="chinese",
            title="Chinese",
            says="Cut at whole sentences here as well; copies are found without spaces between words.",
            days=_days(chinese[1:4]),
        ),
        Section(
            id="template",
            title="A card of your own",
            says="A template writes it; what feeds say can be no mark-up in it.",
            option=f"template = '''\n{_TEMPLATE}'''",
            days=_days(channels["template"][8:14]),
        ),
    ]


def _told(versions: Sequence[Bubble]) -> list[Bubble]:
    """Return the versions that say something else than the one before."""
    return [
        one for place, one in enumerate(versions) if not place or _plain(one) != _plain(versions[place - 1])
    ]


def _pair(channel: Sequence[Bubble]) -> list[Bubble]:
    """Return a card that grew and an update that answers it."""
    answer = next(b for b in channel if b.answers and any(c.edited and _heads(c, b) for c in channel))
    card = next(b for b in channel if _heads(b, answer))
    return [card, answer]


def _heads(card: Bubble, answer: Bubble) -> bool:
    return _headline(card) == answer.answers


def _rung(channel: Sequence[Bubble]) -> list[Bubble]:
    """Return the first card that came without a sound, and what rang for it."""
    ring = next(b for b in channel if b.answers and _plain(b).startswith("Now reported by"))
    return [next(b for b in channel if _heads(b, ring)), ring]


def _around(channel: Sequence[Bubble], fits: Callable[[Bubble], bool], most: int) -> list[Bubble]:
    """Return a few messages in a row, from the first that fits on."""
    start = next(place for place, bubble in enumerate(channel) if fits(bubble))
    return list(channel[start : start + most])


def _is_grown(bubble: Bubble) -> bool:
    return len(bubble.versions) >= _MANY


def _is_long_roundup(bubble: Bubble) -> bool:
    return bubble.edited and _plain(bubble).startswith("Roundup: 2")


def _is_chinese(bubble: Bubble) -> bool:
    return any(_FIRST_IDEOGRAPH <= char <= _LAST_IDEOGRAPH for char in _headline(bubble))


def _headline(bubble: Bubble) -> str:
    return _plain(bubble).partition("\n")[0]


def _plain(bubble: Bubble) -> str:
    return "\n".join("".join(piece.text for piece in line.pieces) for line in bubble.lines)


def _days(shown: Iterable[Bubble]) -> list[tuple[str, list[Bubble]]]:
    """Put messages under the days on which they came."""
    days: dict[str, list[Bubble]] = {}
    for bubble in shown:
        days.setdefault(f"{bubble.at.day} {bubble.at:%B}", []).append(bubble)
    return list(days.items())
