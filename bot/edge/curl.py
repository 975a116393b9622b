"""libcurl on asyncio's loop: one request at a time per handle, many handles at once.

libcurl speaks HTTP and TLS in C and costs a third of what a client in Python does. It is told to do nothing
by itself: no name is looked up (the addresses come along), no redirect followed, no body unpacked, nothing
kept between requests, and each socket is made by whoever judges addresses.
"""

from __future__ import annotations

import asyncio
import os
import selectors
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import pycurl

from bot.edge.gate import Lent

#: (family, kind, protocol, address) → the socket to connect with; whoever refuses raises an OSError.
OpenSocket: TypeAlias = Callable[[tuple[int, int, int, tuple[Any, ...]]], socket.socket]

#: Of a head: lines, and bytes of one line and of all.
MAX_LINES = 100
MAX_LINE = 8 * 2**10
MAX_HEAD = 64 * 2**10

#: pycurl has no name for it.
_SUPPRESS_CONNECT_HEADERS = 265
_PIECE = 2**16
_AT_ONCE = 256
_BLANK = frozenset({b"\r\n", b"\n"})
_STOP = -1
_STATUS_LINE = b"HTTP/"
_NO_SOCKET: int = pycurl.SOCKET_BAD


class TransferError(Exception):
    """A transfer came to nothing."""

    def __init__(self, code: int, number: int, says: str, *, has_head: bool, refusal: int) -> None:
        """Keep what libcurl said.

        Args:
            code: of libcurl (`pycurl.E_…`).
            number: the system's `errno`, or 0.
            says: libcurl's own words; a server may have chosen some of them.
            has_head: whether the answer's head had arrived.
            refusal: the status with which a proxy refused a tunnel, or 0.
        """
        super().__init__(code)
        self.code = code
        self.number = number
        self.says = says
        self.has_head = has_head
        self.refusal = refusal


class BrokenHeadError(Exception):
    """The answer's head has too many lines, or one that is too long."""


class HugeHeadError(Exception):
    """The answer's head is too large."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked."""

    url: str
    headers: Sequence[bytes]
    #: "host:port:address,address" if a name stands in the address; None where its host is a number.
    addresses: str | None = None
    proxy: str | None = None


class Taker(Protocol):
    """Takes an answer as it arrives."""

    def head(self, lines: Sequence[bytes]) -> bool:
        """Take the head, and say whether the body is wanted; what is raised ends the transfer."""
        ...

    def piece(self, data: bytes) -> None:
        """Take a piece of the body; what is raised ends the transfer."""
        ...


