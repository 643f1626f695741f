"""Pages of folders and documents."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext as _t
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from oa.library import archiving, folders, services
from oa.library.archiving import PAPER
from oa.library.choices import DocumentStatus
from oa.library.forms import ArchiveRuleForm, DocumentForm, FolderForm, VersionForm
from oa.library.models import ArchiveRule, Document, Folder
from oa.library.selectors import due_documents, last_version, with_last_version
from suite.access.restrict import can_reach
from suite.activity.sniff import INLINE, PDF
from suite.activity.targets import can_see
from suite.pages.actions import Action
from suite.pages.columns import Column, badge, short_date
from suite.pages.filters import AmongFilter, BaseFilterSet, derive_filter
from suite.pages.forms import ReasonForm
from suite.pages.links import link_of
from suite.pages.pageset import PageSet, Tree, View
from suite.pages.panels import Attributes, Children, Panel
from suite.pages.registry import register

KEPT = DocumentStatus.KEPT
# As much of a text as is shown on the page.
SHOWN = 4000


class Upload(Panel):
    """Where files are dropped, for whoever may write in the folder."""

    template = "oa/library/upload_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        if not can_reach(obj, user=user, action="upload"):
            return None
        return {"title": _("Upload"), "folder": obj}


class Permissions(Panel):
    """Who reads and writes; shown to whoever may change it."""

    template = "oa/library/permissions_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        if not can_reach(obj, user=user, action="change"):
            return None
        readers = [str(each) for name in ("departments", "roles", "people") for each in getattr(obj, name).all()]
        writers = [
            str(each) for name in ("writer_departments", "writer_roles", "writers") for each in getattr(obj, name).all()
        ]
        return {"title": _("Who may do what"), "folder": obj, "readers": readers, "writers": [str(obj.owner), *writers]}


class Preview(Panel):
    """The last version as far as a browser can show it, and all versions to be downloaded."""

    template = "oa/library/preview_panel.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        last = last_version(obj)
        is_kept = obj.status == KEPT
        return {
            "title": _("Versions"),
            "document": obj,
            "last": last if is_kept else None,
            "is_picture": last is not None and last.media_type in INLINE and last.media_type != PDF.media_type,
            "is_pdf": last is not None and last.media_type == PDF.media_type,
            "is_paper": last is not None and last.media_type == PAPER.media_type,
            "text": obj.content[:SHOWN],
            "is_cut": len(obj.content) > SHOWN,
            "versions": obj.versions.select_related("created_by"),
            "is_kept": is_kept,
        }


class Origin(Panel):
    """What it was archived from, to whoever may see that."""

    template = "generic/panels/attributes.html"

    def context(self, obj: Any, *, user: Any, pageset: Any) -> dict[str, Any] | None:
        source = obj.source
        if source is None or not can_see(source, user=user):
            return None
        kind = str(source._meta.verbose_name)
        return {"title": _("Archived from"), "facts": [(kind.capitalize(), str(source), link_of(source, user))]}


class DocumentFilterSet(BaseFilterSet):
    """Documents by folder, text and time of keeping."""

    folder = derive_filter(Document, "folder")
    text = django_filters.CharFilter(field_name="content", lookup_expr="icontains", label=_("text in the document"))
    status = derive_filter(Document, "status")
    owner = derive_filter(Document, "owner")
    keep_until = derive_filter(Document, "keep_until")
    is_due = AmongFilter(lambda: due_documents(timezone.localdate()), label=_("time of keeping is over"))

    class Meta:
        model = Document
        fields: tuple[str, ...] = ()


def kept_until(document: Any) -> Any:
    """Until when, marked when that is over."""
    if document.keep_until is None:
        return _t("for ever")
    is_due = document.status == KEPT and document.keep_until < timezone.localdate()
    return badge(short_date(document.keep_until), "late") if is_due else short_date(document.keep_until)


def file_name(document: Any) -> Any:
    """Name and version of the last file."""
    if document.last_name is None:
        return ""
    return format_html('{} <span class="t-2 nums">v{}</span>', document.last_name, document.last_number)


def why_not_discarded(document: Any, user: Any) -> str:
    """Why it is kept."""
    if document.keep_until is None:
        return _t("This document is kept for ever.")
    if document.keep_until >= timezone.localdate():
        return _t("This document is kept until %(day)s.") % {"day": document.keep_until.isoformat()}
    return ""


KEEP = Column("keep_until", render=kept_until, phone="p-end")
FILE = Column("last_name", label=_("file"), render=file_name, sort="", phone="p-full")


@register
class FolderPages(PageSet):
    """Folders."""

    model = Folder
    icon = "folders"
    description = _("The folders of the document centre, and who may read and write in them.")
    columns = ("name", "code", Column("parent", phone="p-full"), Column("owner", phone="p-start"), "inherits")
    optional_columns = ("keep_months", "for_everybody", "company")
    filters = ("parent", "owner")
    ordering = "code"
    tree = Tree()
    starts_as = "tree"
    summary = ("parent", "owner", "keep_months")
    panels = (
        Upload(),
        Children(
            "documents",
            Column("title", phone="p-start"),
            FILE,
            "owner",
            KEEP,
            link=True,
        ),
        Children("children", "name", "code", Column("owner", phone="p-end"), title=_("Folders in it"), link=True),
        Permissions(),
    )
    form = FolderForm
    fields = (
        (_("Folder"), ("code", "name", "parent", "owner", "keep_months", "inherits")),
        (_("Who reads"), ("for_everybody", "company", "departments", "roles", "people")),
        (_("Who writes"), ("writer_departments", "writer_roles", "writers")),
    )
    create_service = folders.create_folder
    update_service = folders.update_folder
    delete_service = folders.delete_folder
    permissions = {"upload": _("Put documents into folders")}
    has_activity = False

    def initial(self, request: Any) -> dict[str, Any]:
        """Who makes it is responsible for it."""
        return {"owner": request.user.pk}


@register
class DocumentPages(PageSet):
    """Documents."""

    model = Document
    icon = "files"
    description = _("What the company keeps on paper and in files: every version, until its time is over.")
    columns = ("title", FILE, Column("folder", phone="p-start"), "owner", KEEP, "status")
    optional_columns = ("created_at", "updated_at")
    filterset = DocumentFilterSet
    views = (View(_("Mine"), "owner=me"), View(_("Time is over"), "is_due=true", is_hot=True))
    summary = ("folder", "owner", KEEP)
    panels = (Preview(), Origin(), Attributes("created_at", "updated_at"))
    form = DocumentForm
    fields = ((pgettext_lazy("library", "Document"), ("file", "title", "folder", "keep_until")),)
    create_service = services.add_document
    update_service = services.update_document
    operations = frozenset({"add", "change"})
    editable_states = frozenset({KEPT})
    is_searchable = True
    actions = (
        Action(
            services.add_version,
            _("New version"),
            "upload",
            icon="file-upload",
            states={KEPT},
            form=VersionForm,
            name="new-version",
        ),
        Action(
            services.discard_document,
            _("Discard for good"),
            "discard",
            icon="trash",
            states={KEPT},
            form=ReasonForm,
            refusal=why_not_discarded,
            bulk=True,
            is_danger=True,
        ),
    )

    def annotate(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Rows with their last file."""
        return with_last_version(queryset)


@register
class ArchiveRulePages(PageSet):
    """Which approved documents are archived by themselves."""

    model = ArchiveRule
    slug = "archive-rules"
    icon = "archive"
    description = _("Which approved documents go into which folder by themselves, with who decided what and when.")
    columns = (
        Column("subject", _("Object type"), render=lambda rule: rule.subject_name, phone="p-start"),
        Column("folder", phone="p-full"),
        "keep_months",
        Column("is_active", phone="p-end"),
    )
    filters = ("folder", "is_active")
    list_select = ("subject",)
    panels = (
        Attributes(
            Column("subject", _("Object type"), render=lambda rule: rule.subject_name),
            "folder",
            "keep_months",
            "begins_at",
            "is_active",
        ),
    )
    form = ArchiveRuleForm
    fields = ("subject", "folder", "keep_months", "is_active")
    create_service = archiving.set_archive_rule
    update_service = archiving.set_archive_rule
    is_small = True

    def heading(self, obj: ArchiveRule) -> tuple[Any, Any]:
        """The object type and its folder."""
        return "", str(obj)
