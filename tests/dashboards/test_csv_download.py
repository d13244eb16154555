"""A downloaded table is complete, opens in Excel, and runs nothing there."""

import csv
import io
from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.csv_download import to_csv
from operations.csv_cells import FORMULA_STARTS, harmless


def read_back(content: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_a_file_begins_with_a_byte_order_mark_and_ends_its_lines_as_excel_does():
    content = to_csv(pl.DataFrame({"name": ["西湖区"], "people": [3]}))
    assert content == "\ufeffname,people\r\n西湖区,3\r\n".encode()


def test_headings_are_translated_and_numbers_stay_numbers():
    frame = pl.DataFrame({"name": ["a"], "hours": [-1234.5], "change": [-3]})
    assert to_csv(frame, {"hours": "服务时长（小时）"}).decode("utf-8-sig") == (
        "name,服务时长（小时）,change\r\na,-1234.5,-3\r\n"
    )


def test_times_days_truth_values_and_nothing_are_written_plainly():
    frame = pl.DataFrame(
        {
            "at": [datetime.fromisoformat("2026-08-01 09:05")],
            "on": [date(2026, 8, 1)],
            "is_directed": [True],
            "none": [None],
        }
    )
    assert read_back(to_csv(frame))[1] == ["2026-08-01 09:05:00", "2026-08-01", "true", ""]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "=", "@"])
def test_a_cell_that_a_spreadsheet_would_run_gets_an_apostrophe(start: str):
    assert harmless(f"{start}HYPERLINK(1)") == f"'{start}HYPERLINK(1)"


def test_a_formula_behind_blanks_gets_an_apostrophe_too():
    assert harmless("  =1+1") == "'  =1+1"


def test_a_heading_that_a_spreadsheet_would_run_gets_an_apostrophe():
    assert read_back(to_csv(pl.DataFrame({"=x": [1]})))[0] == ["'=x"]


def test_plain_text_is_left_alone():
    assert harmless("武林街道") == "武林街道"


@given(st.lists(st.tuples(st.text(), st.integers(-(2**60), 2**60)), max_size=20))
def test_every_row_is_written_and_no_text_cell_is_a_formula(rows: list[tuple[str, int]]):
    frame = pl.DataFrame(rows, schema={"text": pl.String, "number": pl.Int64}, orient="row")
    written = read_back(to_csv(frame))[1:]
    assert len(written) == len(rows)
    for (text, number), (cell, digits) in zip(rows, written, strict=True):
        assert digits == str(number)
        assert cell in (text, "'" + text)
        assert not cell.startswith(FORMULA_STARTS)
