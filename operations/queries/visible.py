"""What of a list somebody may see: a scope of `operations.access` as a condition of a query.

Here: from scope to SQL. Never here: who holds which scope.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, false, select, true

from operations.access import Scope
from operations.model import Organisation

from . import narrowing
from .narrowing import Narrowing, OrganisationNarrowing

Condition = SQLColumnExpression[Any] | Callable[[Any], ColumnElement[bool]]


def within(
    scope: Scope,
    *,
    district_code: Condition | None = None,
    township_code: Condition | None = None,
    organisation_id: Condition | None = None,
    volunteer_id: Condition | None = None,
) -> ColumnElement[bool]:
    """The condition that holds for the rows which `scope` covers, to be put into `.where(…)`.

    Give for each kind of scope the column to compare, or a function that makes the condition of the value (for an
    organisation: of a subquery of its id and all below it). A kind that is not given covers nothing, so that what a
    list forgot stays hidden.
    """
    if scope.kind == "everything":
        return true()
    given: dict[str, Condition | None] = {
        "district_code": district_code,
        "township_code": township_code,
        "organisation_id": organisation_id,
        "volunteer_id": volunteer_id,
    }
    condition = given.get(scope.kind)
    if condition is None or scope.value is None:
        return false()
    is_organisation = scope.kind == "organisation_id"
    value = and_below(int(scope.value)) if is_organisation else scope.value
    if callable(condition) and not isinstance(condition, ColumnElement):
        return condition(value)
    return condition.in_(value) if is_organisation else condition == value  # type: ignore[union-attr,return-value]


def held_by(
    scope: Scope,
    key: SQLColumnExpression[Any],
    organisation_id: SQLColumnExpression[Any],
    **others: Condition,
) -> narrowing.Condition:
    """As `within` for rows of one table, which has the key of a list and the organisation that they belong to.

    They are of the area in which that organisation is; `others` are the conditions for other kinds of scope.
    """
    organisations = organisations_in(scope)
    if organisations is None:
        return within(scope, **others)
    return OrganisationNarrowing(
        organisations,
        lambda these: Narrowing(
            key,
            select(key).where(organisation_id.in_(these)),
            # As an expression, which no index answers.
            (organisation_id + 0).in_(these),
        ),
    )


def organisations_in(scope: Scope) -> Select[Any] | None:
    """The ids of the organisations within a part of the city, or None for a scope that is none."""
    if scope.value is None:
        return None
    if scope.kind == "organisation_id":
        return and_below(int(scope.value))
    if scope.kind in ("district_code", "township_code"):
        return select(Organisation.organisation_id).where(getattr(Organisation, scope.kind) == scope.value)
    return None


def and_below(organisation_id: int) -> Select[tuple[int]]:
    """The ids of an organisation and of all below it."""
    line = (
        select(Organisation.organisation_id)
        .where(Organisation.organisation_id == organisation_id)
        .cte("and_below", recursive=True)
    )
    line = line.union(
        select(Organisation.organisation_id).join(
            line, Organisation.parent_organisation_id == line.c.organisation_id
        )
    )
    return select(line.c.organisation_id)
