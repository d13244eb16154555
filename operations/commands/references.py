"""Everything in the operational tables that refers to a volunteer, found in the tables themselves.

Here: which columns there are, so that a table that comes later is not forgotten by what concerns a whole person
(merging two records, exporting and erasing one). Never here: what is done to them.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Column, Index, Table, UniqueConstraint

from operations.model import Base

KEY = "volunteers.volunteer_id"


def columns_of_volunteers() -> Iterator[tuple[Table, Column[int]]]:
    """Every column that refers to a volunteer, in the order of the tables."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if any(key.target_fullname == KEY for key in column.foreign_keys):
                yield table, column


def unique_columns_of_volunteers() -> set[str]:
    """The tables in which a volunteer is part of what must be unique: there two records of one person can collide."""
    return {
        table.name
        for table, column in columns_of_volunteers()
        if column.primary_key
        or any(
            column.name in rule.columns
            for rule in (*table.constraints, *table.indexes)
            if isinstance(rule, UniqueConstraint) or (isinstance(rule, Index) and rule.unique)
        )
    }
