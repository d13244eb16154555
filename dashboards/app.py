"""What the dashboards' server runs for every page (server.py); nobody gets past the sign-in here.

Belongs here: the frame around every page (sign-in, language, navigation, footer, what happens when the lake is away).
Does not belong here: what a page shows; who may see what (pages.py).
"""

from contextlib import suppress
from pathlib import Path

import streamlit as st

from dashboards import account_menu, acting, address, formats, lake, page_parts
from dashboards.language import choose_language, language, say
from dashboards.pages import pages_for
from dashboards.sign_in_gate import signed_in_or_stop
from hub.settings import load
from operations.access import NotAllowed
from operations.database import OperationsUnavailable
from warehouse.unavailable import LakeUnavailable

STATIC = Path(__file__).parent / "static"

st.set_page_config(
    page_title=say("app.name"),
    page_icon=str(STATIC / "mark.svg"),
    layout="wide",
    initial_sidebar_state="expanded",
)
st.logo(str(STATIC / "logo.svg"), icon_image=str(STATIC / "mark.svg"), size="large")

with st.sidebar:
    choose_language(load().language)
    account = st.container()

stay = signed_in_or_stop()
with account:
    account_menu.show(stay)

page = st.navigation(pages_for(stay.actor, language()), expanded=True)
address.begin_page(page.url_path)
acting.say_what_was_done()

as_of = ""
try:
    page.run()
except LakeUnavailable as problem:
    page_parts.lake_notice(problem)
except OperationsUnavailable as problem:
    page_parts.operations_notice(problem)
except NotAllowed:
    st.warning(say("problem.not_allowed"), title=say("problem.not_allowed.title"), icon=":material/lock:")

# A page that needs the lake has said so above; one that does not is none the worse.
with suppress(LakeUnavailable):
    clock = lake.data_clock()
    as_of = say("app.data_as_of", time=formats.local_time(clock["as_of_at"])) if clock else ""

with st.container(gap="xxsmall"):
    st.space("small")
    st.caption(" · ".join(part for part in (as_of, say("app.service_day")) if part))
    st.caption(say("app.sources"))
