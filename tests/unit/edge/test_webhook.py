"""What each answer of a receiver means, against one on loopback."""

from __future__ import annotations

import asyncio
import base64
import socket
import traceback
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.edge.webhook import USUAL_WAIT, WebhookChannel, _retry_after, signature
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    ConfigError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
)
from bot.model import EventId, Message, Post, PostId, PostKind, Receipt
from tests.builders import NOW
from tests.fakes.feedserver import FakeNames
from tests.fakes.receiver import SECRET, Call, Planned, Receiver

CARD = Post(
    channel="desk",
    event=EventId(7),
    kind=PostKind.CARD,
    id=PostId(12),
    attempts=1,
    message=Message(text="Dam breaks"),
)
CANARY = "canary-in-the-address"


class StoppedClock:
    def now(self) -> datetime:
        return NOW


def a_channel(
    url: str, secret: str = SECRET, deadline: float = 5.0, allow: tuple[str, ...] = ()
) -> WebhookChannel:
    return WebhookChannel(
        "desk", url, secret, clock=StoppedClock(), allow=allow, deadline=timedelta(seconds=deadline)
    )


def with_receiver(
    test: Callable[[WebhookChannel], Awaitable[None]], *plan: Planned, deadline: float = 5.0
) -> Receiver:
    receiver = Receiver()
    receiver.plan.extend(plan)

    async def run() -> None:
        async with receiver:
            await test(a_channel(f"{receiver.url}?key={CANARY}", deadline=deadline))

    asyncio.run(run())
    return receiver


def failure(*plan: Planned, deadline: float = 5.0) -> tuple[DeliveryError, Receiver]:
    """Send a card that is not taken, and return why; the error must not show the address or the secret."""
    failures: list[DeliveryError] = []

    async def test(channel: WebhookChannel) -> None:
        with pytest.raises(DeliveryError) as caught:
            await channel.send(CARD)
        failures.append(caught.value)

    receiver = with_receiver(test, *plan, deadline=deadline)
    written = "".join(traceback.format_exception(failures[0]))
    assert CANARY not in written
    assert SECRET not in written
    assert "\n" not in str(failures[0])
    return failures[0], receiver


def header(call: Call, name: str) -> str:
    return call.headers[name]


# ------------------------------------------------------------------------- what each answer means

OUTCOMES: dict[str, tuple[Planned, type[DeliveryError]]] = {
    "flood limit": (Planned(status=429, headers={"Retry-After": "7"}), ChannelBusyError),
    "flood limit without a time": (Planned(status=429), ChannelBusyError),
    "overloaded, with a time": (Planned(status=503, headers={"Retry-After": "7"}), ChannelBusyError),
    "overloaded, without a time": (Planned(status=503), AnswerLostError),
    "a body it cannot take": (Planned(status=400), PostRefusedError),
    "a body it finds too large": (Planned(status=413), PostRefusedError),
    "a body it does not understand": (Planned(status=422), PostRefusedError),
    "a signature it does not know": (Planned(status=401), ChannelClosedError),
    "a sender it does not let in": (Planned(status=403), ChannelClosedError),
    "no such page": (Planned(status=404), ChannelClosedError),
    "a page that takes no posts": (Planned(status=405), ChannelClosedError),
    "gone": (Planned(status=410), ChannelClosedError),
    "moved": (Planned(status=308, headers={"Location": "http://127.0.0.1:1/"}), ChannelClosedError),
    "too slow with the request": (Planned(status=408), AnswerLostError),
    "too early": (Planned(status=425), AnswerLostError),
    "internal error": (Planned(status=500), AnswerLostError),
    "bad gateway, taken": (Planned(status=502, taken=True), AnswerLostError),
    "reset, not taken": (Planned(resets=True), AnswerLostError),
    "reset, taken": (Planned(resets=True, taken=True), AnswerLostError),
    "a header without end": (Planned(headers={"X": "x" * 20_000}, taken=True), AnswerLostError),
}


