"""What administrators say to the bot: what is answered, what it changes, and that it can be taken back."""

from __future__ import annotations

import tomllib
from datetime import time, timedelta

import pytest

from bot.commands.table import COMMANDS
from bot.model import FOR_GOOD, Fold, Ruling
from tests.fakes.misbehaving import rss
from tests.fakes.telegram_chats import ShownMessage
from tests.walk.conversation import (
    ADMIN,
    CHANNEL,
    GROUP,
    READER,
    SECOND,
    STRANGER,
    Answers,
    Conversation,
    an_item,
    labels,
    link_of,
)

BREAKS = "Dam breaks near Ostrava after two days of rain"
GIVES_WAY = "Villages flooded as dam gives way in the north"
LIKE = "Ostrava dam breaks as rain goes on"
HOUR = timedelta(hours=1)


def plain(text: str) -> str:
    """Give a text without what keeps it from being links and commands."""
    return text.replace("\u2060", "")


def first_lines(messages: list[ShownMessage]) -> list[str]:
    return [message.text.splitlines()[0] for message in messages]


def in_channel(talk: Conversation) -> list[str]:
    """Deliver what may go out, then give the first lines of what readers of the channel see."""
    talk.polls()
    return first_lines(talk.posts())


def undone(talk: Conversation, answers: Answers) -> str:
    return plain(talk.presses("Undo", answers.last).text)


def two_reports(talk: Conversation) -> tuple[ShownMessage, ShownMessage]:
    """Let two outlets report what only people know to be one."""
    (card,) = talk.hears(BREAKS)
    (other,) = talk.hears(GIVES_WAY, "Post")
    return card, other


# ------------------------------------------------------------------------------------- what can be said


ANSWERED = {
    "that nothing is wrong": ("/health", "Everything is running, and nothing is wrong."),
    "who the bot is, and the person's number": ("/start", "Your number is 4242."),
    "what can be said": ("/help", "/backtest – What a change would have posted"),
    "how a command is said": ("/help keywords", "/keywords STORY not football"),
    "how a command is said, by another name of it": ("/help set_filter", "/keywords STORY + drill*"),
    "how polling and posting do": ("/status", "Feeds: 3\n   3 × ok\nChannel telegram\n   nothing waits"),
    "the same by another name": ("/stats", "Channel telegram"),
    "what there is to follow": ("/list", "• dams: Dams"),
    "what subscribing takes": ("/sub", "/sub dams – Dams"),
    "what unsubscribing takes": ("/unsub", "Which one? /list numbers what you follow"),
    "what following takes": ("/follow", "Which words? For example /follow drill*"),
    "feeds": ("/feeds", "• Wire: ok\n• Post: ok\n• Ledger: ok"),
    "one feed": ("/feeds ledg", "• Ledger: ok"),
    "that there is no such feed": ("/feeds herald", "There is no such feed."),
    "stories with keywords": ("/keywords", "Which story's keywords?\n• dams: Dams"),
    "the keywords of a story, and where they stand": ("/keywords dams", "• dam* ("),
    "which story there is instead": ("/keywords damns", "there is no story damns (known: dams)"),
    "how keywords are written": ("/keywords dams drill", "Before the words write + to add them"),
    "where a query is wrong": ("/keywords dams + (levee", "the query is not understood at its end"),
    "that the file's words stay": ("/keywords dams - dam*", "edit it there"),
    "that the file's story stays": ("/keywords drop dams", "take it out there"),
    "what a new story takes": ("/keywords new floods", "Which words?"),
    "what can be set": ("/set", "Stories: dams\nEverything: posting, keywords, poll, judge, subscriptions"),
    "the settings of a story": ("/set dams", "• query = dam* ("),
    "the settings of everything": ("/set posting", "• quiet_hours = – (the usual)"),
    "what a setting takes": ("/set posting mode", "What should mode be?"),
    "what a setting may be": ("/set dams min_sources two", "must be a valid integer"),
    "what there is to set": ("/set weather", "There is no story, channel or section “weather”"),
    "what is not for commands": ("/set poll allow_networks 10.0.0.0/8", "commands cannot set allow_networks"),
    "what is the file's": ("/set dams query river", "query is declared in"),
    "which feed is meant": ("/pause herald", "There is no feed “herald”"),
    "what trying takes": ("/test", "Which one?"),
    "what a link never seen would be": ("/why https://no.example/x", "was never seen in a feed"),
    "what why takes": ("/why", "/why"),
    "a story without events": ("/timeline dams", "nothing was told"),
    "how far back": ("/timeline dams x", "How far back? Such as 12h or 30d."),
    "which stories have a timeline": ("/timeline damns", "There is no story damns (there are: dams)."),
    "what is new": ("/catchup", "Dams"),
    "what trying a change takes": ("/backtest dams", "Which change?"),
    "what muting takes": ("/mute", "Which one?"),
    "what is not there to be muted": ("/mute https://no.example/x", "was never seen in a feed"),
    "what lifting a mute takes": ("/unmute", "Which one?"),
    "what merging takes": ("/merge", "Which two?"),
    "that links have no spaces": ("/merge 1 2 3", "That is more than I can take at once"),
    "what splitting takes": ("/split", "Which one?"),
    "that nothing is in doubt": ("/review", "Nothing waits to be decided."),
    "when digests come": ("/digest", "Each report is posted at once."),
    "that a digest has hours": ("/digest 25:00", "must be a time of day"),
    "what can be imported": ("/import", "Send me a file"),
    "which version runs": ("/version", "Storywire 0."),
    "that there is nothing to undo": ("/undo", "there is nothing to undo"),
    "which change is meant": ("/undo last", "Which one? /audit lists the changes"),
    "that nobody changed anything": ("/audit", "Nobody has changed anything."),
}


