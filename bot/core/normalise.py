"""An entry becomes an article: one address, one outlet, sane times, bounded texts.

Dates order articles and mark old news; they never decide whether something is new, because feeds get them
wrong in every way there is.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from bot.core.address import canonical_address, from_news_search, names_a_page, site
from bot.core.words import tokens
from bot.model import Article, Entry, Feed

#: rapidfuzz's cost is quadratic: `partial_ratio` on two 10,000-character titles took 44 s (measured).
LONGEST_TITLE = 300
#: A lead paragraph; more adds cost, not evidence.
LONGEST_SUMMARY = 2_000
#: About 1,500 words, the length at which containment stopped gaining on the wire pairs.
LONGEST_BODY = 12_000
#: Names are shorter; a longer one would crowd a card.
_LONGEST_OUTLET = 60
#: Feeds existed from 1999; what claims to be older is a broken clock.
_EARLIEST_YEAR = 1990
#: Time zones are wrong by at most this much; what is further in the future is a broken clock.
_FUTURE = timedelta(hours=24)
_SUFFIX = re.compile(r"\s+[-–—|·]\s+(?P<outlet>[^-–—|·]{2,40})$")
#: " - Bloomberg.com" is an outlet, whoever lists it.
_HOST = re.compile(r"\w+(?:\.\w+)*\.[a-z]{2,6}")
_SPACE = re.compile(r"\s+")


def normalise(entry: Entry, feed: Feed, *, seen_at: datetime, language: str | None = None) -> Article:
    """Make an article of an entry.

    Args:
        entry: as parsed: plain text, untrusted.
        feed: whose entry it is.
        seen_at: the time of this poll, aware.
        language: what the document says of its language, if it does.
    """
    title = _line(entry.title, LONGEST_TITLE)
    outlet = _line(entry.source or feed.name, _LONGEST_OUTLET)
    link = entry.link or ""
    address = canonical_address(link)
    title, carried = _without_outlet(title, outlet, aggregated=from_news_search(link))
    if not entry.source:
        outlet = carried or outlet
    published = entry.published or entry.updated
    dated = published is not None and published.year >= _EARLIEST_YEAR and published <= seen_at + _FUTURE
    summary = _line(entry.summary, LONGEST_SUMMARY)
    body = _line(entry.body, LONGEST_BODY)
    shown = "\n".join((*tokens(title), "", *tokens(summary)))
    if not (title or summary):
        shown = "\n".join(tokens(body))  # of an item with nothing else a reader sees the body
    fingerprint = _digest(shown)
    return Article(
        feed_url=feed.url,
        key=entry.id or (address if names_a_page(address) else f"text:{fingerprint}"),
        fingerprint=fingerprint,
        link=link,
        address=address,
        title=title or _line(entry.summary, 80),
        summary=summary,
        body=body,
        outlet=outlet or site(address),
        language=(feed.language or language or "").lower() or None,
        published=published if dated and published else seen_at,
        dated=dated,
        seen_at=seen_at,
        image=entry.image,
    )


def without_doubled_ids(entries: Sequence[Entry]) -> list[Entry]:
    """Take the id off entries that share it in one document under different titles: it identifies nothing."""
    titles: dict[str | None, set[str]] = {}
    for entry in entries:
        titles.setdefault(entry.id, set()).add(entry.title)
    return [replace(entry, id=None) if len(titles[entry.id]) > 1 else entry for entry in entries]


def _line(text: str, longest: int) -> str:
    """Compose accents, make white space plain and cut at a length."""
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text[: longest * 2])).strip()[:longest]


def _without_outlet(title: str, outlet: str, *, aggregated: bool) -> tuple[str, str]:
    """Take " - Reuters" off a title, where it is the outlet's name, a host's or an aggregator's mark.

    Returns:
        The title, and the outlet that an aggregator names in it ("" if none does).
    """
    found = _SUFFIX.search(title)
    if not found:
        return title, ""
    suffix, name = tokens(found["outlet"]), tokens(outlet)
    is_outlet = bool(_HOST.fullmatch(found["outlet"])) or (bool(suffix) and set(suffix) <= set(name))
    if aggregated or is_outlet:
        return title[: found.start()], found["outlet"] if aggregated else ""
    return title, ""


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode(errors="replace"), digest_size=12).hexdigest()
