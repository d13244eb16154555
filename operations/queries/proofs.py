"""Proofs of service as those see them who issue them or are certified, and how often one was looked up."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from operations.access import Action, Scope
from operations.model import Organisation, Proof, ProofLookUp, Volunteer

from .narrowing import Condition
from .paging import Listing, equals
from .visible import held_by


def _visible(scope: Scope) -> Condition:
    return held_by(
        scope,
        Proof.proof_id.expression,
        Proof.organisation_id.expression,
        volunteer_id=Proof.volunteer_id.expression,
    )


PROOFS = Listing(
    name="proofs",
    action=Action.VIEW_PROOFS,
    select=select(
        Proof.proof_id,
        Proof.proof_no,
        case((Proof.revoked_at.is_(None), "issued"), else_="revoked").label("state"),
        Proof.volunteer_id,
        Volunteer.volunteer_no,
        Proof.organisation_id,
        Organisation.name.label("organisation_name"),
        Proof.first_day,
        Proof.last_day,
        Proof.minutes,
        Proof.issued_at,
        Proof.revoked_at,
        Proof.revoked_reason,
        Proof.sha256,
    )
    # Both are always there. Of an outer join the databases leave out what is not asked for.
    .outerjoin(Organisation, Organisation.organisation_id == Proof.organisation_id)
    .outerjoin(Volunteer, Volunteer.volunteer_id == Proof.volunteer_id),
    key=Proof.proof_id,
    visible=_visible,
    sorts={"proof_id": Proof.proof_id},
    default_sort="-proof_id",
    filters={
        "proof_no": equals(Proof.proof_no),
        "volunteer_no": equals(Volunteer.volunteer_no),
        "organisation_id": equals(Proof.organisation_id),
        "state": lambda value: (
            Proof.revoked_at.is_(None) if value == "issued" else Proof.revoked_at.is_not(None)
        ),
    },
    search=(Proof.proof_no, Volunteer.volunteer_no),
)


def look_ups_of(session: Session, proof_id: int) -> dict[str, int]:
    """How often a proof was looked up, by what was answered; ask for the proof itself before."""
    rows = session.execute(
        select(ProofLookUp.outcome, func.count())
        .where(ProofLookUp.proof_id == proof_id)
        .group_by(ProofLookUp.outcome)
        .order_by(ProofLookUp.outcome)
    )
    return {row[0]: row[1] for row in rows}
