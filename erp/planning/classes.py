"""ABC and XYZ classes of the items of a company, from their consumption of a year."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from erp.planning.choices import AbcClass, XyzClass
from erp.planning.demand import Place, Series, by_item
from erp.planning.gathering import unit_costs
from erp.planning.models import ItemClass
from erp.planning.replenish import abc_classes, xyz_class
from suite.masters.decimals import round_exact
from suite.masters.models import Company, Item

YEAR = 12
ZERO = Decimal(0)


def classify(*, company: Company, months: Mapping[Place, Series], at: datetime) -> dict[int, ItemClass]:
    """
    Class every item of a company that has ever been in stock, and keep the classes; by key of the item.

    The value of consumption is at the average cost of what is in stock, else at the item's reference cost.

    :param months: monthly consumption of each place, the last month last.
    """
    series = {item: values[-YEAR:] for item, values in by_item(months).items() if values}
    quantities = {item: sum(values, ZERO) for item, values in series.items()}
    costs = unit_costs(company, series.keys())
    unknown = series.keys() - costs.keys()
    reference = Item.objects.filter(pk__in=unknown, reference_cost__isnull=False)
    costs |= {pk: cost for pk, cost in reference.values_list("pk", "reference_cost") if cost is not None}
    amounts = {item: round_exact(quantity * costs.get(item, ZERO), 2) for item, quantity in quantities.items()}
    abc = abc_classes(amounts)
    rows = [
        ItemClass(
            company=company,
            item_id=item,
            abc=AbcClass(abc[item].value),
            xyz=XyzClass(xyz_class(series[item]).value),
            quantity=quantities[item],
            amount=amounts[item],
            classed_at=at,
        )
        for item in sorted(series)
    ]
    ItemClass.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["company", "item"],
        update_fields=["abc", "xyz", "quantity", "amount", "classed_at"],
    )
    ItemClass.objects.filter(company=company, classed_at__lt=at).delete()
    return {row.item_id: row for row in rows}
