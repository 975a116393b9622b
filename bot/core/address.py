"""One page, one address: the canonical form used for comparing, never for linking.

Everything works on the text of the address. Decoding a query and encoding it again would drop `?print`
and turn `%E9` into two replacement bytes: pages would merge and links break.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from bot.core.lexicon import STOP_WORDS
from bot.core.location import Location, location
from bot.core.wrappers import carried, hides_its_page

#: News searches: their pages are other publishers'.
AGGREGATORS = frozenset({"news.google.com"})
#: More addresses in one another are a trap; the outermost is kept then.
_MOST_WRAPPERS = 3
#: ".../the-headline-in-words-6334361": the number names the page, the words change with the headline.
_NUMBERED = re.compile(
    r"(?<=/)[^\W\d_][^/?#]*?(?<=[^\W\d_])[-_](?=(\d{6,})(?:_\d{1,2})?(?:\.\w{2,5})?(?:\?|$))"
)
#: Numbers that name no page: days and times as newspapers write them into addresses (20230416, 16042023,
#: 230416, 202304, 20222023, 20230416123456), times of day (130000123), round amounts.
_YEAR, _MONTH, _DAY = r"(?:19|20)\d\d", r"(?:0[1-9]|1[0-2])", r"(?:0[1-9]|[12]\d|3[01])"
_SHORT_YEAR, _TIME = r"\d\d", r"(?:[01]\d|2[0-3])[0-5]\d[0-5]\d"
_NO_PAGE = re.compile(
    rf"{_YEAR}{_MONTH}(?:{_DAY}\d*)?|{_DAY}{_MONTH}{_YEAR}\d*|{_MONTH}{_DAY}{_YEAR}\d*|{_YEAR}{_YEAR}"
    rf"|{_SHORT_YEAR}{_MONTH}{_DAY}|{_DAY}{_MONTH}{_SHORT_YEAR}|{_MONTH}{_DAY}{_SHORT_YEAR}|{_TIME}(?:\d{{3}})?|\d+000"
)
#: Longer addresses are not taken apart.
_LONGEST = 2_000
#: Fewer words are a section or a code, no headline.
_SHORTEST_SLUG = 3
_FILE_TYPE = re.compile(r"\.[a-z]{2,5}$")


def canonical_address(url: str) -> str:
    """Return the form under which equal pages compare equal; "" for what is no http address.

    Scheme, `www.`, mobile and AMP pages, default ports, tracking parameters, plain fragments and a closing
    slash do not count; the order of parameters does. An address that carries another one (a search's, an AMP
    cache's, a redirector's) is the one that it carries. Canonicalising twice changes nothing. Never raises.
    """
    return str(_destination(url) or "")


def needs_its_server(url: str) -> bool:
    """Tell whether only its server can say which page an address names.

    So it is with Google News' ids since 2024, FeedBurner's numbers, short links, and redirectors without the
    address that they redirect to. Their canonical addresses are never those of the pages.
    """
    destination = _destination(url)
    return destination is not None and hides_its_page(destination.host, destination.path)


def from_news_search(link: str) -> bool:
    """Tell whether a link is a news search's, also where it carries the publisher's address."""
    first = location(link)
    return first is not None and first.host in AGGREGATORS


def names_a_page(address: str) -> bool:
    """Tell whether a canonical address points below a site's front page.

    Some feeds give every entry the site's own address; two such entries are not the same article.
    """
    _host_name, _slash, rest = address.partition("/")
    return bool(rest) or "?" in address or "#" in address


def page(address: str) -> str:
    """Return what names the page for good, without the headline's words that stand before its number.

    Sites that number their pages write the headline anew into the address when it changes, and answer under
    the old one too. Numbers that may be a day, a time or an amount name nothing.
    """
    found = _NUMBERED.search(address) if len(address) <= _LONGEST else None
    if not found or _NO_PAGE.fullmatch(found.group(1)):
        return address
    return address[: found.start()] + address[found.end() :]


def slug(address: str) -> str:
    """Return the headline that an address holds ("china-s-li-visits-moscow"), in words; "" if it holds none.

    It is the first one the page had: most sites keep it when the headline changes.
    """
    if len(address) > _LONGEST or not any(sign in address for sign in "-_+"):
        return ""
    path = address.partition("?")[0].split("/")[1:]
    rows = ([part for part in re.split(r"[-_+]", _FILE_TYPE.sub("", name)) if part] for name in path)
    longest = max(map(_words_of, rows), key=len, default=[])
    return " ".join(longest) if len(longest) >= _SHORTEST_SLUG else ""


def as_in_addresses(words: Iterable[str]) -> tuple[str, ...]:
    """Return a headline's folded words that addresses keep: no single letters, none of the commonest."""
    return tuple(word for word in words if word[0].isdigit() or (len(word) > 1 and word not in STOP_WORDS))


def _words_of(parts: list[str]) -> list[str]:
    """Return a row without the page's number or day behind it; nothing of what is mostly digits."""
    while parts and parts[-1].isdigit():
        parts.pop()
    digits = sum(any(c.isdigit() for c in part) for part in parts)
    return parts if 2 * digits < len(parts) else []


def site(address: str) -> str:
    """Return the host of a canonical address."""
    return re.split(r"[/?#]", address, maxsplit=1)[0]


def _destination(url: str) -> Location | None:
    first = here = location(url)
    for _ in range(_MOST_WRAPPERS + 1):
        if here is None or (target := carried(here.host, here.path, here.query)) is None:
            return here
        inner = location(target)
        if inner is None:
            return here
        here = inner
    return first
