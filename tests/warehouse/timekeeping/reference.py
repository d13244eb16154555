"""Time-keeping once more: plain Python, one volunteer at a time, slow and obvious, from the written rules alone.

Here: what the rules say, in their order and their words, to compare the engine with.
Never here: anything imported from warehouse/timekeeping, or a thought about speed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
EPOCH = datetime.fromisoformat("1970-01-01")


@dataclass
class World:
    """Everything that was recorded, as lists of plain dicts with the column names of the engine's frames."""

    lines: list[dict] = field(default_factory=list)
    devices: list[dict] = field(default_factory=list)
    former_placements: list[dict] = field(default_factory=list)
    heartbeats: list[dict] = field(default_factory=list)
    cards: list[dict] = field(default_factory=list)
    card_bindings: list[dict] = field(default_factory=list)
    shifts: list[dict] = field(default_factory=list)
    shift_sites: list[dict] = field(default_factory=list)
    sign_ups: list[dict] = field(default_factory=list)
    check_ins: list[dict] = field(default_factory=list)
    honour_records: list[dict] = field(default_factory=list)
    sites: list[dict] = field(default_factory=list)


def service_day(time: datetime) -> date:
    """The local date (UTC+8) of time - 4 h."""
    return (time + 8 * HOUR - 4 * HOUR).date()


def minutes_between(start: datetime, end: datetime) -> int:
    return (end - start) // MINUTE


# --- Section 1


def take_in(world: World) -> tuple[list[dict], list[tuple], list[tuple]]:
    """(accepted taps, resent (segment, line_no), rejected (segment, line_no, reason))."""
    accepted, resent, rejected = [], [], []
    stayed: dict[tuple, dict] = {}
    in_order = sorted(
        world.lines, key=lambda line: (line["received_at"] or EPOCH, line["segment"], line["line_no"])
    )
    for line in in_order:
        name = (line["segment"], line["line_no"])
        if is_malformed(line):
            rejected.append((*name, "malformed"))
            continue
        identity = (line["device_no"], line["device_seq"])
        if identity in stayed:
            first = stayed[identity]
            if all(first[part] == line[part] for part in ("card_no", "tapped_at", "direction")):
                resent.append(name)
            else:
                rejected.append((*name, "conflicting_resend"))
            continue
        stayed[identity] = line
        tap_or_reason = decide(world, line)
        if isinstance(tap_or_reason, str):
            rejected.append((*name, tap_or_reason))
        else:
            accepted.append(tap_or_reason)
    return accepted, resent, rejected


def is_malformed(line: dict) -> bool:
    needed = ("device_no", "device_seq", "card_no", "tapped_at", "received_at")
    return (
        line["malformed_text"] is not None
        or any(line[part] is None for part in needed)
        or line["direction"] not in ("in", "out", None)
    )


def decide(world: World, line: dict) -> dict | str:  # noqa: PLR0911 -- one return a row of the table
    """The accepted tap, or the reason why it is rejected."""
    arrival = line["received_at"]
    device = next((d for d in world.devices if d["device_no"] == line["device_no"]), None)
    if device is None:
        return "unknown_device"
    beats = [
        b for b in world.heartbeats if b["device_no"] == line["device_no"] and b["received_at"] <= arrival
    ]
    beats.sort(key=lambda b: (b["received_at"], b["heartbeat_id"]))
    offset = timedelta(seconds=beats[-1]["clock_offset_seconds"]) if beats else timedelta(0)
    if abs(offset) > 10 * MINUTE:
        return "clock_untrusted"
    true_time = line["tapped_at"] - offset
    if true_time > arrival + 5 * MINUTE:
        return "future_tap"
    if true_time < arrival - timedelta(days=30):
        return "stale_tap"
    holders = [
        b
        for b in world.card_bindings
        if b["card_no"] == line["card_no"]
        and b["bound_from"] <= true_time
        and (b["bound_to"] is None or true_time < b["bound_to"])
    ]
    if not holders:
        return "unknown_card"
    for card in world.cards:
        is_it = card["card_no"] == line["card_no"]
        if is_it and card["reported_lost_at"] is not None and card["reported_lost_at"] < true_time:
            return "hotlisted_card"
    holder = max(holders, key=lambda b: (b["bound_from"], b["binding_id"]))
    later = [
        p
        for p in world.former_placements
        if p["device_no"] == line["device_no"] and true_time < p["placed_to"]
    ]
    stood = min(later, key=lambda p: p["placed_to"], default=device)
    return {
        **line,
        "device_tapped_at": line["tapped_at"],
        "tapped_at": true_time,
        "volunteer_id": holder["volunteer_id"],
        "site_id": stood["site_id"],
        "is_directed": stood["is_directed"],
        "service_day": service_day(true_time),
    }


