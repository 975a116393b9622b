"""The Bot API over HTTP: which method answers, and what becomes of the connection.

Sources are named by file and line of github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from aiohttp import web

from tests.fakes.telegram_chats import Change, Chat, Chats
from tests.fakes.telegram_commands import Commands
from tests.fakes.telegram_entities import Json, RefusedError
from tests.fakes.telegram_faults import Answer, Ending, Fault, Faults
from tests.fakes.telegram_fields import number
from tests.fakes.telegram_files import Files
from tests.fakes.telegram_messages import Messages, Method
from tests.fakes.telegram_people import People
from tests.fakes.telegram_rates import Rates
from tests.fakes.telegram_updates import Updates
from tests.fakes.telegram_webhook import Said, Webhook
from tests.fakes.telegram_wire import read_query, reset, write_half

#: ClientManager.cpp:74
LONGEST_TOKEN = 80
#: Methods of which a flood limit on one counts for all in the same chat.
_TELLING = ("send", "edit", "forward", "copy", "delete", "pin", "unpin")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came in, whatever became of it."""

    method: str
    query: Mapping[str, str]


class BotApiServer:
    """A server for one bot."""

    def __init__(
        self,
        token: str,
        chats: Iterable[Chat],
        rates: Rates,
        *,
        local: bool,
        port: int,
        on_change: Callable[[Change], None],
    ) -> None:
        me: Json = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Wire"}
        self.token = token
        self.port = port
        self.faults = Faults()
        self.files = Files()
        self.requests: list[Request] = []
        self.chats = Chats({chat.id: chat for chat in chats}, {**me, "username": "wire_test_bot"}, rates)
        self.chats.on_change = on_change
        self.updates = Updates()
        self.webhook = Webhook(self.updates, local=local)
        messages = Messages(self.chats, self.files)
        self.people = People(self.chats, messages)
        self.commands = Commands(self.chats, messages)
        parts = (messages, self.people, self.commands, self.webhook)
        self._methods: dict[str, Method] = {"getfile": self.files.get_file}
        for part in parts:
            self._methods.update(part.methods())
        self._released = asyncio.Event()
        self._hanging = 0

    async def hanging(self, requests: int = 1) -> None:
        """Wait until so many requests hang."""
        async with self.updates.moved:
            await self.updates.moved.wait_for(lambda: self._hanging >= requests)

    def release(self) -> None:
        """End the requests that hang. Thread-safe."""
        self._loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        self._released.set()
        self._released = asyncio.Event()

    # ------------------------------------------------------------------------------------ running

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._release()
        await self.webhook.stop()
        await self._stop()

    async def _start(self) -> None:
        # A client that hangs up ends its handler, so that no request outlives a test.
        self._http = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._listener = await self._loop.create_server(self._http, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._listener.close()
        await self._http.shutdown(timeout=0.01)  # zero would mean for ever, while a client keeps a connection
        await self._listener.wait_closed()

    # ------------------------------------------------------------------------------------- HTTP

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        if request.path.startswith("/file/bot"):
            return self._download(request.path.removeprefix("/file/bot"))
        if not request.path.startswith("/bot"):  # HttpConnection.cpp:33
            return _not_found()
        rest = request.path.removeprefix("/bot")
        token, _, method = rest.partition("/")
        query = await read_query(request, self.files)
        self.requests.append(Request(method=method, query=query))
        if token != self.token:
            return await self._answer(token, method, query)
        scope = self._noted(method, query)
        fault = self.faults.take(method, self._chat_id(query))
        if fault is None:
            return await self._answer(token, method, query)
        if fault.wait:
            self.chats.rates.ask_to_wait(scope, self.chats.clock() + fault.wait)
        return await self._meet(request, fault, method, query)

    def _noted(self, method: str, query: Mapping[str, str]) -> int | str:
        """Write down a call that comes too early; return what a flood limit on it would hold for."""
        chat = self._chat_id(query) if method.lower().startswith(_TELLING) else None
        self.chats.rates.note(method, chat, self.chats.clock())
        return method if chat is None else chat

    async def _meet(
        self, request: web.BaseRequest, fault: Fault, method: str, query: Mapping[str, str]
    ) -> web.StreamResponse:
        if fault.ending is Ending.VANISH:
            self.chats.vanish(self._chat_id(query) or 0, number(query.get("message_id", "")))
            return await self._answer(self.token, method, query)
        if not fault.delivered:
            return await self._end(request, fault)
        answer = await self._answer(self.token, method, query)
        if answer.status != web.HTTPOk.status_code:
            return answer  # Telegram refused it, so there is nothing to lose the answer of
        return await self._end(request, fault, answer)

    def _download(self, rest: str) -> web.Response:
        """core.telegram.org/bots/api#getfile"""
        token, _, path = rest.partition("/")
        file = self.files.at(path) if token == self.token else None
        if file is None:
            return _not_found()
        return web.Response(body=file.data, content_type="application/octet-stream")

    async def _answer(self, token: str, method: str, query: Mapping[str, str]) -> web.Response:
        """Envelope and status as in Query.cpp:87-115 and Query.h:214."""
        try:
            result = await self._result(token, method.lower(), query)
        except RefusedError as refusal:
            error = {"ok": False, "error_code": refusal.code, "description": refusal.description}
            if not refusal.parameters:
                return web.json_response(error, status=refusal.code)
            wait = refusal.parameters.get("retry_after")
            headers = {"Retry-After": str(wait)} if wait else None  # HttpConnection.cpp:71
            return web.json_response(
                {**error, "parameters": refusal.parameters}, status=refusal.code, headers=headers
            )
        if isinstance(result, Said):
            return web.json_response({"ok": True, **asdict(result)})
        return web.json_response({"ok": True, "result": result})

    async def _result(self, token: str, method: str, query: Mapping[str, str]) -> Any:
        bot, colon, _ = token.partition(":")
        if not colon or token.startswith("0") or len(token) > LONGEST_TOKEN:
            raise RefusedError(401, "Unauthorized: invalid token specified")  # ClientManager.cpp:76
        if not bot.isdecimal():  # ClientManager.cpp:80
            raise RefusedError(421, "Misdirected Request: unallowed token specified")
        if token != self.token:
            raise RefusedError(401, "Unauthorized")
        if method == "getupdates":
            return await self.updates.get(query)
        if method not in self._methods:
            raise RefusedError(404, "Not Found: method not found")  # Client.cpp:12664
        return self._methods[method](query)

    async def _end(
        self, request: web.BaseRequest, fault: Fault, answer: web.Response | None = None
    ) -> web.StreamResponse:
        match fault.ending:
            case Answer() as planned:
                return web.Response(
                    status=planned.status,
                    body=planned.body,
                    headers=dict(planned.headers),
                    content_type=planned.content_type,
                )
            case Ending.HANG:
                await self._hang()
            case Ending.HALF:
                await write_half(request, answer)
            case Ending.STALL:
                await write_half(request, answer)
                await self._hang()
            case Ending.RESET | Ending.VANISH:
                pass
        reset(request)
        return web.Response()  # goes nowhere: the connection is gone

    async def _hang(self) -> None:
        released = self._released
        self._hanging += 1
        try:
            await self._tell()
            await released.wait()
        finally:
            self._hanging -= 1

    async def _tell(self) -> None:
        async with self.updates.moved:
            self.updates.moved.notify_all()

    def _chat_id(self, query: Mapping[str, str]) -> int | None:
        try:
            return self.chats.find(query.get("chat_id", "")).id
        except RefusedError:
            return None


def _not_found() -> web.Response:
    return web.json_response({"ok": False, "error_code": 404, "description": "Not Found"}, status=404)
