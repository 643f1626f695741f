"""The page "Me": a person's own profile, notifications, tokens and sessions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from knox.models import AuthToken

from suite.access.models import User
from suite.accounts import services
from suite.accounts.forms import MailForm, ProfileForm, TokenForm
from suite.activity.selectors import mail_preferences
from suite.activity.services import set_mail_preferences
from suite.core.errors import DomainError


@never_cache
@require_GET
@login_required
def me(request: Any) -> HttpResponse:
    """Everything about one's own account."""
    return _page(request)


@require_POST
@login_required
def profile(request: Any) -> HttpResponse:
    """Change name, phone and language."""
    # A copy: what the form refuses must not appear in the menu of the page that says so.
    form = ProfileForm(request.POST, instance=User.objects.get(pk=request.user.pk))
    if not form.is_valid():
        return _page(request, profile=form, status=422)
    try:
        user = services.update_profile(user=request.user, **form.cleaned_data)
    except DomainError as error:
        form.add_error(error.field, str(error))
        return _page(request, profile=form, status=422)
    with translation.override(user.language or translation.get_language()):
        messages.success(request, _("Your profile was saved."))
    response = redirect("me:index")
    # The language chosen here takes the place of one chosen for this browser only.
    response.delete_cookie(settings.LANGUAGE_COOKIE_NAME)
    return response


@require_POST
@login_required
def mail(request: Any) -> HttpResponse:
    """Choose which notifications come by mail."""
    form = MailForm(request.POST)
    if not form.is_valid():
        return _page(request, mail=form, status=422)
    set_mail_preferences(user=request.user, kinds=form.cleaned_data["kinds"])
    messages.success(request, _("Your choice was saved."))
    return redirect("me:index")


@never_cache
@require_POST
@login_required
def create_token(request: Any) -> HttpResponse:
    """Make an API token and show its text this one time."""
    form = TokenForm(request.POST)
    if not form.is_valid():
        return _page(request, token=form, status=422)
    try:
        _token, text = services.create_api_token(
            user=request.user, actor=request.user, at=timezone.now(), lifetime=form.lifetime
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return _page(request, token=form, status=422)
    return _page(request, new_token=text)


@require_POST
@login_required
def revoke_token(request: Any, key: str) -> HttpResponse:
    """End an API token."""
    token = AuthToken.objects.filter(user=request.user, token_key=key).first()
    if token is None:
        raise Http404
    services.revoke_api_token(token=token, actor=request.user, at=timezone.now())
    messages.success(request, _("The token was revoked."))
    return redirect("me:index")


@require_POST
@login_required
def sign_out_everywhere(request: Any) -> HttpResponse:
    """End all sessions, this one too."""
    services.sign_out_everywhere(user=request.user, actor=request.user, at=timezone.now())
    logout(request)
    messages.success(request, _("You were signed out on all devices."))
    return redirect("account_login")


def _page(request: Any, *, new_token: str = "", status: int = 200, **forms: Any) -> HttpResponse:
    user = request.user
    chosen = [kind for kind, by_mail in mail_preferences(user).items() if by_mail]
    context = {
        "profile_form": forms.get("profile") or ProfileForm(instance=user),
        "mail_form": forms.get("mail") or MailForm(initial={"kinds": chosen}),
        "token_form": forms.get("token") or TokenForm(),
        "tokens": AuthToken.objects.filter(user=user).order_by("-created"),
        "new_token": new_token,
        "now": timezone.now(),
        "breadcrumbs": [(_("My page"), None)],
    }
    return render(request, "me/index.html", context, status=status)
