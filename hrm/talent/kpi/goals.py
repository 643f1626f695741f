"""Goals of appraisals and of sheets: what may stand in their lines."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from hrm.talent.kpi.choices import Direction
from hrm.talent.kpi.errors import GoalsIncomplete
from hrm.talent.kpi.models import GoalLine, KpiPlan, KpiSheet
from hrm.talent.scoring import WeightsError, check_weights
from suite.documents.rows import Faults, Row, refuse_rows, write_rows


def write_goals(paper: KpiPlan | KpiSheet, link: str, rows: Sequence[Row]) -> None:
    """
    Write the goals of an appraisal or a sheet; what a row leaves empty is as usual for its indicator.

    :param rows: ``indicator`` and, as far as not usual, ``weight``, ``target``, ``target_to``.
    :raises LineErrors: with what is wrong, for each line.
    """
    filled = [_filled(row) for row in rows]
    _refuse_twice(filled)
    write_rows(paper, link, filled, _faults)


def require_full_weight(lines: Iterable[GoalLine]) -> None:
    """:raises GoalsIncomplete: unless the weights are 100 % together."""
    try:
        check_weights(line.weight for line in lines)
    except WeightsError as error:
        raise GoalsIncomplete(
            _("The weights must add up to 100 %%, they are %(total)s %%.") % {"total": f"{error.total.normalize():f}"}
        ) from error


def _filled(row: Row) -> dict[str, object]:
    """Return a row with the usual weight and target where it says nothing."""
    values = dict(row)
    indicator = row.get("indicator")
    if indicator is None:
        return values
    for name in ("weight", "target"):
        if values.get(name) is None:
            values[name] = getattr(indicator, name)
    if values.get("target_to") is None and indicator.direction == Direction.BAND:
        values["target_to"] = indicator.target_to
    return values


def _refuse_twice(rows: Sequence[Row]) -> None:
    seen: set[int] = set()
    faults: dict[int, Faults] = {}
    for place, row in enumerate(rows):
        indicator = row.get("indicator")
        if indicator is not None and indicator.pk in seen:
            faults[place] = {"indicator": _("This indicator is there twice.")}
        elif indicator is not None:
            seen.add(indicator.pk)
    refuse_rows(faults)


def _faults(row: Row) -> Faults:
    """Return what is wrong with a goal, by column."""
    indicator, target, upper = row.get("indicator"), row.get("target"), row.get("target_to")
    weight: Decimal | None = row.get("weight")
    if indicator is None:
        return {"indicator": _("Choose an indicator.")}
    if weight is None or not 0 < weight <= 100:
        return {"weight": _("A weight lies between 0 and 100 %.")}
    if target is None or target < 0:
        return {"target": _("Enter a target that is not negative.")}
    if upper is not None and indicator.direction != Direction.BAND:
        return {"target_to": _("Only a range has a second end.")}
    if upper is not None and upper < target:
        return {"target_to": _("The range ends before it begins.")}
    return {}
