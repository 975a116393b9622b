from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from bot.core.query import Query, alias_spellings, compile_query
from bot.errors import ConfigError

ALIASES = {
    "li-shangfu": ("Li Shangfu", "Ли Шанфу", "李尚福", "Li Shang-fu"),
    "visitor": ("@li-shangfu", "@office"),
    "office": ("Chinese defence minister*", "министр* обороны Китая"),
    "loop": ("@pool",),
    "pool": ("@loop",),
    "hole": ("@nobody",),
}


def query(text: str) -> Query:
    return compile_query(text, ALIASES, where="story dams")


def found(text: str, title: str, summary: str = "", body: str = "") -> list[str] | None:
    """Return the labels of the terms found, None if the query does not hold."""
    hits = query(text).find(title, summary, body)
    return None if hits is None else [hit.term for hit, _excerpt in hits]


HOLDS = {
    "a word": ("dam", "A dam breaks"),
    "without regard to case": ("DAM", "dam breaks"),
    "without regard to accents": ("Défense", "defense cuts"),
    "a word before punctuation": ("dam", "“Dam”, they say"),
    "a word with a possessive ending": ("china", "China's plan"),
    "one of a bare list": ("flood dam", "The dam holds"),
    "a list over several lines": ("flood\n\n  dam", "The dam holds"),
    "either side of OR": ("flood OR dam", "The dam holds"),
    "both sides of AND": ("dam AND breaks", "A dam breaks"),
    "AND binds closer than OR": ("flood OR dam AND breaks", "A flood"),
    "parentheses bind closest": ("(flood OR dam) AND breaks", "A dam breaks"),
    "NOT what is absent": ("dam AND NOT football", "The dam holds"),
    "NOT twice": ("NOT NOT dam", "The dam holds"),
    "a must that is there": ("dam +ostrava", "Ostrava dam holds"),
    "only musts": ("+dam +ostrava", "Ostrava dam holds"),
    "a must of a group": ("+(flood dam) ostrava", "Ostrava dam holds"),
    "a never that is absent": ("dam -football", "The dam holds"),
    "a never with a bang": ("dam !football", "The dam holds"),
    "a never of a group": ("dam -(football chess)", "The dam holds"),
    "words in a row": ('"dam breaks"', "A dam breaks"),
    "a phrase over punctuation": ('"dam breaks"', "The dam: breaks"),
    "a phrase with a star inside": ('"defence minister* of"', "Defence ministers of Asia"),
    "a hyphenated word is a phrase": ("co-operation", "Co operation"),
    "a dotted word is a phrase": ("U.S.", "The U.S. says"),
    "a star lets a word go on": ("drill*", "Drilling begins"),
    "a star also takes the word itself": ("drill*", "A drill"),
    "a word that begins with an operator": ("ANDY", "Andy Murray"),
    "an operator with a star is a word": ("OR*", "Oranges"),
    "an operator in small letters is a word": ("and", "this and that"),
    "a number with a comma": ("7.5", "rises 7.5%"),
    "any field": ("dam", "nothing", "the dam"),
    "near, in any order": ('"ostrava dam"~3', "The dam near Ostrava"),
    "near, exactly that far": ('"a d"~3', "a b c d"),
    "near, in a later field": ('"ostrava dam"~3', "none", "Ostrava dam"),
    "near, with a star": ('"ostrav* dam"~3', "Dam of Ostravice"),
    "near, the second time they meet": ('"a b"~1', "a x x b x a b"),
    "an alias": ("@li-shangfu", "Ли Шанфу в Москве"),
    "an alias of aliases": ("@visitor", "Chinese defence ministers meet"),
    "an alias in a script without spaces": ("@visitor", "国防部长李尚福抵达"),
    "a Chinese name inside a text": ("李尚福", "中国防长李尚福访俄"),
    "a Japanese name inside a text": ("プーチン", "ロシアのプーチン大統領"),
    "a Korean word before its particle, with a star": ("푸틴*", "푸틴이 말했다"),
    "a Russian word in any case, with a star": ("министр*", "Министра обороны"),
    "Arabic": ("وزير", "قال وزير الدفاع"),
    "full-width letters": ("putin", "ＰＵＴＩＮ氏"),
}