def test_what_asks_for_something_is_answered_and_changes_nothing(talk: Conversation) -> None:
    for sentence, (said, answer) in ANSWERED.items():
        told = plain(talk.says(said).text)
        assert answer in told, f"{sentence}: {told}"

    assert talk.choices() == {}
    assert talk.deeds() == []
    assert talk.posts() == []


def test_every_command_is_tried_here() -> None:
    named = {said.split()[0].removeprefix("/") for said, _answer in ANSWERED.values()}
    # A file, what gives one, and what changes something even without more words.
    assert {command.name for command in COMMANDS} - named == {"document", "export", "resume"}


def test_menus_tell_each_person_what_they_may_say(talk: Conversation) -> None:
    menus = talk.telegram.commands.menus()

    assert set(menus["all_private_chats", ""]) < set(menus[f"chat {ADMIN}", ""])
    assert "follow" in menus["all_private_chats", "ru"]
    assert "keywords" not in menus["all_private_chats", "zh"]
    assert menus[f"chat {GROUP}", "ru"]["keywords"] != menus[f"chat {GROUP}", ""]["keywords"]


# --------------------------------------------------------------------------------------------- keywords


def test_words_added_by_command_count_from_the_next_poll_on_and_can_be_taken_back(talk: Conversation) -> None:
    added = talk.says('/keywords dams + levee* "burst bank"')
    assert added.text == 'dams also looks for: levee*, "burst bank"'
    assert first_lines(talk.hears("Levees hold along the Odra")) == ["Levees hold along the Odra"]

    assert undone(talk, added) == 'Taken back: /keywords dams + levee* "burst bank"'
    assert talk.choices() == {}
    assert talk.hears("Levees looked after in Opava") == []
    assert "undone" in plain(talk.says("/audit").text)


def test_words_are_refused_and_no_longer_refused_by_command(talk: Conversation) -> None:
    assert talk.says("/keywords dams not football").text == "dams now refuses: football"
    assert talk.hears("Football under the dam in Zlin") == []
    shown = talk.says("/keywords dams")
    assert "Refuses:\n• football (chosen by command on 2026-01-15)" in plain(shown.text).replace("  ", " ")

    assert talk.says("/keywords dams notnot football").text == "dams no longer refuses: football"
    assert first_lines(talk.hears("Football club pays for a dam")) == ["Football club pays for a dam"]


