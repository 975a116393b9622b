"""A program on loopback that takes signed posts, checks them and drops repeats, as Standard Webhooks asks."""

from __future__ import annotations

import asyncio
import base64
import hmac
import json
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from aiohttp import web

SECRET = "whsec_" + base64.b64encode(b"a key of the tests, 32 bytes long").decode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What one request meets instead of a plain 204."""

    status: int = 204
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    #: The post is taken before that.
    taken: bool = False
    #: No answer at all: the connection is reset, or nothing comes.
    resets: bool = False
    hangs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request as it came in."""

    path: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def told(self) -> Any:
        return json.loads(self.body)


class Receiver:
    """Shows what it was sent."""

    def __init__(self) -> None:
        self.plan: deque[Planned] = deque()
        self.calls: list[Call] = []
        #: Texts by number, as they stand.
        self.shown: dict[int, str] = {}
        self._seen: set[str] = set()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hook"

    async def __aenter__(self) -> Self:
        self._over = asyncio.Event()
        self._server = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._listener = await asyncio.get_running_loop().create_server(self._server, "127.0.0.1", 0)
        self.port = self._listener.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._over.set()
        self._listener.close()
        await self._server.shutdown(timeout=0)
        await self._listener.wait_closed()

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        call = Call(path=request.path, headers=dict(request.headers), body=body)
        self.calls.append(call)
        planned = self.plan.popleft() if self.plan else Planned(taken=True)
        if planned.taken:
            self.take(call)
        if planned.hangs:
            await self._over.wait()
        if planned.resets and request.transport is not None:
            request.transport.abort()
        return web.Response(status=planned.status, headers=dict(planned.headers), body=planned.body)

    def take(self, call: Call) -> None:
        number, moment = call.headers["webhook-id"], call.headers["webhook-timestamp"]
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        digest = hmac.digest(key, b".".join((number.encode(), moment.encode(), call.body)), "sha256")
        assert call.headers["webhook-signature"] == f"v1,{base64.b64encode(digest).decode()}"
        if number not in self._seen:
            self._seen.add(number)
            self.shown[call.told["message_id"]] = call.told["text"]
