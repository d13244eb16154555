"""What the fields of records are called on the pages: by the warehouse's book of columns, where no text says otherwise.

Belongs here: from a column's name, and the codes it holds, to what people read. Does not belong here: the texts
themselves (texts/).
"""

from functools import cache

from dashboards.texts import LANGUAGES, TEXTS, name_of
from warehouse.contracts import read_columns

# Table and column (of any table: "") that hold codes → the prefix of their texts.
CODES = {
    ("activities", "status"): "activity_state",
    ("", "category_code"): "category",
    ("charity_shops", "status"): "shop_state",
    ("disputes", "kind"): "dispute.kind",
    ("disputes", "outcome"): "dispute.outcome",
    ("disputes", "status"): "dispute.status",
    ("honour_records", "status"): "honour.status",
    ("", "id_type"): "id_type",
    ("", "delivery_way"): "delivery_way",
    ("mall_items", "category_code"): "item_category",
    ("mall_items", "status"): "item_state",
    ("mall_orders", "status"): "order_state",
    ("mall_suppliers", "status"): "supplier_state",
    ("organisation_members", "role"): "member_role",
    ("organisations", "kind"): "organisation_kind",
    ("organisations", "status"): "organisation_state",
    ("point_adjustments", "state"): "adjustment_state",
    ("role_grants", "role"): "role",
    ("", "sex"): "sex_code",
    ("shop_redemptions", "state"): "redemption_state",
    ("shop_redemptions", "way"): "redemption_way",
    ("sign_ups", "status"): "sign_up_state",
    ("sites", "kind"): "site_kind",
    ("volunteers", "status"): "volunteer_state",
}


def field_name(language: str, column: str) -> str:
    """Return what a column is called in the language; its own name where nobody has called it anything."""
    for key in (f"field.{column}", f"column.{column}"):
        if key in TEXTS:
            return TEXTS[key][LANGUAGES.index(language)]
    known = _book().get(column)
    return str(known[language]) if known and language in known else column


def code_name(language: str, subject_kind: str, column: str, value: str) -> str:
    """Return what a code in a column of a table is called; the value itself where the column holds no codes."""
    prefix = CODES.get((subject_kind, column)) or CODES.get(("", column))
    return name_of(language, prefix, value) if prefix else value


@cache
def _book() -> dict[str, dict[str, object]]:
    return read_columns()
