"""Making the secret of a web hook: the one page that ever shows it."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from suite.access.restrict import restrict
from suite.pages.registry import pageset_of
from suite.webhooks.models import WebhookSubscription
from suite.webhooks.services import renew_secret

PERMISSION = "suite.renew_webhooksubscription"


def _found(user: Any, pk: int) -> WebhookSubscription:
    rows = restrict(WebhookSubscription.objects.all(), user=user, action="renew")
    return get_object_or_404(rows, pk=pk)


@login_required
@permission_required(PERMISSION, raise_exception=True)
@require_POST
@never_cache
def renew(request: HttpRequest, pk: int) -> HttpResponse:
    """Make a secret, turn the web hook on, and show the secret this once."""
    row = _found(request.user, pk)
    secret = renew_secret(subscription=row, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
    pages: Any = pageset_of(WebhookSubscription)
    context = {
        "page_title": _("Secret of the web hook"),
        "breadcrumbs": [
            (pages.module.title, None),
            (pages.title_plural, pages.url("list")),
            (str(row), row.get_absolute_url()),
            (_("Secret"), None),
        ],
        "subscription": row,
        "secret": secret,
    }
    return render(request, "webhooks/secret.html", context)


class SecretSerializer(serializers.Serializer[Any]):
    """The secret, shown this once."""

    secret = serializers.CharField(read_only=True)


class SecretView(APIView):
    """Make a secret and turn the web hook on; nothing shows the secret again."""

    @extend_schema(request=None, responses={201: SecretSerializer})
    def post(self, request: Request, pk: int) -> Response:
        if not request.user.has_perm(PERMISSION):
            raise PermissionDenied
        row = _found(request.user, pk)
        secret = renew_secret(subscription=row, actor=request.user, at=timezone.now())  # type: ignore[arg-type]
        return Response({"secret": secret}, status=201, headers={"Cache-Control": "no-store"})
