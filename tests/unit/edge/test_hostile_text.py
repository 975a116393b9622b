"""What a feed writes stays text, all the way from the feed to what a reader of the channel sees.

Telegram is asked itself: its own library says what it would make clickable in plain text.
"""

from __future__ import annotations

import asyncio
import unicodedata

import pytest

from bot.core.compose import card
from bot.core.normalise import normalise
from bot.edge.items import line
from bot.edge.markup import plain_text
from bot.edge.telegram import TelegramChannel, close_bot, make_bot
from bot.model import Entry, EventId, Message, Post, Posting, PostKind
from tests.builders import NOW, a_feed, a_story, an_event
from tests.fakes.telegram import CHANNEL, TOKEN, FakeTelegram
from tests.fakes.telegram_chats import ShownMessage
from tests.fakes.telegram_entities import found_in
from tests.unit.core.samples import member

STORY = a_story("li-shangfu")
#: Put into words that Telegram would make links of, to be seen by nobody.
WORD_JOINER = "\u2060"

#: what the feed writes → what is read; None where that is the same
HOSTILE: dict[str, tuple[str, str | None]] = {
    "entities": ("AT&amp;T &lt;b&gt; &quot;x&quot; &#33;", 'AT&T <b> "x" !'),
    "entities escaped twice": ("AT&amp;amp;T wins", "AT&T wins"),
    "entities that Telegram does not know": ("a&nbsp;b&hellip;", "a b…"),
    "entities that nobody knows": ("a &nosuch; b &", None),
    "a reference to nothing": ("a&#0;b&#xFFFFFF;c", "a\ufffdb\ufffdc"),
    "references to surrogates": ("a&#xD83D;&#xDE00;b", "a\ufffd\ufffdb"),
    "tags": ("<b>Dam</b> <i>breaks", "Dam breaks"),
    "tags Telegram knows": ("<tg-spoiler>Dam</tg-spoiler> <u>breaks</u>", "Dam breaks"),
    "tags that are plain text": ("&lt;b&gt;Dam&lt;/b&gt; broke", "Dam broke"),
    "a link in mark-up": ("<a href='https://evil.example'>Dam</a> breaks", "Dam breaks"),
    "a script": ("Dam<script>alert(1)</script> breaks", "Dam breaks"),
    "a comment": ("Dam<!-- <b> --> breaks", "Dam breaks"),
    "a CDATA section": ("<![CDATA[Dam breaks]]>", "Dam breaks"),
    "mark-up of Markdown": ("*Dam* _breaks_ [x](https://evil.example) `y` ||z||", None),
    "unbalanced Markdown": ("*Dam _breaks [x]( `y", None),
    "a comparison": ("3 < 5 and 7 > 2", None),
    "a mention": ("see @durov", None),
    "a mention of a bot": ("ask @BotFather now", None),
    "a mention in brackets": ("(@durov), [@durov]", None),
    "a hashtag": ("#sale now", None),
    "a hashtag of another alphabet": ("#новости #特价 #خبر", None),
    "a hashtag with a channel": ("#tag@newswatch", None),
    "cashtags": ("$USD and $BTC rise", None),
    "a cashtag with a channel": ("$USD@newswatch", None),
    "bot commands": ("/start /ban@OtherBot", None),
    "a command after a line": ("Dam\n/start", "Dam /start"),
    "a link": ("https://evil.example/x?y=1#z", None),
    "a link in capitals": ("HTTPS://EVIL.EXAMPLE/X", None),
    "a link with a login": ("https://user:secret@evil.example/", None),
    "a link of 3,000 characters": ("Dam https://evil.example/" + "y" * 3_000, None),
    "a bare domain": ("read t.me/joinchat or example.com", None),
    "a bare domain in Cyrillic": ("пример.рф", None),
    "a bare domain in punycode": ("a.xn--p1ai", None),
    "a bare domain that is a file's name": ("edit setup.py and notes.md", None),
    "a bare domain after an emoji": ("😀.me", None),
    "bare IP addresses": ("1.2.3.4 and 10.0.0.1:8080/x", None),
    "a link to an IP address": ("http://1.2.3.4/x", None),
    "a link to an IPv6 address": ("http://[::1]/x", None),
    "an e-mail address": ("write a.b@c.example or mailto:x@y.com", None),
    "a phone number": ("+1 555 123 4567, +420123456789, tel:+15551234567", None),
    "a card's number": ("4111 1111 1111 1111", None),
    "a card's number in one": ("4111111111111111", None),
    "a card's number with hyphens": ("4111-1111-1111-1111", None),
    "a link that is a script": ("javascript:alert(1)", None),
    "a link that is a script, in parts": ("java&#x09;script:alert(1)", "java script:alert(1)"),
    "a link that is data": ("data:text/html;base64,PHA+", None),
    "Telegram's own links": ("tg://resolve?domain=durov tg:msg?text=x", None),
    "Telegram's other links": ("ton://transfer/x tonsite://x.ton", None),
    "right to left marks": ("\u202emoc.live\u202c \u200fDam\u200e", "moc.live Dam"),
    "isolated directions": ("\u2067t.me\u2069 \u2066Dam\u2069", "t.me Dam"),
    "an Arabic letter mark": ("Dam\u061c breaks", "Dam breaks"),
    "zero width in links": ("t\u200b.me @\u200bdurov #\u200btag \ufeffx", "t.me @durov #tag x"),
    "word joiners of its own": ("t\u2060.me \u2060@durov", "t.me @durov"),
    "soft hyphens": ("ex\u00adample.com", "example.com"),
    "joiners between letters": ("a\u200d.com b\u200c.com", "a.com b.com"),
    "tag characters": ("Dam\U000e0062\U000e0063 breaks", "Dam breaks"),
    "lone surrogates": ("Dam \ud800 breaks \udfff", "Dam breaks"),
    "a pair of surrogates": ("Dam \ud83d\ude00", "Dam"),
    "non-characters": ("Dam\ufffe\uffff\ufdd0 breaks", "Dam breaks"),
    "NULs": ("Dam\0 breaks\0", "Dam breaks"),
    "control characters": ("Dam\x1b[31m\x08\x7f breaks\r\n\tnow", "Dam[31m breaks now"),
    "C1 controls": ("Dam\x9b31m breaks", "Dam31m breaks"),
    "line and paragraph separators": ("Dam\u2028breaks\u2029now", "Dam breaks now"),
    "blanks of all kinds": ("\u3000Dam\u00a0\u2003breaks \u1680", "Dam breaks"),
    "emoji": ("👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 🇨🇿 1️⃣", None),
    "more emoji than a headline holds": ("👨‍👩‍👧‍👦" * 200, None),
    "combining marks": ("Z̷̢̛a̶͝l̸g̵͘o", None),
    "marks without end": ("a" + "\u0301" * 3_000, "\u00e1" + "\u0301" * 2_999),
    "decomposed letters": ("Ostrava\u0301 pr\u030cehrada", "Ostrav\u00e1 p\u0159ehrada"),
    "Arabic": ("انهار السد قرب أوسترافا", None),
    "Hebrew with English": ("הסכר Dam נפרץ", None),
    "Persian with a joiner": ("می‌شود", None),
    "Hindi with joiners": ("क्‍ष और क्‌ष", None),
    "Chinese": ("李尚福被免职", None),
    "Japanese": ("ダムが決壊した。", None),
    "Thai": ("เขื่อนแตก", None),
    "mathematical letters": ("𝐃𝐚𝐦 𝕓𝕣𝕖𝕒𝕜𝕤", None),
    "full-width signs": ("＠durov ＃tag ｅｘａｍｐｌｅ．ｃｏｍ", None),
    "other full stops": ("example。com example．com", None),
    "the private use area": ("Dam \ue000\uf8ff breaks", None),
    "a character that does not exist": ("Dam \U000eabcd breaks", None),
    "a replacement character": ("Dam \ufffd breaks", None),
    "quotes and apostrophes": ("\"Dam\" 'breaks' “now” «so»", None),
    "backslashes": (r"C:\temp\x {\"a\": 1} %s {0} ${x}", None),
    "SQL": ("'; DROP TABLE posts; --", None),
    "10,000 characters": ("x" * 10_000, None),
    "10,000 words": ("Dam breaks. " * 10_000, None),
    "10,000 links": ("t.me @a_b_c #x " * 3_000, None),
    "10,000 tags": ("<b>" * 10_000 + "Dam", "Dam"),
    "a time": ("at 12:34", None),
    "a version": ("v1.22.333 and 3.14", None),
}
NOTHING = {
    "nothing": "",
    "white space only": " \n\t\u3000\u00a0 ",
    "characters without width only": "\u200b\u2060\ufeff\u200e",
    "mark-up only": "<p><img src='x'></p>",
    "lone surrogates only": "\ud800\udfff",
    "NULs only": "\0\0",
}


