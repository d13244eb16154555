"""Records that may be of one person: what waits for somebody's look, and two records side by side."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Scope
from operations.commands.merges import STAYS
from operations.commands.references import columns_of_volunteers
from operations.model import DuplicateCandidate, SignUp, Volunteer, VolunteerIdentity

from .masks import name_masked
from .paging import Listing, equals, one_row
from .visible import within
from .volunteers import VOLUNTEERS

Newer, Older = aliased(Volunteer), aliased(Volunteer)
NewerIdentity, OlderIdentity = aliased(VolunteerIdentity), aliased(VolunteerIdentity)


def _visible(scope: Scope) -> ColumnElement[bool]:
    """Both records must be theirs, or they could not be merged."""
    return and_(
        within(scope, district_code=Newer.district_code, township_code=Newer.township_code),
        within(scope, district_code=Older.district_code, township_code=Older.township_code),
    )


CANDIDATES = Listing(
    name="duplicate_candidates",
    action=Action.MERGE_VOLUNTEERS,
    select=select(
        DuplicateCandidate.candidate_id,
        DuplicateCandidate.ground,
        DuplicateCandidate.found_at,
        DuplicateCandidate.volunteer_id,
        Newer.volunteer_no.label("volunteer_no"),
        name_masked(NewerIdentity.full_name).label("full_name"),
        DuplicateCandidate.other_volunteer_id,
        Older.volunteer_no.label("other_volunteer_no"),
        name_masked(OlderIdentity.full_name).label("other_full_name"),
    )
    .join(Newer, Newer.volunteer_id == DuplicateCandidate.volunteer_id)
    .join(Older, Older.volunteer_id == DuplicateCandidate.other_volunteer_id)
    .outerjoin(NewerIdentity, NewerIdentity.volunteer_id == Newer.volunteer_id)
    .outerjoin(OlderIdentity, OlderIdentity.volunteer_id == Older.volunteer_id)
    .where(DuplicateCandidate.decided_at.is_(None)),
    key=DuplicateCandidate.candidate_id,
    visible=_visible,
    sorts={"found_at": DuplicateCandidate.found_at},
    default_sort="found_at",
    filters={"ground": equals(DuplicateCandidate.ground)},
)


@dataclass(frozen=True)
class SideBySide:
    """Two records: what each is, how many rows of each table it holds, and where they meet."""

    kept: dict[str, Any]
    lost: dict[str, Any]
    held: dict[str, tuple[int, int]]
    is_same_birth_date: bool
    is_same_phone: bool
    shifts_of_both: int


def side_by_side(session: Session, actor: Actor, kept: int, lost: int) -> SideBySide | None:
    """Both records as they are before a merge, or None if there is one that `actor` may not see.

    Raises `NotAllowed` for who sees no volunteers anywhere.
    """
    rows = [one_row(session, actor, VOLUNTEERS, one) for one in (kept, lost)]
    if rows[0] is None or rows[1] is None:
        return None
    held: dict[str, tuple[int, int]] = {}
    for table, column in columns_of_volunteers():
        if table.name in STAYS:
            continue
        counts = dict(
            session.execute(
                select(column, func.count()).where(column.in_((kept, lost))).group_by(column)
            ).all()
        )
        if counts:
            before = held.get(table.name, (0, 0))
            held[table.name] = (before[0] + counts.get(kept, 0), before[1] + counts.get(lost, 0))
    identities = [session.get(VolunteerIdentity, one) for one in (kept, lost)]
    births = {None if one is None else one.born_on for one in identities}
    phones = {None if one is None else one.phone for one in identities}
    theirs = select(SignUp.shift_id).where(SignUp.volunteer_id == lost)
    return SideBySide(
        kept=rows[0],
        lost=rows[1],
        held=held,
        is_same_birth_date=len(births) == 1 and None not in births,
        is_same_phone=len(phones) == 1 and None not in phones,
        shifts_of_both=session.scalar(
            select(func.count()).where(SignUp.volunteer_id == kept, SignUp.shift_id.in_(theirs))
        )
        or 0,
    )
