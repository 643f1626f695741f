"""Pages of duplicates: a warning while one types, looking somebody up, and merging side by side."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from crm.customers.entered import entered_contact, entered_customer, entered_lead
from crm.duplicates.choices import RecordKind
from crm.duplicates.comparing import both, compare, related_counts
from crm.duplicates.merging import merge_customers, merge_leads
from crm.duplicates.rules import Entered
from crm.duplicates.selectors import MODELS, find_candidates, look_up, show
from suite.access.idempotency import Answer, hash_of, run_once
from suite.core.errors import DomainError, messages_of
from suite.pages.registry import pageset_of

MAX_TEXT = 100
# Who may look somebody up before visiting them.
MAY_LOOK_UP = ("crm.view_lead", "crm.view_customer")


def may_look_up(user: Any) -> bool:
    """Whether somebody works with leads or customers at all."""
    return any(user.has_perm(each) for each in MAY_LOOK_UP)


def entered_of(kind: RecordKind, values: Any, pk: int | None) -> Entered:
    """Return what is compared, from what stands in a form."""
    texts = {name: str(values.get(name) or "") for name in ("name", "company_name", "uscc", "phone", "mobile", "email")}
    if kind == RecordKind.LEAD:
        return entered_lead(texts, pk=pk)
    if kind == RecordKind.CUSTOMER:
        return entered_customer(texts, pk=pk)
    customer = str(values.get("customer") or "")
    return entered_contact(texts, int(customer) if customer.isdecimal() else 0, pk=pk)


@login_required
@require_POST
def possible_duplicates(request: HttpRequest, kind: str) -> HttpResponse:
    """What an entry that is being typed looks like; masked where the user may not see it."""
    if kind not in RecordKind.values:
        raise Http404
    user: Any = request.user
    if not (user.has_perm(f"crm.add_{kind}") or user.has_perm(f"crm.change_{kind}")):
        raise PermissionDenied
    pk = request.GET.get("pk", "")
    entered = entered_of(RecordKind(kind), request.POST, int(pk) if pk.isdecimal() else None)
    return render(request, "crm/duplicates/_candidates.html", {"found": show(find_candidates(entered), user=user)})


@login_required
@require_safe
def duplicate_search(request: HttpRequest) -> HttpResponse:
    """Look up a name, number or code before visiting somebody: who is with them already?"""
    user: Any = request.user
    if not may_look_up(user):
        raise PermissionDenied
    text = request.GET.get("q", "")[:MAX_TEXT].strip()
    context = {
        "page_title": _("Duplicate search"),
        "breadcrumbs": [(_("Customers"), None), (_("Duplicate search"), None)],
        "query": text,
        "found": look_up(text, user=user) if text else [],
    }
    return render(request, "crm/duplicates/search.html", context)


@login_required
@require_http_methods(["GET", "POST"])
def merge(request: HttpRequest, kind: str, first: int, second: int) -> HttpResponse:
    """Two customers or leads side by side: which one stays, and which value of each field."""
    if kind not in {RecordKind.CUSTOMER, RecordKind.LEAD} or first == second:
        raise Http404
    user: Any = request.user
    if not user.has_perm(f"crm.merge_{kind}"):
        raise PermissionDenied
    rows = both(RecordKind(kind), (first, second), user=user)
    if len(rows) != 2:
        raise Http404
    if request.GET.get("keep") == str(second):
        rows.reverse()
    error = ""
    if request.method == "POST":
        try:
            return redirect(_merged(request, RecordKind(kind), rows))
        except DomainError as refusal:
            error = " ".join(messages_of(refusal))
    pages: Any = pageset_of(MODELS[RecordKind(kind)])
    context = {
        "page_title": _("Merge customers") if kind == RecordKind.CUSTOMER else _("Merge leads"),
        "breadcrumbs": [(_("Customers"), None), (pages.title_plural, pages.url("list")), (_("Merge"), None)],
        "kind": kind,
        "first": rows[0],
        "second": rows[1],
        "swap_url": f"{request.path}?keep={rows[1].pk}",
        "fields": compare(rows[0], rows[1], user=user),
        "moving": related_counts(rows[1]),
        "form_token": uuid4().hex,
        "error": error,
    }
    return render(request, "crm/duplicates/merge.html", context, status=422 if error else 200)


def _merged(request: HttpRequest, kind: RecordKind, rows: list[Any]) -> str:
    """Merge the second into the first, once; return the address of what stays."""
    user: Any = request.user
    allowed = [each.name for each in compare(rows[0], rows[1], user=user)]
    take = [name for name in allowed if request.POST.get(f"take_{name}") == "second"]
    service: Any = merge_customers if kind == RecordKind.CUSTOMER else merge_leads

    def work() -> Answer:
        reason = request.POST.get("reason", "")[:300]
        service(survivor=rows[0], loser=rows[1], take=take, reason=reason, actor=user, at=timezone.now())
        return Answer(302, rows[0].get_absolute_url())

    body = "&".join(f"{name}={value}" for name, value in sorted(request.POST.items()) if name != "csrfmiddlewaretoken")
    fingerprint = hash_of(request.get_full_path(), body)
    url = run_once(user=user, key=request.POST.get("form_token", ""), request_hash=fingerprint, work=work).body
    messages.success(request, _("Merged. It can be undone under “Merges”."))
    return url
