"""Who wrote it: the agency a text credits, the family an outlet belongs to, and whom a report cites.

Agencies sign in ways that have not changed for decades: "(Reuters)", "MOSCOW, April 16 /TASS/", "— AP",
"BEIJING, April 16 (Xinhua)". A dispatch under one credit stands in hundreds of outlets.
"""

from __future__ import annotations

import re
from functools import lru_cache

#: Agency → how it is named in credits, in citations and by its outlets.
_AGENCIES = {
    "reuters": r"reuters|рейтер\w*|路透\w?|ロイター",
    "bloomberg": r"bloomberg|彭博|ブルームバーグ",
    "ap": r"associated press|\bAP\b|ap news|美联社",
    "afp": r"\bafp\b|agence france-presse|法新社",
    "tass": r"\btass\b|тасс\b|塔斯社",
    "ria": r"\bria novosti\b|риа новости|俄新社",
    "interfax": r"interfax|интерфакс",
    "xinhua": r"xinhua|синьхуа|新华社|新華社|新华网",
    "cna": r"中央社|focus taiwan",
    "dpa": r"\bdpa\b",
    "efe": r"\befe\b|agencia efe",
    "ansa": r"\bansa\b",
    "pap": r"\bpap\b",
    "pti": r"\bpti\b|press trust of india",
    "ani": r"\(ani\)",
    "kyodo": r"kyodo|共同通信|共同社",
    "yonhap": r"yonhap|韩联社",
    "cnn": r"\bcnn\b",
    "wsj": r"wall street journal|\bwsj\b",
    "ft": r"financial times",
    "nyt": r"new york times",
    "rt": r"\brt\.com\b",
}
#: What a text that names one of them holds, told far sooner than by the patterns: most texts name none.
_SPELLINGS = [spelling for names in _AGENCIES.values() for spelling in names.split("|")]
_EDGE = r"\b"
_PLAIN = re.compile(r"(?:\\[()]|[\w -])+")
_HINTS = tuple(found.group().replace("\\", "").lower() for s in _SPELLINGS if (found := _PLAIN.match(s)))
_SHORT = re.compile(rf"\b(?:{'|'.join(s[2:] for s in _SPELLINGS if s.startswith(_EDGE))})", re.IGNORECASE)
_NAMED = re.compile("|".join(f"(?P<{agency}>{names})" for agency, names in _AGENCIES.items()), re.IGNORECASE)
#: "(Reuters)", "/TASS/", "MOSCOW, April 16. TASS -", "(AP) —", "新华社北京4月16日电", "（ロイター）".
_SIGNED = tuple(
    (
        agency,
        re.compile(
            rf"[(/（\[]\s?(?:{names})\s?[)/）\]]"
            rf"|(?:^|[.—–-] ?)(?:{names})\s?[—–-]"
            rf"|^(?:{names})(?=.{{0,12}}[电電])",
            re.IGNORECASE,
        ),
    )
    for agency, names in _AGENCIES.items()
)
_OUTLETS = tuple(
    (agency, re.compile(rf"(?:{names})(?: news)?(?:\.com)?", re.IGNORECASE))
    for agency, names in _AGENCIES.items()
)
#: Where credits stand: the first words of a text.
_HEAD = 160
_NAMES = "|".join(_AGENCIES.values())
_SIGNATURE = re.compile(rf"\s*(?:[(（](?:{_NAMES})[)）]|[-–—|] (?:{_NAMES})(?:\.com)?)$", re.IGNORECASE)
_REPORTS = "reports?|reported|says|said"
_CITING = r"citing|according to|as reported by|told|сообща\w+|сообщил\w*|по данным|передает|据|report in"
#: "Acme for sale - Bloomberg News" cites as agencies do; "Bloomberg News reports", "citing RT",
#: "сообщает ТАСС". " - Reuters" alone is the mark of a news search.
_CITED = re.compile(
    rf"(?:[-–—:|] (?:{_NAMES}) news$)"
    rf"|(?:{_NAMES})(?: news)?(?: agency)? (?:{_REPORTS})\b"
    rf"|(?:{_CITING}) (?:the )?(?:{_NAMES})",
    re.IGNORECASE | re.MULTILINE,
)
#: One of these stands before what does not belong to a title, or a bracket behind it.
_SEPARATORS = "-–—|·"
#: What `normalise` leaves of a title; whoever calls, no more is read.
_LONGEST_TITLE = 300
#: Marks that agencies put before a title, not part of what it says.
_BEFORE = re.compile(
    r"(?:\W*\b(?:update|wrapup|rpt|refile|corrected|correction|breaking(?: news)?|exclusive|urgent|just in"
    r"|live|watch|video|молния|срочно)\s*\d*\s*[-:–—|]\s*)+",
    re.IGNORECASE,
)
#: " - Reuters", " | The Daily Wire", " – tvn24.pl": at most three words, all with capitals, or a host's name.
_NAME = r"(?:[^\W\d_a-zа-яё]\S*|of|the|for|and)"
_HOST_NAME = r"\w+(?:\.\w+)*\.[a-z]{2,6}"
_AFTER = re.compile(rf"\s[-–—|·]\s+(?:{_NAME}(?: {_NAME}){{0,2}}|{_HOST_NAME})$")
_HOST_BEHIND = re.compile(rf"\s[-–—|·]\s+{_HOST_NAME}$")
#: Words that must be left once a name is taken off the end: "Live - Ukraine" has no outlet.
_FEWEST = 4
#: News searches name some outlets by their host: "Bloomberg.com".
_HOST = re.compile(r"(?:www\.)?[\w-]+(?:\.[\w-]+)*\.[a-z]{2,6}")
#: Second-level suffixes under which names are registered ("bbc.co.uk").
_SUFFIXES = frozenset("co com org net gov ac edu".split())
#: Hosts of many publishers, each under a name of its own.
_HOSTS = frozenset("blogspot livejournal substack tumblr wordpress".split())


