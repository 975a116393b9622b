"""A card as the operator wants it: what feeds say stays text, mistakes are told, links are links."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core import compose
from bot.core.template import check, draw
from bot.core.view import view
from bot.errors import ConfigError
from bot.model import Article, Message, Policy, Posting, Style
from tests.builders import a_story, an_event
from tests.unit.core.samples import member, report, telegram_finds

STORY = a_story("li-shangfu", title="Li Shangfu", policy=Policy(time_zone="Europe/Moscow"))
DAM = report("Dam breaks", "One", summary="The wall gave way.", image="https://one.example/dam.jpg")
COPY = report("Dam broke", "Two", link="https://two.example/x?a=1&b=2")


def drawn(source: str, article: Article = DAM, *others: Article) -> Message:
    members = [member(article), *(member(o, "copy", number=n, of=1) for n, o in enumerate(others, start=2))]
    seen = view([an_event(members=tuple(members))], STORY)
    return draw(source, seen, STORY, [STORY.name], summary="The wall gave way.", time="15:00").message()


def card(source: str, article: Article = DAM) -> Message:
    event = an_event(story=STORY.name, members=(member(article),))
    return compose.card([event], {STORY.name: STORY}, Posting(template=source))


def spans(message: Message) -> list[tuple[str, str, str | None]]:
    units = message.text.encode("utf-16-le", errors="surrogatepass")
    return [
        (
            span.style.value,
            units[2 * span.offset : 2 * (span.offset + span.length)].decode("utf-16-le", "surrogatepass"),
            span.url,
        )
        for span in message.spans
    ]


# ----------------------------------------------------------------------------------------- what it gives

GIVES = {
    "every value": (
        "{{ title }}|{{ outlet }}|{{ time }}|{{ summary }}|{{ reports }}|{{ independent }}|{{ tags }}",
        "Dam breaks|One|15:00|The wall gave way.|2|1|#li_shangfu",
    ),
    "the story": ("{{ story }}", "Li Shangfu"),
    "the time as one likes it, in the story's zone": (
        "{{ published.strftime('%H:%M %d.%m.') }}",
        "15:00 15.01.",
    ),
    "who else has it": ("{% for o in also %}{{ o.outlet }}: {{ o.title }}{% endfor %}", "Two: Dam broke"),
    "a condition": ("{% if more %}more{% else %}{{ title }} alone{% endif %}", "Dam breaks alone"),
    "blank lines of statements left out": ("a\n{% if reports %}\nb\n{% endif %}\nc", "a\nb\nc"),
    "signs that stand for themselves": ("1 &lt; 2 &amp; 3 < 4 & {{ title }}", "1 < 2 & 3 < 4 & Dam breaks"),
    "nothing of a comment": ("a{# b #}c", "ac"),
}


@pytest.mark.parametrize(("source", "text"), GIVES.values(), ids=GIVES)
def test_a_template_gives(source: str, text: str) -> None:
    assert drawn(source, DAM, COPY).text == text


STYLED = {
    "bold": ("<b>{{ title }}</b>", [("bold", "Dam breaks", None)]),
    "italic": ("a <i>b</i>", [("italic", "b", None)]),
    "struck": ("<s>b</s> a", [("strikethrough", "b", None)]),
    "one in another": ("<b>a<i>b</i></b>", [("bold", "a", None), ("bold", "b", None), ("italic", "b", None)]),
    "a link": ('<a href="{{ link }}">{{ outlet }}</a>', [("text_link", "One", DAM.link)]),
    "a bold link": (
        '<b><a href="{{ link }}">x</a></b>',
        [("text_link", "x", DAM.link), ("bold", "x", None)],
    ),
    "a link whose address has signs": (
        '{% for o in also %}<a href="{{ o.link }}">x</a>{% endfor %}',
        [("text_link", "x", COPY.link)],
    ),
    "a link to nowhere is text": ('<a href="">x</a>', []),
    "a link that is none of the web is text": ('<a href="javascript:alert(1)">x</a>', []),
    "a tag around nothing": ("x<b></b>", []),
    "after an emoji, counted as Telegram counts": ("😀<b>x</b>", [("bold", "x", None)]),
    "a tag in capitals": ("<B>x</B>", [("bold", "x", None)]),
}


@pytest.mark.parametrize(("source", "expected"), STYLED.values(), ids=STYLED)
def test_a_template_styles(source: str, expected: list[tuple[str, str, str | None]]) -> None:
    assert spans(drawn(source, DAM, COPY)) == expected


# -------------------------------------------------------------------------------- hostile values stay text

HOSTILE = {
    "a tag": "<b>bold</b>",
    "a tag that there is not": "<script>alert(1)</script>",
    "an end of a tag": "</b></a>",
    "a link": '<a href="https://evil.example">x</a>',
    "an end of an attribute": '" href="https://evil.example',
    "a template": "{{ 7 * 7 }}{% for x in also %}{% endfor %}",
    "a comment": "<!-- x --> {# y #}",
    "an entity": "&lt;b&gt; &amp;amp;",
    "a mention": "@durov",
    "an address": "evil.example/x",
    "a declaration": "<!DOCTYPE x><![CDATA[x]]>",
}
EVERYWHERE = (
    '<b>{{ title }}</b>\n<a href="{{ link }}">{{ outlet }}</a>\n{{ summary }}'
    "{% for o in also %}{{ o.outlet }} {{ o.title }}{% endfor %}{{ title | upper }}"
    "{% autoescape false %}{{ title }}{% endautoescape %}"
)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_what_a_feed_says_is_no_mark_up(text: str) -> None:
    message = drawn(EVERYWHERE, report(text, text), report(text, f"{text} two"))

    plain = message.text.replace("\u2060", "")
    assert plain.count(text) >= 4
    assert text.upper() in plain
    styles = [style for style, _words, _url in spans(message)]
    assert styles == ["bold", "text_link"]
    assert telegram_finds(message.text) == []


@given(title=st.text(max_size=80), outlet=st.text(min_size=1, max_size=40))
def test_whatever_a_feed_says_stands_there_as_it_said_it(title: str, outlet: str) -> None:
    message = drawn("A{{ title }}B{{ outlet }}C", replace(DAM, title=title, outlet=outlet))

    def bare(text: str) -> str:
        return "".join(char for char in text if char not in "\u2060\u2068\u2069\r\n")

    assert bare(message.text) == bare(f"A{title or '(no title)'}B{outlet}C")
    assert message.spans == ()


# -------------------------------------------------------------------------------------- mistakes are told

MISTAKES = {
    "an unknown value": ("{{ titel }}", "'titel' is undefined"),
    "an unknown filter": ("{{ title | shout }}", "No filter named 'shout'"),
    "a filter that would make words act": ("{{ title | safe }}", "No filter named 'safe'"),
    "an expression that does not end": ("{{ title", "its line 1"),
    "a loop that does not end": ("{% for x in also %}", "its line 1"),
    "a tag that there is not": ("<u>{{ title }}</u>", "a tag <u>: there are <b>, <i>, <s> and <a href>"),
    "a tag that does not end": ("<b>{{ title }}", "does not end its tag <b>"),
    "a tag that ends another": ("<b>{{ title }}</i>", "ends a tag that is not open: </i>"),
    "tags that cross": ("<b><i>{{ title }}</b></i>", "ends a tag that is not open: </b>"),
    "nothing at all": ("", "an empty card"),
    "nothing where little is told": ("{% for o in also %}{{ o.outlet }}{% endfor %}", "an empty card"),
    "what is not always there": ("{{ changes[0].was }}", "cannot be used"),
    "a card that is too long": ("{{ title * 400 }}", "longer than a message may be"),
    "too many styles": ("<b>{{ title }}</b>" * 101, "longer than a message may be"),
    "a division by nothing": ("{{ reports // (reports - 1) }}", "cannot be used"),
    "something that is no number": ("{{ reports + title }}", "cannot be used"),
    "a way out of the sandbox": ("{{ title.__class__.__mro__ }}", "cannot be used"),
    "a change of what it was given": ("{{ also.append(1) }}{{ title }}", "cannot be used"),
    "an endless row": ("{% for n in range(10 ** 9) %}x{% endfor %}", "cannot be used"),
    "a file": ("{% include '/etc/passwd' %}", "cannot be used"),
    "a declaration": ("{{ title }}<![x[", "a comment is {# … #}"),
    "a comment of HTML": ("{{ title }}<!-- x -->", "a comment is {# … #}"),
}


@pytest.mark.parametrize(("source", "complaint"), MISTAKES.values(), ids=MISTAKES)
def test_a_template_is_refused_that_has(source: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        check(source)

    assert complaint in str(refusal.value)


GOOD = {
    "one value": "{{ title }}",
    "all of it": (
        '<b><a href="{{ link }}">{{ title }}</a></b>\n{{ outlet }}, {{ time }}\n{{ summary }}\n{{ tags }}'
    ),
    "what is there sometimes": "{{ title }}{% for c in changes %}\n<s>{{ c.was }}</s>{% endfor %}",
}


@pytest.mark.parametrize("source", GOOD.values(), ids=GOOD)
def test_a_template_is_taken_that_has(source: str) -> None:
    check(source)


# ---------------------------------------------------------------------------------------------- on cards


def test_a_card_is_drawn_as_its_template_has_it() -> None:
    message = card("<b>{{ title }}</b> ({{ outlet }}, {{ time }})\n{{ tags }}")

    assert message.text == "Dam breaks (One, 15 Jan 2026, 15:00)\n#li_shangfu"
    assert [span.style for span in message.spans] == [Style.BOLD]


UNDRAWN = {
    "fails on this report": "{{ title }}{{ 1 // (title | length - 10) }}",
    "is too long for it": "{{ title * (420 if title | length == 10 else 1) }}",
    "says nothing of it": "{{ title if title | length != 10 else '' }}",
    "has too many styles for it": "{% for n in range(1 if title[10:] else 101) %}<b>x</b>{% endfor %}",
}


@pytest.mark.parametrize("source", UNDRAWN.values(), ids=UNDRAWN)
def test_a_report_is_told_the_usual_way_where_its_template(source: str) -> None:
    check(source)

    assert card(source) == compose.card(
        [an_event(story=STORY.name, members=(member(DAM),))], {STORY.name: STORY}, Posting()
    )