@pytest.mark.parametrize(("planned", "meaning"), OUTCOMES.values(), ids=OUTCOMES)
def test_an_outcome_says_what_may_be_done(planned: Planned, meaning: type[DeliveryError]) -> None:
    error, receiver = failure(planned)

    assert type(error) is meaning
    assert len(receiver.calls) == 1, "no retry, no redirect followed"


@pytest.mark.parametrize("status", [200, 201, 202, 204])
def test_any_success_is_a_receipt_under_the_number_of_the_post(status: int) -> None:
    async def test(channel: WebhookChannel) -> None:
        assert await channel.send(CARD) == Receipt(message_id=12)

    with_receiver(test, Planned(status=status, body=b"" if status == 204 else b"x" * 300_000))


WAITS: dict[str, tuple[dict[str, str], timedelta]] = {
    "seconds": ({"Retry-After": "7"}, timedelta(seconds=7)),
    "a date": ({"Retry-After": "Thu, 15 Jan 2026 12:02:00 GMT"}, timedelta(minutes=2)),
    "a date gone by": ({"Retry-After": "Thu, 15 Jan 2026 11:00:00 GMT"}, timedelta(seconds=1)),
    "a year": ({"Retry-After": "31536000"}, timedelta(hours=24)),
    "nonsense": ({"Retry-After": "soon"}, USUAL_WAIT),
    "nothing": ({}, USUAL_WAIT),
}


@pytest.mark.parametrize(("headers", "wait"), WAITS.values(), ids=WAITS)
def test_a_busy_receiver_is_left_alone_as_long_as_it_asks(
    headers: Mapping[str, str], wait: timedelta
) -> None:
    error, _ = failure(Planned(status=429, headers=headers))

    assert isinstance(error, ChannelBusyError)
    assert error.retry_after == wait


@given(st.text(max_size=30))
def test_no_retry_after_breaks_the_channel(value: str) -> None:
    wait = _retry_after(value, NOW.astimezone(UTC))

    assert wait is None or timedelta(seconds=1) <= wait <= timedelta(hours=24)


def test_a_receiver_that_does_not_answer_may_have_taken_the_post() -> None:
    error, receiver = failure(Planned(hangs=True, taken=True), deadline=0.2)

    assert type(error) is AnswerLostError
    assert receiver.shown == {12: "Dam breaks"}


def test_a_receiver_that_is_down_was_not_sent_anything() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]

    with pytest.raises(NotSentError, match=r"no connection to 127\.0\.0\.1"):
        asyncio.run(a_channel(f"http://127.0.0.1:{port}/{CANARY}").send(CARD))


def test_a_name_that_does_not_exist_was_not_sent_anything() -> None:
    with pytest.raises(NotSentError, match=r"no connection to nowhere\.invalid"):
        asyncio.run(a_channel("https://nowhere.invalid/").send(CARD))


# ----------------------------------------------------------------------------- signed, and once


def test_the_signature_is_that_of_the_standards_own_example() -> None:
    """From the tests of github.com/standard-webhooks/standard-webhooks."""

    key = base64.b64decode("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = signature(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", b'{"test": 2432232314}')

    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_repeats_of_a_post_have_one_id_so_that_a_receiver_shows_it_once() -> None:
    async def test(channel: WebhookChannel) -> None:
        with pytest.raises(AnswerLostError):
            await channel.send(CARD)
        await channel.send(replace(CARD, attempts=2))

    receiver = with_receiver(test, Planned(status=502, taken=True))

    first, second = receiver.calls
    assert header(first, "webhook-id") == header(second, "webhook-id")
    assert (first.told["attempt"], second.told["attempt"]) == (1, 2)
    assert header(first, "webhook-timestamp") == str(int(NOW.timestamp()))
    assert receiver.shown == {12: "Dam breaks"}


def test_a_repeat_that_comes_without_a_sound_as_quiet_hours_began_has_the_same_id() -> None:
    async def test(channel: WebhookChannel) -> None:
        with pytest.raises(AnswerLostError):
            await channel.send(CARD)
        await channel.send(replace(CARD, attempts=2, message=replace(CARD.message, silent=True)))

    first, second = with_receiver(test, Planned(status=502, taken=True)).calls

    assert header(first, "webhook-id") == header(second, "webhook-id")


