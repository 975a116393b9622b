"""`check`: what works, what does not, and what to expect."""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

import pytest

from bot.cli.common import settings_of
from storage import open_archive
from tests.fakes.feedserver import FeedServer
from tests.fakes.telegram import ADMIN, CHANNEL_NAME, TOKEN, FakeTelegram
from tests.fakes.telegram_faults import refused
from tests.unit.cli.typing_it import CONFIG, Typed, ago, configuration, row_counts, rss, typed

WRONG_TOKEN = "123456:canary-CANARY-canary-CANARY-canary"


def check(*options: str) -> Typed:
    shown = typed("check", "-c", CONFIG, *options)
    assert shown.err == ""
    return shown


@pytest.fixture
def wire(server: FeedServer) -> FeedServer:
    server.publish(
        "/wire.xml",
        rss(
            ("Dam breaks", "https://wire.example/1", ago(hours=1)),
            ("Football", "https://wire.example/2", ago(hours=2)),
        ),
    )
    configuration(("Wire", server.url("/wire.xml")))
    return server


# ------------------------------------------------------------------------------------------------ feeds


def test_if_everything_works_that_is_said(wire: FeedServer) -> None:
    shown = check()

    assert shown.code == 0
    assert wire.requests("/wire.xml")
    assert shown.out.splitlines()[0] == "✓ configuration my.toml: 1 story, 1 feed"
    assert shown.out.splitlines()[-1] == "✓ everything checked works"
    assert "✓ 1 feed can be read" in shown.out
    assert "✗" not in shown.out
    head, row = (line.split() for line in shown.out.splitlines() if line.startswith(("feed ", "Wire ")))
    assert head == ["feed", "entries", "matching", "newest", "entry"]
    assert row[:3] == ["Wire", "2", "1"]


def test_nothing_is_recorded(wire: FeedServer) -> None:
    check()

    assert wire.requests("/wire.xml")
    assert sum(count for name, count in row_counts().items() if name != "alembic_version") == 0


def test_feeds_are_left_out_on_request(wire: FeedServer) -> None:
    shown = check("--no-feeds")

    assert shown.code == 0
    assert wire.log == []


def test_feeds_that_fail_are_named_with_the_reason_and_the_others_are_shown(wire: FeedServer) -> None:
    wire.fail("/down.xml", 503)
    wire.publish("/page", b"<html><title>Hello</title></html>")
    configuration(
        *(
            (name, wire.url(path))
            for name, path in (("Down", "/down.xml"), ("Page", "/page"), ("Wire", "/wire.xml"))
        )
    )

    shown = check()

    assert shown.code == 1
    assert "✗ feed Down: 127.0.0.1 answered 503 Service Unavailable" in shown.out
    assert "✗ feed Page: not a feed: it is an HTML page titled “Hello”" in shown.out
    assert "Wire  2" in shown.out
    assert shown.out.splitlines()[-2:] == [
        "✗ 2 of 3 feeds cannot be read now; the others can",
        "✗ not everything works: see above",
    ]


def test_without_internet_each_feed_has_its_reason_and_the_sum_names_the_cause() -> None:
    feeds = [(name, f"http://127.0.0.1:{port}/feed") for name, port in (("One", 1), ("Two", 2))]
    configuration(*feeds)

    shown = check()

    assert shown.code == 1
    one, two, *rest = (line for line in shown.out.splitlines() if line.startswith("✗"))
    assert one.startswith("✗ feed One: no connection to 127.0.0.1")
    assert two.startswith("✗ feed Two: no connection to 127.0.0.1")
    assert rest == [
        "✗ no feed could be read: is this machine connected to the internet?",
        "✗ not everything works: see above",
    ]
    assert "what to expect" not in shown.out


def test_young_coverage_promises_posts(wire: FeedServer) -> None:
    shown = check()

    assert wire.requests("/wire.xml")
    assert (
        "what to expect of dams: 1 matching entry now, 1 not older than 48 h. Of what a feed lists"
        in shown.said
    )


def test_an_old_story_is_told_that_its_channel_rightly_stays_quiet(wire: FeedServer) -> None:
    wire.publish("/wire.xml", rss(("Dam breaks", "https://wire.example/1", ago(days=900))))

    shown = check()

    assert shown.code == 0
    assert (
        "what to expect of dams: 1 matching entry now, 0 not older than 48 h. Its channel stays quiet"
        in shown.said
    )


