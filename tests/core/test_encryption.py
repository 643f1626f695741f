"""Columns that the database keeps encrypted."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from hrm.org.models import Employee
from hrm.services import update_personnel_file
from suite.core.encryption import UnreadableValueError, decrypt, encrypt, fingerprint
from suite.core.errors import InvalidInput
from tests.factories.hrm import EmployeeFactory

NUMBER, ACCOUNT = "11010519491231002X", "6222021234567890"


def stored(pk: int) -> tuple[str, str]:
    """What really stands in the database."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, bank_account FROM hrm_employee WHERE id = %s", [pk])
        found: tuple[str, str] = cursor.fetchone()
        return found


def history(pk: int) -> list[tuple[str, str]]:
    """What really stands in the history, oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, bank_account FROM hrm_employeeevent WHERE pgh_obj_id = %s ORDER BY 1", [pk])
        return cursor.fetchall()


def test_tokens_differ_and_read_back() -> None:
    first, second = encrypt(NUMBER), encrypt(NUMBER)

    assert first != second
    assert decrypt(first) == decrypt(second) == NUMBER
    assert fingerprint(NUMBER) == fingerprint(NUMBER) != fingerprint(ACCOUNT)
    assert fingerprint("") == ""


def test_a_foreign_token_is_a_loud_error() -> None:
    foreign = Fernet(Fernet.generate_key()).encrypt(b"x").decode()

    with pytest.raises(UnreadableValueError):
        decrypt(foreign)
    with pytest.raises(UnreadableValueError):
        decrypt(NUMBER)


def test_a_bad_key_is_named(settings: Any) -> None:
    settings.FIELD_KEYS = ["short"]

    with pytest.raises(ImproperlyConfigured, match="FIELD_KEYS"):
        encrypt(NUMBER)


@pytest.mark.django_db
def test_neither_table_nor_history_holds_clear_text() -> None:
    person = EmployeeFactory(id_number=NUMBER, bank_account=ACCOUNT)

    assert [decrypt(each) for each in stored(person.pk)] == [NUMBER, ACCOUNT]
    assert all(NUMBER not in each and ACCOUNT not in each for row in history(person.pk) for each in row)
    read = Employee.objects.get(pk=person.pk)
    assert (read.id_number, read.bank_account) == (NUMBER, ACCOUNT)


@pytest.mark.django_db
def test_saving_an_unchanged_row_changes_no_token() -> None:
    person = EmployeeFactory(id_number=NUMBER)
    before, entries = stored(person.pk), len(history(person.pk))

    read = Employee.objects.get(pk=person.pk)
    read.save(update_fields=["id_number", "bank_account"])

    assert stored(person.pk) == before
    assert len(history(person.pk)) == entries


@pytest.mark.django_db
def test_comparing_it_is_refused_and_the_empty_text_stays_empty() -> None:
    person = EmployeeFactory(id_number="")

    assert stored(person.pk) == ("", "")
    assert Employee.objects.filter(id_number="").get() == person
    with pytest.raises(TypeError, match="encrypted"):
        Employee.objects.filter(id_number=NUMBER).exists()
    with pytest.raises(FieldError, match="contains"):
        Employee.objects.filter(id_number__contains="1101").exists()


@pytest.mark.django_db
def test_one_id_number_belongs_to_one_person_of_a_company() -> None:
    person = EmployeeFactory(id_number=NUMBER)

    with pytest.raises(IntegrityError, match="employee_id_number_once"), transaction.atomic():
        EmployeeFactory(company=person.company, id_number=NUMBER)
    assert Employee.objects.count() == 1


@pytest.mark.django_db
def test_rotation_writes_everything_anew_by_the_first_key(settings: Any) -> None:
    old = settings.FIELD_KEYS[0]
    person = EmployeeFactory(id_number=NUMBER, bank_account=ACCOUNT)
    EmployeeFactory()
    entries, version = len(history(person.pk)), Employee.objects.get(pk=person.pk).version
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), old]

    call_command("rotate_field_keys", verbosity=0)

    settings.FIELD_KEYS = settings.FIELD_KEYS[:1]
    read = Employee.objects.get(pk=person.pk)
    assert (read.id_number, read.bank_account, read.version) == (NUMBER, ACCOUNT, version)
    assert read.id_fingerprint == fingerprint(NUMBER)
    assert len(history(person.pk)) == entries
    assert {decrypt(number) for number, _account in history(person.pk) if number} == {NUMBER}


@pytest.mark.django_db
def test_an_id_number_that_an_older_key_wrote_is_found(settings: Any) -> None:
    old = settings.FIELD_KEYS[0]
    person = EmployeeFactory(id_number=NUMBER)
    colleague = EmployeeFactory(company=person.company)
    settings.FIELD_KEYS = [Fernet.generate_key().decode(), old]

    with pytest.raises(InvalidInput, match="身份证"):
        update_personnel_file(
            employee=colleague, id_number=NUMBER, bank_account="", birth_date=None, actor=None, at=timezone.now()
        )

    assert Employee.objects.get(pk=colleague.pk).id_number == ""
