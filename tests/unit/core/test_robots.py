from __future__ import annotations

import time
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.robots import LONGEST_DELAY, MAX_SIZE, allows, crawl_delay, for_agent

AGENT = "Storywire/1.0 (+https://operator.example/)"

FILES = {
    "no file": ("", "/feed", True),
    "nothing forbidden": ("User-agent: *\nDisallow:", "/feed", True),
    "all forbidden": ("User-agent: *\nDisallow: /", "/feed", False),
    "the file itself is never forbidden": ("User-agent: *\nDisallow: /", "/robots.txt", True),
    "a beginning": ("User-agent: *\nDisallow: /fe", "/feed", False),
    "another beginning": ("User-agent: *\nDisallow: /Feed", "/feed", True),
    "the longest rule decides": ("User-agent: *\nAllow: /\nDisallow: /feed\nAllow: /feeds", "/feed", False),
    "also if it comes first": ("User-agent: *\nAllow: /feed/rss\nDisallow: /feed", "/feed/rss", True),
    "of two as long the kinder": ("User-agent: *\nDisallow: /feed\nAllow: /feed", "/feed", True),
    "our group and not everybody's": (
        "User-agent: *\nDisallow: /\n\nUser-agent: storyWIRE\nAllow: /",
        "/x",
        True,
    ),
    "everybody's if none is ours": ("User-agent: other\nAllow: /\n\nUser-agent: *\nDisallow: /", "/x", False),
    "a group of ours without rules": ("User-agent: *\nDisallow: /\n\nUser-agent: storywire", "/x", True),
    "two groups of ours are one": (
        "User-agent: storywire\nAllow: /a\nUser-agent: x\nAllow: /\nUser-agent: storywire\nDisallow: /b",
        "/b",
        False,
    ),
    "several names, one group": ("User-agent: x\nUser-agent: storywire\nDisallow: /", "/x", False),
    "other fields do not part the names": (
        "User-agent: storywire\nCrawl-delay: 5\nSitemap: /s\nUser-agent: x\nDisallow: /",
        "/x",
        False,
    ),
    "a name with a version": ("User-agent: Storywire/0.9\nDisallow: /", "/x", False),
    "a longer name is another's": ("User-agent: storywirebot\nDisallow: /", "/x", True),
    "a rule before any name": ("Disallow: /\nUser-agent: *\nAllow: /", "/x", True),
    "anything between": ("User-agent: *\nDisallow: /*/feed", "/a/b/feed/x", False),
    "anything must be between": ("User-agent: *\nDisallow: /*/feed", "/feed", True),
    "anything more than once": ("User-agent: *\nDisallow: /a*b*c", "/a1b2c3", False),
    "in this order": ("User-agent: *\nDisallow: /a*c*b", "/a1b2c3", True),
    "the end": ("User-agent: *\nDisallow: /*.xml$", "/a/b.xml", False),
    "not the end": ("User-agent: *\nDisallow: /*.xml$", "/a/b.xml?x", True),
    "the end without a star": ("User-agent: *\nDisallow: /feed$", "/feed/x", True),
    "the end does not overlap": ("User-agent: *\nDisallow: /ab*ba$", "/aba", True),
    "a dollar sign inside": ("User-agent: *\nDisallow: /a$b", "/a$b", False),
    "an escaped star is a star": ("User-agent: *\nDisallow: /%2a", "/*x", False),
    "an escaped star is no wildcard": ("User-agent: *\nDisallow: /%2a", "/x", True),
    "a query": ("User-agent: *\nDisallow: /*?feed=", "/?feed=rss2", False),
    "escapes of one kind": ("User-agent: *\nDisallow: /caf%c3%a9", "/café", False),
    "and of the other": ("User-agent: *\nDisallow: /café/%7Eme", "/caf%C3%A9/~me", False),
    "an escaped slash is none": ("User-agent: *\nDisallow: /a/b", "/a%2Fb", True),
    "comments": ("# hi\nUser-agent: * # all\nDisallow: /feed # no", "/feed", False),
    "a byte order mark": ("\ufeffUser-agent: *\nDisallow: /", "/x", False),
    "line ends of all kinds": ("User-agent: *\r\rDisallow: /a\r\nDisallow: /b\n", "/b", False),
    "blanks": ("  user-agent :  *  \n\tDISALLOW\t:\t/x\t", "/x", False),
    "no colon": ("User-agent *\nDisallow /x", "/x", False),
    "misspelt": ("useragent: *\nDissallow: /x", "/x", False),
    "a page of HTML": ("<!doctype html><title>Not found</title>", "/x", True),
    "no slash": ("User-agent: *\nDisallow: /", "x", False),
}


