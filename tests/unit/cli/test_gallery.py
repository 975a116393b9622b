"""`gallery`: one page that needs nothing else, in which what feeds say is text and nothing more."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import html

from bot.cli import gallery
from bot.cli.demo import Played
from bot.demo.coverage import load
from bot.edge.console import ConsoleChannel, ShownMessage
from bot.model import Message, Span, Style
from tests.unit.cli.typing_it import typed

ROOT = Path(__file__).parents[3]
SECTIONS = "growth both events digest roundup ring gate rtl chinese template channel".split()
NOON = datetime(2023, 4, 16, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Return what the command writes."""
    path = tmp_path_factory.mktemp("gallery") / "page.html"
    shown = typed("gallery", "--out", str(path))

    assert (shown.code, shown.err) == (0, "")
    assert shown.out.endswith(f"Written: {path}\n")
    return path.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def tree(page: str) -> Any:
    return html.document_fromstring(page)


def texts(tree: Any, place: str) -> list[str]:
    """Return the messages drawn in a place, as a channel has them."""
    return ["\n".join(_line(line) for line in one.xpath(LINES)) for one in tree.xpath(place)]


LINES = "./p[contains(concat(' ', @class, ' '), ' line ')]"


def _line(line: Any) -> str:
    text: str = line.text_content()
    return "" if text == "\xa0" else text


def of(section: str) -> str:
    """Return the path of the messages of a section as they stand in the end."""
    return f"//section[@id='{section}']//article[not(ancestor::details)]"


# ------------------------------------------------------------------------------------------- content


def test_the_channel_is_that_of_the_demo_message_by_message(demo_played: Played, tree: Any) -> None:
    messages = demo_played.channel.messages.values()

    assert texts(tree, of("channel")) == [shown.message.text for shown in messages]


def test_each_version_of_each_card_is_shown(demo_played: Played, tree: Any) -> None:
    grown = [shown for shown in demo_played.channel.messages.values() if shown.edits]

    assert texts(tree, "//section[@id='channel']//details//article") == [
        version.message.text for shown in grown for version in shown.versions
    ]
    assert all(len(shown.versions) == shown.edits + 1 for shown in grown)


def test_what_an_edit_brought_is_marked_and_nothing_else(tree: Any) -> None:
    for steps in tree.xpath("//section[@id='channel']//details//ol"):
        first, *later = steps.xpath(".//article")
        assert first.find_class("fresh") == []
        assert all(step.find_class("fresh") for step in later)
    _first, second, *_ = tree.xpath(of("growth"))
    assert [line.text_content() for line in second.find_class("fresh")] == [
        "More: The Northern Ledger",
        "3 reports, 2 independent",
    ]


def test_an_update_quotes_the_headline_of_the_card_that_it_answers(demo_played: Played, tree: Any) -> None:
    quoted = [one.xpath("string(span)") for one in tree.xpath(f"{of('channel')}/p[@class='answers']")]
    messages = demo_played.channel.messages
    targets = [messages[shown.reply_to] for shown in messages.values() if shown.reply_to]

    assert quoted == [shown.message.text.partition("\n")[0] for shown in targets]


def test_a_changed_message_is_marked_as_edited_and_keeps_the_time_of_its_first_version(tree: Any) -> None:
    number_26 = tree.xpath(of("channel"))[25]

    assert "".join(number_26.find_class("foot")[0].text_content().split()) == "edited16:00"


FORMS = {
    "a digest": ("digest", r"\ADigest: \d+ reports\n\n• "),
    "a roundup": ("roundup", r"\ARoundup: 2 reports\n\n• "),
    "a ring": ("ring", r"\ANow reported by 3 independent sources: "),
    "what several reported": ("gate", r"\n\d reports, [3-9] independent\n"),
    "a headline from right to left": ("rtl", r"\A[א-ת]"),
    "a Chinese card": ("chinese", r"\A[\u4e00-\u9fff]"),
    "a card by a template": ("template", r"\A\d\d:\d\d  .+\n.+, and \d more\Z"),
}


@pytest.mark.parametrize(("section", "pattern"), FORMS.values(), ids=FORMS)
def test_there_is(section: str, pattern: str, tree: Any) -> None:
    assert [text for text in texts(tree, of(section)) if re.search(pattern, text)]


