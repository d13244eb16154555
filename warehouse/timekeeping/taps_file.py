"""The file of taps, gone through in parts on all cores: which lines repeat, then accepted taps by day and the rest.

Here: reading, and laying taps down by day. Never here: a rule.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from pyarrow import parquet

from warehouse.timekeeping import plain_files
from warehouse.timekeeping.arrival import DIRECTIONS, Again, Arrival, Glance, identity, repeated
from warehouse.timekeeping.plain_values import typed_columns
from warehouse.timekeeping.side_by_side import side_by_side

PART_ROWS = 500_000
# Identities compared at once (8 bytes each).
KEYS_AT_ONCE = 4_000_000


class TapsFile:
    """The lines of `taps`, from Parquet; a CSV is written as Parquet first."""

    def __init__(self, path: Path, scratch: Path) -> None:
        self._named = path
        self._path = path
        if path.suffix != ".parquet":
            self._path = scratch / "taps_as_they_came.parquet"
            _as_parquet(path, self._path)
        self._kinds = plain_files.FILES["taps"]
        self._columns = list(self._kinds)
        with plain_files.problems_of(path):
            file = parquet.ParquetFile(self._path)
            plain_files.check_header(path, "taps", file.schema_arrow.names)
            self.line_count = file.metadata.num_rows
        self._found_readers: dict[int, Path] = {}
        self.parts = range(0, self.line_count, PART_ROWS)

    def at_a_glance(self, start: int, arrival: Arrival, again: Again) -> Glance:
        """The part that begins at line `start`, read, and split. Raises FileProblem for what cannot be read."""
        lines = _typed_at_once(self._with_reader(start, arrival.readers))
        if lines is not None:
            seen = arrival.at_a_glance(lines, again)
            if not _has_blanks(seen.left["device_no"]) and not _has_blanks(seen.left["card_no"]):
                return seen
        part = self._slice(start, self._columns)
        return arrival.at_a_glance(typed_columns(part, self._named, self._kinds, start + 1), again)

    def _with_reader(self, start: int, readers: pl.Enum) -> pl.DataFrame:
        """The part that begins at line `start`, with the readers that `repeated` found there, if it found all."""
        file = self._found_readers.get(start)
        if file is None:
            return self._slice(start, self._columns)
        part = self._slice(start, [column for column in self._columns if column != "device_no"])
        found = pl.Series(np.load(file)).cat.to(readers)
        return part.with_columns(device_no=found).select(self._columns)

    def repeated(self, readers: pl.Enum, scratch: Path) -> Again:
        """Identities of registered readers that are there more than once.

        Every part's identities are sorted and laid aside; then some devices at a time are compared over all parts.
        """
        scratch.mkdir()

        def lay_aside(start: int) -> Path:
            device, seq = self._identities(start, readers)
            if len(device) == min(PART_ROWS, self.line_count - start):
                self._found_readers[start] = scratch / f"{start}.readers.npy"
                np.save(self._found_readers[start], device)
            keys = identity(device, seq)
            keys.sort()
            target = scratch / f"{start}.npy"
            np.save(target, keys)
            return target

        files = list(side_by_side(lay_aside, self.parts))
        sorted_parts = [np.load(file, mmap_mode="r") for file in files]
        pieces = self.line_count // KEYS_AT_ONCE + 1
        samples = np.sort(
            np.concatenate([part[:: max(len(part) // 1_000, 1)] for part in sorted_parts] or [[]])
        )
        cuts = [samples[len(samples) * number // pieces] for number in range(1, pieces)]
        found = []
        bounds = [np.concatenate([[0], np.searchsorted(part, cuts), [len(part)]]) for part in sorted_parts]
        for number in range(pieces):
            piece = [
                part[int(bound[number]) : int(bound[number + 1])]
                for part, bound in zip(sorted_parts, bounds, strict=True)
            ]
            found.append(repeated(np.concatenate(piece or [np.empty(0, dtype=np.int64)])))
        del sorted_parts
        for file in files:
            file.unlink()
        return Again(np.concatenate(found).astype(np.int64))

    def _identities(self, start: int, readers: pl.Enum) -> tuple[np.ndarray, np.ndarray]:
        part = self._slice(start, ["device_no", "device_seq"])
        kinds = {column: self._kinds[column] for column in part.columns}
        is_plain = part.schema == {"device_no": pl.String, "device_seq": pl.Int64}
        if not is_plain or part["device_seq"].null_count():
            part = typed_columns(part, self._named, kinds, start + 1)
        device = part["device_no"].cast(readers, strict=False)
        if is_plain and _has_blanks(part["device_no"].filter(device.is_null())):
            part = typed_columns(part, self._named, kinds, start + 1)
            device = part["device_no"].cast(readers, strict=False)
        if not device.null_count():
            return device.to_physical().to_numpy(), part["device_seq"].to_numpy()
        is_known = device.is_not_null()
        return (
            device.to_physical().filter(is_known).to_numpy(),
            part["device_seq"].filter(is_known).to_numpy(),
        )

    def _slice(self, start: int, columns: list[str]) -> pl.DataFrame:
        with plain_files.problems_of(self._named):
            return pl.scan_parquet(self._path).select(columns).slice(start, PART_ROWS).collect()


def _typed_at_once(part: pl.DataFrame) -> pl.DataFrame | None:
    """`part` typed, where its types are right already and nothing is missing; None where a closer look is due."""
    texts = [part.schema[column] for column in ("device_no", "card_no", "direction")]
    texts[0] = pl.String() if isinstance(texts[0], pl.Enum) else texts[0]
    zones = {name: kind.time_zone for name, kind in part.schema.items() if isinstance(kind, pl.Datetime)}
    are_right = texts in ([pl.String] * 3, [pl.String, pl.String, pl.Null])
    are_right &= part.schema["device_seq"] == pl.Int64 and zones.keys() == {"tapped_at", "received_at"}
    if not are_right or sum(part[column].null_count() for column in part.columns if column != "direction"):
        return None
    direction = part["direction"].cast(DIRECTIONS, strict=False)
    if direction.null_count() != part["direction"].null_count():
        return None
    utc = [
        pl.col(name).dt.convert_time_zone("UTC").dt.replace_time_zone(None) if zone else pl.col(name)
        for name, zone in zones.items()
    ]
    return part.with_columns(direction, *(time.cast(pl.Datetime("us")) for time in utc))


def _has_blanks(texts: pl.Series) -> bool:
    if isinstance(texts.dtype, pl.Enum):
        return False
    return bool(((texts == "") | (texts != texts.str.strip_chars())).any())


def _as_parquet(path: Path, target: Path) -> None:
    """A CSV, read and checked, as Parquet."""
    nothing = plain_files.empty("taps")
    with parquet.ParquetWriter(
        target, nothing.to_arrow(compat_level=pl.CompatLevel.oldest()).schema, compression="lz4"
    ) as writer:
        for lines in plain_files.batches(path, "taps"):
            writer.write_table(lines.select(nothing.columns).to_arrow(compat_level=pl.CompatLevel.oldest()))
