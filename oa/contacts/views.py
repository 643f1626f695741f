"""The page of contacts."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib.auth.decorators import login_required, permission_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from hrm.calendar.people import signed_in
from hrm.org.models import Department
from oa.contacts.selectors import contacts
from suite.pages.forms import AsyncSelect, UserFormMixin, style

PAGE = 60


class ContactsForm(UserFormMixin, forms.Form):
    """Who is looked for."""

    q = forms.CharField(label=gettext_lazy("Name or pinyin"), required=False, max_length=40)
    department = forms.ModelChoiceField(
        label=gettext_lazy("Department"),
        queryset=Department.objects.all(),
        required=False,
        widget=AsyncSelect(Department),
    )


@login_required
@permission_required("hrm.view_employee", raise_exception=True)
def contacts_page(request: HttpRequest) -> HttpResponse:
    """Everybody in the company: department, position, office phone and mail."""
    user = signed_in(request)
    form = ContactsForm(request.GET, user=user)
    chosen: dict[str, Any] = form.cleaned_data if form.is_valid() else {"q": "", "department": None}
    found = contacts(user=user, q=chosen["q"].strip(), department=chosen["department"])
    style(form)
    query = request.GET.copy()
    query.pop("page", None)
    context: dict[str, Any] = {
        "page_title": _("Contacts"),
        "breadcrumbs": [(_("Office collaboration"), None), (_("Contacts"), None)],
        "filter_form": form,
        "page": Paginator(found.order_by("name", "pk"), PAGE).get_page(request.GET.get("page")),
        "query": query.urlencode(),
        "shows_office_phone": user.has_perm("suite.view_phone_user"),
    }
    return render(request, "oa/contacts/contacts.html", context)
