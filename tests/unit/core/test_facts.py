from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.concepts import Concepts
from bot.core.facts import Clash, differences
from tests.unit.core.samples import shipped

GENERAL = Concepts.of({}, where="here")

DIFFER = {
    "figures": ("EU approves 12th package", "EU approves 13th package", Clash.FIGURE),
    "days": ("Talks on 16 April in Minsk", "Talks on 18 April in Minsk", Clash.DATE),
    "days, month first": ("Gold rates of April 16th", "Gold rates of April 18th", Clash.DATE),
    "days in figures": ("Kurs dolara 16.04.2023", "Kurs dolara 18.04.2023", Clash.DATE),
    "days with strokes": ("The Opening Trade 8/18/2026", "The Opening Trade 8/19/2026", Clash.DATE),
    "Russian days": ("Курс на 16 апреля", "Курс на 18 апреля", Clash.DATE),
    "Polish days": ("Kurs euro 4 października", "Kurs euro 5 października", Clash.DATE),
    "Spanish days": ("Precio del 4 de abril", "Precio del 5 de abril", Clash.DATE),
    "Chinese days": ("4月16日金价", "4月18日金价", Clash.DATE),
    "months as names of other things": ("At least 5 may resign", "At least 7 may resign", Clash.FIGURE),
    "months": ("Exports in June", "Exports in July", Clash.FIGURE),
    "days of the week": ("Talks on Monday", "Talks on Tuesday", Clash.FIGURE),
    "types with a number": ("Su-35 crashes", "Su-34 crashes", Clash.FIGURE),
    "numbers in words": ("Two ministers resign", "Three ministers resign", Clash.FIGURE),
    "Russian figures": ("ЕС принял 12-й пакет", "ЕС принял 13-й пакет", Clash.FIGURE),
    "Russian ordinals": ("ЕС принял пятый пакет", "ЕС принял шестой пакет", Clash.FIGURE),
    "Russian ordinals in another case": ("Итоги первого дня", "Итоги второго дня", Clash.FIGURE),
    "Chinese figures": ("第12轮制裁", "第13轮制裁", Clash.FIGURE),
    "Chinese ordinals": ("第五轮会谈", "第六轮会谈", Clash.FIGURE),
    "Chinese counts": ("三名议员辞职", "五名议员辞职", Clash.FIGURE),
    "tickers": ("Price of the BTC coin rises", "Price of the ETH coin rises", Clash.CODE),
    "currencies": ("Converter from USD to yen", "Converter from MXN to yen", Clash.CODE),
    "places": ("Li visits Moscow", "Li visits Minsk", Clash.PLACE),
    "Russian places": ("Визит в Москву", "Визит в Минск", Clash.PLACE),
    "Chinese places": ("李尚福访问莫斯科", "李尚福访问明斯克", Clash.PLACE),
    "opposites": ("China exports fall", "China imports fall", Clash.OPPOSITE),
    "opposites, inflected": ("Minister arrives", "Minister leaving", Clash.OPPOSITE),
    "opposites of the past": ("Exports rose in Asia", "Exports fell in Asia", Clash.OPPOSITE),
    "Russian opposites": ("Министр прибыл в Минск", "Министр покинул Минск", Clash.OPPOSITE),
    "Russian opposites of growth": ("Импорт вырос", "Импорт упал", Clash.OPPOSITE),
    "Russian opposites of change": ("Китай увеличил импорт", "Китай сократил импорт", Clash.OPPOSITE),
    "Chinese opposites": ("中国出口下降", "中国进口下降", Clash.OPPOSITE),
    "Chinese opposites of movement": ("部长抵达首都", "部长离开首都", Clash.OPPOSITE),
    "names": ("the minister met Smith today", "the minister met Jones today", Clash.NAME),
    "Russian names": ("Министр встретил вчера Иванова", "Министр встретил вчера Петрова", Clash.NAME),
    "a word that calls it off": ("Minister visits Minsk", "Minister cancels Minsk visit", Clash.REVERSAL),
    "a phrase that calls it off": ("Minister holds talks", "Minister calls off talks", Clash.REVERSAL),
    "a denial": ("Minister resigns", "Minister denies he resigns", Clash.REVERSAL),
    "a Russian word that calls it off": ("Министр едет", "Министр отменил поездку", Clash.REVERSAL),
    "a Chinese word that calls it off": ("部长访问", "部长取消访问", Clash.REVERSAL),
    "a German word that calls it off": ("Minister reist", "Minister dementiert Reise", Clash.REVERSAL),
    "a Polish word that calls it off": ("Minister jedzie", "Minister odwołuje wizytę", Clash.REVERSAL),
    "a Turkish word that calls it off": ("Bakan geliyor", "Bakanlık ziyareti yalanladı", Clash.REVERSAL),
    "a negation": ("China will arm Russia", "China will not arm Russia", Clash.REVERSAL),
    "a negation shortened": ("China will arm Russia", "China won't arm Russia", Clash.REVERSAL),
    "a Russian negation": ("Китай даст оружие", "Китай не даст оружие", Clash.REVERSAL),
    "a Chinese negation": ("中国将出售武器", "中国不会出售武器", Clash.REVERSAL),
    "a grown tally": ("Blast: 5 killed", "Blast: 7 killed", Clash.TALLY),
    "a grown tally in another tense": ("Quake kills 5", "Quake kills 7", Clash.TALLY),
    "a grown Russian tally": ("Взрыв: 5 погибших", "Взрыв: 7 погибших", Clash.TALLY),
    "a grown Chinese tally": ("地震造成12人死亡", "地震造成15人死亡", Clash.TALLY),
    "a grown Chinese tally in words": ("地震造成三人死亡", "地震造成五人死亡", Clash.TALLY),
}


