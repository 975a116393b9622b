"""What a site's robots.txt allows (RFC 9309).

Written here because no reader at hand will do. Python 3.11's own takes the first rule that fits, not the
longest. protego 0.7 copies every rule for each name above it: 66 kB of 2,000 names and 2,000 rules cost it
3.8 s and 260 MiB, and the cost grows with the square. Here each step is linear in the file.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from urllib.parse import quote

#: What lies behind is not read; RFC 9309, 2.5 asks for no less.
MAX_SIZE = 500 * 2**10
#: No site keeps us away for longer, whatever it says.
LONGEST_DELAY = timedelta(hours=24)

#: Longer addresses are no feeds'.
_MAX_PATH = 10_000

#: As large crawlers read them, with the misspellings that are common.
_FIELDS = {
    "user-agent": "agent",
    "useragent": "agent",
    "user agent": "agent",
    "allow": "allow",
    "disallow": "disallow",
    "dissallow": "disallow",
    "disalow": "disallow",
    "crawl-delay": "delay",
    "crawldelay": "delay",
}
_LINE_ENDS = re.compile(r"\r\n?|\n")
_ESCAPE = re.compile(r"%([0-9a-fA-F]{2})")
_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")


def allows(robots_txt: str, agent: str, path: str) -> bool:
    """Tell whether an address may be asked.

    The longest rule that fits decides, of equally long ones the kinder.

    Args:
        robots_txt: the file; "" where the site has none.
        agent: how the bot introduces itself; what stands before the first slash or blank is its name.
        path: of the address, with its query.
    """
    asked = _octets(path[:_MAX_PATH], keep="")
    if not asked.startswith("/"):
        asked = f"/{asked}"
    if asked == "/robots.txt":
        return True
    rules = ((_octets(value, keep="*$"), field == "allow") for field, value in _group(robots_txt, agent))
    fitting = ((len(pattern), allowed) for pattern, allowed in rules if pattern and _fits(pattern, asked))
    return max(fitting, default=(0, True))[1]


def crawl_delay(robots_txt: str, agent: str) -> timedelta | None:
    """Return how long the site wants between two requests, up to `LONGEST_DELAY`; None if it does not say.

    Args:
        robots_txt: the file; "" where the site has none.
        agent: how the bot introduces itself.
    """
    for field, value in _group(robots_txt, agent, delays=True):
        if field == "delay":
            with suppress(ValueError):
                seconds = float(value[:20])
                if seconds > 0 and not math.isnan(seconds):
                    return timedelta(seconds=min(seconds, LONGEST_DELAY.total_seconds()))
    return None


def for_agent(robots_txt: str, agent: str) -> str:
    """Return what of a file concerns an agent, as a file that says it to everybody."""
    rules = _group(robots_txt, agent) + _group(robots_txt, agent, delays=True)
    lines = (f"{'crawl-delay' if field == 'delay' else field}: {value}" for field, value in rules)
    return "\n".join(("user-agent: *", *lines))


def _group(robots_txt: str, agent: str, *, delays: bool = False) -> list[tuple[str, str]]:
    """Return the rules for an agent: of all groups that name it or, if none does, of those for everybody."""
    name = _name(agent)
    for_us: list[tuple[str, str]] = []
    for_all: list[tuple[str, str]] = []
    is_named = ours = everybodys = after_rule = False
    for field, value in _lines(robots_txt):
        if field == "agent":
            if after_rule:
                ours = everybodys = after_rule = False
            ours = ours or _name(value) == name
            everybodys = everybodys or value.startswith("*")
            is_named = is_named or ours
            continue
        # What RFC 9309 does not define must not come between the names of a group.
        after_rule = after_rule or field != "delay"
        if delays == (field == "delay"):
            for_us += [(field, value)] if ours else []
            for_all += [(field, value)] if everybodys else []
    return for_us if is_named else for_all


def _lines(robots_txt: str) -> Iterator[tuple[str, str]]:
    """Yield the fields known here with their values."""
    text = robots_txt.removeprefix("\ufeff")
    if len(text) > MAX_SIZE:
        # Half a rule would forbid more than the whole one.
        text = text[:MAX_SIZE].rpartition("\n")[0]
    for line in _LINE_ENDS.split(text):
        content = line.partition("#")[0].strip()
        name, colon, value = content.partition(":")
        if not colon:
            name, _, value = content.partition(" ")
        if field := _FIELDS.get(name.strip().lower()):
            yield field, value.strip()


def _name(agent: str) -> str:
    return re.split(r"[/\s*]", agent.strip(), maxsplit=1)[0].lower()


def _octets(path: str, *, keep: str) -> str:
    """Write a path or a pattern in one way: what needs no escape without, all else with, in capitals."""

    def one(found: re.Match[str]) -> str:
        char = chr(int(found[1], 16))
        return char if char in _UNRESERVED else found[0].upper()

    return quote(_ESCAPE.sub(one, path), safe=f"/%?&=:;,+@!'()[]{keep}", errors="replace")


def _fits(pattern: str, path: str) -> bool:
    """Tell whether a path begins as a pattern says: "*" is anything, "$" at the end is the path's end."""
    anchored = pattern.endswith("$")
    first, *others = pattern.removesuffix("$").replace("$", "%24").split("*")
    if not path.startswith(first):
        return False
    if not others:
        return not anchored or path == first
    last = others.pop() if anchored else ""
    at = len(first)
    for part in others:
        at = path.find(part, at)
        if at < 0:
            return False
        at += len(part)
    return len(path) - len(last) >= at and path.endswith(last)
