"""Standard output as a channel for programs: one JSON object a line, in the shape of `bot.edge.wire`.

`storywire run | your-program` reads posts this way; what the program says of itself goes to standard error.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from typing import TextIO

from bot.edge.wire import as_json, number_of
from bot.errors import ChannelClosedError
from bot.model import Post, Receipt

#: Several channels may share the one stream, and no line may begin within another.
_turn = threading.Lock()


class JsonLinesChannel:
    """A channel that writes lines of JSON.

    A line is handed over once it is flushed. That a reader took it from a pipe is more than can be known.
    """

    def __init__(self, name: str, stream: TextIO | None = None) -> None:
        """Make a channel of a stream.

        Args:
            name: what stories call it.
            stream: where to write; None means standard output.
        """
        self._name = name
        self._stream = sys.stdout if stream is None else stream

    @property
    def name(self) -> str:
        """The name stories use for it."""
        return self._name

    async def send(self, post: Post) -> Receipt:
        """Write a card, a reply or an edit as a line; see the `Channel` port."""
        number, line = number_of(post), as_json(post)
        try:
            # A reader that is slow keeps this channel waiting, and nothing else.
            await asyncio.to_thread(self._write, f"{line}\n")
        except BrokenPipeError:
            raise ChannelClosedError("nobody reads the lines any more: start the reader again") from None
        except OSError as error:
            raise ChannelClosedError(f"the line cannot be written ({error.strerror})") from None
        except ValueError:  # what Python raises for a stream that is closed
            raise ChannelClosedError("the stream for the lines is closed") from None
        return Receipt(message_id=number)

    def _write(self, line: str) -> None:
        with _turn:
            self._stream.write(line)
            self._stream.flush()
