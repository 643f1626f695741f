"""The handler behind the web server."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import RequestFactory

from suite.wsgi import Application


def test_an_address_is_looked_up_once_and_leads_where_it_did() -> None:
    application = Application()
    addresses = ["/crm/customers/7/", "/crm/customers/8/", "/crm/customers/7/"]

    requests = [RequestFactory().get(address) for address in addresses]
    matches = [application.resolve_request(request) for request in requests]

    assert [match.kwargs for match in matches] == [{"pk": 7}, {"pk": 8}, {"pk": 7}]
    assert matches[0] is matches[2]
    assert [request.resolver_match for request in requests] == matches


def test_an_address_that_leads_nowhere_is_not_kept() -> None:
    application = Application()

    for _n in range(2):
        with pytest.raises(Http404):
            application.resolve_request(RequestFactory().get("/nowhere/"))
