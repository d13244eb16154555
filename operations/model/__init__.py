"""The tables of the operational system, one file per subject. No rule and no query belongs here."""

from .activities import ACTIVITY_STATES, ADMISSIONS, SIGN_UP_STATES, Activity, Shift, ShiftSite, SignUp
from .attendance import CheckIn
from .audit import AuditEntry
from .base import Base, UtcSeconds, utc_now
from .disputes import Dispute, DisputeStep
from .honours import HonourApproval, HonourImport, HonourRecord
from .notices import Notice
from .organisations import Organisation, OrganisationMember
from .people import Card, CardBinding, Consent, Volunteer, VolunteerIdentity
from .places import Area, Device, Heartbeat, Site
from .proofs import Proof, ProofLookUp
from .reviews import ReviewDecision

__all__ = [
    "ACTIVITY_STATES",
    "ADMISSIONS",
    "SIGN_UP_STATES",
    "Activity",
    "Area",
    "AuditEntry",
    "Base",
    "Card",
    "CardBinding",
    "CheckIn",
    "Consent",
    "Device",
    "Dispute",
    "DisputeStep",
    "Heartbeat",
    "HonourApproval",
    "HonourImport",
    "HonourRecord",
    "Notice",
    "Organisation",
    "OrganisationMember",
    "Proof",
    "ProofLookUp",
    "ReviewDecision",
    "Shift",
    "ShiftSite",
    "SignUp",
    "Site",
    "UtcSeconds",
    "Volunteer",
    "VolunteerIdentity",
    "utc_now",
]
