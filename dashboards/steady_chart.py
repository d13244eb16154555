"""A plotly chart that keeps the viewer's zoom when its data change.

Belongs here: the one place where the pages reach into Streamlit. `st.plotly_chart` derives a chart's identity from
its whole figure, even where it has a key, so any filter would throw the map away and draw a new one at its first
zoom (streamlit/streamlit issue 7656). Here the key alone is the identity: the browser keeps the map and plotly's
`uirevision` keeps what the viewer did to it. Does not belong here: what charts look like.

Streamlit is pinned to a minor version, and a browser test holds the zoom.
"""

from typing import Any

from streamlit.elements import plotly_chart

STEADY = frozenset({"welfare_map", "welfare_map_plain"})

_by_whole_figure = plotly_chart.compute_and_register_element_id


def _by_key(element_type: str, *, user_key: str | None, **about: Any) -> str:
    if user_key in STEADY:
        about["key_as_main_identity"] = True
    return _by_whole_figure(element_type, user_key=user_key, **about)


def keep_zoom() -> None:
    """Make charts whose key is in STEADY keep their zoom from now on; calling it again changes nothing."""
    plotly_chart.compute_and_register_element_id = _by_key
