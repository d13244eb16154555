"""Finding the row of a register for each of many values, again and again: made once, asked for every batch.

Here: a table of hashes, and exact comparison behind it. Never here: what the register says.
"""

from __future__ import annotations

import numpy as np
import polars as pl

# Twice to four times as many buckets as keys: most hold one key or none.
ROOM = 2
# Up to as many numbers per key, a table of all numbers is the fastest.
SPREAD = 16
DIGITS = 18


class Lookup:
    """Positions in a register by its text keys, which must be distinct.

    Keys that are all numbers of one length (as card numbers are) are compared as whole numbers, four times as fast as
    text; equal numbers of equal length without leading zeros are equal texts.
    """

    def __init__(self, keys: pl.Series) -> None:
        self._width = _width(keys)
        self._keys = keys.cast(pl.Int64) if self._width else keys
        self._low, self._direct = self._laid_out() if self._width else (0, None)
        if self._direct is not None:
            return
        hashes = self._keys.hash(seed=0).to_numpy()
        order = np.argsort(hashes)
        self._row = order.astype(np.int32)
        self._hash = hashes[order]
        self._bits = max(ROOM * max(len(keys), 1) - 1, 1).bit_length()
        counts = np.bincount(self._bucket(self._hash), minlength=1 << self._bits)
        self._end = np.cumsum(counts, dtype=np.int32)
        self._start = self._end - counts.astype(np.int32)
        self._number = self._keys.to_numpy() if self._width else None

    def rows(self, values: pl.Series) -> np.ndarray:
        """The position of each value (text) in the register, -1 where it is not there."""
        if not len(self._keys):
            return np.full(len(values), -1, dtype=np.int32)
        wanted = values
        if self._width:
            number = values.cast(pl.Int64, strict=False)
            wanted = number.set(values.str.len_bytes() != self._width, None).fill_null(-1)
        if self._direct is not None:
            place = wanted.to_numpy() - self._low
            place[(place < 0) | (place >= len(self._direct))] = -1
            return self._direct[place]
        hashes = wanted.hash(seed=0).to_numpy()
        bucket = self._bucket(hashes)
        found, end = self._start[bucket], self._end[bucket]
        # Step by step along the bucket; after the first step few are left.
        left = np.flatnonzero(found < end)
        none = np.ones(len(values), dtype=bool)
        while len(left):
            hit = self._hash[found[left]] == hashes[left]
            none[left[hit]] = False
            left = left[~hit]
            found[left] += 1
            left = left[found[left] < end[left]]
        row = np.where(none, np.int32(-1), self._row[np.minimum(found, len(self._row) - 1)])
        return np.where(self._is_equal(row, wanted), row, np.int32(-1))

    def _laid_out(self) -> tuple[int, np.ndarray | None]:
        """Numbers that lie close together: the row of each number from the lowest on, and -1 at the end."""
        number = self._keys.to_numpy()
        low, high = int(number.min()), int(number.max())
        if high - low > SPREAD * len(number):
            return low, None
        direct = np.full(high - low + 2, -1, dtype=np.int32)
        direct[number - low] = np.arange(len(number), dtype=np.int32)
        return low, direct

    def _bucket(self, hashes: np.ndarray) -> np.ndarray:
        return (hashes >> np.uint64(64 - self._bits)).astype(np.int32)

    def _is_equal(self, row: np.ndarray, wanted: pl.Series) -> np.ndarray:
        """Equal hashes are not always equal keys."""
        if self._number is not None:
            return self._number[row] == wanted.to_numpy()
        key = self._keys.gather(pl.Series(np.maximum(row, 0)))
        return (key == wanted).fill_null(value=False).to_numpy() & (row >= 0)


def is_repeated(keys: pl.Series) -> pl.Series:
    """Which of `keys` (text) are there more than once."""
    if not _width(keys):
        return keys.is_duplicated()
    number = keys.cast(pl.Int64).to_numpy()
    # A register is mostly written in the order of its keys.
    if (number[1:] > number[:-1]).all():
        return pl.zeros(len(keys), dtype=pl.Boolean, eager=True)
    in_order = np.sort(number)
    repeated = in_order[1:][in_order[1:] == in_order[:-1]]
    return pl.Series(np.isin(number, repeated) if len(repeated) else np.zeros(len(keys), dtype=bool))


def _width(keys: pl.Series) -> int:
    """The common length of keys that are all numbers without leading zeros; 0 where they are not."""
    width = keys.str.len_bytes().max()
    if not isinstance(width, int) or not 0 < width <= DIGITS:
        return 0
    number = keys.cast(pl.Int64, strict=False)
    low = number.min()
    is_plain = number.null_count() == 0 and isinstance(low, int) and low >= 10 ** (width - 1)
    return width if is_plain else 0
