"""Invented feeds: as many as are asked for, as large as real ones, the same bytes on every run.

Of six feeds three are RSS with escaped HTML in the description, two RSS with content:encoded, one is Atom:
about what is found among real ones. All words are made of syllables, so that nothing is anybody's text.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from random import Random
from xml.sax.saxutils import escape

#: When the first round begins.
START = datetime(2026, 1, 15, 12, tzinfo=UTC)
#: Between two rounds: a feed that failed once, and so waits twice its ten minutes, is due again; and the
#: request without conditions that each gets once a day stays rare.
STEP = timedelta(minutes=30)
#: Stand in a part of the headlines; a story that asks for them is the one that is followed.
SUBJECTS = ("zorvanit", "plimketra", "ostregul")
#: One headline of so many has one of them: five times as many as the shipped story has in a week of 59 feeds.
SUBJECT_EVERY = 100
ENTRIES = 30
#: Bytes of a feed of `ENTRIES` entries.
_SMALLEST, _LARGEST = 21_000, 59_000
#: What stands around the text of an entry (tags, addresses, the title), and what its last paragraph has
#: beyond the end.
_AROUND = 450
_BETWEEN = timedelta(minutes=20)
_SYLLABLES = "ba be chi do fa gor hu ja ka lem mi no pra qui ro sha ti ul vo wen xa ye zor".split()
_WORDS = 20_000
_PHRASES = 20_000
_FORMS = ("escaped", "escaped", "escaped", "encoded", "encoded", "atom")
_TYPES = {"atom": "application/atom+xml", "escaped": "application/rss+xml", "encoded": "application/rss+xml"}


def address(number: int) -> str:
    """Return a loopback address of its own for each feed."""
    return f"127.{1 + (number >> 16)}.{number >> 8 & 255}.{number & 255}"


class Writer:
    """Writes entries and documents; what it writes depends on nothing but its arguments."""

    def __init__(self) -> None:
        dice = Random(1)  # noqa: S311  reproducible, not secret
        self._words = ["".join(dice.choices(_SYLLABLES, k=dice.randint(2, 4))) for _ in range(_WORDS)]
        self._phrases = [" ".join(dice.choices(self._words, k=8)) for _ in range(_PHRASES)]

    def headline(self, dice: Random) -> str:
        """Write a headline; one of `SUBJECT_EVERY` has a subject's name."""
        words = dice.choices(self._words, k=dice.randint(6, 11))
        if dice.randrange(SUBJECT_EVERY) == 0:
            words[dice.randrange(len(words))] = dice.choice(SUBJECTS)
        return " ".join(words).capitalize()

    def words(self, dice: Random, count: int) -> str:
        """Write so many words without a subject's name."""
        return " ".join(dice.choices(self._words, k=count))

    def entry(self, feed: int, serial: int, *, published: datetime | None = None) -> bytes:
        """Write an entry of a feed.

        Args:
            feed: the feed's number.
            serial: counts the feed's entries from 0, the oldest.
            published: when; None for one of the backlog, which came before `START`.
        """
        dice = Random(f"{feed} {serial}")  # noqa: S311  reproducible, not secret
        at = published or START - (ENTRIES - serial) * _BETWEEN
        size = (_SMALLEST + feed * 7_919 % (_LARGEST - _SMALLEST)) // ENTRIES - _AROUND
        link = f"https://feed{feed}.example/news/{serial}"
        form = _FORMS[feed % len(_FORMS)]
        paragraphs = self._paragraphs(dice, size, link, escaped=form != "encoded")
        title, text = self.headline(dice), "".join(paragraphs)
        if form == "atom":
            written = (
                f"<entry><title>{title}</title><id>urn:example:{feed}:{serial}</id>"
                f'<link href="{link}"/><published>{at.isoformat()}</published>'
                f"<updated>{at.isoformat()}</updated><author><name>Feed {feed}</name></author>"
                f'<content type="html">{text}</content></entry>\n'
            )
        else:
            full = f"<content:encoded><![CDATA[{text}]]></content:encoded>" if form == "encoded" else ""
            text = dice.choice(self._phrases) if full else text
            written = (
                f"<item><title>{title}</title><link>{link}</link>"
                f'<guid isPermaLink="false">feed{feed}-{serial}</guid>'
                f"<pubDate>{format_datetime(at, usegmt=True)}</pubDate>"
                f"<description>{text}</description>{full}</item>\n"
            )
        return written.encode()

    def _paragraphs(self, dice: Random, size: int, link: str, *, escaped: bool) -> list[str]:
        paragraphs: list[str] = []
        while size > 0:
            one, two, three = dice.choices(self._phrases, k=3)
            html = f'<p>{one} <a href="{link}#{len(paragraphs)}">{two}</a>, <b>{three}</b>.</p>'
            paragraphs.append(escape(html) if escaped else html)
            size -= len(paragraphs[-1])
        return paragraphs


def content_type(feed: int) -> str:
    """Return the type of a feed's document."""
    return _TYPES[_FORMS[feed % len(_FORMS)]]


def document(feed: int, entries: Sequence[bytes]) -> bytes:
    """Write a feed's document, with these entries in this order."""
    home = f"https://feed{feed}.example/"
    if _FORMS[feed % len(_FORMS)] == "atom":
        head = (
            '<?xml version="1.0" encoding="utf-8"?>\n<feed xmlns="http://www.w3.org/2005/Atom">'
            f'<title>Feed {feed}</title><id>{home}</id><link href="{home}"/>\n'
        )
        return head.encode() + b"".join(entries) + b"</feed>\n"
    head = (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<rss version="2.0" xmlns:content="http://purl.org/rss/1.0/modules/content/"><channel>'
        f"<title>Feed {feed}</title><link>{home}</link><description>Feed {feed}</description>\n"
    )
    return head.encode() + b"".join(entries) + b"</channel></rss>\n"
