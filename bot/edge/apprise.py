"""Any service that Apprise knows as a channel: Discord, Slack, Matrix, e-mail, ntfy and some 150 more.

Services differ in what they take for mark-up, so a post is written in the one of three ways that each reads
as text: plain; plain with the signs of Markdown escaped, for those that read Markdown in all they are sent;
or as Markdown, for those that take nothing else. Links are written out below their line. What some services
do with bare text (*bold* in WhatsApp) cannot be turned off; a link there never hides behind other words.

Nothing can be changed once it was sent: an edit is refused, and the outbox drops it. Nor is there a number
of what was shown, so a reply is a message of its own and the receipt has the post's own number.

Apprise answers yes or no. What its "no" means for a repeat is read from its log, which goes nowhere else: a
status, or a connection that never came about. Where that is not told the post may have been shown. Retries
of its own, splitting and redirects are turned off, whatever an address asks for: one call makes one message.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from http import HTTPStatus

from apprise import (
    Apprise,
    AppriseAsset,
    AppriseResult,
    AppriseResultStatus,
    NotificationManager,
    NotifyBase,
    NotifyFormat,
    OverflowMode,
)

from bot.edge.wire import whole
from bot.errors import (
    AnswerLostError,
    ChannelBusyError,
    ChannelClosedError,
    ConfigError,
    DeliveryError,
    NotSentError,
    PostRefusedError,
)
from bot.model import Message, Post, PostId, PostKind, Receipt, Style

#: Apprise does not tell how long a service wants to be left alone. Limits are counted a minute.
USUAL_WAIT = timedelta(seconds=30)
#: Posts under way in a channel whose places are remembered; there is one at a time, and those that wait.
_REMEMBERED = 1_000

#: Libraries that write addresses, which hold secrets, into their logs; nothing of it leaves them.
_TALKATIVE = ("apprise", "urllib3", "requests", "oauthlib", "requests_oauthlib")

#: E-mail needs a subject; elsewhere a title would only repeat the first line.
_MAIL = frozenset(
    "acs azure brevo groundmail mailersend mailgun mailto mailtos o365 postmark resend sendgrid sendpulse ses"
    " smtp2go sparkpost".split()
)
#: Services that Apprise sends text to and that read Markdown in it all the same.
_READ_MARKDOWN = frozenset(
    "discord fluxer fluxers guilded mmost mmosts nctalk nctalks notifiarr revolt ryver zulip".split()
)

#: Signs that begin something in Markdown wherever they stand …
_ACTIVE = re.compile(r"[\\`*_~\[\]<>|]|&(?=#?\w{1,32};)")
#: … and those that do at the start of a line, lists with numbers included.
_AT_START = re.compile(r"^(\s*\d{0,9})([#+=.)-])", re.MULTILINE)
#: What ends an address, or begins something, where mark-up is read.
_LOOSE = re.compile(r"[()<>\\`*|\s\x00-\x1f\x7f-\xa0]")

#: The status an entry of Apprise's log ends with; ntfy adds two digits of its own.
_STATUS = re.compile(r"\berror=(\d{3})(?:\d\d)?\.?\s*$")
#: How an entry begins that tells of a connection, and what it says if none came about.
_TROUBLE = "Socket Exception: "
_NEVER_LEFT = re.compile(
    r"\(Caused by (?:NewConnectionError|ConnectTimeoutError|NameResolutionError)\("
    rf"|\[Errno (?:-\d+|{errno.ECONNREFUSED})\]"  # errors of a look-up are negative
)
_UNIMPORTANT = frozenset({"TRACE", "DEBUG", "INFO"})

#: Nothing will pass before somebody mends the address or the rights it gives.
_CLOSED = frozenset(
    {
        HTTPStatus.UNAUTHORIZED,
        HTTPStatus.FORBIDDEN,
        HTTPStatus.NOT_FOUND,
        HTTPStatus.METHOD_NOT_ALLOWED,
        HTTPStatus.GONE,
    }
)
#: What is told where several services fail in different ways: first what must not be forgotten.
_GRAVEST_FIRST = (AnswerLostError, ChannelClosedError, ChannelBusyError, NotSentError, PostRefusedError)


@dataclass(frozen=True, slots=True)
class _Way:
    """How a post is written so that nothing in its words acts as mark-up."""

    format: NotifyFormat
    text: Callable[[str], str]
    link: Callable[[str], str]
    line_break: str = "\n"


@dataclass(frozen=True, slots=True)
class _Place:
    """One of a channel's addresses."""

    #: What it is called in errors, without anything of the address.
    label: str
    apprise: Apprise
    way: _Way
    #: It wants a subject.
    is_mail: bool
    #: It stands for several targets, some of which may take what others do not.
    is_several: bool