def test_words_are_added_and_taken_out_by_buttons_after_a_look_at_the_effect(
    talk: Conversation,
) -> None:
    talk.hears("Levees hold along the Odra")
    stories = talk.says("/keywords")
    story = talk.presses("dams", stories.last)
    assert story.labels == ["Add", "Exclude"]
    assert [change.what for change in story.changes] == ["edit"]

    asked = talk.presses("Add", story.last)
    assert "Send me the words" in asked.text
    drafted = talk.says("levee*")
    assert drafted.text.startswith("dams also looks for: levee*\n+1, −0 in the last day")
    assert "Levees hold along the Odra" in drafted.text
    assert drafted.labels == ["Apply", "Cancel"]
    assert talk.choices() == {}
    cancelled = talk.presses("Cancel", drafted.last)
    assert (cancelled.text, cancelled.labels) == ("Nothing was changed.", [])

    talk.presses("Add", story.last)
    drafted = talk.says("levee*")
    assert talk.presses("Apply", drafted.last).text == "dams also looks for: levee*"
    assert talk.choices()["story", "dams"] == {"also": ["levee*"]}
    assert "too long ago" in talk.presses("Apply", drafted.last).text
    assert f"{ADMIN}: /keywords dams + levee* → dams also looks for: levee*" in talk.deeds()

    talk.presses("Exclude", story.last)
    assert talk.presses("Apply", talk.says("football").last).text == "dams now refuses: football"
    shown = talk.says("/keywords dams")
    assert shown.labels == ["✕ levee*", "✕ football", "Add", "Exclude"]
    for label in shown.labels[:2]:
        taken_out = talk.presses(label, talk.says("/keywords dams").last)
        talk.presses("Apply", taken_out.last)
    assert talk.choices() == {}


def test_a_story_is_made_followed_and_dropped_by_command(talk: Conversation) -> None:
    made = talk.says("/keywords new bridges bridge* OR viaduct")
    assert made.text == "Story bridges is followed from now on."
    assert first_lines(talk.hears("Bridge in Opava closed for good")) == ["Bridge in Opava closed for good"]
    assert "there is a story bridges already" in talk.says("/keywords new bridges span*").text

    talk.says("/keywords bridges - viaduct")
    assert talk.choices()["story", "bridges"]["query"] == "bridge*"
    dropped = talk.says("/keywords drop bridges")
    assert talk.hears("Bridge in Brno closed") == []
    undone(talk, dropped)
    assert first_lines(talk.hears("Bridge in Zlin closed")) == ["Bridge in Zlin closed"]


def test_the_name_of_a_new_story_is_made_small(talk: Conversation) -> None:
    made = talk.says("/keywords new Bridges bridge*")

    assert ("story", "bridges") in talk.choices()
    assert "ridges is followed from now on." in made.text


# --------------------------------------------------------------------------------------------- settings


def test_settings_are_set_and_left_to_the_usual_again(talk: Conversation) -> None:
    set_ = talk.says("/set posting quiet_hours 12:00-13:00")
    assert talk.hears(BREAKS) == []
    assert "quiet hours until 2026-01-15 13:00 UTC" in talk.says(f"/why {link_of(BREAKS)}").text
    assert undone(talk, set_) == "Taken back: /set posting quiet_hours 12:00-13:00"
    assert in_channel(talk) == [BREAKS]

    talk.says("/set dams fold event")
    assert talk.program.making.world.knowledge.watches[0].story.policy.fold is Fold.EVENT
    talk.says("/set dams fold default")
    assert talk.choices() == {}


def test_digests_are_ordered_by_command(talk: Conversation) -> None:
    ordered = talk.says("/digest 14:00, 18:00")
    assert talk.choices()["section", "posting"] == {"mode": "digest", "digest_at": "14:00, 18:00"}
    talk.hears(BREAKS)
    assert talk.posts() == []
    talk.polls(after=2 * HOUR)
    assert BREAKS in talk.posts()[-1].text

    undone(talk, ordered)
    assert talk.choices() == {}
    assert talk.says("/digest off").text == "Each report is posted at once."