# --- Sections 2 to 7


def keep_time(world: World, taps: list[dict]) -> tuple[list[dict], list[tuple]]:
    """(sessions of everybody, ignored bounces as (device_no, device_seq))."""
    volunteers = {t["volunteer_id"] for t in taps}
    volunteers |= {c["volunteer_id"] for c in world.check_ins}
    volunteers |= {r["volunteer_id"] for r in world.honour_records}
    sessions, bounces = [], []
    for volunteer in sorted(volunteers):
        own, ignored = one_volunteer(world, [t for t in taps if t["volunteer_id"] == volunteer], volunteer)
        sessions += own
        bounces += ignored
    return sessions, bounces


def one_volunteer(world: World, taps: list[dict], volunteer: int) -> tuple[list[dict], list[tuple]]:
    shifts = {
        s["shift_id"]: s for s in world.shifts if timedelta(0) < s["ends_at"] - s["starts_at"] <= 24 * HOUR
    }
    kept, ignored = without_bounces(taps)
    groups: dict[tuple, list[dict]] = {}
    for tap in kept:
        shift = shift_of(world, shifts, tap)
        day = service_day(shifts[shift]["starts_at"]) if shift is not None else tap["service_day"]
        place = ("shift", shift) if shift is not None else ("site", tap["site_id"])
        event = {
            "at": tap["tapped_at"],
            "order": (tap["tapped_at"], tap["device_no"], tap["device_seq"]),
            "event_id": f"{tap['device_no']}:{tap['device_seq']}",
            "direction": tap["direction"] if tap["is_directed"] else None,
            "site_id": tap["site_id"],
        }
        groups.setdefault((day, place, "CARD"), []).append(event)
    for check_in in world.check_ins:
        if check_in["volunteer_id"] != volunteer or check_in["shift_id"] not in shifts:
            continue
        event = {
            "at": check_in["occurred_at"],
            "order": (check_in["occurred_at"], check_in["event_id"]),
            "event_id": str(check_in["event_id"]),
            "direction": check_in["direction"],
            "site_id": check_in["site_id"],
        }
        day = service_day(shifts[check_in["shift_id"]]["starts_at"])
        groups.setdefault((day, ("shift", check_in["shift_id"]), "APP"), []).append(event)
    sessions = []
    for (day, place, channel), events in groups.items():
        events.sort(key=lambda event: event["order"])
        directed = channel == "APP" or all(event["direction"] is not None for event in events)
        for opening, closing in directed_pairs(events) if directed else toggle_pairs(events):
            sessions.append(new_session(volunteer, day, place, channel, opening, closing, shifts))
    judge(sessions, shifts)
    remove_overlap(sessions)
    honours = honour_sessions(world, volunteer, shifts, sessions)
    apply_ceilings(sessions + honours)
    return sessions + honours, ignored


def without_bounces(taps: list[dict]) -> tuple[list[dict], list[tuple]]:
    kept, ignored = [], []
    last_at: dict[int, datetime] = {}
    for tap in sorted(taps, key=lambda t: (t["tapped_at"], t["device_no"], t["device_seq"])):
        before = last_at.get(tap["site_id"])
        if before is not None and tap["tapped_at"] - before <= timedelta(seconds=60):
            ignored.append((tap["device_no"], tap["device_seq"]))
        else:
            kept.append(tap)
        last_at[tap["site_id"]] = tap["tapped_at"]
    return kept, ignored


