"""Every word is said in both languages, and only in texts."""

import ast
import csv
import re
import string
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import pytest
from sqlalchemy import CheckConstraint

import operations.queries
from dashboards.field_names import code_name, field_name
from dashboards.texts import CATEGORIES, LANGUAGES, SITE_KINDS, TEXTS, name_of, refusal, text
from operations import commands
from operations.model import Base, utc_now
from operations.queries.activities import coming_shifts, past_shifts, shifts_of_activity
from operations.queries.paging import Listing
from operations.queries.sign_ups import attendance_of_shift, requests_to_decide, sign_ups_of_shift
from operations.rules import all_rules
from warehouse.tables import table as the_table

PROJECT = Path(__file__).resolve().parents[2]
DASHBOARDS = PROJECT / "dashboards"
PAGES = sorted(DASHBOARDS.rglob("*.py"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
KEY = re.compile(r"[a-z_]+(\.[a-z_]*[a-z])+")
SUBJECTS = {key.partition(".")[0] for key in TEXTS}
FILES = {"app.py"}
# What no history tells: secrets, and the log's own columns.
NOT_SHOWN = ("_hash", "_sha256", "secret", "before", "after")
# Font names, map approval marks and month formats are no texts for translation.
MAY_HOLD_CHINESE = {"formats.py", "figures.py", "language.py"}


def placeholders(words: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(words) if name}


@pytest.mark.parametrize("key", TEXTS)
def test_a_text_has_both_languages_with_the_same_placeholders(key: str):
    chinese, english = TEXTS[key]
    assert chinese and english
    assert placeholders(chinese) == placeholders(english)
    assert not CHINESE.search(english.replace("号", "")), "the English text holds Chinese"


def keys_said(file: Path) -> set[str]:
    calls = [node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)]
    said = [c for c in calls if isinstance(c.func, ast.Name) and c.func.id in ("say", "text") and c.args]
    words = [c.args[-1] if c.func.id == "text" else c.args[0] for c in said]  # type: ignore[union-attr]
    return {word.value for word in words if isinstance(word, ast.Constant)}


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_key_that_a_page_says_is_a_text(file: Path):
    assert keys_said(file) <= TEXTS.keys()


@pytest.mark.parametrize(
    "file",
    [file for file in PAGES if file.name not in MAY_HOLD_CHINESE and file.parent.name != "texts"],
    ids=lambda f: f.name,
)
def test_a_page_holds_no_chinese_of_its_own(file: Path):
    constants = [n.value for n in ast.walk(ast.parse(file.read_text())) if isinstance(n, ast.Constant)]
    docstrings = {ast.get_docstring(n, clean=False) for n in ast.walk(ast.parse(file.read_text()))
                  if isinstance(n, ast.Module | ast.FunctionDef | ast.ClassDef)}  # fmt: skip
    assert [c for c in constants if isinstance(c, str) and CHINESE.search(c) and c not in docstrings] == []


def listings() -> dict[str, Listing]:
    """Every list there is, by its name; those that are made for a shift or a moment as they are for some."""
    modules = [
        import_module(f"operations.queries.{one.name}") for one in iter_modules(operations.queries.__path__)
    ]
    found = [value for module in modules for value in vars(module).values() if isinstance(value, Listing)]
    made = [requests_to_decide(utc_now()), coming_shifts(utc_now()), past_shifts(utc_now())]
    of_one = [shifts_of_activity(1), sign_ups_of_shift(1), attendance_of_shift(1)]
    return {listing.name: listing for listing in (*found, *made, *of_one)}


@pytest.mark.parametrize("listing", listings().values(), ids=lambda listing: listing.name)
@pytest.mark.parametrize("language", LANGUAGES)
def test_every_order_of_a_list_has_a_name(listing: Listing, language: str):
    assert [order for order in listing.sorts if field_name(language, order) == order] == []


@pytest.mark.parametrize("file", PAGES, ids=lambda file: file.name)
def test_every_key_that_a_page_names_without_saying_it_is_a_text(file: Path):
    """Such as the headings of columns and the labels of filters: they are said elsewhere."""
    constants = [
        node.value for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Constant)
    ]
    keys = [word for word in constants if isinstance(word, str) and KEY.fullmatch(word) and word not in FILES]
    named = [key for key in keys if key.partition(".")[0] in SUBJECTS]
    assert [
        key for key in named if not any(known == key or known.startswith(f"{key}.") for known in TEXTS)
    ] == []