def test_posting_is_paused_until_it_is_resumed_and_a_restart_does_not_end_it(talk: Conversation) -> None:
    paused = talk.says("/pause")
    assert "Nothing is posted until /resume" in plain(paused.text)
    assert talk.settings.posting.paused_until == FOR_GOOD
    assert talk.hears(BREAKS) == []
    talk.restart()
    assert in_channel(talk) == []
    assert "Nothing is posted until /resume" in talk.says("/status").text
    assert "(posting is paused)" in talk.says(f"/why {link_of(BREAKS)}").text

    assert talk.says("/resume").text == "Posting goes on."
    assert in_channel(talk) == [BREAKS]
    assert talk.says("/resume").labels == []


def test_posting_is_paused_for_a_while(talk: Conversation) -> None:
    paused = talk.says("/pause 1h")
    assert "Nothing is posted before 2026-01-15 13:12 UTC" in paused.text
    assert talk.hears(BREAKS) == []
    talk.polls(after=HOUR)
    assert first_lines(talk.posts()) == [BREAKS]

    undone(talk, paused)
    assert talk.choices() == {}


def test_a_feed_is_paused_and_resumed(talk: Conversation) -> None:
    paused = talk.says("/pause Wire")
    assert talk.hears(BREAKS) == []
    assert "• Wire: paused" in talk.says("/feeds").text
    assert undone(talk, paused) == "“Wire” is polled again."
    assert in_channel(talk) == [BREAKS]

    resumed = talk.says("/resume wire")
    assert undone(talk, resumed) == "“Wire” is not polled until /resume."


# ------------------------------------------------------------------------------------------------ feeds


def test_a_feed_is_tried_added_polled_and_removed(talk: Conversation) -> None:
    url = talk.feeds.url("/herald.xml")
    talk.feeds.publish("/herald.xml", rss(an_item("Dam in Opava inspected", talk, "Herald")))

    tried = talk.says(f"/test {url}")
    assert "1 entry\n• dams: Dam in Opava inspected" in tried.text
    added = talk.says(f"/sub {url} The Herald")
    assert f"“The Herald” is polled from now on: {url}" in plain(added.text)
    assert "polled already, as “The Herald”" in talk.says(f"/sub {url}").text
    assert in_channel(talk) == ["Dam in Opava inspected"]
    assert "• The Herald: ok" in talk.says("/feeds").text

    assert undone(talk, added) == "“The Herald” is not polled any more."
    talk.says(f"/sub {url} Herald")
    removed = talk.says("/unsub herald")
    assert "is polled from now on" in undone(talk, removed)
    assert "declared in the file" in talk.says("/unsub Wire").text


def test_a_headline_is_tried_on_one_story_or_on_all(talk: Conversation) -> None:
    talk.says("/keywords new rivers river*")

    on_one = plain(talk.says("/test dams River rises behind the dam").text)
    assert "story dams: new; would be posted: card to telegram" in on_one
    assert "rivers" not in on_one
    on_all = plain(talk.says("/test River rises in the north").text)
    assert "story rivers: new; would be posted: card to telegram" in on_all
    assert "story dams: no term of its query stands in it" in on_all
    assert talk.posts() == []


def test_nothing_answers_at_an_address(talk: Conversation) -> None:
    assert "no connection" in talk.says("/test http://127.0.0.1:1/feed.xml").text
    assert "no connection" in talk.says("/sub http://127.0.0.1:1/feed.xml").text
    assert len(talk.run(talk.archive.feeds())) == 3


OPML = """<opml><body>
<outline text="Herald" xmlUrl="https://herald.example/feed"/>
<outline text="Inside" xmlUrl="http://10.0.0.1/feed"/>
<outline text="Wire again" xmlUrl="{wire}"/>
</body></opml>"""


