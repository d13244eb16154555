"""The tables of the operational system, one file per subject. No rule and no query belongs here."""

from .accounts import GRANTABLE_ROLES, Account, RoleGrant, SignIn
from .activities import ACTIVITY_STATES, ADMISSIONS, SIGN_UP_STATES, Activity, Shift, ShiftSite, SignUp
from .attendance import CheckIn
from .audit import AuditEntry
from .base import Base, UtcSeconds, utc_now
from .check_in_codes import CheckInSecret, WrongCode
from .disputes import Dispute, DisputeStep
from .honours import HonourApproval, HonourImport, HonourRecord
from .mall import (
    DELIVERY_WAYS,
    ITEM_CATEGORIES,
    ITEM_STATES,
    STOCK_MOVE_KINDS,
    SUPPLIER_STATES,
    MallCartLine,
    MallItem,
    MallPicture,
    MallSettlement,
    MallStockMove,
    MallSupplier,
)
from .mall_orders import (
    ORDER_STATES,
    MallDeliveryAddress,
    MallOrder,
    MallOrderLine,
    MallPickUpCode,
    MallRefund,
    MallRefundLine,
)
from .notices import Notice
from .organisations import Organisation, OrganisationDocument, OrganisationMember
from .people import Card, CardBinding, Consent, Volunteer, VolunteerIdentity
from .places import Area, Device, FormerPlacement, Heartbeat, Site
from .point_adjustments import ADJUSTMENT_STATES, PointAdjustment
from .point_holds import HOLD_STATES, PointHold, PointHoldLot
from .points import (
    ACCOUNT_KINDS,
    TRANSFER_KINDS,
    PointAccount,
    PointLink,
    PointLot,
    PointLotMove,
    PointPeriod,
    PointSettlement,
    PointTransfer,
)
from .proofs import Proof, ProofLookUp
from .reviews import ReviewDecision
from .shop_settlements import ShopSettlement, ShopSettlementLine
from .shops import (
    REDEMPTION_STATES,
    REDEMPTION_WAYS,
    SHOP_STATES,
    CharityShop,
    PaymentCode,
    PreAuthorisation,
    RefusedRedemption,
    ShopCode,
    ShopRedemption,
    ShopRefund,
    ShopTerminal,
)
from .volunteer_profiles import Ban, DuplicateCandidate, Guardian, VolunteerInterest, VolunteerSkill

__all__ = [
    "ACCOUNT_KINDS",
    "ACTIVITY_STATES",
    "ADJUSTMENT_STATES",
    "ADMISSIONS",
    "DELIVERY_WAYS",
    "GRANTABLE_ROLES",
    "HOLD_STATES",
    "ITEM_CATEGORIES",
    "ITEM_STATES",
    "ORDER_STATES",
    "REDEMPTION_STATES",
    "REDEMPTION_WAYS",
    "SHOP_STATES",
    "SIGN_UP_STATES",
    "STOCK_MOVE_KINDS",
    "SUPPLIER_STATES",
    "TRANSFER_KINDS",
    "Account",
    "Activity",
    "Area",
    "AuditEntry",
    "Ban",
    "Base",
    "Card",
    "CardBinding",
    "CharityShop",
    "CheckIn",
    "CheckInSecret",
    "Consent",
    "Device",
    "Dispute",
    "DisputeStep",
    "DuplicateCandidate",
    "FormerPlacement",
    "Guardian",
    "Heartbeat",
    "HonourApproval",
    "HonourImport",
    "HonourRecord",
    "MallCartLine",
    "MallDeliveryAddress",
    "MallItem",
    "MallOrder",
    "MallOrderLine",
    "MallPickUpCode",
    "MallPicture",
    "MallRefund",
    "MallRefundLine",
    "MallSettlement",
    "MallStockMove",
    "MallSupplier",
    "Notice",
    "Organisation",
    "OrganisationDocument",
    "OrganisationMember",
    "PaymentCode",
    "PointAccount",
    "PointAdjustment",
    "PointHold",
    "PointHoldLot",
    "PointLink",
    "PointLot",
    "PointLotMove",
    "PointPeriod",
    "PointSettlement",
    "PointTransfer",
    "PreAuthorisation",
    "Proof",
    "ProofLookUp",
    "RefusedRedemption",
    "ReviewDecision",
    "RoleGrant",
    "Shift",
    "ShiftSite",
    "ShopCode",
    "ShopRedemption",
    "ShopRefund",
    "ShopSettlement",
    "ShopSettlementLine",
    "ShopTerminal",
    "SignIn",
    "SignUp",
    "Site",
    "UtcSeconds",
    "Volunteer",
    "VolunteerIdentity",
    "VolunteerInterest",
    "VolunteerSkill",
    "WrongCode",
    "utc_now",
]
