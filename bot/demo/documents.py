"""What an outlet's feed says at a given time, in the outlet's dialect."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from email.utils import format_datetime
from xml.etree import ElementTree as ET

from bot.demo.coverage import Dialect, Outlet, Recorded

#: How many items a feed lists; a usual length for a newsroom's feed.
LISTED = 15

# Prefixes are written out, so that the documents look like those that newsrooms publish.
_CONTENT = {"xmlns:content": "http://purl.org/rss/1.0/modules/content/"}
_DUBLIN_CORE = {"xmlns:dc": "http://purl.org/dc/elements/1.1/"}
_RDF = {"xmlns:rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#", "xmlns": "http://purl.org/rss/1.0/"}


def listing(outlet: Outlet, coverage: Iterable[Recorded], now: datetime) -> list[Recorded]:
    """Return what the outlet's feed lists: the current version of its newest items, newest first.

    Args:
        outlet: whose feed.
        coverage: everything recorded, in the order of publication.
        now: nothing later is known yet.
    """
    current = {item.id: item for item in coverage if item.outlet == outlet and item.published <= now}
    return sorted(current.values(), key=lambda item: item.published, reverse=True)[:LISTED]


def document(outlet: Outlet, items: Sequence[Recorded]) -> bytes:
    """Write the outlet's feed document. The same items give the same bytes."""
    write = {Dialect.RSS_2: _rss, Dialect.RSS_1: _rdf, Dialect.ATOM: _atom}[outlet.dialect]
    root = write(outlet, items)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text


def _rss(outlet: Outlet, items: Sequence[Recorded]) -> ET.Element:
    root = ET.Element("rss", {"version": "2.0"} | _CONTENT)
    channel = ET.SubElement(root, "channel")
    _add(channel, "title", outlet.name)
    _add(channel, "link", outlet.home)
    _add(channel, "description", outlet.name)
    _add(channel, "language", outlet.language)
    for item in items:
        element = ET.SubElement(channel, "item")
        _add(element, "title", item.title)
        _add(element, "link", item.url)
        _add(element, "guid", item.id, isPermaLink="false")
        _add(element, "pubDate", format_datetime(item.published, usegmt=True))
        _add(element, "description", item.summary)
        _add_body(element, item)
    return root


def _rdf(outlet: Outlet, items: Sequence[Recorded]) -> ET.Element:
    root = ET.Element("rdf:RDF", _RDF | _DUBLIN_CORE | _CONTENT)
    channel = ET.SubElement(root, "channel", {"rdf:about": outlet.home})
    _add(channel, "title", outlet.name)
    _add(channel, "link", outlet.home)
    _add(channel, "description", outlet.name)
    _add(channel, "dc:language", outlet.language)
    contents = ET.SubElement(ET.SubElement(channel, "items"), "rdf:Seq")
    for item in items:
        ET.SubElement(contents, "rdf:li", {"rdf:resource": item.id})
        element = ET.SubElement(root, "item", {"rdf:about": item.id})
        _add(element, "title", item.title)
        _add(element, "link", item.url)
        _add(element, "dc:date", item.published.isoformat())
        _add(element, "description", item.summary)
        _add_body(element, item)
    return root


def _atom(outlet: Outlet, items: Sequence[Recorded]) -> ET.Element:
    root = ET.Element("feed", {"xmlns": "http://www.w3.org/2005/Atom", "xml:lang": outlet.language})
    _add(root, "title", outlet.name)
    _add(root, "id", outlet.home)
    ET.SubElement(root, "link", href=outlet.home)
    for item in items[:1]:
        _add(root, "updated", item.published.isoformat())
    for item in items:
        entry = ET.SubElement(root, "entry")
        _add(entry, "title", item.title)
        _add(entry, "id", item.id)
        ET.SubElement(entry, "link", href=item.url)
        _add(entry, "published", item.published.isoformat())
        _add(entry, "updated", item.published.isoformat())
        ET.SubElement(_add(entry, "author", None), "name").text = outlet.name
        _add(entry, "summary", item.summary, type="html")
        if item.body:
            _add(entry, "content", item.body, type="html")
    return root


def _add(parent: ET.Element, tag: str, text: str | None, **attributes: str) -> ET.Element:
    element = ET.SubElement(parent, tag, attributes)
    element.text = text
    return element


def _add_body(parent: ET.Element, item: Recorded) -> None:
    if item.body:
        _add(parent, "content:encoded", item.body)
