"""What the bot says, in each language: nothing is missing, and nothing is left over."""

from __future__ import annotations

import ast
import gettext
import io
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from bot.commands import words as module
from bot.commands.words import LANGUAGES, Words, later, words_for

ROOT = Path(__file__).parents[3]
CATALOGUES = Path(module.__file__).parent / "locale"
TRANSLATED = LANGUAGES[1:]
#: What stands for a value in a text, as Python reads it.
_PLACEHOLDER = re.compile(r"%(?:\(\w+\)[a-z]|.)?")


def catalogue(language: str) -> Catalog:
    with (CATALOGUES / language / "LC_MESSAGES/storywire.po").open("rb") as file:
        return read_po(file, locale=language)


def texts(language: str) -> Iterator[Message]:
    """Every text of a language but the head of its catalogue."""
    return (message for message in catalogue(language) if message.id)


def forms(message: Message) -> tuple[str, ...]:
    """Return the translations of a text: as many as there are plural forms."""
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


def test_what_make_words_would_write_is_there(tmp_path: Path) -> None:
    shutil.copytree(CATALOGUES, tmp_path, dirs_exist_ok=True)

    subprocess.run(["/bin/sh", ROOT / "scripts/words.sh", tmp_path], check=True)

    for made in sorted(tmp_path.rglob("storywire.*")):
        kept = CATALOGUES / made.relative_to(tmp_path)
        assert made.read_bytes() == kept.read_bytes(), f"{kept} is not up to date: run `make words`"
    assert {path.name for path in tmp_path.iterdir()} == set(TRANSLATED)


@pytest.mark.parametrize("language", TRANSLATED)
def test_everything_is_translated_and_nothing_by_guess(language: str) -> None:
    for message in texts(language):
        wanted = 1 if isinstance(message.id, str) else catalogue(language).num_plurals
        assert len([form for form in forms(message) if form.strip()]) == wanted, message.id
        assert not message.fuzzy, f"a guess at {message.id!r}"
    assert not catalogue(language).obsolete


@pytest.mark.parametrize("language", TRANSLATED)
def test_a_translation_has_the_values_of_its_text(language: str) -> None:
    for message in texts(language):
        # Of two texts, for one thing and for many, the second names every value.
        text = message.id if isinstance(message.id, str) else message.id[-1]
        wanted = Counter(_PLACEHOLDER.findall(text)) if "%(" in text else Counter()
        for form in forms(message):
            found = Counter(_PLACEHOLDER.findall(form)) if "%(" in text + form else Counter()
            assert found == wanted, f"{message.id!r} became {form!r}"


#: What makes something that people read, and the values in it that they do.
_SAID = {
    "Line": "text",
    "Button": "label",
    "Reply": "toast",
    "told": "",
    "OperatorError": "",
    "ConfigError": "",
}
#: Names, the same in any language; and how a subscription is written.
_NAMES = {"Storywire ", "/sub "}


def said_past_words(source: str) -> list[str]:
    """Return the texts that a module says itself; what stands within another call is that call's to say."""
    found: list[str] = []
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = call.func.id if isinstance(call.func, ast.Name) else ""
        if name in _SAID:
            values = [*call.args, *(it.value for it in call.keywords if it.arg == _SAID[name])]
            found += [text for value in values for text in literals(value)]
    return [text for text in found if re.search(r"[^\W\d_]{2}", text) and text not in _NAMES]


def literals(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if not isinstance(node, ast.Call | ast.Subscript | ast.Attribute):
        for child in ast.iter_child_nodes(node):
            yield from literals(child)


PAST_WORDS = {
    'Line(text="no posts", link="http://x")': ["no posts"],
    'Line(text=f"{n} posts" if n else words("no posts"))': [" posts"],
    'told("one", *others, words("two"))': ["one"],
    'raise OperatorError(f"{url}: {error}")': [],
    'Button(label=words("Undo"), data="undo:1")': [],
    'Button(label="◀ 1/2", data="page")': [],
}


@pytest.mark.parametrize(("source", "found"), PAST_WORDS.items(), ids=PAST_WORDS)
def test_a_text_that_is_said_past_words_is_found(source: str, found: list[str]) -> None:
    assert said_past_words(source) == found


@pytest.mark.parametrize("path", sorted(CATALOGUES.parent.glob("*.py")), ids=lambda path: path.stem)
def test_nothing_is_said_past_words(path: Path) -> None:
    assert said_past_words(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", sorted(CATALOGUES.parent.glob("*.py")), ids=lambda path: path.stem)
def test_every_text_of_a_module_is_in_the_catalogue(path: Path) -> None:
    """The collector knows `words(…)` by its name alone: a text said otherwise, or in pieces, is not found."""
    known = {it for text in texts("ru") for it in ([text.id] if isinstance(text.id, str) else text.id)}
    calls = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call)]
    asked = [call.args[0] for call in calls if "words" in ast.unparse(call.func) and call.args]
    written = {it.value for it in asked if isinstance(it, ast.Constant) and isinstance(it.value, str)}

    assert written - known == set()
    assert [ast.unparse(it) for it in asked if isinstance(it, ast.JoinedStr | ast.BinOp)] == []


def numbered(language: str) -> Words:
    """Return a catalogue of one text, whose translations are the numbers of the forms, with the real head."""
    with (CATALOGUES / language / "LC_MESSAGES/storywire.po").open() as file:
        head = file.read().partition("\n\n")[0]
    forms = catalogue(language).num_plurals
    text = '\n\nmsgid "%(n)s post"\nmsgid_plural "%(n)s posts"\n'
    text += "".join(f'msgstr[{form}] "%(n)s {form}"\n' for form in range(forms))
    compiled = io.BytesIO()
    write_mo(compiled, read_po(io.StringIO(head + text), locale=language))
    compiled.seek(0)
    return Words(language, gettext.GNUTranslations(compiled))


NUMBERS = {
    "en": {1: 0, 2: 1, 5: 1, 21: 1},
    "ru": {1: 0, 2: 1, 5: 2, 11: 2, 21: 0, 22: 1, 112: 2},
    "zh": {1: 0, 2: 0},
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_numbers_choose_the_form_of_their_language(language: str) -> None:
    words = words_for("en") if language == "en" else numbered(language)

    said = {n: words.many("%(n)s post", "%(n)s posts", n) for n in NUMBERS[language]}

    endings = ["post", "posts"] if language == "en" else ["0", "1", "2"]
    assert said == {n: f"{n} {endings[form]}" for n, form in NUMBERS[language].items()}


CODES = {
    "ru": "ru",
    "ru-RU": "ru",
    "RU_ru": "ru",
    "zh": "zh",
    "zh-hans": "zh",
    "zh-Hant-TW": "zh",
    "en-GB": "en",
    "uk": "en",
    "rub": "en",
    "": "en",
    "../../etc": "en",
    None: "en",
}


@pytest.mark.parametrize(("code", "language"), CODES.items(), ids=str)
def test_each_tag_has_its_language_and_what_is_not_known_is_english(code: str | None, language: str) -> None:
    words = words_for(code)

    assert words.language == language
    assert (words("Undo") == "Undo") == (language == "en")


def test_values_are_put_in_as_they_are_and_a_text_without_values_stays_as_it_is() -> None:
    words = words_for("ru")

    assert words(later("%(what)s is 100 %% sure"), what="%(this)s") == "%(this)s is 100 % sure"
    assert words(later("100 %")) == "100 %"
    assert words("%(what)s", what="Undo") == "Undo"
