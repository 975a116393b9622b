"""The labelled sets on which the judge is fitted and measured: files of the test material as articles."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from pathlib import Path
from typing import Any

from bot.cli.items import article_of
from bot.core.similarity import title_ratio
from bot.core.words import tokens
from bot.errors import OperatorError
from bot.model import Article

#: Characters of a text that stand for a feed's summary where a set has whole texts only.
_AS_SUMMARY = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Labelled:
    """Two articles, the later one second, and how they belong together."""

    old: Article
    new: Article
    #: S same article, E other article on one event, T same wider story, U unrelated; or "1" and "0".
    label: str
    #: How the label was made: "read:…" by reading, "auto:…" by a rule.
    how: str = ""
    #: What must not be torn apart in cross-validation.
    group: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Headline:
    """One item of a stream of headlines with the event it belongs to."""

    article: Article
    event: str


def lines(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON lines.

    Raises:
        OperatorError: it is not there.
    """
    path = folder / "dedup" / name
    if not path.is_file():
        raise OperatorError(f"the test material has no {path}")
    with path.open(encoding="utf-8") as file:
        yield from map(json.loads, file)


def _item(doc: Mapping[str, Any], **named: str) -> Article:
    """Make an article of a document; `named` says which of its fields hold what."""
    item = {ours: doc[theirs] for ours, theirs in named.items() if doc.get(theirs)}
    return article_of(item, where=str(doc.get("id", "")))


# ------------------------------------------------------------------------------------------- wire


def wire_article(doc: Mapping[str, Any], *, without: Sequence[str] = ()) -> Article:
    """Make an article of a document of the wire set."""
    item = {key: value for key, value in doc.items() if key not in {"id", "source", *without}}
    return article_of(item | {"outlet": doc.get("publisher") or doc["source"]}, where=str(doc["id"]))


def wire(
    folder: Path, half: str, *, without: Sequence[str] = (), labels: Path | None = None
) -> list[Labelled]:
    """Return the pairs of the wire set.

    Args:
        folder: the test material.
        half: "dev" or "held".
        without: fields left out, such as "body".
        labels: a file of further labels on the unlabelled stream of the same half.
    """
    docs = _wire_docs(folder, half) if labels is None else _wire_docs(folder, half) | _stream(folder, half)
    pairs = list(lines(folder, f"wire_rss/pairs_{half}.jsonl")) if labels is None else list(_read(labels))
    articles = {
        key: wire_article(docs[key], without=without) for key in {p[side] for p in pairs for side in "ab"}
    }
    groups = _components((p["a"], p["b"]) for p in pairs if p["label"] in "SE")
    return [
        Labelled(old=a, new=b, label=p["label"], how=p["how"], group=groups.get(p["a"], p["a"]))
        for p in pairs
        for a, b in [_in_order(articles[p["a"]], articles[p["b"]])]
    ]


@lru_cache(maxsize=2)
def _wire_docs(folder: Path, half: str) -> dict[str, dict[str, Any]]:
    return {doc["id"]: doc for doc in lines(folder, f"wire_rss/pair_docs_{half}.jsonl")}


@lru_cache(maxsize=2)
def _stream(folder: Path, half: str) -> dict[str, dict[str, Any]]:
    return {doc["id"]: doc for doc in lines(folder, f"wire_rss/stream_{half}.jsonl")}


def _read(labels: Path) -> Iterator[dict[str, str]]:
    with labels.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader((line for line in file if not line.startswith("#")), delimiter="\t")
        yield from (row | {"how": "read:stream"} for row in rows if row["label"] in "SETU")


def _in_order(a: Article, b: Article) -> tuple[Article, Article]:
    return (b, a) if b.published < a.published else (a, b)


def _components(links: Iterator[tuple[str, str]]) -> dict[str, str]:
    parents: dict[str, str] = {}

    def root(key: str) -> str:
        while parents.setdefault(key, key) != key:
            key = parents[key]
        return key

    for a, b in links:
        parents[root(a)] = root(b)
    return {key: root(key) for key in list(parents)}


# ---------------------------------------------------------------------------------------- updates


def updates(folder: Path, half: str, *, bodies: bool) -> list[Labelled]:
    """Return versions of one page whose headline changed, and for each the two nearest other headlines.

    The address is hidden, and so is the time of publication, which all versions share: each version has the
    time at which it was first seen. The pairs are made as for the published baseline.

    Args:
        folder: the test material.
        half: "dev" or "held".
        bodies: only pages of which both versions have a body, with it; else headlines alone.
    """
    pages = [page for page in lines(folder, f"wire_rss/updates_{half}.jsonl") if page["lang"] == "en"]
    changed = [
        page
        for page in pages
        if tokens(page["versions"][0]["title"]) != tokens(page["versions"][-1]["title"])
    ]
    if bodies:
        changed = [p for p in changed if all(p["versions"][at].get("body") for at in (0, -1))]
    last = [_version(page, -1, bodies=bodies) for page in changed]
    found: list[Labelled] = []
    for place, page in enumerate(changed):
        first = _version(page, 0, bodies=bodies)
        found.append(Labelled(old=first, new=last[place], label="S", how="read:version", group=page["id"]))
        others = sorted(
            (other for other in range(len(changed)) if other != place),
            key=lambda other: (-title_ratio(first.title, last[other].title), other),
        )
        found += (
            Labelled(old=a, new=b, label="U", how="auto:nearest", group=page["id"])
            for other in others[:2]
            for a, b in [_in_order(first, last[other])]
        )
    return found


