"""An SMTP server on loopback that takes every letter."""

from __future__ import annotations

import asyncio
from email.message import Message as Letter
from email.parser import BytesParser
from typing import Self


class MailServer:
    """Keeps the letters it was given."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 mail.test\r\n")
        while line := await reader.readline():
            match line[:4].upper():
                case b"DATA":
                    writer.write(b"354 go on\r\n")
                    letter = await reader.readuntil(b"\r\n.\r\n")
                    self.letters.append(BytesParser().parsebytes(letter[:-5]))
                    writer.write(b"250 taken\r\n")
                case b"QUIT":
                    writer.write(b"221 bye\r\n")
                    break
                case _:
                    writer.write(b"250 mail.test\r\n")
        writer.close()
