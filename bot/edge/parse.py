"""A feed document → entries, in a worker process that can be killed."""

from __future__ import annotations

from datetime import timedelta

from bot.edge.worker import Workers
from bot.model import Document, Fetched

#: Address space of a worker: 43 MiB are mapped at first, reading 24,000 entries in 5 MiB maps 100 more.
_MAX_MEMORY = 288 * 2**20
#: feedparser loses some memory with each document (kurtmckee/feedparser#287).
_MAX_DOCUMENTS = 500


class Parser:
    """Implements `Parse` with at most two workers, kept for the next documents."""

    def __init__(self, *, limit: timedelta = timedelta(seconds=5), documents: int = _MAX_DOCUMENTS) -> None:
        """Prepare the parser; no process is started before the first document.

        Args:
            limit: for one document; neither starting a worker nor waiting for a free one counts.
            documents: after so many a worker ends.
        """
        self._workers = Workers("the document", limit=limit, memory=_MAX_MEMORY, works=documents)

    async def __call__(self, fetched: Fetched, *, known: bytes = b"") -> Document:
        """Read the body; see `bot.ports.Parse`."""
        if fetched.body is None:
            raise ValueError("an unchanged document has nothing to parse")
        return await self._workers.run(_read, fetched.body, fetched.url, fetched.content_type, known)


def _read(body: bytes, url: str, content_type: str | None, known: bytes) -> Document:
    # Only the workers are to spend the memory that feedparser, dateparser and their tables take.
    from bot.edge.document import read_document  # noqa: PLC0415

    return read_document(body, url, content_type, known=known)
