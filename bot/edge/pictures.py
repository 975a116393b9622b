"""The address of a report's picture, as feeds and pages write it; nobody here asks for it.

Telegram's servers and other services fetch it, so an address that only means something in this network, or
that carries a user name, is none. Nor are the marks by which readers are counted, the faces of authors and
the smileys that stand among the pictures of a text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import islice
from urllib.parse import urljoin

from bot.edge.attributes import MAX_ADDRESS, attributes_of, head_of

#: Wider and higher than this is a picture; smaller ones count readers.
_LARGEST_MARK = 2
#: Of one text so many pictures are looked at.
_MOST_LOOKED_AT = 20

#: A host with a name: of numbers the public ones cannot be told from the others without a table.
_WEB = re.compile(
    r"https?://[\w.-]+\.[^\W\d_][\w-]*\.?(?::\d{1,5})?(?:[/?#][^\s\x00-\x1f\x7f\ud800-\udfff]*)?",
    re.IGNORECASE,
)
_LINE_ENDS = re.compile(r"[\t\r\n]+")
_NO_REPORT = re.compile(
    r"""//(?:[\w-]+\.)*(?:feedburner\.com/~|feedsportal\.com/|doubleclick\.net/|google-analytics\.com/
        |gravatar\.com/|stats\.wordpress\.com/|feeds\.wordpress\.com/|pixel\.wp\.com/|medium\.com/_/stat
        |s\.w\.org/images/core/emoji/|facebook\.com/tr[/?]|pixel\.)
    |[/._-]pixel(?:\.(?:gif|png|php|aspx?))?(?:[/?&#]|\Z)
    |[/._-]1x1(?:[/?&#._-]|\Z)
    |/(?:spacer|blank|clear|transparent|trans)\.(?:gif|png)
    |\.svg(?:[?#]|\Z)""",
    re.IGNORECASE | re.VERBOSE,
)
_FILE = re.compile(r"\.(?:jpe?g|png|webp|gif|avif)(?:[?#]|\Z)", re.IGNORECASE)
_NUMBER = re.compile(r"\s*(\d{1,5})")

# Possessive and without "<" in it: floods of tags must not make it try again.
_IMG = re.compile(r"<img\s([^<>]{1,4000}+)>", re.IGNORECASE)
_OF_PAGE = frozenset({"og:image", "og:image:url", "og:image:secure_url"})
_OF_TWEET = frozenset({"twitter:image", "twitter:image:src"})


def first_picture(written: Iterable[str], base: str) -> str:
    """Return the first address that a picture of a report can have; "" if none can.

    Args:
        written: addresses as written, the best first.
        base: completes them.
    """
    for one in written:
        if address := _address(one, base):
            return address
    return ""


def picture_in(texts: Iterable[str], base: str) -> str:
    """Return the first picture that stands in HTML texts; "" if none does.

    Args:
        texts: well-formed or not, or plain texts.
        base: completes its address.
    """
    left = _MOST_LOOKED_AT
    for text in texts:
        for tag in islice(_IMG.finditer(text), left):
            left -= 1
            image = attributes_of(tag[1])
            seen = not is_mark(image.get("width"), image.get("height"))
            if seen and (address := _address(image.get("src", ""), base)):
                return address
    return ""


def picture_of_page(html: str, url: str) -> str:
    """Return the picture that an article's page names for those who link to it; "" if it names none.

    Args:
        html: the page.
        url: where it is, to complete the address.
    """
    said = head_of(html)
    return first_picture(
        (text for names in (_OF_PAGE, _OF_TWEET) for name, text in said if name in names), url
    )


def is_mark(*sides: str | None) -> bool:
    """Tell whether a picture with these sides, as written, is too small to be seen."""
    return any((length := number(side or "")) is not None and length <= _LARGEST_MARK for side in sides)


def number(written: str) -> int | None:
    """Return a length in pixels; None if it is none."""
    found = _NUMBER.match(written)
    return int(found[1]) if found else None


def names_a_picture(address: str) -> bool:
    """Tell whether an address ends like the name of a picture's file."""
    return bool(_FILE.search(address))


def _address(written: str, base: str) -> str:
    if not written or len(written) > MAX_ADDRESS:
        return ""
    address = _LINE_ENDS.sub("", written.strip()).replace(" ", "%20")
    if address and not _WEB.fullmatch(address):
        try:
            address = urljoin(base, address)
        except ValueError:
            return ""
    fits = len(address) <= MAX_ADDRESS and _WEB.fullmatch(address) and not _NO_REPORT.search(address)
    return address if fits else ""
