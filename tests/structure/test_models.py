"""Every table of the suite: relations point down, rows have a name, scopes are declared."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from django.db.models import signals
from django.test.utils import isolate_apps

from suite.pages.registry import pagesets
from tests.kit.layers import RANK, upward_relations
from tests.kit.objects import factories, make

OURS = [m for m in apps.get_models() if m._meta.app_label in RANK and not m._meta.auto_created]
MADE = sorted(factories(), key=lambda m: m._meta.label)
PAGED = [p.model for p in pagesets(enabled_only=False)]
# Object types that all who have the permission may see whole: settings and master data of the company.
UNSCOPED = {
    "crm.ComplaintType",
    "crm.DispatchRule",
    "crm.DuplicatePair",
    "crm.DuplicateRule",
    "crm.LostReason",
    "crm.Pipeline",
    "crm.Pool",
    "crm.QuotationLimit",
    "crm.SlaPolicy",
    "crm.Source",
    "crm.Stage",
    "crm.StageCondition",
    "crm.Tag",
    "oa.FormTemplate",
    "erp.Lot",
    "erp.StockItem",
    "oa.ArchiveRule",
    "oa.FlowBinding",
    "oa.FlowDefinition",
}
ROOT = Path(__file__).resolve().parents[2]


def test_relations_point_down() -> None:
    assert upward_relations(OURS) == []


def _meta(app_label: str) -> type:
    return type("Meta", (), {"app_label": app_label})


@isolate_apps("suite", "crm")
def test_a_relation_that_points_up_is_found() -> None:
    opportunity = type("Opportunity", (models.Model,), {"__module__": __name__, "Meta": _meta("crm")})
    upward = models.ForeignKey(opportunity, models.CASCADE)
    item = type("Item", (models.Model,), {"__module__": __name__, "Meta": _meta("suite"), "opportunity": upward})

    assert upward_relations([opportunity, item]) == ["suite.Item.opportunity → crm.Opportunity"]


def test_import_contracts_hold_and_find_a_planted_fault(tmp_path: Path) -> None:
    linter = str(Path(sys.executable).with_name("lint-imports"))
    for name in ("suite", "hrm", "oa", "crm", "erp", "wms", "mes", "srm", "qms", "rollout"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").touch()
    config = tmp_path / "pyproject.toml"
    config.write_text((ROOT / "pyproject.toml").read_text())
    sound = subprocess.run([linter, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False)
    (tmp_path / "suite" / "planted.py").write_text("import crm\n")

    planted = subprocess.run([linter, "--no-cache"], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert sound.returncode == 0, sound.stdout
    assert planted.returncode == 1
    assert "suite.planted -> crm" in planted.stdout


@pytest.mark.django_db
@pytest.mark.parametrize("model", MADE, ids=lambda m: m._meta.label)
def test_a_row_has_a_name(model: type[models.Model]) -> None:
    (row,) = make(model)

    name = str(row)

    assert name
    assert "object (" not in name


@pytest.mark.parametrize("model", PAGED, ids=lambda m: m._meta.label)
def test_scope_is_declared_or_known_to_be_open(model: type[models.Model]) -> None:
    is_kernel_or_org = model._meta.app_label in {"suite", "hrm"}

    assert getattr(model, "scope", None) is not None or is_kernel_or_org or model._meta.label in UNSCOPED


@pytest.mark.parametrize("model", PAGED, ids=lambda m: m._meta.label)
def test_object_type_has_a_factory(model: type[models.Model]) -> None:
    assert model in factories()


def test_no_model_signals() -> None:
    watched = (signals.pre_save, signals.post_save, signals.pre_delete, signals.post_delete, signals.m2m_changed)

    ours = [
        handler
        for signal in watched
        for (_key, reference, *_rest) in signal.receivers
        if (handler := reference() if hasattr(reference, "__self__") or inspect.isclass(type(reference)) else reference)
        and getattr(handler, "__module__", "").split(".")[0] in RANK
    ]

    assert ours == []
