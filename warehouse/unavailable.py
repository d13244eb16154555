"""The error that says the lake cannot be used now, and what it must not show.

Here: passwords out of messages. Never here: what opens the lake.
"""

import re

# A password may hold an @ or a slash that nobody quoted: all up to the last @ of the word is taken for it.
_PASSWORD_IN_URL = re.compile(r"(://[^\s:/]*):\S*@")
# `password=secret`, `password = 'two words'`, `?password=secret&sslmode=require`: rather too much hidden than too
# little.
_SECRET_PARAMETER = re.compile(
    r"(?i)(\w*(?:password|passwd|pwd|secret|token|key)\s*=\s*)(?:'(?:[^'\\]|\\.)*'|(?:(?!&\w+=)\S)*)"
)


class LakeUnavailable(RuntimeError):
    """The lake cannot be opened or used now. The message says what to do, and shows no password."""

    def __init__(self, message: str) -> None:
        super().__init__(hide_password(message))


def hide_password(text: str) -> str:
    """Return the text with the password of every URL, and every secret parameter (`password=…`), as ***."""
    return _SECRET_PARAMETER.sub(r"\1***", _PASSWORD_IN_URL.sub(r"\1:***@", text))
