from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import compose
from bot.core.draft import LONGEST_MESSAGE
from bot.core.normalise import LONGEST_SUMMARY, LONGEST_TITLE
from bot.model import (
    Article,
    ArticleId,
    Event,
    EventId,
    Member,
    Message,
    Policy,
    Posting,
    PostKind,
    Span,
    Story,
    Style,
)
from tests.builders import NOW, a_story, an_event
from tests.unit.core.samples import member, report, telegram_finds

STORY = a_story("li-shangfu", policy=Policy(time_zone="Europe/Moscow"))
DAM = report("Dam breaks near Ostrava", "One", summary="The wall gave way at night. Nobody is missing.")


def card(event: Event, story: Story = STORY, posting: Posting | None = None) -> Message:
    own = replace(event, story=story.name)
    return compose.card([own], {story.name: story}, posting or Posting())


def update(article: Article, before: Article | None = None) -> Message:
    return compose.update(article, before, STORY, Posting())


def pointer(event: Event) -> Message:
    return compose.pointer(event, STORY)


def event(*members: Member) -> Event:
    """Give an event of members, which get a number each where the test does not care."""
    numbers = {member.id for member in members}
    if len(numbers) < len(members):
        members = tuple(replace(m, id=ArticleId(n)) for n, m in enumerate(members, start=1))
    return an_event(members=members)


def styled(message: Message, style: Style) -> list[str]:
    return [_cut(message.text, span) for span in message.spans if span.style is style]


def linked(message: Message) -> dict[str, str | None]:
    return {_cut(message.text, span): span.url for span in message.spans if span.style is Style.LINK}


def _cut(text: str, span: Span) -> str:
    """Return what a span covers; fails where it begins or ends inside a character."""
    units = text.encode("utf-16-le", errors="surrogatepass")
    return units[2 * span.offset : 2 * (span.offset + span.length)].decode(
        "utf-16-le", errors="surrogatepass"
    )


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


# ----------------------------------------------------------------------------------------------- whole


def test_a_card_tells_the_report_its_outlet_and_time_its_summary_and_the_story() -> None:
    message = card(event(member(DAM)), STORY)

    assert message.text == (
        "Dam breaks near Ostrava\n"
        "One · 15 Jan 2026, 15:00\n"
        "The wall gave way at night. Nobody is missing.\n"
        "\n"
        "#li_shangfu"
    )
    assert styled(message, Style.BOLD) == ["Dam breaks near Ostrava"]
    assert linked(message) == {"Dam breaks near Ostrava": DAM.link}
    assert not message.silent


def test_an_update_says_that_it_is_one() -> None:
    message = update(report("Dam holds after all", "Two"))

    assert message.text == "Update: Dam holds after all\nTwo · 15 Jan 2026, 15:00\n\n#li_shangfu"
    assert styled(message, Style.BOLD) == ["Update: ", "Dam holds after all"]


def test_without_a_zone_times_are_told_in_utc() -> None:
    assert "· 15 Jan 2026, 12:00 UTC" in card(event(member(DAM)), a_story()).text


SUMMARIES = {
    "none: the beginning of the body": (
        {"summary": "", "body": "Water everywhere."},
        "\nWater everywhere.\n",
    ),
    "one that repeats the title is left out": ({"summary": DAM.title}, "15:00\n\n#"),
    "no text at all": ({"summary": ""}, "15:00\n\n#"),
    "cut at its last whole sentence": (
        {"summary": "The wall gave way. " * 40},
        "\n" + ("The wall gave way. " * 14).strip() + "\n",
    ),
    "cut after a closing quotation mark": (
        {"summary": "“The wall gave way.” " * 40},
        "\n" + ("“The wall gave way.” " * 13).strip() + "\n",
    ),
    "cut at a Chinese sentence": (
        {"summary": "大坝在夜里决堤了。" * 60},
        "\n" + "大坝在夜里决堤了。" * 31 + "\n",
    ),
    "a decimal point ends no sentence": (
        {"summary": "rose 7.5 " * 60},
        "\n" + ("rose 7.5 " * 31).strip() + "…\n",
    ),
    "one long sentence: cut at a word": ({"summary": "water " * 90}, "\n" + ("water " * 46).strip() + "…\n"),
    "one long word: cut anyway": ({"summary": "x" * 400}, "\n" + "x" * 280 + "…\n"),
    "a first sentence that is too short does not do": (
        {"summary": "No. " + "water " * 90},
        "\nNo. " + ("water " * 46).strip() + "…\n",
    ),
}


