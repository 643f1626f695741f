"""People who may import and export master data, and files as people make them."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import translation

from suite.access.choices import ScopeLevel
from suite.access.models import User
from suite.access.services import define_role
from suite.masters.models import Item, ItemCategory, Party, TaxCode, Unit
from suite.pages.exchange.reading import Sheet, read_sheet
from suite.pages.pageset import PageSet
from suite.pages.registry import pageset_of
from tests.factories.activity import AT, ColleagueFactory
from tests.factories.masters import TaxCodeFactory, UnitFactory

ALL_ACTIONS = ["view", "add", "change", "import", "export"]


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Work in English."""
    with translation.override("en"):
        yield


@pytest.fixture
def clerk(db: None) -> User:
    """A colleague who keeps the master data."""
    user = ColleagueFactory(username="clerk", full_name="李文静", language="en")
    grants = dict.fromkeys((Item, ItemCategory, Party, Unit), (ALL_ACTIONS, ScopeLevel.ALL))
    grants[TaxCode] = (["view"], ScopeLevel.ALL)
    user.groups.add(define_role(name="Master data", grants=grants, actor=None, at=AT))
    return user


@pytest.fixture
def items(db: None) -> PageSet:
    """The pages of items, with the units and the tax that the files name."""
    for code, name in (("ZHI", "只"), ("TIAO", "条"), ("SET", "套")):
        UnitFactory(code=code, name=name)
    TaxCodeFactory()
    return pages_of("suite.Item")


@pytest.fixture
def client(clerk: User) -> Client:
    """A browser in which the clerk is signed in."""
    browser = Client()
    browser.force_login(clerk)
    return browser


def pages_of(label: str) -> PageSet:
    """The PageSet of a model."""
    found = pageset_of(label)
    assert found is not None
    return found


def sheet(*rows: Sequence[Any]) -> Sheet:
    """A file as it was read."""
    return Sheet([list(row) for row in rows])


def csv_bytes(*lines: str, encoding: str = "utf-8") -> bytes:
    """A csv file."""
    return "\r\n".join(lines).encode(encoding)


def xlsx_bytes(*rows: Sequence[Any], formulas: dict[str, Any] | None = None) -> bytes:
    """An xlsx file; None leaves a cell empty."""
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        page = book.add_worksheet()
        for number, row in enumerate(rows):
            for column, value in enumerate(row):
                if isinstance(value, date | datetime):
                    page.write_datetime(number, column, value, day)
                elif value is not None:
                    page.write(number, column, value)
        for cell, (formula, value) in (formulas or {}).items():
            page.write_formula(cell, formula, None, value)
    return target.getvalue()


def upload(name: str, content: bytes) -> SimpleUploadedFile:
    """A file as a browser sends it."""
    return SimpleUploadedFile(name, content)


def read(content: bytes, name: str) -> Sheet:
    """Read a file from memory."""
    return read_sheet(io.BytesIO(content), name)
