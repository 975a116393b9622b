from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import pytest

from bot.errors import ConfigError
from bot.model import Delivery
from config.settings import Settings, load_settings

STORY = '[[story]]\nname = "dam"\ntitle = "The dam"\nquery = "dam"\n'
FEED = '[[feed]]\nname = "Wire"\nurl = "https://wire.example/rss"\n'
REST = STORY + FEED
TOKEN = "123456789:canary-AAF_invented"


def load(directory: Path, text: str, environ: dict[str, str] | None = None) -> Settings:
    path = directory / "storywire.toml"
    path.write_text(text, encoding="utf-8")
    return load_settings(path, environ or {})


def complaints(directory: Path, text: str, environ: dict[str, str] | None = None) -> list[str]:
    """Return the lines of the refusal, without the directory."""
    with pytest.raises(ConfigError) as refused:
        load(directory, text, environ)
    return str(refused.value).replace(f"{directory}/", "").splitlines()


def test_two_entries_are_enough(tmp_path: Path) -> None:
    settings = load(tmp_path, REST)

    assert settings.database.url.get_secret_value() == "sqlite:///data/storywire.db"
    assert settings.telegram.delivery is Delivery.AT_LEAST_ONCE
    assert settings.telegram.token is None
    assert settings.poll.every == timedelta(minutes=10)
    assert settings.poll.timeout == timedelta(seconds=20)
    assert settings.poll.max_bytes == 5 * 1024 * 1024
    assert settings.poll.user_agent.startswith("Storywire/")
    assert settings.judge.window == timedelta(days=14)
    assert (settings.log.level, settings.log.format) == ("info", "auto")


WRITTEN = {
    "a chat by name": ('[telegram]\nchannel = "@dam_news"', "telegram.channel", "@dam_news"),
    "a chat by number": ("[telegram]\nchannel = -1001234567890", "telegram.channel", -1001234567890),
    "a chat's number in quotes": ('[telegram]\nchannel = "-100123"', "telegram.channel", -100123),
    "delivery": ('[telegram]\ndelivery = "at_most_once"', "telegram.delivery", Delivery.AT_MOST_ONCE),
    "an own Bot API server": (
        '[telegram]\napi_url = "http://127.0.0.1:8081"',
        "telegram.api_url",
        "http://127.0.0.1:8081",
    ),
    "seconds": ('[poll]\nevery = "90s"', "poll.every", timedelta(seconds=90)),
    "hours": ('[poll]\nevery = "2h"', "poll.every", timedelta(hours=2)),
    "days": ('[poll]\nmax_age = "3d"', "poll.max_age", timedelta(days=3)),
    "a size with its unit": ('[poll]\nmax_bytes = "512KiB"', "poll.max_bytes", 524_288),
    "a size in bytes": ("[poll]\nmax_bytes = 2048", "poll.max_bytes", 2048),
    "networks": (
        '[poll]\nallow_networks = ["10.0.0.0/8", "fd00::/8"]',
        "poll.allow_networks",
        (ip_network("10.0.0.0/8"), ip_network("fd00::/8")),
    ),
    "a level in capitals": ('[log]\nlevel = "DEBUG"', "log.level", "debug"),
}


@pytest.mark.parametrize(("text", "name", "expected"), WRITTEN.values(), ids=WRITTEN)
def test_what_is_written_holds(tmp_path: Path, text: str, name: str, expected: object) -> None:
    section, key = name.split(".")

    settings = load(tmp_path, f"{text}\n{REST}")

    assert getattr(getattr(settings, section), key) == expected


