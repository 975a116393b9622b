"""An article as the judge reads it: what its comparisons rest on, derived once."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cached_property, lru_cache

from bot.core.address import AGGREGATORS, as_in_addresses, needs_its_server, site, slug
from bot.core.concepts import Concepts
from bot.core.figures import figures, spelled_out
from bot.core.lexicon import STOP_WORDS
from bot.core.rarity import RAREST, rarity
from bot.core.similarity import LONGEST_TEXT, Shingles, shingles
from bot.core.sources import cited, family, signed_by, spoken_title
from bot.core.words import is_unspaced, stem, tokens, without_glosses
from bot.model import Article

#: Words of a text that make its lead: what comes first is what is new.
_LEAD = 60
#: Characters of a body that are read: about as many words as are compared.
_LONGEST_BODY = 9_000
#: Words of a text whose vocabulary is compared.
_VOCABULARY = 300
#: What follows is an aside: ", hails cooperation", "for talks", "amid war". Not so after a colon: "Daylight
#: saving time: …" names a topic, and every report on it begins so.
_CLAUSE = re.compile(r"[,;–—]|\s-\s|\s(?:for|as|amid|after|during|на фоне|в ходе)\s")
#: Words of a label before a colon.
_LONGEST_LABEL = 5
#: Even the commonest content word counts a little.
_LEAST = 0.05


class Reading:
    """One article; everything is computed when first asked for."""

    def __init__(self, article: Article, concepts: Concepts) -> None:
        """Read an article with a story's spellings of one thing."""
        self.article = article
        self.concepts = concepts
        self.title = headline(article.title)
        self.site = site(article.address) if article.address else ""

    @cached_property
    def title_words(self) -> tuple[str, ...]:
        """The folded words of the title."""
        return tokens(self.title)

    @cached_property
    def title_stems(self) -> dict[str, float]:
        """Stems of the title's content words with their weights; of unspaced scripts pairs of characters."""
        return weighted(self.title_words)

    @cached_property
    def title_concepts(self) -> frozenset[str]:
        """What the title speaks of, whatever words it uses."""
        return self.concepts(self.title)

    @cached_property
    def title_row(self) -> tuple[str, ...]:
        """The same in the title's order, each once."""
        return tuple(dict.fromkeys(self.concepts.in_order(tokens(self.title))))

    @cached_property
    def label(self) -> tuple[str, ...]:
        """What stands before the title's colon, if it is short: "Live, Ukraine: …"."""
        label, colon, _rest = self.title.partition(":")
        row = tokens(label) if colon else ()
        return row if len(row) <= _LONGEST_LABEL else ()

    @cached_property
    def main_concepts(self) -> frozenset[str]:
        """What the title's main clause speaks of: asides ("amid war", "for talks") left out."""
        return self.concepts(_CLAUSE.split(self.title, maxsplit=1)[0])

    @cached_property
    def plain_words(self) -> frozenset[str]:
        """The title's content words without figures, which have a veto of their own."""
        return frozenset(w for w in self.title_words if w not in STOP_WORDS and not w[0].isdigit())

    @cached_property
    def plain_title(self) -> tuple[str, ...]:
        """The title's words as addresses have them: without single letters and the commonest."""
        return as_in_addresses(tokens(self.title))

    @cached_property
    def slug(self) -> tuple[str, ...]:
        """The words of the headline in the address, which a page mostly keeps when its headline changes."""
        return () if self.site in AGGREGATORS else as_in_addresses(tokens(slug(self.article.address)))

    @cached_property
    def all_stems(self) -> frozenset[str]:
        """Stems of the content words of title and text."""
        row = (*self.title_words, *self.text_words)
        return frozenset(stem(word) for word in row if word not in STOP_WORDS)

    @cached_property
    def trigrams(self) -> frozenset[str]:
        """Runs of three letters of the title."""
        text = f" {' '.join(self.title_words)} "
        return frozenset(text[i : i + 3] for i in range(len(text) - 2))

    @cached_property
    def summary_words(self) -> tuple[str, ...]:
        """The words of the summary, unless it says nothing beyond the headline."""
        if not self.article.summary:
            return ()
        row = tokens(spelled_out(without_glosses(self.article.summary)))
        known = {*self.title_words, *tokens(self.article.outlet), *tokens(self.title)}
        return row if len(set(row) - known) > 1 else ()

    @cached_property
    def text_words(self) -> tuple[str, ...]:
        """The words of the longest text there is: the body, else the summary."""
        if not self.article.body:
            return self.summary_words
        text = without_glosses(self.article.body[:_LONGEST_BODY])
        body = tokens(spelled_out(text), LONGEST_TEXT)
        known = {*self.title_words, *tokens(self.article.outlet)}
        body = body if len(set(body) - known) > 1 else ()
        return body if len(body) > len(self.summary_words) else self.summary_words

    @cached_property
    def text(self) -> Shingles:
        """The shingles of the text."""
        return shingles(self.text_words)

    @cached_property
    def summary(self) -> Shingles:
        """The shingles of the summary."""
        return shingles(self.summary_words)

    @cached_property
    def lead_stems(self) -> dict[str, float]:
        """Stems of the title and the first words of the text, with their weights."""
        lead = self.text_words[:_LEAD]
        return weighted((*self.title_words, *lead)) if lead else self.title_stems

    @cached_property
    def vocabulary(self) -> dict[str, float]:
        """Stems of the title and of the text's beginning, with their weights."""
        return weighted((*self.title_words, *self.text_words[:_VOCABULARY]))

    @cached_property
    def figures(self) -> frozenset[str]:
        """Figures of title and text."""
        return figures((*self.title_words, *self.text_words[:_VOCABULARY]))

    @cached_property
    def credits(self) -> frozenset[str]:
        """Agencies it is credited to."""
        article = self.article
        return signed_by(article.body or article.summary, article.title, article.outlet, self.family)

    @cached_property
    def cited(self) -> frozenset[str]:
        """Agencies whose report it passes on."""
        article = self.article
        return cited(f"{article.title}\n{(article.body or article.summary)[:1_000]}")

    @cached_property
    def family(self) -> str:
        """The publisher."""
        elsewhere = self.site in AGGREGATORS or needs_its_server(self.article.link)
        return family(self.article.outlet, "" if elsewhere else self.site)


@lru_cache(maxsize=8_192)
def headline(title: str) -> str:
    """Return what a title says: without marks, signatures and glosses, amounts in one spelling."""
    return spelled_out(without_glosses(spoken_title(title)))


def weighted(row: Iterable[str]) -> dict[str, float]:
    """Return the stems of a text's content words with their rarities; unspaced characters in pairs."""
    weights: dict[str, float] = {}
    before = ""
    for word in row:
        if is_unspaced(word):
            if before:
                weights[before + word] = _weight(before + word)
            before = word
            continue
        before = ""
        key = _content(word)
        if key:
            weights[key] = _weight(key)
    return weights


@lru_cache(maxsize=65_536)
def _content(word: str) -> str:
    """Return the stem of a content word, "" for a stop word."""
    return "" if word in STOP_WORDS else stem(word)


@lru_cache(maxsize=65_536)
def _weight(word: str) -> float:
    return max(rarity(word) / RAREST, _LEAST)