def shift_of(world: World, shifts: dict, tap: dict) -> int | None:
    fitting = []
    for shift_id, shift in shifts.items():
        signed_up = any(
            s["shift_id"] == shift_id and s["volunteer_id"] == tap["volunteer_id"] for s in world.sign_ups
        )
        stands = any(s["shift_id"] == shift_id and s["site_id"] == tap["site_id"] for s in world.shift_sites)
        if not (signed_up and stands):
            continue
        if shift["starts_at"] - HOUR <= tap["tapped_at"] <= shift["ends_at"] + HOUR:
            middle = shift["starts_at"] + (shift["ends_at"] - shift["starts_at"]) / 2
            fitting.append((abs(tap["tapped_at"] - middle), shift_id))
    return min(fitting)[1] if fitting else None


def toggle_pairs(events: list[dict]) -> list[tuple]:
    pairs, opened, last = [], None, None
    for event in events:
        if last is not None and event["at"] - last > 12 * HOUR and opened is not None:
            pairs.append((opened, None))
            opened = None
        if opened is None:
            opened = event
        else:
            pairs.append((opened, event))
            opened = None
        last = event["at"]
    if opened is not None:
        pairs.append((opened, None))
    return pairs


def directed_pairs(events: list[dict]) -> list[tuple]:
    pairs, waiting = [], None
    for event in events:
        if event["direction"] == "in":
            if waiting is not None:
                pairs.append((waiting, None))
            waiting = event
        elif waiting is not None and event["at"] - waiting["at"] <= 12 * HOUR:
            pairs.append((waiting, event))
            waiting = None
        else:
            if waiting is not None:
                pairs.append((waiting, None))
                waiting = None
            pairs.append((None, event))
    if waiting is not None:
        pairs.append((waiting, None))
    return pairs


def new_session(volunteer, day, place, channel, opening, closing, shifts) -> dict:  # noqa: PLR0917
    in_at = opening["at"] if opening else None
    out_at = closing["at"] if closing else None
    kind, number = place
    shift = shifts[number] if kind == "shift" else None
    if shift is not None:
        in_at = in_at and min(max(in_at, shift["starts_at"]), shift["ends_at"])
        out_at = out_at and min(max(out_at, shift["starts_at"]), shift["ends_at"])
    first = opening or closing
    return {
        "session_id": f"{volunteer}/{kind}/{number}/{channel}/{first['event_id']}",
        "volunteer_id": volunteer,
        "service_day": day,
        "channel": channel,
        "place_kind": kind,
        "shift_id": number if shift is not None else None,
        "site_id": first["site_id"],
        "opening_event_id": opening and opening["event_id"],
        "closing_event_id": closing and closing["event_id"],
        "in_at": in_at,
        "out_at": out_at,
        "raw_minutes": max(minutes_between(in_at, out_at), 0) if in_at and out_at else 0,
        "overlap_minutes": 0,
        "net_minutes": 0,
        "verdict": None,
        "hour_kind": "credit",
    }


def section_6_order(session: dict) -> tuple:
    return (session["in_at"], session["channel"], session["out_at"], session["session_id"])


def judge(sessions: list[dict], shifts: dict) -> None:
    for session in sessions:
        if session["out_at"] is None:
            session["verdict"] = "missing_out"
        elif session["in_at"] is None:
            session["verdict"] = "orphan_out"
        elif session["raw_minutes"] < 10:
            session["verdict"] = "too_short"
    for shift_id, shift in shifts.items():
        left = [s for s in sessions if s["shift_id"] == shift_id and s["verdict"] is None]
        left.sort(key=section_6_order)
        for session in left[3:]:
            session["verdict"] = "too_many_sessions"
        left = left[:3]
        permille = shift["min_attendance_permille"]
        planned = minutes_between(shift["starts_at"], shift["ends_at"])
        if permille is not None and sum(s["raw_minutes"] for s in left) * 1000 < permille * planned:
            for session in left:
                session["verdict"] = "below_attendance_ratio"


