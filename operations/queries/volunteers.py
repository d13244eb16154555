"""Volunteers as pages list them, and what belongs to one of them; identities are masked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, select, union_all
from sqlalchemy.orm import Session, aliased

from operations.access import Action, Actor, Scope, scope_of
from operations.commands.identity import ID_TYPES, checked_phone
from operations.commands.refusals import Refused
from operations.model import (
    Activity,
    Ban,
    CardBinding,
    Consent,
    Guardian,
    Organisation,
    OrganisationMember,
    Shift,
    SignUp,
    Volunteer,
    VolunteerIdentity,
    VolunteerInterest,
    VolunteerSkill,
)

from .masks import name_masked, number_masked, phone_masked
from .narrowing import (
    Condition,
    Narrowing,
    OrganisationNarrowing,
    These,
    any_looked_up,
    begins_with,
    looked_up,
    valued,
)
from .paging import Listing, equals, one_row
from .prefixes import starts_with
from .visible import and_below, within

MOST_RELATED = 50
Rows = list[dict[str, Any]]
_its_identity = aliased(VolunteerIdentity)


def _visible(scope: Scope) -> Condition:
    """An area's own people; of an organisation the members, and who signed up for what it and those below do."""
    if scope.kind == "organisation_id" and scope.value is not None:
        return OrganisationNarrowing(and_below(int(scope.value)), _known_to)
    return within(
        scope,
        district_code=Volunteer.district_code,
        township_code=Volunteer.township_code,
        volunteer_id=Volunteer.volunteer_id,
    )


def _known_to(these: These) -> Narrowing:
    members = OrganisationMember.left_at.is_(None)
    signed_up = (
        select(SignUp.volunteer_id)
        .join(Shift, Shift.shift_id == SignUp.shift_id)
        .join(Activity, Activity.activity_id == Shift.activity_id)
    )
    return Narrowing(
        Volunteer.volunteer_id,
        union_all(
            select(OrganisationMember.volunteer_id).where(
                members, OrganisationMember.organisation_id.in_(these)
            ),
            signed_up.where(Activity.organisation_id.in_(these)),
        ),
        # Of a row its few stays and sign-ups are read, never the organisations' many.
        any_looked_up(
            OrganisationMember.organisation_id.in_(these),
            select(OrganisationMember.volunteer_id).where(
                members, OrganisationMember.volunteer_id == Volunteer.volunteer_id
            ),
            Volunteer,
        )
        | any_looked_up(
            Activity.organisation_id.in_(these),
            signed_up.where(SignUp.volunteer_id == Volunteer.volunteer_id),
            Volunteer,
        ),
    )


def found_by(words: str) -> Narrowing:
    """Volunteers with this volunteer number, document or telephone, whole; or whose name begins so.

    Numbers are asked for one by one and joined, so that each is answered from its index.
    """
    plain = words.strip()
    if not plain.isascii() or plain.isalpha():
        return _named(plain)
    asked = [
        select(Volunteer.volunteer_id).where(Volunteer.volunteer_no == plain),
        select(VolunteerIdentity.volunteer_id).where(
            VolunteerIdentity.id_type.in_(ID_TYPES),
            VolunteerIdentity.id_number == plain.replace(" ", "").upper(),
        ),
    ]
    try:
        phone = checked_phone(plain)
        asked.append(select(VolunteerIdentity.volunteer_id).where(VolunteerIdentity.phone == phone))
    except Refused:
        # What cannot be dialled is no telephone; it may be another number.
        pass
    numbered = union_all(*asked)
    return Narrowing(Volunteer.volunteer_id, numbered, Volunteer.volunteer_id.in_(numbered))


def _named(beginning: str) -> Narrowing:
    """By the index of names; of a surname that very many share by looking at each volunteer in their order."""
    its = (
        select(_its_identity.full_name)
        .where(_its_identity.volunteer_id == Volunteer.volunteer_id)
        .correlate(Volunteer)
    )
    return Narrowing(
        Volunteer.volunteer_id,
        select(VolunteerIdentity.volunteer_id).where(starts_with(VolunteerIdentity.full_name, beginning)),
        begins_with(looked_up(its), beginning),
    )


VOLUNTEERS = Listing(
    name="volunteers",
    action=Action.VIEW_VOLUNTEERS,
    select=select(
        Volunteer.volunteer_id,
        Volunteer.volunteer_no,
        name_masked(VolunteerIdentity.full_name).label("full_name"),
        VolunteerIdentity.id_type,
        number_masked(VolunteerIdentity.id_number).label("id_number"),
        phone_masked(VolunteerIdentity.phone).label("phone"),
        Volunteer.sex,
        Volunteer.birth_year_band,
        Volunteer.district_code,
        Volunteer.township_code,
        Volunteer.community_code,
        Volunteer.status,
        Volunteer.registered_at,
        Volunteer.language,
        Volunteer.merged_into_volunteer_id,
    ).outerjoin(VolunteerIdentity, VolunteerIdentity.volunteer_id == Volunteer.volunteer_id),
    key=Volunteer.volunteer_id,
    visible=_visible,
    # In the order of registering: of a million rows each other order costs an index for every filter.
    sorts={"volunteer_id": Volunteer.volunteer_id},
    default_sort="-volunteer_id",
    filters={
        "status": valued(Volunteer.volunteer_id, Volunteer.status),
        "district_code": equals(Volunteer.district_code),
        "township_code": equals(Volunteer.township_code),
        "name": lambda value: _named(str(value).strip()),
        "merged_into_volunteer_id": equals(Volunteer.merged_into_volunteer_id),
    },
    search=found_by,
)


