"""The content security policy of answers."""

from __future__ import annotations

import pytest
from csp.decorators import csp_update
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from suite.access.policy import PolicyMiddleware

POLICY = "Content-Security-Policy"


@pytest.mark.django_db
def test_pages_carry_the_policy_of_the_settings_and_the_description_of_the_api_none() -> None:
    client = Client()

    policy = client.get("/accounts/login/")[POLICY]

    assert "default-src 'self'" in policy
    assert "script-src 'self'" in policy
    assert "'unsafe-inline'" not in policy
    assert POLICY not in client.get("/api/docs/")


def test_a_view_may_bring_or_change_its_own() -> None:
    @csp_update({"img-src": ["https://example.com"]})
    def changed(request: HttpRequest) -> HttpResponse:
        return HttpResponse()

    def own(request: HttpRequest) -> HttpResponse:
        return HttpResponse(headers={POLICY: "sandbox"})

    answers = [PolicyMiddleware(view)(RequestFactory().get("/")) for view in (changed, own)]

    assert "https://example.com" in answers[0][POLICY]
    assert answers[1][POLICY] == "sandbox"
