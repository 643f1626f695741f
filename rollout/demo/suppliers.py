"""Who makes goods for the demo company, and what they cost."""

from __future__ import annotations

from decimal import Decimal
from typing import NamedTuple

from rollout.demo.goods import Good

# What goods cost, as a share of their list price.
COST_SHARE = Decimal("0.58")


class Supplier(NamedTuple):
    """
    A factory that makes goods for the company.

    :param category: of what it makes, by the beginning of their codes.
    :param days: until it delivers.
    :param reliability: share of the deliveries that come when promised.
    :param price: of its goods, compared with what they usually cost.
    """

    name: str
    category: str
    days: int
    reliability: float
    price: Decimal


SUPPLIERS = (
    Supplier("东莞市瑞拓电源有限公司", "CH", 9, 0.86, Decimal("1.00")),
    Supplier("惠州市德瑞电子科技有限公司", "CH", 14, 0.7, Decimal("0.96")),
    Supplier("东莞市长安线缆实业有限公司", "CB", 7, 0.92, Decimal("1.00")),
    Supplier("深圳市合力无线技术有限公司", "WL", 12, 0.78, Decimal("1.00")),
    Supplier("深圳市启扬电子有限公司", "HB", 11, 0.85, Decimal("1.00")),
    Supplier("惠州市锂源新能源有限公司", "PB", 15, 0.65, Decimal("1.00")),
    Supplier("深圳市宝安塑胶制品厂", "AC", 6, 0.95, Decimal("1.00")),
)


def cost_of(good: Good) -> Decimal:
    """What one piece of goods usually costs, without tax."""
    return (Decimal(good.price) * COST_SHARE).quantize(Decimal("0.01"))


def made_by(good: Good) -> list[Supplier]:
    """The suppliers that make goods, the usual one first."""
    return [supplier for supplier in SUPPLIERS if good.code.startswith(supplier.category)]
