from __future__ import annotations

import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from bot.demo.coverage import OUTLETS, Expect, Recorded, load

COVERAGE = load()
FIRST = {item.id: item for item in reversed(COVERAGE)}
STARTS = datetime(2023, 4, 14, 6, tzinfo=UTC)
ENDS = datetime(2023, 4, 20, tzinfo=UTC)

PROMISED = {
    Expect.OFF: 12,
    Expect.NEW: 17,
    Expect.COPY: 14,
    Expect.REWRITE: 3,
    Expect.RELATED: 10,
    Expect.SAME: 4,
    Expect.UPDATE: 4,
}

# A coarse stand-in for the story's query: the minister's name, or the ministry, or both countries' forces.
NAME = re.compile(r"Li Shangfu|Ли Шанфу|李尚福|(Chinese|China's)( new)? defence (minister|chief)")
PAIR = (
    re.compile(r"\bChin(a|ese)\b|Кита|КНР|中国"),
    re.compile(r"\bRussian?\b|Moscow|Росси|Москв|俄罗斯|莫斯科"),
    re.compile(r"defence|military|armed forces|joint|exercise|оборон|воен|учени|国防|军", re.IGNORECASE),
)


def of_kind(*kinds: Expect) -> list[Recorded]:
    return [item for item in COVERAGE if item.expect in kinds]


def earlier(item: Recorded) -> Recorded:
    assert item.of is not None
    return FIRST[item.of]


def plain(html: str) -> str:
    return re.sub(r"<[^>]+>", " ", html)


def words(html: str) -> list[str]:
    """Words, or single characters where a script writes no spaces."""
    return re.findall(r"[\u4e00-\u9fff]|[^\W\u4e00-\u9fff]+", plain(html).casefold())


def shingles(html: str) -> set[tuple[str, ...]]:
    found = words(html)
    return {tuple(found[start : start + 4]) for start in range(len(found) - 3)}


def containment(one: str, two: str) -> float:
    left, right = shingles(one), shingles(two)
    smaller = min(len(left), len(right))
    return len(left & right) / smaller if smaller else 0.0


def shared(one: Recorded, two: Recorded) -> float:
    return max(containment(one.body, two.body), containment(one.summary, two.summary))


def on_the_story(item: Recorded) -> bool:
    text = f"{item.title} {plain(item.summary)}"
    return bool(NAME.search(text)) or all(part.search(text) for part in PAIR)


def test_the_mixture_is_as_promised() -> None:
    assert Counter(item.expect for item in COVERAGE) == PROMISED


def test_every_outlet_has_something_before_the_demo_starts() -> None:
    assert {item.outlet for item in COVERAGE if item.published < STARTS} == set(OUTLETS)


def test_part_of_the_story_is_backlog_when_the_demo_starts() -> None:
    backlog = [item for item in COVERAGE if item.published < STARTS and item.expect is not Expect.OFF]

    assert len(backlog) >= 5


def test_times_are_whole_minutes_in_order_and_within_range() -> None:
    times = [item.published for item in COVERAGE]

    assert times == sorted(times)
    assert datetime(2023, 4, 12, tzinfo=UTC) <= times[0]
    assert times[-1] < ENDS
    assert all(time.utcoffset() == UTC.utcoffset(None) and time.second == 0 for time in times)


def test_ids_are_unique_but_for_replaced_versions() -> None:
    counts = Counter(item.id for item in COVERAGE if not item.replaces)

    assert set(counts.values()) == {1}


@pytest.mark.parametrize("item", [i for i in COVERAGE if i.replaces], ids=lambda item: item.title)
def test_a_replacing_version_keeps_its_address_and_changes_its_title(item: Recorded) -> None:
    first = FIRST[item.id]

    assert (item.url, item.outlet, item.of) == (first.url, first.outlet, item.id)
    assert item.title != first.title
    assert item.published > first.published


def test_addresses_lead_nowhere_and_are_the_outlet_s_own_unless_they_repeat_another_page() -> None:
    for item in COVERAGE:
        home = earlier(item).outlet.home if item.expect is Expect.SAME else item.outlet.home
        assert item.url.startswith(home)
        assert home.endswith(".example/")


def test_a_link_to_another_outlet_s_page_differs_by_tracking_parameters_only() -> None:
    links = [item for item in of_kind(Expect.SAME) if not item.replaces]

    assert len(links) == 2
    for item in links:
        page, _, query = item.url.partition("?")
        assert page == earlier(item).url
        assert query.startswith("utm_source=")


@pytest.mark.parametrize("item", [i for i in COVERAGE if i.of], ids=lambda item: item.id)
def test_what_an_item_belongs_to_came_before_it_a_repeat_in_the_same_language(item: Recorded) -> None:
    if item.expect is Expect.RELATED:  # in any language, and a backlog is read feed by feed
        return
    assert COVERAGE.index(earlier(item)) < COVERAGE.index(item)
    assert earlier(item).published <= item.published
    assert earlier(item).outlet.language == item.outlet.language


@pytest.mark.parametrize("item", of_kind(Expect.OFF, Expect.NEW), ids=lambda item: item.id)
def test_what_is_off_the_story_or_new_belongs_to_nothing(item: Recorded) -> None:
    assert item.of is None


@pytest.mark.parametrize("item", COVERAGE, ids=lambda item: item.title)
def test_titles_and_summaries_say_whether_an_item_is_on_the_story(item: Recorded) -> None:
    assert on_the_story(item) is (item.expect is not Expect.OFF)


@pytest.mark.parametrize("item", of_kind(Expect.COPY), ids=lambda item: item.id)
def test_a_copy_has_the_text_of_what_it_copies(item: Recorded) -> None:
    assert containment(item.body, earlier(item).body) >= 0.6
    assert item.outlet != earlier(item).outlet


def test_copies_come_with_other_titles_cuts_and_frames() -> None:
    copies = of_kind(Expect.COPY)

    assert sum(item.title != earlier(item).title for item in copies) >= 4
    assert sum(len(words(item.body)) < len(words(earlier(item).body)) for item in copies) >= 2
    assert sum("share" in item.body for item in copies) >= 2
    assert sum("figcaption" in item.body for item in copies) >= 2
    assert sum(item.published == earlier(item).published for item in copies) >= 10


@pytest.mark.parametrize("item", of_kind(Expect.REWRITE), ids=lambda item: item.id)
def test_a_rewrite_says_the_same_with_the_same_key_words_but_is_no_copy(item: Recorded) -> None:
    mine, theirs = (
        {word for word in words(f"{text.title} {text.summary}") if len(word) > 3 or not word.isascii()}
        for text in (item, earlier(item))
    )

    assert len(mine & theirs) / min(len(mine), len(theirs)) >= 0.6
    assert shared(item, earlier(item)) < 0.6


@pytest.mark.parametrize("item", of_kind(Expect.UPDATE), ids=lambda item: item.id)
def test_an_update_is_told_in_new_words(item: Recorded) -> None:
    assert shared(item, earlier(item)) < 0.4
    assert item.title != earlier(item).title


@pytest.mark.parametrize("item", of_kind(Expect.NEW), ids=lambda item: item.id)
def test_what_is_new_has_the_text_of_nothing_before_it(item: Recorded) -> None:
    before = COVERAGE[: COVERAGE.index(item)]

    assert max((shared(item, other) for other in before), default=0.0) < 0.4
