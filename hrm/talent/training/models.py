"""Skills and who has them, courses, sessions and who takes part."""

from __future__ import annotations

import pghistory
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from hrm.org.models import Employee
from hrm.org.scopes import OF_PERSON
from hrm.talent.training.choices import EnrolmentStatus, SessionStatus, SkillLevel
from suite.access.scopes import ScopePaths
from suite.documents.status import StatusField, StatusModel
from suite.masters.fields import MoneyField
from suite.masters.models import Company
from suite.masters.periods import no_overlap, period
from suite.search.models import Searchable

UNTRACKED = ["search_text", "version", "updated_at"]
NOT_NEGATIVE = [MinValueValidator(0)]
POSITIVE = [MinValueValidator(1)]


@pghistory.track(exclude=UNTRACKED)
class Skill(Searchable):
    """Something that people are qualified for 技能/资质, e.g. welding or driving a forklift."""

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=100)
    validity_months = models.PositiveIntegerField(
        _("valid for months"), null=True, blank=True, validators=POSITIVE, help_text=_("Empty: for good.")
    )
    description = models.CharField(_("description"), max_length=300, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ("code",)
        constraints = (
            models.CheckConstraint(
                condition=Q(validity_months__isnull=True) | Q(validity_months__gte=1), name="skill_validity"
            ),
        )

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=UNTRACKED)
class Course(Searchable):
    """What is taught 课程, and which skill passing it gives."""

    search_fields = ("code", "name")

    code = models.CharField(_("code"), max_length=30, unique=True)
    name = models.CharField(_("name"), max_length=100)
    skill = models.ForeignKey(
        Skill,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="courses",
        verbose_name=_("gives the skill"),
    )
    level = models.PositiveSmallIntegerField(_("skill level"), choices=SkillLevel, default=SkillLevel.INDEPENDENT)
    hours = models.DecimalField(_("hours"), max_digits=6, decimal_places=1, default=0, validators=NOT_NEGATIVE)
    description = models.CharField(_("description"), max_length=500, blank=True)
    is_active = models.BooleanField(_("active"), default=True)

    class Meta(Searchable.Meta):
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        ordering = ("code",)
        constraints = (models.CheckConstraint(condition=Q(hours__gte=0), name="course_hours"),)

    def __str__(self) -> str:
        return self.name


@pghistory.track(exclude=UNTRACKED)
class TrainingSession(StatusModel, Searchable):
    """A course that is held once 培训班次: when, where, by whom, for how many; never more people than places."""

    scope = ScopePaths(company="company")
    search_fields = ("number", "course__name", "place")
    transitions = {
        SessionStatus.PLANNED: {SessionStatus.HELD, SessionStatus.CANCELLED},
        SessionStatus.HELD: set(),
        SessionStatus.CANCELLED: set(),
    }
    status_tone = {
        SessionStatus.PLANNED: "go",
        SessionStatus.HELD: "done",
        SessionStatus.CANCELLED: "void",
    }
    stepper = (SessionStatus.PLANNED, SessionStatus.HELD)

    company = models.ForeignKey(Company, models.PROTECT, editable=False, related_name="+", verbose_name=_("company"))
    number = models.CharField(_("number"), max_length=40, editable=False)
    course = models.ForeignKey(Course, models.PROTECT, related_name="sessions", verbose_name=_("course"))
    starts_at = models.DateTimeField(_("starts at"))
    ends_at = models.DateTimeField(_("ends at"))
    place = models.CharField(_("venue"), max_length=100, blank=True)
    trainer = models.ForeignKey(
        Employee, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("trainer")
    )
    outside_trainer = models.CharField(_("trainer from outside"), max_length=100, blank=True)
    capacity = models.PositiveIntegerField(_("number of places"), validators=POSITIVE)
    cost = MoneyField(_("cost"), default=0, validators=NOT_NEGATIVE)
    status = StatusField(_("status"), choices=SessionStatus, default=SessionStatus.PLANNED)

    class Meta(Searchable.Meta):
        verbose_name = _("training session")
        verbose_name_plural = _("training sessions")
        ordering = ("-starts_at", "-pk")
        constraints = (
            models.UniqueConstraint(fields=("company", "number"), name="trainingsession_number_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="trainingsession_period",
                violation_error_message=_("It ends before it begins."),
            ),
            models.CheckConstraint(condition=Q(capacity__gte=1), name="trainingsession_capacity"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="trainingsession_cost"),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.course}"


