"""README and guides tell the truth about commands, variables and dependencies."""

import json
import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OPERATIONS = (ROOT / "docs/operations.md").read_text(encoding="utf-8")
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
# Read by make up and the tests; Chromium's is set by continuous integration.
OTHER_VARIABLES = {"HOST", "PORT", "DEMO", "SUITE_TEST_DB", "TRIAL_DATA", "CI"}


def package_names() -> set[str]:
    project = PYPROJECT["project"]
    python = [*project["dependencies"], *chain.from_iterable(project["optional-dependencies"].values())]
    python += PYPROJECT["dependency-groups"]["dev"]
    npm = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))["dependencies"]
    return {re.split(r"[\[<>=!~ ]", name)[0] for name in python} | set(npm)


def test_every_variable_of_the_settings_is_documented() -> None:
    settings = (ROOT / "suite/settings.py").read_text(encoding="utf-8")
    read = set(re.findall(r'\benv\.\w+\(\s*"(\w+)"', settings))

    documented = set(re.findall(r"^\| `(\w+)` \|", OPERATIONS, re.MULTILINE))

    assert documented == read


def test_other_variables_are_documented() -> None:
    assert {name for name in OTHER_VARIABLES if f"`{name}" not in OPERATIONS} == set()


def test_every_dependency_has_a_reason() -> None:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (?!package|---)([^|]+) \| ([^|]+) \|", text, re.MULTILINE)

    named = {name.partition(" (")[0] for names, reason in rows if reason.strip() for name in names.split(", ")}

    assert named == package_names()


def test_every_dependency_is_locked_by_hash_and_without_addresses() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    npm_lock = (ROOT / "package-lock.json").read_text(encoding="utf-8")

    blocks = re.split(r"\n(?=[A-Za-z])", lock)

    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []
    assert "://" not in lock
    assert '"resolved"' not in npm_lock


@pytest.mark.parametrize("name", ["README.md", "docs/operations.md", ".ci/run"])
def test_commands_are_targets_of_the_makefile(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^\.PHONY: (\w+)", makefile, re.MULTILINE))

    used = set(re.findall(r"(?:^ *|`|' *|&& |=\w+ )make (\w+)", text, re.MULTILINE))

    assert used
    assert used <= targets


@pytest.mark.parametrize("path", [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))], ids=str)
def test_links_lead_somewhere(path: Path) -> None:
    links = re.findall(r"\]\((?!\w+://|#)([^)#]+)", path.read_text(encoding="utf-8"))

    assert [link for link in links if not (path.parent / link).exists()] == []
