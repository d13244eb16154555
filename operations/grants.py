"""What can be asked for, and which roles hold it: the table behind `operations.access`.

Here: actions and the roles that are granted each, by subject. Never here: where a role holds it (access.py).
"""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """What somebody acts as.

    The administrations of a level-3 system (等保三级) are three roles that no account holds two of: the system
    administrator makes accounts, the security administrator grants roles, the auditor reads the audit log.
    """

    CITY_ADMINISTRATOR = "city_administrator"
    DISTRICT_ADMINISTRATOR = "district_administrator"
    TOWNSHIP_ADMINISTRATOR = "township_administrator"
    ORGANISATION_ADMINISTRATOR = "organisation_administrator"
    SYSTEM_ADMINISTRATOR = "system_administrator"
    SECURITY_ADMINISTRATOR = "security_administrator"
    AUDITOR = "auditor"
    ANALYST = "analyst"
    OFFICIAL = "official"
    VOLUNTEER = "volunteer"
    VISITOR = "visitor"
    DEVICE = "device"
    SHOP_TERMINAL = "shop_terminal"
    SYSTEM = "system"


class Action(StrEnum):
    """What can be asked for; each command asks for the action of its own name, each list for a `view_…`."""

    # Organisations and who belongs to them
    REGISTER_ORGANISATION = "register_organisation"
    APPLY_FOR_ORGANISATION = "apply_for_organisation"
    APPROVE_ORGANISATION = "approve_organisation"
    RETURN_ORGANISATION = "return_organisation"
    UPDATE_ORGANISATION = "update_organisation"
    SUSPEND_ORGANISATION = "suspend_organisation"
    REINSTATE_ORGANISATION = "reinstate_organisation"
    STRIKE_OFF_ORGANISATION = "strike_off_organisation"
    APPOINT_ADMINISTRATOR = "appoint_administrator"
    DISMISS_ADMINISTRATOR = "dismiss_administrator"
    JOIN_ORGANISATION = "join_organisation"
    LEAVE_ORGANISATION = "leave_organisation"
    REMOVE_MEMBER = "remove_member"
    VIEW_ORGANISATIONS = "view_organisations"
    # Volunteers
    REGISTER_VOLUNTEER = "register_volunteer"
    UPDATE_VOLUNTEER = "update_volunteer"
    NAME_GUARDIAN = "name_guardian"
    BAN_VOLUNTEER = "ban_volunteer"
    LIFT_BAN = "lift_ban"
    MERGE_VOLUNTEERS = "merge_volunteers"
    GIVE_CONSENT = "give_consent"
    WITHDRAW_CONSENT = "withdraw_consent"
    EXPORT_VOLUNTEER = "export_volunteer"
    ERASE_VOLUNTEER = "erase_volunteer"
    REVEAL_IDENTITY = "reveal_identity"
    VIEW_VOLUNTEERS = "view_volunteers"
    # Sites, devices, cards
    REGISTER_SITE = "register_site"
    UPDATE_SITE = "update_site"
    MOVE_SITE = "move_site"
    CLOSE_SITE = "close_site"
    REOPEN_SITE = "reopen_site"
    VIEW_SITES = "view_sites"
    REGISTER_DEVICE = "register_device"
    MOVE_DEVICE = "move_device"
    SET_DIRECTED = "set_directed"
    REPLACE_DEVICE = "replace_device"
    RETIRE_DEVICE = "retire_device"
    RECORD_HEARTBEAT = "record_heartbeat"
    VIEW_DEVICES = "view_devices"
    BIND_CARD = "bind_card"
    REPORT_CARD_LOST = "report_card_lost"
    REISSUE_CARD = "reissue_card"
    REPORT_CARD_FOUND = "report_card_found"
    EXTEND_BINDING = "extend_binding"
    UNBIND_CARD = "unbind_card"
    VIEW_CARDS = "view_cards"
    # Activities and sign-ups
    DRAFT_ACTIVITY = "draft_activity"
    UPDATE_ACTIVITY = "update_activity"
    REPEAT_ACTIVITY = "repeat_activity"
    SUBMIT_ACTIVITY = "submit_activity"
    APPROVE_ACTIVITY = "approve_activity"
    RETURN_ACTIVITY = "return_activity"
    PUBLISH_ACTIVITY = "publish_activity"
    OPEN_RECRUITMENT = "open_recruitment"
    ADVANCE_ACTIVITIES = "advance_activities"
    CLOSE_ACTIVITY = "close_activity"
    CANCEL_ACTIVITY = "cancel_activity"
    CANCEL_SHIFT = "cancel_shift"
    SHOW_CHECK_IN_CODE = "show_check_in_code"
    VIEW_ACTIVITIES = "view_activities"
    SIGN_UP = "sign_up"
    INVITE = "invite"
    CONFIRM_SIGN_UP = "confirm_sign_up"
    DECLINE_SIGN_UP = "decline_sign_up"
    ACCEPT_OFFER = "accept_offer"
    DECLINE_OFFER = "decline_offer"
    EXPIRE_OFFERS = "expire_offers"
    CANCEL_SIGN_UP = "cancel_sign_up"
    RECORD_NO_SHOW = "record_no_show"
    LIFT_NO_SHOW = "lift_no_show"
    VIEW_SIGN_UPS = "view_sign_ups"
    # Attendance, records, reviews, disputes, proofs
    CHECK_IN = "check_in"
    CHECK_OUT = "check_out"
    VIEW_ATTENDANCE = "view_attendance"
    ENTER_HONOUR_RECORD = "enter_honour_record"
    APPROVE_HONOUR_RECORD = "approve_honour_record"
    WITHDRAW_HONOUR_APPROVAL = "withdraw_honour_approval"
    VIEW_HONOUR_RECORDS = "view_honour_records"
    REVIEW_MINUTES = "review_minutes"
    VIEW_REVIEWS = "view_reviews"
    OPEN_DISPUTE = "open_dispute"
    ANSWER_DISPUTE = "answer_dispute"
    APPEAL_DISPUTE = "appeal_dispute"
    DECIDE_APPEAL = "decide_appeal"
    WITHDRAW_DISPUTE = "withdraw_dispute"
    VIEW_DISPUTES = "view_disputes"
    ISSUE_PROOF = "issue_proof"
    REVOKE_PROOF = "revoke_proof"
    LOOK_UP_PROOF = "look_up_proof"
    VIEW_PROOFS = "view_proofs"
    # Points
    HOLD_POINTS = "hold_points"
    POST_HOLD = "post_hold"
    VOID_HOLD = "void_hold"
    TIME_OUT_HOLDS = "time_out_holds"
    REVERSE_TRANSFER = "reverse_transfer"
    SETTLE_POINTS = "settle_points"
    NOTIFY_OF_EXPIRY = "notify_of_expiry"
    EXPIRE_POINTS = "expire_points"
    CLOSE_PERIOD = "close_period"
    VIEW_POINTS = "view_points"
    VIEW_POINT_TOTALS = "view_point_totals"
    ASK_FOR_ADJUSTMENT = "ask_for_adjustment"
    DECIDE_ADJUSTMENT = "decide_adjustment"
    VIEW_ADJUSTMENTS = "view_adjustments"
    # Charity shops
    REGISTER_SHOP = "register_shop"
    UPDATE_SHOP = "update_shop"
    CLOSE_SHOP = "close_shop"
    REOPEN_SHOP = "reopen_shop"
    REGISTER_TERMINAL = "register_terminal"
    RENEW_TERMINAL_KEY = "renew_terminal_key"
    RETIRE_TERMINAL = "retire_terminal"
    VIEW_SHOPS = "view_shops"
    ISSUE_PAYMENT_CODE = "issue_payment_code"
    MAKE_SHOP_CODE = "make_shop_code"
    END_SHOP_CODE = "end_shop_code"
    REDEEM_BY_CODE = "redeem_by_code"
    PAY_AT_SHOP = "pay_at_shop"
    HAND_OUT_GOODS = "hand_out_goods"
    REFUND_REDEMPTION = "refund_redemption"
    PRE_AUTHORISE = "pre_authorise"
    UPLOAD_REDEMPTIONS = "upload_redemptions"
    END_PRE_AUTHORISATION = "end_pre_authorisation"
    VIEW_REDEMPTIONS = "view_redemptions"
    SETTLE_SHOP = "settle_shop"
    VIEW_SHOP_SETTLEMENTS = "view_shop_settlements"
    # The mall
    REGISTER_SUPPLIER = "register_supplier"
    UPDATE_SUPPLIER = "update_supplier"
    END_SUPPLIER = "end_supplier"
    ADD_ITEM = "add_item"
    UPDATE_ITEM = "update_item"
    SET_ITEM_PICTURE = "set_item_picture"
    PUT_ON_SALE = "put_on_sale"
    TAKE_OFF_SALE = "take_off_sale"
    RECEIVE_STOCK = "receive_stock"
    CORRECT_STOCK = "correct_stock"
    VIEW_MALL = "view_mall"
    PUT_IN_CART = "put_in_cart"
    REMOVE_FROM_CART = "remove_from_cart"
    PLACE_ORDER = "place_order"
    RENEW_PICK_UP_CODE = "renew_pick_up_code"
    CANCEL_ORDER = "cancel_order"
    FULFIL_ORDER = "fulfil_order"
    HAND_OUT_ORDER = "hand_out_order"
    EXPIRE_ORDERS = "expire_orders"
    REFUND_ORDER = "refund_order"
    VIEW_ORDERS = "view_orders"
    REVEAL_DELIVERY_ADDRESSES = "reveal_delivery_addresses"
    FORGET_ADDRESSES = "forget_addresses"
    CLOSE_SUPPLIER_MONTH = "close_supplier_month"
    VIEW_SUPPLIER_MONTHS = "view_supplier_months"
    # Notices
    MARK_NOTICE_DELIVERED = "mark_notice_delivered"
    VIEW_NOTICES = "view_notices"
    # Accounts, the audit log, the pages
    SIGN_IN = "sign_in"
    REFUSE_SIGN_IN = "refuse_sign_in"
    LOCK_ACCOUNT = "lock_account"
    SIGN_OUT = "sign_out"
    CHOOSE_ROLE = "choose_role"
    CREATE_ACCOUNT = "create_account"
    UPDATE_ACCOUNT = "update_account"
    DISABLE_ACCOUNT = "disable_account"
    ENABLE_ACCOUNT = "enable_account"
    RESET_PASSWORD = "reset_password"
    CHANGE_PASSWORD = "change_password"
    GRANT_ROLE = "grant_role"
    WITHDRAW_ROLE = "withdraw_role"
    VIEW_ACCOUNTS = "view_accounts"
    VIEW_AUDIT_LOG = "view_audit_log"
    EXPORT_LIST = "export_list"
    VIEW_REJECTED_TAPS = "view_rejected_taps"
    WATCH_ADMINISTRATORS = "watch_administrators"
    VIEW_DASHBOARDS = "view_dashboards"


