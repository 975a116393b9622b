from __future__ import annotations

import tomllib

from hypothesis import given
from hypothesis import strategies as st

from config.mistakes import lines_of

TEXT = '''\
# a comment
root = 1

[poll]
every = "5m"   # another
note = """
[not.a.table]
every = 3
"""
list = [
  1,
  2,
]
dotted.key = { deep = 1 }

[[story]]
name = "a"

[story.aliases]
one = ["x"]

[[story]]
name = "b"

[story.aliases]
two = ["y"]
'''


def test_every_statement_has_its_line() -> None:
    assert lines_of(TEXT) == {
        ("root",): 2,
        ("poll",): 4,
        ("poll", "every"): 5,
        ("poll", "note"): 6,
        ("poll", "list"): 10,
        ("poll", "dotted"): 14,
        ("poll", "dotted", "key"): 14,
        ("poll", "dotted", "key", "deep"): 14,
        ("story", 0): 16,
        ("story", 0, "name"): 17,
        ("story", 0, "aliases"): 19,
        ("story", 0, "aliases", "one"): 20,
        ("story", 1): 22,
        ("story", 1, "name"): 23,
        ("story", 1, "aliases"): 25,
        ("story", 1, "aliases", "two"): 26,
    }


VALUES = st.sampled_from(
    [
        "1",
        '"x"',
        '"""\na = 1\n"""',
        "'''\n[b]\n'''",
        "[\n1,\n# c\n2]",
        "{ a = 1 }",
        '"\u2028\x85"',
        "[[1], [2]]",
    ]
)
BEFORE = st.sampled_from(["", "\n", "# a = 1\n", "\n\n[t]\n", "[[l]]\n"])


@given(st.lists(st.tuples(BEFORE, VALUES), max_size=12))
def test_the_line_of_a_key_is_where_it_stands(statements: list[tuple[str, str]]) -> None:
    text, expected = "", {}
    for number, (before, value) in enumerate(statements):
        text += before.replace("[t]", f"[t{number}]")
        expected[f"key{number}"] = text.count("\n") + 1
        text += f"key{number} = {value}\n"

    found = {way[-1]: line for way, line in lines_of(text).items() if str(way[-1]).startswith("key")}

    assert tomllib.loads(text) or not statements
    assert found == expected
