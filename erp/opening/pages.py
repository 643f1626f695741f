"""Pages of opening stock."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from erp.masterdata.headings import ITEM_HEADINGS
from erp.masterdata.pages import ITEM, SPEC
from erp.opening.models import OpeningStock
from erp.opening.services import import_opening_stock
from suite.pages.columns import Column
from suite.pages.pageset import PageSet
from suite.pages.panels import Attributes
from suite.pages.registry import register


@register
class OpeningStockPages(PageSet):
    """What lay in the warehouses when the ledger began."""

    model = OpeningStock
    icon = "package-import"
    description = _(
        "What lay in the warehouses when the books began. Import it from a file; the same file again changes nothing, "
        "a corrected one changes the stock by the difference."
    )
    columns = (
        ITEM,
        SPEC,
        Column("warehouse", phone="p-full"),
        "lot_number",
        "status",
        Column("base_quantity", phone="p-end"),
        Column("item__base_unit", label=_("Unit")),
        "value",
        "since",
    )
    optional_columns = ("expires_on", "quantity", "unit", "unit_cost", "amount", "revision", "created_at", "updated_at")
    filters = ("item", "warehouse", "status", "since")
    ordering = "item__code"
    totals = ("value",)
    summary = ("warehouse", "status", "lot_number", "base_quantity", "value", "since")
    panels = (
        Attributes("item", "item__spec", "expires_on", title=_("Item")),
        Attributes("quantity", "unit", "unit_cost", "amount", "entered_at", "revision", title=_("As entered")),
    )
    import_fields = (
        "warehouse",
        "item",
        "lot_number",
        "status",
        "quantity",
        "unit",
        "unit_cost",
        "amount",
        "expires_on",
        "since",
    )
    import_key = "warehouse item lot_number status"
    import_service = import_opening_stock
    import_headings = {
        "warehouse": ("仓库名称", "仓库编码", "库房", "存放仓库", "site", "location ID"),
        "item": ITEM_HEADINGS,
        "lot_number": ("批号", "批次", "批次号", "序列号", "生产批号", "lot", "lot number", "batch", "serial number"),
        "status": ("库存状态", "质量状态", "状态", "stock status", "quality status"),
        "quantity": (
            "数量",
            "库存数量",
            "现存量",
            "期初数量",
            "结存数量",
            "盘点数量",
            "on hand",
            "qty",
            "physical qoh",
            "quantity on hand",
        ),
        "unit": ("单位", "计量单位", "uom", "unit of measure"),
        "unit_cost": ("单价", "成本单价", "单位成本", "成本价", "unit price", "cost"),
        "amount": ("金额", "库存金额", "结存金额", "期初金额", "value", "total cost"),
        "expires_on": ("有效期", "有效期至", "失效日期", "到期日", "expiry", "expiry date", "expiration date"),
        "since": ("入库日期", "日期", "库存日期", "期初日期", "as of", "date"),
    }
    operations = frozenset()
    list_select = ("item__base_unit", "warehouse", "unit")

    def subtitle(self, obj: Any) -> Any:
        return obj.item.code

    def heading(self, obj: Any) -> tuple[Any, Any]:
        return obj.item.code, obj.item.name
