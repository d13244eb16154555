"""A short table of what belongs to a record: memberships, cards, sign-ups …

Belongs here: showing rows as they are read. Does not belong here: lists that are searched and turned (lists.py).
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
import streamlit as st

from dashboards.language import say
from dashboards.records import readable


def related(
    rows: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, codes: Mapping[str, str] | None = None
) -> None:
    """Show rows: column → key of its heading; `codes` names the prefix of the texts of codes."""
    if not rows:
        st.caption(say("vol.none"))
        return
    codes = codes or {}
    data = {column: [readable(row.get(column), codes.get(column)) for row in rows] for column in columns}
    st.dataframe(
        pl.DataFrame(data),
        column_config={column: say(heading) for column, heading in columns.items()},
        hide_index=True,
    )
