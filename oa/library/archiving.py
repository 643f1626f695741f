"""Approved documents go into the document centre by themselves: the rules, and what is kept of a document."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.contenttypes.models import ContentType
from django.core.files.base import ContentFile
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from oa.flows.choices import InstanceStatus
from oa.flows.models import FlowRun
from oa.flows.presenting import progress, subject_of
from oa.library.models import ArchiveRule, Document, DocumentVersion, Folder
from oa.library.services import archive_document
from suite.access.models import User
from suite.activity.models import Attachment
from suite.activity.sniff import FileType
from suite.activity.targets import key_of
from suite.core.errors import InvalidInput
from suite.documents.approvables import approvable

# What is archived is written here, so that no file of somebody else is ever taken for one.
PAPER = FileType("text/html", ("html",))


@transaction.atomic
def set_archive_rule(
    *,
    subject: ContentType,
    folder: Folder,
    keep_months: int | None = None,
    is_active: bool = True,
    archiverule: ArchiveRule | None = None,
    expected_version: int | None = None,
    actor: User,
    at: datetime,
) -> ArchiveRule:
    """
    Say where approved documents of an object type are archived, or change what was said.

    A rule that is turned on again begins anew.

    :raises InvalidInput: for an object type that is not approved, or one that has a rule already.
    """
    model = subject.model_class()
    if model is None or approvable(model) is None:
        raise InvalidInput(_("Documents of this type are not approved."), field="subject")
    if archiverule is None:
        rule = ArchiveRule(begins_at=at)
    else:
        rule = ArchiveRule.objects.lock(archiverule).check_version(expected_version)
    if ArchiveRule.objects.filter(subject=subject).exclude(pk=rule.pk).exists():
        raise InvalidInput(_("There is a rule for this object type already."), field="subject")
    is_new_subject = rule.pk is not None and rule.subject_id != subject.pk
    if is_new_subject or (is_active and not rule.is_active):
        rule.begins_at = at
    rule.subject, rule.folder, rule.keep_months, rule.is_active = subject, folder, keep_months, is_active
    rule.full_clean()
    rule.save()
    return rule


def rule_for(run: FlowRun) -> ArchiveRule | None:
    """Return the rule by which what a run approved is archived, None when none is meant for it."""
    rules = ArchiveRule.objects.filter(subject=run.subject_type_id, is_active=True, begins_at__lte=run.ended_at)
    return rules.select_related("folder").first()


def not_archived() -> QuerySet[FlowRun]:
    """Return the runs that ended well, whose documents should be archived and are not."""
    archived = DocumentVersion.objects.filter(run=OuterRef("pk"))
    rules = ArchiveRule.objects.filter(
        subject=OuterRef("subject_type"), is_active=True, begins_at__lte=OuterRef("ended_at")
    )
    ended = FlowRun.objects.filter(status=InstanceStatus.APPROVED, parent__isnull=True)
    return ended.filter(Exists(rules), ~Exists(archived)).order_by("pk")


@transaction.atomic
def archive_run(*, run: FlowRun, actor: User | None, at: datetime) -> Document | None:
    """
    Archive what a run approved with its approval record, once; None where no rule is meant for it, or it is gone.

    Sensitive fields are left out, since the permission of the folder says who reads it.
    """
    run = FlowRun.objects.lock(run)
    rule = rule_for(run)
    subject: Any = run.subject
    if rule is None or subject is None or run.status != InstanceStatus.APPROVED:
        return None
    known = DocumentVersion.objects.filter(run=run).select_related("document").first()
    if known is not None:
        return known.document
    with translation.override(run.initiator.language or settings.LANGUAGE_CODE):
        page = render_to_string("oa/library/archive.html", paper(run, at))
    return archive_document(
        title=run.title,
        folder_code=rule.folder.code,
        content=ContentFile(page.encode(), name=f"{run.title[:80]}.html"),
        kind=PAPER,
        source=subject,
        run=run,
        keep_months=rule.keep_months,
        actor=actor,
        at=at,
    )


def paper(run: FlowRun, at: datetime) -> dict[str, Any]:
    """Return what the archived page says: the document as nobody in particular sees it, and who decided what."""
    nobody: Any = AnonymousUser()
    subject: Any = run.subject
    return {
        "run": run,
        "subject": subject_of(run, nobody),
        "progress": progress(run, nobody),
        "files": Attachment.objects.filter(**key_of(subject), removed_at__isnull=True).order_by("pk"),
        "at": timezone.localtime(at),
    }