OTHERS = {
    "another post": replace(CARD, id=PostId(13)),
    "another channel": replace(CARD, channel="wire"),
    "an edit of it": replace(CARD, kind=PostKind.EDIT, target=12),
    "an edit whose text changed while its answer was out": replace(CARD, message=Message(text="Dam holds")),
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_says_something_else_has_an_id_of_its_own(other: Post) -> None:
    async def test(channel: WebhookChannel) -> None:
        await channel.send(CARD)
        await channel.send(other)

    first, second = with_receiver(test).calls

    assert header(first, "webhook-id") != header(second, "webhook-id")
    assert "." not in header(first, "webhook-id")


# --------------------------------------------------------------------------------- where to, and where not

REFUSED = {
    "another scheme": ("ftp://hooks.example/", "only http and https"),
    "a user name": (f"https://me:{CANARY}@hooks.example/", "user name or password"),
    "a blank": ("https://hooks.example/a b", "blank"),
    "an address in disguise": ("http://0x7f.1/", "plainly written"),
    "nothing": ("", "only http and https"),
    "http to a public address": ("http://93.184.216.34/", "is a public address"),
    "a private network": ("https://10.2.2.3/", "not a public address"),
    "another port of a public address": ("https://93.184.216.34:8443/", "port 8443"),
}


@pytest.mark.parametrize(("url", "complaint"), REFUSED.values(), ids=REFUSED)
def test_an_address_that_may_not_be_asked_is_told_at_the_start(url: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=f"channel desk: .*{complaint}") as caught:
        a_channel(url)
    assert CANARY not in str(caught.value)


BLOCKED = {
    "http to a public address": ("http://hooks.example/", "93.184.216.34", "is a public address"),
    "a private network": ("https://hooks.example/", "10.2.2.3", "not a public address"),
    "cloud metadata": ("http://hooks.example/", "169.254.169.254", "not a public address"),
    "another port of a public address": ("https://hooks.example:8443/", "93.184.216.34", "port 8443"),
}


@pytest.mark.parametrize(("url", "address", "complaint"), BLOCKED.values(), ids=BLOCKED)
def test_a_name_that_leads_behind_the_gate_closes_the_channel(url: str, address: str, complaint: str) -> None:
    async def send() -> None:
        channel = a_channel(url, allow=("10.1.0.0/16",))
        channel._gate.resolver = FakeNames(address)  # noqa: SLF001  names lead elsewhere in tests only
        await channel.send(CARD)

    with pytest.raises(ChannelClosedError, match=complaint):
        asyncio.run(send())


ALLOWED = {
    "this machine in the clear": "http://127.0.0.1:8080/",
    "this machine by its other address": "http://[::1]:8080/",
    "an allowed network in the clear": "http://10.1.2.3:8080/",
    "a public address by https": "https://93.184.216.34/",
}


@pytest.mark.parametrize("url", ALLOWED.values(), ids=ALLOWED)
def test_an_address_that_may_be_asked_is_taken(url: str) -> None:
    assert a_channel(url, allow=("10.1.0.0/16",)).name == "desk"


SECRETS = {
    "without its mark": SECRET.removeprefix("whsec_"),
    "too short": "whsec_c2hvcnQ=",
    "too long": "whsec_" + "QUFB" * 30,
    "no base64": "whsec_%%%",
    "not even ASCII": "whsec_ключ",
    "empty": "",
}


@pytest.mark.parametrize("secret", SECRETS.values(), ids=SECRETS)
def test_a_secret_that_is_none_is_told_at_the_start_with_how_to_make_one(secret: str) -> None:
    with pytest.raises(ConfigError, match=r"channel desk: the secret must be whsec_.*openssl rand") as caught:
        a_channel("https://hooks.example/", secret)
    assert not secret or secret not in str(caught.value)
