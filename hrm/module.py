"""Manifest of human resources; the organisation itself is the module ``hrm.org`` and always on."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.people.backfill import carry_over
from suite.modules.registry import MenuItem, Module, registry

ORGANISATION = pgettext_lazy("menu", "Organisation")
PEOPLE = pgettext_lazy("menu", "Personnel")
RECRUITING = pgettext_lazy("menu", "Recruiting")
SETTINGS = pgettext_lazy("menu", "Settings")

registry.add(
    Module(
        code="hrm",
        title=_("Human resources"),
        short="HRM",
        icon="id-badge-2",
        stage=2,
        menu=(
            MenuItem(
                "hrm:org-chart",
                title=_("Org chart"),
                permission="hrm.view_department",
                icon="sitemap",
                group=ORGANISATION,
            ),
            MenuItem(
                "hrm:headcount",
                title=_("Headcount plan"),
                permission="hrm.view_position",
                icon="users-group",
                group=ORGANISATION,
            ),
            MenuItem("hrm.Reorganisation", group=ORGANISATION),
            MenuItem("hrm.PersonnelChange", group=PEOPLE),
            MenuItem("hrm.LaborContract", group=PEOPLE),
            MenuItem("hrm.Certificate", group=PEOPLE),
            MenuItem("hrm.AssetLoan", group=PEOPLE),
            MenuItem("hrm.StaffTask", group=PEOPLE),
            MenuItem("hrm.StaffAlert", group=PEOPLE),
            MenuItem("hrm.Assignment", group=PEOPLE),
            MenuItem("hrm.Handover", group=PEOPLE),
            MenuItem("hrm.Requisition", group=RECRUITING),
            MenuItem("hrm.Candidate", group=RECRUITING),
            MenuItem("hrm.Interview", group=RECRUITING),
            MenuItem("hrm.Offer", group=RECRUITING),
            MenuItem("hrm.TaskTemplate", group=SETTINGS),
            MenuItem("hrm.MinimumWage", group=SETTINGS),
        ),
        description=_("Headcount, personnel files, working time and pay."),
        backfill=carry_over,
    )
)