def _version(page: Mapping[str, Any], at: int, *, bodies: bool) -> Article:
    version = page["versions"][at]
    item = {"title": version["title"], "published": version["t"], "outlet": page["source"]}
    if bodies:
        item |= {"body": version["body"], "summary": version["summary"]}
    return article_of(item | {"id": f"{page['id']} {at}"}, where=page["id"])


# ----------------------------------------------------------------------------------- same events


def other_reports(folder: Path, half: str) -> list[Labelled]:
    """Return pairs of outlets' own reports on one event (BASIL, AllSides): not one is a duplicate.

    Their times are left out: the sets give one time, or one day, to all reports of an event.
    """
    found: list[Labelled] = []
    for name, text in (("basil", "text"), ("allsides", "lead")):
        by_event: dict[str, list[Article]] = {}
        for doc in lines(folder, f"{name}/{half}.jsonl"):
            article = _item(
                doc, title="title", url="url", outlet="source",
                **({"body": text} if text == "text" else {"summary": text}),
            )  # fmt: skip
            by_event.setdefault(str(doc["event"]), []).append(article)
        found += (
            Labelled(old=a, new=b, label="E", how=name, group=f"{name} {event}")
            for event, articles in by_event.items()
            for one, two in combinations(articles, 2)
            for a, b in [_in_order(one, two)]
        )
    return found


def threads(folder: Path, half: str, language: str = "ru") -> list[Labelled]:
    """Return pairs of a clustering contest: one thread ("1") or not ("0"), with the texts' beginnings."""
    return [
        Labelled(
            old=_titled(pair["title1"], pair["text1"], pair["url1"], language),
            new=_titled(pair["title2"], pair["text2"], pair["url2"], language),
            label=str(pair["label"]),
            how="read:thread",
        )
        for pair in lines(folder, f"tg_pairs/{half}.jsonl")
        if pair["lang"] == language
    ]


def kinds_of_event(folder: Path, half: str) -> list[Labelled]:
    """Return pairs within one topic of ECB+: the same event ("1") or another event of that kind ("0")."""
    topics: dict[int, list[tuple[str, Article]]] = {}
    for doc in lines(folder, f"ecbplus/{half}.jsonl"):
        topics.setdefault(doc["topic"], []).append(
            (doc["event"], _titled(doc["title"], doc["text"], doc["id"], "en"))
        )
    return [
        Labelled(old=a, new=b, label=str(int(event == other)), how="ecbplus", group=str(topic))
        for topic, docs in topics.items()
        for (event, a), (other, b) in combinations(docs, 2)
    ]


def _titled(title: str, text: str, name: str, language: str) -> Article:
    item = {"title": title, "summary": text[:_AS_SUMMARY], "outlet": name, "id": name, "lang": language}
    return article_of(item, where=name)


def known_events(folder: Path, half: str) -> list[Labelled]:
    """Return items with the English summaries of events known before: the one it tells ("1") or not ("0").

    A third of the items are Chinese or mixed. The labels are another program's decisions.
    """
    return [
        Labelled(
            old=_item(known, title="summary_en", id="id"),
            new=_item(
                item, title="title", summary="description", id="sample_id", lang="lang", outlet="domain"
            ),
            label=str(int(known["id"] == item["target"])),
            how="silver",
        )
        for item in lines(folder, f"newsroom_en_zh/{half}.jsonl")
        for known in item["candidates"]
        if known["summary_en"]
    ]


def hot_searches(folder: Path, half: str) -> list[Labelled]:
    """Return pairs of Chinese hot searches: one event ("1") or not ("0")."""
    return [
        Labelled(
            old=article_of({"title": pair["a"], "id": "a", "outlet": "a", "lang": "zh"}, where="weibo"),
            new=article_of({"title": pair["b"], "id": "b", "outlet": "b", "lang": "zh"}, where="weibo"),
            label=str(int(pair["label"] == _SAME_EVENT)),
        )
        for pair in lines(folder, f"zh_weibo/{half}.jsonl")
    ]


#: The label of hot searches on one event; 1 is one topic.
_SAME_EVENT = 2
#: Characters of a text that stand for its headline where a set has none apart.
_AS_HEADLINE = 100


