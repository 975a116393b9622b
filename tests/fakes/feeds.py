"""Feeds in memory: what servers offer, how they fail, and what they were asked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from bot.errors import BadAnswerError, FetchError, ParseError
from bot.model import Document, Entry, Feed, Fetched, Validators


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request as a feed's server saw it."""

    url: str
    #: What it could answer "unchanged" to; empty if the poll was unconditional.
    validators: Validators


@dataclass(slots=True)
class FakeFeeds:
    """Its `fetch` and `parse` are the ports; `publish`, `refuse` and `garble` say what comes of them."""

    #: Every request, in order.
    asked: list[Asked] = field(default_factory=list)
    _served: dict[str, Fetched | FetchError] = field(default_factory=dict)
    _documents: dict[bytes, Document | ParseError] = field(default_factory=dict)

    def publish(
        self,
        url: str,
        *entries: Entry,
        etag: str | None = None,
        fresh: timedelta | None = None,
        language: str = "en",
    ) -> None:
        """List these entries from now on, newest first; the same entries make the same bytes.

        Args:
            url: the feed's address.
            entries: what it lists.
            etag: the server's validator; with one it answers "unchanged" to whoever shows it again.
            fresh: how long it calls itself fresh.
            language: what the document says of itself.
        """
        document = Document(title=url, entries=entries, language=language)
        body = repr(document).encode()
        self._documents[body] = document
        self._served[url] = Fetched(url=url, body=body, validators=Validators(etag=etag), fresh=fresh)

    def refuse(self, url: str, error: FetchError) -> None:
        """Fail every request from now on."""
        self._served[url] = error

    def garble(self, url: str, error: ParseError, *, etag: str | None = None) -> None:
        """Serve something that is no feed from now on."""
        body = f"{url}: {error}".encode()
        self._documents[body] = error
        self._served[url] = Fetched(url=url, body=body, validators=Validators(etag=etag))

    async def fetch(self, feed: Feed, *, conditional: bool = True) -> Fetched:
        shown = feed.validators if conditional else Validators()
        self.asked.append(Asked(url=feed.url, validators=shown))
        answer = self._served.get(feed.url, BadAnswerError("no such feed", status=404))
        if isinstance(answer, FetchError):
            raise answer
        if shown.etag is not None and shown == answer.validators:
            return Fetched(url=feed.url, body=None, validators=shown, fresh=answer.fresh)
        return answer

    async def parse(self, fetched: Fetched, *, known: bytes = b"") -> Document:  # noqa: ARG002
        assert fetched.body is not None
        document = self._documents[fetched.body]
        if isinstance(document, ParseError):
            raise document
        return document
