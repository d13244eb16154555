"""CSV files as people save them: what is read, and what is wrong with them, by row."""

from __future__ import annotations

from datetime import date

import pytest

from operations.commands import csv_rows
from operations.commands.csv_rows import Column, Row, RowError, decimal_number, whole_number, yes_or_no
from operations.commands.refusals import Refused

COLUMNS = (
    Column("card_no", "卡号", is_code=True),
    Column("count", "数量", whole_number, is_required=False, default=7),
)


def read_rows(content: bytes, columns: tuple[Column, ...] = COLUMNS) -> tuple[list[Row], list[RowError]]:
    return csv_rows.read_rows(content, columns, on=date(2026, 8, 1))


def cells(content: bytes) -> list[tuple[int, str, int]]:
    rows, errors = read_rows(content)
    assert errors == []
    return [(row.number, row.values["card_no"], row.values.get("count", -1)) for row in rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_a_file_is_read_as_windows_or_excel_saves_it(encoding: str, separator: str) -> None:
    text = "卡号,数量\r\n 甲1 ,3\r\n".replace(",", separator)
    assert cells(text.encode(encoding)) == [(2, "甲1", 3)]


def test_columns_may_come_in_any_order_by_either_heading_and_empty_cells_take_the_default() -> None:
    assert cells("数量,card_no,,\n,A,,\n\n,,\n5,B\n,C\n".encode()) == [(2, "A", 7), (5, "B", 5), (6, "C", 7)]


def test_digits_that_a_spreadsheet_was_told_to_keep_are_taken_as_they_are() -> None:
    assert cells(b'card_no\n\'007\n"=""008"""\n') == [(2, "007", -1), (3, "008", -1)]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "the file is empty"),
        ("卡号\n".encode(), "headings and no rows"),
        (b"PK\x03\x04...", "Excel workbook: save it as CSV"),
        (b"\xff\xfe\x61\x53", "neither UTF-8 nor GB18030"),
        ("卡号,颜色\nA,红\n".encode(), "the column '颜色' is not known; the columns are 卡号"),
        ("数量\n3\n".encode(), "the column 卡号 .card_no. is missing"),
        ("卡号,card_no\nA,A\n".encode(), "the column card_no is there twice"),
        (b"card_no\n" + b"A\n" * 50_001, "at most 50000 a file"),
    ],
)
def test_a_file_that_cannot_be_read_as_a_whole_says_what_to_do(content: bytes, says: str) -> None:
    with pytest.raises(Refused, match=says) as refused:
        read_rows(content)
    assert refused.value.field == "content"


def test_every_fault_is_named_with_its_row_and_column() -> None:
    rows, errors = read_rows("卡号,数量\nA,x\n,2\nB,2,3\nC,4\n".encode())
    assert [row.number for row in rows] == [5]
    assert errors == [
        RowError(2, "count", "'x' is not a whole number"),
        RowError(3, "card_no", "卡号 (card_no) is missing"),
        RowError(4, "", "the row has 3 cells where the headings are 2"),
    ]


@pytest.mark.parametrize(
    ("cell", "says"),
    [
        ("3.30101E+12", "how a spreadsheet shortens a long number"),
        ("3E12", "how a spreadsheet shortens a long number"),
        ("3301000012345.00", "taken for a number with decimals"),
    ],
)
def test_a_number_that_a_spreadsheet_spoilt_is_named(cell: str, says: str) -> None:
    _, (error,) = read_rows(f"card_no\n{cell}\n".encode())
    assert (error.row, error.field) == (2, "card_no")
    assert says in error.message
    assert "format the column as text" in error.message


@pytest.mark.parametrize("cell", ["330106199001011", "3301061990010120", "D3E12", "1000"])
def test_a_number_that_was_not_spoilt_is_taken(cell: str) -> None:
    assert cells(f"card_no\n{cell}\n".encode()) == [(2, cell, -1)]


def test_zeros_that_were_lost_at_the_beginning_are_noticed_by_the_others() -> None:
    rows, (error,) = read_rows(b"card_no\n1234\n5678\n912\n9123\n")
    assert [row.number for row in rows] == [2, 3, 5]
    assert (error.row, error.field) == (4, "card_no")
    assert error.message.startswith("912 has 3 digits where the others have 4")


def test_long_numbers_that_all_end_in_zero_were_rounded() -> None:
    numbers = [f"33010619900{row}0110" for row in range(5)]
    _, errors = read_rows("\n".join(["card_no", *numbers]).encode())
    assert [(error.row, "keeps 15 digits" in error.message) for error in errors] == [
        (row, True) for row in range(2, 7)
    ]
    # Too few of them, the same few again and again, or one that was kept.
    for others in (numbers[:4], numbers[:2] * 4, [*numbers, "3301061990000111"]):
        assert read_rows("\n".join(["card_no", *others]).encode())[1] == []


@pytest.mark.parametrize("content", [b"card_no\n12\n345\n", b"card_no\n12\n345\n6789\n1\n"])
def test_numbers_without_a_usual_length_are_taken_as_they_are(content: bytes) -> None:
    assert read_rows(content)[1] == []


def test_cells_are_read_as_what_they_are() -> None:
    assert (yes_or_no("是"), yes_or_no("no"), decimal_number("1.5")) == (True, False, 1.5)
    with pytest.raises(ValueError, match="neither 是"):
        yes_or_no("maybe")
    with pytest.raises(ValueError, match="is not a number"):
        decimal_number("x")
