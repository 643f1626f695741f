"""Factories of notices, documents, seals and meetings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import factory
from django.contrib.contenttypes.models import ContentType
from django.utils import timezone
from factory.django import DjangoModelFactory

from oa.library.folders import rebuild_paths
from oa.library.models import ArchiveRule, Document, DocumentVersion, Folder
from oa.meetings.models import Meeting, MeetingParticipant, Room
from oa.notices.models import Notice, ReadReceipt
from oa.seals.models import Seal, SealUse
from tests.factories.hrm import UserFactory
from tests.factories.masters import CompanyFactory


class NoticeFactory(DjangoModelFactory[Notice]):
    """A draft of a notice for nobody yet."""

    class Meta:
        model = Notice

    title = factory.Sequence(lambda n: f"关于放假安排的通知{n}")
    body = "第一段。\n\n第二段。"
    owner = factory.SubFactory(UserFactory)


class ReadReceiptFactory(DjangoModelFactory[ReadReceipt]):
    """Somebody has read a notice."""

    class Meta:
        model = ReadReceipt

    notice = factory.SubFactory(NoticeFactory)
    user = factory.SubFactory(UserFactory)
    read_at = factory.LazyFunction(timezone.now)


class SealFactory(DjangoModelFactory[Seal]):
    """A company seal that may be taken out."""

    class Meta:
        model = Seal

    code = factory.Sequence(lambda n: f"S{n:03}")
    name = factory.Sequence(lambda n: f"公章{n}")
    company = factory.SubFactory(CompanyFactory)
    keeper = factory.SubFactory(UserFactory)
    may_be_taken_out = True


class SealUseFactory(DjangoModelFactory[SealUse]):
    """A draft for three copies."""

    class Meta:
        model = SealUse

    number = factory.Sequence(lambda n: f"SEAL-2026-{n:05}")
    seal = factory.SubFactory(SealFactory)
    applicant = factory.SubFactory(UserFactory)
    purpose = "销售合同盖章"
    copies = 3


class RoomFactory(DjangoModelFactory[Room]):
    """A room for ten."""

    class Meta:
        model = Room

    code = factory.Sequence(lambda n: f"R{n:03}")
    name = factory.Sequence(lambda n: f"会议室{n}")
    company = factory.SubFactory(CompanyFactory)
    capacity = 10


class MeetingFactory(DjangoModelFactory[Meeting]):
    """An hour without a room, far ahead."""

    class Meta:
        model = Meeting

    title = factory.Sequence(lambda n: f"周例会{n}")
    starts_at = datetime(2037, 3, 2, 1, 0, tzinfo=UTC)
    ends_at = datetime(2037, 3, 2, 2, 0, tzinfo=UTC)
    owner = factory.SubFactory(UserFactory)


class MeetingParticipantFactory(DjangoModelFactory[MeetingParticipant]):
    """Somebody who has not answered."""

    class Meta:
        model = MeetingParticipant

    meeting = factory.SubFactory(MeetingFactory)
    user = factory.SubFactory(UserFactory)


class FolderFactory(DjangoModelFactory[Folder]):
    """A folder at the top, or in ``parent``, that only its owner reads."""

    class Meta:
        model = Folder

    code = factory.Sequence(lambda n: f"F{n:03}")
    name = factory.Sequence(lambda n: f"文件夹{n}")
    owner = factory.SubFactory(UserFactory)

    @classmethod
    def _create(cls, model_class: type[Folder], *args: Any, **kwargs: Any) -> Folder:
        folder = super()._create(model_class, *args, **kwargs)
        rebuild_paths()
        folder.refresh_from_db()
        return folder


class DocumentFactory(DjangoModelFactory[Document]):
    """A document without a file, kept for ever."""

    class Meta:
        model = Document

    title = factory.Sequence(lambda n: f"检验报告{n}")
    folder = factory.SubFactory(FolderFactory)
    owner = factory.SubFactory(UserFactory)


class DocumentVersionFactory(DjangoModelFactory[DocumentVersion]):
    """A first version whose bytes nobody stored."""

    class Meta:
        model = DocumentVersion

    document = factory.SubFactory(DocumentFactory)
    number = 1
    name = "报告.txt"
    size = 10
    sha256 = "0" * 64
    media_type = "text/plain"


class ArchiveRuleFactory(DjangoModelFactory[ArchiveRule]):
    """That approved uses of seals go into a folder; further rules are about other object types."""

    class Meta:
        model = ArchiveRule

    subject = factory.LazyFunction(lambda: _without_rule())
    folder = factory.SubFactory(FolderFactory)
    begins_at = datetime(2026, 1, 1, tzinfo=UTC)


def _without_rule() -> ContentType:
    """Uses of seals, or when there is a rule about them any other object type without one."""
    seals = ContentType.objects.get_for_model(SealUse)
    known = set(ArchiveRule.objects.values_list("subject", flat=True))
    return seals if seals.pk not in known else ContentType.objects.exclude(pk__in=known).order_by("pk")[0]
