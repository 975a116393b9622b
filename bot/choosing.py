"""What people change by commands: kept with who did it, and undone again.

Each runs as plain code inside one transaction of the archive, beside a running service or not: a change and
its note in the log are kept together. What the changes are to be says `config.choosing`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from bot.errors import OperatorError
from bot.model import Change, Deed
from bot.ports import Record


def choose(changes: Sequence[Change], deed: Deed, record: Record) -> Deed:
    """Change choices by a command.

    Args:
        changes: what the choices are to be.
        deed: who says so, where and how; what undoes it is added here.
        record: an open transaction.

    Returns:
        The deed as it is kept, with its number.
    """
    before = tuple(
        Change(kind=it.kind, name=it.name, value=record.choose(it.kind, it.name, it.value, at=deed.at))
        for it in changes
    )
    done = replace(deed, undo=before)
    return replace(done, number=record.note(done))


def undo(
    number: int | None, record: Record, *, at: datetime, among: Callable[[Deed], bool] = lambda _deed: True
) -> Deed:
    """Put back what a deed changed.

    Args:
        number: of the deed; None: the last one that can be undone.
        record: an open transaction.
        at: the current time, aware.
        among: which of them the last one is looked for; not asked of one that is named.

    Returns:
        The deed that was undone.

    Raises:
        OperatorError: there is none such, it was undone, it cannot be, or what it changed was changed since.
    """
    deed, later = _numbered(number, record, among)
    if deed.undone_at is not None:
        raise OperatorError(f"number {deed.number} ({deed.said}) was undone already")
    if not deed.undo:
        raise OperatorError(f"number {deed.number} ({deed.said}) changed nothing that can be put back")
    for other in later:
        if other.undone_at is None and _touched(deed) & _touched(other):
            raise OperatorError(
                f"number {deed.number} ({deed.said}): number {other.number} ({other.said}) changed the same"
                " since; undo that first"
            )
    for change in reversed(deed.undo):
        record.choose(change.kind, change.name, change.value, at=at)
    record.undone(deed.number, at)
    return replace(deed, undone_at=at)


def _numbered(number: int | None, record: Record, among: Callable[[Deed], bool]) -> tuple[Deed, list[Deed]]:
    """Return a deed and those that came after it."""
    deeds = record.deeds(since=number or 0)
    if number is None:
        places = [n for n, deed in enumerate(deeds) if deed.undo and deed.undone_at is None and among(deed)]
        if not places:
            raise OperatorError("there is nothing to undo")
        return deeds[places[-1]], deeds[places[-1] + 1 :]
    if not deeds or deeds[0].number != number:
        raise OperatorError(f"there is no number {number}; storywire audit lists what there is")
    return deeds[0], deeds[1:]


def _touched(deed: Deed) -> set[tuple[str, str]]:
    return {(change.kind, change.name) for change in deed.undo or ()}
