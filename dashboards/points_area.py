"""Which district a page of sums of points is about: the one that who looks is bound to, or one they choose.

Belongs here: the field, and what to say to those for whom there are no sums. Does not belong here: the sums.
"""

import streamlit as st

from dashboards import address, lake
from dashboards.language import language, say
from dashboards.mart_scope import in_reach
from operations.access import Action

DISTRICTS = "SELECT area_code, name, name_en FROM marts.areas WHERE kind = 'district' ORDER BY area_code"


def district_names() -> dict[str, str]:
    """Return the districts by their codes, named in the language."""
    named = "name_en" if language() == "en" else "name"
    return {row["area_code"]: row[named] or row["name"] for row in lake.ask(DISTRICTS).iter_rows(named=True)}


def choose_district() -> str:
    """Show the districts to who sees the whole city, and return the code chosen, empty for all; to others theirs.

    Ends the page for who is bound to a part of a district: sums are kept by district.
    """
    condition, bound = in_reach(Action.VIEW_POINT_TOTALS, ("district_code",))
    names = district_names()
    if condition == "true":
        return address.choice(
            st.selectbox,
            say("people.district"),
            ("", *names),
            "district",
            format_func=lambda code: names.get(code, code) if code else say("points.whole_city"),
            width=240,
        )
    if condition == "false":
        st.info(say("points.by_district_only"), icon=":material/info:")
        st.stop()
    own = str(bound["reach"])
    st.caption(say("points.own_district", district=names.get(own, own)))
    return own
