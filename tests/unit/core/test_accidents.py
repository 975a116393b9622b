"""Words inside other words, the first complaint about keyword filters: none of these is found."""

from __future__ import annotations

import pytest

from bot.core.query import compile_query

#: What it would be mistaken for → the query, and a headline with other words in which its letters stand.
ACCIDENTS = {
    # Latin
    "ai, training": ("ai", "Training again in Spain fails to gain"),
    "an outlet, a name": ("YNET", "Gwyneth Paltrow in court"),
    "a studio, an adjective": ("marvel", "A marvellous day in Leeds"),
    "a country, a word": ("Oman", "Woman and Roman statue found"),
    "a country, a state": ("Mali", "Somalia and Somaliland talk"),
    "a country, an animal": ("Chad", "Chadwick wins in Richmond"),
    "a party, a fruit": ("Reform", "Reformer reformulates"),
    "a bank, a verb": ("ING", "Rising prices bring king down"),
    "a company, a hill": ("Shell", "Shelling goes on near Seashells Bay"),
    "a company, a boat": ("Meta", "Metal and metaphor"),
    "a fighter, a month": ("MiG", "Migrants on the Amigo"),
    "a war, a word": ("war", "Award for software warden"),
    "an acronym, a suffix": ("UN", "Under the sun, a hundred run"),
    "an acronym, a name": ("EU", "Zeus and Deutsche Bank"),
    "German: a ban, an occupation": ("Rat", "Vertrag und Rathaus beraten"),
    "Turkish: China, a word for within": ("Çin", "İçin için açınca"),
    "Polish: of China, in hopes": ("Chin", "Machina i kuchnia"),
    "Vietnamese: Russia, day": ("Nga", "Ngày mai, ngang qua"),
    "a verb, a festival": ("can", "Cannes awaits a candid cancan"),
    "a number, a larger one": ("19", "2019, 1900 and 19.5"),
    # Cyrillic
    "Russian: a studio, a holiday": ("марвел", "Марвеловский праздник"),
    "Russian: a cat, who": ("кот", "Который скотч"),
    "Russian: Rome, a primer": ("Рим", "Пример римлян и Крима"),
    "Russian: gas, a newspaper": ("газ", "Газета и магазин"),
    "Russian: peace, a measure": ("мир", "Мирон из Владимира"),
    "Russian: the UN, a woman": ("ООН", "Тоонный закон"),
    "Ukrainian: a world, light": ("світ", "Світло і освіта"),
    # Greek
    "Greek: a wonder, wonderful": ("θαύμα", "Θαυμάσια μέρα"),
    "Greek: the law, an economy": ("νόμος", "Οικονόμος και αυτόνομος"),
    # Arabic and Hebrew
    "Arabic: a wonder, it pleased me": ("عجب", "عجبتني القصة"),
    "Arabic: a man, foot soldiers": ("رجل", "رجلان في الشارع"),
    "Hebrew: a light, airport": ("אור", "אורחים מאורות"),
    # Devanagari
    "Hindi: a king, a capital": ("राज", "राजधानी और स्वराज्य"),
    "Hindi: a vowel sign is no end": ("कम", "कमी नहीं"),
    # Hangul
    "Korean: a studio, marbled beef": ("마블", "마블링 소고기"),
    "Korean: a country, a compound": ("미국", "재미국민 모임"),
    # Katakana and Thai
    "Japanese: love, ice cream": ("アイ", "アイスの日"),
    "Japanese: a bus, a basket": ("バス", "バスケットとハス"),
    "Japanese: Paris, a hedgehog's needle": ("パリ", "ハリの山"),
    "Japanese: a tie, Thailand": ("タイ", "ネクタイとタイヤ"),
    "Thai: a crow, to scratch": ("กา", "เกา แก่"),
    "Thai: an egg, without its tone": ("ไข่", "ไข"),
    # Han
    "Chinese: the letters in another order": ("李尚福", "李福尚"),
    "Chinese: others between": ("李尚福", "李先生尚有福"),
    "digits beside Chinese": ("5G", "15G网络和5GB流量"),
}


@pytest.mark.parametrize(("query", "title"), ACCIDENTS.values(), ids=ACCIDENTS)
def test_no_word_is_found_inside_another(query: str, title: str) -> None:
    assert compile_query(query, {}, where="here").find(title, "", "") is None


@pytest.mark.parametrize(("query", "title"), ACCIDENTS.values(), ids=ACCIDENTS)
def test_but_it_is_found_by_itself(query: str, title: str) -> None:
    beside = compile_query(query, {}, where="here").find(f"{title}: «{query}»!", "", "")

    assert beside is not None
    assert {hit.term for hit, _excerpt in beside} == {query}


def test_there_are_forty_of_them() -> None:
    assert len(ACCIDENTS) >= 40
