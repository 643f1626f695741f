"""Comments, files, reminders and notifications: small views, most of which answer htmx with a part of a page."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import models
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.middleware import HtmxDetails

from suite.access.models import User
from suite.activity import selectors, services
from suite.activity.choices import StreamTab
from suite.activity.downloads import file_response
from suite.activity.forms import ReminderForm
from suite.activity.models import Attachment, Comment, Notification, Reminder
from suite.activity.sniff import INLINE
from suite.activity.targets import Target, find_by_label, target_of, url_of
from suite.core.errors import DomainError
from suite.core.text import listed

P = ParamSpec("P")

NOTIFICATIONS_PAGE = 50
NOTIFICATIONS_LATEST = 10


class SignedInRequest(HttpRequest):
    """A request of a user who is signed in."""

    user: User
    htmx: HtmxDetails


def colleague_required(
    view: Callable[Concatenate[SignedInRequest, P], HttpResponseBase],
) -> Callable[Concatenate[Any, P], HttpResponseBase]:
    """Ask others to sign in; for portal users what colleagues say does not exist."""

    @wraps(view)
    def guarded(request: Any, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if request.user.is_portal:
            raise Http404
        return view(request, *args, **kwargs)

    checked: Any = login_required(guarded)
    return cast(Callable[Concatenate[Any, P], HttpResponseBase], checked)


def _object(request: SignedInRequest, label: str, pk: int) -> models.Model:
    found = find_by_label(label, pk, user=request.user)
    if found is None:
        raise Http404
    return found


def _about(row: Comment | Attachment, request: SignedInRequest) -> models.Model:
    """The object of a row, which the user must be able to see."""
    found = target_of(row, user=request.user)
    if found is None:
        raise Http404
    return found


def _mentions(request: SignedInRequest) -> set[int]:
    return {int(value) for value in request.POST.getlist("mentions") if value.isdecimal() and len(value) < 19}


# -- stream and comments ----------------------------------------------------------------------------------------------


@require_GET
@colleague_required
def stream(request: SignedInRequest, label: str, pk: int) -> HttpResponse:
    """A page of the stream: its beginning, or what follows a cursor."""
    obj = _object(request, label, pk)
    tab, cursor = request.GET.get("tab", StreamTab.ALL), request.GET.get("cursor", "")
    page = selectors.stream(obj, user=request.user, tab=tab, cursor=cursor)
    template = "activity/_entries.html" if cursor else "activity/_stream_parts.html"
    return render(request, template, {"stream": page, "object": obj})


@require_POST
@colleague_required
def comment(request: SignedInRequest, label: str, pk: int) -> HttpResponse:
    """Write a comment."""
    obj = _object(request, label, pk)
    body, mentions = request.POST.get("body", ""), _mentions(request)
    try:
        written = services.add_comment(obj=obj, body=body, mentions=mentions, actor=request.user, at=timezone.now())
    except DomainError as error:
        return _refuse_comment(request, obj, body, str(error))
    missed = selectors.unreached(written, mentions)
    notice = _("%(names)s cannot see this and was not told.") % {"names": listed(missed)} if missed else ""
    if not request.htmx:
        if notice:
            messages.warning(request, notice)
        return redirect(url_of(obj) or "/")
    page = selectors.stream(obj, user=request.user)
    context = {"stream": page, "object": obj, "with_form": True, "notice": notice}
    return render(request, "activity/_stream_parts.html", context)


def _refuse_comment(request: SignedInRequest, obj: models.Model, body: str, error: str) -> HttpResponse:
    if not request.htmx:
        messages.error(request, error)
        return redirect(url_of(obj) or "/")
    context = {"target": Target.of(obj), "body": body, "error": error}
    response = render(request, "activity/_comment_form.html", context, status=422)
    response["HX-Retarget"] = "#comment-form"
    response["HX-Reswap"] = "outerHTML"
    return response


@require_http_methods(["GET", "POST"])
@colleague_required
def edit_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Change one's own comment in its place."""
    row = Comment.objects.filter(pk=pk, author=request.user, deleted_at__isnull=True).first()
    if row is None:
        raise Http404
    obj = _about(row, request)
    body, error = row.body, ""
    if request.method == "POST":
        body = request.POST.get("body", "")
        try:
            row = services.edit_comment(
                comment=row, body=body, mentions=_mentions(request), actor=request.user, at=timezone.now()
            )
        except DomainError as refusal:
            error = str(refusal)
        else:
            return _entry(request, row)
    context = {"comment": row, "body": body, "error": error, "target": Target.of(obj)}
    return render(request, "activity/_comment_edit.html", context, status=422 if error else 200)


