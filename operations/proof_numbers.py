"""Numbers of proofs: drawn so that nobody can guess one, with a character that tells a slip.

Here: numbers only. Never here: the proofs they belong to.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable

from stdnum.iso7064 import mod_37_36

# Without what is mistaken for another character when a number is read out or typed.
ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
DRAWN = 12  # 31^12 numbers a year: with a million proofs one guess in 10^11 would meet one
LENGTH = 4 + DRAWN + 1


def new_number(year: int, draw: Callable[[str], str] = secrets.choice) -> str:
    """A new number: the year, twelve characters drawn by chance, and a check character (ISO 7064, mod 37, 36).

    `draw` takes one of the characters it is given (another one only for made-up cities).
    """
    number = f"{year:04d}" + "".join(draw(ALPHABET) for _ in range(DRAWN))
    return number + mod_37_36.calc_check_digit(number)


def plain_number(typed: str) -> str | None:
    """The number as it is stored, whatever blanks and dashes it was typed with; None if it cannot be one."""
    number = re.sub(r"[\s\-—–]", "", typed).upper()
    if len(number) != LENGTH or not number.isascii() or not mod_37_36.is_valid(number):
        return None
    return number


def shown_number(number: str) -> str:
    """The number in groups, as it is printed: `2026-7KQM-3RWX-9TBC-H`."""
    return "-".join([number[:4], number[4:8], number[8:12], number[12:16], number[16:]])