def test_feeds_of_a_file_are_shown_then_added_and_taken_out_again(talk: Conversation) -> None:
    opml = OPML.format(wire=talk.feeds.url("/wire.xml"))

    shown = talk.attaches("list.opml", opml)
    assert plain(shown.text) == "That would add:\n• Herald https://herald.example/feed"
    assert talk.presses("Cancel", shown.last).text == "Nothing was changed."
    assert len(talk.run(talk.archive.feeds())) == 3

    added = talk.presses("Add them", talk.attaches("list.opml", opml).last)
    assert added.text == "1 feed added"
    assert len(talk.run(talk.archive.feeds())) == 4
    assert "nothing in it that is not here already" in talk.attaches("list.opml", opml).text
    assert undone(talk, added) == "Taken back: /import list.opml"
    assert len(talk.run(talk.archive.feeds())) == 3


def test_stories_and_feeds_of_a_file_are_added_and_taken_out_again_together(talk: Conversation) -> None:
    toml = """
        [[story]]
        name = "bridges"
        title = "Bridges"
        query = "bridge*"
        [[feed]]
        name = "Herald"
        url = "https://herald.example/feed"
        """
    shown = talk.attaches("more.toml", toml)
    assert "• bridges" in shown.text
    added = talk.presses("Add them", shown.last)
    assert added.text == "1 story added; 1 feed added"
    assert "too long ago" in talk.presses("Add them", shown.last).text
    assert "• bridges: Bridges" in talk.says("/list").text

    assert undone(talk, added) == "Taken back: /import more.toml"
    assert talk.choices() == {}
    assert len(talk.run(talk.archive.feeds())) == 3


NO_FILES = {
    "a query that is wrong": ("a.toml", '[[story]]\nname = "a"\ntitle = "A"\nquery = "(b"', "not understood"),
    "no TOML": ("a.toml", "story =", "That is not TOML"),
    "nothing that is a feed": ("a.opml", "<html><p>Hello</p></html>", "There are no feeds in it"),
    "a file that is too large": ("a.opml", "x" * (2**20 + 1), "larger than 1,048,576 bytes"),
}


def test_a_file_is_refused_that_has(talk: Conversation) -> None:
    for sentence, (name, content, answer) in NO_FILES.items():
        assert answer in talk.attaches(name, content).text, sentence
    assert talk.choices() == {}


def test_what_is_exported_can_be_loaded_and_is_the_same(talk: Conversation) -> None:
    talk.says("/keywords dams + levee*")
    talk.says("/keywords new bridges bridge*")
    talk.says("/set posting quiet_hours 23:00-07:00")

    said, file = talk.says("/export").messages
    assert "without secrets" in said.text
    text = talk.telegram.files.get(file.file or "").data.decode()
    assert "TEST-a-token" not in text
    names = {story["name"]: story for story in tomllib.loads(text)["story"]}
    assert names.keys() == {"dams", "bridges"}

    before = talk.settings
    for number in range(3, 0, -1):
        talk.says(f"/undo {number}")
    assert talk.choices() == {}
    (talk.directory / "storywire.toml").write_text(text, encoding="utf-8")
    talk.restart()
    assert (talk.settings.story, talk.settings.posting) == (before.story, before.posting)
    assert talk.settings.posting.quiet_hours == (time(23), time(7))

    _said, opml = talk.says("/export opml").messages
    assert b'text="Ledger"' in talk.telegram.files.get(opml.file or "").data


# --------------------------------------------------------------------------------------------- decisions


def test_why_takes_a_link_a_reply_to_a_forwarded_post_and_a_link_as_the_bot_writes_it(
    talk: Conversation,
) -> None:
    (card,) = talk.hears(BREAKS)

    by_link = talk.says(f"/why {link_of(BREAKS)}?utm_source=x").text
    assert plain(by_link).startswith(f"{BREAKS}\n   {link_of(BREAKS)}\n   from Wire, published")
    assert "dam* in the title" in by_link
    assert "sent 2026-01-15 12:24 UTC, https://t.me/newswatch/1" in plain(by_link)
    assert talk.says("/why", reply_to=talk.forwards(card)).text == by_link
    assert talk.says(f"/why {by_link.splitlines()[1].strip()}").text == by_link
    of_nothing = talk.says("/why https://no.example/x").text
    assert "/test HEADLINE" in plain(of_nothing)


