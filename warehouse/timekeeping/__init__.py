"""Time-keeping: from what devices and apps recorded to minutes of service that can be explained one by one.

A pure function of its inputs: no clock, no database, no randomness. Pipelines feed it and store what it returns.

    book = read_rules()                                  # dated rows of warehouse/reference/timekeeping_rules.csv
    intake = take_in(lines, devices=…, heartbeats=…, cards=…, card_bindings=…, book=book)          # section 1
    kept = keep_time(Events(taps=intake.accepted, shifts=…, …), days, book)                        # sections 2-7
    notice = read_working_days().final_on(service_days, rules.public_notice_working_days)          # section 8

`Intake` has the frames accepted, resends, rejected; `TimeKept` has sessions, flags, bounces, unplaced: their
columns are in the docstrings of these two. `Events` says what goes in.

To work out some days only (section 9), give

* the accepted taps whose plain service day is in `tap_days_needed(days, book)`,
* the shifts whose service day is in `shift_days_needed(days, book)`, with their sites, confirmed sign-ups and all
  their check-ins (whenever these happened),
* all honour records, or at least those that state one of `days`, those of the same volunteers whose interval meets
  an interval of these, and those that the same people entered or approved,
* for honour records of `days` with an interval far from the day that they state: taps, shifts and check-ins of
  `honour_days_needed(records, book)` for those volunteers.

More than that does no harm, so a rebuild gives everything. `days_touched_by` says which days a changed event can
alter. Days worked out one by one, in any order, are equal to the rebuild; `keep_time_by_day` goes through many of
them with few in memory.

Here: the rules of time-keeping. Never here: where events come from and where sessions go, and what is earned with
them (points are SQL in warehouse/core).
"""

from warehouse.timekeeping.by_day import keep_time_by_day
from warehouse.timekeeping.days import shift_days_needed, tap_days_needed
from warehouse.timekeeping.engine import keep_time
from warehouse.timekeeping.events import (
    COLUMNS,
    FLAG_COLUMNS,
    SESSION_COLUMNS,
    VERDICTS,
    BadEvents,
    Events,
    TimeKept,
    empty,
)
from warehouse.timekeeping.intake import HEALING_REASONS, REASONS, Intake, take_in
from warehouse.timekeeping.reach import days_touched_by, honour_days_needed
from warehouse.timekeeping.rules import BadRules, RuleBook, Rules, read_rules
from warehouse.timekeeping.working_days import WorkingDays, read_working_days

__all__ = [
    "COLUMNS",
    "FLAG_COLUMNS",
    "HEALING_REASONS",
    "REASONS",
    "SESSION_COLUMNS",
    "VERDICTS",
    "BadEvents",
    "BadRules",
    "Events",
    "Intake",
    "RuleBook",
    "Rules",
    "TimeKept",
    "WorkingDays",
    "days_touched_by",
    "empty",
    "honour_days_needed",
    "keep_time",
    "keep_time_by_day",
    "read_rules",
    "read_working_days",
    "shift_days_needed",
    "take_in",
    "tap_days_needed",
]
