"""Every word is said in both languages, and only in texts."""

import ast
import re
import string
from pathlib import Path

import pytest

from dashboards.texts import CATEGORIES, SITE_KINDS, TEXTS, name_of, text
from warehouse.tables import table

DASHBOARDS = Path(__file__).resolve().parents[2] / "dashboards"
PAGES = sorted(DASHBOARDS.rglob("*.py"))
CHINESE = re.compile(r"[\u4e00-\u9fff]")
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


def test_codes_of_the_marts_have_names():
    def allowed(mart: str, column: str) -> set[str]:
        found = next(c for c in table(mart).contract.columns if c.name == column)
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
