"""Choosing the area of a role: districts for one, townships for another, the whole city for an official.

Belongs here: the field of a form. Does not belong here: which role has which area (operations.commands.roles).
"""

import streamlit as st

from dashboards.forms import Form
from dashboards.language import say
from dashboards.operational_database import operational_database
from operations.access import CITY, Role
from operations.commands.roles import AREA_KINDS
from operations.database import reading
from operations.queries.areas import areas_of_kinds


def choose_area(form: Form, role: str) -> str:
    """Show the areas that fit a role, and return the code chosen; empty for a role that has none."""
    kinds = AREA_KINDS.get(Role(role))
    if kinds is None:
        st.caption(say("accounts.area.none"))
        return ""
    with reading(operational_database()) as session:
        names = areas_of_kinds(session, [kind for kind in kinds if kind != CITY])
    if CITY in kinds:
        names = {CITY: say("accounts.area.city"), **names}
    return form.choice("area_code", say("accounts.area"), list(names), format_func=names.__getitem__)
