from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.words import fold, is_unspaced, stem, tokens, words

SPLIT = {
    "English words lose their case": ("Li Shangfu VISITS Moscow", "li shangfu visits moscow"),
    "a possessive ending is left out, whatever its apostrophe": (
        "China's, Xi’s and Russiaʼs plan",
        "china xi and russia plan",
    ),
    "French accents do not count": ("Défense: DÉFENSE à l'été", "defense defense a l ete"),
    "Russian ё and й are е and и": ("Ёлка Китайский", "елка китаискии"),
    "Chinese characters are a word each": ("李尚福访问", "李 尚 福 访 问"),
    "Chinese among Latin words": ("会见Putin总统", "会 见 putin 总 统"),
    "Japanese kana are a word each": ("プーチンが", "フ ー チ ン か"),
    "Korean syllables stay words": ("리상푸 국방부장", "리상푸 국방부장"),
    "a mark without a letter is no word": ("0:\u0300 a \uff9e", "0 a"),
    "Arabic vowel marks do not count": ("وَزِير الدفاع", "وزير الدفاع"),
    "Hebrew points do not count": ("שָׁלוֹם", "שלום"),
    "Hindi vowel signs stay inside their word": ("रक्षा मंत्री", "रकषा मंतरी"),
    "Tamil and Bengali vowels stay inside their word": ("தமிழ் நாடு বাংলাদেশ", "தமிழ நாடு বাংলাদেশ"),
    "Thai is cut into syllables": ("เกาหลี", "เกา ห ลี"),
    "Burmese and Khmer are cut into syllables": ("ကမ္ဘာ កម្ពុជា", "က မဘာ ក មពុ ជា"),
    "Lao is cut into syllables": ("ປະເທດລາວ", "ປະ ເທ ດ ລາ ວ"),
    "German sharp s is ss": ("STRASSE Straße Übung", "strasse strasse ubung"),
    "Polish letters with strokes and tails are the plain ones": ("Łódź spotkał się", "lodz spotkal sie"),
    "Turkish dotted and dotless i are one": ("İzmir ISPARTA Isparta bakanı", "izmir isparta isparta bakani"),
    "Vietnamese marks and the crossed d do not count": ("Đến thăm Việt Nam", "den tham viet nam"),
    "Danish o with a stroke is o": ("Støre", "store"),
    "full-width letters are letters": ("ＰＵＴＩＮ １２", "putin 12"),
    "letters in mathematical bold are letters": ("𝐏𝐮𝐭𝐢𝐧 meets", "putin meets"),
    "a decimal number is one word": ("7.5% of 1,000 at 13:45", "7.5 of 1,000 at 13:45"),
    "a hyphen or an underscore divides": ("Su-35 co_op", "su 35 co op"),
    "an ordinal is one word": ("12th", "12th"),
    "punctuation is no word": ("… — !? 。", ""),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("text", "expected"), SPLIT.values(), ids=SPLIT)
def test_a_text_is_split_into_folded_words(text: str, expected: str) -> None:
    assert tokens(text) == tuple(expected.split())


@given(st.text())
@example("℡")
@example("𝐋𝐢")
@example("İ")
@example("ﬁ")
def test_folding_twice_changes_nothing(word: str) -> None:
    assert fold(fold(word)) == fold(word)


@given(st.text() | st.text("aZé.'’ʼs 1,5国ガ_-") | st.text("aZ.'s 1,5:_-"))
def test_tokens_are_the_words_without_their_places(text: str) -> None:
    assert tokens(text) == tuple(word.text for word in words(text))


@given(st.text())
@example("x's y's")
def test_every_word_says_where_it_stands(text: str) -> None:
    found = words(text)

    assert all(fold(text[word.start : word.end]).startswith(word.text[:1]) for word in found)
    assert all(text[word.start : word.end].split() == [text[word.start : word.end]] for word in found)
    assert all(one.end <= two.start for one, two in pairwise(found))


SCRIPTS = {
    "李": True,
    "々": False,
    "か": True,
    "カ": True,
    "한": False,
    "л": False,
    "a": False,
    "𠀀": True,
    "เกา": True,
    "မ": True,
    "တ": True,
    "த": False,
    "": False,
}


@pytest.mark.parametrize(("word", "expected"), SCRIPTS.items(), ids=SCRIPTS)
def test_only_scripts_without_spaces_are_unspaced(word: str, expected: bool) -> None:  # noqa: FBT001  a table's column
    assert is_unspaced(word) is expected


JOINED = {
    "Russian cases": ("министра", "министр"),
    "Russian plural": ("министров", "министр"),
    "Russian feminine noun": ("обороны", "оборона"),
    "Russian adjective": ("московский", "московского"),
    "Ukrainian cases": ("оборони", "оборона"),
    "English plural": ("sanctions", "sanction"),
    "English past": ("arrived", "arrives"),
    "English participle": ("training", "trained"),
}
APART = {
    "Russian words with one beginning": ("министр", "миссия"),
    "short Russian words": ("дом", "дым"),
    "Russian name and noun": ("путин", "путь"),
    "English words that only end alike": ("string", "strong"),
    "a short English word keeps its ending": ("news", "newe"),
    "English countries": ("china", "chile"),
}


@pytest.mark.parametrize(("one", "two"), JOINED.values(), ids=JOINED)
def test_inflections_have_one_stem(one: str, two: str) -> None:
    assert stem(fold(one)) == stem(fold(two))


@pytest.mark.parametrize(("one", "two"), APART.values(), ids=APART)
def test_other_words_have_other_stems(one: str, two: str) -> None:
    assert stem(fold(one)) != stem(fold(two))


@given(st.text(alphabet="аеиоуыэюяь", min_size=1))
def test_a_word_of_nothing_but_vowels_keeps_a_stem(word: str) -> None:
    assert stem(word)