_AREA = frozenset({Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR, Role.TOWNSHIP_ADMINISTRATOR})
_CITY = frozenset({Role.CITY_ADMINISTRATOR})
_HOST = frozenset({Role.ORGANISATION_ADMINISTRATOR})
_OWN = frozenset({Role.VOLUNTEER})
_ANYBODY = frozenset({Role.VISITOR, Role.VOLUNTEER})
_CLOCK: frozenset[Role] = frozenset()  # nobody but the product itself, which holds all
_MAKES_ACCOUNTS = frozenset({Role.SYSTEM_ADMINISTRATOR})
_GRANTS_ROLES = frozenset({Role.SECURITY_ADMINISTRATOR})
_AUDITS = frozenset({Role.AUDITOR})
# Who may look at the service records without changing them. Analysts work on the warehouse, which knows nobody.
_LOOKS = _AREA | _HOST | {Role.OFFICIAL}
_TERMINAL = frozenset({Role.SHOP_TERMINAL})
_SIGNED_IN = frozenset(Role) - {Role.VISITOR, Role.DEVICE, Role.SHOP_TERMINAL}
# Also who signed in and holds no role yet, and acts as a visitor.
_HAS_ACCOUNT = _SIGNED_IN | {Role.VISITOR}

GRANTED: dict[Action, frozenset[Role]] = {
    Action.REGISTER_ORGANISATION: _AREA,
    Action.APPLY_FOR_ORGANISATION: _HOST | _ANYBODY,
    Action.APPROVE_ORGANISATION: _AREA,
    Action.RETURN_ORGANISATION: _AREA,
    Action.UPDATE_ORGANISATION: _AREA | _HOST,
    Action.SUSPEND_ORGANISATION: _AREA,
    Action.REINSTATE_ORGANISATION: _AREA,
    Action.STRIKE_OFF_ORGANISATION: _AREA,
    Action.APPOINT_ADMINISTRATOR: _AREA | _HOST,
    Action.DISMISS_ADMINISTRATOR: _AREA | _HOST,
    Action.JOIN_ORGANISATION: _AREA | _HOST | _OWN,
    Action.LEAVE_ORGANISATION: _OWN,
    Action.REMOVE_MEMBER: _AREA | _HOST,
    Action.VIEW_ORGANISATIONS: _LOOKS,
    Action.REGISTER_VOLUNTEER: _AREA | _HOST | {Role.VISITOR},
    Action.UPDATE_VOLUNTEER: _AREA | _OWN,
    Action.NAME_GUARDIAN: _AREA | _OWN,
    Action.BAN_VOLUNTEER: _AREA,
    Action.LIFT_BAN: _AREA,
    Action.MERGE_VOLUNTEERS: _AREA,
    Action.GIVE_CONSENT: _AREA | _OWN,
    Action.WITHDRAW_CONSENT: _AREA | _OWN,
    Action.EXPORT_VOLUNTEER: _AREA | _OWN,
    Action.ERASE_VOLUNTEER: _AREA | _OWN,
    Action.REVEAL_IDENTITY: _AREA,
    Action.VIEW_VOLUNTEERS: _AREA | _HOST,
    Action.REGISTER_SITE: _AREA | _HOST,
    Action.UPDATE_SITE: _AREA | _HOST,
    Action.MOVE_SITE: _AREA | _HOST,
    Action.CLOSE_SITE: _AREA | _HOST,
    Action.REOPEN_SITE: _AREA | _HOST,
    Action.VIEW_SITES: _LOOKS,
    Action.REGISTER_DEVICE: _AREA,
    Action.MOVE_DEVICE: _AREA,
    Action.SET_DIRECTED: _AREA,
    Action.REPLACE_DEVICE: _AREA,
    Action.RETIRE_DEVICE: _AREA,
    Action.RECORD_HEARTBEAT: frozenset({Role.DEVICE}),
    Action.VIEW_DEVICES: _AREA | {Role.OFFICIAL},
    Action.BIND_CARD: _AREA,
    Action.REPORT_CARD_LOST: _AREA | _OWN,
    Action.REISSUE_CARD: _AREA,
    Action.REPORT_CARD_FOUND: _AREA,
    Action.EXTEND_BINDING: _AREA,
    Action.UNBIND_CARD: _AREA,
    Action.VIEW_CARDS: _AREA,
    Action.DRAFT_ACTIVITY: _AREA | _HOST,
    Action.UPDATE_ACTIVITY: _AREA | _HOST,
    Action.REPEAT_ACTIVITY: _AREA | _HOST,
    Action.SUBMIT_ACTIVITY: _AREA | _HOST,
    Action.APPROVE_ACTIVITY: _AREA,
    Action.RETURN_ACTIVITY: _AREA,
    Action.PUBLISH_ACTIVITY: _AREA | _HOST,
    Action.OPEN_RECRUITMENT: _AREA | _HOST,
    Action.ADVANCE_ACTIVITIES: _CLOCK,
    Action.CLOSE_ACTIVITY: _AREA | _HOST,
    Action.CANCEL_ACTIVITY: _AREA | _HOST,
    Action.CANCEL_SHIFT: _AREA | _HOST,
    Action.SHOW_CHECK_IN_CODE: _HOST,
    Action.VIEW_ACTIVITIES: _LOOKS,
    Action.SIGN_UP: _HOST | _OWN,
    Action.INVITE: _HOST,
    Action.CONFIRM_SIGN_UP: _HOST,
    Action.DECLINE_SIGN_UP: _HOST,
    Action.ACCEPT_OFFER: _OWN,
    Action.DECLINE_OFFER: _OWN,
    Action.EXPIRE_OFFERS: _CLOCK,
    Action.CANCEL_SIGN_UP: _HOST | _OWN,
    Action.RECORD_NO_SHOW: _HOST,
    Action.LIFT_NO_SHOW: _AREA | _HOST,
    Action.VIEW_SIGN_UPS: _AREA | _HOST,
    Action.CHECK_IN: _OWN,
    Action.CHECK_OUT: _OWN,
    Action.VIEW_ATTENDANCE: _AREA | _HOST,
    Action.ENTER_HONOUR_RECORD: _HOST,
    Action.APPROVE_HONOUR_RECORD: _AREA | _HOST,
    Action.WITHDRAW_HONOUR_APPROVAL: _AREA | _HOST,
    Action.VIEW_HONOUR_RECORDS: _AREA | _HOST,
    Action.REVIEW_MINUTES: _AREA | _HOST,
    Action.VIEW_REVIEWS: _AREA | _HOST,
    Action.OPEN_DISPUTE: _OWN | _AREA | _HOST,
    Action.ANSWER_DISPUTE: _AREA | _HOST,
    Action.APPEAL_DISPUTE: _OWN,
    Action.DECIDE_APPEAL: _AREA,
    Action.WITHDRAW_DISPUTE: _OWN,
    Action.VIEW_DISPUTES: _AREA | _HOST | _OWN,
    Action.ISSUE_PROOF: _AREA | _HOST,
    Action.REVOKE_PROOF: _AREA | _HOST,
    Action.LOOK_UP_PROOF: _ANYBODY,
    Action.VIEW_PROOFS: _AREA | _HOST | _OWN,
    Action.HOLD_POINTS: _OWN,
    Action.POST_HOLD: _CLOCK,
    Action.VOID_HOLD: _CLOCK,
    Action.TIME_OUT_HOLDS: _CLOCK,
    Action.REVERSE_TRANSFER: frozenset({Role.CITY_ADMINISTRATOR}),
    Action.SETTLE_POINTS: _CLOCK,
    Action.NOTIFY_OF_EXPIRY: _CLOCK,
    Action.EXPIRE_POINTS: _CLOCK,
    Action.CLOSE_PERIOD: frozenset({Role.CITY_ADMINISTRATOR}),
    Action.VIEW_POINTS: _AREA | _OWN | _AUDITS,
    # Sums over a district or the city, without anybody's name.
    Action.VIEW_POINT_TOTALS: (_AREA - {Role.TOWNSHIP_ADMINISTRATOR})
    | _AUDITS
    | {Role.OFFICIAL, Role.ANALYST},
    Action.ASK_FOR_ADJUSTMENT: frozenset({Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR}),
    Action.DECIDE_ADJUSTMENT: frozenset({Role.CITY_ADMINISTRATOR}),
    Action.VIEW_ADJUSTMENTS: frozenset({Role.CITY_ADMINISTRATOR, Role.DISTRICT_ADMINISTRATOR}) | _AUDITS,
    Action.REGISTER_SHOP: _AREA,
    Action.UPDATE_SHOP: _AREA,
    Action.CLOSE_SHOP: _AREA,
    Action.REOPEN_SHOP: _AREA,
    Action.REGISTER_TERMINAL: _AREA,
    Action.RENEW_TERMINAL_KEY: _AREA | _HOST,
    Action.RETIRE_TERMINAL: _AREA | _HOST,
    Action.VIEW_SHOPS: _AREA | _HOST | _AUDITS,
    Action.ISSUE_PAYMENT_CODE: _OWN,
    Action.MAKE_SHOP_CODE: _TERMINAL | _HOST,
    Action.END_SHOP_CODE: _TERMINAL | _HOST | _AREA,
    Action.REDEEM_BY_CODE: _TERMINAL,
    Action.PAY_AT_SHOP: _OWN,
    Action.HAND_OUT_GOODS: _TERMINAL,
    Action.REFUND_REDEMPTION: _TERMINAL | _HOST | _AREA,
    Action.PRE_AUTHORISE: _TERMINAL,
    Action.UPLOAD_REDEMPTIONS: _TERMINAL,
    Action.END_PRE_AUTHORISATION: _TERMINAL | _AREA,
    Action.VIEW_REDEMPTIONS: _AREA | _HOST | _OWN | _AUDITS,
    Action.SETTLE_SHOP: _AREA,
    Action.VIEW_SHOP_SETTLEMENTS: _AREA | _HOST | _AUDITS,
    # The mall is the city's; what is picked up is handed out where it lies.
    Action.REGISTER_SUPPLIER: _CITY,
    Action.UPDATE_SUPPLIER: _CITY,
    Action.END_SUPPLIER: _CITY,
    Action.ADD_ITEM: _CITY,
    Action.UPDATE_ITEM: _CITY,
    Action.SET_ITEM_PICTURE: _CITY,
    Action.PUT_ON_SALE: _CITY,
    Action.TAKE_OFF_SALE: _CITY,
    Action.RECEIVE_STOCK: _CITY,
    Action.CORRECT_STOCK: _CITY,
    Action.VIEW_MALL: _AREA | _HOST | _OWN | _AUDITS,
    Action.PUT_IN_CART: _OWN,
    Action.REMOVE_FROM_CART: _OWN,
    Action.PLACE_ORDER: _OWN,
    Action.RENEW_PICK_UP_CODE: _OWN,
    Action.CANCEL_ORDER: _OWN | _CITY,
    Action.FULFIL_ORDER: _CITY,
    Action.HAND_OUT_ORDER: _AREA | _HOST,
    Action.EXPIRE_ORDERS: _CLOCK,
    Action.REFUND_ORDER: _CITY,
    Action.VIEW_ORDERS: _AREA | _HOST | _OWN | _AUDITS,
    Action.REVEAL_DELIVERY_ADDRESSES: _CITY,
    Action.FORGET_ADDRESSES: _CLOCK,
    Action.CLOSE_SUPPLIER_MONTH: _CITY,
    Action.VIEW_SUPPLIER_MONTHS: _CITY | _AUDITS,
    Action.MARK_NOTICE_DELIVERED: _CLOCK,
    Action.VIEW_NOTICES: _AREA | _HOST,
    Action.SIGN_IN: frozenset({Role.VISITOR}),
    Action.REFUSE_SIGN_IN: _CLOCK,
    Action.LOCK_ACCOUNT: _CLOCK,
    Action.SIGN_OUT: _HAS_ACCOUNT,
    Action.CHOOSE_ROLE: _HAS_ACCOUNT,
    Action.CREATE_ACCOUNT: _MAKES_ACCOUNTS,
    Action.UPDATE_ACCOUNT: _MAKES_ACCOUNTS,
    Action.DISABLE_ACCOUNT: _MAKES_ACCOUNTS,
    Action.ENABLE_ACCOUNT: _MAKES_ACCOUNTS,
    Action.RESET_PASSWORD: _MAKES_ACCOUNTS,
    Action.CHANGE_PASSWORD: _HAS_ACCOUNT,
    Action.GRANT_ROLE: _GRANTS_ROLES,
    Action.WITHDRAW_ROLE: _GRANTS_ROLES,
    Action.VIEW_ACCOUNTS: _MAKES_ACCOUNTS | _GRANTS_ROLES | _AUDITS,
    Action.VIEW_AUDIT_LOG: _AUDITS,
    Action.EXPORT_LIST: _AREA | _HOST | _AUDITS,
    Action.VIEW_REJECTED_TAPS: _AREA,
    Action.WATCH_ADMINISTRATORS: _AREA | _AUDITS,
    Action.VIEW_DASHBOARDS: _SIGNED_IN,
}
