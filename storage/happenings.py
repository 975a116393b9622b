"""Happenings: which events tell the same thing in the world.

Like candidates they are looked up at every decision, so the statement goes to the driver as it stands here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from operator import itemgetter

from sqlalchemy import Connection, select, update

from bot.model import ArticleId, EventId, Happening, Report
from storage.tables import events, moment

_TOLD_SQLITE = """
SELECT events.id, happening FROM json_each(?1) AS wanted CROSS JOIN events ON events.id = wanted.value
WHERE story = ?2
"""
_TOLD_POSTGRES = "SELECT id, happening FROM events WHERE id = ANY(%(events)s::bigint[]) AND story = %(story)s"
# Of each happening the reports recorded last, by a short backwards walk along two indexes. SQLite has no
# LATERAL.
_REPORTS_SQLITE = """
SELECT told.happening, articles.id, title, outlet, language, published, vector
FROM (SELECT DISTINCT happening FROM events WHERE id IN (SELECT value FROM json_each(?1))) AS told
CROSS JOIN verdicts ON verdicts.id IN (
    SELECT report.id FROM events CROSS JOIN verdicts AS report ON report.event_id = events.id
    WHERE events.happening = told.happening AND coalesce(corrected_role, role) IN ('new', 'related', 'update')
    ORDER BY events.id DESC, report.id DESC LIMIT ?2)
CROSS JOIN articles ON articles.id = verdicts.article_id
LEFT JOIN meanings ON meanings.article_id = articles.id
"""
_REPORTS_POSTGRES = """
SELECT told.happening, report.id, title, outlet, language, published, vector
FROM (SELECT DISTINCT happening FROM events WHERE id = ANY(%(events)s::bigint[])) AS told
CROSS JOIN LATERAL (
    SELECT articles.id, title, outlet, language, published, vector FROM events
    JOIN verdicts ON verdicts.event_id = events.id JOIN articles ON articles.id = verdicts.article_id
    LEFT JOIN meanings ON meanings.article_id = articles.id
    WHERE events.happening = told.happening AND coalesce(corrected_role, role) IN ('new', 'related', 'update')
    ORDER BY events.id DESC, verdicts.id DESC LIMIT %(most)s) AS report
"""


def of_event(connection: Connection, event: EventId) -> EventId:
    """Return the happening that an event tells of."""
    query = select(events.c.happening).where(events.c.id == event)
    return EventId(connection.execute(query).scalar_one())


def of_events(
    connection: Connection, story: str, numbers: Sequence[EventId], *, limit: int
) -> Mapping[EventId, Happening]:
    """Return, for each of a story's events, what it tells of, with the reports recorded last."""
    if not numbers:
        return {}
    postgres = connection.dialect.name == "postgresql"
    if postgres:
        rows = connection.exec_driver_sql(_TOLD_POSTGRES, {"events": list(numbers), "story": story})
    else:
        rows = connection.exec_driver_sql(_TOLD_SQLITE, (json.dumps(list(numbers)), story))
    told = {EventId(number): EventId(happening) for number, happening in rows.fetchall()}
    most = max(1, limit // max(1, len(set(told.values()))))
    if postgres:
        rows = connection.exec_driver_sql(_REPORTS_POSTGRES, {"events": list(told), "most": most})
    else:
        rows = connection.exec_driver_sql(_REPORTS_SQLITE, (json.dumps(list(told)), most))
    reports: dict[int, list[Report]] = {happening: [] for happening in told.values()}
    for happening, number, *columns in sorted(rows.fetchall(), key=itemgetter(0, 1)):
        title, outlet, language, published, vector = columns
        report = Report(
            id=ArticleId(number),
            title=title,
            outlet=outlet,
            language=language,
            published=moment(published),
            meaning=vector,
        )
        reports[happening].append(report)
    found = {number: Happening(id=EventId(number), reports=tuple(reports[number])) for number in reports}
    return {number: found[happening] for number, happening in told.items()}


def join(connection: Connection, event: EventId, others: Sequence[EventId]) -> None:
    """Let happenings become one with that of an event; the one that began first gives the number."""
    every = sorted({of_event(connection, event), *others})
    told_later = update(events).where(events.c.happening.in_(every[1:]))
    connection.execute(told_later.values(happening=every[0]))
