"""A seal from the request to the register."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, ProgrammingError, transaction

from oa.seals import services
from oa.seals.choices import SealUseStatus
from oa.seals.models import Seal, SealUse
from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.ownership import holdings
from suite.activity.models import Notification
from suite.core.errors import InvalidInput, NotAllowed, WrongState
from suite.documents.approval import needs_approval
from suite.modules.models import ModuleState
from suite.modules.state import forget
from suite.modules.tasks import run_periodic
from suite.pages.registry import pageset_of
from tests.factories.hrm import UserFactory
from tests.factories.oa_office import NoticeFactory, SealFactory, SealUseFactory
from tests.kit.objects import give

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("oa_on")]
AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def approver() -> User:
    """Somebody who may decide about every request."""
    pageset = pageset_of(SealUse)
    assert pageset is not None
    return give(UserFactory(), pageset, ["view", "approve"], ScopeLevel.ALL)


def approved(**values: Any) -> SealUse:
    use = SealUseFactory(**values)
    services.submit_use(sealuse=use, actor=use.applicant, at=AT)
    return services.approve_use(sealuse=use, actor=approver(), at=AT)


def stamped(**values: Any) -> SealUse:
    use = approved(**values)
    return services.stamp_use(sealuse=use, copies_used=use.copies, actor=use.seal.keeper, at=AT)


def test_a_request_is_numbered_approved_and_stamped() -> None:
    seal, applicant = SealFactory(), UserFactory()
    use = services.create_use(
        seal=seal, purpose="采购合同", copies=3, counterparty="深圳甲公司", actor=applicant, at=AT
    )
    assert (use.number, use.status) == ("SEAL-2026-0001", SealUseStatus.DRAFT)

    use = services.submit_use(sealuse=use, actor=applicant, at=AT)
    waiting = use.status
    use = services.approve_use(sealuse=use, actor=approver(), at=AT)
    use = services.stamp_use(sealuse=use, copies_used=2, actor=seal.keeper, at=AT)

    use.refresh_from_db()
    assert (waiting, use.status) == (SealUseStatus.APPROVING, SealUseStatus.USED)
    assert (use.copies_used, use.used_at, use.used_by) == (2, AT, seal.keeper)
    assert Notification.objects.filter(recipient=seal.keeper, object_id=use.pk).count() == 1


def test_who_may_approve_hands_in_the_request_of_another_approved_but_never_the_own() -> None:
    boss = approver()
    theirs, own = SealUseFactory(), SealUseFactory(applicant=boss)
    assert needs_approval(own, actor=boss, at=AT)

    at_once = services.submit_use(sealuse=theirs, actor=boss, at=AT)
    waits = services.submit_use(sealuse=own, actor=boss, at=AT)

    assert (at_once.status, waits.status) == (SealUseStatus.APPROVED, SealUseStatus.APPROVING)
    with pytest.raises(NotAllowed):
        services.approve_use(sealuse=own, actor=boss, at=AT)
    own.refresh_from_db()
    assert own.status == SealUseStatus.APPROVING


def test_no_more_copies_are_stamped_than_approved() -> None:
    use = approved(copies=2)

    for copies in (0, 3):
        with pytest.raises(InvalidInput):
            services.stamp_use(sealuse=use, copies_used=copies, actor=use.seal.keeper, at=AT)

    use.refresh_from_db()
    assert (use.status, use.copies_used) == (SealUseStatus.APPROVED, None)
    with pytest.raises(IntegrityError), transaction.atomic():
        use.become(
            SealUseStatus.USED,
            actor=None,
            at=AT,
            values={"copies_used": 3, "used_at": AT, "used_by_id": use.seal.keeper_id},
        )


def test_only_the_keeper_stamps_and_only_what_is_approved() -> None:
    use, draft = approved(), SealUseFactory()

    with pytest.raises(NotAllowed):
        services.stamp_use(sealuse=use, copies_used=1, actor=use.applicant, at=AT)
    with pytest.raises(WrongState):
        services.stamp_use(sealuse=draft, copies_used=1, actor=draft.seal.keeper, at=AT)
    with pytest.raises(InvalidInput):
        services.stamp_use(sealuse=use, copies_used=1, used_at=AT + timedelta(hours=1), actor=use.seal.keeper, at=AT)

    assert not SealUse.objects.filter(status=SealUseStatus.USED).exists()


def test_the_register_is_never_changed() -> None:
    use, draft = stamped(), SealUseFactory()

    for change in ({"copies_used": 1}, {"purpose": "别的"}, {"counterparty": "乙"}):
        with pytest.raises(ProgrammingError), transaction.atomic():
            SealUse.objects.filter(pk=use.pk).update(**change)
    with pytest.raises(ProgrammingError), transaction.atomic():
        SealUse.objects.filter(pk=use.pk).delete()
    with pytest.raises(WrongState):
        services.cancel_use(sealuse=use, actor=use.applicant, at=AT)

    assert SealUse.objects.get(pk=use.pk).copies_used == 3
    assert draft.delete()[0] == 1


def test_a_seal_that_is_out_comes_back_before_it_is_used_again() -> None:
    seal = SealFactory()
    out = stamped(seal=seal, is_taken_out=True, return_by=date(2026, 11, 3))
    other = approved(seal=seal)

    with pytest.raises(WrongState):
        services.stamp_use(sealuse=other, copies_used=1, actor=seal.keeper, at=AT)
    with pytest.raises(NotAllowed):
        services.return_seal(sealuse=out, actor=out.applicant, at=AT)
    back = services.return_seal(sealuse=out, actor=seal.keeper, at=AT)
    done = services.stamp_use(sealuse=other, copies_used=1, actor=seal.keeper, at=AT)

    assert (back.status, back.returned_at, done.status) == (SealUseStatus.RETURNED, AT, SealUseStatus.USED)


def test_a_seal_that_stayed_does_not_come_back() -> None:
    use = stamped()

    with pytest.raises(WrongState):
        services.return_seal(sealuse=use, actor=use.seal.keeper, at=AT)

    assert SealUse.objects.get(pk=use.pk).status == SealUseStatus.USED


@pytest.mark.parametrize(
    ("seal", "details", "field"),
    [
        ({"is_active": False}, {}, "seal"),
        ({"may_be_taken_out": False}, {"is_taken_out": True, "return_by": date(2026, 11, 3)}, "is_taken_out"),
        ({}, {"is_taken_out": True}, "return_by"),
    ],
)
def test_what_is_not_asked_for(seal: dict[str, Any], details: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        services.create_use(seal=SealFactory(**seal), purpose="合同", actor=UserFactory(), at=AT, **details)

    assert (refusal.value.field, SealUse.objects.count()) == (field, 0)


def test_a_request_may_name_what_it_is_for() -> None:
    boss = UserFactory(is_superuser=True)
    notice = NoticeFactory()

    use = services.create_use(seal=SealFactory(), purpose="任命书", source=notice, actor=boss, at=AT)

    assert SealUse.objects.get(pk=use.pk).source == notice
    with pytest.raises(InvalidInput):
        services.create_use(seal=SealFactory(), purpose="任命书", source=notice, actor=UserFactory(), at=AT)


def test_a_refused_request_is_changed_and_handed_in_again() -> None:
    use = SealUseFactory()
    services.submit_use(sealuse=use, actor=use.applicant, at=AT)
    with pytest.raises(WrongState):
        services.update_use(sealuse=use, actor=use.applicant, at=AT, copies=9)

    services.reject_use(sealuse=use, reason="份数过多", actor=approver(), at=AT)
    services.reopen_use(sealuse=use, actor=use.applicant, at=AT)
    services.update_use(sealuse=use, actor=use.applicant, at=AT, copies=1)
    again = services.submit_use(sealuse=use, actor=use.applicant, at=AT)

    assert (again.status, again.copies) == (SealUseStatus.APPROVING, 1)


def test_who_has_a_seal_too_long_is_warned_once_a_day() -> None:
    use = stamped(is_taken_out=True, return_by=date(2026, 11, 3))

    def warned(on: datetime) -> int:
        return services.warn_of_overdue_seals(actor=None, at=on)

    in_time = warned(AT + timedelta(days=1))
    late, again, next_day = (warned(AT + timedelta(days=d)) for d in (2, 2, 3))

    assert (in_time, late, again, next_day) == (0, 1, 0, 1)
    warnings = Notification.objects.filter(kind="ALERT")
    assert {n.recipient for n in warnings} == {use.applicant, use.seal.keeper}
    assert warnings.count() == 4


def test_a_leaver_hands_over_seals_and_open_requests_but_not_the_register() -> None:
    leaver, heir = UserFactory(), UserFactory()
    seal, old = SealFactory(keeper=leaver), stamped(applicant=leaver)
    draft = SealUseFactory(applicant=leaver)

    for each in holdings():
        if each.model in {Seal, SealUse}:
            with transaction.atomic():
                each.give(each.held(leaver), leaver=leaver, to=heir, actor=None, at=AT)

    for row in (seal, draft, old):
        row.refresh_from_db()
    assert (seal.keeper, draft.applicant, old.applicant) == (heir, heir, leaver)


def test_nothing_is_held_nor_done_while_the_office_is_off() -> None:
    ModuleState.objects.filter(code="oa").update(is_enabled=False)
    forget()

    outcome = run_periodic("night")

    assert [name for name in outcome if name.startswith("oa.")] == []
    assert [each.code for each in holdings() if each.code.startswith("oa.")] == []
