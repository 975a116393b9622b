"""A Bot API server on loopback, so that the real client library runs unmodified against it.

In a test: `async with FakeTelegram() as telegram`, or `with running_in_thread() as telegram` where the test
is not asynchronous or the bot is another process. On its own, appending one line for each accepted send or
edit: `python -m tests.fakes.telegram --port 8081 --log posts.jsonl`.

Sources are named by file and line of github.com/tdlib/telegram-bot-api (01a3679).
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from aiohttp import web
from anyio.from_thread import start_blocking_portal

from tests.fakes.telegram_chats import Change, Chat, Chats, ShownMessage
from tests.fakes.telegram_entities import Json, RefusedError
from tests.fakes.telegram_faults import Answer, Ending, Fault, Faults
from tests.fakes.telegram_wire import read_query, reset, write_half

TOKEN = "123456:TEST-a-token-that-opens-nothing"
CHANNEL = -1001000000001
CHANNEL_NAME = "@newswatch"
ADMIN = 4242

#: Seconds. Client.h:1610, LONG_POLL_MAX_TIMEOUT
LONGEST_POLL = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request as it came in, whatever became of it."""

    method: str
    query: Mapping[str, str]


def usual_chats() -> tuple[Chat, ...]:
    return (
        Chat(id=CHANNEL, username=CHANNEL_NAME.removeprefix("@")),
        Chat(id=ADMIN, type="private", title="Ada", status="member"),
    )


class FakeTelegram:
    """One bot's Telegram."""

    def __init__(
        self,
        *,
        token: str = TOKEN,
        chats: Iterable[Chat] | None = None,
        per_minute: int | None = None,
        port: int = 0,
        on_change: Callable[[Change], None] = lambda _: None,
    ) -> None:
        me: Json = {"id": int(token.partition(":")[0]), "is_bot": True, "first_name": "Wire"}
        known = usual_chats() if chats is None else chats
        self.token = token
        self.port = port
        self.faults = Faults()
        self.requests: list[Request] = []
        self.chats = Chats({chat.id: chat for chat in known}, {**me, "username": "wire_test_bot"}, per_minute)
        self.chats.on_change = on_change
        self._updates: list[Json] = []
        self._update_ids = 0
        self._poll: asyncio.Future[None] | None = None
        self._released = asyncio.Event()
        self._moved = asyncio.Condition()
        self._hanging = 0

    # ------------------------------------------------------------------------------ what tests look at

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    @property
    def log(self) -> list[Change]:
        """Everything Telegram accepted, in order."""
        return self.chats.log

    def messages(self, chat: int | str = CHANNEL) -> list[ShownMessage]:
        """What a reader sees now, oldest first."""
        return self.chats.messages(chat)

    # --------------------------------------------------------------------------------- what tests do

    async def inject(self, **update: Json) -> int:
        """Let something happen in a chat, such as `inject(message={…})`; return its update_id."""
        self._update_ids += 1
        self._updates.append({"update_id": self._update_ids, **update})
        if self._poll is not None and not self._poll.done():
            self._poll.set_result(None)
        return self._update_ids

    async def polling(self) -> None:
        """Wait until a long poll is open."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._poll is not None and not self._poll.done())

    async def hanging(self, requests: int = 1) -> None:
        """Wait until so many requests hang."""
        async with self._moved:
            await self._moved.wait_for(lambda: self._hanging >= requests)

    def release(self) -> None:
        """End the requests that hang. Thread-safe."""
        self._loop.call_soon_threadsafe(self._release)

    def _release(self) -> None:
        self._released.set()
        self._released = asyncio.Event()

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """Refuse connections, as a host does on which nothing listens."""
        await self._stop()
        try:
            yield
        finally:
            await self._start()

    # ------------------------------------------------------------------------------------ running

    async def __aenter__(self) -> Self:
        self._loop = asyncio.get_running_loop()
        await self._start()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._release()
        await self._stop()

    async def _start(self) -> None:
        # A client that hangs up ends its handler, so that no request outlives a test.
        self._http = web.Server(self._handle, handler_cancellation=True, access_log=None)
        self._listener = await self._loop.create_server(self._http, "127.0.0.1", self.port)
        self.port = self._listener.sockets[0].getsockname()[1]

    async def _stop(self) -> None:
        self._listener.close()
        await self._http.shutdown(timeout=0)
        await self._listener.wait_closed()

    # ------------------------------------------------------------------------------------- HTTP

    async def _handle(self, request: web.BaseRequest) -> web.StreamResponse:
        _, _, rest = request.path.partition("/bot")  # HttpConnection.cpp:33
        token, _, method = rest.partition("/")
        query = await read_query(request)
        self.requests.append(Request(method=method, query=query))
        fault = self.faults.take(method, self._chat_id(query)) if token == self.token else None
        if fault is None:
            return await self._answer(token, method, query)
        if not fault.delivered:
            return await self._end(request, fault)
        answer = await self._answer(token, method, query)
        if answer.status != web.HTTPOk.status_code:
            return answer  # Telegram refused it, so there is nothing to lose the answer of
        return await self._end(request, fault, answer)

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
        return web.json_response({"ok": True, "result": result})

    async def _result(self, token: str, method: str, query: Mapping[str, str]) -> Json | list[Json] | bool:
        if ":" not in token:
            raise RefusedError(401, "Unauthorized: invalid token specified")  # ClientManager.cpp:76
        if token != self.token:
            raise RefusedError(401, "Unauthorized")
        if method == "getupdates":
            return await self._get_updates(query)
        methods = self.chats.methods()
        if method not in methods:
            raise RefusedError(404, "Not Found: method not found")  # Client.cpp:12664
        return methods[method](query)

    async def _get_updates(self, query: Mapping[str, str]) -> list[Json]:
        """Client.cpp:15700 and 16225: an offset confirms what is older, a second poller ends the first."""
        offset = int(query.get("offset", 0))
        self._updates = [update for update in self._updates if update["update_id"] >= offset]
        if self._poll is not None and not self._poll.done():
            text = "terminated by other getUpdates request; make sure that only one bot instance is running"
            self._poll.set_exception(RefusedError(409, f"Conflict: {text}"))
        timeout = min(int(query.get("timeout", 0)), LONGEST_POLL)
        if timeout and not self._updates:
            poll = self._poll = self._loop.create_future()
            await self._tell()
            await asyncio.wait([poll], timeout=timeout)
            if poll.done():
                poll.result()
        return self._updates[: int(query.get("limit", 100))]

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
            case Ending.RESET:
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
        async with self._moved:
            self._moved.notify_all()

    def _chat_id(self, query: Mapping[str, str]) -> int | None:
        try:
            return self.chats.find(query.get("chat_id", "")).id
        except RefusedError:
            return None


@contextmanager
def running_in_thread(telegram: FakeTelegram | None = None) -> Iterator[FakeTelegram]:
    """Serve from a thread of its own, for tests that are not asynchronous."""
    server = FakeTelegram() if telegram is None else telegram
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server) as running:
        yield running


def main() -> None:
    """Serve until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--token", default=TOKEN)
    options = parser.parse_args()

    def note(change: Change) -> None:
        with options.log.open("a") as log:
            log.write(json.dumps({"what": change.what, **asdict(change.message)}) + "\n")

    async def serve() -> None:
        async with FakeTelegram(token=options.token, port=options.port, on_change=note) as telegram:
            print(telegram.base_url, flush=True)  # noqa: T201  whoever started it waits for this line
            await asyncio.Event().wait()

    asyncio.run(serve())


if __name__ == "__main__":
    main()