def remove_overlap(sessions: list[dict]) -> None:
    latest_end = EPOCH
    for session in sorted((s for s in sessions if s["verdict"] is None), key=section_6_order):
        kept_from = max(session["in_at"], latest_end)
        kept = max(session["out_at"] - kept_from, timedelta(0))
        latest_end = max(latest_end, session["out_at"])
        session["net_minutes"] = kept // MINUTE
        session["overlap_minutes"] = session["raw_minutes"] - session["net_minutes"]
        session["verdict"] = "counted" if kept else "overlapped"


def honour_sessions(world: World, volunteer: int, shifts: dict, credit: list[dict]) -> list[dict]:
    records = [
        r
        for r in world.honour_records
        if r["volunteer_id"] == volunteer and (r["shift_id"] is None or r["shift_id"] in shifts)
    ]
    records.sort(key=lambda r: (r["started_at"] is None, r["started_at"] or EPOCH, r["record_id"]))
    covered = [(s["in_at"], s["out_at"]) for s in credit if s["verdict"] in ("counted", "overlapped")]
    sessions = []
    for record in records:
        raw = record["minutes"]
        shift = shifts.get(record["shift_id"])
        if shift is not None:
            raw = min(raw, minutes_between(shift["starts_at"], shift["ends_at"]))
        start, end = record["started_at"], record["ended_at"]
        net, verdict = raw, "counted"
        if not record["is_approved"]:
            net, verdict = 0, "not_approved"
        elif start is not None and end is not None:
            net = min(raw, uncovered(start, end, covered) // MINUTE)
            covered.append((start, end))
            if net == 0 and raw > 0:
                verdict = "overlapped"
        place = f"shift/{record['shift_id']}" if record["shift_id"] is not None else "none"
        sessions.append(
            {
                "session_id": f"{volunteer}/{place}/HONOUR/{record['record_id']}",
                "volunteer_id": volunteer,
                "service_day": record["service_day"],
                "channel": "HONOUR",
                "place_kind": "shift" if record["shift_id"] is not None else None,
                "shift_id": record["shift_id"],
                "site_id": None,
                "opening_event_id": str(record["record_id"]),
                "closing_event_id": None,
                "in_at": start,
                "out_at": end,
                "raw_minutes": raw,
                "overlap_minutes": raw - net if record["is_approved"] else 0,
                "net_minutes": net,
                "verdict": verdict,
                "hour_kind": "honour",
            }
        )
    return sessions


def uncovered(start: datetime, end: datetime, covers: list[tuple]) -> timedelta:
    """How much of [start, end) lies in none of `covers`: cut it at every edge and add up what is free."""
    edges = sorted({start, end} | {edge for cover in covers for edge in cover if start < edge < end})
    free = timedelta(0)
    for left, right in pairwise(edges):
        if right > left >= start and not any(a <= left and right <= b for a, b in covers):
            free += right - left
    return free if end > start else timedelta(0)


def apply_ceilings(sessions: list[dict]) -> None:
    """`sessions`: the credit ones in any order, then the honour ones in theirs."""
    credit = [s for s in sessions if s["hour_kind"] == "credit" and s["net_minutes"] > 0]
    honour = [s for s in sessions if s["hour_kind"] == "honour"]
    for session in sessions:
        session["settled_minutes"] = session["review_minutes"] = session["void_minutes"] = 0
    so_far: dict[date, int] = {}
    for session in sorted(credit, key=section_6_order) + honour:
        for _ in range(session["net_minutes"]):
            minute = so_far.get(session["service_day"], 0) + 1
            so_far[session["service_day"]] = minute
            kind = "settled" if minute <= 480 else "review" if minute <= 1440 else "void"
            session[f"{kind}_minutes"] += 1


# --- Flags


def flags(world: World, taps: list[dict], sessions: list[dict]) -> set[tuple]:
    """(service_day, flag, subject, session_id or None)."""
    shifts = {
        s["shift_id"]: s for s in world.shifts if timedelta(0) < s["ends_at"] - s["starts_at"] <= 24 * HOUR
    }
    return (
        proxy_swipes(taps)
        | impossible_travel(world, taps, shifts)
        | about_records(world, sessions, shifts)
        | {
            (s["service_day"], "impossible_day", str(s["volunteer_id"]), s["session_id"])
            for s in sessions
            if s["void_minutes"] > 0
        }
    )


def proxy_swipes(taps: list[dict]) -> set[tuple]:
    found = set()
    for device, day in {(t["device_no"], t["service_day"]) for t in taps}:
        own = sorted(
            (t["tapped_at"], t["card_no"])
            for t in taps
            if (t["device_no"], t["service_day"]) == (device, day)
        )
        times, last = 0, EPOCH
        for at, _ in own:
            cards = {card for other, card in own if timedelta(0) <= at - other <= timedelta(seconds=10)}
            if len(cards) >= 3:
                times += at - last > timedelta(seconds=10)
                last = at
        if times >= 3:
            found.add((day, "proxy_swipe", device, None))
    return found


def impossible_travel(world: World, taps: list[dict], shifts: dict) -> set[tuple]:
    where = {s["site_id"]: (s["lon"], s["lat"]) for s in world.sites}
    events = [
        (
            t["volunteer_id"],
            t["service_day"],
            t["tapped_at"],
            "CARD",
            f"{t['device_no']}:{t['device_seq']}",
            t["site_id"],
        )
        for t in taps
    ]
    for c in world.check_ins:
        shift = shifts.get(c["shift_id"])
        if shift and shift["starts_at"] - HOUR <= c["occurred_at"] <= shift["ends_at"] + HOUR:
            day = service_day(c["occurred_at"])
            events.append((c["volunteer_id"], day, c["occurred_at"], "APP", str(c["event_id"]), c["site_id"]))
    events = sorted(e for e in events if e[5] in where)
    found = set()
    for before, after in pairwise(events):
        if before[:2] != after[:2] or before[5] == after[5]:
            continue
        hours = (after[2] - before[2]) / HOUR
        if kilometres(where[before[5]], where[after[5]]) > 120 * hours:
            found.add((after[1], "impossible_travel", str(after[0]), None))
    return found


def kilometres(a: tuple, b: tuple) -> float:
    lon_a, lat_a, lon_b, lat_b = (radians(degrees) for degrees in (*a, *b))
    chord = sin((lat_b - lat_a) / 2) ** 2 + cos(lat_a) * cos(lat_b) * sin((lon_b - lon_a) / 2) ** 2
    return 2 * 6371.0088 * asin(sqrt(min(chord, 1)))


def about_records(world: World, sessions: list[dict], shifts: dict) -> set[tuple]:
    found = set()
    records = {s["session_id"]: s for s in sessions if s["hour_kind"] == "honour"}
    usable = [r for r in world.honour_records if r["shift_id"] is None or r["shift_id"] in shifts]
    for record in usable:
        place = f"shift/{record['shift_id']}" if record["shift_id"] is not None else "none"
        name = f"{record['volunteer_id']}/{place}/HONOUR/{record['record_id']}"
        author, raised = record["entered_by"], set()
        in_turn = any(
            r["is_approved"] and r["approved_by"] == record["volunteer_id"] and r["volunteer_id"] == author
            for r in world.honour_records
        )
        if author == record["volunteer_id"] or in_turn:
            raised.add("self_granted")
        same_author = sorted(r["entered_at"] for r in usable if r["entered_by"] == author)
        for start in same_author:
            span = [at for at in same_author if start <= at <= start + 10 * MINUTE]
            if len(span) > 20 and start <= record["entered_at"] <= start + 10 * MINUTE:
                raised.add("burst_entry")
        end_of_day = datetime.combine(record["service_day"], datetime.min.time()) + timedelta(
            hours=24 + 4 - 8
        )
        if record["entered_at"] > (record["ended_at"] or end_of_day) + timedelta(days=30):
            raised.add("late_entry")
        if records[name]["raw_minutes"] < record["minutes"]:
            raised.add("above_plan")
        found |= {(record["service_day"], flag, str(author), name) for flag in raised}
    return found
