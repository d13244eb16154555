"""Filters that live in the address, so that a view can be shared as a link.

Belongs here: one filter = one parameter of the address, holding a code that is the same in both languages
(Streamlit's own binding writes the label that is on screen). Does not belong here: what a filter means.

A link wins over what this session remembers; without a parameter the session's last choice stays when the
viewer goes to another page and comes back.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, TypeVar

import streamlit as st

CHOSEN = "address_chosen"
IN_ADDRESS = "address_seen"
PAGE = "address_page"
SEPARATOR = "."

T = TypeVar("T")


def begin_page(page: str) -> None:
    """Tell which page is being drawn: going to another page empties the address but not the choices."""
    if st.session_state.get(PAGE) != page:
        st.session_state[PAGE] = page
        st.session_state[IN_ADDRESS] = {}


def choice(
    widget: Callable[..., str | None],
    label: str,
    options: Sequence[str],
    key: str,
    *,
    default: str | None = None,
    format_func: Callable[[str], str] = str,
    **settings: Any,
) -> str:
    """Show a widget for one of the options, kept under `key` in the address; return the chosen option.

    A value that is not among the options (an old link) falls back to `default`, the first option if None.
    """
    fallback = options[0] if default is None else default
    value = _current(key, fallback, lambda text: text if text in options else None)
    st.session_state[key] = value if value in options else fallback
    chosen = widget(label, options, key=key, format_func=_labels(options, format_func), **settings)
    return _keep(key, fallback if chosen is None else chosen, fallback, str)


def choices(
    label: str,
    options: Sequence[str],
    key: str,
    *,
    default: Sequence[str],
    format_func: Callable[[str], str] = str,
    widget: Callable[..., list[str]] | None = None,
    **settings: Any,
) -> list[str]:
    """Show a widget for several of the options (pills unless told otherwise); return them in the options' order."""
    value = _current(
        key, list(default), lambda text: [part for part in text.split(SEPARATOR) if part in options]
    )
    st.session_state[key] = [part for part in value if part in options]
    labels = _labels(options, format_func)
    if widget is None:
        chosen = st.pills(label, options, selection_mode="multi", key=key, format_func=labels, **settings)
    else:
        chosen = widget(label, options, key=key, format_func=labels, **settings)
    ordered = [option for option in options if option in (chosen or [])]
    return _keep(key, ordered, list(default), lambda parts: SEPARATOR.join(parts) or "none")


def days(label: str, key: str, *, default: tuple[date, date], first: date, last: date) -> tuple[date, date]:
    """Show a date range between `first` and `last`; return it (a half-chosen range is its first day alone)."""

    def inside(day: date) -> date:
        return min(max(day, first), last)

    value = _current(key, default, _range_of)
    st.session_state[key] = tuple(inside(day) for day in value)
    chosen = st.date_input(label, key=key, min_value=first, max_value=last, format="YYYY-MM-DD")
    chosen = tuple(chosen) if isinstance(chosen, tuple | list) else (chosen,)
    kept = (chosen[0], chosen[-1]) if chosen else default
    if len(chosen) == 1:
        return kept  # the second day is still to come: leave the widget alone until then
    return _keep(key, kept, None, lambda pair: "_".join(day.isoformat() for day in pair))


def words(label: str, key: str, *, placeholder: str | None = None, is_search: bool = False) -> str:
    """Show a line to type into, kept under `key` in the address; return what was typed, without blanks around it."""
    st.session_state[key] = _current(key, "", str)
    typed = st.text_input(
        label,
        key=key,
        placeholder=placeholder,
        icon=":material/search:" if is_search else None,
        max_chars=80,
    )
    return _keep(key, (typed or "").strip(), "", str)


def any_days(label: str, key: str) -> tuple[date, date] | None:
    """Show a range of days of which none need be chosen; return it, None for all time or while it is half chosen."""
    value = _current(key, None, _range_of)
    st.session_state[key] = value or ()
    chosen = st.date_input(label, key=key, format="YYYY-MM-DD")
    chosen = tuple(chosen) if isinstance(chosen, tuple | list) else ()
    if len(chosen) == 1:
        return None  # the second day is still to come: leave the widget alone until then
    pair = (chosen[0], chosen[1]) if chosen else None
    return _keep(key, pair, None, lambda days: "_".join(day.isoformat() for day in days) if days else "")


def put(key: str, value: str) -> None:
    """Choose a value from elsewhere (a click on the map): call it in a callback, before the widget is drawn."""
    _chosen()[key] = value
    st.session_state[key] = value


def _labels(options: Sequence[str], format_func: Callable[[str], str]) -> Callable[[str], str]:
    """Return the options' labels as they are now: a widget may ask for them later, when the language is another."""
    labels = {option: format_func(option) for option in options}
    return lambda option: labels.get(option, option)


def _range_of(text: str) -> tuple[date, date] | None:
    try:
        first, last = (date.fromisoformat(part) for part in text.split("_"))
    except ValueError:
        return None
    return (min(first, last), max(first, last))


def _current(key: str, fallback: T, read: Callable[[str], T | None]) -> T:
    """Return the address's value if the address was changed from outside, else this session's last choice."""
    seen: dict[str, str | None] = st.session_state.setdefault(IN_ADDRESS, {})
    written = st.query_params.get(key)
    if written is not None and written != seen.get(key):
        value = read(written)
        return fallback if value is None else value
    if written is None and seen.get(key) is not None:
        return fallback  # the viewer went back to an address without this filter
    if key in st.session_state:
        return st.session_state[key]
    return _chosen().get(key, fallback)


def _keep(key: str, value: T, fallback: T | None, write: Callable[[T], str]) -> T:
    _chosen()[key] = value
    written = None if value == fallback else write(value)
    if written is None:
        st.query_params.pop(key, None)
    elif st.query_params.get(key) != written:
        st.query_params[key] = written
    st.session_state[IN_ADDRESS][key] = written
    return value


def _chosen() -> dict[str, Any]:
    return st.session_state.setdefault(CHOSEN, {})