class Curl:
    """Makes requests; belongs to the event loop that runs when it is made."""

    def __init__(self, open_socket: OpenSocket, *, connect_within: float, host_limit: int) -> None:
        """Prepare.

        Args:
            open_socket: makes each socket that goes straight to a server; a proxy is not judged.
            connect_within: seconds for a connection to come about.
            host_limit: connections to one host at a time.
        """
        self._open_socket = open_socket
        self._connect_ms = int(connect_within * 1000)
        self._loop = asyncio.get_running_loop()
        self._multi = pycurl.CurlMulti()
        self._multi.setopt(pycurl.M_SOCKETFUNCTION, self._watch)
        self._multi.setopt(pycurl.M_TIMERFUNCTION, self._set_timer)
        self._multi.setopt(pycurl.M_MAX_HOST_CONNECTIONS, host_limit)
        self._multi.setopt(pycurl.M_PIPELINING, pycurl.PIPE_NOTHING)
        # One for all sockets: the loop's own costs a handle for each change.
        self._selector = selectors.DefaultSelector()
        self._watched: set[int] = set()
        self._loop.add_reader(self._selector, self._ready)
        self._timer: asyncio.TimerHandle | None = None
        self._due: float | None = None
        self._soon = False
        self._free: list[_Handle] = []
        self._busy: dict[pycurl.Curl, _Handle] = {}
        self._trusted = _trusted()

    async def get(self, request: Request, taker: Taker) -> None:
        """Make a request, and hand over what comes.

        Raises:
            TransferError: nothing usable came, or not to its end.
            BrokenHeadError, HugeHeadError: the head is beyond the limits.
        """
        handle = self._free.pop() if self._free else self._made()
        handle.prepare(request, taker)
        handle.over = over = self._loop.create_future()
        self._busy[handle.easy] = handle
        self._multi.add_handle(handle.easy)
        try:
            await over
        finally:
            if self._busy.pop(handle.easy, None) is not None:  # cancelled
                self._multi.remove_handle(handle.easy)
            handle.clear()
            self._free.append(handle)

    def close(self) -> None:
        """Let go of everything; nothing may be under way."""
        self._loop.remove_reader(self._selector)
        if self._timer is not None:
            self._timer.cancel()
        for handle in self._free:
            handle.easy.close()
        self._free.clear()
        self._multi.close()
        self._selector.close()

    def _made(self) -> _Handle:
        return _Handle(self._open_socket, connect_ms=self._connect_ms, trusted=self._trusted)

    # ------------------------------------------------------------------------ what libcurl asks for

    def _watch(self, what: int, number: int, _multi: object, _data: object) -> None:
        """Watch a socket for what libcurl waits for (its POLL_IN and POLL_OUT are ours)."""
        if what == pycurl.POLL_REMOVE:
            if number in self._watched:
                self._watched.discard(number)
                self._selector.unregister(number)
        elif number in self._watched:
            self._selector.modify(number, what)
        else:
            self._selector.register(number, what)
            self._watched.add(number)

    def _set_timer(self, milliseconds: int) -> None:
        if milliseconds == 0:
            self._due = None
            if not self._soon:
                self._soon = True
                self._loop.call_soon(self._at_once)
            return
        self._due = None if milliseconds < 0 else self._loop.time() + milliseconds / 1000
        if self._due is not None and (self._timer is None or self._due < self._timer.when()):
            self._arm(self._due)

    def _arm(self, due: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(due, self._timed)

    # ------------------------------------------------------------------------------ what happens

    def _at_once(self) -> None:
        self._soon = False
        self._act(pycurl.SOCKET_TIMEOUT, 0)

    def _timed(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self._due > self._loop.time():
            self._arm(self._due)  # put off meanwhile
            return
        self._due = None
        self._act(pycurl.SOCKET_TIMEOUT, 0)

    def _ready(self) -> None:
        for key, events in self._selector.select(0):
            if key.fd in self._watched:  # an event before may have closed it
                self._act(key.fd, events)

    def _act(self, number: int, events: int) -> None:
        _, running = self._multi.socket_action(number, events)
        if running < len(self._busy):
            self._reap()

    def _reap(self) -> None:
        waiting = 1
        while waiting:
            waiting, ended, failed = self._multi.info_read(_AT_ONCE)
            for easy in ended:
                self._end(easy, 0, "")
            for easy, code, says in failed:
                self._end(easy, code, says)

    def _end(self, easy: pycurl.Curl, code: int, says: str) -> None:
        handle = self._busy.pop(easy)
        self._multi.remove_handle(easy)
        over, error = handle.over, handle.outcome(code, says)
        if over is None or over.done():
            return
        if error is None:
            over.set_result(None)
        else:
            over.set_exception(error)


@dataclass(slots=True)
class _Incoming:
    """An answer so far."""

    taker: Taker
    lines: list[bytes] = field(default_factory=list)
    count: int = 0
    size: int = 0
    has_head: bool = False
    #: Nothing more is wanted.
    enough: bool = False
    error: Exception | None = None

    def take(self, line: bytes) -> None:
        """Take a line of the head."""
        if line.startswith(_STATUS_LINE):
            self.lines.clear()  # of an interim answer
        self.lines.append(line)
        self.count += 1
        self.size += len(line)
        if self.count > MAX_LINES or len(line) > MAX_LINE:
            raise BrokenHeadError
        if self.size > MAX_HEAD:
            raise HugeHeadError

    @property
    def is_interim(self) -> bool:
        """Whether the head only announces another one (103 Early Hints)."""
        return bool(self.lines) and self.lines[0].partition(b" ")[2].startswith(b"1")

    def end_head(self) -> bool:
        """Hand the head over; return whether nothing more is wanted."""
        self.has_head = True
        self.enough = not self.taker.head(self.lines)
        return self.enough


class _Handle:
    """libcurl's handle of one request, used again for the next; what all have in common is set once."""

    def __init__(
        self, open_socket: OpenSocket, *, connect_ms: int, trusted: Sequence[tuple[int, str | None]]
    ) -> None:
        self.over: asyncio.Future[None] | None = None
        self.easy = easy = pycurl.Curl()
        self._open_socket = open_socket
        self._request: Request | None = None
        self._incoming: _Incoming | None = None
        for option, value in (*_ALWAYS, *trusted, (pycurl.CONNECTTIMEOUT_MS, connect_ms)):
            easy.setopt(option, value)  # None: not even libcurl's own default
        easy.setopt(pycurl.OPENSOCKETFUNCTION, self._open)
        easy.setopt(pycurl.RESOLVER_START_FUNCTION, self._may_look_up)
        easy.setopt(pycurl.HEADERFUNCTION, self._header)
        easy.setopt(pycurl.WRITEFUNCTION, self._body)

    def prepare(self, request: Request, taker: Taker) -> None:
        """Set what this request has of its own."""
        self._request, self._incoming = request, _Incoming(taker)
        easy = self.easy
        easy.setopt(pycurl.URL, request.url)
        easy.setopt(pycurl.HTTPHEADER, request.headers)
        easy.setopt(pycurl.PROXY, request.proxy or "")  # empty: nor one of the environment
        if request.addresses is not None:
            easy.setopt(pycurl.RESOLVE, [f"+{request.addresses}"])

    def clear(self) -> None:
        """Forget the request."""
        if self._request is not None and self._request.addresses is not None:
            self.easy.unsetopt(pycurl.RESOLVE)
        self._request = self._incoming = self.over = None

    def outcome(self, code: int, says: str) -> Exception | None:
        """Say how a transfer ended: None if well."""
        incoming = self._incoming
        if incoming is not None and incoming.error is not None:
            return incoming.error
        if code == 0 or (incoming is not None and incoming.enough):
            return None
        return TransferError(
            code,
            int(self.easy.getinfo(pycurl.OS_ERRNO)),
            says,
            has_head=incoming is not None and incoming.has_head,
            refusal=int(self.easy.getinfo(pycurl.HTTP_CONNECTCODE)),
        )

    # ---------------------------------------------- what libcurl calls; what is raised here would be lost

    def _open(self, purpose: int, address: tuple[int, int, int, tuple[Any, ...]]) -> socket.socket | int:
        del purpose  # there is one only
        request, incoming = self._request, self._incoming
        if request is None or incoming is None:
            return _NO_SOCKET
        try:
            if request.proxy is None:
                return self._open_socket(address)
            family, kind, protocol, _ = address
            return Lent(family, kind, protocol)
        except Exception as error:  # noqa: BLE001  raised again where it is awaited
            incoming.error = error
            return _NO_SOCKET

    def _may_look_up(self) -> int:
        """Let no name be looked up here; a number, which comes this way too, needs no look-up."""
        request = self._request
        return int(request is None or (request.proxy is None and request.addresses is not None))

    def _header(self, line: bytes) -> int | None:
        incoming = self._incoming
        if incoming is None:
            return _STOP
        if incoming.has_head:
            return None  # what follows a chunked body
        try:
            if line not in _BLANK:
                incoming.take(line)
            elif not incoming.is_interim:
                return _STOP if incoming.end_head() else None
        except Exception as error:  # noqa: BLE001  raised again where it is awaited
            incoming.error = error
            return _STOP
        return None

    def _body(self, data: bytes) -> int | None:
        incoming = self._incoming
        if incoming is None:
            return _STOP
        try:
            incoming.taker.piece(data)
        except Exception as error:  # noqa: BLE001  raised again where it is awaited
            incoming.error = error
            return _STOP
        return None


_ALWAYS: Sequence[tuple[int, Any]] = (
    (pycurl.PROTOCOLS, pycurl.PROTO_HTTP | pycurl.PROTO_HTTPS),
    (pycurl.FOLLOWLOCATION, 0),
    (pycurl.HTTP_VERSION, pycurl.CURL_HTTP_VERSION_1_1),
    (pycurl.HTTP09_ALLOWED, 0),
    (pycurl.HTTP_CONTENT_DECODING, 0),
    (pycurl.PATH_AS_IS, 1),
    (pycurl.FRESH_CONNECT, 1),
    (pycurl.FORBID_REUSE, 1),
    (pycurl.SSL_SESSIONID_CACHE, 0),
    (pycurl.SSLVERSION, pycurl.SSLVERSION_TLSv1_2),
    (pycurl.SSL_VERIFYPEER, 1),
    (pycurl.SSL_VERIFYHOST, 2),
    (pycurl.NETRC, pycurl.NETRC_IGNORED),
    (pycurl.NOPROXY, ""),
    (pycurl.HEADEROPT, pycurl.HEADER_SEPARATE),
    (_SUPPRESS_CONNECT_HEADERS, 1),
    (pycurl.NOSIGNAL, 1),
    (pycurl.BUFFERSIZE, _PIECE),
)


def _trusted() -> list[tuple[int, str | None]]:
    """Return where the certificates are that are trusted: in the file that Python's own contexts read.

    libcurl reads a file once, but anew for each connection where there is a folder as well. So a folder only
    counts where there is no file, or where the operator names a folder and no file.
    """
    paths = ssl.get_default_verify_paths()
    named = {paths.openssl_cafile_env, paths.openssl_capath_env} & os.environ.keys()
    by_folder = bool(paths.capath) and (not paths.cafile or named == {paths.openssl_capath_env})
    file, folder = (None, paths.capath) if by_folder else (paths.cafile, None)
    return [
        (pycurl.CAINFO, file),
        (pycurl.PROXY_CAINFO, file),
        (pycurl.CAPATH, folder),
        (pycurl.PROXY_CAPATH, folder),
    ]