@pytest.mark.parametrize(("robots_txt", "path", "allowed"), FILES.values(), ids=FILES)
def test_what_is_allowed(robots_txt: str, path: str, allowed: bool) -> None:  # noqa: FBT001
    assert allows(robots_txt, AGENT, path) == allowed


DELAYS = {
    "none": ("User-agent: *\nDisallow: /", None),
    "seconds": ("User-agent: *\nCrawl-delay: 10", timedelta(seconds=10)),
    "half of one": ("User-agent: *\nCrawl-delay: 0.5", timedelta(seconds=0.5)),
    "ours": ("User-agent: *\nCrawl-delay: 10\nUser-agent: storywire\nCrawl-delay: 2", timedelta(seconds=2)),
    "somebody else's": ("User-agent: x\nCrawl-delay: 10\nDisallow:\nUser-agent: *\nDisallow:", None),
    "too long": ("User-agent: *\nCrawl-delay: 99999999999999999999999999", LONGEST_DELAY),
    "endless": ("User-agent: *\nCrawl-delay: inf", LONGEST_DELAY),
    "no number": ("User-agent: *\nCrawl-delay: nan\nCrawl-delay: soon\nCrawl-delay: -3", None),
}


@pytest.mark.parametrize(("robots_txt", "delay"), DELAYS.values(), ids=DELAYS)
def test_how_long_to_wait(robots_txt: str, delay: timedelta | None) -> None:
    assert crawl_delay(robots_txt, AGENT) == delay


def test_what_lies_behind_the_limit_is_not_read() -> None:
    filler = "# x\n" * (MAX_SIZE // 4 - 10)

    assert not allows(f"User-agent: *\nDisallow: /feed\n{filler}", AGENT, "/feed")
    assert allows(f"User-agent: *\n{filler}{'# y' * 20}\nDisallow: /feed", AGENT, "/feed")


def test_a_rule_cut_off_by_the_limit_is_no_rule() -> None:
    start = "User-agent: *\n"
    filler = "#" * (MAX_SIZE - len(start) - len("\nDisallow: /f"))

    assert allows(f"{start}{filler}\nDisallow: /forum", AGENT, "/feed")


def flood(piece: str, start: str = "User-agent: *\n") -> str:
    return start + piece * (MAX_SIZE // len(piece))


FLOODS = {
    "rules": flood("Disallow: /*a*b$\n"),
    "names, then rules": "".join(f"User-agent: a{n}\n" for n in range(10_000)) + flood("Disallow: /a\n", ""),
    "one long name": flood("a*", "User-agent: "),
    "one long rule of stars": flood("*a", "User-agent: *\nDisallow: /"),
    "rules of stars": flood("Disallow: /" + "*a" * 100 + "b$\n"),
    "one long rule of escapes": flood("%e9", "User-agent: *\nDisallow: /"),
    "line ends": flood("\n"),
    "blanks": flood(" "),
    "a number": flood("9", "User-agent: *\nCrawl-delay: "),
}


@pytest.mark.parametrize("robots_txt", FLOODS.values(), ids=FLOODS)
def test_a_flood_is_read_in_time(robots_txt: str) -> None:
    started = time.process_time()
    allows(robots_txt, AGENT, "/" + "a/" * 5_000)
    crawl_delay(robots_txt, AGENT)

    assert time.process_time() - started < 3


@given(st.text(), st.text(), st.text())
def test_any_file_is_read(robots_txt: str, agent: str, path: str) -> None:
    text = f"User-agent: *\nDisallow: {robots_txt}"
    allows(text, agent, path)
    crawl_delay(f"User-agent: *\nCrawl-delay: {robots_txt}", agent)

    assert allows(text, agent, "/robots.txt")


plain = st.text("abc/", max_size=8)


@given(st.lists(plain, min_size=1, max_size=4), plain)
def test_a_star_stands_for_anything(parts: list[str], between: str) -> None:
    rule = "/" + "*".join(parts)

    assert not allows(f"User-agent: *\nDisallow: {rule}$", AGENT, "/" + between.join(parts))


KEPT = """User-agent: other\nDisallow: /\n\nUser-agent: storywire\nAllow: /news/*.html$\nDisallow: /news
Crawl-delay: 3\n\nUser-agent: *\nDisallow: /private"""


def test_what_concerns_an_agent_says_the_same_as_the_whole() -> None:
    for agent in ("Storywire", "Other/2", "Nobody"):
        kept = for_agent(KEPT, agent)
        assert [allows(kept, agent, path) for path in ("/", "/news", "/news/a.html", "/private/x")] == [
            allows(KEPT, agent, path) for path in ("/", "/news", "/news/a.html", "/private/x")
        ]
        assert crawl_delay(kept, agent) == crawl_delay(KEPT, agent)
