"""Articles from files and from the command line, for `judge` and `replay`."""

from __future__ import annotations

import csv
import gzip
import io
import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bot.core.normalise import normalise
from bot.edge.markup import plain_text
from bot.errors import OperatorError
from bot.model import Article, Entry, Feed

#: Names under which others keep the same thing, ours first.
_NAMES: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "guid"),
    "url": ("url", "link"),
    "title": ("title", "headline"),
    "summary": ("summary", "description", "blurb"),
    "body": ("body", "text", "content"),
    "published": ("published", "published_utc", "pubDate", "date"),
    "outlet": ("outlet", "source", "publisher"),
    "lang": ("lang", "language"),
}
_LONGEST_HEADLINE = 200


def article_of(item: Mapping[str, object], *, seen_at: datetime | None = None, where: str) -> Article:
    """Make an article of a JSON object.

    Args:
        item: with any of title, summary, body, url, id, published, outlet, lang (or their usual other names).
        seen_at: the time of first sight; None means the time of publication.
        where: what to call the item in an error.

    Raises:
        OperatorError: neither a title nor a text, or a time that is none.
    """
    values = {name: _first(item, names) for name, names in _NAMES.items()}
    if not values["title"] and not values["summary"] and not values["body"]:
        raise OperatorError(f"{where}: the item has neither a title nor a text")
    published = _time(values["published"], where)
    outlet = values["outlet"] or ""
    entry = Entry(
        id=values["id"] or values["url"] or None,
        link=values["url"] or None,
        title=plain_text(values["title"]),
        summary=plain_text(values["summary"]),
        body=plain_text(values["body"]),
        published=published,
    )
    feed = Feed(url=f"replay:{outlet}", name=outlet, language=values["lang"] or None)
    return normalise(entry, feed, seen_at=seen_at or published or _EPOCH)


def article_from_argument(argument: str) -> Article:
    """Make an article of a file's name, a JSON object or a plain text.

    Raises:
        OperatorError: the file cannot be read, or there is nothing to compare.
    """
    path = Path(argument)
    text = _file_text(path) if _is_file(path) else argument
    where = argument if _is_file(path) else "the text given"
    if text.lstrip().startswith("{"):
        try:
            item = json.loads(text)
        except ValueError as mistake:
            raise OperatorError(f"{where}: this is no JSON object: {mistake}") from None
        return article_of(item, where=where)
    headline, _, rest = text.strip().partition("\n")
    if len(headline) > _LONGEST_HEADLINE:
        rest = text
    return article_of({"id": where, "title": headline.strip(), "body": rest.strip()}, where=where)


def items_in(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yield the items of a file with their line numbers: JSON lines, or TSV with a header.

    Raises:
        OperatorError: the file cannot be read, or a line is not understood.
    """
    text = _file_text(path)
    if not text.lstrip().startswith("{"):
        rows = csv.DictReader(io.StringIO(text), delimiter="\t", quoting=csv.QUOTE_NONE)
        if "title" not in (rows.fieldnames or ()):
            raise OperatorError(f"{path}:1: neither JSON lines nor tab-separated values with a column title")
        yield from enumerate(rows, start=2)
        return
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                yield number, json.loads(line)
            except ValueError as mistake:
                raise OperatorError(f"{path}:{number}: this line is no JSON object: {mistake}") from None


_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)


def _first(item: Mapping[str, object], names: tuple[str, ...]) -> str:
    return next((str(item[name]) for name in names if item.get(name)), "")


def _time(text: str, where: str) -> datetime | None:
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise OperatorError(f'{where}: "{text}" is no time; write it as 2023-04-16T14:02:00Z') from None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a long text is no name of a file
        return False


def _file_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise OperatorError(f"{path}: cannot be read: {error.strerror}") from None
    if raw[:2] == b"\x1f\x8b":
        raw = gzip.decompress(raw)
    return raw.decode("utf-8-sig", errors="replace")
