"""What the document centre does by itself."""

from __future__ import annotations

from datetime import datetime

from oa.library.services import report_due_documents
from suite.modules.registry import periodic


@periodic("night")
def tell_what_is_due(at: datetime) -> int:
    """Tell people of documents whose time is over; return of how many."""
    return report_due_documents(actor=None, at=at)
