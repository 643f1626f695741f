"""My approvals, and the page of one run."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from hrm.calendar.people import signed_in
from oa.flows.act_forms import ActForm
from oa.flows.acting import approve_batch, decide, urge, withdraw
from oa.flows.choices import EventKind, TaskKind, TaskStatus
from oa.flows.errors import NotPossible
from oa.flows.facts import facts_of
from oa.flows.jams import jams
from oa.flows.models import FlowRun, FlowTask
from oa.flows.presenting import choices_for, progress, similar, subject_of
from oa.flows.selectors import asked_by, copies, done, to_do, visible_runs
from suite.access.models import User
from suite.core.errors import DomainError
from suite.metrics.charts import ChartData, Series
from suite.metrics.choices import Unit

PAGE = 30
# Days that the analysis of jams looks back.
PERIODS = (30, 90, 365)
FORMS = {
    "reject": (EventKind.REJECT, gettext_lazy("Refuse")),
    "return": (EventKind.RETURN, gettext_lazy("Return")),
    "transfer": (EventKind.TRANSFER, gettext_lazy("Hand on")),
    "delegate": (EventKind.DELEGATE, gettext_lazy("Delegate")),
    "add": (EventKind.ADD_SIGN, gettext_lazy("Add signers")),
}


def _box(user: User, name: str) -> QuerySet[Any]:
    boxes = {"to-do": to_do, "copies": copies, "mine": asked_by, "done": done}
    if name not in boxes:
        raise Http404
    return boxes[name](user)


@login_required
def inbox(request: HttpRequest) -> HttpResponse:
    """Show what somebody has to decide, was told, asked for and decided."""
    user = signed_in(request)
    box = request.GET.get("box", "to-do")
    rows = _box(user, box)
    asked = request.GET.get("q", "").strip()
    if asked:
        prefix = "" if box == "mine" else "run__"
        found = Q(**{f"{prefix}title__icontains": asked}) | Q(**{f"{prefix}initiator__full_name__icontains": asked})
        rows = rows.filter(found)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    runs = [row if box == "mine" else row.run for row in page]
    chosen = next((run for run in runs if str(run.pk) == request.GET.get("run")), runs[0] if runs else None)
    context: dict[str, Any] = {
        "page_title": _("My approvals"),
        "breadcrumbs": [(_("My approvals"), None)],
        "boxes": [
            ("to-do", _("To decide"), to_do(user).count()),
            ("copies", _("For my information"), None),
            ("mine", _("Asked by me"), None),
            ("done", _("Decided"), None),
        ],
        "box": box,
        "q": asked,
        "page": page,
        "rows": list(zip(page, runs, strict=True)),
        "may_batch": box == "to-do" and any(row.kind != TaskKind.START for row in page),
        "chosen": chosen,
    }
    if chosen is not None:
        context |= _shown(FlowRun.objects.get(pk=chosen.pk), user)
    return render(request, "oa/flows/inbox.html", context)


def _run(user: User, pk: int) -> FlowRun:
    """
    Return a run that somebody may see.

    :raises Http404: for any other.
    """
    runs = visible_runs(user).select_related("definition", "flow_version", "initiator", "department")
    run = runs.filter(pk=pk).first()
    if run is None:
        raise Http404
    return run


def _task(run: FlowRun, user: User) -> FlowTask | None:
    pending = run.tasks.filter(person=user, status=TaskStatus.PENDING).select_related("run").order_by("key")
    return pending.first()


def _shown(run: FlowRun, user: User) -> dict[str, Any]:
    task = _task(run, user)
    return {
        "run": run,
        "subject": subject_of(run, user),
        "progress": progress(run, user),
        "similar": similar(run) if task is not None else [],
        "may": choices_for(run, task, user),
        "next_url": reverse("oa:approvals"),
    }


@login_required
def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one run with all that is needed to decide."""
    user = signed_in(request)
    run = _run(user, pk)
    run.tasks.filter(person=user, read_at__isnull=True).update(read_at=timezone.now())
    waiting = list(to_do(user).values_list("run", flat=True))
    place = waiting.index(pk) if pk in waiting else None
    context = {
        "page_title": run.title,
        "breadcrumbs": [(_("My approvals"), reverse("oa:approvals")), (run.title, None)],
        "place": (place + 1, len(waiting)) if place is not None else None,
        "following": waiting[(place + 1) % len(waiting)] if place is not None and len(waiting) > 1 else None,
        **_shown(run, user),
    }
    return render(request, "oa/flows/run.html", context)


