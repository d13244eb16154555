"""Addresses as they may be shown: without the password that they may hold."""

from __future__ import annotations

import re

_SECRET_PARAMETER = re.compile(r"(?i)([?&;\s](?:password|passwd|pwd|secret|token|key)=)[^&;\s]*")


def masked(address: str) -> str:
    """Return a URL or connection text with every password in it as ***. A path comes back as it is."""
    scheme, separator, rest = address.partition("://")
    if separator:
        # A password may itself hold an @ that nobody quoted: the last one before the path counts.
        authority, slash, path = rest.partition("/")
        user_info, at, host = authority.rpartition("@")
        if not at and "@" in path:
            # ... or a slash.
            user_info, at, host = rest.rpartition("@")
            slash = path = ""
        user, colon, _ = user_info.partition(":")
        address = f"{scheme}://{user}{':***' if colon else ''}{at}{host}{slash}{path}"
    return _SECRET_PARAMETER.sub(r"\1***", address)