def test_each_story_is_told_what_its_own_feeds_bring(wire: FeedServer) -> None:
    path = Path(CONFIG)
    more = '[[story]]\nname = "football"\ntitle = "Football"\nquery = "football"\nfeeds = ["Wire"]\n'
    path.write_text(path.read_text(encoding="utf-8") + more, encoding="utf-8")

    shown = check()

    assert wire.requests("/wire.xml")
    assert "expect of dams: 1 matching entry now, 1 not older" in shown.said
    assert "expect of football: 1 matching entry now, 1 not older" in shown.said


# ------------------------------------------------------------------------------------------ the service


def test_standing_alarms_fail_the_check(wire: FeedServer) -> None:
    async def raise_alarm() -> None:
        archive = await open_archive("sqlite:///archive.db")
        await archive.alarm("channel:telegram", "telegram takes no posts", at=ago(hours=1))
        await archive.close()

    asyncio.run(raise_alarm())

    shown = check("--no-feeds")

    assert wire.log == []
    assert shown.code == 1
    assert "✗ alarm since 20" in shown.out
    assert ": telegram takes no posts" in shown.out


def test_a_service_that_does_not_run_is_worth_a_note(wire: FeedServer) -> None:
    async def beat() -> None:
        archive = await open_archive("sqlite:///archive.db")
        await archive.beat("tick", at=ago(hours=1))
        await archive.close()

    asyncio.run(beat())

    shown = check("--no-feeds")

    assert wire.log == []
    assert shown.code == 0
    assert "· the service does not run now (tick: no progress since 20" in shown.out


# --------------------------------------------------------------------------------------------- Telegram


