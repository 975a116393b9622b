"""One page, one address: the canonical form used for comparing, never for linking.

Everything works on the text of the address. Decoding a query and encoding it again would drop `?print`
and turn `%E9` into two replacement bytes: pages would merge and links break.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import SplitResult, urlsplit

from bot.core.lexicon import STOP_WORDS

# A name missing here costs one missed duplicate; a name too many merges two different pages, so only
# prefixes and names that mark where a reader came from belong here, never names that choose a page.
_TRACKING_PREFIXES = ("utm_", "mtm_", "at_", "mc_", "pk_", "ns_", "hsa_", "_hs", "vero_", "oly_")
_TRACKING_NAMES = frozenset(
    "fbclid gclid dclid gbraid wbraid msclkid yclid twclid igshid ocid ncid cmpid cmp smid smtyp emc partner"
    " ref_src ref_url rss ftag taid xtor wt_mc mbid icid soc_src soc_trk guccounter guce_referrer"
    " guce_referrer_sig feature __twitter_impression amp_js_v amp_gsa usqp traffic_source maca ito gi".split()
)
#: Names that are tracking only with these values ("source" and "ref" choose pages elsewhere).
_TRACKING_PAIRS = frozenset(
    {"source=rss", "src=rss", "from=rss", "ref=rss", "medium=rss", "output=amp", "amp=1"}
)
#: The Wall Street Journal's "mod" says where a reader came from
#: ("rss_Technology", "hp_lead_pos4"); elsewhere it names a page.
_TRACKING_MOD = re.compile(r"mod=[a-z]+_\w+", re.ASCII)
#: News searches: their pages are other publishers'.
AGGREGATORS = frozenset({"news.google.com"})
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ESCAPED = re.compile(r"(?<!%)%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_HOST_PREFIX = re.compile(r"^(?:www\d?|m|mobile|amp)\.(?=[^.]+\.)")
_AMP_PATH = re.compile(r"(?:/amp)+/?$|^(?:/amp)+(?=/)")
_SLASHES = re.compile(r"/{2,}")
_BLANK = re.compile(r"[\s\x00-\x1f\x7f]+")
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

    Scheme, `www.`, mobile and AMP hosts, default ports, tracking parameters, plain fragments and a closing
    slash do not count; the order of parameters does. Canonicalising twice changes nothing. Never raises.
    """
    parts = _split(_BLANK.sub("", url))
    if parts is None or parts.scheme not in _DEFAULT_PORTS or not (parts.hostname or "").strip("."):
        return ""
    path = _SLASHES.sub("/", _plain_escapes(parts.path))
    path = _AMP_PATH.sub("", path).rstrip("/")
    query = "&".join(pair for pair in parts.query.split("&") if pair and not _is_tracking(pair))
    # "#!" and "#/" are routes of pages drawn by scripts: they choose the page.
    fragment = parts.fragment if parts.fragment.startswith(("!", "/")) else ""
    host = _host(parts)
    return f"{host}{path}{'?' + query if query else ''}{'#' + fragment if fragment else ''}"


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


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port  # read here because it raises for "http://a:b/"
    except ValueError:
        return None
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").rstrip(".")
    while (shorter := _HOST_PREFIX.sub("", host)) != host:
        host = shorter
    if ":" in host:
        host = f"[{host}]"
    port = parts.port
    return host if port in {None, _DEFAULT_PORTS[parts.scheme]} else f"{host}:{port}"


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    known = name in _TRACKING_NAMES or name.startswith(_TRACKING_PREFIXES) or pair.lower() in _TRACKING_PAIRS
    return known or bool(_TRACKING_MOD.fullmatch(pair))


def _plain_escapes(path: str) -> str:
    """Write `%7E` as `~` and `%c3` as `%C3`: the same octets by RFC 3986, section 6.2.2."""

    def one(found: re.Match[str]) -> str:
        char = chr(int(found.group(1), 16))
        return char if char in _UNRESERVED else found.group().upper()

    return _ESCAPED.sub(one, path)
