"""Ten thousand updates of any shape, from Telegram's JSON to the last command, by people who are nobody."""

from __future__ import annotations

import asyncio
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from telegram import Update

from bot.commands.table import COMMANDS, PRESSES
from bot.core.authority import Circle
from bot.edge.hearing import heard
from bot.edge.updates import UNREADABLE
from tests.fakes.telegram_anything import DATES, Json, updates
from tests.unit.commands.office import CHANNEL, Bot, settings_in

#: Whom none of them can be, and whom many of them are.
NOBODY, SOMEBODY = 99, 4242


class Listening(Bot):
    """A bot that listens to one person, in a group as well."""

    admin = NOBODY

    def _circle(self) -> Circle:
        group = frozenset({-1001000000003})
        return Circle(admins=frozenset({self.admin}), groups=group, channels=frozenset({CHANNEL}))


def _command(person: int, text: str) -> Json:
    there = {"id": person, "type": "private", "first_name": "Z"}
    entity = {"type": "bot_command", "offset": 0, "length": len(text.partition(" ")[0])}
    said = {"message_id": 5, "date": DATES[0], "chat": there, "text": text, "entities": [entity]}
    return {"message": {**said, "from": {"id": person, "is_bot": False, "first_name": "Z"}}}


def _press(person: int, data: str) -> Json:
    card = {"message_id": 3, "date": DATES[0], "chat": {"id": CHANNEL, "type": "channel", "title": "News"}}
    who = {"id": person, "is_bot": False, "first_name": "Z"}
    query = {"id": "1", "from": who, "message": {**card, "text": "card"}, "chat_instance": "7"}
    return {"callback_query": {**query, "data": data}}


people = st.sampled_from([SOMEBODY, 4343, 1, 777000])
arguments = st.sampled_from(
    ["", "dams", "1", "all", "dams + river", "posting mode digest", "https://wire.example/feed.xml", "off"]
)
commands = st.sampled_from([name for it in COMMANDS for name in (it.name, *it.aliases)])
presses = st.sampled_from([it.name for it in PRESSES] + ["page", "back"])
#: As people write and press.
plausible = st.builds(_command, people, st.builds("/{} {}".format, commands, arguments)) | st.builds(
    _press, people, st.builds("{}:{}".format, presses, st.sampled_from(["1", "1:post", "dams", "x:1"]))
)
anything = updates() | st.builds(
    lambda number, update: {"update_id": number, **update}, st.integers(1, 2**31 - 1), plausible
)


@pytest.mark.slow
def test_of_ten_thousand_updates_by_others_none_has_an_effect_and_none_ends_the_bot(tmp_path: Path) -> None:
    bot, seen = Listening(settings_in(tmp_path)), Counter[str]()
    other = Listening(settings_in(tmp_path))
    other.admin = SOMEBODY
    before = bot.archive.copied()
    told = datetime.fromtimestamp(DATES[0], UTC)

    @settings(max_examples=10_000, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(anything)
    def test(raw: Json) -> None:
        try:
            found = heard(Update.de_json(raw, None))
        except UNREADABLE:  # as the receiver does
            return
        if found is not None:
            seen[found.kind.value] += 1
            # Most of them are fresh, and a minute after each other: none is refused for haste.
            bot.walk.clock.time = other.walk.clock.time = told + timedelta(minutes=seen.total() % 5 - 2)
            asyncio.run(bot.desk(found))
            asyncio.run(other.desk(found))

    test()

    assert bot.archive.changed_since(before) == {}
    assert bot.speak.menus == {}
    assert bot.walk.feeds.asked == []
    # Strangers are told who the bot is, and those who press a button that it is not theirs.
    assert {answer.message.text.partition("\n")[0] for _chat, answer in bot.speak.said} <= {
        "I follow news stories and post each report once.",
        "/start – Say what this bot does",
    }
    assert seen.total() > 3_000, seen
    # The same updates, were one of these people an administrator.
    assert len(other.speak.said) > 100
    assert other.archive.changed_since(before) != {}
