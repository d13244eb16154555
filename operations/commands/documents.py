"""Files that people hand in: whether one can be taken, and what is written down of it.

Here: single files. Never here: the database, or what a file proves.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from operations.rules import rule

from .refusals import Refused, one_of, required_text

KINDS = ("registration_certificate", "charter", "responsible_person", "supervisor_letter", "other")
# What an official can open and look at, with the bytes that such a file begins with.
BEGINNINGS = {"application/pdf": b"%PDF-", "image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
MEGABYTE = 1024 * 1024


@dataclass(frozen=True)
class Document:
    """One file: what it is, and its bytes."""

    kind: str
    file_name: str
    media_type: str
    content: bytes

    @property
    def sha256(self) -> str:
        """The digest that tells whether the kept file is still the same."""
        return hashlib.sha256(self.content).hexdigest()


def checked_documents(documents: Sequence[Document], *, on: datetime) -> list[Document]:
    """The files as they are kept.

    Raises `Refused` for too many, for an empty or too large one, or for one that is not what it says it is.
    """
    most = rule("documents_limit", on)
    if len(documents) > most:
        raise Refused(f"hand in at most {most} files", "documents")
    return [_checked(one, rule("document_size_limit", on)) for one in documents]


def _checked(one: Document, most_megabytes: int) -> Document:
    # Only the last part: some browsers send the folder that the file lay in.
    name = required_text(one.file_name.replace("\\", "/").rsplit("/", 1)[-1], "file_name", 160)
    one_of(one.kind, KINDS, "kind")
    if one.media_type not in BEGINNINGS:
        raise Refused(f"{name} is neither PDF nor JPEG nor PNG: save it as one of these", "documents")
    if not one.content:
        raise Refused(f"{name} is empty: choose the file again", "documents")
    if len(one.content) > most_megabytes * MEGABYTE:
        raise Refused(
            f"{name} has {len(one.content) / MEGABYTE:.1f} MB, at most {most_megabytes} MB are taken: "
            "save it smaller",
            "documents",
        )
    if not one.content.startswith(BEGINNINGS[one.media_type]):
        raise Refused(
            f"{name} is not the kind of file that its name says: save it as PDF, JPEG or PNG", "documents"
        )
    return replace(one, file_name=name)
