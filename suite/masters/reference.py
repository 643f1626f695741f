"""
Reference data that every company starts with: units, currencies, taxes, payment terms.

Names are those of the trade in mainland China; they are data and may be changed. Rates of value added tax carry the
regulation they come from. The Value Added Tax Law 增值税法, in force since 2026-01-01, left the rates as they were.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from suite.masters.choices import Dimension, PaymentBasis, TaxKind

CURRENCIES = (
    # ISO 4217 code, name, symbol, decimals
    ("CNY", "人民币", "¥", 2),
    ("USD", "美元", "$", 2),
    ("EUR", "欧元", "€", 2),
    ("HKD", "港元", "HK$", 2),
    ("JPY", "日元", "JP¥", 0),
    ("GBP", "英镑", "£", 2),
    ("TWD", "新台币", "NT$", 2),
    ("KRW", "韩元", "₩", 0),
    ("SGD", "新加坡元", "S$", 2),
    ("AUD", "澳大利亚元", "A$", 2),
)

UNITS = (
    # code, name, dimension, decimals
    ("EA", "个", Dimension.COUNT, 0),
    ("ZHI", "只", Dimension.COUNT, 0),
    ("PCS", "件", Dimension.COUNT, 0),
    ("TIAO", "条", Dimension.COUNT, 0),
    ("GEN", "根", Dimension.COUNT, 0),
    ("TAI", "台", Dimension.COUNT, 0),
    ("SET", "套", Dimension.COUNT, 0),
    ("PAIR", "双", Dimension.COUNT, 0),
    ("SHEET", "张", Dimension.COUNT, 0),
    ("BOX", "盒", Dimension.COUNT, 0),
    ("BAG", "包", Dimension.COUNT, 0),
    ("BOTTLE", "瓶", Dimension.COUNT, 0),
    ("CTN", "箱", Dimension.COUNT, 0),
    ("ROLL", "卷", Dimension.COUNT, 0),
    ("PALLET", "托", Dimension.COUNT, 0),
    ("DOZ", "打", Dimension.COUNT, 0),
    ("KPCS", "千只", Dimension.COUNT, 3),
    ("SVC", "项", Dimension.COUNT, 2),
    ("G", "g", Dimension.MASS, 3),
    ("KG", "kg", Dimension.MASS, 6),
    ("T", "t", Dimension.MASS, 6),
    ("MM", "mm", Dimension.LENGTH, 3),
    ("CM", "cm", Dimension.LENGTH, 4),
    ("M", "m", Dimension.LENGTH, 6),
    ("M2", "m²", Dimension.AREA, 6),
    ("ML", "mL", Dimension.VOLUME, 3),
    ("L", "L", Dimension.VOLUME, 6),
    ("M3", "m³", Dimension.VOLUME, 6),
    ("MIN", "分钟", Dimension.TIME, 2),
    ("H", "小时", Dimension.TIME, 4),
    ("D", "天", Dimension.TIME, 2),
    ("KWH", "千瓦时", Dimension.ENERGY, 3),
)

CONVERSIONS = (
    # One of the first is so many of the second. A day of work is no fixed number of hours, so none is given.
    ("DOZ", "EA", 12),
    ("KPCS", "ZHI", 1000),
    ("KG", "G", 1000),
    ("T", "KG", 1000),
    ("CM", "MM", 10),
    ("M", "CM", 100),
    ("L", "ML", 1000),
    ("M3", "L", 1000),
    ("H", "MIN", 60),
)

TAX_CODES = (
    ("VAT-STANDARD", "增值税 基本税率", TaxKind.STANDARD),
    ("VAT-REDUCED", "增值税 低税率", TaxKind.STANDARD),
    ("VAT-SERVICES", "增值税 现代服务税率", TaxKind.STANDARD),
    ("VAT-LEVY", "增值税 征收率", TaxKind.SIMPLIFIED),
    ("VAT-LEVY-REDUCED", "增值税 小规模减按征收率", TaxKind.SIMPLIFIED),
    ("VAT-ZERO", "增值税 零税率", TaxKind.ZERO),
    ("VAT-EXEMPT", "增值税 免税", TaxKind.EXEMPT),
)


class Rate(NamedTuple):
    """One rate of a tax and its legal basis."""

    tax: str
    rate: Decimal
    valid_from: date
    valid_to: date | None
    source: str


TAX_RATES = (
    Rate("VAT-STANDARD", Decimal(17), date(1994, 1, 1), date(2018, 4, 30), "国务院令第134号、第538号"),
    Rate("VAT-STANDARD", Decimal(16), date(2018, 5, 1), date(2019, 3, 31), "财税〔2018〕32号"),
    Rate("VAT-STANDARD", Decimal(13), date(2019, 4, 1), None, "财政部 税务总局 海关总署公告2019年第39号"),
    Rate("VAT-REDUCED", Decimal(11), date(2016, 5, 1), date(2018, 4, 30), "财税〔2016〕36号、财税〔2017〕37号"),
    Rate("VAT-REDUCED", Decimal(10), date(2018, 5, 1), date(2019, 3, 31), "财税〔2018〕32号"),
    Rate("VAT-REDUCED", Decimal(9), date(2019, 4, 1), None, "财政部 税务总局 海关总署公告2019年第39号"),
    Rate("VAT-SERVICES", Decimal(6), date(2016, 5, 1), None, "财税〔2016〕36号"),
    Rate("VAT-LEVY", Decimal(3), date(2009, 1, 1), None, "国务院令第538号"),
    Rate(
        "VAT-LEVY-REDUCED",
        Decimal(1),
        date(2023, 1, 1),
        date(2027, 12, 31),
        "财政部 税务总局公告2023年第1号、第19号",
    ),
    Rate("VAT-ZERO", Decimal(0), date(1994, 1, 1), None, "国务院令第134号、第538号"),
    Rate("VAT-EXEMPT", Decimal(0), date(1994, 1, 1), None, "国务院令第134号、第538号"),
)

PAYMENT_TERMS: tuple[tuple[str, str, tuple[tuple[int, int, PaymentBasis, str], ...]], ...] = (
    # code, name, parts of (percent, days, counted from, label)
    ("PREPAID", "款到发货", ((100, 0, PaymentBasis.PREPAID, "全款"),)),
    ("COD", "货到付款", ((100, 0, PaymentBasis.ON_DELIVERY, "货款"),)),
    ("EOM30", "月结30天", ((100, 30, PaymentBasis.MONTH_END, "月结款"),)),
    ("EOM60", "月结60天", ((100, 60, PaymentBasis.MONTH_END, "月结款"),)),
    (
        "30-70",
        "30%预付，70%发货前付清",
        ((30, 0, PaymentBasis.PREPAID, "预付款"), (70, 0, PaymentBasis.ON_DELIVERY, "发货款")),
    ),
    (
        "30-70-EOM30",
        "30%预付，70%月结30天",
        ((30, 0, PaymentBasis.PREPAID, "预付款"), (70, 30, PaymentBasis.MONTH_END, "尾款")),
    ),
)
