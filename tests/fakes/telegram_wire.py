"""HTTP as the Bot API speaks it, and as it breaks."""

from __future__ import annotations

import json
import socket
import struct

from aiohttp import web

from tests.fakes.telegram_entities import Json
from tests.fakes.telegram_files import File, Files


async def read_query(request: web.BaseRequest, files: Files) -> dict[str, str]:
    """Parameters may come in the address, as a form or as JSON; nested values are JSON texts.

    A file that comes along is stored, and its id takes the place of the file and of "attach://…" to it.
    """
    query = dict(request.query)
    if request.content_type == "application/json":
        body: Json = await request.json()
        return query | {
            key: value if isinstance(value, str) else json.dumps(value) for key, value in body.items()
        }
    attached: dict[str, str] = {}
    for key, value in (await request.post()).items():
        if isinstance(value, web.FileField):
            name, kind = value.filename, value.content_type
            attached[key] = files.keep(File(data=value.file.read(), name=name, content_type=kind))
        elif isinstance(value, str):
            query[key] = value
    named = {key: attached.get(value.removeprefix("attach://"), value) for key, value in query.items()}
    return attached | named


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
