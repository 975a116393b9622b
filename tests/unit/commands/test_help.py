"""`/start` and `/help`: what whom is told, in whose language."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.commands.table import COMMANDS
from bot.errors import ChannelClosedError, PostRefusedError
from tests.unit.commands.office import ADMIN, FILE, READER, Bot, settings_in
from tests.walk.world import WIRE, an_item

OPEN = f"{FILE}\n[subscriptions]\nenabled = true\n"
STRANGER = 4345


@pytest.fixture
def bot(tmp_path: Path) -> Bot:
    return Bot(settings_in(tmp_path, OPEN))


@pytest.fixture
def closed(tmp_path: Path) -> Bot:
    return Bot(settings_in(tmp_path))


def answer(bot: Bot, text: str, person: int, language: str | None = None) -> list[str]:
    bot.says(text, person, language)
    return bot.speak.texts[-1].splitlines()


GREETINGS = {
    "ru": ["Я слежу за новостными сюжетами и публикую каждую новость один раз.", "Ваш номер: 4343."],
    "zh-hans": ["我追踪新闻专题，每篇报道只发布一次。", "你的 ID 是 4343。"],
    "en": ["I follow news stories and post each report once.", "Your number is 4343."],
    "cs": ["I follow news stories and post each report once.", "Your number is 4343."],
}


@pytest.mark.parametrize(("language", "expected"), GREETINGS.items(), ids=GREETINGS)
def test_everybody_is_greeted_in_their_language(language: str, expected: list[str], bot: Bot) -> None:
    lines = answer(bot, "/start", READER, language)

    assert [lines[0], lines[-1]] == expected


def test_a_greeting_says_what_the_person_may_do(bot: Bot, closed: Bot) -> None:
    assert "/help" in answer(bot, "/start", ADMIN)[-2]
    assert "/follow" in answer(bot, "/start", READER)[-2]
    assert answer(closed, "/start", STRANGER)[-2] == "I listen to my administrators only."


def test_a_greeting_names_the_stories_but_not_what_others_follow(bot: Bot) -> None:
    bot.says("/follow patrol", READER)
    greeting = "\n".join(answer(bot, "/start", STRANGER))

    assert "Dams" in greeting
    assert "patrol" not in greeting


def test_help_lists_to_an_administrator_everything_in_the_order_of_the_menu(bot: Bot) -> None:
    lines = answer(bot, "/help", ADMIN)

    expected = [f"/{command.name} – {command.help}" for command in COMMANDS if command.help]
    assert lines[: len(expected)] == expected
    assert lines[len(expected) :] == [
        "Instead of a LINK you can reply to the post.",
        "More about one of them: /help why",
    ]


def test_help_lists_to_others_what_they_may_say_and_no_more(bot: Bot, closed: Bot) -> None:
    told = "\n".join(answer(bot, "/help", READER))
    assert "/follow" in told
    assert "/merge" not in told

    assert answer(closed, "/help", STRANGER) == ["/start – Say what this bot does", "/help – How to use it"]


@pytest.mark.parametrize("wanted", ["unsub", "/unsub", "UNSUB", "rm_rss"])
def test_help_tells_how_a_command_is_written_and_what_else_it_is_called(wanted: str, bot: Bot) -> None:
    assert answer(bot, f"/help {wanted}", READER) == [
        "Unsubscribe, or stop a feed",
        "• /unsub FEED",
        "• /unsub STORY",
        "Also: /unsubscribe, /delete, /rm_rss, /rm",
    ]


def test_a_command_that_takes_nothing_is_written_by_its_name(bot: Bot) -> None:
    assert answer(bot, "/help version", ADMIN) == ["Which version runs", "• /version"]


@pytest.mark.parametrize("wanted", ["merge", "dance", "document", "text"])
def test_of_what_there_is_not_or_is_not_theirs_help_lists_what_there_is(wanted: str, bot: Bot) -> None:
    assert answer(bot, f"/help {wanted}", READER) == answer(bot, "/help", READER)


@pytest.mark.parametrize(
    "command", [command for command in COMMANDS if command.usages], ids=lambda it: it.name
)
def test_every_usage_is_one_of_its_command(command: object) -> None:
    assert all(usage.split()[0] == f"/{command.name}" for usage in command.usages)  # type: ignore[attr-defined]


HINTS = {
    "of commands that the bot names": ("/why", "Why what? Reply to a post with /why, or write /why LINK."),
    "of what it offers": ("/sub", "Subscribe to what? Send one of these:\n/sub dams – Dams"),
}


@pytest.mark.parametrize(("said", "expected"), HINTS.values(), ids=HINTS)
def test_commands_in_the_bots_own_words_can_be_tapped_and_copied(said: str, expected: str, bot: Bot) -> None:
    bot.says(said)

    assert bot.speak.texts == [expected]


DIGESTS = {
    "at certain hours": (["/digest 08:00,18:00", "/digest"], "Digests come at 08:00, 18:00."),
    "hourly": (["/digest hourly", "/digest"], "Digests come hourly."),
    "not any more": (["/digest hourly", "/digest off", "/digest"], "Each report is posted at once."),
    "not at all": (["/digest"], "Each report is posted at once."),
}


@pytest.mark.parametrize(("said", "expected"), DIGESTS.values(), ids=DIGESTS)
def test_the_channel_is_said_to_have_the_digests_that_were_asked_for(
    said: list[str], expected: str, bot: Bot
) -> None:
    for text in said:
        bot.says(text)

    assert bot.speak.texts[-1] == expected
    assert len(said) < 2 or expected in bot.speak.texts[-2]


def test_a_status_counts_what_waits_and_what_was_refused_in_the_language_of_whoever_asks(bot: Bot) -> None:
    bot.walk.opened(WIRE)
    bot.walk.hears(WIRE, an_item("Dam breaks near Ostrava"))
    bot.walk.hears(WIRE, an_item("Mayor of Opava opens a dam museum"))
    bot.walk.channels["telegram"].faults = iter([PostRefusedError("no"), ChannelClosedError("no")])
    bot.walk.deliver("telegram")

    shown = [line.strip() for line in answer(bot, "/status", ADMIN, "ru")]
    place = shown.index("Канал telegram")
    assert shown[place + 1 : place + 3] == ["ждут отправки: 1", "отклонены: 1"]