@pytest.mark.parametrize(("fields", "expected"), SUMMARIES.values(), ids=SUMMARIES)
def test_the_summary_is(fields: dict[str, str], expected: str) -> None:
    text = card(event(member(report(DAM.title, "One", **fields))), STORY).text

    assert expected in text


# ------------------------------------------------------------------------------------ headline changes


def _version(title: str, hours: int) -> Article:
    seen = NOW + timedelta(hours=hours)
    return report(title, "One", key="7", address="one.example/7", link="https://one.example/7", seen_at=seen)


def test_a_changed_headline_is_told_with_what_it_was() -> None:
    versions = (_version("Dam breaks", 0), _version("Dam is broken", 1), _version("Dam broke", 3))
    message = card(event(member(versions[0]), *(member(v, "same") for v in versions[1:])), STORY)

    assert message.text.startswith(
        "Dam broke\nOne · 15 Jan 2026, 15:00\n\nwas: Dam breaks → 16:00\nwas: Dam is broken → now, 18:00\n"
    )
    assert styled(message, Style.STRIKE) == ["Dam breaks", "Dam is broken"]
    assert styled(message, Style.ITALIC) == ["\nwas: ", "\nwas: "]


def test_a_summary_that_changes_at_every_poll_changes_nothing() -> None:
    first = _version("Dam breaks", 0)
    second = replace(_version("Dam breaks", 1), summary="Now with 17 comments.")

    assert card(event(member(first), member(second, "same")), STORY) == card(event(member(first)), STORY)


def test_a_version_without_a_link_keeps_the_first_one() -> None:
    first = _version("Dam breaks", 0)
    second = report("Dam broke", "One", key="7", link="")

    assert linked(card(event(member(first), member(second, "same")), STORY)) == {"Dam broke": first.link}


def test_of_a_headline_that_changes_every_hour_the_message_still_fits() -> None:
    versions = [_version(f"{hour} o'clock: " + "the dam near Ostrava " * 13, hour) for hour in range(30)]
    members = [member(v, "same" if v is not versions[0] else "new", number=i) for i, v in enumerate(versions)]

    message = card(event(*members), STORY)

    assert _units(message.text) <= LONGEST_MESSAGE
    assert message.text.startswith("29 o'clock")
    assert message.text.endswith("\n#li_shangfu")


# ---------------------------------------------------------------------------------------- other outlets


def test_others_are_named_once_each_with_their_links() -> None:
    two, again, three = report("A", "Two"), report("B", "Two"), report("C", "Three")
    members = (member(DAM), member(two, "copy"), member(again, "rewrite"), member(three, "rewrite"))
    message = card(event(*members), STORY)

    assert "\nAlso: Two, Three\n3 independent reports\n#" in message.text
    assert linked(message) == {DAM.title: DAM.link, "Two": again.link, "Three": three.link}


MORE = {
    "a related article: apart from the copies": (
        [("Two", "copy", 1), ("Three", "related", 1)],
        "\nAlso: Two\nMore: Three\n",
    ),
    "a copy of a related article: with it": (
        [("Two", "related", 1), ("Three", "copy", 2)],
        "\nMore: Two, Three\n",
    ),
    "one related to a copy": ([("Two", "copy", 1), ("Three", "related", 2)], "\nAlso: Two\nMore: Three\n"),
    "an outlet that copied and told more: on both lines": (
        [("Two", "copy", 1), ("Two", "related", 1)],
        "\nAlso: Two\nMore: Two\n",
    ),
    "more from the outlet of the report itself": ([("One", "related", 1)], "\nMore: One\n"),
    "an outlet with two related articles: once": (
        [("Two", "related", 1), ("Three", "related", 1), ("Two", "related", 1)],
        "\nMore: Two, Three\n",
    ),
    "a copy of something the event lost: among the copies": ([("Two", "copy", 99)], "\nAlso: Two\n"),
}


@pytest.mark.parametrize(("others", "expected"), MORE.values(), ids=MORE)
def test_who_tells_more_of_the_event_is_named(others: list[tuple[str, str, int]], expected: str) -> None:
    members = [
        member(report(f"Report {number}", outlet), role, number=number, of=of)
        for number, (outlet, role, of) in enumerate(others, start=2)
    ]
    message = card(event(member(DAM), *members), STORY)

    assert expected in message.text
    assert linked(message)[others[-1][0]] == members[-1].article.link