@pytest.mark.parametrize(("theirs", "ours", "clash"), DIFFER.values(), ids=DIFFER)
def test_two_titles_are_kept_apart_by(theirs: str, ours: str, clash: Clash) -> None:
    assert {d.clash for d in differences(ours, theirs, GENERAL)} == {clash}
    assert {d.clash for d in differences(theirs, ours, GENERAL)} == {clash}


AGREE = {
    "the same words": ("Li visits Moscow", "Li visits Moscow"),
    "a figure only one of them mentions": ("Li visits Moscow", "Li visits Moscow for 3 days"),
    "a figure with its unit": ("China lends 10 bln", "China lends 10bln"),
    "an ordinal and its number": ("Package 12 approved", "12th package approved"),
    "a number and its word": ("Two killed in blast", "2 killed in blast"),
    "a place only one of them mentions": ("Li visits Moscow", "Li visits Moscow and Minsk"),
    "a capital and its country": ("Li visits Moscow", "Li visits Russia"),
    "a capital and its country in Russian": ("Визит в Москву", "Визит в Россию"),
    "a capital and its country in Chinese": ("访问莫斯科", "访问俄罗斯"),
    "a name only one of them mentions": ("the minister was in town", "the minister met Smith in town"),
    "two spellings of a name": ("ministry says Shoygu leaves", "ministry says Shoigu leaves"),
    "two forms of a Russian name": ("Вчера он видел Иванова", "Вчера он говорил с Ивановым"),
    "words in capitals that are shouted": ("BREAKING NEWS FROM USD", "BREAKING NEWS FROM EUR"),
    "a name among words in capitals": ("Minister Meets Smith Today", "Minister Sees Jones Today"),
    "a country with dots and without": ("U.S. and China to talk", "US and China to talk"),
    "an alliance with dots and without": ("Talks at the U.N. today", "Talks at the UN today"),
    "an article and a code": ("A minister speaks today", "Minister speaks today on TV"),
    "words that contain a turning phrase": ("Kremlin calls officials", "Kremlin summons officials"),
    "words that contain another": ("Ministry output offers hope", "Ministry gives hope"),
    "turning words on both sides": ("Minister cancels trip", "Minister calls off trip"),
    "turning words on both sides in Russian": ("Министр отменил визит", "Министр отложил визит"),
    "German reported speech": ("Minister sagt Hilfe zu", "Minister verspricht Hilfe"),
    "a Vietnamese welcome": ("Nga hoan nghênh", "Nga chào đón"),
    "both of a pair of opposites": ("Exports fall, imports rise", "Imports rise, exports fall"),
    "Chinese words of one meaning": ("李尚福抵达莫斯科", "李尚福到访莫斯科"),
    "a country, and its capital beside a name only that one mentions": (
        "today the minister came to Moscow with Smith",
        "today the minister came to Russia as planned",
    ),
    "nothing to compare": ("", ""),
    "nothing on one side": ("", "Li visits Moscow"),
}


@pytest.mark.parametrize(("theirs", "ours"), AGREE.values(), ids=AGREE)
def test_nothing_keeps_two_titles_apart_in(theirs: str, ours: str) -> None:
    assert differences(ours, theirs, GENERAL) == []
    assert differences(theirs, ours, GENERAL) == []


PERSONS = {
    "English": ("Li Shangfu meets Putin in Moscow", "Li Shangfu meets Shoigu in Moscow"),
    "Russian": ("Путин принял Ли Шанфу", "Шойгу принял Ли Шанфу"),
    "Chinese": ("普京会见李尚福", "绍伊古会见李尚福"),
}


@pytest.mark.parametrize(("theirs", "ours"), PERSONS.values(), ids=PERSONS)
def test_the_storys_persons_keep_titles_apart_in_any_script(theirs: str, ours: str) -> None:
    (difference,) = differences(ours, theirs, shipped().concepts)

    assert str(difference) == 'name differs: "shoigu" here, "putin" there'


SAID = {
    "a figure": ("13th package", "12th package", 'figure differs: "13th" here, "12th" there'),
    "a reversal here": (
        "Visit cancelled",
        "Visit",
        'a word that turns the report round on one side only: "cancelled"',
    ),
    "a reversal there": (
        "Visit",
        "Visit denied",
        'a word that turns the report round on one side only: "denied"',
    ),
}


@pytest.mark.parametrize(("ours", "theirs", "expected"), SAID.values(), ids=SAID)
def test_a_difference_is_told_in_words(ours: str, theirs: str, expected: str) -> None:
    assert [str(d) for d in differences(ours, theirs, GENERAL)] == [expected]


_TITLES = st.lists(
    st.sampled_from(
        "Li visits cancels Moscow Minsk 12 13th two exports imports BTC ETH Smith killed 出口 三名".split()
    ),
    max_size=6,
).map(" ".join)


@given(st.one_of(st.text(), _TITLES))
def test_a_title_does_not_differ_from_itself(title: str) -> None:
    assert differences(title, title, GENERAL) == []


@given(_TITLES, _TITLES)
def test_the_same_kinds_of_facts_differ_from_either_side(one: str, two: str) -> None:
    kinds = [d.clash for d in differences(one, two, GENERAL)]

    assert kinds == [d.clash for d in differences(two, one, GENERAL)]
