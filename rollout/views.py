"""The page about the adoption path, its steps, and the questionnaire."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib import messages
from django.contrib.auth.mixins import LoginRequiredMixin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views import View

from rollout import presenting, selectors, services
from rollout.choices import Pain
from rollout.forms import (
    AdvanceForm,
    CloseForm,
    ExceptionForm,
    OpenForm,
    PeopleForm,
    ProfileForm,
    ThresholdForm,
)
from rollout.gate import GateResult
from rollout.models import CheckResult, GateOverride
from rollout.path import GREEN_DAYS, SOFT_SCORE
from suite.core.errors import DomainError, messages_of
from suite.modules.registry import registry
from suite.pages.forms import style
from suite.pages.views.base import REFUSALS, report

LOG_ROWS = 12
LONG_LOG_ROWS = 200
VIEW, MANAGE = "rollout.view_stage", "rollout.manage_stage"


class RolloutPage(LoginRequiredMixin, View):
    """
    Base of the pages about the adoption path.

    :cvar permission: without which the page is refused.
    """

    permission: ClassVar[str] = VIEW

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        if request.user.is_authenticated and not request.user.has_perm(self.permission):
            raise PermissionDenied
        return super().dispatch(request, *args, **kwargs)

    def show(self, template: str, *crumbs: Any, status: int = 200, **context: Any) -> HttpResponse:
        path = [(_("Rollout path"), reverse("rollout:index")), *((title, None) for title in crumbs)]
        return render(self.request, template, {"breadcrumbs": path, **context}, status=status)


def page_of(code: str) -> str:
    """Return the address of the path with one system in focus."""
    return f"{reverse('rollout:index')}?system={code}"


class PathView(RolloutPage):
    """The systems in their order, and everything about the one in focus."""

    def get(self, request: Any) -> HttpResponse:
        now = timezone.now()
        page = presenting.path_page(wanted=request.GET.get("system", ""), at=now)
        focus, gate = page.focus, page.gate
        beside = [view for view in page.views.values() if view.module.stage is None]
        watched = [view for view in page.views.values() if view.code in page.green]
        return self.show(
            "rollout/index.html",
            page_title=_("Rollout path"),
            nodes=presenting.nodes(page),
            beside=beside,
            is_early=selectors.is_early(selectors.newest_profile()),
            focus=focus,
            gate=gate,
            rows=presenting.check_rows(gate),
            now=now,
            soft_limit=SOFT_SCORE,
            phases=presenting.phases(focus),
            next_step=services.NEXT_STEP.get(focus.status),
            later=[each.module.title for each in selectors.later_on(focus.code, page.views)],
            watched=[
                (view, min(page.green[view.code], GREEN_DAYS), presenting.watched_rows(view, now)) for view in watched
            ],
            green_days=GREEN_DAYS,
            exceptions=GateOverride.objects.filter(
                code=focus.code, ended_at__isnull=True, expires_at__gt=now
            ).select_related("requested_by", "signed_by"),
            log=presenting.log_rows(limit=LOG_ROWS),
            may_except=bool(gate.obstacles) and all(each.is_overridable for each in gate.obstacles),
            can_except=_can_except(gate, now),
            may_manage=request.user.has_perm(MANAGE),
        )


def _can_except(gate: GateResult, now: datetime) -> bool:
    """Whether a signed exception would open the gate now."""
    if gate.blocking(has_override=True):
        return False
    valid = GateOverride.objects.filter(code=gate.code, signed_at__isnull=False, used_at__isnull=True)
    return valid.filter(expires_at__gt=now).exists()


class StepView(RolloutPage):
    """A form about one system, answered by one service call."""

    permission = MANAGE
    form: ClassVar[Callable[..., Any]]
    service: ClassVar[Callable[..., Any]]
    title: ClassVar[Any]
    button: ClassVar[Any]
    icon: ClassVar[str] = "check"
    is_danger: ClassVar[bool] = False
    hint: ClassVar[Any] = ""

    def get(self, request: Any, code: str) -> HttpResponse:
        return self._ask(self._build(code))

    def post(self, request: Any, code: str) -> HttpResponse:
        form = self._build(code, request.POST)
        if not form.is_valid():
            return self._ask(form, 422)
        try:
            self._run(code, form.cleaned_data)
        except REFUSALS as error:
            report(form, error)
            return self._ask(form, 422)
        messages.success(request, _("Done: %(action)s.") % {"action": self.title})
        return redirect(page_of(code))

    def _run(self, code: str, data: dict[str, Any]) -> None:
        type(self).service(code=code, actor=self.request.user, at=timezone.now(), **data)

    def _build(self, code: str, data: Any = None) -> Any:
        self.view = selectors.stage_views().get(code)
        if self.view is None:
            raise Http404
        return self.form(data, code=code, user=self.request.user, initial=self.initial())

    def initial(self) -> dict[str, Any]:
        """What the form starts with."""
        return {}

    def _ask(self, form: Any, status: int = 200) -> HttpResponse:
        style(form)
        view = self.view
        return self.show(
            "rollout/step.html",
            view.module.title if view else "",
            self.title,
            status=status,
            form=form,
            page_title=self.title,
            subject=view.module.title if view else "",
            button=self.button,
            icon=self.icon,
            is_danger=self.is_danger,
            hint=self.hint,
            cancel_url=page_of(view.code) if view else reverse("rollout:index"),
        )


class OpenView(StepView):
    """Turning a system on."""

    form = OpenForm
    service = staticmethod(services.open_stage)
    title = gettext_lazy("Turn on")
    button = gettext_lazy("Turn on")
    icon = "player-play"
    hint = gettext_lazy("The checks are measured once more. If all conditions hold, the system opens for everybody.")


class CloseView(StepView):
    """Turning a system off."""

    form = CloseForm
    service = staticmethod(services.close_stage)
    title = gettext_lazy("Turn off")
    button = gettext_lazy("Turn off")
    icon = "player-pause"
    is_danger = True
    hint = gettext_lazy("Its pages, figures and tasks disappear for everybody. The data are kept.")


class AdvanceView(StepView):
    """Going on to the next phase."""

    form = AdvanceForm
    service = staticmethod(services.advance_stage)
    title = gettext_lazy("Next phase")
    button = gettext_lazy("Go on")
    icon = "player-track-next"


class PeopleView(StepView):
    """Naming owner and sponsor."""

    form = PeopleForm
    service = staticmethod(services.name_people)
    title = gettext_lazy("Owner and sponsor")
    button = gettext_lazy("Save")

    def initial(self) -> dict[str, Any]:
        stage = self.view.stage if self.view else None
        return {"owner": stage.owner, "sponsor": stage.sponsor} if stage else {}


class ExceptionView(StepView):
    """Asking for an exception."""

    form = ExceptionForm
    service = staticmethod(services.request_override)
    title = gettext_lazy("Ask for an exception")
    button = gettext_lazy("Sign and ask")
    icon = "signature"
    hint = gettext_lazy("A second person has to sign it. When it expires before the checks pass, the system is paused.")


class RecheckView(RolloutPage):
    """Measuring now and keeping the results."""

    permission = MANAGE

    def post(self, request: Any, code: str) -> HttpResponse:
        return _attempt(
            request, page_of(code), lambda: services.recheck_stage(code=code, actor=request.user, at=timezone.now())
        )


class SignView(RolloutPage):
    """The second signature under an exception."""

    permission = MANAGE

    def post(self, request: Any, pk: int) -> HttpResponse:
        override = get_object_or_404(GateOverride, pk=pk)
        return _attempt(
            request,
            page_of(override.code),
            lambda: services.sign_override(override=override, actor=request.user, at=timezone.now()),
        )


def _attempt(request: Any, url: str, work: Callable[[], Any]) -> HttpResponseRedirect:
    try:
        work()
    except DomainError as error:
        messages.error(request, " ".join(messages_of(error)))
    else:
        messages.success(request, _("Saved."))
    return HttpResponseRedirect(url)


class CheckView(RolloutPage):
    """The history of one check, and its limit."""

    def get(self, request: Any, code: str) -> HttpResponse:
        return self._show(code, None)

    def post(self, request: Any, code: str) -> HttpResponse:
        if not request.user.has_perm(MANAGE):
            raise PermissionDenied
        form = self._form(code, request.POST)
        if form.is_valid():
            try:
                services.set_threshold(check_code=code, actor=request.user, at=timezone.now(), **form.cleaned_data)
            except REFUSALS as error:
                report(form, error)
            else:
                messages.success(request, _("Saved."))
                return redirect("rollout:check", code)
        return self._show(code, form, 422)

    def _form(self, code: str, data: Any = None) -> ThresholdForm:
        check = registry.checks.get(code)
        if check is None:
            raise Http404
        limit = selectors.thresholds([check])[code]
        return ThresholdForm(data, check=check, user=self.request.user, initial={"threshold": limit})

    def _show(self, code: str, form: ThresholdForm | None, status: int = 200) -> HttpResponse:
        form = form or self._form(code)
        style(form)
        check, now = registry.checks[code], timezone.now()
        daily = selectors.daily_results([code], since=now - timedelta(days=GREEN_DAYS)).get(code, {})
        (measured,) = services.measure_checks([check], at=now)
        return self.show(
            "rollout/check.html",
            check.title,
            status=status,
            page_title=check.title,
            check=check,
            row=presenting.check_row(measured),
            form=form,
            chart=presenting.trend_chart(list(daily.values()), measured),
            results=CheckResult.objects.filter(check_code=code)[:60],
            opens=registry.modules[check.opens],
            may_manage=self.request.user.has_perm(MANAGE),
        )


class ProfileView(RolloutPage):
    """The questionnaire about the company, and the path recommended by its answers."""

    def get(self, request: Any) -> HttpResponse:
        return self._show(ProfileForm(profile=selectors.newest_profile(), user=request.user))

    def post(self, request: Any) -> HttpResponse:
        if not request.user.has_perm(MANAGE):
            raise PermissionDenied
        form = ProfileForm(request.POST, profile=selectors.newest_profile(), user=request.user)
        if not form.is_valid():
            return self._show(form, 422)
        try:
            services.save_profile(actor=request.user, at=timezone.now(), **form.answer())
        except REFUSALS as error:
            report(form, error)
            return self._show(form, 422)
        messages.success(request, _("Saved."))
        return redirect("rollout:profile")

    def _show(self, form: ProfileForm, status: int = 200) -> HttpResponse:
        style(form)
        profile, views = selectors.newest_profile(), selectors.stage_views()
        found = selectors.recommendation_for(profile, views) if profile else None
        return self.show(
            "rollout/profile.html",
            _("Profile and recommendation"),
            status=status,
            page_title=_("Profile and recommendation"),
            form=form,
            profile=profile,
            steps=[(each, views[each.code]) for each in found.steps if each.code in views] if found else [],
            conflicts=found.conflicts if found else (),
            remedies=[
                (
                    Pain(each.pain).label,
                    each,
                    registry.modules[each.code],
                    [registry.modules[n] for n in each.unmet],
                    views[each.code].is_in_use,
                )
                for each in found.remedies
            ]
            if found
            else [],
            may_manage=self.request.user.has_perm(MANAGE),
        )


class LogView(RolloutPage):
    """Every decision about the path, the newest first."""

    def get(self, request: Any) -> HttpResponse:
        rows = presenting.log_rows(limit=LONG_LOG_ROWS)
        return self.show("rollout/log.html", _("Log"), page_title=_("Log"), log=rows)