def test_the_past_is_told_in_order_and_since_somebody_last_looked(talk: Conversation) -> None:
    two_reports(talk)

    told = talk.says("/timeline").text
    assert told.index(BREAKS) < told.index(GIVES_WAY)
    assert BREAKS not in talk.says("/timeline dams 5m").text
    assert BREAKS in talk.says("/catchup").text
    talk.polls(after=HOUR)
    talk.hears("Dam in Opava inspected")
    caught_up = talk.says("/catchup dams").text
    assert "Dam in Opava inspected" in caught_up
    assert BREAKS not in caught_up
    assert BREAKS in talk.says("/catchup", by=SECOND).text


def test_a_change_is_tried_on_the_last_week_then_applied_and_taken_back(talk: Conversation) -> None:
    talk.hears("Levees hold along the Odra")
    talk.hears(BREAKS)

    tried = talk.says("/backtest dams + levee*")
    assert tried.text.startswith("dams also looks for: levee*\ndams, 2026-01-08")
    assert "2 cards instead of 1" in tried.text
    assert talk.choices() == {}
    applied = talk.presses("Apply", tried.last)
    assert talk.choices()["story", "dams"] == {"also": ["levee*"]}
    assert undone(talk, applied) == "Taken back: /backtest dams + levee*"
    assert talk.choices() == {}

    talk.presses("Apply", talk.says("/backtest dams fold event").last)
    talk.presses("Apply", talk.says("/backtest dams same 0.5").last)
    assert talk.choices() == {("story", "dams"): {"fold": "event"}, ("section", "judge"): {"same": 0.5}}
    assert talk.presses("Cancel", talk.says("/backtest dams not rain").last).text == "Nothing was changed."


def test_two_posts_are_said_to_be_one_report_and_the_channel_shows_it(talk: Conversation) -> None:
    card, _other = two_reports(talk)

    merged = talk.says(f"/merge {link_of(BREAKS)} {link_of(GIVES_WAY, 'Post')}")
    assert merged.text == f"“{BREAKS}” is now told by: Wire, Post"
    assert in_channel(talk) == [BREAKS, f"Same report as: {BREAKS}"]
    assert "merged by hand" in talk.says(f"/why {link_of(BREAKS)}").text

    assert undone(talk, merged) == f"“{GIVES_WAY}” is now told by: Post"
    assert in_channel(talk)[2:] == [GIVES_WAY]
    assert "Also: Post" not in talk.shown(card).text
    talk.says(f"/merge {link_of(GIVES_WAY, 'Post')}", reply_to=talk.forwards(card))
    talk.polls()
    assert "Also: Post" in talk.shown(card).text
    split = talk.says(f"/split {link_of(GIVES_WAY, 'Post')}")
    assert in_channel(talk)[3:] == [GIVES_WAY]
    undone(talk, split)
    talk.polls()
    assert "Also: Post" in talk.shown(card).text


def test_a_muted_event_is_told_no_more_until_that_is_lifted(talk: Conversation) -> None:
    (card,) = talk.hears(BREAKS)
    forwarded = talk.forwards(card)

    muted = talk.says("/mute", reply_to=forwarded)
    assert muted.text == f"No more of “{BREAKS}” until something new happens."
    assert talk.hears(f"{BREAKS} in the north", "Post") == []
    assert talk.says("/mute", reply_to=forwarded).labels == []
    assert undone(talk, muted) == f"“{BREAKS}” is told again."
    talk.polls()
    assert "Also: Post" in talk.shown(card).text

    talk.says(f"/mute {link_of(BREAKS)}")
    lifted = talk.says(f"/unmute {link_of(BREAKS)} dams")
    undone(talk, lifted)
    assert talk.hears(f"{BREAKS} in the south", "Ledger") == []


