"""Folders, documents and their versions."""

from __future__ import annotations

import pghistory
import pgtrigger
from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.contrib.postgres.expressions import ArraySubquery
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.org.models import Department
from oa.audiences import Addressed, addressed_to, named
from oa.flows.models import FlowRun
from oa.library.choices import DocumentStatus
from suite.access.models import User
from suite.access.scopes import ScopePaths
from suite.activity.models import random_path
from suite.core.models import Model
from suite.documents.status import StatusField, StatusModel
from suite.search.models import Searchable

READING, WRITING = frozenset({"view"}), frozenset({"change", "upload"})
WRITERS = ("writer_departments", "writer_roles", "writers")


def readable(user: User) -> QuerySet[Folder]:
    """The folders whose audience, or that of a folder above which they take over, a user belongs to."""
    return _reached(addressed_to(Folder, user) | named(Folder, user, *WRITERS) | Q(owner=user.pk))


def writable(user: User) -> QuerySet[Folder]:
    """The folders that a user may put documents into."""
    return _reached(named(Folder, user, *WRITERS) | Q(owner=user.pk))


def _reached(granted: Q) -> QuerySet[Folder]:
    keys = ArraySubquery(Folder.objects.filter(granted).order_by().values("pk"))
    return Folder.objects.filter(reach__overlap=keys).order_by()


def folders_for(user: User, action: str) -> Q | None:
    """A folder is read by its readers; its writers put documents into it, but do not change the folder itself."""
    if action == "upload":
        return Q(pk__in=writable(user).values("pk"))
    return Q(pk__in=readable(user).values("pk")) if action in READING else None


def documents_for(user: User, action: str) -> Q | None:
    """A document is read and changed by those of its folder."""
    if action in READING:
        return Q(folder__in=readable(user).values("pk"))
    return Q(folder__in=writable(user).values("pk")) if action in WRITING else None


@pghistory.track(exclude=["search_text", "version", "updated_at", "path", "reach"])
class Folder(Addressed, Searchable):
    """
    A folder of the document centre 文件夹 with who may read in it; ``writers`` may put documents into it as well.

    ``path`` holds the keys from the top down to the folder, ``reach`` those of them whose permissions it takes over.
    """

    scope = ScopePaths(owner="owner", company="company", addressed=folders_for)
    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=100)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="children", verbose_name=_("in the folder")
    )
    inherits = models.BooleanField(
        _("takes over permissions"), default=True, help_text=_("Whoever may read or write above may do it here too.")
    )
    writer_departments = models.ManyToManyField(
        Department, blank=True, related_name="+", verbose_name=_("writing departments")
    )
    writer_roles = models.ManyToManyField(Group, blank=True, related_name="+", verbose_name=_("writing roles"))
    writers = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="+", verbose_name=_("writing persons")
    )
    keep_months = models.PositiveSmallIntegerField(
        _("keep for months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("For new documents; empty: for ever."),
    )
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    path = ArrayField(models.BigIntegerField(), default=list, editable=False)
    reach = ArrayField(models.BigIntegerField(), default=list, editable=False)

    class Meta(Searchable.Meta):
        verbose_name = _("folder")
        verbose_name_plural = _("folders")
        ordering = ("code",)
        constraints = (models.CheckConstraint(condition=~Q(parent=models.F("pk")), name="folder_not_in_itself"),)
        indexes = (GinIndex(models.F("reach"), name="folder_reach"),)

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=["search_text", "version", "updated_at", "content"])
class Document(StatusModel, Searchable):
    """
    A document of a folder 文档; its files are its versions, the last one counts.

    It is not discarded before ``keep_until``, and never by itself. ``source`` is what it was archived from, at most
    once; ``content`` is the text of the last version as far as it can be read.
    """

    scope = ScopePaths(owner="owner", company="folder__company", addressed=documents_for)
    search_fields = ("title",)
    transitions = {DocumentStatus.KEPT: {DocumentStatus.DISCARDED}, DocumentStatus.DISCARDED: set()}
    status_tone = {DocumentStatus.KEPT: "done", DocumentStatus.DISCARDED: "void"}

    title = models.CharField(_("title"), max_length=200)
    folder = models.ForeignKey(Folder, models.PROTECT, related_name="documents", verbose_name=_("folder"))
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, editable=False, related_name="+", verbose_name=_("responsible")
    )
    keep_until = models.DateField(_("keep until"), null=True, blank=True, help_text=_("Empty: for ever."))
    status = StatusField(_("status"), choices=DocumentStatus, default=DocumentStatus.KEPT)
    content = models.TextField(_("text"), blank=True, editable=False)
    due_told_on = models.DateField(_("end of keeping told on"), null=True, editable=False)
    content_type = models.ForeignKey(
        ContentType, models.PROTECT, null=True, editable=False, related_name="+", verbose_name=_("object type")
    )
    object_id = models.BigIntegerField(_("object"), null=True, editable=False)
    source = GenericForeignKey("content_type", "object_id", for_concrete_model=False)

    class Meta(Searchable.Meta):
        verbose_name = pgettext_lazy("library", "document")
        verbose_name_plural = pgettext_lazy("library", "documents")
        ordering = ("-pk",)
        constraints = (
            models.UniqueConstraint(
                fields=("content_type", "object_id"),
                condition=Q(content_type__isnull=False),
                name="document_archived_once",
            ),
        )
        indexes = (
            models.Index(fields=("keep_until",), condition=Q(status=DocumentStatus.KEPT), name="document_keep_until"),
            GinIndex(fields=["content"], opclasses=["gin_trgm_ops"], name="document_content"),
        )

    def __str__(self) -> str:
        return self.title


