"""`init`: a configuration by options, or by questions and answers."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.cli import app
from config.settings import Settings, load_settings
from tests.unit.cli.typing_it import typed

FEED = "Wire=https://wire.example/feed.xml"
OPTIONS = ("--title", "Dams of Ostrava", "--query", 'dam* +"Ostrava"', "--feed", FEED)


def loaded(path: str = "config/storywire.toml") -> Settings:
    return load_settings(Path(path), {})


def test_options_make_a_configuration_without_a_question() -> None:
    shown = typed("init", *OPTIONS, "--feed", "https://post.example/rss", "--channel", "@dam_news")

    assert (shown.code, shown.err) == (0, "")
    assert shown.out == ("Written: config/storywire.toml\nNext: storywire check, then storywire run\n")
    settings = loaded()
    assert settings.telegram.channel == "@dam_news"
    assert [(feed.name, feed.url) for feed in settings.feed] == [
        ("Wire", "https://wire.example/feed.xml"),
        ("post.example", "https://post.example/rss"),
    ]
    assert [(story.name, story.title, story.query) for story in settings.story] == [
        ("dams-of-ostrava", "Dams of Ostrava", 'dam* +"Ostrava"')
    ]


def test_the_result_passes_check() -> None:
    typed("init", *OPTIONS, "-o", "here/my.toml")

    shown = typed("check", "--no-feeds", "-c", "here/my.toml")

    assert shown.code == 0
    assert shown.out.splitlines()[-1] == "✓ everything checked works"


def test_questions_ask_for_what_the_options_do_not_say() -> None:
    answers = "Dams of Ostrava\ndam*\nhttps://wire.example/a\nhttps://wire.example/b\nPost=https://post.example/\n\n@dam_news\n"

    shown = CliRunner().invoke(app, ["init", "-o", "my.toml"], input=answers)

    assert shown.exit_code == 0, shown.output
    assert "Next: storywire check -c my.toml, then storywire run -c my.toml" in shown.output
    settings = loaded("my.toml")
    assert [feed.name for feed in settings.feed] == ["wire.example", "wire.example 2", "Post"]
    assert settings.telegram.channel == "@dam_news"


def test_a_wrong_answer_is_told_and_asked_for_again() -> None:
    answers = [
        " ", "Dams",
        "dam AND (", "dam",
        "wire.example", "http://127.0.0.1/feed", "https://ada:canary@wire.example/", "https://wire.example/feed",
        "https://wire.example/feed", "",
        "dam_news", "@dam_news",
    ]  # fmt: skip

    shown = typed("init", answers="\n".join(answers) + "\n")

    assert shown.code == 0
    assert [line.partition(": ")[2].partition(":")[0] for line in shown.err.splitlines()] == [
        "the title",
        "the words",
        "feed wire.example",
        "feed http",
        "feed https",
        "feed https",
        "the channel",
    ]
    settings = loaded()
    assert [story.title for story in settings.story] == ["Dams"]
    assert [feed.url for feed in settings.feed] == ["https://wire.example/feed"]
    assert settings.telegram.channel == "@dam_news"


def test_no_channel_means_the_console() -> None:
    shown = typed("init", answers="Dams\ndam\nhttps://wire.example/feed\n\n\n")

    assert shown.code == 0
    assert loaded().telegram.channel is None


def test_what_exists_is_not_written_over_unless_that_is_asked_for() -> None:
    Path("my.toml").write_text("precious", encoding="utf-8")

    refused = typed("init", *OPTIONS, "-o", "my.toml")
    kept = Path("my.toml").read_text(encoding="utf-8")
    forced = typed("init", *OPTIONS, "-o", "my.toml", "--force")

    assert (refused.code, kept, forced.code) == (2, "precious", 0)
    assert (
        refused.line == "storywire: my.toml exists; choose another with --output, or --force to write over it"
    )
    assert loaded("my.toml").story[0].title == "Dams of Ostrava"


def test_feeds_of_one_host_get_names_of_their_own() -> None:
    feeds = [text for n in range(3) for text in ("--feed", f"https://wire.example/{n}")]

    shown = typed(
        "init", "--title", "Dams", "--query", "dam", *feeds, "--feed", "Wire=https://a.example/?x=1"
    )

    assert shown.code == 0
    assert [feed.name for feed in loaded().feed] == [
        "wire.example",
        "wire.example 2",
        "wire.example 3",
        "Wire",
    ]
    assert loaded().feed[-1].url == "https://a.example/?x=1"


NAMED = ("--title", "Dams", "--feed", FEED)
MISTAKES = {
    "an empty title": (["--title", " ", "--query", "dam"], "the title: must not be empty"),
    "an empty query": ([*NAMED, "--query", ""], "the words: the query is empty"),
    "a broken query": ([*NAMED, "--query", "dam AND"], "the words: the query is not understood"),
    "an unknown alias": ([*NAMED, "--query", "@dam"], "the words: there is no alias @dam"),
    "a feed that is no address": ([*OPTIONS, "--feed", "wire"], "feed wire: must be a whole address"),
    "a feed in a private network": (
        [*OPTIONS, "--feed", "http://10.0.0.1/"],
        "feed http://10.0.0.1/: 10.0.0.1 is not a public address",
    ),
    "one feed twice": (
        [*OPTIONS, "--feed", FEED],
        "feed https://wire.example/feed.xml: it was named before",
    ),
    "a channel that is none": ([*OPTIONS, "--channel", "dam news"], "the channel: must be the chat's number"),
    "a place that cannot be written": (
        [*OPTIONS, "-o", "/dev/null/my.toml"],
        "/dev/null/my.toml: cannot be written: ",
    ),
}


@pytest.mark.parametrize(("options", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_wrong_option_is_refused_and_nothing_is_written(options: list[str], says: str) -> None:
    shown = typed("init", *options)

    assert shown.code == 2
    assert shown.line.startswith(f"storywire: {says}")
    assert os.listdir() == []  # noqa: PTH208  the names are the point


def test_giving_up_writes_nothing() -> None:
    shown = typed("init", answers="Dams\n")

    assert (shown.code, shown.err.strip().splitlines()[-1]) == (1, "storywire: given up; nothing was changed")
    assert list(Path().iterdir()) == []
