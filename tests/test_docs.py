"""What the documents say is so: commands exist, links lead somewhere, variables are settings."""

from __future__ import annotations

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from hub.settings import PROJECT, Settings

DOCUMENTS = [
    *(PROJECT / name for name in ("README.md", "README.zh-CN.md", "CHANGELOG.md")),
    *sorted((PROJECT / "docs").rglob("*.md")),
]
COMMANDS = [
    "up",
    "sample-city",
    "sample-spending",
    "build",
    "serve",
    "doctor",
    "account",
    "import-areas",
    "import-attlog",
    "sessions",
    "ledger",
]
GROUPS = ["account", "ledger"]


def text_of(document: Path) -> str:
    return document.read_text(encoding="utf-8")


@cache
def help_of(*arguments: str) -> str:
    answer = subprocess.run(
        [sys.executable, "-m", "hub", *arguments, "--help"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    )
    return answer.stdout


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_link_in_a_document_leads_to_a_file(document: Path) -> None:
    links = re.findall(r"\]\((?!https?:|#)([^)#\s]+)", text_of(document))
    missing = [link for link in links if not (document.parent / link).exists()]
    assert missing == []


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_command_and_option_that_a_document_names_exists(document: Path) -> None:
    called = re.findall(
        r"(?<![\w./-])hub ([a-z]+(?:-[a-z]+)*)((?: +[^\s`|]+)*)", "\n".join(code_in(text_of(document)))
    )
    for command, arguments in called:
        assert command in COMMANDS
        words = arguments.split()
        # A command with commands of its own explains the options of each.
        own = words[:1] if command in GROUPS and words and not words[0].startswith("-") else []
        known = help_of(command, *own)
        for option in re.findall(r"--[a-z-]+", arguments):
            assert option in known, f"hub {command} has no {option}"


def code_in(text: str) -> list[str]:
    """The parts of a document between backquotes, and its fenced blocks line by line."""
    fenced = re.findall(r"```(?:sh|ini)\n(.*?)```", text, flags=re.DOTALL)
    rest = re.sub(r"```.*?```", "", text, flags=re.DOTALL)
    return re.findall(r"`([^`\n]+)`", rest) + [line for block in fenced for line in block.splitlines()]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(PROJECT)))
def test_every_make_target_that_a_document_names_exists(document: Path) -> None:
    makefile = text_of(PROJECT / "Makefile")
    for target in re.findall(r"\bmake ([a-z]+)\b", "\n".join(code_in(text_of(document)))):
        assert f"\n{target}:" in makefile


def test_every_setting_stands_in_the_operating_guide_and_no_other() -> None:
    table = text_of(PROJECT / "docs" / "operating-guide.md").split("## Settings")[1].split("##")[0]
    assert set(re.findall(r"`(HUB_[A-Z_]+)` \|", table)) == {
        "HUB_DEBUG",
        *(f"HUB_{name.upper()}" for name in Settings.model_fields),
    }


def test_both_readmes_name_the_same_commands_pictures_and_links() -> None:
    english, chinese = text_of(PROJECT / "README.md"), text_of(PROJECT / "README.zh-CN.md")

    def named(text: str) -> tuple[list[str], list[str]]:
        links = [link for link in re.findall(r"\]\(([^)]+)\)", text) if not link.startswith("README")]
        return sorted(set(links)), sorted(set(re.findall(r"`((?:hub|make) [^`]+)`", text)))

    assert named(english) == named(chinese)


def test_the_index_of_decisions_lists_every_decision_once() -> None:
    folder = PROJECT / "docs" / "decisions"
    decisions = sorted(path.name for path in folder.glob("*.md") if path.name != "README.md")
    listed = re.findall(r"\]\(([^)]+\.md)\)", text_of(folder / "README.md"))
    assert sorted(listed) == decisions
    assert all(re.match(r"\d{4}-[a-z0-9-]+\.md$", name) for name in decisions)
    numbers = [name[:4] for name in decisions]
    assert len(set(numbers)) == len(numbers)


def test_make_help_lists_every_target_that_is_for_people() -> None:
    answer = subprocess.run(["make", "help"], cwd=PROJECT, capture_output=True, text=True, check=True).stdout
    for target in ("run", "test", "check", "bench"):
        assert re.search(rf"make {target}\s+\S", answer)
