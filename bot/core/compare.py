"""Two articles side by side: each measure once, and each in words."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import cached_property

from bot.core.address import site
from bot.core.concepts import Concepts
from bot.core.facts import Difference, differences
from bot.core.lexicon import STOP_WORDS
from bot.core.similarity import containment, respelled, shingles, title_ratio
from bot.core.words import repeats, stem, tokens
from bot.model import Article, Evidence

#: A text of fewer shingles is a caption; nothing follows from it.
_SHORTEST_TEXT = 5
#: What follows is an aside: ", hails cooperation", "for talks", "amid war".
_CLAUSE = re.compile(r"[,;:–—]|\s-\s|\s(?:for|as|amid|after|during|на фоне|в ходе)\s")
#: Minutes apart at which times count as the same: copies keep the wire's time to the minute.
_SAME_MINUTE = timedelta(seconds=59)


class Pair:
    """A new article and a stored one; measures are computed when first asked for, in percent."""

    def __init__(self, new: Article, old: Article, concepts: Concepts) -> None:
        """Compare `new` with the earlier `old`."""
        self.new = new
        self.old = old
        self._concepts = concepts

    @cached_property
    def _shingles(self) -> tuple[frozenset[tuple[str, ...]], frozenset[tuple[str, ...]]]:
        new, old = (_own_text(article) for article in (self.new, self.old))
        return shingles(new), shingles(old)

    @property
    def shorter_text(self) -> int:
        """Shingles of the shorter text."""
        return min(map(len, self._shingles))

    @property
    def both_have_text(self) -> bool:
        """Both carry more than a caption."""
        return self.shorter_text >= _SHORTEST_TEXT

    @cached_property
    def containment(self) -> float:
        """How much of the shorter text stands in the longer; 0 where one has none."""
        return containment(*self._shingles) if self.both_have_text else 0.0

    @property
    def shorter_title(self) -> int:
        """Words of the shorter title."""
        return min(len(tokens(self.new.title)), len(tokens(self.old.title)))

    @cached_property
    def title_ratio(self) -> float:
        """How alike the titles are written."""
        return title_ratio(self.new.title, self.old.title)

    @cached_property
    def _title_concepts(self) -> tuple[frozenset[str], frozenset[str]]:
        return self._concepts(self.new.title), self._concepts(self.old.title)

    @cached_property
    def shared_concepts(self) -> int:
        """How many concepts the titles share."""
        new, old = self._title_concepts
        return len(new & old)

    @cached_property
    def title_concepts(self) -> float:
        """How many of the shorter title's concepts the longer one has."""
        return containment(*self._title_concepts)

    @cached_property
    def one_adds(self) -> bool:
        """At most one title has a concept that the other leaves out; a person's country adds nothing."""
        new, old = (self._bare(title) for title in (self.new.title, self.old.title))
        return new <= old or old <= new

    @cached_property
    def one_core(self) -> bool:
        """Both titles, or their main clauses, speak of exactly the same."""
        new, old = self.new.title, self.old.title
        return self._bare(new) == self._bare(old) or self._bare(_main(new)) == self._bare(_main(old))

    def _bare(self, title: str) -> frozenset[str]:
        persons = frozenset().union(*self._title_concepts) & self._concepts.persons
        return self._concepts(title).difference(*(self._concepts.homes[person] for person in persons))

    @cached_property
    def exchanged_words(self) -> bool:
        """Each title has a word in the place of the other's, and not another spelling of it."""
        new, old = (frozenset(_plain_words(title)) for title in (self.new.title, self.old.title))
        return _lacks(old, new) and _lacks(new, old)

    @cached_property
    def text_words(self) -> float:
        """How many of the shorter text's content words the longer one has, titles included."""
        return containment(_content(self.new), _content(self.old))

    @cached_property
    def differences(self) -> list[Difference]:
        """Facts in which the titles differ."""
        return differences(self.new.title, self.old.title, self._concepts)

    @property
    def one_site(self) -> bool:
        """Both come from one site or one outlet."""
        if self.new.address and self.old.address:
            return site(self.new.address) == site(self.old.address)
        return bool(self.new.outlet) and self.new.outlet == self.old.outlet

    @property
    def one_language(self) -> bool:
        """Both are in one language, as far as their feeds say."""
        new, old = ((article.language or "").partition("-")[0] for article in (self.new, self.old))
        return not new or not old or new == old

    @property
    def same_minute(self) -> bool:
        """Both were published in one minute: copies keep the wire's time whatever headline they get."""
        return self.new.dated and self.old.dated and self.apart <= _SAME_MINUTE

    @property
    def apart(self) -> timedelta:
        """Time between the two."""
        return abs(self.new.published - self.old.published)

    def says_text(self) -> Evidence:
        """Say how much of the text is contained."""
        if not self.both_have_text:
            return Evidence(signal="text", says="one of the two carries no text to compare")
        says = f"{self.containment:.0f} % of the shorter text contained in the other"
        return Evidence(signal="text", value=round(self.containment, 1), says=says)

    def says_title(self) -> Evidence:
        """Say how alike the titles are written."""
        says = f'title {self.title_ratio:.0f}/100 like "{self.old.title}" ({self.old.outlet})'
        return Evidence(signal="title", value=round(self.title_ratio, 1), says=says)

    def says_concepts(self) -> Evidence:
        """Say what both titles speak of."""
        new, old = self._title_concepts
        shared = ", ".join(sorted(concept.lstrip("@") for concept in new & old)) or "nothing"
        share = f"{self.title_concepts:.0f} % of the shorter"
        says = f'titles share {shared} ({share}; the other: "{self.old.title}")'
        return Evidence(signal="concepts", value=round(self.title_concepts, 1), says=says)

    def says_words(self) -> Evidence:
        """Say how many words of the texts are shared."""
        if not self.both_have_text:
            return self.says_text()
        says = f"{self.text_words:.0f} % of the shorter text's words in the other"
        return Evidence(signal="words", value=round(self.text_words, 1), says=says)

    def says_copy(self) -> tuple[Evidence, ...]:
        """Say what speaks for a copy."""
        return (self.says_text(), self.says_title(), self.says_time())

    def says_time(self) -> Evidence:
        """Say how far apart they are."""
        if not self.new.dated and not self.old.dated:
            return Evidence(signal="time", says="neither says when it was published")
        if self.same_minute:
            return Evidence(signal="time", says="published in the same minute")
        minutes = round(self.apart.total_seconds() / 60)
        later = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"  # noqa: PLR2004  two hours
        return Evidence(signal="time", says=f"{later} apart")


def _main(title: str) -> str:
    return _CLAUSE.split(title, maxsplit=1)[0]


def _plain_words(title: str) -> list[str]:
    """Return a title's content words without figures, which have a veto of their own."""
    return [word for word in tokens(title) if word not in STOP_WORDS and not word[0].isdigit()]


def _lacks(one: frozenset[str], other: frozenset[str]) -> bool:
    """Tell whether `other` lacks a word of `one`, in any spelling."""
    return any(not respelled(word, other) for word in one - other)


def _own_text(article: Article) -> str:
    """Return the text unless it only repeats the headline."""
    return "" if repeats(article.text, article.title, article.outlet) else article.text


def _content(article: Article) -> frozenset[str]:
    row = tokens(f"{article.title} {article.text}")
    return frozenset(stem(word) for word in row if word not in STOP_WORDS)