def test_a_quiet_report_is_more_beside_a_related_one_that_leads() -> None:
    quiet, loud = report("Dam breaks", "Two"), report("Firemen tell of the night", "Three")
    members = (member(quiet, quiet=True), member(loud, "related", number=2, of=1))

    assert "\nMore: Two\n" in card(event(*members), STORY).text


def test_of_an_event_on_its_own_the_related_article_leads() -> None:
    related, copied = report("Firemen tell of the night", "Two"), report("The firemen's night", "Three")
    members = (member(related, "related", number=2, of=1), member(copied, "copy", number=3, of=2))

    assert "\nAlso: Three\n" in card(event(*members), STORY).text


def test_of_many_outlets_that_tell_more_the_rest_is_counted() -> None:
    others = [member(report("X", f"Outlet{n}"), "related", number=n, of=1) for n in range(2, 13)]

    assert card(event(member(DAM), *others), STORY).text.endswith(
        "Outlet8, Outlet9 (+3)\n12 independent reports\n#li_shangfu"
    )


def test_a_card_full_of_outlets_and_headlines_still_fits() -> None:
    versions = [_version(f"{hour} o'clock: " + "the dam near Ostrava " * 13, hour) for hour in range(5)]
    members = [member(v, "same" if v is not versions[0] else "new", number=i) for i, v in enumerate(versions)]
    others = [
        member(report("X", f"Outlet {n} " + "of the river " * 15), ("copy", "related")[n % 2], number=n, of=0)
        for n in range(10, 40)
    ]

    message = card(event(*members, *others), STORY)

    assert _units(message.text) <= LONGEST_MESSAGE
    assert {"\nAlso: ", "\nMore: "} <= {f"\n{line[:6]}" for line in message.text.splitlines()}


def test_a_pointer_is_one_line_with_the_link_of_the_report() -> None:
    message = pointer(event(member(DAM), member(report("X", "Two"), "copy", number=2, of=1)))

    assert message.text == f"Same report as: {DAM.title}"
    assert linked(message) == {DAM.title: DAM.link}


def test_a_pointer_tells_the_headline_that_the_card_tells() -> None:
    versions = (_version("Dam breaks", 0), _version("Dam is broken", 1))
    message = pointer(event(member(versions[0]), member(versions[1], "same", number=2, of=1)))

    assert message.text == "Same report as: Dam is broken"


def test_a_pointer_is_as_inert_as_a_card() -> None:
    message = pointer(event(member(report("Ask @mayor on dam.example", "One", link=""))))

    assert telegram_finds(message.text) == []
    assert linked(message) == {}


def test_the_same_page_in_another_feed_is_another_outlet() -> None:
    pointer = report(DAM.title, "Two", address=DAM.address, link=DAM.link)

    assert "\nAlso: Two\n" in card(event(member(DAM), member(pointer, "same")), STORY).text


@pytest.mark.parametrize(
    "other", [report("X", "One"), report("X", "Two")], ids=["the same outlet", "an update"]
)
def test_nobody_is_named_twice_or_for_an_update(other: Article) -> None:
    role = "copy" if other.outlet == "One" else "update"

    assert "Also" not in card(event(member(DAM), member(other, role)), STORY).text


def test_of_many_outlets_the_rest_is_counted() -> None:
    others = [member(report("X", f"Outlet{n}"), "copy", number=n) for n in range(11)]

    assert card(event(member(DAM), *others), STORY).text.endswith(
        "Outlet6, Outlet7 (+3)\n12 independent reports\n#li_shangfu"
    )


def test_the_first_report_that_was_posted_leads() -> None:
    quiet, loud = report("Old news", "Two"), report("Dam breaks again", "Three")
    members = (member(quiet, quiet=True), member(loud, "update"))

    assert card(event(*members), STORY).text.startswith("Dam breaks again\nThree")


def test_of_an_event_known_only_quietly_the_first_leads() -> None:
    assert card(event(member(DAM, quiet=True)), STORY).text.startswith(DAM.title)


# ------------------------------------------------------------------------------------------------ links

LINKS = {
    "http": ("http://a.example/x", True),
    "https": ("https://a.example/x", True),
    "https in capitals": ("HTTPS://a.example/x", True),
    "none": ("", False),
    "a script": ("javascript:alert(1)", False),
    "a script behind blanks": (" javascript:alert(1)", False),
    "data": ("data:text/html,x", False),
    "Telegram's own scheme": ("tg://resolve?domain=x", False),
    "a file": ("file:///etc/passwd", False),
    "without scheme": ("//a.example/x", False),
    "of 3,000 characters": ("https://a.example/" + "x" * 3_000, False),
}