def signed_by(text: str, title: str, outlet: str, family: str) -> frozenset[str]:
    """Return the agencies that sign an article: in its words, or because they publish it themselves.

    Args:
        text: its text, of which the first words are read.
        title: as published, with what stands behind it.
        outlet: as named on the card.
        family: the publisher, as `family` returns it.
    """
    signed = set(_signed_in(text[:_HEAD]))
    if _has_more_behind(title) and (behind := _SIGNATURE.search(title[-_LONGEST_TITLE:])):
        signed |= {found.lastgroup for found in _NAMED.finditer(behind.group()) if found.lastgroup}
    return frozenset(signed) or _publishing(outlet.strip(), family)


@lru_cache(maxsize=2_048)
def _signed_in(head: str) -> frozenset[str]:
    if not _may_name_one(head):
        return frozenset()
    return frozenset(agency for agency, names in _SIGNED if names.search(head))


@lru_cache(maxsize=4_096)
def _publishing(outlet: str, family: str) -> frozenset[str]:
    return frozenset(agency for agency, names in _OUTLETS if names.fullmatch(outlet) or agency == family)


def _has_more_behind(title: str) -> bool:
    return title.endswith((")", "）")) or any(separator in title for separator in _SEPARATORS)


def _may_name_one(text: str) -> bool:
    low = text.lower()
    return any(hint in low for hint in _HINTS) or bool(_SHORT.search(text))


@lru_cache(maxsize=8_192)
def spoken_title(title: str) -> str:
    """Take off a title what is certainly not part of what it says.

    Agencies put their marks before it ("UPDATE 1-"); outlets sign behind it for an agency ("（ロイター）",
    "(AFP)") or a host, of which `signed_by` tells.
    """
    title = title[:_LONGEST_TITLE]
    if found := _BEFORE.match(title):
        title = title[found.end() :] or title
    if not _has_more_behind(title):
        return title
    return _cut(_HOST_BEHIND, _SIGNATURE.sub("", title))


def plain_title(title: str) -> str:
    """Take off what may be an outlet's name as well: enough to find an article by, too much to judge by.

    "Statement on the situation - Iran" is not "Statement on the situation - Japan".
    """
    return _cut(_AFTER, spoken_title(title))


def _cut(behind: re.Pattern[str], title: str) -> str:
    found = behind.search(title)
    return title[: found.start()] if found and len(title[: found.start()].split()) >= _FEWEST else title


def cited(text: str) -> frozenset[str]:
    """Return the agencies whose report a text says it passes on: it is then not theirs."""
    return _cited_in(text[:2_000])


# An event's articles are asked for this again with each that joins it.
@lru_cache(maxsize=2_048)
def _cited_in(text: str) -> frozenset[str]:
    if not _may_name_one(text):
        return frozenset()
    passages = (match.group() for match in _CITED.finditer(text))
    return frozenset(
        match.lastgroup for passage in passages for match in _NAMED.finditer(passage) if match.lastgroup
    )


@lru_cache(maxsize=4_096)
def family(outlet: str, site: str) -> str:
    """Return the publisher: the registered name of its site, else the outlet's name.

    "de.marketscreener.com" and "m.marketscreener.com" are editions of one publisher, and "Bloomberg.com" is
    how a news search names another.
    """
    named = outlet.strip().lower()
    host = site.partition(":")[0] or (named if _HOST.fullmatch(named) else "")
    names = [label for label in host.split(".")[:-1] if label not in _SUFFIXES]
    if names[1:] and names[-1] in _HOSTS:
        return names[-2]
    return names[-1] if names else "".join(named.split())
