"""What columns are called in the files of other systems."""

# What the files of other systems call the code of an item.
ITEM_HEADINGS = (
    "编码",
    "料号",
    "物料编码",
    "物料代码",
    "存货编码",
    "产品编码",
    "产品型号",
    "型号",
    "code",
    "item code",
    "item number",
    "item ID",
    "product code",
    "product ID",
    "product number",
    "product desgn",
    "part number",
    "sku",
)