GIVEN = {
    "the channel, as compose files name it": ({"TELEGRAM_CHANNEL_ID": "-1009"}, "telegram.channel", -1009),
    "the administrators' chat": ({"TELEGRAM_ADMIN_CHAT": "42"}, "telegram.admin_chat", 42),
    "administrators": ({"TELEGRAM_ADMINS": "700; 701,702"}, "telegram.admins", (700, 701, 702)),
    "the log's level": ({"LOG_LEVEL": "WARNING"}, "log.level", "warning"),
    "the log's form": ({"LOG_FORMAT": "json"}, "log.format", "json"),
    "any setting by its section": ({"STORYWIRE_POLL__EVERY": "5m"}, "poll.every", timedelta(minutes=5)),
    "a number": ({"STORYWIRE_POLL__CONCURRENCY": "7"}, "poll.concurrency", 7),
    "a list with commas": (
        {"STORYWIRE_POLL__ALLOW_NETWORKS": "10.0.0.0/8, 192.168.0.0/16"},
        "poll.allow_networks",
        (ip_network("10.0.0.0/8"), ip_network("192.168.0.0/16")),
    ),
    "small letters": ({"storywire_poll__backfill": "3"}, "poll.backfill", 3),
    "a section the file lacks": ({"STORYWIRE_JUDGE__WINDOW": "7d"}, "judge.window", timedelta(days=7)),
    "the better known name wins": (
        {"STORYWIRE_LOG__LEVEL": "error", "LOG_LEVEL": "debug"},
        "log.level",
        "debug",
    ),
    "an empty variable counts as not set": ({"TELEGRAM_CHANNEL_ID": ""}, "telegram.channel", "@in_the_file"),
    "a variable of somebody else's": ({"STORYWIRE_DATA": "/data"}, "telegram.channel", "@in_the_file"),
}


@pytest.mark.parametrize(("environ", "name", "expected"), GIVEN.values(), ids=GIVEN)
def test_the_environment_wins(tmp_path: Path, environ: dict[str, str], name: str, expected: object) -> None:
    section, key = name.split(".")
    text = '[telegram]\nchannel = "@in_the_file"\n[poll]\nevery = "1h"\n[log]\nlevel = "info"\n'

    settings = load(tmp_path, text + REST, environ)

    assert getattr(getattr(settings, section), key) == expected


def test_only_the_given_environment_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYWIRE_POLL__EVERY", "5m")
    monkeypatch.setenv("POLL__EVERY", "5m")

    assert load(tmp_path, REST).poll.every == timedelta(minutes=10)