@pytest.mark.parametrize(("text", "title", "rest"), [(*c, "", "")[:3] for c in HOLDS.values()], ids=HOLDS)
def test_a_query_finds(text: str, title: str, rest: str) -> None:
    assert found(text, title, rest) is not None


FAILS = {
    "a word inside another": ("ai", "Training again in Spain"),
    "an outlet inside a name": ("ynet", "Gwyneth Paltrow"),
    "a name inside a longer word": ("marvel", "A marvellous day"),
    "the same in Russian": ("марвел", "Марвеловский праздник"),
    "the same in Greek": ("θαύμα", "Θαυμάσια μέρα"),
    "the same in Arabic": ("عجب", "عجبتني القصة"),
    "the same in Korean": ("마블", "마블링 소고기"),
    "Chinese characters in another order": ("李尚福", "李福尚"),
    "Chinese characters with others between": ("李尚福", "李先生尚有福"),
    "a part of a number": ("7", "rises 7.5%"),
    "one side of AND": ("dam AND breaks", "The dam holds"),
    "NOT what is there": ("dam AND NOT breaks", "A dam breaks"),
    "a must that is absent": ("dam +ostrava", "The dam holds"),
    "a must alone does not do for the list": ("dam +ostrava", "Ostrava wins"),
    "a never that is there": ("dam -football", "Football beside the dam"),
    "a never of a group": ("dam -(football chess)", "Chess on the dam"),
    "a phrase in another order": ('"dam breaks"', "Breaks dam"),
    "a phrase that the text ends in the middle of": ('"dam breaks"', "The dam"),
    "a phrase over two fields": ('"dam breaks"', "The dam", "breaks"),
    "a star in the middle cuts the word there": ("dr*ll", "A drill"),
    "near, too far": ('"a d"~2', "a b c d"),
    "near, one is missing": ('"ostrava dam"~9', "The dam"),
    "near, over two fields": ('"ostrava dam"~9', "Ostrava", "dam"),
    "near, both before the first ends": ('"a b"~0', "a b"),
    "another script": ("putin", "Путин"),
}


@pytest.mark.parametrize(("text", "title", "rest"), [(*c, "", "")[:3] for c in FAILS.values()], ids=FAILS)
def test_a_query_does_not_take(text: str, title: str, rest: str) -> None:
    assert found(text, title, rest) is None


