"""Identities as lists show them: masked before a row leaves the database layer, so that no page can forget it.

Seeing the whole is a command, which writes down who looked (`operations.commands.reveals.reveal_identity`).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import String, TypeDecorator, type_coerce
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.elements import TypeCoerce

from operations.commands.identity import masked, masked_address, masked_name, masked_phone


class _Masked(TypeDecorator[str]):
    impl = String
    cache_ok = True

    def __init__(self, mask: Callable[[str], str]) -> None:
        super().__init__()
        self.mask = mask

    def process_result_value(self, value: str | None, dialect: Any) -> str | None:
        return None if value is None else self.mask(value)


def name_masked(column: InstrumentedAttribute[Any]) -> TypeCoerce[str]:
    """A column of names, shown as 张*三."""
    return type_coerce(column, _Masked(masked_name))


def number_masked(column: InstrumentedAttribute[Any]) -> TypeCoerce[str]:
    """A column of numbers of documents, shown as 330106********1234."""
    return type_coerce(column, _Masked(masked))


def phone_masked(column: InstrumentedAttribute[Any]) -> TypeCoerce[str]:
    """A column of telephone numbers, shown as 138****1234."""
    return type_coerce(column, _Masked(masked_phone))


def address_masked(column: InstrumentedAttribute[Any]) -> TypeCoerce[str]:
    """A column of addresses, shown as 西湖区曙光路********."""
    return type_coerce(column, _Masked(masked_address))
