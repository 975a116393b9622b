"""What each answer of a service means, and what it is sent, against services on loopback."""

from __future__ import annotations

import asyncio
import io
import logging
import socket
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta

import pytest
from apprise import Apprise
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.apprise import (
    ESCAPED,
    MARKDOWN,
    PLAIN,
    USUAL_WAIT,
    AppriseChannel,
    _Way,
    _way,
    literal,
    written,
)
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    ConfigError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
)
from bot.model import EventId, Message, Post, PostId, PostKind, Receipt, Span, Style
from tests.fakes.mailserver import MailServer
from tests.fakes.receiver import Call, Planned, Receiver

CANARY = "canary-of-a-secret"
HOSTILE = "<b>x</b> &amp; **y** [z](http://a.test) _v_ ~~w~~ `u` \\n |s| <@1> <!here>"


class Service(Receiver):
    """Keeps what it is sent."""

    def take(self, call: Call) -> None:
        told = call.told
        self.shown[len(self.shown) + 1] = told.get("message") or told.get("text")


def a_card(number: int = 12, text: str = "Dam breaks", *spans: Span) -> Post:
    return Post(
        channel="desk",
        event=EventId(7),
        kind=PostKind.CARD,
        id=PostId(number),
        message=Message(text=text, spans=spans),
    )


def address(service: Receiver) -> str:
    return f"json://me:{CANARY}@127.0.0.1:{service.port}/{CANARY}?+X-Key={CANARY}&:field={CANARY}"


def failure(*plan: Planned, post: Post | None = None, longest: float = 5.0) -> tuple[DeliveryError, Service]:
    """Send a card that is not taken, and return why; the error must not show the address."""
    service, failures = Service(), list[DeliveryError]()
    service.plan.extend(plan)

    async def run() -> None:
        async with service:
            channel = AppriseChannel("desk", [address(service)], longest=timedelta(seconds=longest))
            with pytest.raises(DeliveryError) as caught:
                await channel.send(post or a_card())
            failures.append(caught.value)

    asyncio.run(run())
    assert CANARY not in "".join(traceback.format_exception(failures[0]))
    assert "\n" not in str(failures[0])
    return failures[0], service


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port: int = free.getsockname()[1]
        return port


# ------------------------------------------------------------------------- what each answer means

OUTCOMES: dict[str, tuple[Planned, type[DeliveryError]]] = {
    "flood limit": (Planned(status=429), ChannelBusyError),
    "a text it cannot take": (Planned(status=400), PostRefusedError),
    "a key it does not know": (Planned(status=401), ChannelClosedError),
    "a sender it does not let in": (Planned(status=403), ChannelClosedError),
    "no such address": (Planned(status=404), ChannelClosedError),
    "gone": (Planned(status=410), ChannelClosedError),
    "moved": (Planned(status=307, headers={"Location": "http://127.0.0.1:1/"}), ChannelClosedError),
    "too slow with the request": (Planned(status=408), AnswerLostError),
    "internal error": (Planned(status=500), AnswerLostError),
    "bad gateway, taken": (Planned(status=502, taken=True), AnswerLostError),
    "reset": (Planned(resets=True), AnswerLostError),
    "reset, taken": (Planned(resets=True, taken=True), AnswerLostError),
}


