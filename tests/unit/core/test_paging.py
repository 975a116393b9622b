"""Long answers in several messages."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bot.core.draft import LONGEST_MESSAGE, units
from bot.core.paging import pages
from bot.core.sheet import Line
from bot.model import Style

lines = st.builds(
    Line,
    text=st.text(max_size=400) | st.text(min_size=4_000, max_size=5_000),
    depth=st.integers(0, 4),
    bold=st.booleans(),
    bullet=st.booleans(),
    link=st.none() | st.just("https://wire.example/dam"),
    own=st.booleans(),
)


@given(st.lists(lines, max_size=60))
def test_every_page_fits_into_a_message(given_lines: list[Line]) -> None:
    for page in pages(given_lines):
        assert units(page.text) <= LONGEST_MESSAGE
        assert len(page.spans) <= 100


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=600))
def test_no_line_is_lost_and_all_stay_in_their_order(numbers: list[int]) -> None:
    made = pages([Line(text=f"line {number} of an answer") for number in numbers])

    shown = [line for page in made for line in page.text.split("\n")]
    assert shown == [f"line {number} of an answer" for number in numbers]


def test_an_answer_without_a_line_is_one_empty_page() -> None:
    assert [page.text for page in pages([])] == [""]


def test_depth_bullets_bold_and_links_are_shown() -> None:
    (page,) = pages(
        [Line(text="Dams", bold=True), Line(text="Wire", depth=1, bullet=True, link="https://a.example/")]
    )

    assert page.text == "Dams\n   • Wire"
    assert [(span.style, span.offset, span.length) for span in page.spans] == [
        (Style.BOLD, 0, 4),
        (Style.LINK, 10, 4),
    ]


def test_what_a_feed_says_names_no_command_but_what_the_program_says_does() -> None:
    (page,) = pages([Line(text="/pause"), Line(text="/help", own=True)])

    assert page.text == "/\u2060pause\n/help"
