"""A table on a page: readable headings and numbers, and a download of all its rows.

Belongs here: how a frame is shown and offered as CSV. Does not belong here: what is in it, or how CSV is made safe
(csv_download.py).
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import polars as pl
import streamlit as st

from dashboards import list_exports
from dashboards.csv_download import to_csv
from dashboards.language import say
from dashboards.periods import UTC_OFFSET
from operations.access import Action

WHOLE, ONE_DECIMAL, TWO_DECIMALS = "%,d", "%,.1f", "%,.2f"
ROW_PIXELS, MOST_ROWS_IN_SIGHT = 36, 15


def show_table(
    frame: pl.DataFrame,
    columns: Mapping[str, str],
    *,
    file_name: str,
    name: str,
    key: str,
    view: Action | None = None,
) -> None:
    """Show the columns (column name → key of its heading) and a button that downloads every row of them.

    Times are taken as UTC and shown and written as Beijing time. `name` says to a screen reader what the table is.
    `view`: the action by which it is seen, of a table about people; who takes it away is then written down before.
    """
    chosen = frame.select(list(columns)).with_columns(
        pl.col(column) + UTC_OFFSET
        for column, kind in frame.schema.items()
        if kind == pl.Datetime and column in columns
    )
    headings = {column: say(heading) for column, heading in columns.items()}
    st.dataframe(
        chosen,
        column_config={column: configured(headings[column], chosen.schema[column]) for column in columns},
        hide_index=True,
        height=(min(chosen.height, MOST_ROWS_IN_SIGHT) + 1) * ROW_PIXELS,
        row_height=ROW_PIXELS,
        placeholder="–",
        key=f"{key}_table",
        alt=name,
    )
    if view is None:
        offer_csv(chosen, headings, file_name=file_name, key=key)
        return
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(say("table.rows", n=f"{chosen.height:,}"), width="content")
        list_exports.offer_rows(chosen, headings, view=view, file_name=file_name, name=key)


def offer_csv(frame: pl.DataFrame, headings: dict[str, str], *, file_name: str, key: str) -> None:
    """Show the row count and the button that downloads all rows."""
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.caption(say("table.rows", n=f"{frame.height:,}"), width="content")
        st.download_button(
            say("table.download"),
            data=lambda: to_csv(frame, headings),
            file_name=f"{file_name}.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
            help=say("table.download_help", n=f"{frame.height:,}"),
            key=f"{key}_csv",
        )


def hours(column: str) -> pl.Expr:
    """Return minutes as hours with one decimal, as they are shown and downloaded."""
    return (pl.col(column) / 60).round(1)


def points(column: str) -> pl.Expr:
    """Return hundredths of a point as points with two decimals, exactly."""
    return pl.col(column).cast(pl.Decimal(18, 2)) / 100


def dated(name: str, *parts: date | str) -> str:
    """Return a file name that says what it holds and for when."""
    return "_".join([name, *(part.isoformat() if isinstance(part, date) else part for part in parts if part)])


def configured(heading: str, kind: pl.DataType) -> Any:
    """Return how Streamlit shows a column of this kind under its heading."""
    if kind.is_decimal():
        return st.column_config.NumberColumn(heading, format=TWO_DECIMALS)
    if kind.is_float():
        return st.column_config.NumberColumn(heading, format=ONE_DECIMAL)
    if kind.is_integer():
        return st.column_config.NumberColumn(heading, format=WHOLE)
    if kind == pl.Datetime:
        return st.column_config.DatetimeColumn(heading, format="YYYY-MM-DD HH:mm")
    if kind == pl.Date:
        return st.column_config.DateColumn(heading, format="YYYY-MM-DD")
    return st.column_config.TextColumn(heading)