@dataclass(frozen=True)
class VolunteerDetail:
    """One volunteer with what belongs to them, the newest first and at most `MOST_RELATED` rows of each.

    What an organisation's administrators see is of their organisation alone; cards, consents, guardians and bans are
    the area's and the person's.
    """

    volunteer: dict[str, Any]
    memberships: Rows
    sign_ups: Rows
    skills: Rows
    interests: tuple[str, ...]
    available_time: tuple[str, ...]
    consents: Rows
    cards: Rows
    guardians: Rows
    bans: Rows
    merged_records: Rows


def volunteer_detail(session: Session, actor: Actor, volunteer_id: int) -> VolunteerDetail | None:
    """One volunteer that `actor` may see, or None if there is none.

    Raises `NotAllowed` for who sees no volunteers anywhere.
    """
    found = one_row(session, actor, VOLUNTEERS, volunteer_id)
    if found is None:
        return None
    scope = scope_of(actor, Action.VIEW_VOLUNTEERS)
    is_whole = scope.kind != "organisation_id"

    def rows(query: Select[*tuple[Any, ...]], *, if_whole: bool = True) -> Rows:
        if if_whole and not is_whole:
            return []
        return [dict(row) for row in session.execute(query.limit(MOST_RELATED)).mappings()]

    return VolunteerDetail(
        volunteer=found,
        memberships=rows(_memberships(volunteer_id, scope), if_whole=False),
        sign_ups=rows(_sign_ups(volunteer_id, scope), if_whole=False),
        skills=rows(
            select(VolunteerSkill.skill_code, VolunteerSkill.detail)
            .where(VolunteerSkill.volunteer_id == volunteer_id)
            .order_by(VolunteerSkill.skill_code),
            if_whole=False,
        ),
        interests=tuple(
            session.scalars(
                select(VolunteerInterest.category_code)
                .where(VolunteerInterest.volunteer_id == volunteer_id)
                .order_by(VolunteerInterest.category_code)
            )
        ),
        available_time=tuple(session.get_one(Volunteer, volunteer_id).available_time or ()),
        consents=rows(
            select(
                Consent.purpose, Consent.recipient, Consent.version, Consent.given_at, Consent.withdrawn_at
            )
            .where(Consent.volunteer_id == volunteer_id)
            .order_by(Consent.consent_id.desc())
        ),
        cards=rows(
            select(CardBinding.card_no, CardBinding.bound_from, CardBinding.bound_to)
            .where(CardBinding.volunteer_id == volunteer_id)
            .order_by(CardBinding.binding_id.desc())
        ),
        guardians=rows(
            select(
                Guardian.guardian_id,
                name_masked(Guardian.full_name).label("full_name"),
                Guardian.kinship,
                phone_masked(Guardian.phone).label("phone"),
                Guardian.consent_version,
                Guardian.consented_at,
                Guardian.ended_at,
            )
            .where(Guardian.volunteer_id == volunteer_id)
            .order_by(Guardian.guardian_id.desc())
        ),
        bans=rows(
            select(Ban.reason, Ban.banned_at, Ban.ends_at, Ban.lifted_at, Ban.lift_reason)
            .where(Ban.volunteer_id == volunteer_id)
            .order_by(Ban.ban_id.desc())
        ),
        merged_records=rows(
            select(Volunteer.volunteer_id, Volunteer.volunteer_no, Volunteer.registered_at)
            .where(Volunteer.merged_into_volunteer_id == volunteer_id)
            .order_by(Volunteer.volunteer_id)
        ),
    )


def _memberships(volunteer_id: int, scope: Scope) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            Organisation.organisation_id,
            Organisation.name,
            OrganisationMember.role,
            OrganisationMember.joined_at,
            OrganisationMember.left_at,
        )
        .join(OrganisationMember, OrganisationMember.organisation_id == Organisation.organisation_id)
        .where(OrganisationMember.volunteer_id == volunteer_id)
        .order_by(OrganisationMember.member_id.desc())
    )
    return query.where(_own(scope, Organisation.organisation_id))


def _sign_ups(volunteer_id: int, scope: Scope) -> Select[*tuple[Any, ...]]:
    query = (
        select(
            SignUp.sign_up_id,
            Activity.title,
            Organisation.name.label("organisation_name"),
            Shift.starts_at,
            Shift.ends_at,
            SignUp.status,
            SignUp.signed_up_at,
        )
        .join(Shift, Shift.shift_id == SignUp.shift_id)
        .join(Activity, Activity.activity_id == Shift.activity_id)
        .join(Organisation, Organisation.organisation_id == Activity.organisation_id)
        .where(SignUp.volunteer_id == volunteer_id)
        .order_by(SignUp.sign_up_id.desc())
    )
    return query.where(_own(scope, Activity.organisation_id))


def _own(scope: Scope, organisation_id: Any) -> ColumnElement[bool]:
    """Of an organisation its own; whoever sees the whole person sees what they do everywhere."""
    if scope.kind == "organisation_id":
        return within(scope, organisation_id=organisation_id)
    return within(Scope("everything"))


def volunteer_with_number(session: Session, volunteer_no: str) -> int:
    """The id of the volunteer with a number, 0 if there is none: a command says so, to those who may know."""
    found = session.scalar(
        select(Volunteer.volunteer_id).where(Volunteer.volunteer_no == volunteer_no.strip())
    )
    return found or 0
