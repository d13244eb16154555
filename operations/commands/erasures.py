"""Forgetting who somebody is, on request, while what they did stays counted under their number.

The law lets a person demand it (个人信息保护法 article 47), and wants the record of service kept (志愿服务记录与证明
出具办法): so the identity, the ways to reach the person, the name that was shown, the positions and what the person
said of themselves go, and the number, the district and the service stay.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Role
from operations.model import (
    Account,
    CardBinding,
    CheckIn,
    Consent,
    Dispute,
    DuplicateCandidate,
    Guardian,
    MallCartLine,
    MallDeliveryAddress,
    Notice,
    Organisation,
    OrganisationMember,
    PaymentCode,
    Shift,
    SignUp,
    Volunteer,
    VolunteerIdentity,
    VolunteerInterest,
    VolunteerSkill,
)
from operations.queries.roles import standing_grants

from .accounts import end_sign_ins
from .life_cycle import lock_shift
from .mall_fulfilment import cancel_orders_of
from .memberships import check_administrator_stays
from .permitted import permitted_volunteer
from .places_taken import STANDING, decide
from .records import audit, lock, snapshot
from .refusals import Refused, required_text
from .sign_ups import after_change


def erase_volunteer(
    session: Session, actor: Actor, *, volunteer_id: int, at: datetime, reason: str = ""
) -> Volunteer:
    """Erase who a volunteer is, and return the record that stays; records merged into it forget as well.

    Cards are theirs no longer from `at` on, memberships end, sign-ups for what has not begun and orders that wait are
    cancelled, consents are withdrawn. Earlier taps and check-ins stay the record's. It cannot be taken back.

    Raises `Refused` for a record that is erased or merged, while a dispute is open or a role of the administration is
    held, for the only administrator of an organisation, and without a reason if somebody else asks; `NotAllowed`.
    """
    volunteer = permitted_volunteer(session, actor, Action.ERASE_VOLUNTEER, volunteer_id)
    why = reason.strip() if actor.role is Role.VOLUNTEER else required_text(reason, "reason", 4000)
    if volunteer.status not in ("active", "banned"):
        raise Refused(f"this record is {volunteer.status}: there is nobody to forget", "volunteer_id")
    _check_no_dispute(session, volunteer_id)
    before = {"status": volunteer.status}
    ended = {
        "accounts": _close_accounts(session, volunteer, at),
        "memberships": _leave_organisations(session, actor, volunteer_id, why, at),
        "card_bindings": _give_cards_back(session, actor, volunteer_id, why, at),
        "sign_ups": _cancel_sign_ups(session, actor, volunteer_id, why, at),
        "orders": cancel_orders_of(
            session,
            actor,
            volunteer_id,
            action=Action.ERASE_VOLUNTEER,
            at=at,
            reason=why or "erased on request",
        ),
        "consents": _withdraw_consents(session, volunteer_id, at),
    }
    _forget(session, volunteer_id)
    session.refresh(volunteer)
    volunteer.status, volunteer.display_name, volunteer.available_time = "erased", None, None
    after = {"status": "erased", **ended}
    audit(session, actor, Action.ERASE_VOLUNTEER, volunteer, at=at, reason=why, before=before, after=after)
    return volunteer


def _check_no_dispute(session: Session, volunteer_id: int) -> None:
    """Who is forgotten cannot be answered."""
    undecided = select(Dispute.dispute_id).where(
        Dispute.volunteer_id == volunteer_id, Dispute.status.in_(("open", "appealed"))
    )
    if session.scalar(undecided.limit(1)) is not None:
        raise Refused("a dispute of this person is open: have it answered or withdrawn first", "volunteer_id")


def _leave_organisations(session: Session, actor: Actor, volunteer_id: int, why: str, at: datetime) -> int:
    members = session.scalars(
        select(OrganisationMember)
        .where(OrganisationMember.volunteer_id == volunteer_id, OrganisationMember.left_at.is_(None))
        .order_by(OrganisationMember.organisation_id)
    ).all()
    for member in members:
        organisation = lock(session, Organisation, member.organisation_id, "organisation")
        check_administrator_stays(session, organisation, member)
        before = snapshot(member)
        member.left_at = max(at, member.joined_at)
        audit(session, actor, Action.ERASE_VOLUNTEER, member, at=at, reason=why, before=before)
    return len(members)


def _give_cards_back(session: Session, actor: Actor, volunteer_id: int, why: str, at: datetime) -> int:
    bindings = session.scalars(
        select(CardBinding).where(CardBinding.volunteer_id == volunteer_id, CardBinding.bound_to.is_(None))
    ).all()
    for binding in bindings:
        before = snapshot(binding)
        # A binding lasts a second at least.
        binding.bound_to = max(at, binding.bound_from + timedelta(seconds=1))
        audit(session, actor, Action.ERASE_VOLUNTEER, binding, at=at, reason=why, before=before)
    return len(bindings)


def _cancel_sign_ups(session: Session, actor: Actor, volunteer_id: int, why: str, at: datetime) -> int:
    sign_ups = session.scalars(
        select(SignUp)
        .join(Shift, Shift.shift_id == SignUp.shift_id)
        .where(SignUp.volunteer_id == volunteer_id, SignUp.status.in_(STANDING), Shift.starts_at > at)
        .order_by(SignUp.shift_id)
    ).all()
    for one in sign_ups:
        shift, activity = lock_shift(session, one.shift_id)
        before = snapshot(one)
        decide(one, "cancelled", by=actor.name, at=at, reason="erased on request")
        after_change(session, activity, shift, at=at)
        audit(session, actor, Action.ERASE_VOLUNTEER, one, at=at, reason=why, before=before)
    return len(sign_ups)


def _close_accounts(session: Session, volunteer: Volunteer, at: datetime) -> int:
    """Let nobody sign in as this person any more; an account keeps the name that the audit log knows it by."""
    theirs = [Account.volunteer_id == volunteer.volunteer_id]
    if volunteer.identity is not None:
        theirs.append(Account.id_number == volunteer.identity.id_number)
    accounts = session.scalars(
        select(Account).where(or_(*theirs)).order_by(Account.account_id).with_for_update()
    ).all()
    if standing_grants(session, [account.account_id for account in accounts]):
        raise Refused(
            "this person holds a role of the administration: have it withdrawn first", "volunteer_id"
        )
    for account in accounts:
        account.disabled_at = account.disabled_at or at
        account.full_name, account.id_number, account.oidc_subject = volunteer.volunteer_no, None, None
        account.password_hash = None
        end_sign_ins(session, account.account_id, at)
    return len(accounts)


def _withdraw_consents(session: Session, volunteer_id: int, at: datetime) -> int:
    standing = session.scalars(
        select(Consent).where(Consent.volunteer_id == volunteer_id, Consent.withdrawn_at.is_(None))
    ).all()
    for consent in standing:
        consent.withdrawn_at = at
    return len(standing)


def _forget(session: Session, volunteer_id: int) -> None:
    """Delete what tells who the person of these records is, and where they were to the metre."""
    session.flush()
    of_person = select(Volunteer.volunteer_id).where(
        or_(Volunteer.volunteer_id == volunteer_id, Volunteer.merged_into_volunteer_id == volunteer_id)
    )
    for model in (
        VolunteerIdentity,
        VolunteerSkill,
        VolunteerInterest,
        Guardian,
        MallCartLine,
        MallDeliveryAddress,
    ):
        session.execute(delete(model).where(model.volunteer_id.in_(of_person)))
    # A code that was used stays with what it bought.
    unused = PaymentCode.volunteer_id.in_(of_person) & PaymentCode.used_at.is_(None)
    session.execute(delete(PaymentCode).where(unused))
    session.execute(delete(Notice).where(Notice.volunteer_id.in_(of_person), Notice.delivered_at.is_(None)))
    candidates = or_(
        DuplicateCandidate.volunteer_id.in_(of_person), DuplicateCandidate.other_volunteer_id.in_(of_person)
    )
    session.execute(delete(DuplicateCandidate).where(candidates))
    nowhere: dict[str, Any] = {
        "received_lon": None,
        "received_lat": None,
        "position_system": None,
        "accuracy_m": None,
    }
    session.execute(update(CheckIn).where(CheckIn.volunteer_id.in_(of_person)).values(nowhere))
    session.expire_all()
