"""Addresses as they may be shown: without the password that they may hold."""

from __future__ import annotations

import re

# A password may itself hold an @ or a slash that nobody quoted: all up to the last @ of the word is taken for it.
_IN_ADDRESS = re.compile(r"(://[^\s:/@]*):\S*@")
_SECRET_PARAMETER = re.compile(r"(?i)\b((?:password|passwd|pwd|secret|token|key)=)[^&;\s\"']*")


def masked(text: str) -> str:
    """Return the text with the password of every address in it, and every secret parameter, as ***."""
    return _SECRET_PARAMETER.sub(r"\1***", _IN_ADDRESS.sub(r"\1:***@", text))
