"""What a command answers to input that it cannot accept, and the checks that many of them share.

Here: plain checks of single values. Never here: a rule of one subject.
"""

from __future__ import annotations

from datetime import datetime


class Refused(Exception):
    """A command was not carried out, and nothing was changed; the message says what to do.

    `field` names the argument that a form should show it beside, if it is about one.
    """

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


def required_text(value: str, field: str, longest: int) -> str:
    """`value` without blanks around it; `Refused` if nothing is left or it is longer than `longest` characters."""
    text = value.strip()
    if not text:
        raise Refused(f"{_said(field)} is missing", field)
    if len(text) > longest:
        raise Refused(f"{_said(field)} is longer than {longest} characters: shorten it", field)
    return text


def one_of(value: str, allowed: tuple[str, ...], field: str) -> str:
    """`value`; `Refused` if it is none of `allowed`."""
    if value not in allowed:
        raise Refused(f"{_said(field)} {value!r} is not known; use one of {', '.join(allowed)}", field)
    return value


def not_later(moment: datetime, limit: datetime, field: str) -> datetime:
    """`moment`; `Refused` if it lies after `limit`."""
    if moment > limit:
        raise Refused(f"{_said(field)} lies in the future", field)
    return moment


def _said(field: str) -> str:
    return "the " + field.replace("_", " ")
