"""What commands may change: terms, stories and options, but for what the file or a variable says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bot.core.match import Watch, find
from bot.errors import ConfigError
from bot.model import Change
from config.choosing import (
    dropped,
    excluding,
    new_story,
    no_longer_excluding,
    set_option,
    terms,
    unset_option,
    with_terms,
    without_terms,
)
from config.origin import options, origin
from config.overlay import overlaid
from config.settings import Settings
from config.stories import stories
from tests.builders import an_article
from tests.unit.config.chosen import TEXT, a_choice, a_file, after, in_effect

Work = Callable[[Settings], Change]


FOLD = TEXT.splitlines().index('fold = "event"') + 1


def accepts(settings: Settings, name: str, title: str) -> bool:
    watch = next(Watch.on(story) for story in stories(settings) if story.name == name)
    return find(an_article(title), watch) is not None


def with_fires(directory: Path) -> Settings:
    return in_effect(
        a_file(directory),
        a_choice("story", "fires", title="Fires", query='fire* OR "wild fire"', also=["blaze"]),
        a_choice("story", "dams", also=["drill*"], without=["film"], max_age="2h"),
        a_choice("section", "poll", backfill=3),
    )


def test_a_term_is_added_and_taken_out_again(tmp_path: Path) -> None:
    settings = a_file(tmp_path)

    added = after(settings, with_terms(settings, "rivers", ["stream*", "title:lake"]))
    removed = after(added, without_terms(added, "rivers", ["stream*"]))
    nothing = without_terms(removed, "rivers", ["title:lake"])

    assert [accepts(it, "rivers", "Streams rise") for it in (settings, added, removed)] == [
        False,
        True,
        False,
    ]
    assert nothing == Change(kind="story", name="rivers", value=None)


def test_what_is_not_wanted_is_added_and_taken_out_again(tmp_path: Path) -> None:
    settings = a_file(tmp_path)

    added = after(settings, excluding(settings, "rivers", ["film"]))
    removed = after(added, no_longer_excluding(added, "rivers", ["film"]))

    titles = [accepts(it, "rivers", "A river, the film") for it in (settings, added, removed)]
    assert titles == [True, False, True]


def test_a_term_that_is_wanted_is_no_longer_unwanted(tmp_path: Path) -> None:
    settings = with_fires(tmp_path)

    wanted = with_terms(settings, "dams", ["film"])
    unwanted = excluding(settings, "dams", ["drill*"])

    assert wanted.value == {"also": ["drill*", "film"], "max_age": "2h"}
    assert unwanted.value == {"without": ["film", "drill*"], "max_age": "2h"}


def test_a_story_is_made_changed_and_dropped_by_command(tmp_path: Path) -> None:
    settings = a_file(tmp_path)

    made = after(settings, new_story(settings, "fires", "Fires", "fire*", {"channels": ["desk"]}))
    more = after(made, with_terms(made, "fires", ["blaze"]))
    title = after(more, set_option(more, "story", "fires", "title", "Wild fires"))

    assert accepts(more, "fires", "A blaze")
    assert title.story[-1].title == "Wild fires"
    assert dropped(title, "fires").value is None


def test_a_term_of_a_query_that_was_made_by_command_is_taken_out_of_it(tmp_path: Path) -> None:
    settings = with_fires(tmp_path)

    change = without_terms(settings, "fires", ["fire*"])

    assert change.value == {"title": "Fires", "query": '"wild fire"', "also": ["blaze"]}
    left = after(settings, change)
    with pytest.raises(ConfigError, match='looks for nothing but "wild fire"; to end it, drop the story'):
        without_terms(left, "fires", ['"wild fire"'])


def test_a_story_that_does_not_fit_any_more_can_be_dropped(tmp_path: Path) -> None:
    settings, left_out = overlaid(a_file(tmp_path), [a_choice("story", "dams", title="Dams", query="dam")])
    assert left_out

    assert dropped(settings, "dams").value is None
    assert with_terms(settings, "dams", ["dyke"]).value == {"also": ["dyke"]}


VALUES: dict[str, tuple[str, str, str, str, Any]] = {
    "a word": ("story", "dams", "mode", "digest", "digest"),
    "a word in quotation marks": ("story", "dams", "mode", '"digest"', "digest"),
    "a number": ("story", "dams", "per-hour", "6", 6),
    "yes or no": ("story", "dams", "pictures", "true", True),
    "a length of time": ("story", "dams", "max_age", "2h", "2h"),
    "a list without brackets": ("story", "dams", "prefer", "TASS, Xinhua", ["TASS", "Xinhua"]),
    "a list": ("story", "dams", "prefer", '["TASS"]', ["TASS"]),
    "hours": ("section", "posting", "quiet_hours", "23:00-07:00", "23:00-07:00"),
    "hours of the day": ("channel", "desk", "digest_at", "08:00, 18:00", "08:00, 18:00"),
    "every hour": ("channel", "desk", "digest_at", "hourly", "hourly"),
    "a query": ("section", "keywords", "exclude", '"box office" film', '"box office" film'),
    "a share": ("section", "judge", "same", "0.5", 0.5),
}


@pytest.mark.parametrize(("kind", "name", "key", "text", "value"), VALUES.values(), ids=VALUES)
def test_an_option_is_set_and_unset(
    tmp_path: Path, kind: str, name: str, key: str, text: str, value: Any
) -> None:
    settings = a_file(tmp_path)

    change = set_option(settings, kind, name, key, text)

    assert change == Change(kind=kind, name=name, value={key.replace("-", "_"): value})
    assert unset_option(after(settings, change), kind, name, key).value is None


REFUSED: dict[str, tuple[Work, str]] = {
    "a term that is wrong": (
        lambda s: with_terms(s, "dams", ["drill ("]),
        "story dams, drill (: the query is not understood at its end: something is missing",
    ),
    "a term with a wrong sign": (
        lambda s: with_terms(s, "dams", ["heart:attack"]),
        "story dams, heart:attack: the query is not understood at line 1, column 6: heart>>>:attack",
    ),
    "a term that accepts all but something": (
        lambda s: with_terms(s, "dams", ["-film"]),
        "story dams, also -film: the query only excludes",
    ),
    "an empty term": (
        lambda s: with_terms(s, "dams", [" "]),
        "story dams: there is no word in an empty text",
    ),
    "a term of an alias that is not there": (
        lambda s: with_terms(s, "dams", ["@dyke"]),
        "story dams, also @dyke: there is no alias @dyke here (known: @water)",
    ),
    "a term the file's query has": (
        lambda s: with_terms(s, "dams", ["dam"]),
        "story dams looks for dam already (FILE:8)",
    ),
    "a term the file has": (
        lambda s: with_terms(s, "dams", ["weir"]),
        "story dams looks for weir already (FILE:9)",
    ),
    "a term a command added": (
        lambda s: with_terms(s, "dams", ["drill*"]),
        "story dams looks for drill* already (chosen by command on 2026-01-15)",
    ),
    "a term twice": (
        lambda s: with_terms(s, "dams", ["dyke", "dyke"]),
        "story dams looks for dyke already (twice in this)",
    ),
    "what the file refuses already": (
        lambda s: excluding(s, "dams", ["football"]),
        "story dams is without football already (FILE:10)",
    ),
    "to take out what only the file has": (
        lambda s: without_terms(s, "dams", ["weir"]),
        "weir of story dams is declared in FILE:9; edit it there",
    ),
    "to take out what the file's query has": (
        lambda s: without_terms(s, "dams", ['"dam break"']),
        '"dam break" of story dams is declared in FILE:8; edit it there',
    ),
    "to take out what is not there": (
        lambda s: without_terms(s, "rivers", ["lake"]),
        "story rivers does not look for lake (known: +river -song)",
    ),
    "to no longer refuse what the file refuses": (
        lambda s: no_longer_excluding(s, "dams", ["football"]),
        "football of story dams is declared in FILE:10; edit it there",
    ),
    "a story there is not": (
        lambda s: with_terms(s, "damns", ["x"]),
        "there is no story damns (known: dams, rivers, fires)",
    ),
    "a story of the file's name": (
        lambda s: new_story(s, "dams", "Dams", "dam"),
        "there is a story dams already (FILE:5)",
    ),
    "a story of a name that a command took": (
        lambda s: new_story(s, "fires", "Fires", "fire"),
        "there is a story fires already (chosen by command on 2026-01-15)",
    ),
    "a name that is none": (
        lambda s: new_story(s, "My Fires", "Fires", "fire"),
        'story.name: must be small letters a-z, digits and single hyphens, such as "my-story"',
    ),
    "a story without words": (lambda s: new_story(s, "more", "More", " "), "story.query: must not be empty"),
    "a story with a wrong query": (
        lambda s: new_story(s, "more", "More", "a )"),
        "story more: the query is not understood at line 1, column 3: a >>>)",
    ),
    "a story for a channel there is not": (
        lambda s: new_story(s, "more", "More", "a", {"channels": ["news"]}),
        'story.channels: there is no channel "news"',
    ),
    "to drop what the file declares": (
        lambda s: dropped(s, "dams"),
        "story dams is declared in FILE:5; take it out there",
    ),
    "to drop what is not there": (
        lambda s: dropped(s, "x"),
        "there is no story x (known: dams, rivers, fires)",
    ),
    "an option the file sets": (
        lambda s: set_option(s, "story", "dams", "fold", "copies"),
        "story dams: fold is declared in FILE:11; edit it there",
    ),
    "an option a variable sets": (
        lambda s: set_option(s, "section", "poll", "max_age", "1h"),
        "[poll]: max_age is declared in STORYWIRE_POLL__MAX_AGE; edit it there",
    ),
    "a value that is wrong": (
        lambda s: set_option(s, "story", "rivers", "fold", "both"),
        "story.fold: must be 'copies' or 'event'",
    ),
    "a number that is too large": (
        lambda s: set_option(s, "section", "poll", "backfill", "11"),
        "poll.backfill: must be less than or equal to 10",
    ),
    "a wrong query of what no story wants": (
        lambda s: set_option(s, "section", "keywords", "exclude", "a ("),
        "keywords.exclude: the query is not understood at its end",
    ),
    "a value of brackets without end": (
        lambda s: set_option(s, "section", "judge", "same", "[" * 4_000),
        "judge.same: must be a valid number",
    ),
    "a number beyond all measure": (
        lambda s: set_option(s, "section", "poll", "backfill", "9" * 5_000),
        "poll.backfill: ",
    ),
    "where a channel leads": (
        lambda s: set_option(s, "channel", "desk", "chat", "-1"),
        "channel desk: commands cannot set chat (what they can: mode, ",
    ),
    "a channel there is not": (
        lambda s: set_option(s, "channel", "telegram", "mode", "digest"),
        "there is no [[channel]] telegram (known: desk)",
    ),
    "administrators": (
        lambda s: set_option(s, "section", "telegram", "admins", "[666]"),
        "there is no section telegram for commands (those: posting, keywords, poll, judge, subscriptions)",
    ),
    "private networks": (
        lambda s: set_option(s, "section", "poll", "allow_networks", "10.0.0.0/8"),
        "[poll]: commands cannot set allow_networks (what they can: every, ",
    ),
    "to unset what no command set": (
        lambda s: unset_option(s, "story", "dams", "mode"),
        "story dams: mode was set by no command",
    ),
}


@pytest.mark.parametrize(("work", "says"), REFUSED.values(), ids=REFUSED)
def test_a_change_is_refused_in_one_line(tmp_path: Path, work: Work, says: str) -> None:
    base = a_file(tmp_path, environ={"STORYWIRE_POLL__MAX_AGE": "3h"})
    settings = in_effect(base, *with_fires(tmp_path).written.choices)

    with pytest.raises(ConfigError) as refused:
        work(settings)

    told = str(refused.value).replace(f"{tmp_path}/my.toml", "FILE")
    assert told.startswith(says)
    assert "\n" not in told


def test_a_change_that_another_choice_rests_on_is_refused(tmp_path: Path) -> None:
    settings = in_effect(
        a_file(tmp_path),
        a_choice("section", "judge", same=0.6),
        a_choice("section", "poll", backfill=2),
    )
    low = after(settings, set_option(settings, "section", "judge", "review_from", "0.5"))

    with pytest.raises(ConfigError, match="needs a review_from below same"):
        unset_option(low, "section", "judge", "same")


def test_of_every_term_it_is_said_where_it_comes_from(tmp_path: Path) -> None:
    settings = with_fires(tmp_path)
    file, command = f"{tmp_path}/my.toml", "chosen by command on 2026-01-15"

    assert terms(settings, "dams") == [
        ("dam", "also", f"{file}:8"),
        ('"dam break"', "also", f"{file}:8"),
        ("@water", "also", f"{file}:8"),
        ("weir", "also", f"{file}:9"),
        ("drill*", "also", command),
        ("football", "without", f"{file}:10"),
        ("film", "without", command),
    ]
    assert terms(settings, "fires")[0] == ("fire*", "also", command)


def test_of_every_option_it_is_said_what_it_is_and_where_it_comes_from(tmp_path: Path) -> None:
    settings = with_fires(tmp_path)
    shown = {key: (value, place) for key, value, place in options(settings, "story", "dams")}

    assert shown["fold"] == ("event", f"{tmp_path}/my.toml:{FOLD}")
    assert shown["max_age"] == ("2h", "chosen by command on 2026-01-15")
    assert shown["mode"] == ("", "the usual")
    assert shown["channels"][0] == "desk, console"
    assert shown.keys().isdisjoint({"name", "also", "without", "aliases"})
    poll = {key: (value, place) for key, value, place in options(settings, "section", "poll")}
    assert poll["every"] == ("10m", "the usual")
    assert poll["backfill"] == ("3", "chosen by command on 2026-01-15")
    assert origin(settings, "section", "posting", "burst").endswith("my.toml:3")
