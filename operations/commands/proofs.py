"""Proofs of service: issued from what counts, revoked with a reason, and looked up by anybody who has the number.

A proof says what 民函〔2012〕340号 wants. Its figures come from the warehouse through the page that asks for it; what
was certified is kept here. It is never changed; where the figures change afterwards, looking it up says so.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from operations.access import Action, Actor, Where, demand
from operations.local_time import LOCAL
from operations.model import Organisation, Proof, ProofLookUp, Volunteer, VolunteerIdentity
from operations.proof_font import missing_characters
from operations.proof_numbers import new_number, plain_number
from operations.proof_pdf import print_proof, printed_text
from operations.rules import rule

from .identity import masked_name
from .notices import notify
from .permitted import permitted_organisation, permitted_row
from .persons import is_same_person, person_of
from .records import add_unique, audit, find, snapshot
from .refusals import Refused, required_text
from .touched import organisation_touched, parents_of


@dataclass(frozen=True)
class ServiceRow:
    """One row to be certified: a session that counts, as the warehouse shows it, with what it was in words.

    `client` is whom it served (服务对象); `is_frozen`: a dispute about it is not decided.
    """

    session_id: str
    day: date
    organisation_id: int
    minutes: int
    hour_kind: str
    activity: str
    place: str = ""
    client: str = ""
    content: str = ""
    is_frozen: bool = False


@dataclass(frozen=True)
class Signatories:
    """Who answers for a proof, and how they are reached."""

    person_in_charge: str
    handler: str
    contact: str


@dataclass(frozen=True)
class Issued:
    """A proof with its PDF."""

    proof: Proof
    pdf: bytes


@dataclass(frozen=True)
class Certified:
    """Which sessions a proof certified, to be asked for again, and of which organisation each was said to be.

    None: an older proof, which did not keep it.
    """

    volunteer_id: int
    session_ids: tuple[str, ...]
    organisation_ids: tuple[int | None, ...]
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Answer:
    """What anybody may know of a proof: today's truth, and of its owner only what lets a reader compare.

    `outcome`: valid, corrected (today's minutes are others), revoked, unchecked (today's minutes are not to be had), or
    not_found, and then nothing else is set.
    """

    outcome: str
    proof_no: str = ""
    name: str = ""
    organisation: str = ""
    issued_on: date | None = None
    first_day: date | None = None
    last_day: date | None = None
    minutes: int | None = None
    minutes_today: int | None = None
    revoked_on: date | None = None


def issue_proof(
    session: Session,
    actor: Actor,
    *,
    volunteer_id: int,
    organisation_id: int,
    rows: Sequence[ServiceRow],
    signatories: Signatories,
    look_up_base: str,
    at: datetime,
    proof_no: str | None = None,
    reason: str = "",
) -> Issued:
    """Certify service of a volunteer for an organisation or those below it, and return the proof with its PDF.

    `look_up_base` is the address of the page that answers for a number; one is drawn unless `proof_no` is given.
    Issuing looks at the full identity, which the audit log tells. Whose sessions the rows are is what the page says:
    each row's organisation is kept, and looking the proof up counts only sessions that are of it in the warehouse.

    Raises `Refused` without rows, for service that is disputed, of another organisation, or still on public notice
    (rule `proof_notice`), for oneself, without a signatory, or for a name that cannot be printed; `NotAllowed`.
    """
    organisation = permitted_organisation(session, actor, Action.ISSUE_PROOF, organisation_id)
    person = person_of(actor)
    volunteer = find(session, Volunteer, volunteer_id, "volunteer")
    identity = session.get(VolunteerIdentity, volunteer_id)
    if identity is None:
        raise Refused("of this volunteer no name is kept any more: nothing can be certified", "volunteer_id")
    if is_same_person(session, person, volunteer_id):
        raise Refused("nobody certifies their own service: ask another person", "volunteer_id")
    _check_rows(session, rows, organisation_id, at)
    number = proof_no or new_number(at.astimezone(LOCAL).year)
    base = required_text(look_up_base, "look_up_base", 200)
    ordered = sorted(rows, key=lambda row: (row.day, row.session_id))
    content = {
        "proof_no": number,
        "organisation": organisation.name,
        "organisation_code": organisation.uscc or "",
        "person_in_charge": required_text(signatories.person_in_charge, "person_in_charge", 60),
        "handler": required_text(signatories.handler, "handler", 60),
        "contact": required_text(signatories.contact, "contact", 120),
        "issued_on": at.astimezone(LOCAL).date().isoformat(),
        "volunteer_no": volunteer.volunteer_no,
        "first_day": ordered[0].day.isoformat(),
        "last_day": ordered[-1].day.isoformat(),
        "minutes": sum(row.minutes for row in rows),
        "credit_minutes": sum(row.minutes for row in rows if row.hour_kind == "credit"),
        "honour_minutes": sum(row.minutes for row in rows if row.hour_kind == "honour"),
        "look_up_base": base,
        "look_up_address": f"{base}?no={number}",
        "rows": [_row(row) for row in ordered],
    }
    pdf = _printed(content, identity)
    proof = Proof(
        proof_no=number,
        volunteer_id=volunteer_id,
        organisation_id=organisation_id,
        first_day=ordered[0].day,
        last_day=ordered[-1].day,
        minutes=content["minutes"],
        content=content,
        sha256=hashlib.sha256(pdf).hexdigest(),
        issued_by=person,
        issued_at=at,
    )
    add_unique(session, proof, Refused("the number drawn is taken: issue it again", "proof_no"))
    audit(session, actor, Action.ISSUE_PROOF, proof, at=at, reason=reason, after=_without_rows(proof))
    notify(session, "proof_issued", at=at, volunteer_id=volunteer_id, proof_no=number)
    return Issued(proof, pdf)


def print_proof_again(session: Session, actor: Actor, *, proof_id: int, at: datetime, reason: str) -> Issued:
    """The PDF of a proof once more, byte by byte as it was issued; who printed it and why is in the audit log.

    Raises `Refused` if it is revoked, for want of a reason, or if the volunteer's name or document is another one by
    now: then it is revoked and issued anew. `NotAllowed`.
    """
    proof = permitted_row(
        session, actor, Action.ISSUE_PROOF, Proof, proof_id, what="proof", touched=proof_touched
    )
    required_text(reason, "reason", 4000)
    if proof.revoked_at is not None:
        raise Refused("this proof is revoked, and is printed no more", "proof_id")
    identity = session.get(VolunteerIdentity, proof.volunteer_id)
    pdf = b"" if identity is None else _printed(proof.content, identity)
    if hashlib.sha256(pdf).hexdigest() != proof.sha256:
        raise Refused(
            "the name or document of the volunteer is not what was certified: revoke this proof and issue it anew",
            "proof_id",
        )
    audit(session, actor, Action.ISSUE_PROOF, proof, at=at, reason=reason, after=_without_rows(proof))
    return Issued(proof, pdf)


def revoke_proof(session: Session, actor: Actor, *, proof_id: int, at: datetime, reason: str) -> Proof:
    """Declare a proof void, for good; whoever looks it up learns it.

    Raises `Refused` if it is revoked already or for want of a reason; `NotAllowed`.
    """
    proof = permitted_row(
        session, actor, Action.REVOKE_PROOF, Proof, proof_id, what="proof", touched=proof_touched
    )
    person = person_of(actor)
    why = required_text(reason, "reason", 4000)
    if proof.revoked_at is not None:
        raise Refused("this proof is revoked already", "proof_id")
    before = _without_rows(proof)
    proof.revoked_at, proof.revoked_by, proof.revoked_reason = at, person, why
    audit(
        session,
        actor,
        Action.REVOKE_PROOF,
        proof,
        at=at,
        reason=why,
        before=before,
        after=_without_rows(proof),
    )
    notify(session, "proof_revoked", at=at, volunteer_id=proof.volunteer_id, proof_no=proof.proof_no)
    return proof


def look_up_proof(
    session: Session,
    actor: Actor,
    *,
    typed: str,
    at: datetime,
    minutes_today: Callable[[Certified], int | None],
) -> Answer:
    """Say what is true today of the proof with a number, and write down that it was asked for.

    `minutes_today` tells how many minutes of the certified sessions, of the organisations that they were certified
    for, count now, None if that is not to be had. A text
    that cannot be a number is answered and not kept: it could be anything, an identity number too.

    Raises `NotAllowed`.
    """
    demand(actor, Action.LOOK_UP_PROOF, Where())
    number = plain_number(typed)
    proof = None if number is None else session.scalar(select(Proof).where(Proof.proof_no == number))
    answer = Answer("not_found") if proof is None else _answer(session, proof, minutes_today)
    kept = ProofLookUp(
        proof_no=number or "",
        proof_id=None if proof is None else proof.proof_id,
        outcome=answer.outcome,
        minutes_today=answer.minutes_today,
        looked_up_at=at,
    )
    session.add(kept)
    audit(session, actor, Action.LOOK_UP_PROOF, kept, at=at)
    return answer


def certified(proof: Proof) -> Certified:
    """Which sessions a proof certified."""
    rows = proof.content["rows"]
    return Certified(
        proof.volunteer_id,
        tuple(row["session_id"] for row in rows),
        tuple(row.get("organisation_id") for row in rows),
        proof.first_day,
        proof.last_day,
    )


def proof_touched(session: Session, proof: Proof) -> Where:
    """Where the organisation stands that issued it, and whose service it is."""
    organisation = find(session, Organisation, proof.organisation_id, "organisation")
    return organisation_touched(session, organisation, proof.volunteer_id)


def _answer(session: Session, proof: Proof, minutes_today: Callable[[Certified], int | None]) -> Answer:
    revoked_on = proof.revoked_at.astimezone(LOCAL).date() if proof.revoked_at else None
    today = None if revoked_on else minutes_today(certified(proof))
    if revoked_on:
        outcome = "revoked"
    elif today is None:
        outcome = "unchecked"
    else:
        outcome = "valid" if today == proof.minutes else "corrected"
    identity = session.get(VolunteerIdentity, proof.volunteer_id)
    return Answer(
        outcome=outcome,
        proof_no=proof.proof_no,
        name="" if identity is None else masked_name(identity.full_name),
        organisation=proof.content["organisation"],
        issued_on=proof.issued_at.astimezone(LOCAL).date(),
        first_day=proof.first_day,
        last_day=proof.last_day,
        minutes=proof.minutes,
        minutes_today=today,
        revoked_on=revoked_on,
    )


def _check_rows(session: Session, rows: Sequence[ServiceRow], organisation_id: int, at: datetime) -> None:
    if not rows:
        raise Refused("there is no service to certify: choose at least one row", "rows")
    if len(rows) > (most := rule("proof_rows_limit", at)):
        raise Refused(f"a proof has at most {most} rows: certify a shorter period", "rows")
    if len({row.session_id for row in rows}) < len(rows):
        raise Refused("a session is certified once in a proof: open the list anew", "rows")
    notice = rule("proof_notice", at)
    today = at.astimezone(LOCAL).date()
    issuers: dict[int, bool] = {}
    for row in rows:
        if row.minutes < 1:
            raise Refused(f"the service of {row.day} has no minutes that count", "rows")
        if row.is_frozen:
            raise Refused(f"the service of {row.day} is disputed: wait for the decision", "rows")
        if (today - row.day).days < notice:
            raise Refused(f"the service of {row.day} is on public notice for {notice} days", "rows")
        if row.organisation_id not in issuers:
            issuers[row.organisation_id] = organisation_id in (
                row.organisation_id,
                *parents_of(session, row.organisation_id),
            )
        if not issuers[row.organisation_id]:
            raise Refused(
                f"the service of {row.day} was for another organisation, which certifies it", "rows"
            )


def _row(row: ServiceRow) -> dict[str, Any]:
    return {
        "session_id": row.session_id,
        "organisation_id": row.organisation_id,
        "day": row.day.isoformat(),
        "activity": required_text(row.activity, "activity", 160),
        "place": row.place.strip(),
        "client": row.client.strip(),
        "content": row.content.strip(),
        "minutes": row.minutes,
        "hour_kind": row.hour_kind,
    }


def _printed(content: dict[str, Any], identity: VolunteerIdentity) -> bytes:
    missing = missing_characters(printed_text(content) + identity.full_name + identity.id_number)
    if missing:
        raise Refused(f"these characters cannot be printed: {missing}. Write them otherwise", "rows")
    return print_proof(
        content, full_name=identity.full_name, id_type=identity.id_type, id_number=identity.id_number
    )


def _without_rows(proof: Proof) -> dict[str, Any]:
    """A proof for the audit log: its content is kept with it and can be long."""
    return {name: value for name, value in snapshot(proof).items() if name != "content"}