WRITTEN = {
    "exactly as written": ('="US"', "US troops", True),
    "not in small letters": ('="US"', "between us", False),
    "a word without quotation marks": ("=IT", "An IT firm", True),
    "not with an accent": ('="resume"', "Résumé", False),
    "the accent there": ('="Résumé"', "Résumé", True),
    "the accent in two signs": ('="Résumé"', "Re\u0301sume\u0301", True),
    "signs behind it": ('="C++"', "Learn C++ now", True),
    "without these signs": ('="C++"', "Vitamin C now", False),
    "signs within": ('="AT&T"', "AT&T sues", True),
    "without the signs within": ('="AT&T"', "AT T sues", False),
    "a phrase": ('="Li Shangfu"', "Li\u00a0 Shangfu", True),
    "a phrase with a hyphen": ('="Li Shangfu"', "Li-Shangfu", False),
    "whole words only": ('="US"', "USA and USB", False),
    "a word that goes on": ('="Put*"', "Putin", True),
    "a word that goes on, in small letters": ("=Put*", "putin", False),
    "its possessive": ('="China"', "China's plan", True),
    "a distance of exact words": ('="IT US"~3', "US firms and IT", True),
    "a distance of exact words in small letters": ('="IT US"~3', "us and it", False),
}
MEANT = {
    "a Russian name in another case": ("Путина~stem", "Встреча с Путиным", True),
    "a Russian word in another case": ("министр~stem", "Слова министров", True),
    "another Russian word": ("министр~stem", "Миссия", False),
    "without the marker only what is written": ("Путина", "Встреча с Путиным", False),
    "English": ("sanctions~stem", "Sanctioned again", True),
    "a phrase": ('"министр обороны"~stem', "Визит министра обороны", True),
    "a phrase in another order": ('"министр обороны"~stem', "Оборона министра", False),
    "words near each other": ('"министр Китай"~stem~3', "В Китае принял министра", True),
    "an alias": ("@li-shangfu~stem", "Встреча с Ли Шанфу", True),
    "a spelling of an alias that has a star": ("@office~stem", "Chinese defence ministers", True),
    "a script without endings": ("李尚福~stem", "李尚福访问", True),
    "a name with a hyphen": ('"Li Shangfu"~fuzzy', "Li Shang-fu arrives", True),
    "the last name alone": ('"Li Shangfu"~fuzzy', "Shangfu's visit", True),
    "the last name in two words": ('"Li Shangfu"~fuzzy', "General Shang-fu", True),
    "a letter less": ('"Li Shangfu"~fuzzy', "Li Shanfu arrives", True),
    "not another name": ('"Li Shangfu"~fuzzy', "Li Shang", False),
    "not the first name": ('"Li Shangfu"~fuzzy', "Li Keqiang", False),
    "a Russian name misspelled": ("Шойгу~fuzzy", "Шойгу", True),
    "another spelling": ("Shoigu~fuzzy", "Shoygu in Tula", True),
    "the first letter is always right": ("Hunter~fuzzy", "Bunter", False),
    "a short last name is spelled right": ('"Joe Biden"~fuzzy', "Roads widen; Bidan; Bider", False),
    "two letters of a long name": ("Zaporizhzhia~fuzzy", "Zaporozhzhya falls", True),
    "too short to be misspelled": ("Wang~fuzzy", "Want", False),
    "an alias, misspelled": ("@li-shangfu~fuzzy", "Li Shangfuu", True),
    "an alias in Chinese": ("@li-shangfu~fuzzy", "李尚福", True),
}
PATTERNS = {
    "a pattern": ("/shoi?g[uy]/", "SHOGU in Tula", True),
    "its beginning": ("/^live:/", "Live: war", True),
    "not within": ("/^live:/", "War live: here", False),
    "blanks and quotation marks": ('/"dam" breaks/', 'The "dam" breaks', True),
    "a slash": (r"/24\/7/", "Open 24/7", True),
    "capitals on demand": ("/(?-i)US/", "between us", False),
    "letters of any script": (r"/\pL+ск\b|ск$/", "Минск", True),
    "between words": ("/!/", "!", True),
}
ELSEWHERE = {
    "an outlet": ("outlet:TASS", True),
    "a phrase of an outlet": ('dam AND outlet:"TASS English"', True),
    "another outlet": ("outlet:BBC", False),
    "not an outlet": ("dam -outlet:tass", False),
    "a word of the outlet is no word of the text": ("TASS", False),
    "a language": ("lang:zh", True),
    "a language in full": ("lang:zh-hans", True),
    "another language": ("lang:ru", False),
    "one of two languages": ("dam AND lang:(ru zh)", True),
    "not a language": ("dam -lang:zh", False),
    "the beginning of another code": ("lang:zha", False),
}


@pytest.mark.parametrize(
    ("text", "title", "expected"),
    [*WRITTEN.values(), *MEANT.values(), *PATTERNS.values()],
    ids=[*WRITTEN, *MEANT, *PATTERNS],
)
def test_a_term_is_taken_as_marked(text: str, title: str, expected: bool) -> None:  # noqa: FBT001  a column
    assert (query(text).find(title, "", "", language="ru" if "а" in title else "en") is not None) is expected


