"""Parameters that tell where a reader came from, and never which page is meant.

A name missing here costs one missed duplicate; a name too many merges two different pages. So a name is
listed for every site only if no site chooses a page by it. What some site does choose by ("from", "cid",
"mod") is listed with the sites where it is known not to, or with the values that a feed puts there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

_PREFIXES = (
    "utm_", "mtm_", "at_", "ns_", "hsa_", "_hs", "__hs", "vero_", "oly_", "wt_", "wt.", "itm_", "lmd_", "cx_",
)  # fmt: skip
_NAMES = frozenset(
    # Advertisers' and mailers' numbers of one click or reader.
    "fbclid gclid gclsrc dclid gbraid wbraid msclkid yclid ysclid twclid ttclid li_fat_id igshid igsh srsltid"
    " mkt_tok wickedid rb_clickid s_cid mc_cid mc_eid mc_tc ml_subscriber ml_subscriber_hash _ga _gl"
    # Campaigns: Matomo's, Google's and Facebook's own, and those of publishers.
    " _openstat pk_campaign pk_kwd pk_keyword pk_source pk_medium pk_content pk_cid ga_source ga_medium"
    " ga_campaign ga_term ga_content fb_action_ids fb_action_types fb_source fb_ref int_source int_medium"
    " int_campaign ocid ncid cmpid cmp intcmp intcid icid icmp smid smtyp ftag taid xtor mbid dmcid wpisrc"
    " fsrc ftcamp ito maca tpcc wtrid trkcampaign traffic_source tracking_source ref_src ref_url soc_src"
    " soc_trk spm echobox guccounter guce_referrer guce_referrer_sig __source __twitter_impression"
    " isappinstalled rss rssfeed"
    # The same page for AMP's caches, and a visitor's session.
    " amp_js_v amp_gsa usqp jsessionid phpsessid".split()
)
#: "source=rss", "src=Rss", "cid=rss_world", "source=rss----8a7": what stands in for a campaign in feeds.
_FROM_FEED = re.compile(
    r"(?:source|src|srcref|from|ref|referrer|medium|cid|cmp|mid|sr|partner|emc)=rss(?![a-z]).*", re.DOTALL
)
#: "?amp", "?amp=1", "?outputType=amp-type".
_AMP = re.compile(r"(?:_?amp|isamp)(?:=(?:1|true|yes)?)?|(?:outputtype|output|v)=amp(?:-type)?")
#: Medium's blogs, under whatever domain, number the visit.
_MEDIUM_VISIT = re.compile(r"gi=[0-9a-f]{10,14}")
_AMPERSAND = re.compile(r"^(?:amp;)+")
_BY_SITE: Mapping[str, frozenset[str]] = {
    site: frozenset(names.split())
    for sites, names in {
        "wsj.com barrons.com marketwatch.com mansionglobal.com": "mod reflink siteid link",
        "nytimes.com": "_r action campaign_id clicksource contentcollection contentplacement emc hp hpw"
        " instance_id mabreward module nl partner pgtype ref referer region regi_id rref segment_id src te"
        " user_id version",
        "washingtonpost.com": "tid itid hpid nid wpmm wpmk",
        "abcnews.go.com nbcnews.com": "cid",
        "bloomberg.com": "srnd sref leadsource in_source",
        "cnn.com": "iid hpt eref cid",
        "cnbc.com": "recirc par",
        "forbes.com": "sh ss",
        "huffpost.com": "ir",
        "indiatimes.com kommersant.ru rbc.ru": "from",
        "msn.com": "li srcref cvid ei pc form",
        "npr.org": "ft f",
        "reuters.com": "feedtype feedname rpc il virtualbrandchannel edition-redirect",
        "theatlantic.com": "gift",
        "thehill.com": "rl",
        "usatoday.com": "gnt-cfr",
        "yahoo.com": ".tsrc tsrc",
        # A video is the same from any second on; "list" chooses a page of its own.
        "youtube.com": "feature si ab_channel pp t",
        # A searched topic at any place of the list of topics.
        "s.weibo.com": "band_rank refer t",
        # Blogger draws the same page for telephones.
        "blogspot.com": "m",
    }.items()
    for site in sites.split()
}
_NONE: frozenset[str] = frozenset()


def without_tracking(query: str, host: str) -> str:
    """Return the parameters that choose a page, in their order and writing."""
    pairs = query.split("&")
    if "amp;" in query:  # "?a=1&amp;b=2" was escaped once too often
        pairs = [_AMPERSAND.sub("", pair) for pair in pairs]
    there = next((_BY_SITE[site] for site in _sites(host) if site in _BY_SITE), _NONE)
    return "&".join(pair for pair in pairs if pair and not _is_tracking(pair.lower(), there))


def _is_tracking(pair: str, there: frozenset[str]) -> bool:
    name = pair.partition("=")[0]
    return (
        name in _NAMES
        or name.startswith(_PREFIXES)
        or name in there
        or bool(_FROM_FEED.fullmatch(pair) or _AMP.fullmatch(pair) or _MEDIUM_VISIT.fullmatch(pair))
    )


def _sites(host: str) -> Iterator[str]:
    """Yield "news.a.example", "a.example", "example"."""
    while host:
        yield host
        host = host.partition(".")[2]
