"""Two articles side by side: each measure once, and each in words."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

from bot.core.address import site
from bot.core.concepts import Concepts
from bot.core.facts import Difference, differences
from bot.core.lexicon import STOP_WORDS
from bot.core.similarity import containment, shingles, title_ratio
from bot.core.words import stem, tokens
from bot.model import Article, Evidence

#: A text of fewer shingles is a caption; nothing follows from it.
_SHORTEST_TEXT = 5
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
        return shingles(self.new.text), shingles(self.old.text)

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
        if self.apart <= _SAME_MINUTE and self.new.dated and self.old.dated:
            return Evidence(signal="time", says="published in the same minute")
        minutes = round(self.apart.total_seconds() / 60)
        later = f"{minutes} min" if minutes < 120 else f"{round(minutes / 60)} h"  # noqa: PLR2004  two hours
        return Evidence(signal="time", says=f"{later} apart")


def _content(article: Article) -> frozenset[str]:
    row = tokens(f"{article.title} {article.text}")
    return frozenset(stem(word) for word in row if word not in STOP_WORDS)
