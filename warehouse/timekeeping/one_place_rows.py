"""Sessions and bounces of volunteers with one place, as rows: codes replaced by what they stand for.

Here: ids and texts of arrays. Never here: what is worked out (one_place_sessions.py).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import numpy as np
import polars as pl

from warehouse.timekeeping.events import SESSION_COLUMNS, SESSION_TEXTS
from warehouse.timekeeping.one_place_sessions import VERDICTS, PlaceSessions
from warehouse.timekeeping.packed_taps import Day, SortedTaps, joined
from warehouse.timekeeping.rules import RuleBook


def bounces_of(parts: Iterable[SortedTaps], taps: Day, day: date) -> pl.DataFrame:
    """These taps as TimeKept.bounces has them, readers as codes."""
    bounced = joined(parts)
    return pl.DataFrame(
        {
            "volunteer_id": taps.ids(bounced.volunteer),
            "site_id": taps.sites.gather(taps.site_of_device[bounced.device]),
            "device_no": taps.codes_of_readers(bounced.device),
            "device_seq": bounced.number,
            "tapped_at": pl.Series((bounced.second + taps.first_second) * 1_000_000).cast(pl.Datetime("us")),
        }
    ).with_columns(service_day=pl.lit(day))


def rows_of(found: PlaceSessions, taps: Day, shift_ids: pl.Series, at: tuple[date, RuleBook]) -> pl.DataFrame:
    """The sessions with SESSION_COLUMNS, texts of few values as codes (SESSION_TEXTS and `book.versions`).

    shift_ids: of the codes in `found.shift`.
    """
    day, book = at
    volunteers, site, shift = taps.ids(found.volunteer), pl.Series(found.site), pl.Series(found.shift)
    has_shift = shift >= 0
    code = (
        found.site
        if not has_shift.any()
        else np.where(found.shift >= 0, found.shift + len(taps.sites), found.site)
    )
    opening = _event_ids(taps, found.device, found.number)
    closing = _event_ids(taps, found.out_device, found.out_number)
    kinds = (("/site/", taps.sites), ("/shift/", shift_ids))
    places = pl.concat([kind + ids.cast(pl.String) + "/CARD/" for kind, ids in kinds])
    place = places.gather(code)
    first = opening.zip_with(opening.is_not_null(), closing) if opening.null_count() else opening
    minutes = {name: getattr(found, name) for name in ("raw_minutes", "net_minutes", "settled_minutes")}
    count = len(volunteers)
    columns = {
        "session_id": volunteers.cast(pl.String) + place + first,
        "volunteer_id": volunteers,
        "service_day": pl.repeat(day, count, eager=True),
        "channel": _always("channel", "CARD", count),
        "place_kind": has_shift.cast(pl.UInt8).cat.to(SESSION_TEXTS["place_kind"]),
        "shift_id": shift_ids.gather(shift.set(~has_shift, None)),
        "site_id": taps.sites.gather(site),
        "opening_event_id": opening,
        "closing_event_id": closing,
        "in_at": _times(taps, found.begin, found.device >= 0),
        "out_at": _times(taps, found.end, found.out_device >= 0),
        **minutes,
        "overlap_minutes": np.zeros(count, dtype=np.int64),
        "review_minutes": found.net_minutes - found.settled_minutes - found.void_minutes,
        "void_minutes": found.void_minutes,
        "verdict": pl.Series(_VERDICT_CODES[found.verdict]).cat.to(SESSION_TEXTS["verdict"]),
        "hour_kind": _always("hour_kind", "credit", count),
        "rule_version": pl.repeat(book.on(day).version, count, dtype=book.versions, eager=True),
    }
    return pl.DataFrame({name: columns[name] for name in SESSION_COLUMNS})


# An Enum is its codes in the order of its values.
_VERDICT_CODES = np.array(
    [SESSION_TEXTS["verdict"].categories.to_list().index(verdict) for verdict in VERDICTS], dtype=np.uint8
)


def _always(column: str, value: str, count: int) -> pl.Series:
    return pl.repeat(value, count, dtype=SESSION_TEXTS[column], eager=True)


def _event_ids(taps: Day, device: np.ndarray, number: np.ndarray) -> pl.Series:
    """`device:number` of each tap, NULL where device is -1."""
    code = pl.Series(device)
    if (device < 0).any():
        code = code.set(code < 0, None)
    return taps.readers.gather(code) + taps.number_texts(number)


def _times(taps: Day, second: np.ndarray, is_there: np.ndarray) -> pl.Series:
    """Seconds of the service day as UTC times, NULL where not `is_there`."""
    time = pl.Series((second + taps.first_second) * 1_000_000).cast(pl.Datetime("us"))
    return time if is_there.all() else time.set(pl.Series(~is_there), None)
