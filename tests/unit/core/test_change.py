"""A story as it would be: its query with terms more and less, its limits, what one card tells."""

from __future__ import annotations

import pytest

from bot.core.change import Change, changed, changed_limits
from bot.core.query import compile_query
from bot.core.questions import DEFAULT
from bot.errors import ConfigError, OperatorError
from bot.model import Fold, Posting
from tests.builders import a_story

#: The query, the change, and the query that comes of it.
QUERIES: dict[str, tuple[str, Change, str]] = {
    "nothing leaves it as it is written": ("dam  OR weir", Change(), "dam  OR weir"),
    "another query takes its place": ("dam", Change(query="weir"), "weir"),
    "a term more is one of the list": ("dam", Change(also=("weir",)), "dam weir"),
    "two terms more are as well": ("dam", Change(also=("weir", '"the lock"')), 'dam weir "the lock"'),
    "a phrase without marks is two terms": ("dam", Change(also=("weir lock",)), "dam (weir lock)"),
    "what must stand there must still": ("dam +river", Change(also=("weir",)), "dam +river weir"),
    "beside musts alone it is another way": ("+dam +river", Change(also=("weir",)), "(+dam +river) weir"),
    "beside a sentence it is another way": ("dam AND river", Change(also=("weir",)), "dam AND river weir"),
    "a term that excludes": ("dam", Change(without=("beaver",)), "dam -beaver"),
    "a list that excludes": ("dam", Change(without=("beaver otter",)), "dam -(beaver otter)"),
    "both": ("dam", Change(also=("weir",), without=("beaver",)), "dam weir -beaver"),
    "both of another query": ("dam", Change(query="lock", also=("weir",)), "lock weir"),
}


@pytest.mark.parametrize(("query", "change", "expected"), QUERIES.values(), ids=QUERIES)
def test_queries(query: str, change: Change, expected: str) -> None:
    assert changed(a_story(query=query), change).query == expected


#: The query, the change, and for some headlines whether it accepts them.
ACCEPTED: dict[str, tuple[str, Change, dict[str, bool]]] = {
    "a term more widens a sentence": (
        "dam AND river",
        Change(also=("weir",)),
        {"Dam on the river": True, "Weir sold": True, "Dam sold": False},
    ),
    "a term more widens a list of musts": (
        "+dam +river",
        Change(also=("weir",)),
        {"Dam on the river": True, "Weir sold": True, "River falls": False},
    ),
    "a term that excludes does so whatever else stands there": (
        "dam OR weir",
        Change(without=("beaver",)),
        {"Dam of a beaver": False, "Weir of a beaver": False, "Weir sold": True},
    ),
}


@pytest.mark.parametrize(("query", "change", "headlines"), ACCEPTED.values(), ids=ACCEPTED)
def test_what_they_accept(query: str, change: Change, headlines: dict[str, bool]) -> None:
    compiled = compile_query(changed(a_story(query=query), change).query, {}, where="here")

    found = {title: compiled.find(title, "", "") is not None for title in headlines}
    assert found == headlines


def test_what_else_may_be_different() -> None:
    story = a_story(exclude="beaver", channels=("main", "other"), postings={"main": Posting(burst=3)})

    found = changed(story, Change(exclude="", fold=Fold.EVENT, min_sources=2))

    assert (found.exclude, found.policy.fold) == ("", Fold.EVENT)
    assert found.posting("main") == Posting(burst=3, min_sources=2)
    assert found.posting("other") == Posting(min_sources=2)
    assert changed_limits(DEFAULT, Change(same=0.5, happening=1)).event == DEFAULT.event
    assert changed_limits(DEFAULT, Change(same=0.5)).same == 0.5


WRONG: dict[str, tuple[Change, type[Exception], str]] = {
    "a term that is no term": (Change(also=("(weir",)), ConfigError, "the term to add: the query is not"),
    "an exclusion that is none": (Change(without=("~",)), ConfigError, "the term to exclude"),
    "no source at all": (Change(min_sources=0), OperatorError, "from 1 to 20, not 0"),
    "a limit of nothing": (Change(same=0), OperatorError, "limit same is above 0 and at most 1, not 0"),
    "a limit above one": (Change(event=1.5), OperatorError, "limit event is above 0 and at most 1, not 1.5"),
}


@pytest.mark.parametrize(("change", "error", "says"), WRONG.values(), ids=WRONG)
def test_what_is_refused(change: Change, error: type[Exception], says: str) -> None:
    def both() -> None:
        changed_limits(DEFAULT, change)
        changed(a_story(), change)

    with pytest.raises(error, match=says):
        both()