def composed(title: str, summary: str, outlet: str = "Wire") -> Message:
    """Return the card of an item with these texts, read as a feed's texts are."""
    entry = Entry(
        id="1",
        link="https://wire.example/1",
        title=line(title),
        summary=plain_text(summary),
        source=line(outlet),
        published=NOW,
    )
    article = normalise(entry, a_feed(), seen_at=NOW)
    event = an_event(story=STORY.name, members=(member(article),))
    return card([event], {STORY.name: STORY}, Posting())


def shown(*messages: Message) -> list[ShownMessage]:
    """Post cards and return what is seen; a refusal fails."""
    cards = [Post(channel="news", event=EventId(1), kind=PostKind.CARD, message=card) for card in messages]

    async def send(telegram: FakeTelegram) -> None:
        async with telegram:
            bot = make_bot(TOKEN, base_url=telegram.base_url)
            try:
                for card in cards:
                    await TelegramChannel("news", CHANNEL, bot).send(card)
            finally:
                await close_bot(bot)

    telegram = FakeTelegram()
    asyncio.run(send(telegram))
    return telegram.messages()


def words(text: str) -> str:
    return text.replace(WORD_JOINER, "")


def assert_nothing_acts(seen: ShownMessage, message: Message) -> None:
    """Only what the card styles is styled, and only the story's own tag acts."""
    assert [(mark["offset"], mark["length"]) for mark in seen.entities] == sorted(
        ((span.offset, span.length) for span in message.spans), key=lambda place: (place[0], -place[1])
    )
    assert {mark["url"] for mark in seen.entities if mark["type"] == "text_link"} == {
        "https://wire.example/1"
    }
    units = seen.text.encode("utf-16-le")
    acting = [
        (found["type"], units[2 * found["offset"] :][: 2 * found["length"]].decode("utf-16-le"))
        for found in found_in(seen.text)
    ]
    assert acting == [("hashtag", "#li_shangfu")]


