"""Keywords as people write them after a command."""

from __future__ import annotations

import pytest

from bot.commands.keywords import split
from bot.errors import ConfigError

TERMS = {
    "one word": ("drill*", ["drill*"]),
    "words": ("drill* dam", ["drill*", "dam"]),
    "a phrase among words": ('drill* "joint patrol" @li', ["drill*", '"joint patrol"', "@li"]),
    "what is no plain list, which stays whole": ("dam AND ostrava", ["dam AND ostrava"]),
    "a must, which the others need": ("+dam ostrava", ["+dam ostrava"]),
    "an exclusion": ("dam -football", ["dam -football"]),
    "a field": ("title:dam outlet:Wire", ["title:dam", "outlet:Wire"]),
    "a part in parentheses": ("(dam OR weir) flood", ["dam OR weir", "flood"]),
}


@pytest.mark.parametrize("sentence", TERMS)
def test_a_list_is_taken_apart_into_terms(sentence: str) -> None:
    text, terms = TERMS[sentence]
    assert split(text, "dams") == terms


@pytest.mark.parametrize("text", ["(dam", '"dam', "AND", ""])
def test_what_is_no_query_is_refused_with_the_story(text: str) -> None:
    with pytest.raises(ConfigError, match="story dams"):
        split(text, "dams")
