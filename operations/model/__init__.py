"""The tables of the operational system, one file per subject. No rule and no query belongs here."""

from .activities import ACTIVITY_STATES, ADMISSIONS, SIGN_UP_STATES, Activity, Shift, ShiftSite, SignUp
from .attendance import CheckIn, HonourApproval, HonourRecord
from .audit import AuditEntry
from .base import Base, UtcSeconds, utc_now
from .check_in_codes import CheckInSecret, WrongCode
from .notices import Notice
from .organisations import Organisation, OrganisationMember
from .people import Card, CardBinding, Consent, Volunteer, VolunteerIdentity
from .places import Area, Device, Heartbeat, Site

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
    "CheckInSecret",
    "Consent",
    "Device",
    "Heartbeat",
    "HonourApproval",
    "HonourRecord",
    "Notice",
    "Organisation",
    "OrganisationMember",
    "Shift",
    "ShiftSite",
    "SignUp",
    "Site",
    "UtcSeconds",
    "Volunteer",
    "VolunteerIdentity",
    "WrongCode",
    "utc_now",
]
