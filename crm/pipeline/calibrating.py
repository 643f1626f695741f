"""Taking over what history says into the configured win rates."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from crm.pipeline.models import Stage
from crm.pipeline.selectors import stage_rates
from suite.access.models import User
from suite.core.errors import InvalidInput


@transaction.atomic
def adopt_win_rates(*, stages: Collection[Stage], actor: User, at: datetime) -> list[Stage]:
    """
    Give stages the win rates that the history the actor may see has shown up to now, as whole percent.

    :returns: the stages that changed.
    :raises InvalidInput: without stages, or when too few opportunities ended in one of them.
    """
    wanted = {stage.pk for stage in stages}
    if not wanted:
        raise InvalidInput(_("Choose at least one stage."), field="stages")
    found = {each.stage.pk: each.proposed for each in stage_rates(actor, as_of=at)}
    locked = Stage.objects.lock_many(sorted(wanted))
    if unknown := [stage.name for stage in locked if found.get(stage.pk) is None]:
        raise InvalidInput(
            _("Too few opportunities ended in “%(stage)s” to go by.") % {"stage": unknown[0]}, field="stages"
        )
    changed = []
    for stage in locked:
        percent = found[stage.pk]
        if percent is not None and percent != stage.win_percent:
            stage.win_percent = percent
            stage.save(update_fields=["win_percent"])
            changed.append(stage)
    return changed
