"""Manifest of human resources; the organisation itself is the module ``hrm.org`` and always on."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from hrm.backfill import prepare_personnel
from suite.modules.registry import MenuItem, Module, registry

ORGANISATION = pgettext_lazy("menu", "Organisation")
PEOPLE = pgettext_lazy("menu", "Personnel")
RECRUITING = pgettext_lazy("menu", "Recruiting")
TIME = pgettext_lazy("menu", "Time")
TALENT = pgettext_lazy("menu", "Talent")
PAY = pgettext_lazy("menu", "Pay")
SETTINGS = pgettext_lazy("menu", "Settings")

registry.add(
    Module(
        code="hrm",
        title=_("Human resources"),
        short="HRM",
        icon="id-badge-2",
        stage=2,
        menu=(
            MenuItem(
                "hrm:org-chart",
                title=_("Org chart"),
                permission="hrm.view_department",
                icon="sitemap",
                group=ORGANISATION,
            ),
            MenuItem(
                "hrm:headcount",
                title=_("Headcount plan"),
                permission="hrm.view_position",
                icon="users-group",
                group=ORGANISATION,
            ),
            MenuItem("hrm.Reorganisation", group=ORGANISATION),
            MenuItem("hrm:me", title=_("My profile"), icon="user-circle", group=PEOPLE),
            MenuItem("hrm.PersonnelChange", group=PEOPLE),
            MenuItem("hrm.LaborContract", group=PEOPLE),
            MenuItem("hrm.Certificate", group=PEOPLE),
            MenuItem("hrm.AssetLoan", group=PEOPLE),
            MenuItem("hrm.StaffTask", group=PEOPLE),
            MenuItem("hrm.StaffAlert", group=PEOPLE),
            MenuItem("hrm.Assignment", group=PEOPLE),
            MenuItem("hrm.Handover", group=PEOPLE),
            MenuItem("hrm.Requisition", group=RECRUITING),
            MenuItem("hrm.Candidate", group=RECRUITING),
            MenuItem("hrm.Interview", group=RECRUITING),
            MenuItem("hrm.Offer", group=RECRUITING),
            MenuItem(
                "hrm:my-time",
                title=_("My time"),
                permission="hrm.view_attendanceday",
                icon="clock-play",
                group=TIME,
            ),
            MenuItem(
                "hrm:attendance-month",
                title=_("Month summary"),
                permission="hrm.export_attendanceday",
                icon="report",
                group=TIME,
            ),
            MenuItem("hrm.AttendanceDay", group=TIME),
            MenuItem(
                "hrm:roster-grid",
                title=_("Roster"),
                permission="hrm.view_rosterday",
                icon="calendar-event",
                group=TIME,
            ),
            MenuItem(
                "hrm:team-calendar",
                title=_("Team calendar"),
                permission="hrm.view_leaverequest",
                icon="calendar-user",
                group=TIME,
            ),
            MenuItem("hrm.LeaveRequest", group=TIME),
            MenuItem("hrm.OvertimeRequest", group=TIME),
            MenuItem("hrm.Outing", group=TIME),
            MenuItem("hrm.PunchCorrection", group=TIME),
            MenuItem("hrm.Punch", group=TIME),
            MenuItem(
                "hrm:leave-balances",
                title=_("Leave balances"),
                permission="hrm.view_leaveentry",
                icon="scale",
                group=TIME,
            ),
            MenuItem("hrm.LeaveEntry", group=TIME),
            MenuItem("hrm.KpiPlan", group=TALENT),
            MenuItem("hrm.KpiSheet", group=TALENT),
            MenuItem("hrm.TrainingSession", group=TALENT),
            MenuItem("hrm.TrainingEnrolment", group=TALENT),
            MenuItem("hrm.SkillHolding", group=TALENT),
            MenuItem(
                "hrm:skill-matrix",
                title=_("Skill matrix"),
                permission="hrm.view_skillholding",
                icon="grid-dots",
                group=TALENT,
            ),
            MenuItem(
                "hrm:productivity",
                title=_("Revenue per head"),
                permission="hrm.see_productivity_kpiplan",
                icon="chart-bar",
                group=TALENT,
            ),
            MenuItem("hrm:my-payslips", title=_("My payslips"), icon="file-invoice", group=PAY),
            MenuItem("hrm.PayRun", group=PAY),
            MenuItem("hrm.Payslip", permission="hrm.view_payrun", group=PAY),
            MenuItem("hrm.SalaryArchive", group=PAY),
            MenuItem("hrm.PayInput", group=PAY),
            MenuItem("hrm.SocialEnrolment", group=PAY),
            MenuItem("hrm.SpecialDeductionClaim", group=PAY),
            MenuItem("hrm.CommissionRule", group=PAY),
            MenuItem("hrm.YearToDate", group=PAY),
            MenuItem(
                "hrm:severance",
                title=_("Severance"),
                permission="hrm.change_salaryarchive",
                icon="door-exit",
                group=PAY,
            ),
            MenuItem("hrm.PayGroup", permission="hrm.change_paygroup", group=SETTINGS),
            MenuItem("hrm.PayItem", permission="hrm.change_payitem", group=SETTINGS),
            MenuItem("hrm.SocialScheme", permission="hrm.change_socialscheme", group=SETTINGS),
            MenuItem("hrm.StatuteRow", permission="hrm.change_statuterow", group=SETTINGS),
            MenuItem(
                "hrm:calendar-year",
                title=_("Holiday calendar"),
                permission="hrm.view_holidayday",
                icon="calendar",
                group=SETTINGS,
            ),
            MenuItem("hrm.Shift", group=SETTINGS),
            MenuItem("hrm.WorkSchedule", group=SETTINGS),
            MenuItem("hrm.ScheduleMember", group=SETTINGS),
            MenuItem("hrm.LeaveType", group=SETTINGS),
            MenuItem("hrm.KpiIndicator", group=SETTINGS),
            MenuItem("hrm.GradeRule", group=SETTINGS),
            MenuItem("hrm.Course", group=SETTINGS),
            MenuItem("hrm.Skill", group=SETTINGS),
            MenuItem("hrm.TaskTemplate", group=SETTINGS),
            MenuItem("hrm.MinimumWage", group=SETTINGS),
        ),
        description=_("Headcount, personnel files, working time and pay."),
        backfill=prepare_personnel,
    )
)
