"""A file that was changed is read once it stands still."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.edge.watching import Watched


@pytest.fixture
def path(tmp_path: Path) -> Path:
    made = tmp_path / "my.toml"
    made.write_text("one", encoding="utf-8")
    return made


def looks(watched: Watched, times: int = 3) -> list[bool]:
    return [watched.changed() is not None for _ in range(times)]


def test_a_file_as_it_was_read_has_not_changed(path: Path) -> None:
    assert looks(Watched(path, "one")) == [False] * 3


def test_a_file_that_was_changed_before_the_first_look_has_changed(path: Path) -> None:
    assert looks(Watched(path, "none")) == [False, True, False]


def test_a_change_is_told_once_when_the_file_stands_still(path: Path) -> None:
    watched = Watched(path, "one")
    looks(watched)

    path.write_text("half", encoding="utf-8")
    first = looks(watched, 1)
    path.write_text("half and half", encoding="utf-8")

    assert first + looks(watched) == [False, False, True, False]


def test_a_change_of_equal_length_and_time_in_another_file_is_seen(path: Path) -> None:
    watched = Watched(path, "one")
    looks(watched)
    times = path.stat().st_atime_ns, path.stat().st_mtime_ns

    other = path.with_name("new")
    other.write_text("two", encoding="utf-8")
    os.utime(other, ns=times)
    other.rename(path)

    assert looks(watched) == [False, True, False]


def test_a_file_that_was_only_touched_has_not_changed(path: Path) -> None:
    watched = Watched(path, "one")
    looks(watched)

    path.write_text("one", encoding="utf-8")
    os.utime(path, ns=(1, 1))

    assert looks(watched) == [False] * 3


def test_line_ends_and_a_byte_order_mark_are_no_change(path: Path) -> None:
    path.write_bytes(b"\xef\xbb\xbfone\r\ntwo")

    assert looks(Watched(path, "one\ntwo")) == [False] * 3


def test_a_file_that_is_gone_or_no_text_has_changed_and_so_has_one_that_is_back(path: Path) -> None:
    watched = Watched(path, "one")
    looks(watched)

    path.unlink()
    gone = looks(watched)
    path.write_bytes(b"\xff\xff")
    broken = looks(watched)
    path.write_text("one", encoding="utf-8")

    assert [gone, broken, looks(watched)] == [[False, True, False]] * 3