# -------------------------------------------------------------------------------- buttons under a card


def test_a_card_has_buttons_that_answer_administrators_in_private(talk: Conversation) -> None:
    card, _other = two_reports(talk)
    assert labels(card) == ["❓", "⋯"]

    why = talk.presses("❓", card)
    assert (why.toast or "").startswith("from Wire, published")
    assert [message.chat for message in why.messages] == [ADMIN]
    more = talk.presses("⋯", card)
    assert (more.last.chat, more.text) == (ADMIN, BREAKS)
    assert more.labels == ["Why", "Not a duplicate", "Merge", "Mute event"]
    assert plain(talk.presses("Why", more.last).text) == plain(why.text)

    talk.presses("Merge", more.last)
    merged = talk.says(link_of(GIVES_WAY, "Post"))
    assert merged.text == f"“{BREAKS}” is now told by: Wire, Post"
    assert in_channel(talk) == [BREAKS, f"Same report as: {BREAKS}"]
    split = talk.presses("Not a duplicate", more.last)
    assert in_channel(talk)[2:] == [GIVES_WAY]
    undone(talk, split)
    talk.polls()
    assert "Also: Post" in talk.shown(card).text

    muted = talk.presses("Mute event", more.last)
    assert talk.hears(f"{BREAKS} in the north", "Ledger") == []
    undone(talk, muted)
    talk.polls()
    assert "Also: Post, Ledger" in talk.shown(card).text
    said = [deed.partition(" → ")[0] for deed in reversed(talk.deeds())]
    assert said[0] == f"{ADMIN}: /merge 4 {link_of(GIVES_WAY, 'Post')}"
    assert [deed.split()[1] for deed in said] == ["/merge", "/split", "/merge", "/mute", "/unmute"]


def test_a_post_answered_with_a_dot_is_merged_with(talk: Conversation) -> None:
    card, other = two_reports(talk)
    more = talk.presses("⋯", card)
    talk.presses("Merge", more.last)

    merged = talk.says(".", reply_to=talk.forwards(other))

    assert merged.text == f"“{BREAKS}” is now told by: Wire, Post"


def test_a_stranger_learns_why_from_a_card_and_nothing_else(talk: Conversation) -> None:
    (card,) = talk.hears(BREAKS)

    why = talk.presses("❓", card, by=STRANGER)
    assert (why.toast or "").startswith("from Wire, published")
    assert why.messages == []
    more = talk.presses("⋯", card, by=STRANGER)
    assert (more.toast, more.messages) == ("That is for administrators.", [])


# ------------------------------------------------------------------------------------------- reviews


def a_doubt(talk: Conversation) -> ShownMessage:
    """Let people be asked about a report; return the question in their group."""
    talk.says("/set judge review_from 0.1")
    talk.says("/set judge same 0.9")
    talk.hears(BREAKS)
    assert talk.hears(LIKE, "Post") == []
    return talk.posts(GROUP)[-1]


def test_a_report_in_doubt_waits_for_the_first_of_two_administrators(talk: Conversation) -> None:
    question = a_doubt(talk)
    assert question.text.startswith("Review 1 of dams: news, or told before?")
    assert labels(question) == ["Post", "Fold", "Drop"]
    listed = talk.says("/review")
    assert listed.labels == ["Post 1", "Fold 1", "Drop 1"]

    folded = talk.presses("Fold", question, by=SECOND)
    assert (folded.text, folded.labels) == ("Review 1: it is folded into the other.", [])
    late = talk.presses("Post 1", listed.last)
    assert late.text == "Somebody answered that before, or its time is over."
    talk.polls()
    assert [message.text.splitlines()[3] for message in talk.posts()] == ["Also: Post"]
    assert talk.says("/review").text == "Nothing waits to be decided."
    assert f"{SECOND}: [rv:1:fold] → Review 1: it is folded into the other." in talk.deeds()