class TrainingEnrolment(StatusModel):
    """Somebody's place in a session 报名, and how it ended."""

    scope = OF_PERSON
    transitions = {
        EnrolmentStatus.ENROLLED: {
            EnrolmentStatus.PASSED,
            EnrolmentStatus.FAILED,
            EnrolmentStatus.ABSENT,
            EnrolmentStatus.WITHDRAWN,
        },
        EnrolmentStatus.PASSED: set(),
        EnrolmentStatus.FAILED: set(),
        EnrolmentStatus.ABSENT: set(),
        EnrolmentStatus.WITHDRAWN: set(),
    }
    status_tone = {
        EnrolmentStatus.ENROLLED: "go",
        EnrolmentStatus.PASSED: "done",
        EnrolmentStatus.FAILED: "late",
        EnrolmentStatus.ABSENT: "wait",
        EnrolmentStatus.WITHDRAWN: "void",
    }

    session = models.ForeignKey(
        TrainingSession, models.PROTECT, related_name="enrolments", verbose_name=_("training session")
    )
    employee = models.ForeignKey(Employee, models.PROTECT, related_name="trainings", verbose_name=_("employee"))
    status = StatusField(_("status"), choices=EnrolmentStatus, default=EnrolmentStatus.ENROLLED)
    score = models.DecimalField(
        _("score"), max_digits=5, decimal_places=2, null=True, blank=True, editable=False, validators=NOT_NEGATIVE
    )

    class Meta:
        verbose_name = _("enrolment")
        verbose_name_plural = _("enrolments")
        ordering = ("session", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("session", "employee"),
                condition=~Q(status=EnrolmentStatus.WITHDRAWN),
                name="trainingenrolment_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.employee} · {self.session}"


@pghistory.track(exclude=UNTRACKED)
class SkillHolding(Searchable):
    """
    Somebody has a skill from one day through another 持证记录; an empty end is open.

    Periods of one person and skill never overlap; a renewal is a new row.
    """

    scope = OF_PERSON
    search_fields = ("employee__name", "employee__number", "skill__name", "certificate")

    employee = models.ForeignKey(Employee, models.PROTECT, related_name="skills", verbose_name=_("employee"))
    skill = models.ForeignKey(Skill, models.PROTECT, related_name="holdings", verbose_name=_("skill"))
    level = models.PositiveSmallIntegerField(_("skill level"), choices=SkillLevel, default=SkillLevel.INDEPENDENT)
    valid_from = models.DateField(_("valid from"))
    valid_to = models.DateField(_("valid to"), null=True, blank=True)
    certificate = models.CharField(_("certificate number"), max_length=60, blank=True)
    session = models.ForeignKey(
        TrainingSession,
        models.PROTECT,
        null=True,
        editable=False,
        related_name="holdings",
        verbose_name=_("training session"),
    )
    # The closest warning that was given, in days before the end.
    warned_days = models.PositiveSmallIntegerField(_("warned before"), null=True, editable=False)

    class Meta(Searchable.Meta):
        verbose_name = _("held skill")
        verbose_name_plural = _("held skills")
        ordering = ("employee", "skill", "-valid_from")
        indexes = (models.Index(fields=("skill", "valid_to"), name="skillholding_skill"),)
        constraints = (
            no_overlap(
                "skillholding_no_overlap",
                (
                    "employee",
                    "skill",
                ),
                _("The person has this skill in a part of this period already."),
            ),
            period("skillholding_period"),
        )

    def __str__(self) -> str:
        return f"{self.employee} · {self.skill}"
