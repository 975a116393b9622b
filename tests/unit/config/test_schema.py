"""The schema takes what the program takes, as far as a schema can say, and refuses what it refuses."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

import config
from config.schema import schema
from config.sections import PollSection

TEXT = Path(config.__file__).with_name("storywire.toml").read_text(encoding="utf-8")
UNCOMMENTED = re.sub(r"^# (?=\[\[|\w+ = )", "", TEXT, flags=re.MULTILINE)
REST = '[[story]]\nname = "dam"\ntitle = "The dam"\nquery = "dam"\n[[feed]]\nname = "W"\nurl = "https://w.example"\n'


def mistakes(text: str) -> list[str]:
    # As editors have it: what stands in the text is read without dates and times of Python's.
    values = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [error.json_path for error in Draft202012Validator(schema()).iter_errors(values)]


def test_it_is_a_schema_of_its_dialect() -> None:
    Draft202012Validator.check_schema(schema())
    assert schema()["$schema"].endswith("2020-12/schema")


@pytest.mark.parametrize("text", [TEXT, UNCOMMENTED], ids=["as it is", "with all that is commented out"])
def test_the_shipped_file_fits(text: str) -> None:
    assert mistakes(text) == []


WRONG = {
    "an unknown setting": ("[poll]\nevry = '5m'", "$.poll"),
    "a length of time without a unit": ("[poll]\nevery = 5", "$.poll.every"),
    "a length of time of an unknown unit": ("[poll]\nevery = '5w'", "$.poll.every"),
    "a size of an unknown unit": ("[poll]\nmax_bytes = '5MB'", "$.poll.max_bytes"),
    "hours without an end": ("[posting]\nquiet_hours = '23:00'", "$.posting.quiet_hours"),
    "no time of day": ("[posting]\ndigest_at = ['25:00']", "$.posting.digest_at"),
    "a chat by a link": ("[telegram]\nchannel = 'https://t.me/dams'", "$.telegram.channel"),
    "an administrator by name": ("[telegram]\nadmins = ['@ada']", "$.telegram.admins[0]"),
    "a token": ("[telegram]\ntoken = '1:x'", "$.telegram"),
    "a value of no choice": ("[posting]\nmode = 'often'", "$.posting.mode"),
}


@pytest.mark.parametrize(("text", "place"), WRONG.values(), ids=WRONG)
def test_a_mistake_is_marked(text: str, place: str) -> None:
    assert mistakes(f"{text}\n{REST}") == [place]


def test_without_a_story_something_is_missing() -> None:
    assert mistakes("") == ["$", "$"]


def settings_of(definition: str) -> dict[str, Any]:
    found: dict[str, Any] = schema()["$defs"][definition]["properties"]
    return found


def test_every_setting_of_a_section_says_its_usual_value_as_the_file_would() -> None:
    poll = settings_of("PollSection")

    assert (poll["every"]["default"], poll["max_bytes"]["default"]) == ("10m", 5_242_880)
    assert poll["every"]["description"] == "The shortest time between two polls of a feed."
    assert poll.keys() == PollSection.model_fields.keys()
    assert settings_of("StoryEntry")["mode"]["description"].startswith("Each event at once on a card")
    assert settings_of("TelegramSection").keys().isdisjoint({"token", "webhook_secret"})


def test_nothing_may_be_null() -> None:
    assert "null" not in re.findall(r'"type": "(\w+)"', json.dumps(schema()))
    assert "null" not in json.dumps(schema())