@pytest.mark.parametrize(("link", "kept"), LINKS.values(), ids=LINKS)
def test_a_link_leads_to_the_web_or_nowhere(link: str, kept: bool) -> None:  # noqa: FBT001  a table's column
    message = card(
        event(member(report("Dam", "One", link=link)), member(report("X", "Two", link=link), "copy")), STORY
    )

    assert list(linked(message).values()) == ([link, link] if kept else [])


def test_an_article_without_a_title_is_still_shown() -> None:
    message = card(event(member(report("", "One", link="https://a.example/x"))), STORY)

    assert linked(message) == {"(no title)": "https://a.example/x"}


# ------------------------------------------------------------------------------------- hostile feed text

HOSTILE = {
    "a mention": "see @durov",
    "a hashtag": "#sale now",
    "a hashtag in Chinese": "#特价",
    "a cashtag": "$USD rises",
    "a command": "/start",
    "a command for another bot": "/start@OtherBot",
    "an address": "https://evil.example/x?y#z",
    "an address in capitals": "HTTPS://EVIL.EXAMPLE",
    "a bare domain": "t.me/joinchat",
    "a bare domain in Cyrillic": "пример.рф",
    "a bare domain in punycode": "a.xn--p1ai",
    "a domain after a mark": "-t.me",
    "a domain after a combining mark": "e\u0301.me",
    "a domain after an emoji": "😀.me",
    "a domain after a tilde": "~.com",
    "a domain after a joiner": "a\u200d.com",
    "a domain after a variation selector": "t\ufe0f.me",
    "a number as address": "1.2.3.4",
    "an address with a number as host": "http://1.2.3.4/x",
    "a mail address": "a.b@c.example, mailto:x@y.com",
    "Telegram's own scheme": "tg://resolve?domain=x",
    "another scheme of Telegram's": "ton://x",
    "right to left": "\u202emoc.live\u202c @durov",
    "isolated": "\u2067t.me\u2069",
    "zero width": "t\u200b.me #\u200btag @\u200bdurov",
    "word joiners of its own": "t\u2060.me \u2060@durov \u2060#tag",
    "mark-up": "<a href='https://evil.example'>x</a> [x](https://evil.example) *b*",
    "a bank card": "4111 1111 1111 1111",
    "a telephone": "+1 555 123 4567",
    "a version": "v1.22.333",
}


def _foreign(message: Message) -> list[tuple[str, str]]:
    own = ("Hashtag", "#li_shangfu")
    found = telegram_finds(message.text)
    assert found[-1:] == [own], "the story's own tag works"
    return found[:-1]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_nothing_in_a_feeds_words_acts(text: str) -> None:
    hostile = report(text, text, summary=f"{text} {text}.", link="https://a.example/")
    versions = (member(hostile), member(report(f"{text}!", text, key=hostile.key, summary=text), "same"))
    other = member(report("X", f"{text} two"), "copy")

    assert _foreign(card(event(*versions, other), STORY)) == []
    assert _foreign(update(hostile)) == []
    assert _foreign(update(DAM, before=hostile)) == []


def test_an_update_names_the_outlet_of_what_it_updates_where_that_is_another_one() -> None:
    before = report("Dam holds", "Two")

    assert update(DAM, before).text.endswith("\n\nbefore: Dam holds (Two)\n#li_shangfu")
    assert update(DAM, replace(before, outlet="One")).text.endswith("\n\nbefore: Dam holds\n#li_shangfu")


def test_lines_in_a_script_written_from_right_to_left_begin_on_the_right() -> None:
    arabic = report("انهيار السد", "القمة", summary="100 منزل تحت الماء. Dam 7.")
    text = card(event(member(arabic), member(report("X", "النهر"), "copy")), STORY).text

    assert text == (
        "انهيار السد\n"
        "\u200f\u2068القمة\u2069 · \u206815 Jan 2026, 15:00\u2069\n"
        "100 منزل تحت الماء. Dam 7.\n"
        "\n"
        "Also: \u2068النهر\u2069\n"
        "2 independent reports\n"
        "#li_shangfu"
    )


def test_an_outlet_whose_name_begins_in_latin_letters_stands_on_the_left() -> None:
    assert (
        "\n\u2068One (سد)\u2069 · 15 Jan 2026, 15:00" in card(event(member(report("Dam", "One (سد)")))).text
    )


