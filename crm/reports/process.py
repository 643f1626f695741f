"""Process counts 过程量: how often people were in touch with customers, by person, kind, day or week."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import DateField
from django.db.models.functions import Cast, TruncDate, TruncWeek
from django.utils.translation import gettext_lazy as _

from crm.customers.choices import FollowUpKind
from crm.metrics.figures import BASES
from crm.pipeline.models import Opportunity
from crm.reports.people import (
    BY_DEPARTMENT,
    BY_OWNER,
    DEPARTMENT,
    OWNER,
    Dimension,
    department_filter,
    narrow,
    people_filter,
)
from suite.metrics.reports import Asked, Drawing, Figure, Line, Measure, Table, report

VIEW = "crm.view_followup"


def _days(keys: Collection[Any]) -> Sequence[Line]:
    return [Line(key, f"{key:%m-%d}") for key in sorted(keys)]


TIMES = {
    "day": Dimension(_("Day"), "", _days),
    "week": Dimension(_("Week from"), "", _days),
}
PEOPLE = {"owner": OWNER, "department": DEPARTMENT}


@report(
    "crm.process",
    title=_("Process counts"),
    description=_(
        "Follow-ups of the period by kind, and beside them new customers and new opportunities: by people, by day or "
        "by week."
    ),
    permission=VIEW,
    icon="messages",
    filters=(people_filter(VIEW), department_filter(VIEW)),
    by=(BY_OWNER, ("day", _("Days")), ("week", _("Weeks")), BY_DEPARTMENT),
)
def process(asked: Asked) -> Table:
    """People, days or weeks with the contacts of each kind."""
    context = asked.context
    dimension = TIMES.get(asked.by) or PEOPLE[asked.by]

    def key(day: str, owner: str) -> Any:
        if asked.by == "day":
            return TruncDate(day, tzinfo=context.zone)
        if asked.by == "week":
            return Cast(TruncWeek(day, tzinfo=context.zone), DateField())
        return dimension.key(owner)

    made = BASES["crm.follow_ups"]
    rows = narrow(made.during(context), asked, owner=made.owner)
    at = key(made.day, made.owner)
    columns: list[Figure] = [Measure(code="all", title=_("Follow-ups"), rows=rows, key=at)]
    columns += [
        Measure(code=kind.value.lower(), title=kind.label, rows=rows.filter(kind=kind), key=at) for kind in FollowUpKind
    ]
    if asked.user.has_perm("crm.view_customer"):
        new = BASES["crm.new_customers"]
        customers = narrow(new.during(context), asked, owner=new.owner)
        columns.append(Measure(code="customers", title=_("New customers"), rows=customers, key=key(new.day, new.owner)))
    if asked.user.has_perm("crm.view_opportunity"):
        found = narrow(context.during(context.rows(Opportunity), "created_at"), asked, owner="owner")
        columns.append(
            Measure(code="opportunities", title=_("New opportunities"), rows=found, key=key("created_at", "owner"))
        )
    return Table(
        head=dimension.head,
        lines=dimension.lines,
        columns=columns,
        drawing=Drawing("bar", [kind.value.lower() for kind in FollowUpKind], is_stacked=True),
        sort="all" if asked.by in PEOPLE else "",
    )
