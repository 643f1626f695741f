"""The checks of make check find what they are there to find."""

import os
import re
import secrets
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command

from suite.core.assets import PackageFinder

ROOT = Path(__file__).resolve().parents[2]
LINT_IMPORTS = Path(sys.executable).parent / "lint-imports"


def import_contract_holds(tree: Path, *, importer: str, imported: str) -> bool:
    """Return whether the project's contract allows one app to import another."""
    shutil.copy(ROOT / "pyproject.toml", tree)
    contract = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    for app in contract["root_packages"]:
        (tree / app).mkdir()
        (tree / app / "__init__.py").touch()
    (tree / importer / "models.py").write_text(f"import {imported}\n")
    return subprocess.run([LINT_IMPORTS, "--no-cache"], cwd=tree, capture_output=True, check=False).returncode == 0


@pytest.mark.parametrize(("importer", "imported"), [("crm", "hrm"), ("rollout", "qms"), ("mes", "erp"), ("erp", "crm")])
def test_imports_downwards_are_allowed(tmp_path: Path, importer: str, imported: str) -> None:
    assert import_contract_holds(tmp_path, importer=importer, imported=imported)


@pytest.mark.parametrize(("importer", "imported"), [("suite", "hrm"), ("hrm", "crm"), ("crm", "oa"), ("wms", "mes")])
def test_imports_upwards_and_sideways_are_refused(tmp_path: Path, importer: str, imported: str) -> None:
    assert not import_contract_holds(tmp_path, importer=importer, imported=imported)


def test_a_broken_template_is_named(tmp_path: Path, settings: Any) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "broken.html").write_text("{% if %}")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path / "templates"]}]
    settings.BASE_DIR = tmp_path

    with pytest.raises(CommandError, match=r"broken\.html: "):
        call_command("check_templates")


def test_all_templates_compile() -> None:
    call_command("check_templates", verbosity=0)


def test_every_static_file_that_templates_name_exists() -> None:
    templates = [path.read_text(encoding="utf-8") for path in (ROOT / "templates").rglob("*.html")]
    names = {name for text in templates for name in re.findall(r"""\{% static ['"]([^'"]+)['"] %\}""", text)}

    assert names
    assert {name for name in names if finders.find(name) is None} == set()


def test_package_files_are_served_and_nothing_beside_them() -> None:
    assert finders.find("echarts/echarts.min.js") == str(settings.NODE_MODULES / "echarts/dist/echarts.min.js")
    assert finders.find("echarts/echarts.js") is None
    assert finders.find("echarts/../package.json") is None


def test_a_missing_package_file_is_reported_at_start(settings: Any) -> None:
    settings.NODE_PACKAGES = {"echarts": ("echarts/dist", ["echarts.min.js", "gone.js"])}

    messages = [error.msg for error in PackageFinder().check()]

    assert messages == ["No file echarts/dist/gone.js in node_modules."]


def test_production_settings_pass_the_deployment_checks() -> None:
    """As an administrator sets them behind HTTPS; servers are not asked."""
    given = {
        "DATABASE_URL": "postgres://offline/",
        "REDIS_URL": "redis://offline/",
        "SECRET_KEY": secrets.token_urlsafe(64),
        "ALLOWED_HOSTS": "suite.example.com",
        "SECURE_HTTPS": "true",
        "DEBUG": "false",
        "DJANGO_SETTINGS_MODULE": "suite.settings",
    }
    # Browser tests allow themselves what a deployment must not.
    around = {name: value for name, value in os.environ.items() if name != "DJANGO_ALLOW_ASYNC_UNSAFE"}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]

    result = subprocess.run(command, cwd=ROOT, env={**around, **given}, capture_output=True, text=True, check=False)

    assert result.returncode == 0, result.stderr