@login_required
def print_run(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a run for printing, with everybody's word and time."""
    user = signed_in(request)
    run = _run(user, pk)
    return render(request, "oa/flows/print.html", {"page_title": run.title, **_shown(run, user)})


def _after(request: HttpRequest, user: User, run: FlowRun) -> HttpResponse:
    """Go on with what waits next, or back to the run."""
    following = to_do(user).values_list("run", flat=True).first()
    if request.POST.get("stay") or following is None:
        return redirect("oa:run", pk=run.pk)
    return redirect("oa:run", pk=following)


@login_required
@require_POST
def approve(request: HttpRequest, pk: int) -> HttpResponse:
    """Agree, with a comment or without."""
    user = signed_in(request)
    run = _run(user, pk)
    task = _task(run, user)
    try:
        if task is None:
            raise NotPossible(_("This is not to be decided any more."))
        decide(
            task=task,
            kind=EventKind.APPROVE,
            actor=user,
            at=timezone.now(),
            comment=request.POST.get("comment", ""),
        )
    except DomainError as error:
        messages.error(request, str(error))
        return redirect("oa:run", pk=run.pk)
    messages.success(request, _("Agreed: %(title)s") % {"title": run.title})
    return _after(request, user, run)


@login_required
def act_page(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Ask for what goes with an act, and carry it out."""
    if kind not in FORMS:
        raise Http404
    user = signed_in(request)
    run = _run(user, pk)
    task = _task(run, user)
    event, title = FORMS[kind]
    if task is None:
        messages.error(request, _("This is not to be decided any more."))
        return redirect("oa:run", pk=run.pk)
    back_to = choices_for(run, task, user).get("back_to", [])
    initial = {"comment": request.GET.get("comment", "")}
    form = ActForm(event, back_to, request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            decide(
                task=task,
                kind=event,
                actor=user,
                at=timezone.now(),
                comment=form.cleaned_data["comment"],
                **form.values(),
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Done: %(act)s, %(title)s") % {"act": title, "title": run.title})
            return _after(request, user, run)
    context = {
        "page_title": title,
        "breadcrumbs": [(_("My approvals"), reverse("oa:approvals")), (run.title, reverse("oa:run", args=[pk]))],
        "run": run,
        "form": form,
    }
    return render(request, "oa/flows/act.html", context)


@login_required
@require_POST
def ask(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """What whoever asked, or decided before, does without a form: withdraw, urge, hand in again, take back."""
    user = signed_in(request)
    run = _run(user, pk)
    now = timezone.now()
    try:
        if kind == "withdraw":
            withdraw(run=run, actor=user, at=now)
        elif kind == "urge":
            urge(run=run, actor=user, at=now)
        elif kind == "resubmit":
            _resubmit(run, user, request.POST.get("comment", ""))
        elif kind in ("take-back", "remove"):
            task = run.tasks.filter(key=request.POST.get("task") or 0).first()
            event = EventKind.TAKE_BACK if kind == "take-back" else EventKind.REMOVE_SIGN
            if task is None:
                raise NotPossible(_("This is not to be decided any more."))
            decide(task=task, kind=event, actor=user, at=now)
        else:
            raise Http404
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Done."))
    return redirect("oa:run", pk=run.pk)


def _resubmit(run: FlowRun, user: User, comment: str) -> None:
    task = _task(run, user)
    if task is None:
        raise NotPossible(_("This is not to be decided any more."))
    subject: Any = run.subject
    decide(
        task=task,
        kind=EventKind.RESUBMIT,
        actor=user,
        at=timezone.now(),
        comment=comment,
        facts=facts_of(subject, run.initiator),
    )


@login_required
@permission_required("oa.export_flowrun", raise_exception=True)
def jams_page(request: HttpRequest) -> HttpResponse:
    """Show where approvals jam."""
    asked = request.GET.get("days", "")
    days = int(asked) if asked in {str(each) for each in PERIODS} else PERIODS[1]
    now = timezone.now()
    since = now - timedelta(days=days)
    found = jams(signed_in(request), since=since, now=now)
    by_hour = ChartData(
        kind="bar",
        unit=Unit.COUNT,
        x=[f"{hour:02}" for hour in range(24)],
        series=[Series(_("Decisions"), found.by_hour, type="bar", color="c1")],
        head=_("Hour"),
    )
    context = {
        "page_title": _("Where approvals jam"),
        "breadcrumbs": [(_("Office collaboration"), None), (_("Where approvals jam"), None)],
        "found": found,
        "since": since,
        "days": days,
        "periods": PERIODS,
        "shelf": {"chart": {"title": _("When decisions are made")}, "data": by_hour, "id": "jam-hours"},
        "tables": [
            (_("Steps"), _("Step"), found.by_step),
            (_("People"), _("Person"), found.by_person),
        ],
    }
    return render(request, "oa/flows/jams.html", context)


@login_required
@require_POST
def batch(request: HttpRequest) -> HttpResponse:
    """Agree to everything that was ticked."""
    user = signed_in(request)
    keys = [int(key) for key in request.POST.getlist("task") if key.isdecimal()]
    tasks = FlowTask.objects.filter(pk__in=keys, person=user, status=TaskStatus.PENDING).select_related("run")
    count, refused = approve_batch(tasks=tasks.order_by("pk"), actor=user, at=timezone.now())
    if count:
        text = ngettext("Agreed to %(number)d request.", "Agreed to %(number)d requests.", count)
        messages.success(request, text % {"number": count})
    for reason in refused:
        messages.error(request, reason)
    return redirect("oa:approvals")