@pytest.mark.parametrize(("written", "read"), HOSTILE.values(), ids=HOSTILE)
def test_a_feeds_words_are_read_as_text_and_do_nothing(written: str, read: str | None) -> None:
    messages = (
        composed(written, "The wall gave way at night."),
        composed("Wall of Ostrava", f"The wall gave way: {written}"),
        composed("Wall of Ostrava", "The wall gave way at night.", outlet=written),
    )
    seen = shown(*messages)

    headline, *_, summary, _blank, _tag = words(seen[0].text).splitlines()
    whole = written if read is None else read
    assert whole.startswith(headline)
    assert len(headline) == len(whole) or len(headline) > 290
    assert summary == "The wall gave way at night."
    summary = words(seen[1].text).splitlines()[2].removesuffix("…")
    assert f"The wall gave way: {' '.join(whole.split())}".startswith(summary)
    for shown_message, message in zip(seen, messages, strict=True):
        assert_nothing_acts(shown_message, message)


@pytest.mark.parametrize("written", NOTHING.values(), ids=NOTHING)
def test_a_report_without_words_is_still_a_post_that_can_be_opened(written: str) -> None:
    message = composed(written, written)
    (seen,) = shown(message)

    assert seen.text.startswith("(no title)\nWire · ")
    assert_nothing_acts(seen, message)


@pytest.mark.parametrize("written", [written for written, _ in HOSTILE.values()], ids=list(HOSTILE))
def test_nothing_invisible_is_left_but_our_own_joiner_and_what_shapes_letters(written: str) -> None:
    shaping = {WORD_JOINER, "\u200c", "\u200d", "\n", "\u2068", "\u2069"}
    invisible = {
        char for char in composed(written, written).text if unicodedata.category(char) in {"Cc", "Cf", "Cs"}
    }

    assert invisible <= shaping
