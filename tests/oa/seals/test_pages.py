"""Seals on pages and in the API."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from oa.seals import services
from oa.seals.choices import SealUseStatus
from oa.seals.models import Seal, SealUse
from suite.access.choices import ScopeLevel
from tests.factories.hrm import UserFactory
from tests.factories.oa_office import NoticeFactory, SealFactory, SealUseFactory
from tests.oa.kit import allow, browser, queries, staff

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)
BASE = "/api/oa/seal-uses/"


def test_a_seal_is_asked_for_approved_and_stamped_by_the_api() -> None:
    applicant = allow(staff(SealUse, "view", "add", "change"), Seal, ["view"], ScopeLevel.ALL)
    keeper, boss = staff(SealUse, "view", "stamp"), staff(SealUse, "view", "approve", level=ScopeLevel.ALL)
    seal = SealFactory(keeper=keeper)

    made = browser(applicant).post(
        BASE, {"seal": seal.pk, "purpose": "框架合同", "copies": 4}, content_type="application/json"
    )
    row = f"{BASE}{made.json()['id']}/"
    hidden = browser(keeper).get(row).status_code
    statuses = [
        browser(applicant).post(f"{row}submit/").status_code,
        browser(keeper).get(row).status_code,
        browser(applicant).post(f"{row}approve/").status_code,
        browser(boss).post(f"{row}approve/").status_code,
        browser(boss).post(f"{row}stamp/", {"copies_used": 4}, content_type="application/json").status_code,
        browser(keeper).post(f"{row}stamp/", {"copies_used": 5}, content_type="application/json").status_code,
        browser(keeper).post(f"{row}stamp/", {"copies_used": 4}, content_type="application/json").status_code,
    ]

    use = SealUse.objects.get()
    assert (made.status_code, hidden) == (201, 404)
    assert statuses == [200, 200, 403, 200, 403, 400, 200]
    assert (use.status, use.copies_used, use.used_by) == (SealUseStatus.USED, 4, keeper)


def test_requests_of_others_do_not_exist() -> None:
    other, use = staff(SealUse, "view", "change"), SealUseFactory()
    client = browser(other)

    assert client.get(use.get_absolute_url()).status_code == 404
    assert client.post(f"{BASE}{use.pk}/submit/").status_code == 404
    assert client.get(BASE).json()["results"] == []
    use.refresh_from_db()
    assert use.status == SealUseStatus.DRAFT


def test_the_request_links_to_what_it_is_for_where_that_may_be_seen() -> None:
    boss = UserFactory(is_superuser=True)
    seal, notice = SealFactory(), NoticeFactory(title="任命通知")
    client = browser(boss)

    form = client.get(f"/oa/seal-uses/new/?source=oa.notice:{notice.pk}")
    answer = client.post(
        "/oa/seal-uses/new/",
        {"seal": seal.pk, "purpose": "任命书", "copies": 1, "source": f"oa.notice:{notice.pk}", "form_token": "t"},
    )

    use = SealUse.objects.get()
    assert f'value="oa.notice:{notice.pk}"' in form.content.decode()
    assert (answer.status_code, use.source) == (302, notice)
    assert "任命通知" in client.get(use.get_absolute_url()).content.decode()
    applicant = allow(staff(SealUse, "view", "add"), Seal, ["view"], ScopeLevel.ALL)
    refused = browser(applicant).post(
        BASE,
        {"seal": seal.pk, "purpose": "任命书", "copies": 1, "source": f"oa.notice:{notice.pk}"},
        content_type="application/json",
    )
    assert (refused.status_code, SealUse.objects.count()) == (400, 1)


def test_late_seals_are_listed() -> None:
    boss = staff(SealUse, "view", "approve", level=ScopeLevel.ALL)
    uses = [SealUseFactory(is_taken_out=True, return_by=date(2020, 1, 1)) for _each in range(2)]
    services.submit_use(sealuse=uses[0], actor=boss, at=AT)
    services.stamp_use(sealuse=uses[0], copies_used=1, actor=uses[0].seal.keeper, at=AT)

    late = browser(boss).get(f"{BASE}?is_overdue=true").json()["results"]

    assert [row["id"] for row in late] == [uses[0].pk]


def test_the_register_costs_the_same_for_few_and_many() -> None:
    client = browser(staff(SealUse, "view", level=ScopeLevel.ALL))
    SealUseFactory.create_batch(2)
    queries(client, "/oa/seal-uses/")
    few = queries(client, "/oa/seal-uses/")
    SealUseFactory.create_batch(15)

    assert queries(client, "/oa/seal-uses/") <= few