def tables_with_a_history() -> set[str]:
    """The tables of whose rows a page shows everything that was done to them."""
    text = "".join(page.read_text() for page in PAGES)
    return set(re.findall(r'records\.history\("(\w+)"', text))


@pytest.mark.parametrize("table", sorted(tables_with_a_history()))
def test_every_column_that_a_history_can_show_has_a_name(table: str):
    columns = {column.name for column in Base.metadata.tables[table].columns}
    nameless = {name for name in columns if field_name("zh", name) == name or field_name("en", name) == name}
    assert {name for name in nameless if not name.endswith(NOT_SHOWN)} == set()


@pytest.mark.parametrize(
    "table",
    ["charity_shops", "mall_items", "mall_orders", "mall_suppliers", "point_adjustments", "shop_redemptions"],
)
def test_every_code_that_a_history_of_points_can_show_has_a_name(table: str):
    rules = " ".join(
        str(rule.sqltext)
        for rule in Base.metadata.tables[table].constraints
        if isinstance(rule, CheckConstraint)
    )
    codes = [
        (column, code)
        for column, listed in re.findall(r"(\w+) IN \(('[^)]*')\)", rules)
        for code in re.findall(r"'(\w+)'", listed)
    ]
    assert codes
    assert [found for found in codes if code_name("zh", table, *found) == found[1]] == []


def rule_names_and_units() -> set[tuple[str, str]]:
    """Every dated rule of operations and of the warehouse, with its unit."""
    of_operations = {(name, row.unit) for name, rows in all_rules().items() for row in rows}
    files = (PROJECT / "warehouse" / "reference").glob("*_rules.csv")
    return of_operations | {
        (row["rule"], row["unit"]) for file in files for row in csv.DictReader(file.read_text().splitlines())
    }


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_dated_rule_and_its_unit_have_a_name(language: str):
    found = rule_names_and_units()
    assert len(found) > 80
    assert {name for name, _ in found if name_of(language, "rule", name) == name} == set()
    assert {unit for _, unit in found if f"rule_unit.{unit}" not in TEXTS} == set()


def test_codes_of_the_marts_have_names():
    def allowed(mart: str, column: str) -> set[str]:
        found = next(c for c in the_table(mart).contract.columns if c.name == column)
        return set(getattr(found, "values", None) or ())

    for state in allowed("marts.device_health", "state"):
        assert name_of("zh", "device.state", state) != state
    assert len(CATEGORIES) == 8
    assert len(SITE_KINDS) == 9


def test_a_code_without_a_name_is_shown_as_it_is():
    assert name_of("en", "category", "new_kind") == "new_kind"


def test_an_unknown_key_is_an_error_not_an_empty_place():
    with pytest.raises(KeyError):
        text("zh", "no.such.text")


def test_every_reason_of_the_product_itself_is_said_in_both_languages():
    said = set()
    for file in (PROJECT / "operations" / "commands").glob("*.py"):
        for call in (node for node in ast.walk(ast.parse(file.read_text())) if isinstance(node, ast.Call)):
            given = {word.arg: word.value for word in call.keywords}
            reasons = [given.get("reason"), given.get("because")]
            said |= {one.value for one in reasons if isinstance(one, ast.Constant) and one.value}
    assert "the time has come" in said
    assert {reason for reason in said if f"own_reason.{reason}" not in TEXTS} == set()


def test_every_refusal_of_the_service_is_said_in_chinese():
    """Points, shops and the mall have their own files and tests."""
    others = ("adjustments", "ledger", "mall", "point", "shop")
    folder = Path(commands.__file__).parent
    files = [file for file in sorted(folder.glob("*.py")) if not file.name.startswith(others)]
    said = {sentence for file in files for sentence in refused_in(file)}
    assert len(said) > 200
    unsaid = [sentence for sentence in said if refusal("zh", sentence).startswith("无法办理")]
    assert unsaid == []


def refused_in(file: Path) -> Iterator[str]:
    """The sentences with which a file refuses, a seven in the place of every value."""
    for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "Refused" and call.args:
            match call.args[0]:
                case ast.Constant(value=str(sentence)):
                    yield sentence
                case ast.JoinedStr(values=parts):
                    yield "".join(part.value if isinstance(part, ast.Constant) else "7" for part in parts)
