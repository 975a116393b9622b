"""What months of use bring: changes that cross, names that are long, parts that are gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.edge import fulltext
from tests.walk.conversation import ADMIN, FILE, GROUP, READER, SECOND, Conversation, link_of
from tests.walk.test_conversation import BREAKS, GIVES_WAY
from tests.walk.test_readers import of_reader, says

BRIDGE = "Bridge over the Odra closed"


def test_a_change_that_was_shown_keeps_what_another_changed_meanwhile(talk: Conversation) -> None:
    shown = talk.says("/keywords dams")
    talk.presses("Add", shown.last)
    preview = talk.says("levee*")
    talk.says("/keywords dams + weir*", by=SECOND)
    talk.presses("Apply", preview.last)
    assert talk.choices()["story", "dams"] == {"also": ["weir*", "levee*"]}


def test_a_change_that_was_tried_keeps_what_another_changed_meanwhile(talk: Conversation) -> None:
    tried = talk.says("/backtest dams fold event")
    talk.says("/keywords dams + weir*", by=SECOND)
    talk.presses("Apply", tried.last)
    assert talk.choices()["story", "dams"] == {"also": ["weir*"], "fold": "event"}


def test_what_cannot_be_made_is_not_kept(talk: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fulltext, "find_spec", lambda _name: None)
    said = talk.says("/set dams full_text true").text
    assert "not installed" in said
    assert talk.choices() == {}
    talk.restart()
    assert talk.says("/version").messages


def test_the_program_comes_up_whatever_was_chosen(
    talk: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    talk.says("/set dams full_text true")
    talk.stop()
    monkeypatch.setattr(fulltext, "find_spec", lambda _name: None)
    talk.start()
    assert talk.says("/version").messages


def test_stories_with_long_names_have_buttons(talk: Conversation) -> None:
    name = "a" * 70
    talk.says(f"/keywords new {name} levee*")
    assert "nobody expected" not in talk.says("/keywords").text
    assert "nobody expected" not in talk.says(f"/keywords {name}").text
    assert "nobody expected" not in talk.says("/keywords dams").text


@pytest.mark.parametrize(
    "words", ["a1 OR b1 OR c1 OR d1", "+a1 b1 c1 d1", "a1 b1 c1 d1", "(a1 b1) AND (c1 d1)"]
)
def test_words_are_counted_however_they_are_joined(talk: Conversation, words: str) -> None:
    assert talk.says(f"/follow {words}", by=READER).text == "At most 3 words at once."


def test_an_administrator_takes_no_readers_change_back_by_chance(talk: Conversation) -> None:
    talk.says("/keywords dams + weir*")
    talk.says("/follow bridge*", by=READER)
    talk.says("/undo")
    assert ("channel", f"user-{READER}") in talk.choices()
    assert ("story", "dams") not in talk.choices()


def test_nothing_goes_to_readers_once_subscriptions_are_off(talk: Conversation) -> None:
    talk.says("/follow bridge*", by=READER)
    talk.says("/sub dams", by=READER)
    talk.configures(FILE.replace("enabled = true", "enabled = false"))
    talk.hears(BRIDGE)
    talk.hears(BREAKS)
    assert of_reader(talk) == []
    talk.configures(FILE)
    assert says(talk, "/list").startswith("You follow:\n1. Dams\n2. bridge*")


def test_a_name_is_not_used_again_for_other_words(talk: Conversation) -> None:
    talk.says("/follow bridge*", by=READER)
    talk.hears(BRIDGE)
    talk.says("/unsub 1", by=READER)
    talk.says("/follow odra", by=READER)
    assert f"user-{READER}-1" not in [name for _kind, name in talk.choices()]


def test_administrators_who_are_none_any_more_are_not_asked(talk: Conversation) -> None:
    doubt = "\n[judge]\nreview_from = 0.001\nsame=0.999\n"
    alone = FILE.replace("admin_chat = -1001000000003\n", "")
    talk.configures(alone + doubt)
    talk.restart()
    talk.configures((alone + doubt).replace("[4242, 4245]", "[4242]"))
    talk.hears(BREAKS)
    talk.hears("Ostrava dam breaks as rain goes on", "Post")
    asked = {who: any("Review" in m.text for m in talk.posts(who)) for who in (ADMIN, SECOND)}
    assert asked == {ADMIN: True, SECOND: False}


def test_a_headline_is_no_command_however_it_is_worded(talk: Conversation) -> None:
    talk.hears("Dam /timeline t.me/evil @evil opens")
    said = talk.says("/catchup").text
    assert "\u2060" in said.split("opens")[0]


def test_a_card_without_a_title_has_its_buttons(talk: Conversation) -> None:
    (card,) = talk.hears("", text="The dam near Ostrava gave way in the night, and water runs")
    for label in ("⋯", "❓"):
        assert "nobody expected" not in talk.presses(label, card).text
    assert talk.says("/why 4").text


def events(talk: Conversation) -> list[list[str]]:
    """Return which outlets' articles are together, by their titles."""
    found: dict[int, list[str]] = {}
    for number in range(4, 12):
        for each in talk.run(talk.archive.decisions(str(number))):
            if each.story == "dams":
                found.setdefault(each.event, []).append(f"{each.article.outlet} {each.article.title}")
    return sorted(map(sorted, found.values()))


