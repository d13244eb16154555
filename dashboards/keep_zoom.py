"""The map keeps the viewer's zoom when a filter changes.

Belongs here: the few lines that run in the browser for it. Does not belong here: the map (map_figures.py).

Streamlit takes a chart with another figure for another chart: it throws the map away and draws a new one at its
first zoom (streamlit/streamlit issue 7656). So the browser remembers what the viewer last looked at, and shows the
new map there. Nothing is sent to the server.
"""

import streamlit as st

# `originalEvent` tells plotly that the viewer moved the map: it then keeps the view through its own redraws.
IN_THE_BROWSER = """
export default function ({ data }) {
  const views = (window.volunteerHubViews ??= {});
  const timer = setInterval(() => {
    const plot = document.querySelector(`.st-key-${data.chart} .js-plotly-plot`);
    const map = plot?._fullLayout?.map?._subplot?.map;
    if (!map || map.isKept) return;
    map.isKept = true;
    if (views[data.chart]) map.jumpTo(views[data.chart], { originalEvent: {} });
    map.on("moveend", () => {
      views[data.chart] = { center: map.getCenter().toArray(), zoom: map.getZoom() };
    });
  }, 50);
  return () => clearInterval(timer);
}
"""


def keep_zoom(chart: str) -> None:
    """Keep the viewer's zoom on the map with this key, from the next figure on."""
    keeper = st.components.v2.component("keep_zoom", js=IN_THE_BROWSER)
    keeper(data={"chart": chart}, key=f"keep_{chart}", height=1)
