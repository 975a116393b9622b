"""What was chosen by command is laid over the file, which wins; what does not fit is left out and said."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any

import pytest

from bot.core.match import Watch
from bot.model import Choice, Fold, Mode
from config import overlay
from config.overlay import overlaid
from config.sections import StoryEntry
from config.settings import Settings, checked, load_settings
from config.stories import stories
from tests.unit.config.chosen import TEXT, a_choice, a_file, in_effect


def story(settings: Settings, name: str = "dams") -> StoryEntry:
    return next(entry for entry in settings.story if entry.name == name)


def test_without_choices_the_settings_are_those_of_the_file(tmp_path: Path) -> None:
    settings = a_file(tmp_path)

    assert overlaid(settings, []) == (settings, ())
    chosen = in_effect(settings, a_choice("section", "poll", backfill=3))
    assert overlaid(chosen, [])[0].poll == settings.poll


def test_a_story_of_the_file_is_extended_and_the_file_wins(tmp_path: Path) -> None:
    chosen = a_choice(
        "story", "dams", also=["drill*", "weir"], without=["film"], fold="copies", max_age="2h", mode="digest"
    )

    made = story(in_effect(a_file(tmp_path), chosen))

    assert made.also == ("weir", "drill*")
    assert made.without == ("football", "film")
    assert made.fold is Fold.EVENT
    assert made.mode is Mode.DIGEST
    assert made.query == story(a_file(tmp_path)).query
    assert made.max_age is not None
    assert made.max_age.total_seconds() == 7_200


def test_a_story_a_channel_and_settings_of_a_section_may_be_made_by_command(tmp_path: Path) -> None:
    made = in_effect(
        a_file(tmp_path),
        a_choice("story", "fires", title="Fires", query="fire*", channels=["news"]),
        a_choice("channel", "news", kind="telegram", chat=-1009),
        a_choice("channel", "desk", digest_at=["08:00"]),
        a_choice("section", "keywords", exclude="advert"),
        a_choice("section", "posting", burst=9, per_hour=2),
    )

    assert story(made, "fires").query == "fire*"
    assert {entry.name: entry.chat for entry in made.channel} == {"desk": -1007, "news": -1009}
    assert made.channel[0].digest_at == (time(8),)
    assert (made.posting.burst, made.posting.per_hour) == (5, 2)
    assert {one.exclude for one in stories(made)} == {"advert"}


def test_the_environment_wins_as_the_file_does(tmp_path: Path) -> None:
    settings = a_file(tmp_path, environ={"STORYWIRE_POLL__BACKFILL": "4"})

    assert in_effect(settings, a_choice("section", "poll", backfill=3)).poll.backfill == 4


UNFIT: dict[str, tuple[Choice, str]] = {
    "the file declares it by now": (
        a_choice("story", "dams", title="Dams", query="dam"),
        ("the file declares a story of that name by now"),
    ),
    "the file declares it no more": (
        a_choice("story", "gone", also=["x"]),
        ("the file declares no story of that name any more"),
    ),
    "its feed is gone": (
        a_choice("story", "fires", title="Fires", query="fire", feeds=["Wires"]),
        ('story.feeds: there is no feed "Wires" (did you mean "Wire"?)'),
    ),
    "its alias is gone": (
        a_choice("story", "dams", also=["@dyke"]),
        ("story dams, also @dyke: there is no alias @dyke here (known: @water)"),
    ),
    "its query is wrong": (
        a_choice("story", "fires", title="Fires", query="fire ("),
        (
            "story fires: the query is not"
            " understood at its end: something is missing (a closing parenthesis or quotation mark?)"
        ),
    ),
    "a value is wrong": (
        a_choice("section", "poll", max_age="often"),
        ('poll.max_age: must be a number with a unit, such as "90s", "10m", "2h" or "1d"'),
    ),
    "what is excluded is wrong": (
        a_choice("section", "keywords", exclude="("),
        (
            "keywords.exclude: the query is"
            " not understood at its end: something is missing (a closing parenthesis or quotation mark?)"
        ),
    ),
    "administrators": (
        a_choice("section", "telegram", admins=[666]),
        "that is not for commands to choose",
    ),
    "private networks": (
        a_choice("section", "poll", allow_networks=["10.0.0.0/8"]),
        "that is not for commands to choose",
    ),
    "of no kind there is": (
        a_choice("feed", "Wire"),
        "there is no kind of choice feed",
    ),
}


@pytest.mark.parametrize(("unfit", "says"), UNFIT.values(), ids=UNFIT)
def test_a_choice_is_left_out_and_the_others_stay(tmp_path: Path, unfit: Choice, says: str) -> None:
    fits = a_choice("story", "rivers", also=["stream"])

    made, left_out = overlaid(a_file(tmp_path), [unfit, fits])

    (left,) = left_out
    assert str(left) == f"{unfit.kind} {unfit.name}, as chosen by command on 2026-01-15, is left out: {says}"
    assert story(made, "rivers").also == ("stream",)
    assert made.written.left_out == left_out
    assert made.written.choices == (unfit, fits)
    for one in stories(made):
        Watch.on(one)


def test_settings_in_effect_say_where_the_file_says_something(tmp_path: Path) -> None:
    written = a_file(tmp_path, environ={"STORYWIRE_POLL__BACKFILL": "4"}).written
    line = TEXT.splitlines().index('fold = "event"') + 1

    assert written.place("story", "dams", "fold") == f"{tmp_path}/my.toml:{line}"
    assert written.place("story", "rivers", "fold") is None
    assert written.place("section", "poll", "backfill") == "STORYWIRE_POLL__BACKFILL"
    assert written.place("section", "poll", "every") is None
    assert written.place("story", "nobody") is None


def test_secrets_stay_out_of_sight(tmp_path: Path) -> None:
    text = TEXT + 'headers = { X-Key = "canary" }\n'
    path = tmp_path / "my.toml"
    path.write_text(text, encoding="utf-8")
    settings = load_settings(path, {"TELEGRAM_BOT_TOKEN": "1:canary"})

    assert "canary" not in repr(settings)
    assert "canary" not in repr(settings.written)


def test_of_many_choices_the_unfit_ones_are_found_without_trying_each(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []

    def counting(values: Any) -> Any:
        tries.append(1)
        return checked(values)

    monkeypatch.setattr(overlay, "checked", counting)
    fit = [a_choice("story", f"own-{n}", title="Own", query=f"word{n}") for n in range(250)]
    unfit = [a_choice("story", name, also=["weir"]) for name in ("gone", "away")]

    made, left_out = overlaid(a_file(tmp_path), [*fit[:100], unfit[0], *fit[100:], unfit[1]])

    assert [it.choice for it in left_out] == unfit
    assert len(made.story) == 2 + len(fit)
    assert len(tries) < 50