class AppriseChannel:
    """The addresses of one or more services; all of them get each post.

    A post is sent until each has taken it, and to none again that has, as far as this process knows: after a
    restart in the middle of that each may show it once more. One that takes nothing holds up the others, so
    services that should not wait for each other are better channels of their own.
    """

    def __init__(self, name: str, urls: Sequence[str], *, longest: timedelta = timedelta(seconds=30)) -> None:
        """Make a channel of addresses.

        Args:
            name: what stories call it.
            urls: as https://appriseit.com/services/ describes them. They hold secrets.
            longest: for one post, whatever a service does; then its answer counts as lost.

        Raises:
            ConfigError: one of them cannot be used; the text does not repeat it.
        """
        _keep_quiet()
        self._name = name
        self._longest = longest.total_seconds()
        self._places = [_place(name, url, number) for number, url in enumerate(urls, start=1)]
        #: By post, which places have taken it while others have not.
        self._taken: dict[PostId, set[str]] = {}

    @property
    def name(self) -> str:
        """The name stories use for it."""
        return self._name

    async def send(self, post: Post) -> Receipt:
        """Send a card or a reply to each service; see the `Channel` port."""
        if post.kind is PostKind.EDIT:
            raise PostRefusedError(f"channel {self._name} cannot change what it was sent")
        taken = self._taken.get(post.id, set())
        left = [place for place in self._places if place.label not in taken]
        outcomes = await asyncio.gather(*(self._tell(place, post.message) for place in left))
        failures = [outcome for outcome in outcomes if outcome is not None]
        if not failures:
            self._taken.pop(post.id, None)
            return Receipt(message_id=post.id)
        self._remember(
            post.id, taken | {place.label for place, bad in zip(left, outcomes, strict=True) if not bad}
        )
        raise min(failures, key=lambda failure: _GRAVEST_FIRST.index(type(failure)))

    def _remember(self, post: PostId, taken: set[str]) -> None:
        self._taken[post] = taken
        if len(self._taken) > _REMEMBERED:
            del self._taken[next(iter(self._taken))]

    async def _tell(self, place: _Place, message: Message) -> DeliveryError | None:
        """Send to one service; return why it did not take it, or None if it did."""
        result = await place.apprise.async_notify(
            body=written(message, place.way),
            title=whole(message.text).partition("\n")[0] if place.is_mail else "",
            body_format=place.way.format,
            timeout=self._longest,
            log_level=logging.DEBUG,
        )
        with result:
            if result.status is AppriseResultStatus.SUCCESS:
                return None
            if result.status is AppriseResultStatus.TIMEOUT:
                return AnswerLostError(f"{place.label} did not answer within {self._longest:g} s")
            return _meaning(result, place)


def written(message: Message, way: _Way) -> str:
    """Write a message with its links below the line they stand in, each once."""
    units = whole(message.text).encode("utf-16-le")
    lines = [[way.text(line)] for line in whole(message.text).split("\n")]
    shown = set[str]()
    for span in sorted(message.spans, key=lambda span: span.offset):
        url = _LOOSE.sub(lambda found: _escaped(found[0]), whole(span.url or ""))
        if span.style is Style.LINK and url.lower().startswith(("http://", "https://")) and url not in shown:
            shown.add(url)
            before = units[: 2 * span.offset].decode("utf-16-le", "replace")
            lines[before.count("\n")].append(way.link(url))
    return way.line_break.join(part for line in lines for part in line)


