"""Manifest of the system."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oa.forms.backfill import install_templates
from suite.modules.registry import MenuItem, Module, registry

APPROVING = pgettext_lazy("menu", "Approvals")
REQUESTING = pgettext_lazy("menu", "Requests")
READING = pgettext_lazy("menu", "Notices")
LIBRARY = pgettext_lazy("menu", "Documents")
MEETING = pgettext_lazy("menu", "Calendar")
SEALING = pgettext_lazy("menu", "Seals")

APPROVALS = (
    MenuItem("oa:approvals", title=_("My approvals"), icon="checkup-list", group=APPROVING),
    MenuItem("oa.FlowRun", group=APPROVING),
    MenuItem(
        "oa:jams",
        title=_("Where approvals jam"),
        permission="oa.export_flowrun",
        icon="traffic-lights",
        group=APPROVING,
    ),
    MenuItem("oa.Deputy", group=APPROVING),
    MenuItem("oa.FlowDefinition", group=APPROVING),
    MenuItem("oa.FlowBinding", group=APPROVING),
)
REQUESTS = (
    MenuItem(
        "oa:request-new", title=_("New request"), permission="oa.add_formrequest", icon="file-plus", group=REQUESTING
    ),
    MenuItem("oa.FormRequest", group=REQUESTING),
    MenuItem("oa.FormTemplate", permission="oa.change_formtemplate", group=REQUESTING),
)
NOTICES = (MenuItem("oa.Notice", group=READING),)
DOCUMENTS = (
    MenuItem("oa.Document", group=LIBRARY),
    MenuItem("oa.Folder", group=LIBRARY),
    MenuItem("oa.ArchiveRule", group=LIBRARY),
)
MEETINGS = (
    MenuItem("oa:calendar", title=_("Calendar"), permission="oa.view_meeting", icon="calendar", group=MEETING),
    MenuItem("oa.Meeting", group=MEETING),
    MenuItem("oa.Room", group=MEETING),
    MenuItem("oa:contacts", title=_("Contacts"), permission="hrm.view_employee", icon="address-book", group=MEETING),
)
SEALS = (
    MenuItem("oa.SealUse", group=SEALING),
    MenuItem("oa.Seal", permission="oa.change_seal", group=SEALING),
)

registry.add(
    Module(
        code="oa",
        title=_("Office collaboration"),
        short="OA",
        icon="messages",
        description=_("Approvals, requests, announcements and the calendar of the whole company."),
        menu=(*APPROVALS, *REQUESTS, *NOTICES, *DOCUMENTS, *MEETINGS, *SEALS),
        backfill=install_templates,
    )
)
