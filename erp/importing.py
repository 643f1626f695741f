"""Rows of files on their way into ERP; used by the import services of the slices."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from erp.masterdata.headings import ITEM_HEADINGS
from suite.core.errors import DomainError, messages_of
from suite.documents.errors import LineErrors
from suite.masters.models import Company
from suite.pages.exchange.errors import RowErrors

Rows = Sequence[Mapping[str, Any]]
Progress = Callable[..., Any]
Warnings = dict[int, list[str]]
# The number of an order in the system that it comes from; rows with the same one are its lines.
KEY = "external_key"
LINE = "line_"
# How open orders are read out of files: what says that an order is not confirmed at once, and what columns are called.
LEFT_AS_DRAFT = forms.BooleanField(
    label=gettext_lazy("Leave as draft"), required=False, help_text=gettext_lazy("Otherwise the order counts at once.")
)
ORDER_HEADINGS = {
    "external_key": (
        "订单号",
        "系统订单号",
        "原订单号",
        "原系统单号",
        "单号",
        "order number",
        "order ID",
        "cust order ID",
        "sales order ID",
        "purchase order ID",
    ),
    "currency": ("币种", "币别", "currency", "currency code"),
    "owner": ("销售员", "业务员", "采购员", "销售", "sales name", "salesperson", "buyer"),
    "document_date": ("下单日期", "订单日期", "order date"),
    "price_includes_tax": ("含税", "是否含税", "tax included"),
    "line_item": ITEM_HEADINGS,
    "line_quantity": (
        "未交数量",
        "未清数量",
        "未到数量",
        "要求交货数量",
        "数量",
        "open quantity",
        "quantity",
        "qty",
        "req qty",
    ),
    "line_unit": ("单位", "计量单位", "unit", "uom"),
    "line_unit_price": ("单价", "价格", "unit price", "price"),
    "line_discount_percent": ("折扣", "折扣率", "discount", "discount %"),
}


@dataclass
class Entry:
    """
    One row of a file.

    :param values: what the row says; blank cells say nothing.
    :param existing: the row of the database that it changes.
    :param errors: pairs of field name and message.
    """

    number: int
    values: dict[str, Any]
    existing: Any = None
    errors: list[tuple[str, str]] = field(default_factory=list)

    @classmethod
    def of(cls, row: Mapping[str, Any]) -> Entry:
        """Take over a cleaned row; ``_row`` is its number in the file, ``_existing`` what it was matched with."""
        values = {name: value for name, value in row.items() if not name.startswith("_") and value not in (None, "")}
        return cls(int(row["_row"]), values, row.get("_existing"))

    def refuse(self, name: str, message: str) -> None:
        """Note why the row cannot be imported."""
        if (name, message) not in self.errors:
            self.errors.append((name, message))

    @property
    def line(self) -> dict[str, Any]:
        """What it says of the line that it is."""
        return {name.removeprefix(LINE): value for name, value in self.values.items() if name.startswith(LINE)}


@dataclass
class OpenOrder:
    """The rows of a file that are one order of another system."""

    key: str
    entries: list[Entry]

    @cached_property
    def head(self) -> dict[str, Any]:
        """What the rows say of the order; the first one that says something counts."""
        head: dict[str, Any] = {}
        for entry in reversed(self.entries):
            head |= {name: value for name, value in entry.values.items() if not name.startswith(LINE)}
        return head

    @property
    def existing(self) -> Any:
        """The order that it changes."""
        return self.entries[0].existing

    @property
    def numbers(self) -> set[int]:
        """Its rows in the file."""
        return {entry.number for entry in self.entries}

    def check(self, *needed: str) -> bool:
        """Refuse rows that lack something or say another thing of the order than the first; return if all is well."""
        for entry in self.entries:
            for name in needed:
                if name not in entry.values and (name.startswith(LINE) or name not in self.head):
                    entry.refuse(name, _("This is needed."))
            for name, value in entry.values.items():
                if not name.startswith(LINE) and self.head[name] != value:
                    entry.refuse(name, _("Another row of order %(number)s says otherwise.") % {"number": self.key})
            if entry.values.get("line_quantity", 1) <= 0:
                entry.refuse("line_quantity", _("Enter what is still open; leave out what is not."))
        return not any(entry.errors for entry in self.entries)

    def rows(self, names: Collection[str]) -> list[dict[str, Any]]:
        """
        Return the lines for a service, each with the key of the line that it changes.

        Lines are told apart by their item, several of one item by their order.

        :param names: columns of the line that count.
        """
        old: dict[int, list[int]] = {}
        if self.existing is not None:
            for pk, item in self.existing.lines.order_by("position").values_list("pk", "item_id"):
                old.setdefault(item, []).append(pk)
        rows = []
        for entry in self.entries:
            row = {name: value for name, value in entry.line.items() if name in names}
            known = old.get(row["item"].pk)
            rows.append({**row, "id": known.pop(0)} if known else row)
        return rows

    def write(self, work: Callable[[], Any]) -> Any:
        """Do what writes the order; what is refused is noted with its rows, and nothing of it is written."""
        try:
            with transaction.atomic():
                return work()
        except LineErrors as error:
            for place, faults in error.rows.items():
                for name, text in faults.items():
                    self.entries[place].refuse(f"{LINE}{name}", text)
        except (DomainError, ValidationError) as error:
            for message in messages_of(error):
                self.entries[0].refuse(str(getattr(error, "field", None) or ""), message)
        return None


def open_orders(entries: Iterable[Entry]) -> list[OpenOrder]:
    """Bring the rows together that are one order, in the order of the file; a row without number is refused."""
    orders: dict[str, OpenOrder] = {}
    for entry in entries:
        key = str(entry.values.get(KEY, ""))
        if not key:
            entry.refuse(KEY, _("This is needed."))
        else:
            orders.setdefault(key, OpenOrder(key, [])).entries.append(entry)
    return list(orders.values())


def raise_errors(entries: Iterable[Entry]) -> None:
    """
    Stop when rows were refused.

    :raises RowErrors: naming all of them.
    """
    refused = {entry.number: entry.errors for entry in entries if entry.errors}
    if refused:
        raise RowErrors(refused)


def one_import_at_a_time(companies: Collection[int]) -> None:
    """
    Let one transaction at a time import what was open into companies; others wait.

    Who waited sees what the first one imported. Papers of the company can be written meanwhile.
    """
    list(Company.objects.select_for_update(no_key=True).filter(pk__in=companies).order_by("pk"))


def report(progress: Progress | None, done: int, total: int) -> None:
    """Tell whoever wants to know how far the import is."""
    if progress is not None:
        progress(done, total)