@pytest.mark.parametrize(("planned", "meaning"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_outcome_says_what_may_be_done(planned: Planned, meaning: type[DeliveryError]) -> None:
    error, service = failure(planned)

    assert type(error) is meaning
    assert "JSON (address 1)" in str(error)
    assert len(service.calls) == 1, "no retry, no redirect followed"


def test_a_busy_service_is_left_alone_for_a_while() -> None:
    error, _ = failure(Planned(status=429))

    assert isinstance(error, ChannelBusyError)
    assert error.retry_after == USUAL_WAIT


def test_a_service_that_does_not_answer_may_have_taken_the_post() -> None:
    error, service = failure(Planned(hangs=True, taken=True), longest=0.2)

    assert type(error) is AnswerLostError
    assert service.shown == {1: "Dam breaks"}


NOWHERE = {"a host that is down": f"127.0.0.1:{free_port()}", "a name that does not exist": "nowhere.invalid"}


@pytest.mark.parametrize("host", NOWHERE.values(), ids=NOWHERE)
@pytest.mark.parametrize(
    "form", ["json://{}/", "ntfy://{}/topic", "mailto://{}?from=a@b.test&to=c@d.test&mode=insecure"]
)
def test_a_service_that_cannot_be_reached_was_not_sent_anything(form: str, host: str) -> None:
    channel = AppriseChannel("desk", [form.format(host)])

    with pytest.raises(NotSentError, match="no connection to"):
        asyncio.run(channel.send(a_card()))


SPOOFS = {
    "a status": "Dam breaks, error=401.",
    "a status on a line of its own": "Dam breaks\nerror=404",
    "a connection that never was": "Socket Exception: (Caused by NewConnectionError([Errno 111]",
}


@pytest.mark.parametrize("text", SPOOFS.values(), ids=SPOOFS)
def test_a_feeds_words_are_not_taken_for_an_answer(text: str) -> None:
    error, _ = failure(Planned(resets=True), post=a_card(12, text))

    assert type(error) is AnswerLostError


def test_statuses_with_more_digits_are_understood() -> None:
    """ntfy says 42901 for one kind of 429."""
    body = b'{"code":42901,"error":"limit reached"}'
    with pytest.raises(ChannelBusyError):
        with_services(["ntfy://127.0.0.1:{}/topic?priority=3"], [a_card()], [Planned(status=429, body=body)])


# --------------------------------------------------------------------------- several services and targets


def with_services(
    urls: Sequence[str],
    posts: Sequence[Post],
    *plans: Sequence[Planned],
    expect: Sequence[type[DeliveryError]] = (),
) -> list[Service]:
    """Send posts to services, each with a plan of its own; the first sends fail as expected."""
    services = [Service() for _ in urls]
    for service, plan in zip(services, plans, strict=False):
        service.plan.extend(plan)

    async def run() -> None:
        async with services[0], services[-1] if len(services) > 1 else Service():
            filled = [url.format(service.port) for url, service in zip(urls, services, strict=True)]
            channel = AppriseChannel("desk", filled)
            for place, post in enumerate(posts):
                if place < len(expect):
                    with pytest.raises(expect[place]):
                        await channel.send(post)
                else:
                    assert await channel.send(post) == Receipt(message_id=post.id)

    asyncio.run(run())
    return services


TWO = ["json://127.0.0.1:{}/"] * 2
OK = Planned(status=200, taken=True)
DOWN, BUSY, LOST = Planned(status=403), Planned(status=429), Planned(status=500)


def test_a_service_that_has_taken_a_post_is_not_asked_again_for_the_others() -> None:
    first, second = with_services(TWO, [a_card()] * 3, [], [BUSY, BUSY], expect=[ChannelBusyError] * 2)

    assert (len(first.calls), len(second.calls)) == (1, 3)
    assert first.shown == second.shown == {1: "Dam breaks"}


def test_what_is_told_of_several_failures_is_the_one_that_must_not_be_forgotten() -> None:
    posts = [a_card()] * 3
    expect = [AnswerLostError, ChannelClosedError]
    first, second = with_services(TWO, posts, [LOST, BUSY], [BUSY, DOWN], expect=expect)

    assert (len(first.calls), len(second.calls)) == (3, 3)


def test_a_post_that_one_service_refuses_reaches_the_others() -> None:
    refusing = Planned(status=400)
    first, second = with_services(
        TWO, [a_card()] * 2, [refusing] * 2, [BUSY], expect=[ChannelBusyError, PostRefusedError]
    )

    assert first.shown == {}
    assert second.shown == {1: "Dam breaks"}


def test_of_an_address_with_several_targets_some_may_have_been_reached() -> None:
    (service,) = with_services(
        ["mmost://127.0.0.1:{}/3ccdd113474722377935511fc85d3dd4?channels=one,two"],
        [a_card()],
        [OK, DOWN],
        expect=[AnswerLostError],
    )

    assert len(service.calls) == 2


EAGER = {
    "retries": "retry=3&wait=0",
    "hiding failures": "optional=yes",
    "following redirects": "redirect=yes",
    "splitting": "overflow=split",
}


@pytest.mark.parametrize("asked", EAGER.values(), ids=EAGER)
def test_what_would_double_posts_or_hide_their_loss_is_off_whatever_an_address_asks(asked: str) -> None:
    (service,) = with_services(
        [f"json://127.0.0.1:{{}}/?{asked}"], [a_card(12, "x" * 40_000)], [LOST], expect=[AnswerLostError]
    )

    assert len(service.calls) == 1


# -------------------------------------------------------------------------------------- what is sent

LINKED = Message(
    text="Dam *breaks*\nReuters · 12:00\nAlso: A, B 😀 C",
    spans=(
        Span(style=Style.BOLD, offset=0, length=12),
        Span(style=Style.LINK, offset=0, length=12, url="https://a.test/x_y?(z)"),
        Span(style=Style.LINK, offset=35, length=1, url="https://b.test/"),
        Span(style=Style.LINK, offset=41, length=1, url="https://c.test/ d"),
        Span(style=Style.LINK, offset=41, length=1, url="https://a.test/x_y?(z)"),
        Span(style=Style.LINK, offset=38, length=1, url="javascript:x"),
    ),
)
WAYS: dict[str, tuple[_Way, list[str]]] = {
    "plain": (
        PLAIN,
        [
            "Dam *breaks*",
            "https://a.test/x_y?%28z%29",
            "Reuters · 12:00",
            "Also: A, B 😀 C",
            "https://b.test/",
            "https://c.test/%20d",
        ],
    ),
    "for those that read Markdown in it": (
        ESCAPED,
        [
            "Dam \\*breaks\\*",
            "https://a.test/x_y?%28z%29",
            "Reuters · 12:00",
            "Also: A, B 😀 C",
            "https://b.test/",
            "https://c.test/%20d",
        ],
    ),
    "as Markdown": (
        MARKDOWN,
        [
            "Dam \\*breaks\\*  ",
            "[https://a.test/x\\_y?%28z%29](https://a.test/x_y?%28z%29)  ",
            "Reuters · 12:00  ",
            "Also: A, B 😀 C  ",
            "[https://b.test/](https://b.test/)  ",
            "[https://c.test/%20d](https://c.test/%20d)",
        ],
    ),
}


@pytest.mark.parametrize(("way", "lines"), WAYS.values(), ids=WAYS)
def test_links_stand_below_their_line(way: _Way, lines: list[str]) -> None:
    assert written(LINKED, way).split("\n") == lines


READERS = {
    "a program": ("json://127.0.0.1/", PLAIN),
    "ntfy": ("ntfy://127.0.0.1/topic", PLAIN),
    "Slack": ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ/", PLAIN),
    "Telegram": ("tgram://123456789:abcdefg_hijklmnop/12315544/", PLAIN),
    "e-mail": ("mailto://me:secret@example.org", PLAIN),
    "Matrix": ("matrix://me:secret@127.0.0.1/%23room", PLAIN),
    "Discord": (f"discord://123456789012345678/{'a' * 68}", ESCAPED),
    "Mattermost": ("mmost://127.0.0.1/3ccdd113474722377935511fc85d3dd4", ESCAPED),
    "Discord, with embeds": (f"discord://123456789012345678/{'a' * 68}?format=markdown", MARKDOWN),
    "Webex": (f"webex://{'a' * 80}", MARKDOWN),
}


@pytest.mark.parametrize(("url", "way"), READERS.values(), ids=READERS)
def test_each_service_is_written_to_as_it_reads(url: str, way: _Way) -> None:
    AppriseChannel("desk", [url])
    service = Apprise.instantiate(url)

    assert service is not None
    assert _way(service) == way


def test_text_stays_text_where_markdown_is_read() -> None:
    (service,) = with_services(
        ["mmost://127.0.0.1:{}/3ccdd113474722377935511fc85d3dd4"], [a_card(12, HOSTILE)], [OK]
    )

    (shown,) = service.shown.values()
    assert shown.replace("\\", "") == HOSTILE.replace("\\", "")
    assert r"\<b\>x\</b\> \&amp; \*\*y\*\* \[z\](http://a.test) \_v\_ \~\~w\~\~ \`u\` \\n" in shown
    assert r"\|s\| \<@1\> \<!here\>" in shown


LITERALS = {
    "a heading": ("# Dam", "\\# Dam"),
    "a list": ("- Dam\n + Dam", "\\- Dam\n \\+ Dam"),
    "a numbered list": ("1. Dam\n 2) Dam", "1\\. Dam\n 2\\) Dam"),
    "a quotation": ("> Dam", "\\> Dam"),
    "an underlined heading": ("Dam\n===", "Dam\n\\==="),
    "a character by its name": ("&lt;b&gt; &#60; R&D", "\\&lt;b\\&gt; \\&#60; R&D"),
    "nothing of it": (
        "Dam breaks at 12:00 (again); 3 dead - 5% up",
        "Dam breaks at 12:00 (again); 3 dead - 5% up",
    ),
}


@pytest.mark.parametrize(("text", "escaped"), LITERALS.values(), ids=LITERALS)
def test_what_markdown_would_read_is_escaped(text: str, escaped: str) -> None:
    assert literal(text) == escaped


@given(st.text())
def test_escapes_add_backslashes_and_nothing_else(text: str) -> None:
    assert literal(text).replace("\\", "") == text.replace("\\", "")


@given(st.text(st.characters(codec=None)), st.lists(st.integers(0, 50)))
def test_whatever_a_message_holds_it_can_be_written(text: str, offsets: list[int]) -> None:
    spans = tuple(
        Span(style=Style.LINK, offset=min(offset, len(text)), length=0, url=f"https://a.test/{text}")
        for offset in offsets
    )

    for way in (PLAIN, ESCAPED, MARKDOWN):
        written(Message(text=text, spans=spans), way).encode()


def test_a_letter_has_the_headline_as_its_subject_and_shows_mark_up_as_text() -> None:
    letters: list[str] = []

    async def run() -> None:
        async with MailServer() as server:
            url = f"mailto://127.0.0.1:{server.port}?from=me@wire.test&to=you@wire.test&mode=insecure"
            await AppriseChannel("desk", [url]).send(a_card(12, f"{HOSTILE}\nReuters"))
        (letter,) = server.letters
        letters.append(str(letter["Subject"]))
        for part in letter.walk():
            payload = part.get_payload(decode=True)
            letters.extend([payload.decode()] if isinstance(payload, bytes) else [])

    asyncio.run(run())

    subject, *bodies = letters
    assert subject == HOSTILE
    assert "Reuters" in bodies[0]
    assert not any("<b>x</b>" in body for body in bodies[1:])


# ------------------------------------------------------------------------------------------ secrets


def test_no_log_shows_an_address(capfd: pytest.CaptureFixture[str]) -> None:
    ends = [Planned(taken=True), Planned(status=401), Planned(status=500), Planned(resets=True)]

    async def run() -> None:
        async with Service() as service:
            service.plan.extend(ends)
            channel = AppriseChannel("desk", [address(service)])
            await channel.send(a_card(1))
            for number in range(2, 5):
                with pytest.raises(DeliveryError):
                    await channel.send(a_card(number))
            assert any(CANARY in str(call.headers) for call in service.calls)

    with everything_logged() as lines:
        logging.getLogger("storywire.test").debug("this is seen")
        asyncio.run(run())
        with pytest.raises(ConfigError):
            AppriseChannel("desk", [f"discord://{CANARY}"])

    shown = capfd.readouterr()
    assert "this is seen" in lines.getvalue()
    assert CANARY not in lines.getvalue() + shown.out + shown.err


@contextmanager
def everything_logged() -> Iterator[io.StringIO]:
    """Give what a handler of the root logger is told, as the program's own is; caplog hears more than it."""
    lines, root = io.StringIO(), logging.getLogger()
    handler, level = logging.StreamHandler(lines), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.setLevel(level)
        root.removeHandler(handler)


BAD = {
    "an incomplete address": (f"discord://{CANARY}", "address 1 is not how Apprise writes discord://"),
    "a service that does not exist": (f"{CANARY}://x", "address 1 names no service that Apprise knows"),
    "no address": (CANARY, "address 1 names no service that Apprise knows"),
    "nothing": ("", "address 1 names no service that Apprise knows"),
}


@pytest.mark.parametrize(("url", "complaint"), BAD.values(), ids=BAD)
def test_an_address_that_cannot_be_used_is_told_in_one_line_at_the_start(url: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        AppriseChannel("desk", [url])

    assert str(caught.value).startswith(f"channel desk: {complaint}")
    assert CANARY not in str(caught.value)
    assert "\n" not in str(caught.value)
