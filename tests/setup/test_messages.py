"""The catalogue command: finds texts in code and templates, keeps translations, refuses gaps and wrong placeholders."""

import ast
import gettext
import json
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.apps import apps
from django.conf import settings
from django.core.management import CommandError, call_command

from suite.management.commands.messages import KEYWORDS

CODE = """
from django.utils.translation import gettext as _, ngettext, pgettext

a = _("Hello %(name)s")
b = ngettext("%(count)s row", "%(count)s rows", 2)
c = pgettext("menu", "Open")
"""
TEMPLATE = """{% load i18n %}
<p title="{% translate "Don't <go>" %}">it's text "quoted"</p>
    {% blocktranslate count n=rows|length trimmed %}
        {{ n }} file
    {% plural %}
        {{ n }} files
    {% endblocktranslate %}
"""
TRANSLATIONS = {
    "Hello %(name)s": "你好 %(name)s",
    "%(count)s row": ["%(count)s 行"],
    "menu\x04Open": "打开",
    "Don't <go>": "别走",
    "%(n)s file": "%(n)s 个文件",
}


@pytest.fixture
def project(tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a directory with one app and one template."""
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "views.py").write_text(CODE)
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    settings.BASE_DIR = tmp_path
    settings.VAR_DIR = tmp_path / "var"
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    monkeypatch.setattr(apps, "get_app_configs", lambda: [SimpleNamespace(path=str(tmp_path / "shop"))])
    return tmp_path


def merge(project: Path, translations: dict[str, Any]) -> None:
    (project / "new.json").write_text(json.dumps(translations), encoding="utf-8")
    call_command("messages", merge=[project / "new.json"])


def catalogue(project: Path) -> bytes:
    return (project / "locale/zh_Hans/LC_MESSAGES/django.po").read_bytes()


def untranslated() -> Any:
    output = StringIO()
    call_command("messages", untranslated=True, stdout=output)
    return json.loads(output.getvalue())


def test_texts_of_code_and_templates_are_found(project: Path) -> None:
    call_command("messages")

    assert set(untranslated()) == set(TRANSLATIONS)


def test_merged_translations_are_compiled(project: Path) -> None:
    merge(project, TRANSLATIONS)

    call_command("messages", check=True)
    call_command("messages", compile=True)

    with (project / "locale/zh_Hans/LC_MESSAGES/django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    assert compiled.gettext("Hello %(name)s") == "你好 %(name)s"
    assert compiled.ngettext("%(n)s file", "%(n)s files", 5) == "%(n)s 个文件"
    assert compiled.pgettext("menu", "Open") == "打开"


def test_a_second_run_writes_the_same_file(project: Path) -> None:
    merge(project, TRANSLATIONS)
    before = catalogue(project)

    call_command("messages")

    assert catalogue(project) == before


def test_a_moved_line_changes_nothing_and_a_removed_text_goes(project: Path) -> None:
    merge(project, TRANSLATIONS)
    before = catalogue(project)

    (project / "shop" / "views.py").write_text("\n\n" + CODE)
    call_command("messages", check=True)
    (project / "shop" / "views.py").write_text(CODE.replace('a = _("Hello %(name)s")', ""))
    call_command("messages")

    assert b"Hello" in before
    assert b"Hello" not in catalogue(project)


def test_check_refuses_a_catalogue_behind_the_code(project: Path) -> None:
    merge(project, TRANSLATIONS)
    before = catalogue(project)
    (project / "shop" / "more.py").write_text('x = _("New")')

    with pytest.raises(CommandError, match="behind the code"):
        call_command("messages", check=True)

    assert catalogue(project) == before


@pytest.mark.parametrize(
    ("text", "translation", "fault"),
    [
        ("Don't <go>", "", "not translated"),
        ("Hello %(name)s", "你好", "placeholders"),
        ("%(count)s row", ["%(number)s 行"], "placeholders"),
    ],
)
def test_check_refuses_a_bad_translation(project: Path, text: str, translation: Any, fault: str) -> None:
    merge(project, {**TRANSLATIONS, text: translation})

    with pytest.raises(CommandError, match=fault):
        call_command("messages", check=True)


def test_check_refuses_an_unsure_translation(project: Path) -> None:
    merge(project, TRANSLATIONS)
    path = project / "locale/zh_Hans/LC_MESSAGES/django.po"
    path.write_bytes(catalogue(project).replace(b"msgid \"Don't", b"#, fuzzy\nmsgid \"Don't"))

    with pytest.raises(CommandError, match="fuzzy"):
        call_command("messages", check=True)


def test_no_text_hides_inside_an_f_string() -> None:
    """What a translation function gets inside an f-string is not found in the code, and so never translated."""
    hidden = [
        f"{path.name}:{call.lineno}"
        for package in ("suite", "hrm", "crm", "rollout")
        for path in sorted(Path(settings.BASE_DIR, package).rglob("*.py"))
        for text in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(text, ast.JoinedStr)
        for call in ast.walk(text)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in KEYWORDS
    ]

    assert hidden == []
