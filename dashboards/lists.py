"""Lists of the admin pages: search, filters, sort, pages, choosing rows, acting on several, and taking them away.

Belongs here: one list on a page, whatever it lists. Does not belong here: what can be asked of a list, or who may see
it (operations.queries.paging).

    lists.show(
        ACCOUNTS,
        {"sign_in_name": "column.sign_in_name", "full_name": "column.full_name"},
        filters=[lists.Choice("state", "column.state", "accounts.state", STATES)],
        opens="account",
    )

Filters stand in the address. A click into a row puts its key into the address under `opens`, and the page shows the
record (records.py).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

import polars as pl
import streamlit as st

from dashboards import address, bulk_actions, list_exports
from dashboards.bulk_actions import BulkAction
from dashboards.field_names import field_name
from dashboards.language import language, say
from dashboards.operational_database import operational_database
from dashboards.periods import UTC_OFFSET
from dashboards.signed_in import actor
from dashboards.table_view import ROW_PIXELS, configured
from dashboards.texts import name_of, names_of
from operations.commands.refusals import Refused
from operations.database import reading
from operations.model import utc_now
from operations.queries.paging import Listing, Page, Wanted, page_of

__all__ = ["BulkAction", "Choice", "Days", "Text", "show"]

PAGE_ROWS = 25


@dataclass(frozen=True)
class Choice:
    """A filter for one of some codes; `names` is the prefix of their texts, or a function from code to name."""

    name: str
    label: str
    names: str | Callable[[str], str]
    options: Sequence[str] = ()

    def shown(self, key: str) -> str:
        """Show it, and return the code chosen, empty for all."""
        known = names_of(language(), self.names) if isinstance(self.names, str) else {}
        options = self.options or tuple(known)

        def named(code: str) -> str:
            if not code:
                return say("list.all")
            return known.get(code, code) if isinstance(self.names, str) else self.names(code)

        return address.choice(st.selectbox, say(self.label), ("", *options), key, format_func=named)


@dataclass(frozen=True)
class Text:
    """A filter for what is typed."""

    name: str
    label: str

    def shown(self, key: str) -> str:
        """Show it, and return what was typed."""
        return address.words(say(self.label), key)


@dataclass(frozen=True)
class Days:
    """A filter for the days from the first to the last of two."""

    name: str
    label: str

    def shown(self, key: str) -> tuple[date, date] | None:
        """Show it, and return the two days, None for all time."""
        return address.any_days(say(self.label), key)


# Of columns that hold codes, the prefix of their texts; or a function from what the column holds to what is read.
Codes = Mapping[str, str | Callable[[Any], str]]
Filters = Sequence[Choice | Text | Days]


@dataclass(frozen=True)
class Shown:
    """What a list on a page is made of."""

    listing: Listing
    columns: Mapping[str, str]
    codes: Codes = field(default_factory=dict)

    def frame(self, rows: list[dict[str, Any]]) -> pl.DataFrame:
        """Return rows as they are read: codes by their names, moments in Beijing time, only the columns shown."""
        data = {column: [self._readable(column, row[column]) for row in rows] for column in self.columns}
        return pl.DataFrame(data, strict=False, infer_schema_length=None)

    def _readable(self, column: str, value: Any) -> Any:
        prefix = self.codes.get(column)
        if callable(prefix):
            return prefix(value)
        if prefix is not None and value is not None:
            code = str(value).lower() if isinstance(value, bool) else str(value)
            return name_of(language(), prefix, code)
        if isinstance(value, datetime):
            return value.replace(tzinfo=None) + UTC_OFFSET
        return str(value) if isinstance(value, dict | list) else value


def show(
    listing: Listing,
    columns: Mapping[str, str],
    *,
    filters: Filters = (),
    codes: Codes | None = None,
    search: str = "list.search",
    opens: str | None = None,
    bulk: Sequence[BulkAction] = (),
    on: date | None = None,
    fixed: Mapping[str, Any] | None = None,
) -> Page | None:
    """Show a list with everything that belongs to it, and return the page of rows shown, None where it cannot be had.

    `columns` are those shown: column → key of its heading; `codes` names the prefix of the texts for columns that hold
    codes; `search` is the key of the text that says what is searched; `bulk` what can be done with the rows chosen;
    `fixed` are filters that the viewer does not choose, such as whose rows they are.
    """
    shown = Shown(listing, columns, codes or {})
    wanted = _asked(listing, columns, filters, search)
    wanted = replace(wanted, filters={**wanted.filters, **(fixed or {})})
    day = on or utc_now().date()
    asked = f"{listing.name}_{abs(hash((wanted.search, wanted.sort, str(wanted.filters))))}"
    number = int(st.session_state.get(f"{asked}_page", 1))
    try:
        with reading(operational_database()) as session:
            page = page_of(
                session,
                actor(),
                listing,
                Wanted(wanted.search, wanted.filters, wanted.sort, number, PAGE_ROWS),
                on=day,
            )
    except Refused as problem:
        st.warning(str(problem), icon=":material/filter_alt_off:")
        return None
    _table(shown, page, f"{asked}_{page.number}", opens, bulk)
    _foot(shown, page, wanted, asked)
    return page


def _asked(listing: Listing, columns: Mapping[str, str], filters: Filters, search: str) -> Wanted:
    """Show the search, the filters and the sort, and return what they ask for."""
    words = ""
    values: dict[str, Any] = {}
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if listing.search:
            with st.container(width=280):
                words = address.words(
                    say("list.search"), f"{listing.name}_search", placeholder=say(search), is_search=True
                )
        for one in filters:
            with st.container(width=250 if isinstance(one, Days) else 180):
                values[one.name] = one.shown(f"{listing.name}_{one.name}")
        sort = _sort(listing, columns)
    return Wanted(words, {name: value for name, value in values.items() if value}, sort)


def _sort(listing: Listing, columns: Mapping[str, str]) -> str:
    default = listing.default_sort
    others = [f"{sign}{name}" for name in listing.sorts for sign in ("", "-")]
    options = [default, *(option for option in others if option != default)]
    if len(listing.sorts) == 1 and not listing.search:
        options = [default, default.removeprefix("-") if default.startswith("-") else f"-{default}"]

    def named(option: str) -> str:
        name = option.removeprefix("-")
        heading = say(columns[name]) if name in columns else field_name(language(), name)
        return say("list.sort.down" if option.startswith("-") else "list.sort.up", column=heading)

    with st.container(width=200):
        return address.choice(
            st.selectbox,
            say("list.sort"),
            options,
            f"{listing.name}_sort",
            default=default,
            format_func=named,
        )


def _table(shown: Shown, page: Page, key: str, opens: str | None, bulk: Sequence[BulkAction]) -> None:
    listing = shown.listing
    if not page.rows:
        st.info(say("list.empty"), icon=":material/search_off:")
        return
    allowed = [action for action in bulk if action.is_allowed(actor())]
    modes = (["multi-row"] if allowed else []) + (["single-cell"] if opens else [])
    if modes:
        st.caption(say("list.choose_hint" if allowed else "list.open_hint"))
    frame = shown.frame(page.rows)
    turn = st.session_state.setdefault(f"{listing.name}_turn", 0)
    how: Any = {"on_select": "rerun", "selection_mode": modes} if modes else {}
    event = st.dataframe(
        frame,
        column_config={
            column: configured(say(heading), frame.schema[column])
            for column, heading in shown.columns.items()
        },
        hide_index=True,
        height=(len(page.rows) + 1) * ROW_PIXELS + 2,
        row_height=ROW_PIXELS,
        placeholder="–",
        key=f"{key}_{turn}_table",
        alt=name_of(language(), "page", listing.name),
        **how,
    )
    if not modes:
        return
    selection: Any = event["selection"]  # type: ignore[index]
    cells = selection.get("cells", [])
    if opens and cells:
        _turn_over(listing)
        st.query_params[opens] = str(page.rows[cells[0][0]][listing.key.key])
        st.rerun()
    chosen = [page.rows[number] for number in selection.get("rows", []) if number < len(page.rows)]
    if allowed and chosen:
        bulk_actions.offer(allowed, chosen, key=listing.name, when_done=lambda: _turn_over(listing))
    bulk_actions.say_what_was_refused(listing.name)


def _turn_over(listing: Listing) -> None:
    """Let the table be another one, so that nothing is chosen in it any more."""
    st.session_state[f"{listing.name}_turn"] += 1


def _foot(shown: Shown, page: Page, wanted: Wanted, asked: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        total = f"{page.total:,}"
        st.caption(say("list.total_capped" if page.is_capped else "list.total", n=total), width="content")
        if page.pages > 1:
            st.pagination(page.pages, key=f"{asked}_page")
        list_exports.offer(shown, wanted)
