"""What goes into time-keeping and what comes out: two bundles of frames, and their columns.

Here: names, types and a check of them. Never here: a rule, or reading and writing files and tables.

Times are naive datetimes in UTC with whole seconds (an aware column is converted). Ids are Int64 or String, as the
caller has them, but alike wherever the same thing is meant.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

ID = (pl.Int64, pl.String)
# An Enum whose categories are sorted is as good as the text, and faster.
DEVICE = (pl.String, pl.Enum)
DIRECTION = (pl.String, pl.Enum)
# Cards are only told apart: a number of the row in a register does as well as what is printed on them.
CARD = (pl.String, pl.Int64, pl.Int32)
TIME = (pl.Datetime,)
DAY = (pl.Date,)
FLAG = (pl.Boolean,)
WHOLE = (pl.Int64, pl.Int32)
NUMBER = (pl.Int64, pl.Int32, pl.Float64)

COLUMNS: dict[str, dict[str, tuple]] = {
    "taps": {
        "volunteer_id": ID,
        "site_id": ID,
        "device_no": DEVICE,
        "device_seq": WHOLE,
        "card_no": CARD,
        "is_directed": FLAG,
        "direction": DIRECTION,
        "tapped_at": TIME,
        "service_day": DAY,
    },
    "shifts": {"shift_id": ID, "starts_at": TIME, "ends_at": TIME, "min_attendance_permille": NUMBER},
    "shift_sites": {"shift_id": ID, "site_id": ID},
    "sign_ups": {"shift_id": ID, "volunteer_id": ID},
    "check_ins": {
        "event_id": ID,
        "volunteer_id": ID,
        "shift_id": ID,
        "site_id": ID,
        "direction": DIRECTION,
        "occurred_at": TIME,
    },
    "honour_records": {
        "record_id": ID,
        "volunteer_id": ID,
        "shift_id": ID,
        "started_at": TIME,
        "ended_at": TIME,
        "minutes": WHOLE,
        "service_day": DAY,
        "is_approved": FLAG,
        "approved_by": ID,
        "entered_by": ID,
        "entered_at": TIME,
    },
    "sites": {"site_id": ID, "lon": NUMBER, "lat": NUMBER},
}

VERDICTS = (
    "missing_out",
    "orphan_out",
    "too_short",
    "too_many_sessions",
    "below_attendance_ratio",
    "overlapped",
    "not_approved",
    "counted",
)

SESSION_COLUMNS = (
    "session_id",
    "volunteer_id",
    "service_day",
    "channel",
    "place_kind",
    "shift_id",
    "site_id",
    "opening_event_id",
    "closing_event_id",
    "in_at",
    "out_at",
    "raw_minutes",
    "overlap_minutes",
    "net_minutes",
    "settled_minutes",
    "review_minutes",
    "void_minutes",
    "verdict",
    "hour_kind",
    "rule_version",
)

# Texts of which there are few, as engine and files pass them on while they are worked with.
SESSION_TEXTS: dict[str, pl.Enum] = {
    "channel": pl.Enum(["APP", "CARD", "HONOUR"]),
    "place_kind": pl.Enum(["site", "shift"]),
    "verdict": pl.Enum(VERDICTS),
    "hour_kind": pl.Enum(["credit", "honour"]),
}

FLAG_COLUMNS = {
    "service_day": pl.Date,
    "flag": pl.String,
    "session_id": pl.String,
    "subject_kind": pl.String,
    "subject": pl.String,
    "detail": pl.String,
}


class BadEvents(ValueError):
    """A frame lacks a column or has one of another type; the message names frame, column and what is expected."""


def empty(name: str, id_type: type[pl.DataType] = pl.Int64) -> pl.DataFrame:
    """A frame `name` (a key of COLUMNS) without rows, its ids of `id_type`."""
    first = {ID: id_type, TIME: pl.Datetime("us")}
    return pl.DataFrame(
        schema={column: first.get(kinds, kinds[0]) for column, kinds in COLUMNS[name].items()}
    )


@dataclass(frozen=True)
class Events:
    """All that time-keeping looks at. A frame may have more columns than COLUMNS names; they are ignored.

    `taps`: accepted ones, as `take_in` returns them. `sign_ups`: confirmed ones only. `shifts`: at most 24 h long.
    `check_ins.site_id` may be NULL; so may a tap's direction, and of honour records shift_id, started_at,
    ended_at, approved_by. `sites`: positions (WGS-84) for the flag `impossible_travel` only.
    """

    taps: pl.DataFrame
    shifts: pl.DataFrame = field(default_factory=lambda: empty("shifts"))
    shift_sites: pl.DataFrame = field(default_factory=lambda: empty("shift_sites"))
    sign_ups: pl.DataFrame = field(default_factory=lambda: empty("sign_ups"))
    check_ins: pl.DataFrame = field(default_factory=lambda: empty("check_ins"))
    honour_records: pl.DataFrame = field(default_factory=lambda: empty("honour_records"))
    sites: pl.DataFrame = field(default_factory=lambda: empty("sites"))

    def checked(self) -> Events:
        """The same events with exactly the columns of COLUMNS, ids of one kind alike in every frame.

        A frame without rows takes the types of the others. Raises BadEvents.
        """
        frames = {name: getattr(self, name) for name in COLUMNS}
        id_types = _id_types(frames)
        return Events(**{name: _checked(name, frame, id_types) for name, frame in frames.items()})


@dataclass(frozen=True)
class TimeKept:
    """What time-keeping returns, for the wanted service days only.

    sessions: SESSION_COLUMNS, sorted by service_day, volunteer_id, session order.
    flags: FLAG_COLUMNS, sorted. session_id is NULL where the flag is about a device.
    bounces: service_day (of the tap itself), volunteer_id, site_id, device_no, device_seq, tapped_at: taps ignored
    by section 3.
    unplaced: source (check_ins, honour_records), event_id, volunteer_id, shift_id, reason (unknown_shift): events
    that name a shift that was not given or is longer than a shift may be. Given for all events, whatever the day.
    """

    sessions: pl.DataFrame
    flags: pl.DataFrame
    bounces: pl.DataFrame
    unplaced: pl.DataFrame


_SAME_ID = {"approved_by": "volunteer_id", "entered_by": "volunteer_id"}


def _id_types(frames: dict[str, pl.DataFrame]) -> dict[str, pl.DataType]:
    """The type of each kind of id: what the rows have; where there are none, what is declared."""
    types: dict[str, pl.DataType] = {}
    declared: dict[str, pl.DataType] = {}
    for name, frame in frames.items():
        for column, kinds in COLUMNS[name].items():
            if kinds is not ID or column not in frame.columns or frame.schema[column] == pl.Null:
                continue
            key, found = _SAME_ID.get(column, column), frame.schema[column]
            if frame[column].null_count() == frame.height:
                declared.setdefault(key, found)
            elif types.setdefault(key, found) != found:
                raise BadEvents(
                    f"{name}.{column} is {found}, but elsewhere {key} is {types[key]}; give it one type"
                )
    return declared | types


def _checked(name: str, frame: pl.DataFrame, id_types: dict[str, pl.DataType]) -> pl.DataFrame:
    if _is_as_declared(name, frame, id_types):
        return frame
    columns = []
    for column, kinds in COLUMNS[name].items():
        if column not in frame.columns:
            raise BadEvents(f"{name} lacks the column {column}; it needs {', '.join(COLUMNS[name])}")
        found = frame.schema[column]
        wanted = id_types.get(_SAME_ID.get(column, column), pl.Int64()) if kinds is ID else kinds[0]()
        all_null = frame[column].null_count() == frame.height
        if found.base_type() not in kinds and not all_null:
            allowed = " or ".join(str(kind) for kind in kinds)
            raise BadEvents(f"{name}.{column} is {found}, expected {allowed}")
        if kinds is TIME:
            columns.append(_in_utc(column, found, all_null))
        elif all_null:
            columns.append(pl.col(column).cast(wanted))
        else:
            columns.append(pl.col(column))
    return frame.select(columns)


def _is_as_declared(name: str, frame: pl.DataFrame, id_types: dict[str, pl.DataType]) -> bool:
    """Whether nothing is to be done: a frame that was checked before mostly comes again."""
    if frame.columns != list(COLUMNS[name]):
        return False
    for column, found in frame.schema.items():
        kinds = COLUMNS[name][column]
        if kinds is ID:
            is_right = found == id_types.get(_SAME_ID.get(column, column), pl.Int64())
        elif kinds is TIME:
            is_right = found == pl.Datetime("us")
        else:
            has_values = frame[column].null_count() < frame.height
            is_right = found == kinds[0] or (found.base_type() in kinds and has_values)
        if not is_right:
            return False
    return True


def _in_utc(column: str, found: pl.DataType, all_null: bool) -> pl.Expr:
    if all_null:
        return pl.col(column).cast(pl.Datetime("us"))
    time = pl.col(column)
    if isinstance(found, pl.Datetime) and found.time_zone:
        time = time.dt.convert_time_zone("UTC").dt.replace_time_zone(None)
    return time.cast(pl.Datetime("us"))
