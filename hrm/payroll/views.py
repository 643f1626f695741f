"""Own payslips, the comparison of a run, and its files."""

from __future__ import annotations

from tempfile import TemporaryFile
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hrm.payroll.choices import LOCKED_STATES
from hrm.payroll.exports import FILES, write_file
from hrm.payroll.forms import SeveranceForm, TrialForm
from hrm.payroll.leaving import leaving_pay, take_severance
from hrm.payroll.models import PayRun, Payslip
from hrm.payroll.presenting import compare_runs, payslip_in_words, previous_run, try_rules
from hrm.payroll.services import confirm_payslip
from hrm.payroll.wording import step_in_words
from suite.access.grants import model_permission
from suite.access.restrict import restrict
from suite.core.errors import DomainError
from suite.pages.exchange.writing import FORMATS
from suite.pages.forms import style

PAGE = 60


def _own(user: Any) -> QuerySet[Payslip]:
    """The published payslips of a person themselves, whatever else they may see."""
    slips = Payslip.objects.filter(employee__user=user.pk, confirmation__isnull=False)
    return slips.select_related("run", "confirmation", "employee", "department")


@require_GET
@login_required
def my_payslips(request: HttpRequest) -> HttpResponse:
    """The own payslips, newest first."""
    context = {
        "page_title": _("My payslips"),
        "breadcrumbs": [(_("Human resources"), None), (_("My payslips"), None)],
        "payslips": _own(request.user).order_by("-run__month", "-pk")[:PAGE],
    }
    return render(request, "hrm/payroll/my_payslips.html", context)


@require_GET
@login_required
def my_payslip(request: HttpRequest, pk: int) -> HttpResponse:
    """One of the own payslips, each figure with its explanation."""
    slip = get_object_or_404(_own(request.user), pk=pk)
    title = _("Payslip %(month)s") % {"month": f"{slip.run.month:%Y-%m}"}
    context = {
        "page_title": title,
        "breadcrumbs": [(_("My payslips"), reverse("hrm:my-payslips")), (title, None)],
        "panel": payslip_in_words(slip, is_own=True),
        "payslip": slip,
    }
    return render(request, "hrm/payroll/my_payslip.html", context)


@require_POST
@login_required
def confirm_my_payslip(request: Any, pk: int) -> HttpResponse:
    """Confirm one of the own payslips."""
    slip = get_object_or_404(_own(request.user), pk=pk)
    try:
        confirm_payslip(payslip=slip, actor=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.warning(request, str(refusal))
    else:
        messages.success(request, _("You confirmed the payslip."))
    return redirect("hrm:my-payslip", pk)


@require_GET
@login_required
@permission_required(("hrm.compare_payrun", "hrm.view_payslip"), raise_exception=True)
def run_comparison(request: HttpRequest, pk: int) -> HttpResponse:
    """What differs from the run before, or with the statutes of another date."""
    runs = restrict(PayRun.objects.select_related("pay_group"), user=request.user, action="compare")
    run = get_object_or_404(runs, pk=pk)
    slips = restrict(Payslip.objects.all(), user=request.user)
    form = TrialForm(request.GET or None)
    style(form)
    on = form.cleaned_data["on"] if form.is_bound and form.is_valid() else None
    before = previous_run(run)
    try:
        rows = try_rules(run, on, slips) if on else compare_runs(before, run, slips)
    except DomainError as refusal:
        form.add_error("on", str(refusal))
        rows = []
    context = {
        "page_title": _("Comparison of pay"),
        "breadcrumbs": [(run._meta.verbose_name_plural, reverse("hrm:payrun-list")), (run, run.get_absolute_url())],
        "run": run,
        "before": before,
        "on": on,
        "form": form,
        "is_open": run.status not in LOCKED_STATES,
        "rows": rows,
        "total": sum(each.net.difference for each in rows),
    }
    return render(request, "hrm/payroll/comparison.html", context)


@require_GET
@login_required
def run_file(request: Any, pk: int, name: str) -> HttpResponseBase:
    """One of the files of a run, as ``?format=csv`` or xlsx."""
    if name not in FILES:
        raise Http404
    action = FILES[name].permission
    if not request.user.has_perm(model_permission(PayRun, action)):
        raise PermissionDenied
    run = get_object_or_404(restrict(PayRun.objects.all(), user=request.user, action=action), pk=pk)
    wanted = request.GET.get("format", "")
    file_format = wanted if wanted in FORMATS else "xlsx"
    target = TemporaryFile()  # closed by the response
    try:
        write_file(
            target,
            run=run,
            name=name,
            file_format=file_format,
            actor=request.user,
            at=timezone.now(),
            request=request,
        )
    except DomainError as refusal:
        target.close()
        messages.error(request, str(refusal))
        return redirect(run)
    target.seek(0)
    title = get_valid_filename(f"{FILES[name].title}-{run.number}")
    return FileResponse(
        target, as_attachment=True, filename=f"{title}.{file_format}", content_type=FORMATS[file_format]
    )


@require_http_methods(["GET", "POST"])
@login_required
@permission_required(("hrm.change_salaryarchive", "hrm.view_payslip"), raise_exception=True)
def severance(request: Any) -> HttpResponse:
    """What somebody is paid at the end of employment, each figure by its article; posted, it is taken over."""
    form = SeveranceForm(request.POST or request.GET or None, user=request.user)
    style(form)
    found = None
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        facts = {name: values[name] for name in ("leave_date", "reason", "notice_days")}
        try:
            if request.method == "POST" and values["item"] is None:
                form.add_error("item", _("Choose the item that pays it."))
            elif request.method == "POST":
                take_severance(**values, actor=request.user, at=timezone.now())
                messages.success(request, _("The severance is entered for the month of leaving."))
                return redirect(values["salaryarchive"])
            found = leaving_pay(employee=values["salaryarchive"].employee, **facts)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
    context = {
        "page_title": _("Severance"),
        "breadcrumbs": [(_("Human resources"), None), (_("Severance"), None)],
        "form": form,
        "found": found,
        "sentences": [step_in_words(step) for step in found.steps] if found else [],
    }
    return render(request, "hrm/payroll/severance.html", context)