def test_every_section_is_there_and_is_led_to(tree: Any) -> None:
    assert [section.get("id") for section in tree.xpath("//section")] == SECTIONS
    assert {link.get("href") for link in tree.xpath("//nav/a")} == {f"#{name}" for name in SECTIONS} - {
        "#both"
    }


def test_a_card_that_comes_without_a_sound_says_so_and_its_ring_does_not(tree: Any) -> None:
    card, ring = tree.xpath(of("ring"))

    assert card.xpath(".//*[@aria-label='without a sound']")
    assert not ring.xpath(".//*[@aria-label='without a sound']")


def test_cards_in_every_script_grow(tree: Any) -> None:
    arabic, hebrew = texts(tree, of("rtl"))

    assert "\nAlso: \u2068الساحل اليوم\u2069\n" in arabic
    assert re.search("\nwas: \u2068[א-ת ]+\u2069 → now, 13:05\n", hebrew)


def test_nothing_that_is_played_beside_the_demo_has_its_ids() -> None:
    assert {item.id for item in load()} & {item.id for item in gallery.extra().coverage} == set()


# ------------------------------------------------------------------------------------- one file, no harm


def test_nothing_is_loaded_from_anywhere(page: str, tree: Any) -> None:
    assert tree.xpath("//script | //img | //link | //iframe | //object | //embed | //base | //form") == []
    assert tree.xpath("//@src | //@srcset | //@background | //@*[starts-with(name(), 'on')]") == []
    assert re.search(r"url\(|@import|@font-face", page) is None
    (policy,) = tree.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == "default-src 'none'; style-src 'unsafe-inline'"


def test_links_lead_to_invented_hosts_and_tell_them_nothing(tree: Any) -> None:
    links = tree.xpath("//article//a")

    assert links
    assert all(re.match(r"https://[\w-]+\.example/", link.get("href")) for link in links)
    assert {link.get("rel") for link in links} == {"noreferrer"}


HOSTILE = {
    "mark-up": "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "an attribute's end": "\"'><b onclick=alert(1)>",
    "a template": "{{ 7 * 7 }}{% raw %}",
    "entities": "&lt;b&gt; &amp;amp;",
    "a comment": "<!-- --!> ]]>",
    "the page's end": "</p></article></body></html>",
    "emoji and mark-up": "😀<i>",
}


def shown(message: Message) -> Played:
    """Return the demo's channels as if each message were this one."""
    one = ShownMessage(id=1, message=message, at=NOON)
    quiet = ConsoleChannel("console", quiet=True)
    quiet.messages = {1: one, 2: replace(one, id=2, reply_to=1, edits=1, before=one)}
    return Played(polled=(), channels={"console": quiet})


@pytest.mark.parametrize("hostile", HOSTILE.values(), ids=HOSTILE)
def test_what_a_feed_says_is_text(hostile: str) -> None:
    link = Span(style=Style.LINK, offset=0, length=len(hostile), url=f"https://a.example/{hostile}")
    message = Message(text=f"{hostile}\n{hostile}", spans=(link, replace(link, style=Style.BOLD, url=None)))
    drawn = html.document_fromstring(gallery.drawn(gallery.bubbles(shown(message).channel)))

    for article in drawn.xpath("//article"):
        assert [line.text_content() for line in article.xpath(LINES)] == [hostile, hostile]
        assert {element.tag for element in article.iter()} <= set("article p a b span time".split())
        assert {link.get("href") for link in article.iter("a")} == {f"https://a.example/{hostile}"}
    assert len(drawn.xpath("//article")) == 4
    assert [quote.xpath("string(span)") for quote in drawn.find_class("answers")] == [hostile] * 3


def test_half_a_character_and_controls_can_be_written() -> None:
    text = "a\ud83d\x00\x1b[31m\x9b"
    spans = (Span(style=Style.LINK, offset=0, length=2, url="https://a.example/\ud83d\x00"),)

    page = gallery.drawn(gallery.bubbles(shown(Message(text=text, spans=spans)).channel))
    assert page.encode()
    assert "\x00" not in page


