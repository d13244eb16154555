"""Identity documents: whether a number can be right, and what it tells of its owner.

Here: numbers only. Never here: the database.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from stdnum.cn import ric
from stdnum.exceptions import ValidationError
from stdnum.util import clean, isdigits

from .refusals import Refused, one_of, required_text

ID_TYPES = (
    "resident_identity_card",
    "passport",
    "hong_kong_macao_permit",
    "taiwan_permit",
    "foreigner_permit",
)
SEXES = ("0", "1", "2", "9")  # GB/T 2261.1: unknown, male, female, not stated
# GB/T 2260, and 81 to 83 of residence permits for people of Hong Kong, Macao and Taiwan (since 2018).
PROVINCES = frozenset(
    map(
        str,
        (
            *range(11, 16),
            *range(21, 24),
            *range(31, 38),
            *range(41, 47),
            *range(50, 55),
            *range(61, 66),
            71,
            81,
            82,
            83,
        ),
    )
)


@dataclass(frozen=True)
class Identity:
    """What is known from a document: its number in its plain form, birth date and sex (GB/T 2261.1)."""

    number: str
    born_on: date | None
    sex: str

    @property
    def birth_year_band(self) -> str | None:
        """Five years wide, such as `1990-1994`."""
        if self.born_on is None:
            return None
        first = self.born_on.year // 5 * 5
        return f"{first}-{first + 4}"


def read_identity(id_type: str, number: str, *, born_on: date | None, sex: str | None) -> Identity:
    """Check a document's number and return what it tells.

    Raises `Refused` for one that cannot be right, or that says otherwise than `born_on` or `sex`.
    """
    if id_type != "resident_identity_card":
        plain = required_text(number, "id_number", 40).upper()
        return Identity(plain, born_on, one_of(sex or "0", SEXES, "sex"))
    plain = _checked(number)
    born = _birth_date(plain)
    told = "1" if int(plain[16]) % 2 else "2"
    if born_on not in (None, born):
        raise Refused(f"the identity number says born on {born}, not {born_on}", "born_on")
    if sex not in (None, told):
        raise Refused("the identity number says another sex", "sex")
    return Identity(plain, born, told)


def _checked(number: str) -> str:
    """The number in its plain form.

    Of the place only the province is checked: python-stdnum's own check knows no county younger than its table (it
    breaks on 330113 and 330114 of 2021), and refuses people older than the county that numbered them.
    """
    plain = clean(number, " -").upper()
    if len(plain) != 18:
        raise Refused(f"an identity number has 18 characters, this one has {len(plain)}", "id_number")
    if not (plain.isascii() and isdigits(plain[:17]) and (isdigits(plain[17]) or plain[17] == "X")):
        raise Refused("an identity number is 17 digits, then a digit or X", "id_number")
    if plain[17] != ric.calc_check_digit(plain):
        raise Refused("the identity number fails its check digit: look for a slip", "id_number")
    if plain[:2] not in PROVINCES:
        raise Refused(f"no province has the code {plain[:2]}: check the identity number", "id_number")
    return plain


def _birth_date(plain: str) -> date:
    try:
        return ric.get_birth_date(plain)
    except ValidationError as error:
        raise Refused("the identity number holds no date of birth: look for a slip", "id_number") from error


def masked(number: str) -> str:
    """A number as people may see it who need not know it: `330106********1234`."""
    if len(number) <= 10:
        return "*" * len(number)
    return number[:6] + "*" * (len(number) - 10) + number[-4:]


def masked_name(name: str) -> str:
    """A name as people may see it who need not know it: 张*三, 王*."""
    if len(name) <= 2:
        return name[:1] + "*" * (len(name) - 1)
    return name[0] + "*" * (len(name) - 2) + name[-1]


def masked_phone(phone: str) -> str:
    """A telephone number as people may see it who need not know it: `138****1234`."""
    if len(phone) <= 7:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def masked_address(address: str) -> str:
    """An address as people may see it who need not know it: the street at most, without house and door."""
    return address[: min(6, len(address) // 2)] + "********"


def checked_phone(phone: str) -> str:
    """A telephone number in its plain form, a mobile one of the mainland without the country's code.

    Raises `Refused` for what cannot be dialled.
    """
    plain = clean(phone, " -()（）－")
    if plain.startswith("+86") and len(plain) == 14:
        plain = plain[3:]
    digits = plain.removeprefix("+")
    if not (digits.isascii() and digits.isdigit() and 5 <= len(digits) <= 20):
        raise Refused("a telephone number has 5 to 20 digits: look for a slip", "phone")
    return plain