def test_secrets_come_from_the_environment_or_from_files_it_names(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(f"{TOKEN}\n", encoding="utf-8")
    (tmp_path / "database").write_text("  postgresql://u:p@db/news\n", encoding="utf-8")
    files = {
        "TELEGRAM_BOT_TOKEN_FILE": str(tmp_path / "token"),
        "DATABASE_URL_FILE": str(tmp_path / "database"),
    }

    from_files = load(tmp_path, REST, files)
    direct = load(tmp_path, REST, {"TELEGRAM_BOT_TOKEN": TOKEN, "DATABASE_URL": "postgresql://u:p@db/news"})

    assert from_files == direct
    assert direct.telegram.token is not None
    assert direct.telegram.token.get_secret_value() == TOKEN
    assert direct.database.url.get_secret_value() == "postgresql://u:p@db/news"


NO_FEED = "storywire.toml: there is no feed: add [[feed]] with a name and a url"
NO_STORY = "storywire.toml: there is no story: add [[story]] with a name, a title and a query"
REFUSED_FILES = {
    "a mistyped setting": (
        f'[poll]\nevry = "5m"\n{REST}',
        'storywire.toml:2: poll.evry: unknown setting (did you mean "every"?)',
    ),
    "a setting by the name other programs use": (
        f"[poll]\n# minutes\ninterval = 5\n{REST}",
        'storywire.toml:3: poll.interval: unknown setting (did you mean "every"?)',
    ),
    "a setting unlike any other": (
        f"[judge]\nquorum = 5\n{REST}",
        (
            "storywire.toml:2: judge.quorum: unknown setting (known: window, same, event, happening,"
            " semantic, review_from, review_for, review_default)"
        ),
    ),
    "a mistyped section": (
        f"[tellegram]\n{REST}",
        'storywire.toml:1: tellegram: unknown setting (did you mean "telegram"?)',
    ),
    "a dotted key": (
        f'poll.evry = "5m"\n{REST}',
        'storywire.toml:1: poll.evry: unknown setting (did you mean "every"?)',
    ),
    "a setting of the second feed": (
        f'{REST}[[feed]]\nname = "Other"\nurl = "https://other.example"\nlang = "en"\n',
        'storywire.toml:11: feed.lang: unknown setting (did you mean "language"?)',
    ),
    "a feed in single brackets": (
        f"{STORY}{FEED.replace('[[feed]]', '[feed]')}",
        "storywire.toml:5: feed: must be written with double brackets: [[feed]]",
    ),
    "a number where a duration belongs": (
        f"[poll]\nevery = 10\n{REST}",
        'storywire.toml:2: poll.every: must be a number with a unit, such as "90s", "10m", "2h" or "1d"',
    ),
    "a chance that is none": (
        f"[judge]\nsame = 40\n{REST}",
        "storywire.toml:2: judge.same: must be less than or equal to 1",
    ),
    "a login without a password": (
        f'{REST}username = "reader"\n',
        "storywire.toml:5: feed: needs a username and a password, or neither",
    ),
    "a username that HTTP would cut": (
        f'{REST}username = "a:b"\npassword = "c"\n',
        "storywire.toml:5: feed: needs a username without a colon, which ends it in HTTP",
    ),
    "a secret that is nowhere": (
        f'{REST}username = "reader"\npassword = "$NOWHERE"\n',
        "storywire.toml:9: feed.password: names the variable NOWHERE, which is not set",
    ),
    "an administrator by name": (
        f'[telegram]\nadmins = [700, "@ada"]\n{REST}',
        (
            "storywire.toml:2: telegram.admins: must be people's numbers, not names: a name can be given up"
            " and taken by somebody else; send /start to the bot to learn your number"
        ),
    ),
    "an administrator that is a group": (
        f"[telegram]\nadmins = [-1001]\n{REST}",
        (
            "storywire.toml:2: telegram.admins: must be people's numbers, such as 123456789 (chats have"
            " negative ones and say nothing of who speaks); send /start to the bot to learn yours"
        ),
    ),
    "an administrator that is true": (
        f"[telegram]\nadmins = [true]\n{REST}",
        (
            "storywire.toml:2: telegram.admins: must be people's numbers, such as 123456789 (chats have"
            " negative ones and say nothing of who speaks); send /start to the bot to learn yours"
        ),
    ),
    "one administrator without brackets": (
        f"[telegram]\nadmins = 700\n{REST}",
        "storywire.toml:2: telegram.admins: must be a list of numbers, such as [123456789]",
    ),
    "anonymous administrators": (
        f"[telegram]\nadmins = [1087968824]\n{REST}",
        (
            "storywire.toml:2: telegram.admins: must not hold 1087968824: that is @GroupAnonymousBot, for"
            " anonymous administrators of any group; anybody may speak through it"
        ),
    ),
    "Telegram itself": (
        f"[telegram]\nadmins = [777000]\n{REST}",
        (
            "storywire.toml:2: telegram.admins: must not hold 777000: that is Telegram's own account, for"
            " posts forwarded from channels; anybody may speak through it"
        ),
    ),
    "channels as administrators": (
        f"[telegram]\nadmins = [136817688]\n{REST}",
        (
            "storywire.toml:2: telegram.admins: must not hold 136817688: that is @Channel_Bot, for messages"
            " sent in the name of a channel; anybody may speak through it"
        ),
    ),
    "asking people about what is sure": (
        f"[judge]\nreview_from = 0.4\n{REST}",
        "storywire.toml:1: judge: needs a review_from below same: from that on it is a repeat unasked",
    ),
    "a header that is ours": (
        f'{REST}headers = {{ Cookie = "a=b" }}\n',
        "storywire.toml:8: feed.headers.Cookie: is a header that Storywire sets itself",
    ),
    "polling too often": (
        f'[poll]\nevery = "59s"\n{REST}',
        "storywire.toml:2: poll.every: must be from 1m to 7d",
    ),
    "one feed polled too often": (
        f'{REST}every = "10s"\n',
        "storywire.toml:8: feed.every: must be from 1m to 7d",
    ),
    "no concurrency": (
        f"[poll]\nconcurrency = 0\n{REST}",
        "storywire.toml:2: poll.concurrency: must be greater than or equal to 1",
    ),
    "too much concurrency": (
        f"[poll]\nconcurrency = 501\n{REST}",
        "storywire.toml:2: poll.concurrency: must be less than or equal to 500",
    ),
    "a size in words": (
        f'[poll]\nmax_bytes = "five"\n{REST}',
        'storywire.toml:2: poll.max_bytes: must be a number of bytes, or text such as "5MiB" or "512KiB"',
    ),
    "a size out of reason": (
        f'[poll]\nmax_bytes = "500MiB"\n{REST}',
        "storywire.toml:2: poll.max_bytes: must be from 1KiB to 100MiB",
    ),
    "a network with host bits": (
        f'[poll]\nallow_networks = [\n  "10.0.0.1/8",\n]\n{REST}',
        'storywire.toml:2: poll.allow_networks: must be networks such as "10.0.0.0/8"',
    ),
    "a user agent of two lines": (
        f'[poll]\nuser_agent = "a\\r\\nX: b"\n{REST}',
        "storywire.toml:2: poll.user_agent: must be one line of plain letters, digits and signs",
    ),
    "too large a backfill": (
        f"[poll]\nbackfill = 11\n{REST}",
        "storywire.toml:2: poll.backfill: must be less than or equal to 10",
    ),
    "a chat by its link": (
        f'[telegram]\nchannel = "t.me/dam"\n{REST}',
        (
            "storywire.toml:2: telegram.channel: must be the chat's number, such as -1001234567890, "
            'or its name, such as "@my_channel"'
        ),
    ),
    "an unknown delivery": (
        f'[telegram]\ndelivery = "twice"\n{REST}',
        "storywire.toml:2: telegram.delivery: must be 'at_least_once' or 'at_most_once'",
    ),
    "an unknown way to fold": (
        f'{REST}\n[[story]]\nname = "two"\ntitle = "Two"\nquery = "two"\nfold = "events"\n',
        "storywire.toml:13: story.fold: must be 'copies' or 'event'",
    ),
    "a token in the file": (
        f'[telegram]\ntoken = "{TOKEN}"\n{REST}',
        (
            "storywire.toml:2: telegram.token: a token does not belong in this file; set TELEGRAM_BOT_TOKEN, "
            "or TELEGRAM_BOT_TOKEN_FILE to the path of a file that holds it"
        ),
    ),
    "another database": (
        f'[database]\nurl = "mysql://u:p@h/db"\n{REST}',
        "storywire.toml:2: database.url: must begin with sqlite:/// or postgresql://",
    ),
    "an unknown level": (
        f'[log]\nlevel = "loud"\n{REST}',
        "storywire.toml:2: log.level: must be 'debug', 'info', 'warning' or 'error'",
    ),
    "a section that is a number": ("poll = 3\n" + REST, "storywire.toml:1: poll: must be a table"),
    "nothing at all": ("", f"{NO_FEED}\n{NO_STORY}"),
    "no feed": (STORY, NO_FEED),
    "no story": (FEED, NO_STORY),
    "a feed without address": (f'{STORY}[[feed]]\nname = "a"\n', "storywire.toml:5: feed.url: is missing"),
    "a feed of another scheme": (
        REST.replace("https:", "ftp:"),
        "storywire.toml:7: feed.url: must be a whole address that begins with https:// or http://",
    ),
    "a feed of a broken address": (
        REST.replace("wire.example", "[wire"),
        "storywire.toml:7: feed.url: must be a whole address that begins with https:// or http://",
    ),
    "a feed with a password": (
        REST.replace("wire.example", "u:p@wire.example"),
        "storywire.toml:7: feed.url: must not carry a user name or password: addresses are logged and shown",
    ),
    "a language in words": (
        f'{REST}language = "English, please"\n',
        'storywire.toml:8: feed.language: must be a language code, such as "en", "uk" or "zh-Hant"',
    ),
    "two feeds of one name": (
        f'{REST}[[feed]]\nname = "Wire"\nurl = "https://other.example"\n',
        (
            "storywire.toml:6: feed.name: another feed has the same name\n"
            "storywire.toml:9: feed.name: another feed has the same name"
        ),
    ),
    "two feeds of one address": (
        f'{REST}[[feed]]\nname = "Other"\nurl = "https://wire.example/rss"\n',
        (
            "storywire.toml:7: feed.url: another feed has the same url\n"
            "storywire.toml:10: feed.url: another feed has the same url"
        ),
    ),
    "two stories of one name": (
        STORY + REST,
        (
            "storywire.toml:2: story.name: another story has the same name\n"
            "storywire.toml:6: story.name: another story has the same name"
        ),
    ),
    "a story's name with blanks": (
        REST.replace('"dam"', '"The dam"', 1),
        (
            "storywire.toml:2: story.name: must be small letters a-z, digits and single hyphens, "
            'such as "my-story"'
        ),
    ),
    "a story without title": (
        REST.replace('title = "The dam"\n', ""),
        "storywire.toml:1: story.title: is missing",
    ),
    "an empty query": (
        REST.replace('query = "dam"', 'query = """\n  """'),
        "storywire.toml:4: story.query: must not be empty",
    ),
    "a query that is a list": (
        REST.replace('query = "dam"', 'query = ["dam", "flood"]'),
        'storywire.toml:4: story.query: must be text in quotes ("…")',
    ),
    "an alias that is no list": (
        f'{STORY}[story.aliases]\ndam = "dam"\n{FEED}',
        "storywire.toml:6: story.aliases.dam: must be a list in [ ]",
    ),
    "an empty spelling": (
        f'{STORY}[story.aliases]\nriver = ["Oder"]\ndam = [\n  "dam",\n  "",\n]\n{FEED}',
        "storywire.toml:7: story.aliases.dam: must not be empty",
    ),
    "a time zone that is none": (
        f'{STORY}time_zone = "Europe/Atlantis"\n{FEED}',
        'storywire.toml:5: story.time_zone: must be the name of a time zone, such as "UTC" or "Europe/Kyiv"',
    ),
    "a story of an unknown feed": (
        f'{STORY}feeds = ["Wir"]\n{FEED}',
        'storywire.toml:5: story.feeds: there is no feed "Wir" (did you mean "Wire"?)',
    ),
    "a story for an unknown channel": (
        f'{STORY}channels = ["desk"]\n{FEED}',
        'storywire.toml:5: story.channels: there is no channel "desk"',
    ),
    "a story for Telegram without a chat": (
        f'{STORY}channels = ["telegram"]\n{FEED}',
        (
            'storywire.toml:5: story.channels: "telegram" has no chat yet; '
            "set telegram.channel or TELEGRAM_CHANNEL_ID"
        ),
    ),
    "a Telegram channel without a chat": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "telegram"\n',
        'storywire.toml:8: channel: needs a chat if its kind is "telegram", and none otherwise',
    ),
    "a console with a chat": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "console"\nchat = 1\n',
        'storywire.toml:8: channel: needs a chat if its kind is "telegram", and none otherwise',
    ),
    "an Apprise channel without an address": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "apprise"\n',
        'storywire.toml:8: channel: needs urls if its kind is "apprise", and none otherwise',
    ),
    "a webhook with addresses of Apprise": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "webhook"\nurls = ["json://a.test"]\n',
        'storywire.toml:8: channel: needs urls if its kind is "apprise", and none otherwise',
    ),
    "a webhook without a secret": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "webhook"\nurl = "https://a.test/"\n',
        'storywire.toml:8: channel: needs a url and a secret if its kind is "webhook", and neither otherwise',
    ),
    "lines of JSON with a secret": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "json"\nsecret = "x"\n',
        'storywire.toml:8: channel: needs a url and a secret if its kind is "webhook", and neither otherwise',
    ),
    "an address that is nowhere": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "apprise"\nurls = ["json://a.test", "$NOWHERE"]\n',
        "storywire.toml:11: channel.urls: names the variable NOWHERE, which is not set",
    ),
    "a webhook's secret that is nowhere": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "webhook"\nurl = "https://a.test/"\nsecret = "$NOWHERE"\n',
        "storywire.toml:12: channel.secret: names the variable NOWHERE, which is not set",
    ),
    "a channel of a taken name": (
        f'{REST}[[channel]]\nname = "console"\nkind = "console"\n',
        'storywire.toml:8: channel: needs another name: "telegram" and "console" are always there',
    ),
    "a channel of another kind": (
        f'{REST}[[channel]]\nname = "desk"\nkind = "slack"\n',
        "storywire.toml:10: channel.kind: must be 'telegram', 'console', 'apprise', 'webhook' or 'json'",
    ),
    "text that is not TOML": (
        f"[poll]\nevery = 10m\n{REST}",
        (
            "storywire.toml:2: Expected newline or end of document after a statement (column 11); "
            "see https://toml.io for how to write it"
        ),
    ),
    "a quotation mark that is never closed": (
        f'{REST}\n# a comment\n[poll]\nuser_agent = """me\nevery = "5m"\n',
        (
            "storywire.toml:11: Unterminated string (at end of document); "
            "see https://toml.io for how to write it"
        ),
    ),
}