def test_styles_fall_on_the_same_letters_as_in_telegram() -> None:
    spans = (
        Span(style=Style.BOLD, offset=3, length=2),
        Span(style=Style.STRIKE, offset=4, length=4),
        Span(style=Style.LINK, offset=3, length=2, url="https://a.example/"),
    )
    one, two = gallery.lines(Message(text="😀 hi\n😀 x", spans=spans))

    assert [(piece.text, piece.tags, piece.link) for piece in one.pieces] == [
        ("😀 ", (), ""),
        ("h", ("b",), "https://a.example/"),
        ("i", ("b", "s"), "https://a.example/"),
    ]
    assert [(piece.text, piece.tags) for piece in two.pieces] == [("😀", ("s",)), (" x", ())]


@given(words=st.text(), offset=st.integers(0, 50), length=st.integers(0, 50))
def test_any_text_and_style_can_be_drawn(words: str, offset: int, length: int) -> None:
    drawn = gallery.lines(Message(text=words, spans=(Span(style=Style.BOLD, offset=offset, length=length),)))
    text = "\n".join("".join(piece.text for piece in line.pieces) for line in drawn)

    assert len(text) == len(words)
    assert {char for char in text if unicodedata.category(char) in {"Cc", "Cs"}} <= {"\n"}


def test_a_page_that_cannot_be_written_is_said_in_a_line_before_anything_is_played() -> None:
    shown = typed("gallery", "--out", "missing/page.html")

    assert (shown.code, shown.out) == (2, "")
    assert shown.err == "storywire: missing/page.html cannot be written: No such file or directory\n"


def test_the_pictures_in_the_readme_are_there_for_day_and_night_and_are_small() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    pictures = [ROOT / name for name in re.findall(r'"(docs/gallery-\w+\.png)"', readme)]

    assert [picture.name for picture in pictures] == ["gallery-dark.png", "gallery-light.png"]
    assert all(picture.stat().st_size < 200_000 for picture in pictures)


# --------------------------------------------------------------------------------------------- browser

PHONE, DESK = 390, 1_200
_PROBE = """<script>addEventListener("load", () => {
    document.title = [document.documentElement.scrollWidth <= innerWidth, innerWidth,
        getComputedStyle(document.querySelector("#channel .bubble")).backgroundColor].join(" ");
})</script>"""


@pytest.fixture(scope="module")
def browser() -> str:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found:
        return found
    reason = "Chromium is not on this machine"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


LOOKS = {
    "a phone by day": (PHONE, "", False, "rgb(255, 255, 255)"),
    "a phone by night": (PHONE, "", True, "rgb(24, 37, 51)"),
    "a desk by day": (DESK, "", False, "rgb(255, 255, 255)"),
    "a desk by night": (DESK, "", True, "rgb(24, 37, 51)"),
    "a desk by night, light chosen": (DESK, "light", True, "rgb(255, 255, 255)"),
    "a desk by day, dark chosen": (DESK, "dark", False, "rgb(24, 37, 51)"),
}


@pytest.mark.parametrize(("width", "chosen", "night", "colour"), LOOKS.values(), ids=LOOKS)
def test_a_browser_shows_it_on(
    width: int,
    chosen: str,
    night: bool,  # noqa: FBT001  a table's column
    colour: str,
    page: str,
    browser: str,
    tmp_path: Path,
) -> None:
    # The page allows no script, so the probe stands in a copy without that rule, in a frame of the width.
    inner = re.sub(r"<meta http-equiv=.*>\n", "", page).replace("</body>", f"{_PROBE}</body>")
    if chosen:
        inner = inner.replace(' id="auto" checked', ' id="auto"').replace(
            f' id="{chosen}"', f' id="{chosen}" checked'
        )
    (tmp_path / "page.html").write_text(inner, encoding="utf-8")
    outer = f'<body style="margin:0"><iframe src="page.html" width="{width}" height="800" style="border:0">'
    (tmp_path / "frame.html").write_text(
        f"{outer}</iframe><script>addEventListener('load', () => {{"
        "document.title = frames[0].document.title; })</script>",
        encoding="utf-8",
    )
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"]
    command += ["--allow-file-access-from-files", f"--user-data-dir={tmp_path / 'profile'}"]
    command += [f"--blink-settings=preferredColorScheme={0 if night else 1}", "--window-size=1400,900"]
    command += ["--virtual-time-budget=5000", "--dump-dom", (tmp_path / "frame.html").as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)

    found = re.search(r"<title>(.*)</title>", done.stdout)
    assert found
    assert found[1] == f"true {width} {colour}"
