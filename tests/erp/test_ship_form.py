"""The form by which an order is shipped: what goes from which warehouse."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from erp.inventory.errors import InsufficientStock
from erp.masterdata.models import Warehouse
from erp.sales.deliveries import ship_order
from erp.sales.models import SalesOrder
from suite.access.models import User
from suite.masters.models import Item
from tests.erp.test_sales import LATER, D, item, order_of, seller, systems_on, warehouse
from tests.factories.erp import WarehouseFactory, stock
from tests.factories.hrm import UserFactory

__all__ = ["item", "seller", "systems_on", "warehouse"]
pytestmark = pytest.mark.django_db


def ship_form(client: Client, order: SalesOrder, **given: object) -> Any:
    client.force_login(UserFactory(is_superuser=True, language="en"))
    return client.get(reverse("erp:salesorder-action", args=[order.pk, "ship"]), given).context["form"]


def test_goods_of_two_warehouses_go_from_each(seller: User, warehouse: Warehouse, item: Item, client: Client) -> None:
    far = WarehouseFactory(company=warehouse.company, name="义乌分仓")
    stock(warehouse, item, 30)
    stock(far, item, 20)
    order = order_of(seller, warehouse, (item, 50))
    name = f"quantity_{order.lines.get().pk}"

    own, other = ship_form(client, order), ship_form(client, order, warehouse=far.pk, carrier="顺丰")

    assert [form.get_initial_for_field(form.fields[name], name) for form in (own, other)] == [D(30), D(20)]
    assert own[name].help_text == f"At most 50. Kept: {warehouse.name} 30, 义乌分仓 20."
    assert (other["warehouse"].value(), other["carrier"].value()) == (str(far.pk), "顺丰")

    ship_order(salesorder=order, request=uuid4(), actor=seller, at=LATER)
    rest = ship_form(client, order)

    assert rest["warehouse"].value() == far.pk
    assert (rest[name].value(), rest[name].help_text) == ("20", "At most 20.")


@pytest.mark.parametrize("named", ["abc", "0", ""])
def test_an_address_that_names_no_warehouse_is_answered(
    seller: User, warehouse: Warehouse, item: Item, client: Client, named: str
) -> None:
    stock(warehouse, item, 30)
    order = order_of(seller, warehouse, (item, 50))
    name = f"quantity_{order.lines.get().pk}"

    assert ship_form(client, order, warehouse=named)[name].value() == "30"


def test_what_is_not_there_is_said_as_people_write_numbers(seller: User, warehouse: Warehouse, item: Item) -> None:
    stock(warehouse, item, 1500)
    order = order_of(seller, warehouse, (item, 2000))

    with translation.override("en"), pytest.raises(InsufficientStock, match="2,000 wanted, 1,500 available"):
        ship_order(
            salesorder=order, quantities={order.lines.get().pk: D(2000)}, request=uuid4(), actor=seller, at=LATER
        )
