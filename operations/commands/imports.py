"""What all imports of CSV files share: a file is read, every row checked, and all of them are added or none.

Here: that course, and looking up at once what all rows name. Never here: reading CSV (csv_rows.py), or what a file of
one subject holds (import_places.py, import_cards.py).

Everything happens in the caller's transaction, each row with its row in the audit log. A row that is there already
just as the file says is left as it is, so that a file taken twice changes nothing the second time. A dry run checks
and adds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from operations.access import Action, Actor, NotAllowed, scope_of
from operations.model import Base
from operations.queries.in_parts import in_parts

from .csv_rows import Column, Row, RowError, read_rows
from .records import audit_added, must_write
from .refusals import Refused, required_text

Record = TypeVar("Record", bound=Base)


@dataclass(frozen=True)
class Imported:
    """What an import did, or would do (`is_dry_run`), in numbers of rows. With any error nothing is added.

    `unchanged`: there already, just the same.
    """

    rows: int
    added: int
    unchanged: int
    errors: tuple[RowError, ...]
    is_dry_run: bool


@dataclass
class CsvImport:
    """One import on its way; each added row asks for `action`."""

    session: Session
    actor: Actor
    action: Action
    at: datetime
    reason: str
    is_dry_run: bool
    rows: list[Row] = field(default_factory=list)
    errors: list[RowError] = field(default_factory=list)
    _first_rows: dict[Any, int] = field(default_factory=dict)

    def read(self, content: bytes, columns: Sequence[Column]) -> None:
        """Read the rows of the file.

        Raises `Refused` if it cannot be read or for want of a reason; `NotAllowed` without the action anywhere.
        """
        must_write(self.session)
        if scope_of(self.actor, self.action).kind == "nothing":
            raise NotAllowed(f"{self.actor.name} ({self.actor.role}) may not {self.action.replace('_', ' ')}")
        self.reason = required_text(self.reason, "reason", 4000)
        self.rows, self.errors = read_rows(content, columns, on=self.at)

    def named(self, column: str) -> set[Any]:
        """All that the rows say in a column, empty cells left out."""
        return {value for row in self.rows if (value := row.values.get(column)) is not None}

    def once(self, key: Any, row: Row, column: str) -> None:
        """Raise `Refused` if a row before this one had the same key."""
        first = self._first_rows.setdefault(key, row.number)
        if first != row.number:
            raise Refused(f"this is in row {first} already", column)

    def checked(self, check: Callable[[Row], Record | None]) -> list[Record]:
        """The new records of all rows; None is for one that is there already. What is wrong is added to `errors`."""
        new: list[Record] = []
        for row in self.rows:
            try:
                record = check(row)
            except Refused as refusal:
                self.errors.append(RowError(row.number, refusal.field or "", str(refusal)))
            except NotAllowed:
                self.errors.append(RowError(row.number, "", "this place is not in your area, or not there"))
            else:
                if record is not None:
                    new.append(record)
        return new

    def taken_in(self, new: Sequence[Base], before: Sequence[Base] = ()) -> Imported:
        """Add the new records (after those that they refer to), unless something is wrong, and say what was done."""
        faulty = {error.row for error in self.errors}
        unchanged = sum(row.number not in faulty for row in self.rows) - len(new)
        if not self.errors and not self.is_dry_run:
            self.session.add_all(before)
            self.session.flush()
            audit_added(self.session, self.actor, self.action, new, at=self.at, reason=self.reason)
        total = len({row.number for row in self.rows} | faulty)
        added = 0 if self.errors else len(new)
        return Imported(total, added, unchanged, tuple(sorted(self.errors)), self.is_dry_run)


def found_among(
    session: Session,
    model: type[Record],
    column: InstrumentedAttribute[Any],
    values: Iterable[Any],
    *,
    locked_by: InstrumentedAttribute[Any] | None = None,
) -> list[Record]:
    """The rows of `model` with one of `values`; locked in the order of `locked_by`, if that is given."""
    found: list[Record] = []
    for part in in_parts(values):
        query = select(model).where(column.in_(part))
        if locked_by is not None:
            query = query.order_by(locked_by).with_for_update()
        found += session.scalars(query)
    return found


def unless_there(
    known: Record | None, wanted: Record, same: Sequence[str], otherwise: Refused
) -> Record | None:
    """`wanted` if nothing is there, None if it is there just so; raises `otherwise` if it is there differently."""
    if known is None:
        return wanted
    if all(getattr(known, name) == getattr(wanted, name) for name in same):
        return None
    raise otherwise


def with_defaults(row: Row, columns: Sequence[Column]) -> dict[str, Any]:
    """The values of a row, and the defaults of columns that the file does not have."""
    return {column.name: column.default for column in columns if not column.is_required} | dict(row.values)