# ------------------------------------------------------------------------------------------------ lists


def _listing(*events: Event, kind: PostKind = PostKind.DIGEST) -> Message:
    own = [replace(e, id=EventId(n), story=STORY.name) for n, e in enumerate(events, start=1)]
    message = compose.listing(kind, own, {STORY.name: STORY})
    assert message
    return message


def test_a_list_gives_each_event_a_headline_and_a_line_of_who_tells_it() -> None:
    update = member(report("Dam holds after all", "One"), "update", number=3, of=1)
    dam = an_event(
        members=(member(DAM, number=1), member(report("X", "Two"), "copy", number=2, of=1), update)
    )
    flood = an_event(members=(member(report("Flood in Ostrava", "Three"), number=4),))
    message = _listing(dam, flood)

    assert message.text == (
        "Digest: 2 reports\n"
        "\n"
        "• Dam breaks near Ostrava\n"
        "One, 15:00 · also Two\n"
        "Update: Dam holds after all\n"
        "\n"
        "• Flood in Ostrava\n"
        "Three, 15:00\n"
        "\n"
        "#li_shangfu"
    )
    assert styled(message, Style.BOLD) == ["Digest: 2 reports", "\nUpdate: "]
    assert "Two" in linked(message)


def test_a_list_of_one_report_is_no_list_of_reports() -> None:
    assert _listing(an_event(members=(member(DAM),))).text.startswith("Digest: 1 report\n")


def test_a_lone_surrogate_does_no_harm() -> None:
    broken = replace(DAM, title="Dam \ud800", summary="\udfff")
    message = card(event(member(broken)), STORY)

    assert styled(message, Style.BOLD) == ["Dam \ud800"]


_SPICE = st.sampled_from(
    [
        *HOSTILE.values(),
        *"@#$/.:-_~()[]李😀\n\u200b\u2060\u202e\u2067\u0301\ufe0f\u200d",
        *["com", "me", "рф", "1", "23", " ", " ", "مرحبا", "x" * 50, "Dam. ", "://", "www."],
    ]
)
_NASTY = st.one_of(st.text(max_size=60), st.lists(_SPICE, max_size=12).map("".join))


@st.composite
def _reports(draw: st.DrawFn, times: int = 1) -> Article:
    return replace(
        DAM,
        title=(draw(_NASTY) * times)[:LONGEST_TITLE],
        feed_url=draw(st.sampled_from(["https://one.example/feed.xml", "https://two.example/feed.xml"])),
        outlet="x" + draw(_NASTY)[:100],
        summary=(draw(_NASTY) * times)[:LONGEST_SUMMARY],
        link=draw(
            st.sampled_from(["https://a.example/", "", "javascript:x", "https://a.example/" + "y" * 3_000])
        ),
        key=draw(st.sampled_from("12")),
        published=datetime(1990, 1, 1, tzinfo=UTC) + timedelta(days=draw(st.integers(0, 20_000))),
    )


@st.composite
def _events(draw: st.DrawFn, times: int = 1) -> Event:
    roles = st.sampled_from(["same", "copy", "rewrite", "update"])
    others = draw(st.lists(st.tuples(_reports(times), roles, st.booleans()), max_size=14))
    return event(
        member(draw(_reports(times))),
        *(member(a, role, number=n, quiet=q) for n, (a, role, q) in enumerate(others, start=2)),
    )


@given(_events(times=40))
def test_every_message_fits_and_its_spans_lie_on_its_characters(happening: Event) -> None:
    for message in (card(happening, STORY), update(happening.members[0].article)):
        assert _units(message.text) <= LONGEST_MESSAGE
        for span in message.spans:
            assert span.offset >= 0
            assert span.length > 0
            assert span.offset + span.length <= _units(message.text)
            assert _cut(message.text, span)
            assert (span.url is not None) is (span.style is Style.LINK)


@given(_events())
def test_whatever_a_feed_says_telegram_finds_only_the_storys_tag(happening: Event) -> None:
    assert _foreign(card(happening, STORY)) == []
    assert _foreign(update(happening.members[0].article)) == []


def test_a_template_that_fails_on_a_report_costs_no_news() -> None:
    posting = Posting(template="{{ title[:5] }} {{ 1 / (title|length - 23) }}")

    assert card(event(member(DAM)), STORY, posting) == card(event(member(DAM)), STORY)
    assert card(event(member(report("Dam holds", "One"))), STORY, posting).text.startswith("Dam h -")
