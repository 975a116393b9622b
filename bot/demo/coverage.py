"""The coverage that the demo plays back.

All of it is fiction written for the demo. The visit took place (China's defence minister in Moscow, 16 to
19 April 2023); the outlets, their reports and every remark in them are invented.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from importlib import resources
from typing import Any


class Dialect(StrEnum):
    """The feed formats the outlets publish in, by feedparser's names."""

    RSS_2 = "rss20"
    RSS_1 = "rss10"
    ATOM = "atom10"


class Expect(StrEnum):
    """What a careful reader would call an item, seen beside everything recorded before it."""

    #: Not of the story: its query must not accept it.
    OFF = "off"
    NEW = "new"
    COPY = "copy"
    REWRITE = "rewrite"
    SAME = "same"
    UPDATE = "update"
    #: News, but of an event that another outlet told before in its own words.
    RELATED = "related"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """An invented newsroom with one feed."""

    name: str
    #: Names its feed document and its host.
    slug: str
    language: str
    dialect: Dialect = Dialect.RSS_2

    @property
    def home(self) -> str:
        """The address of its front page."""
        return f"https://{self.slug}.example/"


OUTLETS = (
    Outlet(name="Meridian Wire", slug="meridian-wire", language="en"),
    Outlet(name="Harbour Post", slug="harbour-post", language="en"),
    Outlet(name="The Northern Ledger", slug="northern-ledger", language="en", dialect=Dialect.ATOM),
    Outlet(name="Defence Almanac", slug="defence-almanac", language="en", dialect=Dialect.RSS_1),
    Outlet(name="Vostok Telegraf", slug="vostok-telegraf", language="ru"),
    Outlet(name="Невский вестник", slug="nevsky-vestnik", language="ru"),
    Outlet(name="江城日报", slug="jiangcheng-daily", language="zh"),
    Outlet(name="南岸新闻", slug="nanan-news", language="zh"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """One version of one item of an outlet's feed."""

    outlet: Outlet
    #: The feed's own identifier; versions of one item share it.
    id: str
    url: str
    #: When this version appeared.
    published: datetime
    title: str
    #: HTML.
    summary: str
    #: HTML; "" where the feed carries no full text.
    body: str
    expect: Expect
    #: The id of the earlier item that a copy, rewrite, repeat, update or related report belongs to.
    of: str | None
    #: True if it takes the place of the earlier version with the same id.
    replaces: bool


def load(outlets: Sequence[Outlet] = OUTLETS, name: str = "coverage.toml") -> tuple[Recorded, ...]:
    """Return everything recorded, in the order of publication.

    Args:
        outlets: whose reports they are.
        name: of the file.
    """
    text = resources.files("bot.demo").joinpath(name).read_text(encoding="utf-8")
    named = {outlet.name: outlet for outlet in outlets}
    return tuple(_recorded(entry, named) for entry in tomllib.loads(text)["entry"])


def _recorded(entry: dict[str, Any], outlets: dict[str, Outlet]) -> Recorded:
    expect, _, of = entry["expect"].partition(":")
    return Recorded(
        outlet=outlets[entry["outlet"]],
        id=entry["id"],
        url=entry["url"],
        published=entry["published"],
        title=entry["title"],
        summary=entry["summary"],
        body=entry.get("body", ""),
        expect=Expect(expect),
        of=of or None,
        replaces=entry.get("replaces", False),
    )