@pytest.mark.parametrize(("label", "cards"), [("Post", [BREAKS, LIKE]), ("Drop", [BREAKS])])
def test_a_report_in_doubt_is_told_or_not_as_people_say(
    talk: Conversation, label: str, cards: list[str]
) -> None:
    question = a_doubt(talk)

    talk.presses(label, question)

    assert in_channel(talk) == cards
    (review,) = talk.run(talk.archive.reviews(closed=True))
    assert review.answer is Ruling(label.lower())


def test_a_report_in_doubt_that_nobody_answers_is_posted(talk: Conversation) -> None:
    question = a_doubt(talk)
    talk.polls(after=3 * HOUR)

    assert in_channel(talk) == [BREAKS, LIKE]
    assert "its time is over" in talk.presses("Drop", question).text


# ------------------------------------------------------------------------------------- the log, undo


def test_changes_are_listed_and_taken_back_in_any_order_that_makes_sense(talk: Conversation) -> None:
    talk.says("/keywords dams + levee*")
    talk.says("/set posting quiet_hours 23:00-07:00", by=SECOND)
    talk.says("/keywords dams + weir")

    assert "number 3 (/keywords dams + weir) changed the same since" in plain(talk.says("/undo 1").text)
    assert plain(talk.says("/undo 2").text) == "Taken back: /set posting quiet_hours 23:00-07:00"
    assert plain(talk.says("/undo").text) == "Taken back: /keywords dams + weir"
    assert plain(talk.says("/undo").text) == "Taken back: /keywords dams + levee*"
    assert "there is no number 99" in talk.says("/undo 99").text
    assert talk.choices() == {}
    audit = plain(talk.says("/audit").text)
    assert f"2 2026-01-15 12:12 UTC {SECOND}: /set posting quiet_hours" in audit.replace("  ", " ")


def test_what_was_done_can_be_taken_back_after_a_restart(talk: Conversation) -> None:
    added = talk.says("/keywords dams + levee*")
    talk.restart()

    assert undone(talk, added) == "Taken back: /keywords dams + levee*"
    assert talk.choices() == {}


def test_troubles_are_told_by_health(talk: Conversation) -> None:
    talk.feeds.fail("/wire.xml", 500)
    talk.polls()

    assert "Wire: failing" in talk.says("/health").text
    assert "Wire: failing" in talk.says("/ping").text


def test_long_answers_are_turned_over(talk: Conversation) -> None:
    for number in range(40):
        talk.says(f"/keywords dams + {'word' * 10}{number}")

    first = talk.says("/keywords dams")
    assert first.labels[-2:] == ["1/2", "▶"]
    second = talk.presses("▶", first.last)
    assert [change.what for change in second.changes] == ["edit"]
    assert second.labels[-2:] == ["◀", "2/2"]
    talk.restart()
    assert "put away" in talk.presses("◀", second.last).text


def test_in_the_group_the_bot_answers_administrators_who_mean_it(talk: Conversation) -> None:
    for said, answers in (
        ("/version", 1),
        ("/version@wire_test_bot", 1),
        ("/version@other_bot", 0),
        ("Hi", 0),
    ):
        assert len(talk.says(said, chat=GROUP).messages) == answers, said
    assert talk.says("/version", chat=GROUP, by=STRANGER).messages == []
    assert talk.says("/version", chat=CHANNEL).messages == []
    added = talk.says("/keywords dams + levee*", chat=GROUP)
    assert added.last.chat == GROUP
    assert talk.presses("Undo", added.last, by=READER).toast is None
    assert talk.choices() != {}
    talk.presses("Undo", added.last, by=SECOND)
    assert talk.choices() == {}


def test_answers_are_in_the_language_of_the_persons_app(talk: Conversation) -> None:
    talk.telegram.chats.languages[ADMIN] = "ru"
    in_russian = talk.says("/help").text
    talk.telegram.chats.languages[ADMIN] = "zh-hans"

    assert len({in_russian, talk.says("/help").text, talk.says("/help", by=SECOND).text}) == 3
