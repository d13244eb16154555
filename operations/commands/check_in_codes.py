"""The changing code of a shift, which whoever is there reads from a screen: six digits, or a QR code.

Here: making codes, judging them, and slowing down who tries many. Never here: positions (attendance.py).

A code is worked out from the secret of the shift and the time (as RFC 6238 does), so nothing is sent to anybody and a
picture of yesterday's screen is worth nothing. The code before the present one is still taken: people type slowly.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import event, func, select
from sqlalchemy.orm import Session

from operations.access import Action, Actor
from operations.database import writing
from operations.model import CheckInSecret, Shift, WrongCode
from operations.rules import rule, time_span

from .permitted import permitted_shift
from .records import audit
from .refusals import Refused

QR_PREFIX = "VHUB1"
SECRET_BYTES = 32


@dataclass(frozen=True)
class CheckInCode:
    """What to show at a shift now: the digits, the content of the QR code, and from when on others are shown."""

    digits: str
    qr_content: str
    until: datetime


def show_check_in_code(
    session: Session, actor: Actor, *, shift_id: int, at: datetime, reason: str = ""
) -> CheckInCode:
    """The code of a shift at `at`. The first time a secret is made for the shift, which the log does not keep.

    Raises `Refused` if the shift is cancelled, over, or keeps no attendance; `NotAllowed`.
    """
    shift, activity = permitted_shift(session, actor, Action.SHOW_CHECK_IN_CODE, shift_id)
    if activity.is_recruiting_only:
        raise Refused("this activity keeps no attendance", "shift_id")
    if shift.cancelled_at is not None or activity.status in ("draft", "submitted", "returned", "cancelled"):
        raise Refused("this shift is not held", "shift_id")
    if at > shift.ends_at + time_span("sign_in_margin", at):
        raise Refused("this shift is over", "shift_id")
    kept = session.get(CheckInSecret, shift_id)
    if kept is None:
        kept = CheckInSecret(shift_id=shift_id, secret=secrets.token_hex(SECRET_BYTES), made_at=at)
        session.add(kept)
    after = {"shift_id": shift_id, "made_at": kept.made_at.isoformat()}
    audit(session, actor, Action.SHOW_CHECK_IN_CODE, shift, at=at, reason=reason, after=after)
    return _code(kept, at)


def _code(kept: CheckInSecret, at: datetime) -> CheckInCode:
    step, seconds = _step(at)
    return CheckInCode(
        _digits(kept, step), _qr_content(kept, step), datetime.fromtimestamp((step + 1) * seconds, UTC)
    )


def _step(at: datetime) -> tuple[int, int]:
    seconds = time_span("check_in_code_changes_after", at) // timedelta(seconds=1)
    return int(at.timestamp()) // seconds, seconds


def _mac(kept: CheckInSecret, purpose: str, step: int) -> bytes:
    message = f"{purpose}/{kept.shift_id}/{step}".encode()
    return hmac.digest(bytes.fromhex(kept.secret), message, "sha256")


def _digits(kept: CheckInSecret, step: int) -> str:
    # 64 bits modulo a million: each code is as likely as any other, to one part in 10¹³.
    return f"{int.from_bytes(_mac(kept, 'digits', step)[:8]) % 1_000_000:06d}"


def _qr_content(kept: CheckInSecret, step: int) -> str:
    return f"{QR_PREFIX}.{kept.shift_id}.{_mac(kept, 'qr', step)[:16].hex()}"


def check_code(session: Session, *, volunteer_id: int, shift: Shift, code: str, at: datetime) -> None:
    """Do nothing if `code` is the present code of a shift or the one before, as digits or as content of the QR code.

    A wrong one is kept although the command is refused: after `wrong_codes_limit` of them within `wrong_codes_window`
    no code of this volunteer is looked at, so that a million cannot be tried.

    Raises `Refused`.
    """
    given = "".join(code.split())
    if not given:
        raise Refused("the code is missing: read it from the screen at the place of the shift", "code")
    window = time_span("wrong_codes_window", at)
    wrong = select(func.count()).where(
        WrongCode.volunteer_id == volunteer_id, WrongCode.tried_at > at - window
    )
    if (session.scalar(wrong) or 0) >= rule("wrong_codes_limit", at):
        minutes = window // timedelta(minutes=1)
        raise Refused(f"too many wrong codes: wait {minutes} minutes, or ask the organisation", "code")
    kept = session.get(CheckInSecret, shift.shift_id)
    step, _ = _step(at)
    right = [] if kept is None else [f(kept, s) for s in (step, step - 1) for f in (_digits, _qr_content)]
    if not any(hmac.compare_digest(given.encode(), known.encode()) for known in right):
        _keep_after_refusal(
            session, WrongCode(volunteer_id=volunteer_id, shift_id=shift.shift_id, tried_at=at)
        )
        raise Refused("this is not the code of the shift now: read it from the screen again", "code")


def _keep_after_refusal(session: Session, tried: WrongCode) -> None:
    """Write the row once this transaction has ended: the refusal rolls it back, and the row must outlive that."""
    engine = session.get_bind().engine

    def keep(_: Session) -> None:
        with writing(engine) as another:
            another.add(tried)

    for end in ("after_rollback", "after_commit"):
        event.listen(session, end, keep, once=True)