class DocumentVersion(Model):
    """One file of a document; never changed. The bytes of a discarded document are gone."""

    scope = ScopePaths(owner="document__owner")

    document = models.ForeignKey(
        Document, models.PROTECT, related_name="versions", verbose_name=pgettext_lazy("library", "document")
    )
    number = models.PositiveIntegerField(_("version"))
    file = models.FileField(_("file"), upload_to=random_path, max_length=120)
    name = models.CharField(_("name"), max_length=200)
    size = models.BigIntegerField(_("size in bytes"))
    sha256 = models.CharField(_("fingerprint"), max_length=64)
    media_type = models.CharField(_("type"), max_length=100)
    note = models.CharField(_("what is new"), max_length=200, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+", verbose_name=_("stored by")
    )
    source_version = models.PositiveIntegerField(_("version of the source"), null=True)
    # The approval that it was archived for.
    run = models.OneToOneField(FlowRun, models.PROTECT, null=True, related_name="+", verbose_name=_("approval"))

    class Meta:
        verbose_name = _("version")
        verbose_name_plural = _("versions")
        default_permissions = ()
        ordering = ("-number",)
        constraints = (
            models.UniqueConstraint(fields=("document", "number"), name="documentversion_number_once"),
            models.UniqueConstraint(
                fields=("document", "source_version"),
                condition=Q(source_version__isnull=False),
                name="documentversion_source_once",
            ),
            models.CheckConstraint(condition=Q(size__gt=0), name="documentversion_not_empty"),
        )
        triggers = (pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete),)

    def __str__(self) -> str:
        return f"{self.name} v{self.number}"


@pghistory.track(exclude=["version", "updated_at"])
class ArchiveRule(Model):
    """
    That approved documents of an object type are archived by themselves 归档规则, and where.

    Only what is approved from then on: what was approved before the rule began stays where it is.
    """

    subject = models.OneToOneField(ContentType, models.PROTECT, related_name="+", verbose_name=_("object type"))
    folder = models.ForeignKey(Folder, models.PROTECT, related_name="archive_rules", verbose_name=_("folder"))
    keep_months = models.PositiveSmallIntegerField(
        _("keep for months"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_("Empty: as the folder says."),
    )
    is_active = models.BooleanField(_("active"), default=True)
    begins_at = models.DateTimeField(_("for approvals since"), editable=False)

    class Meta:
        verbose_name = _("archive rule")
        verbose_name_plural = _("archive rules")
        ordering = ("pk",)

    def __str__(self) -> str:
        return f"{self.subject_name} → {self.folder}"

    @property
    def subject_name(self) -> str:
        """The object type in the reader's language."""
        model = self.subject.model_class()
        return str(model._meta.verbose_name) if model is not None else self.subject.model
