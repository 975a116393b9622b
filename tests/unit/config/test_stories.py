from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from bot.core.questions import DEFAULT
from bot.model import Feed, Fold, Policy, Posting, Story
from config.settings import Settings, load_settings
from config.stories import ChannelChoice, channels, feeds, limits, stories

TEXT = """
[poll]
every = "15m"
backfill = 2
max_age = "24h"

[judge]
window = "7d"
same = 0.6

[[story]]
name = "dam"
title = "The dam"
query = "@dam OR flood"
feeds = ["Wire"]
channels = ["desk", "console"]
time_zone = "Europe/Prague"
fold = "event"
backfill = 0
max_age = "1h"

[story.aliases]
dam = ["dam", "přehrada"]

[[story]]
name = "river"
title = "The river"
query = "river"

[[feed]]
name = "Wire"
url = "https://wire.example/rss"
language = "en"
every = "5m"

[[feed]]
name = "Paper"
url = "https://paper.example/rss"

[[channel]]
name = "desk"
kind = "telegram"
chat = -1007

[[channel]]
name = "idle"
kind = "console"
"""


def load(directory: Path, environ: dict[str, str] | None = None) -> Settings:
    path = directory / "storywire.toml"
    path.write_text(TEXT, encoding="utf-8")
    return load_settings(path, environ or {})


def test_feeds_have_their_own_interval_or_the_common_one(tmp_path: Path) -> None:
    assert feeds(load(tmp_path)) == (
        Feed(url="https://wire.example/rss", name="Wire", language="en", every=timedelta(minutes=5)),
        Feed(
            url="https://paper.example/rss",
            name="Paper",
            every=timedelta(minutes=15),
            slowest=timedelta(hours=1),
        ),
    )


def test_stories_have_their_own_policy_or_the_common_one(tmp_path: Path) -> None:
    dam, river = stories(load(tmp_path))

    assert dam == Story(
        name="dam",
        title="The dam",
        query="@dam OR flood",
        aliases={"dam": ("dam", "přehrada")},
        feeds=("Wire",),
        channels=("desk", "console"),
        policy=Policy(
            backfill=0,
            max_age=timedelta(hours=1),
            window=timedelta(days=7),
            time_zone="Europe/Prague",
            fold=Fold.EVENT,
        ),
        postings={"desk": Posting(), "console": Posting()},
    )
    assert river.policy == Policy(
        backfill=2, max_age=timedelta(hours=24), window=timedelta(days=7), time_zone="UTC", fold=Fold.COPIES
    )


def test_stories_go_to_the_console_until_a_telegram_channel_is_set(tmp_path: Path) -> None:
    before, after = load(tmp_path), load(tmp_path, {"TELEGRAM_CHANNEL_ID": "@dam_news"})

    assert stories(before)[1].channels == ("console",)
    assert stories(after)[1].channels == ("telegram",)


def test_only_channels_that_a_story_uses_are_opened(tmp_path: Path) -> None:
    before, after = load(tmp_path), load(tmp_path, {"TELEGRAM_CHANNEL_ID": "@dam_news"})
    console = ChannelChoice(name="console", kind="console")
    desk = ChannelChoice(name="desk", kind="telegram", chat=-1007)

    assert channels(before) == (console, desk)
    assert channels(after) == (
        ChannelChoice(name="telegram", kind="telegram", chat="@dam_news"),
        console,
        desk,
    )


def test_how_sure_the_judge_must_be_is_the_operators_choice(tmp_path: Path) -> None:
    chosen = limits(load(tmp_path))

    assert (chosen.same, chosen.event) == (0.6, DEFAULT.event)


def test_channels_of_other_kinds_keep_their_addresses_hidden(tmp_path: Path) -> None:
    entries = """
[[channel]]
name = "chat"
kind = "apprise"
urls = ["$CHAT", "json://b.test/canary"]

[[channel]]
name = "program"
kind = "webhook"
url = "https://c.test/canary"
secret = "$SIGNED"

[[channel]]
name = "lines"
kind = "json"
"""
    path = tmp_path / "storywire.toml"
    path.write_text(TEXT.replace('"console"]', '"chat", "program", "lines"]') + entries, encoding="utf-8")

    settings = load_settings(path, {"CHAT": "json://a.test/canary", "SIGNED": "whsec_canary"})
    chosen = {choice.name: choice for choice in channels(settings)}

    assert [url.get_secret_value() for url in chosen["chat"].urls] == [
        "json://a.test/canary",
        "json://b.test/canary",
    ]
    assert chosen["program"].url is not None
    assert chosen["program"].url.get_secret_value() == "https://c.test/canary"
    assert chosen["program"].secret is not None
    assert chosen["program"].secret.get_secret_value() == "whsec_canary"
    assert chosen["lines"] == ChannelChoice(name="lines", kind="json")
    assert "canary" not in repr((settings, chosen))
