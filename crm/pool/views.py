"""Pages of the public pool that are no list of rows."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.pool.models import RecycleRule
from crm.pool.preview import HORIZONS, PAGE, next_night, preview, rules_for
from suite.access.models import User
from suite.access.restrict import restrict


def asked_number(value: str | None) -> int | None:
    """Return a number above zero that was asked for, None for anything else."""
    return int(value) if value and value.isdecimal() and 0 < int(value) < 2**31 else None


def asked_days(value: str | None) -> int:
    """Return the number of nights that was asked for; tomorrow's for anything else."""
    asked = asked_number(value)
    return asked if asked in HORIZONS else HORIZONS[0]


@login_required
@permission_required("crm.view_customer", raise_exception=True)
def recycling_page(request: HttpRequest) -> HttpResponse:
    """Show who loses which customer in the next nights, and why: all that the user may see, or one rule's."""
    user: Any = request.user
    now = timezone.now()
    days, owner = asked_days(request.GET.get("days")), asked_number(request.GET.get("owner"))
    page, rule_pk = asked_number(request.GET.get("page")) or 1, asked_number(request.GET.get("rule"))
    rules = rules_for(user, rule_pk)
    found = preview(user=user, now=now, days=days, rules=rules, owner=owner, page=page)
    pages = max(-(-found.total // PAGE), 1)
    context = {
        "page_title": _("About to be recycled"),
        "breadcrumbs": [(_("Customers"), None), (_("About to be recycled"), None)],
        "found": found,
        "days": days,
        "horizons": HORIZONS,
        "night": next_night(now),
        "rule": rules[0] if rule_pk is not None and rules else None,
        "rules": restrict(RecycleRule.objects.all(), user=user).order_by("position", "pk"),
        "owner": owner,
        "own": len(found.by_owner) <= 1 and all(person.pk == user.pk for person, _number in found.by_owner),
        "page": page,
        "pages": pages,
        "query": _query(days, rule_pk, owner),
        "people": _people(found.by_owner),
    }
    return render(request, "crm/pool/recycling.html", context)


def _people(by_owner: list[tuple[User, int]]) -> list[tuple[int, str, int]]:
    return [(person.pk, str(person), number) for person, number in by_owner]


def _query(days: int, rule: int | None, owner: int | None) -> str:
    asked = (("days", days), ("rule", rule), ("owner", owner))
    return "&".join(f"{name}={value}" for name, value in asked if value is not None)