@pytest.mark.parametrize(("text", "expected"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_a_query_asks_whose_the_text_is(text: str, expected: bool) -> None:  # noqa: FBT001  a column
    found = query(text).find("A dam", "", "", "TASS English", "zh-Hans")

    assert (found is not None) is expected


def test_of_an_unknown_language_nothing_is_said() -> None:
    assert query("lang:ru").find("Плотина", "", "") is None
    assert query("плотина -lang:ru").find("Плотина", "", "") is not None


def test_what_is_excluded_everywhere_is_found_by_no_query() -> None:
    compiled = compile_query("dam", {}, where="here", exclude='football "box office"')

    assert compiled.find("A dam", "", "") is not None
    assert compiled.find("A dam", "Football", "") is None
    assert compiled.find("A dam at the box office", "", "") is None


def test_a_place_in_a_text_without_words_is_told() -> None:
    assert query("/!/").find("!?", "", "") is not None
    ((hit, excerpt),) = query("/!/").find("!?", "", "") or []
    assert (hit.term, excerpt) == ("/!/", "!?")


SCOPED = {
    "a word": ("title:dam", "dam", ""),
    "a phrase": ('title:"dam breaks"', "dam breaks", ""),
    "words near each other": ('title:"breaks dam"~2', "dam breaks", ""),
    "a list": ("title:(flood dam)", "dam", ""),
    "both of two": ("title:(dam AND breaks)", "dam breaks", ""),
    "a must and a never": ("title:(+dam -flood)", "dam", "flood"),
    "a negation": ("dam AND NOT title:flood", "dam", "flood"),
    "an alias": ("title:@li-shangfu", "Li Shangfu", ""),
    "the summary": ("summary:dam", "", "dam"),
}


@pytest.mark.parametrize(("text", "title", "summary"), SCOPED.values(), ids=SCOPED)
def test_a_scoped_term_looks_into_its_field_only(text: str, title: str, summary: str) -> None:
    assert found(text, title, summary) is not None
    assert found(text, summary, title) is None


def test_a_scope_of_the_body() -> None:
    assert found("body:dam", "", "", "dam") == ["dam"]
    assert found("body:dam", "dam", "dam", "") is None


def test_a_scope_reaches_into_a_negation() -> None:
    assert found("dam AND title:(NOT flood)", "dam", "flood") is not None
    assert found("dam AND title:(NOT flood)", "flood", "dam") is None


def test_each_term_found_is_told_once_a_place_with_the_words_around_it() -> None:
    hits = query("dam OR dam").find("One two three four five six dam seven eight", "a dam", "")
    assert hits is not None

    told = [(hit.field, excerpt) for hit, excerpt in hits]
    assert told == [("title", "two three four five six dam seven eight"), ("summary", "a dam")]


def test_the_excerpt_of_words_near_each_other_holds_them_all() -> None:
    hits = query('"a d"~3').find("x a b c d y", "", "")
    assert hits is not None

    assert [(hit.term, excerpt) for hit, excerpt in hits] == [('"a d"~3', "x a b c d y")]


MISTAKES = {
    "only what is excluded": ("-dam NOT flood", "only excludes"),
    "nothing": ("", "the query is empty"),
    "blanks": (" \n ", "the query is empty"),
    "a parenthesis too many": ("dam)", "line 1, column 4: dam>>>)"),
    "on its line and column": ("dam\n  flood OR ) AND", "line 2, column 12:   flood OR >>>) AND"),
    "on its line of a file from Windows": ("dam\r\n)flood", "line 2, column 1: >>>)flood"),
    "an open phrase": ('dam "breaks', 'line 1, column 5: dam >>>"breaks'),
    "an operator without a left side": ("AND dam", "line 1, column 1: >>>AND dam"),
    "two operators": ("dam AND OR flood", "line 1, column 9: dam AND >>>OR flood"),
    "a field that does not exist": ("author:bbc", "line 1, column 7: author>>>:bbc"),
    "a distance without a phrase": ("dam ~3", "line 1, column 5: dam >>>~3"),
    "an unknown alias": ("@nobody", "no alias @nobody here (known: @li-shangfu, @visitor"),
    "an alias that includes an unknown one": ("@hole", "no alias @nobody here"),
    "an alias that includes itself": ("@loop", "no alias @loop here"),
    "a word without letters": ("dam OR …", '"…" holds no letter or digit'),
    "a star alone": ("*", '"*" holds no letter or digit'),
    "an empty phrase": ('""', '"" holds no letter or digit'),
    "an empty phrase with a distance": ('" "~3', 'the phrase " " holds no word'),
    "a distance of a word without letters": ('"a -"~3', '"-" holds no letter or digit'),
    # What is missing at the end is told as the end, not as the last word that was still right.
    "an open parenthesis": ("(dam flood", "its end: something is missing"),
    "an operator without a right side": ("dam AND", "its end: something is missing"),
    "a scope of nothing": ("dam title:", "its end: something is missing"),
    "a language that is no code": ("lang:russian", "russian is no code of a language, such as ru"),
    "a language with a mark": ("lang:ru~stem", "ru~stem is no code of a language"),
    "a field inside another": (
        "title:(dam AND body:x)",
        "body: stands inside title:, and nothing is in both",
    ),
    "a star with endings": (
        "dam*~stem",
        '"dam*"~stem: a star and ~stem do not go together (line 1, column 1)',
    ),
    "an exact term without a word": ('="++"', "holds no letter or digit"),
    "a pattern that is wrong": (
        "dam /a(/",
        "the regular expression /a(/ cannot be used: missing ): a( (line 1, column 5)",
    ),
    "a pattern that looks ahead": ("/a(?=b)/", "cannot be used"),
    "a pattern of everything": ("/a*/", "is found in an empty text"),
    "a pattern that is too long": (f"/{'a' * 201}/", "201 characters; 200 are the most"),
    "too many patterns": ("/aaa/ " * 201, "more than 200 regular expressions"),
    "patterns whose counts multiply": ("/(.{0,50}a){8}z/", "multiply to more than"),
    "a distance of four digits": ('"a b"~3333', "line 1, column"),
}


@pytest.mark.parametrize(("text", "says"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_told_with_its_place(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as mistake:
        query(text)

    assert says in str(mistake.value)
    assert str(mistake.value).startswith("story dams: ")
    assert "\n" not in str(mistake.value)


def test_without_aliases_the_error_says_that_there_are_none() -> None:
    with pytest.raises(ConfigError, match=r"\(known: none\)"):
        compile_query("@x", {}, where="story dams")


def test_an_alias_without_spellings_could_never_match_and_is_refused() -> None:
    with pytest.raises(ConfigError, match="never match"):
        compile_query("@empty", {"empty": ()}, where="story dams")


def test_an_alias_gives_its_own_spellings_and_those_of_included_ones() -> None:
    assert alias_spellings("visitor", ALIASES, where="here") == [
        *ALIASES["li-shangfu"],
        *ALIASES["office"],
    ]


_PIECES = st.sampled_from(
    'dam "a b" ( ) + - ! @visitor @x title: ~3 * AND OR NOT " : # 李 \n \x00'.split(" ")
)


@given(st.one_of(st.text(), st.lists(_PIECES, max_size=8).map(" ".join)))
@example("(dam")
@example("\u2028dam (")
def test_every_text_is_a_query_or_a_mistake_in_one_line(text: str) -> None:
    try:
        compiled = query(text)
    except ConfigError as mistake:
        assert str(mistake).startswith("story dams: ")  # noqa: PT017  most texts are mistakes, some are not
    else:
        assert compiled.text == text
        for hit, excerpt in compiled.find(text, text, "") or ():
            assert hit.field in {"title", "summary"}
            assert excerpt in text


@given(st.text(), st.text())
def test_a_term_and_its_negation_never_both_hold(title: str, summary: str) -> None:
    one, other = found("b a", f"b {title}", summary), found("b AND NOT a", f"b {title}", summary)

    assert one is not None
    assert (other is None) is ("a" in one)
