"""The pages on which people choose, fill in and read requests, and design forms."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from oa.flows.choices import DefinitionStatus
from oa.flows.conditions import Compare, Operator
from oa.forms.choices import Audience, FieldKind, RequestStatus
from oa.forms.models import FormRequest, FormTemplate, FormVersion
from oa.forms.schema import FormField, Schema, Section
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.pages.registry import pageset_of
from tests.factories.hrm import EmployeeFactory, UserFactory
from tests.factories.oa_forms import (
    EXPENSE,
    FormRequestFactory,
    FormTemplateFactory,
    FormVersionFactory,
    as_json,
)
from tests.kit.objects import give

pytestmark = pytest.mark.usefixtures("oa", "english")
FILLED = {
    "f-reason": "Trip",
    "t-lines-TOTAL_FORMS": "3",
    "t-lines-INITIAL_FORMS": "0",
    "t-lines-0-what": "gone",
    "t-lines-0-cost": "9",
    "t-lines-0-DELETE": "on",
    "t-lines-1-what": "Train",
    "t-lines-1-cost": "1,120.50",
    "t-lines-2-what": "",
    "t-lines-2-cost": "",
}


def client_of(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user, backend="suite.access.backends.RoleBackend")
    return client


def allowed(model: Any, *actions: str, level: str = ScopeLevel.OWN) -> User:
    pages = pageset_of(model)
    assert pages is not None
    user = give(UserFactory(), pages, actions, level)
    EmployeeFactory(user=user)
    return user


def asker() -> User:
    return allowed(FormRequest, "view", "add", "change")


def designer() -> User:
    return allowed(FormTemplate, "view", "add", "change", level=ScopeLevel.ALL)


# -- asking ------------------------------------------------------------------------------------------


def test_cards_show_the_forms_that_are_meant_for_somebody() -> None:
    FormVersionFactory(template__name="Expense claim")
    FormVersionFactory(template=FormTemplateFactory(name="Secret", audience=Audience.CHOSEN))

    page = client_of(asker()).get("/oa/requests/new/").content.decode()

    assert ("Expense claim" in page, "Secret" in page) == (True, False)


def test_nobody_asks_without_permission() -> None:
    version = FormVersionFactory()
    client = client_of(UserFactory())

    statuses = [
        client.get("/oa/requests/new/").status_code,
        client.get(f"/oa/requests/new/{version.template.code}/").status_code,
        client.post(f"/oa/requests/new/{version.template.code}/", FILLED).status_code,
        client.post(f"/oa/requests/compute/{version.pk}/", FILLED).status_code,
        client.get(f"/oa/forms/{version.template.pk}/design/").status_code,
        client.post("/oa/forms/preview/", {"schema": "{}"}).status_code,
    ]

    assert statuses == [403] * 6
    assert not FormRequest.objects.exists()


def test_a_form_for_others_does_not_exist() -> None:
    version = FormVersionFactory(template=FormTemplateFactory(audience=Audience.CHOSEN))
    client = client_of(asker())

    assert client.get(f"/oa/requests/new/{version.template.code}/").status_code == 404
    assert client.post(f"/oa/requests/compute/{version.pk}/", {}).status_code == 404


def test_what_is_filled_in_is_saved_and_handed_in() -> None:
    user = asker()
    version = FormVersionFactory()
    paper = SimpleUploadedFile("a.pdf", b"%PDF-1.4 x", "application/pdf")
    client = client_of(user)

    shown = client.get(f"/oa/requests/new/{version.template.code}/")
    saved = client.post(
        f"/oa/requests/new/{version.template.code}/", {**FILLED, "f-papers-new": [paper], "submit": "1"}
    )

    request = FormRequest.objects.get()
    assert shown.status_code == 200
    assert (saved.status_code, saved["Location"]) == (302, f"/oa/requests/{request.pk}/")
    assert (request.status, str(request.amount), len(request.data["papers"])) == ("APPROVING", "1120.50", 1)
    assert request.data["lines"] == [{"what": "Train", "cost": "1120.50"}]
    page = client.get(saved["Location"]).content.decode()
    assert ("1,120.50" in page, "Train" in page, "a.pdf" in page) == (True, True, True)


def test_lines_are_shown_with_their_sum() -> None:
    user = asker()
    lines = [{"what": "a", "cost": "1000.50"}, {"what": "b", "cost": "2"}]
    request = FormRequestFactory(initiator=user, data={"reason": "x", "lines": lines, "total": "1002.50"})

    page = client_of(user).get(f"/oa/requests/{request.pk}/").content.decode()

    assert '<td class="num strong">1,002.50</td>' in page


def test_a_draft_is_kept_and_changed() -> None:
    client = client_of(asker())
    version = FormVersionFactory()
    client.post(f"/oa/requests/new/{version.template.code}/", {"draft": "1"})
    request = FormRequest.objects.get()

    shown = client.get(f"/oa/requests/{request.pk}/edit/")
    late = client.post(f"/oa/requests/{request.pk}/edit/", {**FILLED, "version": str(request.version - 1)})
    saved = client.post(f"/oa/requests/{request.pk}/edit/", {**FILLED, "version": str(request.version)})

    request.refresh_from_db()
    assert (shown.status_code, late.status_code, saved.status_code) == (200, 409, 302)
    assert (request.status, request.data["reason"]) == (RequestStatus.DRAFT, "Trip")


def test_what_was_typed_stays_beside_what_is_wrong_with_it() -> None:
    version = FormVersionFactory()
    wrong = {**FILLED, "f-reason": "", "t-lines-1-cost": "much", "submit": "1"}

    answer = client_of(asker()).post(f"/oa/requests/new/{version.template.code}/", wrong)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'value="much"' in page
    assert 'value="Train"' in page
    assert ("Enter a number." in page, "This field is required." in page) == (True, False)
    assert not FormRequest.objects.exists()


def test_what_is_missing_is_told_when_it_is_handed_in() -> None:
    version = FormVersionFactory()

    answer = client_of(asker()).post(
        f"/oa/requests/new/{version.template.code}/", {**FILLED, "f-reason": "", "submit": "1"}
    )

    assert answer.status_code == 422
    assert "This field is required." in answer.content.decode()
    assert not FormRequest.objects.exists()


def test_sent_twice_it_is_one_request() -> None:
    client = client_of(asker())
    version = FormVersionFactory()
    data = {**FILLED, "form_token": "once", "submit": "1"}

    first, second = (client.post(f"/oa/requests/new/{version.template.code}/", data) for _n in range(2))

    assert first["Location"] == second["Location"]
    assert FormRequest.objects.count() == 1


def test_requests_of_others_do_not_exist() -> None:
    theirs = FormRequestFactory(data={"reason": "theirs"})
    client = client_of(asker())

    statuses = [
        client.get(f"/oa/requests/{theirs.pk}/").status_code,
        client.get(f"/oa/requests/{theirs.pk}/edit/").status_code,
        client.post(f"/oa/requests/{theirs.pk}/edit/", FILLED).status_code,
        client.post(f"/oa/requests/{theirs.pk}/actions/submit/").status_code,
    ]

    theirs.refresh_from_db()
    assert statuses == [404] * 4
    assert (theirs.data, theirs.status) == ({"reason": "theirs"}, RequestStatus.DRAFT)


def test_what_is_computed_comes_while_it_is_filled_in() -> None:
    bank = Compare(field="reason", operator=Operator.EQ, value="Trip")
    (section,) = EXPENSE.sections
    note = FormField(kind=FieldKind.TEXT, key="where", label="Where", visible_when=bank)
    version = FormVersionFactory(schema=as_json(Schema(sections=(Section(fields=(*section.fields, note)),))))
    client = client_of(asker())

    answer = client.post(f"/oa/requests/compute/{version.pk}/", FILLED).json()
    other = client.post(f"/oa/requests/compute/{version.pk}/", {**FILLED, "f-reason": "x"}).json()

    assert answer == {"values": {"f-total": "1120.50"}, "shown": ["reason", "lines", "total", "papers", "where"]}
    assert other["shown"] == ["reason", "lines", "total", "papers"]


@pytest.mark.parametrize("kind", [kind for kind in FieldKind if kind not in (FieldKind.TABLE, FieldKind.FORMULA)])
def test_every_kind_of_field_has_a_control(kind: FieldKind) -> None:
    choices = ("A", "B") if kind in (FieldKind.CHOICE, FieldKind.CHOICES) else ()
    field = FormField(kind=kind, key="it", label="The thing", choices=choices, help="<b>help</b>")
    version = FormVersionFactory(schema=as_json(Schema(sections=(Section(fields=(field,)),))))

    page = client_of(asker()).get(f"/oa/requests/new/{version.template.code}/").content.decode()

    assert "The thing" in page
    assert "<b>help</b>" not in page


# -- the API -----------------------------------------------------------------------------------------


def test_the_api_takes_a_request_and_judges_it_like_the_page() -> None:
    client = client_of(asker())
    version = FormVersionFactory()

    def send(data: Any) -> Any:
        body = {"template": version.template.pk, "data": data}
        return client.post("/api/oa/requests/", json.dumps(body), content_type="application/json")

    wrong = send({"reason": "API", "lines": [{"cost": "x"}]})
    made = send({"reason": "API", "lines": [{"what": "a", "cost": 7}]})
    request = FormRequest.objects.get()
    url = f"/api/oa/requests/{request.pk}/"
    changed = client.patch(url, json.dumps({"data": {"reason": "B"}}), content_type="application/json")
    sent = client.post(f"{url}submit/", "{}", content_type="application/json")

    assert (wrong.status_code, wrong.json()["errors"]) == (400, {"lines.0.cost": "Enter a number."})
    assert (made.status_code, made.json()["data"]["total"], made.json()["number"]) == (201, "7.00", request.number)
    assert (changed.status_code, changed.json()["data"]["reason"]) == (200, "B")
    assert (sent.status_code, sent.json()["status"]) == (200, "APPROVING")


# -- designing ---------------------------------------------------------------------------------------


def post_design(client: Client, template: FormTemplate, schema: Any, **more: str) -> Any:
    return client.post(f"/oa/forms/{template.pk}/design/", {"schema": json.dumps(schema), **more})


def test_a_form_is_designed_and_published() -> None:
    client = client_of(designer())
    template = FormVersionFactory(status=DefinitionStatus.DRAFT, schema={}).template

    shown = client.get(f"/oa/forms/{template.pk}/design/")
    saved = post_design(client, template, as_json(EXPENSE))
    published = post_design(client, template, as_json(EXPENSE), publish="1")

    version = FormVersion.objects.get()
    assert (shown.status_code, saved.status_code, published.status_code) == (200, 302, 302)
    assert (version.status, version.schema) == (DefinitionStatus.PUBLISHED, as_json(EXPENSE))


def test_what_is_not_sound_is_kept_on_the_page_but_not_published() -> None:
    client = client_of(designer())
    template = FormVersionFactory(status=DefinitionStatus.DRAFT, schema={}).template
    schema = {"sections": [{"fields": [{"kind": "FORMULA", "key": "a", "label": "Sum", "formula": "open('x')"}]}]}

    answer = post_design(client, template, schema, publish="1")

    version = FormVersion.objects.get()
    assert answer.status_code == 422
    assert "Sum: The formula cannot be read" in answer.content.decode()
    assert "open(" in answer.content.decode()
    assert (version.status, version.schema) == (DefinitionStatus.DRAFT, {})


def test_a_preview_shows_the_form_or_what_is_wrong_with_it() -> None:
    client = client_of(designer())

    fine = client.post("/oa/forms/preview/", {"schema": json.dumps(as_json(EXPENSE))}).content.decode()
    wrong = client.post("/oa/forms/preview/", {"schema": "{"}).content.decode()

    assert "t-lines-0-cost" in fine
    assert "The form could not be read." in wrong


def test_two_designers_do_not_overwrite_each_other() -> None:
    client = client_of(designer())
    version = FormVersionFactory(status=DefinitionStatus.DRAFT)
    post_design(client, version.template, {}, version=str(version.version))

    late = post_design(client, version.template, as_json(EXPENSE), version=str(version.version))

    version.refresh_from_db()
    assert (late.status_code, version.schema) == (422, {"sections": [], "amount": ""})
