"""The dashboards' entry point: `streamlit run dashboards/app.py`.

Belongs here: the frame around every page (language, navigation, footer, what happens when the lake is away).
Does not belong here: what a page shows; who may see what (pages.py).
"""

from pathlib import Path

import streamlit as st

from dashboards import address, formats, lake, page_parts
from dashboards.language import choose_language, language, say
from dashboards.pages import pages_for, viewer
from hub.settings import load
from warehouse.lake import LakeUnavailable

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

page = st.navigation(pages_for(viewer(), language()), expanded=True)
address.begin_page(page.url_path)

as_of = ""
try:
    page.run()
    clock = lake.data_clock()
    as_of = say("app.data_as_of", time=formats.local_time(clock["as_of_at"])) if clock else ""
except LakeUnavailable as problem:
    page_parts.lake_notice(problem)

with st.container(gap="xxsmall"):
    st.space("small")
    st.caption(" · ".join(part for part in (as_of, say("app.service_day")) if part))
    st.caption(say("app.sources"))