@pytest.fixture
def channel(wire: FeedServer, telegram: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> FakeTelegram:
    """Set a channel on the fake server, and the right token."""
    path = Path(CONFIG)
    assert wire.log == []
    path.write_text(
        f'[telegram]\nchannel = "{CHANNEL_NAME}"\napi_url = "{telegram.base_url.removesuffix("/bot")}"\n'
        + path.read_text(encoding="utf-8"),
        encoding="utf-8",
    )
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", TOKEN)
    return telegram


def test_token_channel_and_rights_are_proved(channel: FakeTelegram) -> None:
    shown = check("--no-feeds")

    assert shown.code == 0
    assert "✓ the bot is @wire_test_bot" in shown.out
    assert '✓ @newswatch is the channel "News watch", id -1001000000001' in shown.out
    assert "✓ the bot may post there and edit its posts" in shown.out
    assert channel.messages() == []


def test_a_test_post_is_sent_silently_on_request_to_every_chat_once(
    channel: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_ADMIN_CHAT", str(ADMIN))

    shown = check("--no-feeds", "--send-test")

    assert shown.code == 0
    assert [message.silent for chat in (CHANNEL_NAME, ADMIN) for message in channel.messages(chat)] == [
        True,
        True,
    ]
    assert f"✓ test message {channel.messages()[0].id} sent silently to @newswatch" in shown.out


def test_a_channel_without_a_token_does_not_hide_the_rest(
    channel: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TELEGRAM_BOT_TOKEN")

    shown = check()

    assert shown.code == 1
    assert channel.requests == []
    assert (
        "✗ a Telegram channel is set but no token: set TELEGRAM_BOT_TOKEN (@BotFather gives one)" in shown.out
    )
    assert "✓ database" in shown.out
    assert "✓ 1 feed can be read" in shown.out


def test_a_wrong_token_is_told_and_never_shown(
    channel: FakeTelegram, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_BOT_TOKEN", WRONG_TOKEN)

    shown = check("--no-feeds")

    assert shown.code == 1
    assert "✗" in shown.out
    assert "token" in shown.out
    assert "canary" not in shown.out.lower()
    assert channel.messages() == []


def test_an_unknown_chat_is_told(channel: FakeTelegram, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TELEGRAM_CHANNEL_ID", "@nowhere_to_be_found")

    shown = check("--no-feeds", "--send-test")

    assert shown.code == 1
    assert "✓ the bot is @wire_test_bot" in shown.out
    assert "✗ Chat not found" in shown.out
    assert channel.messages() == []


RIGHTS = {
    "not an administrator": (
        {"status": "left"},
        "✗ the bot is no administrator of the channel: add it as one",
    ),
    "may not post": ({"can_post": False}, "✗ the bot may not post: give it the right"),
}


@pytest.mark.parametrize(("standing", "says"), RIGHTS.values(), ids=RIGHTS)
def test_missing_rights_are_told_with_what_to_do(
    standing: dict[str, object], says: str, channel: FakeTelegram
) -> None:
    (chat,) = (chat for chat in channel.chats.chats.values() if chat.type == "channel")
    for name, value in standing.items():
        setattr(chat, name, value)

    shown = check("--no-feeds", "--send-test")

    assert shown.code == 1
    assert says in shown.out
    assert channel.messages() == []


def test_a_test_post_that_is_refused_is_told(channel: FakeTelegram) -> None:
    channel.faults.add(refused(403, "Forbidden: bot was kicked from the channel chat"), method="sendMessage")

    shown = check("--no-feeds", "--send-test")

    assert shown.code == 1
    assert "✗ Forbidden: bot was kicked" in shown.out
    assert "✓ database" in shown.out


def test_a_telegram_that_cannot_be_reached_is_told(channel: FakeTelegram) -> None:
    path = Path(CONFIG)
    path.write_text(path.read_text(encoding="utf-8").replace(f":{channel.port}", ":1"), encoding="utf-8")

    shown = check("--no-feeds")

    assert shown.code == 1
    assert [line for line in shown.out.splitlines() if line.startswith("✗")][
        -1
    ] == "✗ not everything works: see above"
    assert TOKEN not in shown.out


# --------------------------------------------------------------------------------------- other channels


def other_channel(lines: str) -> None:
    path = Path(CONFIG)
    text = path.read_text(encoding="utf-8").replace("[[story]]", '[[story]]\nchannels = ["desk"]', 1)
    path.write_text(f'{text}\n[[channel]]\nname = "desk"\n{lines}\n', encoding="utf-8")


@pytest.mark.usefixtures("wire")
def test_an_address_that_can_be_used_is_said_to_be() -> None:
    other_channel('kind = "apprise"\nurls = ["json://me:canary-CANARY@hooks.example"]')

    shown = check("--no-feeds")

    assert shown.code == 0
    assert "✓ channel desk: apprise, with an address that can be used" in shown.out
    assert "console" not in shown.out
    assert "CANARY" not in shown.out


@pytest.mark.usefixtures("wire")
def test_an_address_that_cannot_be_used_is_told_without_it() -> None:
    other_channel('kind = "apprise"\nurls = ["discord://canary-CANARY"]')

    shown = check("--no-feeds")

    assert shown.code == 1
    assert "✗ channel desk: address 1 is not how Apprise writes discord://" in shown.out
    assert "CANARY" not in shown.out


@pytest.mark.usefixtures("wire")
def test_whoever_logs_where_a_channel_leads_it_is_masked(capsys: pytest.CaptureFixture[str]) -> None:
    secrets = ["https://hooks.example/canary-CANARY", "whsec_Y2FuYXJ5LUNBTkFSWS1jYW5hcnktQ0FOQVJZ"]
    other_channel(f'kind = "webhook"\nurl = "{secrets[0]}"\nsecret = "{secrets[1]}"')

    settings_of(Path(CONFIG))
    logging.getLogger("somebody").error("asked %s with %s", *secrets)

    assert "asked *** with ***" in capsys.readouterr().err


def test_what_in_a_query_is_surely_not_meant_is_a_warning() -> None:
    configuration(("Wire", "http://127.0.0.1:1/feed"), query="dam dams dam")

    shown = check("--no-feeds")

    assert shown.code == 0
    assert (
        "· story dams: line 1, column 10: dam adds nothing: dam finds all that it finds (shadowed)"
        in shown.said
    )


@pytest.mark.usefixtures("wire")
def test_what_telegrams_deliveries_carry_is_masked(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TELEGRAM_WEBHOOK_SECRET", "canary-CANARY-canary")

    settings_of(Path(CONFIG))
    logging.getLogger("somebody").error("setWebhook with %s", {"secret_token": "canary-CANARY-canary"})

    assert "CANARY" not in capsys.readouterr().err