def graded(folder: Path, half: str) -> list[tuple[Labelled, float]]:
    """Return pairs of articles with how alike people found them, 1 the same, 4 different; `how`: language."""
    found: list[tuple[Labelled, float]] = []
    for pair in lines(folder, f"semeval2022/{half}.jsonl"):
        one, two = (
            article_of(
                {
                    "title": pair[f"text{n}"][:_AS_HEADLINE],
                    "summary": pair[f"text{n}"][:_AS_SUMMARY],
                    "id": pair[f"art{n}"],
                    "outlet": pair[f"art{n}"],
                    "lang": pair[f"lang{n}"],
                },
                where=pair["pair_id"],
            )
            for n in "12"
        )
        languages = "-".join(sorted({pair["lang1"], pair["lang2"]}))
        found.append((Labelled(old=one, new=two, label="", how=languages), float(pair["overall"])))
    return found


# --------------------------------------------------------------------------------------- coverage


def same_headlines(folder: Path, half: str) -> list[Labelled]:
    """Return pairs of real items with one headline, or headlines that differ in numbers; `how` says which.

    What is expected follows a rule: nobody read the bodies.
    """
    return [
        Labelled(old=one, new=two, label="", how=pair["kind"])
        for pair in coverage_lines(folder, "title_pairs.jsonl", half)
        for one, two in [_in_order(*(coverage_article(pair[side]) for side in "ab"))]
    ]


def read_headlines(folder: Path, half: str, labels: Path) -> list[Labelled]:
    """Return those of them that were read one by one, with what was found.

    Args:
        folder: the test material.
        half: "dev" or "held".
        labels: a file of relations by the pairs' ids.
    """
    read = {row["id"]: row["label"] for row in _read(labels)}
    rows = [pair for pair in coverage_lines(folder, "title_pairs.jsonl", half) if pair["id"] in read]
    return [
        Labelled(old=one, new=two, label=read[pair["id"]], how="read:coverage")
        for pair in rows
        for one, two in [_in_order(*(coverage_article(pair[side]) for side in "ab"))]
    ]


def story_items(folder: Path, half: str) -> list[Labelled]:
    """Return the items on the story's event with each earlier one: a copy of it ("S") or not ("E")."""
    items = [
        item
        for item in coverage_lines(folder, "items.jsonl", half)
        if item["relation"] == "same-event" and item["title"]
    ]
    ordered = sorted(((coverage_article(item), item) for item in items), key=lambda found: found[0].published)
    return [
        Labelled(old=old, new=new, label="S" if _copied(one, two) else "E", how="coverage")
        for at, (new, two) in enumerate(ordered)
        for old, one in ordered[:at]
    ]


def _copied(one: Mapping[str, Any], two: Mapping[str, Any]) -> bool:
    """Tell whether both are one article: one copies the other, or both the same."""
    return bool((one.get("copy_of") or one["id"]) == (two.get("copy_of") or two["id"]))


def coverage_article(item: Mapping[str, Any]) -> Article:
    """Make an article of an item of the coverage."""
    return _item(
        item, title="title", summary="summary", body="text", url="url", published="published", lang="lang",
        outlet="outlet",
    )  # fmt: skip


def coverage_lines(folder: Path, name: str, half: str) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of the coverage that belong to a half.

    Raises:
        OperatorError: it is not there.
    """
    path = folder / "coverage" / name
    if not path.is_file():
        raise OperatorError(f"the test material has no {path}")
    with path.open(encoding="utf-8") as file:
        yield from (item for item in map(json.loads, file) if item["half"] == half)


# --------------------------------------------------------------------------------------- streams

_LANGUAGES = {
    "eng": "en", "por": "pt", "spa": "es", "fra": "fr", "rus": "ru", "deu": "de", "slv": "sl", "ara": "ar",
    "zho": "zh",
}  # fmt: skip


def headlines(folder: Path, name: str, half: str, languages: Sequence[str] = ()) -> list[Headline]:
    """Return a stream of headlines in the order of their times.

    Args:
        folder: the test material.
        name: "og2021" or "uci_news".
        half: "dev" or "held".
        languages: three-letter codes to keep; none keeps all.
    """
    found = [
        Headline(article=_headline(doc, name), event=str(doc["cluster"]))
        for doc in lines(folder, f"{name}/{half}.jsonl")
        if not languages or doc["lang"] in languages
    ]
    return sorted(found, key=lambda headline: headline.article.published)


def _headline(doc: Mapping[str, Any], name: str) -> Article:
    time = str(doc["time"]).replace(" ", "T")
    item = {
        "title": doc["title"],
        "published": time if time.endswith("Z") else f"{time}Z",
        "id": str(doc["id"]),
        "outlet": doc.get("source") or str(doc["id"]),
        "lang": _LANGUAGES.get(doc["lang"], "en"),
    }
    return article_of(item, where=f"{name} {doc['id']}")