@pytest.mark.parametrize(("text", "expected"), REFUSED_FILES.values(), ids=REFUSED_FILES)
def test_a_wrong_file_is_refused_with_the_line(tmp_path: Path, text: str, expected: str) -> None:
    assert complaints(tmp_path, text) == expected.splitlines()


HEARD = {
    "without administrators": ("", "off"),
    "with one": ("admins = [700]", "poll"),
    "with one and otherwise": ('admins = [700]\nupdates = "off"', "off"),
}


@pytest.mark.parametrize(("lines", "expected"), HEARD.values(), ids=HEARD)
def test_the_bot_hears_where_somebody_may_command_it(tmp_path: Path, lines: str, expected: str) -> None:
    assert load(tmp_path, f"[telegram]\n{lines}\n{REST}").telegram.heard_by == expected


def test_a_secret_that_the_file_names_may_come_from_a_file_of_its_own(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("canary\n", encoding="utf-8")
    text = f'{REST}username = "reader"\npassword = "$FEED_PASSWORD"\n'

    settings = load(tmp_path, text, {"FEED_PASSWORD_FILE": str(tmp_path / "secret")})

    assert settings.feed[0].password is not None
    assert settings.feed[0].password.get_secret_value() == "canary"
    missing = complaints(tmp_path, text, {"FEED_PASSWORD_FILE": str(tmp_path / "nowhere")})
    assert missing == [
        (
            "storywire.toml:9: feed.password: FEED_PASSWORD_FILE: the file it names cannot be read"
            " (No such file or directory)"
        )
    ]


REFUSED_VARIABLES = {
    "a bad value": (
        {"STORYWIRE_POLL__EVERY": "often"},
        'STORYWIRE_POLL__EVERY: poll.every: must be a number with a unit, such as "90s", "10m", "2h" or "1d"',
    ),
    "a bad item of a list": (
        {"STORYWIRE_POLL__ALLOW_NETWORKS": "10.0.0.0/8,lan"},
        'STORYWIRE_POLL__ALLOW_NETWORKS: poll.allow_networks: must be networks such as "10.0.0.0/8"',
    ),
    "a mistyped setting": (
        {"STORYWIRE_POLL__EVRY": "5m"},
        'STORYWIRE_POLL__EVRY: poll.evry: unknown setting (did you mean "every"?)',
    ),
    "a mistyped section": (
        {"STORYWIRE_POL__EVERY": "5m"},
        'STORYWIRE_POL__EVERY: pol.every: unknown setting (did you mean "poll"?)',
    ),
    "a whole section": (
        {"STORYWIRE_POLL": "5m"},
        "STORYWIRE_POLL: poll: cannot be set by a variable; write it in the file",
    ),
    "an entry of a list": (
        {"STORYWIRE_FEED__0__URL": "https://x.example"},
        "STORYWIRE_FEED__0__URL: feed.0.url: cannot be set by a variable; write it in the file",
    ),
    "a channel that is none": (
        {"TELEGRAM_CHANNEL_ID": "dam"},
        (
            "TELEGRAM_CHANNEL_ID: telegram.channel: must be the chat's number, such as -1001234567890, "
            'or its name, such as "@my_channel"'
        ),
    ),
    "a token that is none": (
        {"TELEGRAM_BOT_TOKEN": "@my_bot"},
        (
            "TELEGRAM_BOT_TOKEN: telegram.token: is not a bot token (123456789:letters-and-digits); "
            "ask @BotFather for it"
        ),
    ),
    "a secret given twice": (
        {"TELEGRAM_BOT_TOKEN": TOKEN, "TELEGRAM_BOT_TOKEN_FILE": "/run/secrets/token"},
        "TELEGRAM_BOT_TOKEN_FILE: TELEGRAM_BOT_TOKEN is set as well; keep one of them",
    ),
    "a secret's file that is not there": (
        {"DATABASE_URL_FILE": "/nonexistent/url"},
        "DATABASE_URL_FILE: the file it names cannot be read (No such file or directory)",
    ),
}


@pytest.mark.parametrize(("environ", "expected"), REFUSED_VARIABLES.values(), ids=REFUSED_VARIABLES)
def test_a_wrong_variable_is_refused_by_name(tmp_path: Path, environ: dict[str, str], expected: str) -> None:
    assert complaints(tmp_path, REST, environ) == [expected]


SECRET_FILES = {
    "empty": (b" \n", "the file it names is empty"),
    "binary": (b"\xff\xfe", "the file it names cannot be read (not UTF-8 text)"),
    "a bad value": (b"mysql://x", "database.url: must begin with sqlite:/// or postgresql://"),
}


@pytest.mark.parametrize(("content", "expected"), SECRET_FILES.values(), ids=SECRET_FILES)
def test_a_secret_file_of_no_use_is_named(tmp_path: Path, content: bytes, expected: str) -> None:
    (tmp_path / "url").write_bytes(content)

    told = complaints(tmp_path, REST, {"DATABASE_URL_FILE": str(tmp_path / "url")})

    assert told == [f"DATABASE_URL_FILE: {expected}"]


def test_every_mistake_is_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = f'[log]\nlevel = "loud"\n[poll]\nevry = "5m"\nconcurrency = 0\n{STORY}feeds = ["Nowhere"]\n{FEED}'

    told = complaints(
        tmp_path,
        text,
        {"TELEGRAM_CHANNEL_ID": "dam", "LOG_FORMAT": "xml", "TELEGRAM_BOT_TOKEN_FILE": "/nonexistent"},
    )

    assert [line.split(": ")[0] for line in told] == [
        "storywire.toml:2",
        "storywire.toml:4",
        "storywire.toml:5",
        "storywire.toml:10",
        "TELEGRAM_CHANNEL_ID",
        "LOG_FORMAT",
        "TELEGRAM_BOT_TOKEN_FILE",
    ]


UNREADABLE = {
    "a file that is not there": (None, 'there is no such file; "storywire init" writes one'),
    "a file in another encoding": ("# Стая".encode("cp1251"), "is not UTF-8 text"),
}


@pytest.mark.parametrize(("content", "expected"), UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes | None, expected: str) -> None:
    path = tmp_path / "storywire.toml"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError) as refused:
        load_settings(path, {})

    assert str(refused.value) == f"{path}: {expected}"


