"""Which of the entries that a feed did not list before are news of it, and which are old ones in disguise.

"Not listed before" goes by the feed's own ids, and feeds change those: all of them after a rebuild, or one id
serves another report. Nor is each new wording of a text a new version worth keeping.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

from bot.core.address import names_a_page
from bot.model import Article, Listed

RESAVED = "listed before under another id: the same text"
#: A text that changes at each poll (a counter, an advertisement) is kept so many times a day.
MOST_VERSIONS = 5
_DAY = timedelta(days=1)
#: From so many new ids at once on, a document may have been saved anew as a whole.
_FEWEST = 5
#: What sites number their pages with ("418044", "p54yg6"), and no day or month.
_NUMBER = re.compile(r"(?!(?:19|20)\d{4,}$)(?=[a-z]*\d)[a-z\d]{5,}", re.ASCII | re.IGNORECASE)
_SEPARATOR = re.compile(r"[-_.,+]")
_FILE_TYPE = re.compile(r"\.[a-z]{2,5}$", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Novelty:
    """An article to record."""

    article: Article
    #: Why it is no news although its id is; None if it is.
    quiet: str | None = None


def novelties(unseen: Sequence[Article], before: Sequence[Listed], *, listed: int) -> list[Novelty]:
    """Return what of a feed's unseen articles is to be recorded, in order.

    Args:
        unseen: one poll's articles whose id and text were not listed together before.
        before: what the feed listed earlier under these ids, addresses or with these texts.
        listed: how many entries the document has.
    """
    by_key: dict[str, list[Listed]] = defaultdict(list)
    texts: dict[str, set[str]] = defaultdict(set)
    for old in before:
        by_key[old.key].append(old)
        texts[old.fingerprint].add(old.address)
    saved_anew = _saved_anew(unseen, by_key, texts, listed)
    found: list[Novelty] = []
    recorded: set[tuple[str, str, str]] = set()
    for given in unseen:
        article = _under_its_own_key(given, by_key[given.key])
        versions = by_key[article.key]
        if any(old.fingerprint == article.fingerprint for old in versions) or _churns(article, versions):
            continue
        identity = (article.feed_url, article.key, article.fingerprint)
        if identity in recorded:  # two ids that serve one report by now
            continue
        recorded.add(identity)
        known = not versions and article.title and article.fingerprint in texts
        again = known and (saved_anew or _same_page(article, texts[article.fingerprint]))
        found.append(Novelty(article=article, quiet=RESAVED if again else None))
    return found


def _under_its_own_key(article: Article, versions: Sequence[Listed]) -> Article:
    """Give an article another key if its id served another report: headline and address both differ.

    Not where both addresses hold one number: such a page was renamed. Of 2,149 real entries in snapshots of
    six feeds ten had a new headline and a new address under their id, and each was the same page.
    """
    reused = versions and all(
        old.title != article.title
        and old.address != article.address
        and names_a_page(old.address)
        and names_a_page(article.address)
        and _numbers(old.address).isdisjoint(_numbers(article.address))
        for old in versions
    )
    return replace(article, key=f"reused:{article.address}") if reused else article


def _numbers(address: str) -> set[str]:
    """Return what may number a page: whole parts of its path, and what stands last behind the headline."""
    *parts, name = address.partition("?")[0].split("/")[1:] or [""]
    last = _SEPARATOR.split(_FILE_TYPE.sub("", name))[-1]
    return {part for part in (*parts, last) if _NUMBER.fullmatch(part)}


def _churns(article: Article, versions: Sequence[Listed]) -> bool:
    today = sum(timedelta() <= article.seen_at - old.seen_at < _DAY for old in versions)
    return today >= MOST_VERSIONS


def _saved_anew(
    unseen: Sequence[Article],
    by_key: dict[str, list[Listed]],
    texts: dict[str, set[str]],
    listed: int,
) -> bool:
    """Tell whether most of a document has new ids, and most of those old texts."""
    strangers = [article for article in unseen if article.key not in by_key]
    familiar = sum(article.fingerprint in texts for article in strangers if article.title)
    return len(strangers) >= max(_FEWEST, listed / 2) and familiar * 2 >= len(strangers)


def _same_page(article: Article, addresses: set[str]) -> bool:
    """Tell whether a text stood at this article's address; a front page's address or none says nothing."""
    return article.address in addresses or not any(map(names_a_page, {article.address, *addresses}))
