"""Points as people type them, such as 3.50, in hundredths.

Belongs here: reading them. Does not belong here: showing them (formats.py), or a rule.
"""

from decimal import Decimal, InvalidOperation


def cents_of(typed: str) -> int:
    """What was typed as points in hundredths; 0, which commands refuse, where it is none."""
    try:
        cents = Decimal(typed.strip()) * 100
    except InvalidOperation:
        return 0
    return int(cents) if cents.is_finite() and cents == cents.to_integral_value() else 0
