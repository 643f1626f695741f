"""Questions about folders and documents."""

from __future__ import annotations

from datetime import date

from django.db.models import OuterRef, QuerySet, Subquery

from oa.library.choices import DocumentStatus
from oa.library.models import Document, DocumentVersion


def with_last_version(documents: QuerySet[Document]) -> QuerySet[Document]:
    """Add number, file name and type of the last version."""
    last = DocumentVersion.objects.filter(document=OuterRef("pk")).order_by("-number")
    return documents.annotate(
        last_number=Subquery(last.values("number")[:1]),
        last_name=Subquery(last.values("name")[:1]),
        last_type=Subquery(last.values("media_type")[:1]),
    )


def due_documents(on: date) -> QuerySet[Document]:
    """The documents whose time of keeping is over on a day, and that nobody has discarded."""
    return Document.objects.filter(status=DocumentStatus.KEPT, keep_until__lt=on)


def last_version(document: Document) -> DocumentVersion | None:
    """The version that counts."""
    return document.versions.order_by("-number").first()
