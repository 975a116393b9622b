"""HTTP as the Bot API speaks it, and as it breaks."""

from __future__ import annotations

import json
import socket
import struct

from aiohttp import web

from tests.fakes.telegram_entities import Json


async def read_query(request: web.BaseRequest) -> dict[str, str]:
    """Parameters may come in the address, as a form or as JSON; nested values are JSON texts."""
    query = dict(request.query)
    if request.content_type == "application/json":
        body: Json = await request.json()
        return query | {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()
        }
    return query | {key: value for key, value in (await request.post()).items() if isinstance(value, str)}


async def write_half(request: web.BaseRequest, answer: web.Response | None) -> None:
    whole = answer.body if answer is not None and isinstance(answer.body, bytes) else b"{}"
    response = web.StreamResponse(headers={"Content-Length": str(len(whole))})
    await response.prepare(request)
    await response.write(whole[: len(whole) // 2])


def reset(request: web.BaseRequest) -> None:
    transport = request.transport
    if transport is None:
        return
    # Closing with a linger of zero seconds makes the kernel send RST instead of FIN.
    transport.get_extra_info("socket").setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    transport.abort()
