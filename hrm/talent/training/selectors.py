"""Who can do what, and until when."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet

from hrm.org.models import Department, Employee
from hrm.org.selectors import active_employees
from hrm.talent.training.choices import TAKING_PLACE, SkillLevel
from hrm.talent.training.models import Skill, SkillHolding, TrainingSession

SOON_DAYS = 90
# More people are no matrix any more: it is then narrowed to a department.
MOST_PEOPLE = 500


@dataclass(frozen=True)
class Cell:
    """
    One person and one skill.

    :param holding: what is valid on the day; None: nothing is.
    :param lapsed_on: the last day of what was valid before, None when it never was.
    """

    skill: Skill
    holding: SkillHolding | None = None
    lapsed_on: date | None = None
    is_soon: bool = False

    @property
    def level(self) -> str:
        """How well."""
        return str(SkillLevel(self.holding.level).label) if self.holding is not None else ""


@dataclass
class PersonRow:
    """Everything of one person, in the order of the skills."""

    person: Employee
    cells: list[Cell] = field(default_factory=list)

    @property
    def held(self) -> list[Cell]:
        """What the person can do, or could until lately."""
        return [cell for cell in self.cells if cell.holding is not None or cell.lapsed_on is not None]


@dataclass
class Team:
    """The people of one department."""

    department: Department | None
    rows: list[PersonRow] = field(default_factory=list)


@dataclass(frozen=True)
class Matrix:
    """
    People × skills on a day.

    :param counts: how many people have each skill, in the order of the skills.
    :param is_cut: there are more people than are shown.
    """

    skills: list[Skill]
    teams: list[Team]
    counts: list[int]
    is_cut: bool = False


def valid_on(on: date) -> QuerySet[SkillHolding]:
    """Return what is valid on a day; the last day still counts."""
    return SkillHolding.objects.filter(Q(valid_to__isnull=True) | Q(valid_to__gte=on), valid_from__lte=on)


def qualified(
    employee_pks: Collection[int], skill: Skill | str, on: date, *, level: int = SkillLevel.LEARNING
) -> set[int]:
    """
    Return who of some people has a skill on a day, by one query.

    :param skill: the skill, or its code.
    :param level: at least so well.
    """
    rows = _of_skill(valid_on(on), skill).filter(employee__in=employee_pks, level__gte=level)
    return set(rows.order_by().values_list("employee", flat=True))


def holders_of(skill: Skill | str, on: date, *, level: int = SkillLevel.LEARNING) -> QuerySet[Employee]:
    """
    Return the people on the payroll who have a skill on a day.

    :param skill: the skill, or its code.
    :param level: at least so well.
    """
    rows = _of_skill(valid_on(on), skill).filter(level__gte=level)
    return active_employees().filter(pk__in=rows.order_by().values("employee"))


def expiring(on: date, days: int = SOON_DAYS) -> QuerySet[SkillHolding]:
    """Return what people on the payroll have today and lose within some days, unless they renewed it already."""
    later = SkillHolding.objects.filter(
        employee=OuterRef("employee"), skill=OuterRef("skill"), valid_from__gt=OuterRef("valid_to")
    )
    ending = valid_on(on).filter(valid_to__lte=on + timedelta(days=days))
    return ending.filter(~Exists(later), employee__in=active_employees().order_by().values("pk"))


def skill_matrix(people: QuerySet[Employee], skills: Iterable[Skill], on: date, *, limit: int = MOST_PEOPLE) -> Matrix:
    """Return what people can do on a day, by department, by two queries besides that of the skills."""
    wanted = list(skills)
    rows = list(
        people.select_related("department", "position").order_by("department__path", "number", "pk")[: limit + 1]
    )
    is_cut, rows = len(rows) > limit, rows[:limit]
    held: dict[tuple[int, int], SkillHolding] = {}
    lapsed: dict[tuple[int, int], date] = {}
    known = SkillHolding.objects.filter(employee__in=[each.pk for each in rows], skill__in=wanted, valid_from__lte=on)
    for holding in known.order_by("valid_from"):
        key = (holding.employee_id, holding.skill_id)
        if holding.valid_to is None or holding.valid_to >= on:
            held[key] = holding
        else:
            lapsed[key] = holding.valid_to
    teams: list[Team] = []
    for person in rows:
        if not teams or teams[-1].department != person.department:
            teams.append(Team(person.department))
        cells = [
            _cell(skill, held.get((person.pk, skill.pk)), lapsed.get((person.pk, skill.pk)), on) for skill in wanted
        ]
        teams[-1].rows.append(PersonRow(person, cells))
    counts = [sum((person.pk, skill.pk) in held for person in rows) for skill in wanted]
    return Matrix(wanted, teams, counts, is_cut)


def with_taken(sessions: QuerySet[TrainingSession]) -> QuerySet[TrainingSession]:
    """Add to sessions ``taken`` and ``free``, how many places are taken and free."""
    taken = Count("enrolments", filter=Q(enrolments__status__in=TAKING_PLACE))
    return sessions.annotate(taken=taken).annotate(free=F("capacity") - F("taken"))


def free_places(session: TrainingSession) -> int:
    """Return how many places of a session are free."""
    return session.capacity - session.enrolments.filter(status__in=TAKING_PLACE).count()


def _of_skill(rows: QuerySet[SkillHolding], skill: Skill | str) -> QuerySet[SkillHolding]:
    return rows.filter(skill__code=skill) if isinstance(skill, str) else rows.filter(skill=skill)


def _cell(skill: Skill, holding: SkillHolding | None, lapsed_on: date | None, on: date) -> Cell:
    if holding is None:
        return Cell(skill, lapsed_on=lapsed_on)
    is_soon = holding.valid_to is not None and holding.valid_to <= on + timedelta(days=SOON_DAYS)
    return Cell(skill, holding, is_soon=is_soon)


def people_of(session: TrainingSession) -> Sequence[Employee]:
    """Return who takes a place of a session."""
    taking = session.enrolments.filter(status__in=TAKING_PLACE).select_related("employee__user")
    return [each.employee for each in taking.order_by("pk")]