def literal(text: str) -> str:
    """Escape what Markdown would read as mark-up."""
    return _AT_START.sub(r"\1\\\2", _ACTIVE.sub(r"\\\g<0>", text))


PLAIN = _Way(NotifyFormat.TEXT, str, str)
#: Bare addresses: Discord does not hide one address behind another.
ESCAPED = _Way(NotifyFormat.TEXT, literal, str)
MARKDOWN = _Way(NotifyFormat.MARKDOWN, literal, lambda url: f"[{literal(url)}]({url})", "  \n")


def _escaped(text: str) -> str:
    return "".join(f"%{byte:02X}" for byte in text.encode())


def _place(name: str, url: str, number: int) -> _Place:
    asset = AppriseAsset(
        app_id="Storywire",
        app_desc="Storywire",
        app_url="",
        image_url_mask="",  # pictures of its own, from its own repository
        image_url_logo="",
        interpret_emojis=False,
    )
    service = Apprise.instantiate(url, asset=asset)
    if service is None:
        raise ConfigError(f"channel {name}: {_complaint(url, number)}; see https://appriseit.com/services/")
    # What an address may ask for, and what would double posts or hide that they were not taken.
    service.retry = 0
    service.optional = False
    service.redirects = False
    service.overflow_mode = OverflowMode.TRUNCATE
    apprise = Apprise(asset=asset)
    apprise.add(service)
    return _Place(
        label=f"{service.service_name} (address {number})",
        apprise=apprise,
        way=_way(service),
        is_mail=bool(_names(service) & _MAIL),
        is_several=len(service) > 1,
    )


def _complaint(url: str, number: int) -> str:
    """Say what is wrong with an address, of which only the name of a service that exists is repeated."""
    schema = url.partition("://")[0].lower()
    if schema in NotificationManager():  # type: ignore[no-untyped-call]
        return f"address {number} is not how Apprise writes {schema}://, or that needs another package"
    return f"address {number} names no service that Apprise knows"


def _names(service: NotifyBase) -> set[str]:
    """Return what addresses of this service begin with; what one began with is not always kept."""
    return set(service.schemas())  # type: ignore[no-untyped-call]


def _way(service: NotifyBase) -> _Way:
    if service.resolve_format(NotifyFormat.TEXT) is NotifyFormat.MARKDOWN:
        return MARKDOWN
    return ESCAPED if _names(service) & _READ_MARKDOWN else PLAIN  # Apprise itself escapes for HTML


def _meaning(result: AppriseResult, place: _Place) -> DeliveryError:
    """Read from the log of a failure what may be done.

    Feeds' words stand in it as well, but neither at the end of a warning nor at the start of an entry.
    """
    label = place.label
    if place.is_several:
        return AnswerLostError(f"{label} failed, and some of its targets may have been reached")
    entries = list(result.logs())
    said = [_STATUS.search(entry.message) for entry in entries if entry.level not in _UNIMPORTANT]
    statuses = [int(found[1]) for found in said if found is not None]
    if statuses:
        return _by_status(statuses[-1], f"{label} answered {statuses[-1]}")
    troubles = [entry.message for entry in entries if entry.message.startswith(_TROUBLE)]
    if troubles and all(_NEVER_LEFT.search(trouble) for trouble in troubles):
        return NotSentError(f"no connection to {label}")
    return AnswerLostError(f"{label} failed, and Apprise does not tell how")


def _by_status(status: int, answered: str) -> DeliveryError:
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return ChannelBusyError(f"{answered}: it asks to wait", retry_after=USUAL_WAIT)
    if status in _CLOSED or 300 <= status < 400:  # noqa: PLR2004  redirects, which are not followed
        return ChannelClosedError(f"{answered}: is the address right, and does it still hold?")
    if status == HTTPStatus.REQUEST_TIMEOUT or not 400 <= status < 500:  # noqa: PLR2004
        return AnswerLostError(answered)
    return PostRefusedError(answered)


def _keep_quiet() -> None:
    for name in _TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        if not logger.handlers:
            logger.addHandler(logging.NullHandler())
    logging.getLogger("apprise").setLevel(logging.DEBUG)  # for `_meaning`, which reads it
