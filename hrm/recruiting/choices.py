"""Choices of recruiting."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class RequisitionStatus(TextChoices):
    """States of a request for people 招聘需求."""

    DRAFT = "DRAFT", _("Draft")
    SUBMITTED = "SUBMITTED", _("In approval")
    APPROVED = "APPROVED", pgettext_lazy("recruiting", "Recruiting")
    FILLED = "FILLED", pgettext_lazy("recruiting", "Filled")
    REJECTED = "REJECTED", _("Rejected")
    CLOSED = "CLOSED", _("Closed")
    CANCELLED = "CANCELLED", _("Cancelled")


# Places that are asked for already.
COUNTED_REQUISITIONS = (RequisitionStatus.SUBMITTED, RequisitionStatus.APPROVED)


class CandidateStatus(TextChoices):
    """Where a candidate stands."""

    NEW = "NEW", pgettext_lazy("candidate", "New")
    SCREENED = "SCREENED", _("Screened")
    INTERVIEW = "INTERVIEW", _("Interview")
    OFFER = "OFFER", pgettext_lazy("recruiting", "Offer")
    HIRED = "HIRED", _("Hired")
    REJECTED = "REJECTED", _("Rejected")


# Stages from the first to the last, as on the board.
STAGES = (
    CandidateStatus.NEW,
    CandidateStatus.SCREENED,
    CandidateStatus.INTERVIEW,
    CandidateStatus.OFFER,
    CandidateStatus.HIRED,
)


class Source(TextChoices):
    """Where a candidate comes from."""

    JOB_BOARD = "JOB_BOARD", _("Job board")
    REFERRAL = "REFERRAL", _("Referral by a colleague")
    WEBSITE = "WEBSITE", _("Own website")
    CAMPUS = "CAMPUS", _("Campus")
    AGENCY = "AGENCY", _("Agency")
    OTHER = "OTHER", _("Other")


class RejectReason(TextChoices):
    """Why nothing came of a candidate."""

    UNSUITABLE = "UNSUITABLE", _("Not suitable")
    WAGE = "WAGE", _("Wage expectation")
    DECLINED = "DECLINED", _("Declined the offer")
    WITHDREW = "WITHDREW", _("Withdrew")
    NO_SHOW = "NO_SHOW", _("Did not come")
    FILLED = "FILLED", _("Place filled otherwise")
    OTHER = "OTHER", _("Other")


class Verdict(TextChoices):
    """What came of an interview."""

    OPEN = "OPEN", _("Not held yet")
    PASSED = "PASSED", _("Passed")
    HOLD = "HOLD", _("Undecided")
    FAILED = "FAILED", pgettext_lazy("interview", "Failed")


VERDICT_TONES = {Verdict.OPEN: "wait", Verdict.PASSED: "done", Verdict.HOLD: "part", Verdict.FAILED: "void"}


class OfferStatus(TextChoices):
    """States of an offer of employment."""

    DRAFT = "DRAFT", _("Draft")
    SUBMITTED = "SUBMITTED", _("In approval")
    APPROVED = "APPROVED", _("Approved")
    SENT = "SENT", _("Sent")
    ACCEPTED = "ACCEPTED", _("Accepted")
    DECLINED = "DECLINED", pgettext_lazy("recruiting", "Declined")
    CANCELLED = "CANCELLED", _("Cancelled")


# An offer that binds, or is about to.
LIVE_OFFERS = (
    OfferStatus.DRAFT,
    OfferStatus.SUBMITTED,
    OfferStatus.APPROVED,
    OfferStatus.SENT,
    OfferStatus.ACCEPTED,
)
