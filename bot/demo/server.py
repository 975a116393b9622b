"""A feed server on the loopback address that publishes the recorded coverage as time goes by.

It behaves as a good newsroom's server does: one document per outlet, with an ETag and a Last-Modified that
change when the document does, and "304 Not Modified" for a reader who has it already.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from aiohttp import web

from bot.demo.coverage import OUTLETS, Dialect, Outlet, Recorded, load
from bot.demo.documents import document, listing
from bot.model import Feed

_CONTENT_TYPES = {
    Dialect.RSS_2: "application/rss+xml",
    Dialect.RSS_1: "application/rdf+xml",
    Dialect.ATOM: "application/atom+xml",
}


class CoverageServer:
    """Serves each outlet's feed at /{slug}.xml on a free port of 127.0.0.1, while entered.

    Args:
        now: the time as of which the feeds are written; asked at every request.
        coverage: what is published, in the order of publication; None means the demo's.
        outlets: by whom.
    """

    def __init__(
        self,
        now: Callable[[], datetime],
        coverage: Sequence[Recorded] | None = None,
        outlets: Sequence[Outlet] = OUTLETS,
    ) -> None:
        self._now = now
        self._coverage = load() if coverage is None else coverage
        self._outlets = {outlet.slug: outlet for outlet in outlets}
        app = web.Application()
        app.router.add_get("/{slug}.xml", self._answer)
        self._runner = web.AppRunner(app, access_log=None)

    async def __aenter__(self) -> Self:
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._runner.cleanup()

    @property
    def feeds(self) -> list[Feed]:
        """The feeds served, hourly, in the order of the outlets; only while the server runs."""
        host, port = self._runner.addresses[0]
        return [
            Feed(
                url=f"http://{host}:{port}/{outlet.slug}.xml",
                name=outlet.name,
                language=outlet.language,
                every=timedelta(hours=1),
            )
            for outlet in self._outlets.values()
        ]

    async def _answer(self, request: web.Request) -> web.Response:
        outlet = self._outlets.get(request.match_info["slug"])
        if outlet is None:
            raise web.HTTPNotFound
        items = listing(outlet, self._coverage, self._now())
        body = document(outlet, items)
        etag = hashlib.sha256(body).hexdigest()[:16]
        modified = max((item.published for item in items), default=None)
        if _has_it(request, etag, modified):
            answer = web.Response(status=304)
        else:
            answer = web.Response(body=body, content_type=_CONTENT_TYPES[outlet.dialect], charset="utf-8")
        answer.etag = etag
        answer.last_modified = modified
        return answer


def _has_it(request: web.Request, etag: str, modified: datetime | None) -> bool:
    """Tell whether the reader's copy is current; the ETag decides where both are sent (RFC 9110, 13.2.2)."""
    if request.if_none_match is not None:
        return any(tag.value in {etag, "*"} for tag in request.if_none_match)
    since = request.if_modified_since
    return since is not None and modified is not None and modified <= since
