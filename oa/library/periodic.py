"""What the document centre does by itself."""

from __future__ import annotations

from datetime import datetime

from oa.library.archiving import archive_run, not_archived
from oa.library.services import report_due_documents
from suite.modules.registry import periodic

# More of a night wait for the next one.
MOST = 1000


@periodic("night")
def tell_what_is_due(at: datetime) -> int:
    """Tell people of documents whose time is over; return of how many."""
    return report_due_documents(actor=None, at=at)


@periodic("night")
def archive_what_was_missed(at: datetime) -> int:
    """Archive approved documents whose task got lost; return how many."""
    return sum(archive_run(run=run, actor=None, at=at) is not None for run in not_archived()[:MOST])