@require_GET
@colleague_required
def show_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """One comment as it stands in the stream."""
    row = Comment.objects.filter(pk=pk).select_related("author").first()
    if row is None:
        raise Http404
    _about(row, request)
    return _entry(request, row)


@require_POST
@colleague_required
def delete_comment(request: SignedInRequest, pk: int) -> HttpResponse:
    """Take a comment back."""
    row = Comment.objects.filter(pk=pk).first()
    if row is None:
        raise Http404
    _about(row, request)
    try:
        row = services.delete_comment(comment=row, actor=request.user, at=timezone.now())
    except DomainError as error:
        return HttpResponse(str(error), status=error.status, content_type="text/plain; charset=utf-8")
    return _entry(request, row)


def _entry(request: SignedInRequest, row: Comment) -> HttpResponse:
    return render(request, "activity/_entry.html", {"entry": selectors.comment_entry(row, request.user)})


@require_GET
@colleague_required
def people(request: SignedInRequest) -> HttpResponse:
    """Colleagues to mention, as JSON."""
    found = selectors.colleagues(request.GET.get("q", "")[:80], user=request.user)
    return JsonResponse(
        {"people": [{"id": each.pk, "name": each.get_full_name(), "username": each.username} for each in found]}
    )


# -- files ------------------------------------------------------------------------------------------------------------


@require_POST
@colleague_required
def upload(request: SignedInRequest, label: str, pk: int) -> HttpResponse:
    """Attach several files; those that are refused are named, the others are kept."""
    obj = _object(request, label, pk)
    errors = []
    for file in request.FILES.getlist("files"):
        try:
            services.attach_file(obj=obj, file=file, name=file.name or "", actor=request.user, at=timezone.now())
        except DomainError as error:
            errors.append(str(error))
    return _files(request, obj, errors)


@require_GET
@colleague_required
def download(request: SignedInRequest, pk: int) -> HttpResponseBase:
    """The bytes of an attachment for whoever may see its object."""
    row = Attachment.objects.filter(pk=pk, removed_at__isnull=True).first()
    if row is None:
        raise Http404
    _about(row, request)
    is_inline = row.media_type in INLINE and "download" not in request.GET
    return file_response(row.file, name=row.name, media_type=row.media_type, inline=is_inline)


@require_POST
@colleague_required
def delete_file(request: SignedInRequest, pk: int) -> HttpResponse:
    """Remove an attachment."""
    row = Attachment.objects.filter(pk=pk, removed_at__isnull=True).first()
    if row is None:
        raise Http404
    obj = _about(row, request)
    errors = []
    try:
        services.delete_attachment(attachment=row, actor=request.user, at=timezone.now())
    except DomainError as error:
        errors.append(str(error))
    return _files(request, obj, errors)


def _files(request: SignedInRequest, obj: models.Model, errors: list[str]) -> HttpResponse:
    if not request.htmx:
        for error in errors:
            messages.error(request, error)
        return redirect(url_of(obj) or "/")
    context = {"attachments": selectors.attachments_of(obj, user=request.user), "object": obj, "errors": errors}
    response = render(request, "activity/_attachments.html", context)
    response["HX-Trigger"] = "activity-changed"
    return response


# -- reminders --------------------------------------------------------------------------------------------------------


