"""A small map of the sites of an activity's shifts, each with the circle in which a position is taken. Pure."""

import numpy as np
import plotly.graph_objects as go

from operations.queries.activities import SitePlace

METRES_PER_DEGREE = 111_195.0
CIRCLE_POINTS = 48


def shift_map(places: list[SitePlace], *, height: int = 260) -> go.Figure:
    """Return the sites (degrees, WGS-84) and circles of their radius, drawn to scale without a network."""
    figure = go.Figure()
    angle = np.linspace(0, 2 * np.pi, CIRCLE_POINTS)
    for site in {place.site_id: place for place in places}.values():
        shrink = np.cos(np.radians(site.lat))
        figure.add_scatter(
            x=site.lon + np.cos(angle) * site.radius_m / METRES_PER_DEGREE / shrink,
            y=site.lat + np.sin(angle) * site.radius_m / METRES_PER_DEGREE,
            mode="lines",
            fill="toself",
            fillcolor="rgba(31, 111, 178, 0.15)",
            line={"color": "rgba(31, 111, 178, 0.8)", "width": 1},
            hoverinfo="skip",
            showlegend=False,
        )
        figure.add_scatter(
            x=[site.lon],
            y=[site.lat],
            mode="markers+text",
            marker={"color": "rgb(31, 111, 178)", "size": 8},
            text=[f"{site.name} · {site.radius_m} m"],
            textposition="top center",
            showlegend=False,
        )
    at = np.mean([place.lat for place in places])
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False, scaleanchor="x", scaleratio=1 / float(np.cos(np.radians(at))))
    figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    return figure
