"""Telling addresses from the names of stories and feeds."""

from __future__ import annotations

import pytest

from bot.commands.feeds import is_address


@pytest.mark.parametrize(
    ("text", "is_one"),
    [
        ("https://news.example/feed.xml", True),
        ("news.example/feed", True),
        ("www.news.example", True),
        ("WWW.news.example", True),
        ("dams", False),
        ("u.s.", False),
        ("a/b", False),
        ("", False),
    ],
)
def test_an_address_has_a_scheme_a_path_or_begins_with_www(text: str, is_one: bool) -> None:  # noqa: FBT001  a table
    assert is_address(text) is is_one