def test_a_merge_of_reports_with_copies_is_taken_back_as_a_whole(talk: Conversation) -> None:
    talk.hears(BREAKS)
    talk.hears(GIVES_WAY, "Post")
    talk.hears(GIVES_WAY, "Ledger")
    talk.hears(BREAKS, "Ledger")
    before = events(talk)
    assert len(before) == 2

    for named in (f"{link_of(BREAKS, 'Ledger')} {link_of(GIVES_WAY, 'Post')}", "4 6", "7 5"):
        merged = talk.says(f"/merge {named}")
        assert len(events(talk)) == 1, merged.text
        talk.presses("Undo", merged.last)
        assert events(talk) == before


def test_a_split_is_taken_back_though_the_article_has_versions(talk: Conversation) -> None:
    talk.hears(BREAKS)
    talk.hears(BREAKS, "Post")
    before = events(talk)
    parted = talk.says("/split 5")
    assert len(events(talk)) == 2
    talk.presses("Undo", parted.last)
    assert events(talk) == before


def test_who_follows_something_again_gets_nothing_that_waited_for_them_long_ago(talk: Conversation) -> None:
    talk.says("/sub dams", by=READER)
    talk.says("/digest 23:00", by=READER)
    talk.hears(BREAKS)
    ended = talk.says("/unsub dams", by=READER)
    assert "no longer" in ended.text
    talk.wait(timedelta(days=30))
    talk.says("/sub dams", by=READER)
    talk.polls()
    assert not any(BREAKS in message.text for message in talk.posts(READER)[2:])


def test_in_a_group_that_is_posted_to_nobody_else_sees_what_an_administrator_is_told(
    talk: Conversation,
) -> None:
    talk.configures(
        FILE.replace('channel = "@newswatch"', f"channel = {GROUP}").replace(f"admin_chat = {GROUP}\n", "")
    )
    talk.restart()
    talk.hears(BREAKS)
    card = next(message for message in talk.posts(GROUP) if BREAKS in message.text)
    for label in ("⋯", "❓"):
        assert {change.message.chat for change in talk.presses(label, card).changes} == {ADMIN}


def test_a_story_may_be_called_as_people_speak_of_users(talk: Conversation) -> None:
    experience = '[[story]]\nname = "user-experience"\ntitle = "Screens"\nquery = "screen*"\n'
    talk.configures(FILE + experience)
    assert "user-experience" in talk.says("/sub", by=READER).text
    assert "nothing" in talk.says("/timeline user-experience", by=READER).text
    assert "follow for themselves" in talk.says(f"/keywords new user-{READER}-1 words").text


def test_a_headline_is_no_command_where_something_was_muted_before(talk: Conversation) -> None:
    title = "Dam /timeline t.me/evil @evil opens"
    talk.hears(title)
    for _ in range(2):
        assert "\u2060" in talk.says(f"/mute {link_of('Dam ' + title[4:])}").text.split("opens")[0]


def test_who_is_no_administrator_any_more_answers_no_question_put_to_one(talk: Conversation) -> None:
    talk.hears(BREAKS)
    talk.hears(GIVES_WAY, "Post")
    more = talk.presses("⋯", talk.posts()[-1], by=SECOND)
    talk.presses("Merge", more.last, by=SECOND)
    talk.configures(FILE.replace("[4242, 4245]", "[4242]"))
    talk.says(link_of(BREAKS), by=SECOND)
    assert len(events(talk)) == 2


def test_a_channel_whose_chat_is_changed_leaves_the_messages_of_others_alone(talk: Conversation) -> None:
    talk.hears(GIVES_WAY, "Post")
    talk.hears(BREAKS)
    talk.polls()
    for _ in range(2):  # the bot's own answer stands there under the number that the card had in the other
        talk.says("/version", chat=GROUP)
    before = [message.text for message in talk.posts(GROUP)]

    talk.configures(FILE.replace('channel = "@newswatch"', f"channel = {GROUP}"))
    talk.hears(BREAKS, "Post")
    talk.hears(BRIDGE.replace("Bridge", "Dam"))
    talk.polls()

    after = [message.text for message in talk.posts(GROUP)]
    assert after[: len(before)] == before
    assert [text.partition("\n")[0] for text in after[len(before) :]] == ["Dam over the Odra closed"]


def test_menus_follow_the_configuration_once_somebody_speaks(talk: Conversation) -> None:
    talk.configures(FILE.replace(f"admins = [{ADMIN}, {SECOND}]", f"admins = [{ADMIN}]"))
    talk.says("/start", by=READER)

    menus = talk.telegram.commands.menus()
    assert menus[f"chat {SECOND}", ""] == menus["all_private_chats", ""]
    assert len(menus[f"chat {ADMIN}", ""]) > len(menus["all_private_chats", ""])