@require_GET
@colleague_required
def reminders(request: SignedInRequest) -> HttpResponse:
    """The open reminders of the user."""
    found = selectors.reminders_of(request.user, at=timezone.now())
    context = {"reminders": found, "breadcrumbs": [(_("Reminders"), None)]}
    return render(request, "activity/reminders.html", context)


@require_http_methods(["GET", "POST"])
@colleague_required
def remind(request: SignedInRequest, label: str, pk: int) -> HttpResponse:
    """The user's reminders of an object, and a form for another one."""
    obj = _object(request, label, pk)
    form = ReminderForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.set_reminder(obj=obj, actor=request.user, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(error.field if error.field in form.fields else None, str(error))
        else:
            form = ReminderForm()
    return _reminders(request, obj, form)


@require_POST
@colleague_required
def finish_reminder(request: SignedInRequest, pk: int) -> HttpResponse:
    """Close one of the user's reminders."""
    row = Reminder.objects.filter(pk=pk, owner=request.user).first()
    if row is None:
        raise Http404
    try:
        services.complete_reminder(reminder=row, actor=request.user, at=timezone.now())
    except DomainError as error:
        messages.warning(request, str(error))
    if not request.htmx:
        return redirect("activity:reminders")
    return HttpResponse()


def _reminders(request: SignedInRequest, obj: models.Model, form: ReminderForm) -> HttpResponse:
    context = {
        "form": form,
        "object": obj,
        "target": Target.of(obj),
        "reminders": selectors.reminders_of(request.user, at=timezone.now(), obj=obj),
    }
    return render(request, "activity/_remind.html", context, status=422 if form.errors else 200)


# -- notifications ----------------------------------------------------------------------------------------------------


@require_GET
@login_required
def notifications(request: Any) -> HttpResponse:
    """Everything the user was told, newest first."""
    before = request.GET.get("before", "")
    page = selectors.notifications_of(
        request.user,
        before=int(before) if before.isdecimal() and len(before) < 19 else None,
        size=NOTIFICATIONS_PAGE + 1,
    )
    shown = page[:NOTIFICATIONS_PAGE]
    context = {
        "notifications": shown,
        "unread": selectors.unread_count(request.user),
        "older_url": f"?before={shown[-1].pk}" if len(page) > len(shown) else "",
        "breadcrumbs": [(_("Notifications"), None)],
    }
    return render(request, "activity/notifications.html", context)


@require_GET
@login_required
def latest_notifications(request: Any) -> HttpResponse:
    """The newest notifications for the menu of the bell."""
    found = selectors.notifications_of(request.user, size=NOTIFICATIONS_LATEST)
    context = {"notifications": found, "unread": selectors.unread_count(request.user)}
    return render(request, "activity/_notifications.html", context)


@require_GET
@login_required
def open_notification(request: Any, pk: int) -> HttpResponse:
    """Go to what a notification is about; that it was read is kept unless an administrator only looks."""
    row = _own_notification(request, pk)
    if request.viewing_as is None:
        services.mark_read(notification=row, at=timezone.now())
    # The address was checked to be one of this site when the notification was made.
    return redirect(row.url or reverse("notifications:index"))


@require_POST
@login_required
def read_notification(request: Any, pk: int) -> HttpResponse:
    """Mark one notification as read."""
    services.mark_read(notification=_own_notification(request, pk), at=timezone.now())
    return _after_reading(request)


@require_POST
@login_required
def read_all_notifications(request: Any) -> HttpResponse:
    """Mark every notification as read."""
    services.mark_all_read(user=request.user, at=timezone.now())
    return _after_reading(request)


def _own_notification(request: Any, pk: int) -> Notification:
    row = Notification.objects.filter(pk=pk, recipient=request.user).first()
    if row is None:
        raise Http404
    return row


def _after_reading(request: Any) -> HttpResponse:
    if not request.htmx:
        return redirect("notifications:index")
    found = selectors.notifications_of(request.user, size=NOTIFICATIONS_LATEST)
    context = {"notifications": found, "unread": selectors.unread_count(request.user)}
    response = render(request, "activity/_notifications.html", context)
    response["HX-Trigger"] = "notifications-changed"
    return response
