"""Who may stand above whom: the layers of the house, for relations between tables."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import models

LAYERS = (("suite",), ("hrm",), ("crm", "oa"), ("erp",), ("srm", "wms", "mes"), ("qms",), ("rollout",))
RANK = {app: rank for rank, apps in enumerate(LAYERS) for app in apps}


def upward_relations(tables: Iterable[type[models.Model]]) -> list[str]:
    """Relations that point to a system above, or beside, the table's own."""
    faults = []
    for table in tables:
        own = table._meta.app_label
        if own not in RANK:
            continue
        for field in [*table._meta.local_fields, *table._meta.local_many_to_many]:
            target = getattr(field.related_model, "_meta", None)
            if target is None or target.app_label not in RANK or target.app_label == own:
                continue
            if RANK[target.app_label] >= RANK[own]:
                faults.append(f"{table._meta.label}.{field.name} → {target.label}")
    return faults
