"""What the bot says, in the language of whoever it speaks to.

Texts stand in the code in English, where they are said: `words("Muted %(title)s", title=…)`, or, for texts of
a table, as `later("…")`. `make words` collects them into the catalogues beside this file. A text without a
translation would be said in English, but a test does not let that happen.
"""

from __future__ import annotations

import gettext
from functools import cache
from pathlib import Path
from typing import Final

#: Those that the bot speaks, by ISO 639-1; the first is that of the source texts.
LANGUAGES: Final = ("en", "ru", "zh")

_DOMAIN: Final = "storywire"
_CATALOGUES: Final = Path(__file__).parent / "locale"


class Words:
    """The texts of one language."""

    def __init__(self, language: str, catalogue: gettext.NullTranslations) -> None:
        """Take a catalogue.

        Args:
            language: one of `LANGUAGES`.
            catalogue: of its texts.
        """
        self.language = language
        self._catalogue = catalogue

    def __call__(self, text: str, **values: object) -> str:
        """Return a text, in which each `%(name)s` became the value of that name.

        Without values it stays as it is, per cent signs and all; with values one is written twice.

        Args:
            text: in English, as a literal or from `later`.
            values: texts and numbers; nothing in them is read as a text of the catalogue.
        """
        said = self._catalogue.gettext(text)
        return said % values if values else said

    def many(self, one: str, many: str, n: int, **values: object) -> str:
        """Return the text for so many things; `%(n)s` in it is their number.

        Args:
            one: in English, of one thing, as a literal.
            many: of any other number.
            n: how many there are.
            values: see `__call__`.
        """
        return self._catalogue.ngettext(one, many, n) % {"n": n, **values}


def later(text: str) -> str:
    """Mark a text that is said elsewhere, such as one of a table, so that it is translated."""
    return text


def words_for(language: str | None) -> Words:
    """Return the texts for a language.

    Args:
        language: an IETF tag such as "zh-hant"; any Chinese is answered in simplified characters, and what is
            not known, or None, in English.
    """
    primary = (language or "").lower().replace("_", "-").partition("-")[0]
    return _words(primary if primary in LANGUAGES else LANGUAGES[0])


@cache
def _words(language: str) -> Words:
    if language == LANGUAGES[0]:
        return Words(language, gettext.NullTranslations())
    return Words(language, gettext.translation(_DOMAIN, _CATALOGUES, [language]))
