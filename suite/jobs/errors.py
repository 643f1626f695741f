"""What ends a job early."""

from __future__ import annotations

from suite.core.errors import DomainError


class JobCancelled(DomainError):
    """Somebody cancelled the job; raised inside its work, whose transaction is thereby rolled back."""

    code = "job-cancelled"


class JobLost(DomainError):
    """The job was given up as dead or taken over; its work must not be committed."""

    code = "job-lost"