def test_a_directory_is_not_a_file(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        load_settings(tmp_path, {})


def test_the_mark_some_editors_write_first_is_passed_over(tmp_path: Path) -> None:
    assert load(tmp_path, "\ufeff" + REST).feed[0].name == "Wire"


SHOWN = {
    "repr": repr,
    "str": str,
    "its sections": lambda settings: repr(settings.telegram),
    "JSON": Settings.model_dump_json,
}


@pytest.mark.parametrize("show", SHOWN.values(), ids=SHOWN)
def test_settings_never_show_a_secret(tmp_path: Path, show: Callable[[Settings], str]) -> None:
    environ = {"TELEGRAM_BOT_TOKEN": TOKEN, "DATABASE_URL": "postgresql://u:canary@db/news"}

    settings = load(tmp_path, REST, environ)

    assert "canary" not in show(settings)


PLACES = [
    f"{section}.{key}"
    for section in ("telegram", "database", "poll", "judge", "log")
    for key in Settings.model_fields[section].default.__class__.model_fields
]


@pytest.mark.parametrize("place", PLACES)
def test_a_secret_in_the_wrong_place_is_not_repeated(tmp_path: Path, place: str) -> None:
    section, key = place.split(".")
    path = tmp_path / "storywire.toml"
    path.write_text(f'[{section}]\n{key} = "\\tcanary é"\n{REST}', encoding="utf-8")

    with pytest.raises(ConfigError) as refused:
        load_settings(path, {})

    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__context__ is None


def test_a_secret_in_place_of_a_path_is_not_repeated(tmp_path: Path) -> None:
    told = complaints(tmp_path, REST, {"TELEGRAM_BOT_TOKEN_FILE": TOKEN})

    assert "canary" not in "".join(told)


def test_settings_do_not_change(tmp_path: Path) -> None:
    settings = load(tmp_path, REST)

    with pytest.raises(ValueError, match="frozen"):
        settings.poll.concurrency = 1  # type: ignore[misc]
