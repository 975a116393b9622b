"""Articles from files and from the command line, for `judge` and `replay`."""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path

from bot.core.address import canonical_address, site
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
#: Of items without any time, as if they had come at once.
EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
#: Years that a clock tells which was never set (Go and .NET begin at 1) or is broken.
_SANE_YEARS = range(1990, 2101)
_MONTH = re.compile(r"\d{4}-\d{2}")
#: One word with a slash or an ending, such as "a/b" or "b.txt": meant as a file, not as a text.
_LIKE_A_FILE = re.compile(r"[!-~]*(?:/[!-~]*|\.[A-Za-z][A-Za-z0-9]{0,4})")


def article_of(item: Mapping[str, object], *, seen_at: datetime | None = None, where: str) -> Article:
    """Make an article of a JSON object.

    Args:
        item: with any of title, summary, body, url, id, published, outlet, lang (or their usual other names).
        seen_at: the time of first sight; None means the time of publication.
        where: what to call the item in an error.

    Raises:
        OperatorError: its time is none.
    """
    values = {name: _first(item, names) for name, names in _NAMES.items()}
    published = _time(values["published"], where)
    entry = Entry(
        id=values["id"] or values["url"] or None,
        link=values["url"] or None,
        title=plain_text(values["title"]),
        summary=plain_text(values["summary"]),
        body=plain_text(values["body"]),
        published=published,
    )
    outlet = values["outlet"]
    origin = outlet or site(canonical_address(values["url"]))
    feed = Feed(url=f"replay:{origin}", name=outlet, language=values["lang"] or None)
    return normalise(entry, feed, seen_at=seen_at or published or EPOCH)


def articles_in(path: Path) -> list[Article]:
    """Return the articles of a file, in its order.

    Raises:
        OperatorError: the file cannot be read, or a line is not understood.
    """
    return [article_of(item, where=f"{path}:{line}") for line, item in items_in(path)]


def own_id(item: Mapping[str, object]) -> object:
    """Return an item's id as its file gives it; None if it has none."""
    return next((item[name] for name in _NAMES["id"] if _given(item.get(name))), None)


def article_from_argument(argument: str, name: str) -> Article:
    """Make an article of a file's name, a JSON object or a plain text, whose first line is the headline.

    Args:
        argument: as typed.
        name: what to call it: "A" or "B". An article that names neither outlet nor address is told by it.

    Raises:
        OperatorError: the file cannot be read, or there is nothing to compare.
    """
    path = _path(argument, name)
    where = name if path is None else str(path)
    text = argument if path is None else _file_text(path)
    item = _object(text, where) if text.lstrip().startswith("{") else _headed(text)
    if not any(_first(item, _NAMES[part]).strip() for part in ("title", "summary", "body")):
        raise OperatorError(f"{where}: there is neither a title nor a text to compare")
    if not _first(item, (*_NAMES["outlet"], *_NAMES["url"])):
        item = {**item, "outlet": name if path is None else path.name}
    return article_of(item, where=where)


def items_in(path: Path) -> Iterator[tuple[int, Mapping[str, object]]]:
    """Yield the items of a file with their line numbers: JSON lines, or TSV with a header.

    Raises:
        OperatorError: the file cannot be read, or a line is not understood.
    """
    # Not splitlines(): a JSON text may hold a line separator (U+2028) as it is.
    lines = [(number, line.rstrip("\r")) for number, line in enumerate(_file_text(path).split("\n"), start=1)]
    filled = [(number, line) for number, line in lines if line.strip()]
    if not filled or filled[0][1].lstrip().startswith("{"):
        yield from ((number, _object(line, f"{path}:{number}")) for number, line in filled)
        return
    (first, head), *rows = filled
    names = head.split("\t")
    if "title" not in names:
        raise OperatorError(
            f"{path}:{first}: neither JSON lines nor tab-separated values with a column title"
        )
    for number, row in rows:
        cells = row.split("\t")
        if len(cells) > len(names):
            raise OperatorError(
                f"{path}:{number}: this line has {len(cells)} columns, the header has {len(names)}"
            )
        yield number, dict(zip(names, cells, strict=False))


def _object(text: str, where: str) -> Mapping[str, object]:
    try:
        item = json.loads(text)
    except json.JSONDecodeError as mistake:
        place = f"line {mistake.lineno}, column {mistake.colno}"
        raise OperatorError(f"{where}: this is no JSON object: {mistake.msg} at {place}") from None
    except (ValueError, RecursionError):
        raise OperatorError(f"{where}: this is no JSON object that can be read") from None
    if not isinstance(item, dict):
        raise OperatorError(f"{where}: this is JSON, but no object in {{ }}")
    return item


def _headed(text: str) -> Mapping[str, object]:
    """Take the first line of a plain text as its headline, unless it is a whole paragraph."""
    headline, _, rest = text.strip().partition("\n")
    return {"title": headline.strip(), "body": (rest if len(headline) <= _LONGEST_HEADLINE else text).strip()}


def _first(item: Mapping[str, object], names: tuple[str, ...]) -> str:
    found = next((str(item[name]) for name in names if _given(item.get(name))), "")
    # Half of a surrogate pair, which JSON can write, is no character: neither archive nor terminal takes it.
    return found.encode(errors="replace").decode()


def _given(value: object) -> bool:
    return value is not None and value != ""


def _time(text: str, where: str) -> datetime | None:
    """Read ISO 8601, a month, or the form of RSS; None for none and for a clock that was never set."""
    if not text:
        return None
    try:
        time = datetime.fromisoformat(f"{text}-01" if _MONTH.fullmatch(text) else text)
    except ValueError:
        try:
            time = parsedate_to_datetime(text)
        except ValueError:
            raise OperatorError(f'{where}: "{text}" is no time; write it as 2023-04-16T14:02:00Z') from None
    if time.year not in _SANE_YEARS:
        return None
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _path(argument: str, name: str) -> Path | None:
    """Return the file that an argument names; None if it is the text itself."""
    path = Path(argument)
    try:
        if argument.strip() and path.exists():
            return path
    except (OSError, ValueError):  # a long text is no name of a file
        return None
    if argument.startswith(("http://", "https://")):
        raise OperatorError(
            f"{name}: an address is not fetched here; give the article's text, or a file with it"
        )
    if _LIKE_A_FILE.fullmatch(argument):
        raise OperatorError(f"{name}: there is no file {argument}")
    return None


def _file_text(path: Path) -> str:
    try:
        raw = path.read_bytes()
        if raw.startswith(b"\x1f\x8b"):
            raw = gzip.decompress(raw)
    except (EOFError, zlib.error, gzip.BadGzipFile):
        raise OperatorError(f"{path}: cannot be unpacked: the gzip in it is broken") from None
    except OSError as error:
        raise OperatorError(f"{path}: cannot be read: {error.strerror}") from None
    return raw.decode("utf-8-sig", errors="replace")
