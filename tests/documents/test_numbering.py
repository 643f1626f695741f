"""Numbers of documents: patterns, periods, rollbacks and simultaneous writers."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, connection, transaction
from django.db.transaction import TransactionManagementError

from suite.documents import numbering
from suite.documents.choices import Reset
from suite.documents.models import NumberCounter, NumberRule
from suite.documents.patterns import is_sound, render
from suite.masters.models import Company
from tests.factories import masters as make

DAY = date(2026, 11, 20)


@pytest.fixture(autouse=True)
def kind() -> Iterator[str]:
    """Declare a series for the length of a test."""
    yield numbering.register_kind("tests.offer", pattern="QT-{yyyy}-{seq:04}", reset=Reset.YEAR)
    del numbering._kinds["tests.offer"]


class TestPatterns:
    @pytest.mark.parametrize(
        ("pattern", "expected"),
        [
            ("QT-{yyyy}-{seq:04}", "QT-2026-0042"),
            ("{company}/{yy}{mm}{dd}{seq:3}", "SZ/261120042"),
            ("记-{seq}", "记-42"),
            ("A{seq:01}", "A42"),
        ],
    )
    def test_render(self, pattern: str, expected: str) -> None:
        assert render(pattern, on=DAY, sequence=42, company="SZ") == expected

    @pytest.mark.parametrize(
        ("pattern", "reset", "expected"),
        [
            ("{seq}", Reset.NEVER, True),
            ("QT{yy}{seq:04}", Reset.YEAR, True),
            ("{yyyy}{mm}{seq}", Reset.MONTH, True),
            ("{yyyy}{mm}{dd}{seq}", Reset.DAY, True),
            ("QT-{yyyy}", Reset.YEAR, False),
            ("{seq}{seq}", Reset.NEVER, False),
            ("QT{seq}", Reset.YEAR, False),
            ("{yyyy}{seq}", Reset.MONTH, False),
            ("{mm}{dd}{seq}", Reset.DAY, False),
            ("{seq.__class__}", Reset.NEVER, False),
            ("{seq}{other}", Reset.NEVER, False),
            ("{seq} x", Reset.NEVER, False),
        ],
    )
    def test_a_sound_pattern_gives_each_number_once(self, pattern: str, reset: Reset, expected: bool) -> None:
        assert is_sound(pattern, reset) is expected

    def test_an_unsound_pattern_is_refused_in_code_and_form(self) -> None:
        with pytest.raises(ValueError, match="twice"):
            numbering.register_kind("tests.wrong", pattern="QT{seq}", reset=Reset.YEAR)
        with pytest.raises(ValidationError) as caught:
            NumberRule(kind="tests.offer", pattern="QT{seq}", reset=Reset.YEAR).clean()

        assert caught.value.message_dict.keys() == {"pattern"}


@pytest.mark.django_db
class TestNextNumber:
    def test_counts_by_company_and_period(self, kind: str) -> None:
        company, other = make.CompanyFactory.create_batch(2)

        numbers = [numbering.next_number(company, kind, DAY) for _ in range(2)]

        assert numbers == ["QT-2026-0001", "QT-2026-0002"]
        assert numbering.next_number(other, kind, DAY) == "QT-2026-0001"
        assert numbering.next_number(company, kind, date(2027, 1, 1)) == "QT-2027-0001"
        assert numbering.next_number(company, kind, date(2026, 1, 1)) == "QT-2026-0003"
        assert numbering.next_number(None, kind, DAY) == "QT-2026-0001"
        assert numbering.next_number(None, kind, DAY) == "QT-2026-0002"

    def test_many_at_once(self, kind: str, django_assert_num_queries: Callable[..., object]) -> None:
        company = make.CompanyFactory()
        numbering.next_number(company, kind, DAY)

        with django_assert_num_queries(1):  # type: ignore[attr-defined]
            numbers = numbering.next_numbers(company, kind, DAY, 500)

        assert (numbers[0], numbers[-1], len(set(numbers))) == ("QT-2026-0002", "QT-2026-0501", 500)
        assert numbering.next_number(company, kind, DAY) == "QT-2026-0502"

    def test_a_series_grows_over_its_zeros(self, kind: str) -> None:
        assert numbering.next_numbers(None, kind, DAY, 10_000)[-1] == "QT-2026-10000"

    def test_the_rule_of_the_company_goes_first_then_that_of_all(self, kind: str) -> None:
        company, other = make.CompanyFactory.create_batch(2)
        make.NumberRuleFactory(kind=kind, pattern="ALL{yy}-{seq}")
        make.NumberRuleFactory(kind=kind, company=company, pattern="OWN-{company}-{seq:05}", reset=Reset.NEVER)

        assert numbering.next_number(company, kind, DAY) == f"OWN-{company.code}-00001"
        assert numbering.next_number(other, kind, DAY) == "ALL26-1"

    def test_one_rule_for_each_series(self, kind: str) -> None:
        make.NumberRuleFactory(kind=kind)

        with pytest.raises(IntegrityError), transaction.atomic():
            make.NumberRuleFactory(kind=kind)

        assert NumberRule.objects.count() == 1

    def test_what_makes_no_sense_takes_no_number(self, kind: str) -> None:
        with pytest.raises(LookupError, match="unknown"):
            numbering.next_number(None, "unknown", DAY)
        with pytest.raises(ValueError, match="At least one"):
            numbering.next_numbers(None, kind, DAY, 0)

        assert not NumberCounter.objects.exists()

    def test_kinds_are_listed(self, kind: str) -> None:
        assert kind in [entry.kind for entry in numbering.kinds()]


@pytest.mark.django_db(transaction=True)
class TestSimultaneousWriters:
    def test_a_number_needs_the_transaction_of_its_document(self, kind: str) -> None:
        with pytest.raises(TransactionManagementError):
            numbering.next_number(None, kind, DAY)

        assert not NumberCounter.objects.exists()

    def test_a_rollback_gives_the_number_back(self, kind: str) -> None:
        with transaction.atomic():
            assert numbering.next_number(None, kind, DAY) == "QT-2026-0001"
            transaction.set_rollback(True)

        with transaction.atomic():
            assert numbering.next_number(None, kind, DAY) == "QT-2026-0001"

    def test_no_number_is_given_twice_or_left_out(self, kind: str) -> None:
        company = make.CompanyFactory()
        writers, rounds = 8, 10
        start = threading.Barrier(writers)

        def write(writer: int) -> list[str]:
            given: list[str] = []
            start.wait()
            try:
                for turn in range(rounds):
                    try:
                        with transaction.atomic():
                            number = numbering.next_number(Company(pk=company.pk, code="C"), kind, DAY)
                            if (writer + turn) % 3 == 0:
                                raise InterruptedError
                        given.append(number)
                    except InterruptedError:
                        continue
            finally:
                connection.close()
            return given

        with ThreadPoolExecutor(writers) as pool:
            numbers = sorted(number for given in pool.map(write, range(writers)) for number in given)

        assert numbers == [f"QT-2026-{sequence:04}" for sequence in range(1, len(numbers) + 1)]
        assert len(numbers) == sum((writer + turn) % 3 != 0 for writer in range(writers) for turn in range(rounds))
        assert NumberCounter.objects.get().last == len(numbers)
