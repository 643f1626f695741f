"""What the demo company makes."""

from __future__ import annotations

from typing import NamedTuple


class Good(NamedTuple):
    """
    An item.

    :param price: without tax, in yuan.
    :param lot: usual quantity of an order.
    """

    code: str
    name: str
    spec: str
    unit: str
    price: str
    lot: int


CATEGORIES = {"CH": "充电器", "CB": "数据线", "WL": "无线充电", "HB": "扩展坞", "PB": "移动电源", "AC": "配件"}

GOODS = (
    Good("CH-G20-CN", "20W 快充充电器", "1C 国标 白色", "ZHI", "14.80", 3000),
    Good("CH-G30-CN", "30W 氮化镓充电器", "1C 国标 白色", "ZHI", "26.50", 2000),
    Good("CH-G33-US", "33W 快充充电器", "1C1A 美规 黑色", "ZHI", "29.00", 2000),
    Good("CH-G45-CN", "45W 氮化镓充电器", "2C 国标 白色", "ZHI", "38.60", 1500),
    Good("CH-G65-CN", "65W 氮化镓充电器", "2C1A 国标 白色", "ZHI", "62.00", 1500),
    Good("CH-G65-EU", "65W 氮化镓充电器", "2C1A 欧规 黑色", "ZHI", "64.50", 1200),
    Good("CH-G100-CN", "100W 氮化镓充电器", "3C1A 国标 灰色", "ZHI", "98.00", 800),
    Good("CH-G140-CN", "140W 氮化镓充电器", "2C1A PD3.1 灰色", "ZHI", "146.00", 400),
    Good("CH-CAR45", "45W 车载充电器", "1C1A 铝合金 黑色", "ZHI", "32.80", 1500),
    Good("CH-CAR66", "66W 车载充电器", "2C 数显 黑色", "ZHI", "41.50", 1000),
    Good("CB-CC60-1M", "USB-C 对 USB-C 数据线", "60W 1m 黑色", "TIAO", "6.20", 8000),
    Good("CB-CC100-1M", "USB-C 对 USB-C 编织线", "100W 1m 深空灰", "TIAO", "11.80", 6000),
    Good("CB-CC100-2M", "USB-C 对 USB-C 编织线", "100W 2m 深空灰", "TIAO", "14.60", 5000),
    Good("CB-CC240-1M", "USB-C 对 USB-C 编织线", "240W 1m 黑色", "TIAO", "18.90", 3000),
    Good("CB-CL27-1M", "USB-C 对 Lightning 数据线", "27W 1m 白色", "TIAO", "15.40", 5000),
    Good("CB-AC27-1M", "USB-A 对 USB-C 数据线", "27W 1m 白色", "TIAO", "4.60", 10000),
    Good("CB-U4-08M", "USB4 全功能数据线", "40Gbps 0.8m 黑色", "TIAO", "46.00", 800),
    Good("CB-3IN1", "三合一充电线", "USB-A 1.2m 灰色", "TIAO", "9.80", 6000),
    Good("CB-MAG-1M", "磁吸收纳数据线", "100W 1m 紫色", "TIAO", "16.20", 3000),
    Good("WL-PAD15", "15W 无线充电板", "玻璃面板 黑色", "ZHI", "36.00", 1500),
    Good("WL-MG15", "15W 磁吸无线充", "铝合金 深空灰", "ZHI", "46.50", 1500),
    Good("WL-STD2", "二合一无线充支架", "15W+5W 白色", "ZHI", "78.00", 800),
    Good("WL-STD3", "三合一无线充支架", "15W+5W+3W 黑色", "ZHI", "118.00", 600),
    Good("WL-CAR15", "15W 车载磁吸无线充", "出风口款 黑色", "ZHI", "52.00", 1200),
    Good("WL-QI2-25", "25W Qi2 磁吸无线充", "液冷散热 灰色", "ZHI", "86.00", 600),
    Good("HB-5IN1", "五合一扩展坞", "HDMI 4K30 PD100W", "TAI", "82.00", 800),
    Good("HB-7IN1", "七合一扩展坞", "HDMI 4K60 PD100W", "TAI", "128.00", 600),
    Good("HB-8IN1", "八合一扩展坞", "千兆网口 SD/TF", "TAI", "156.00", 500),
    Good("HB-11IN1", "十一合一扩展坞", "双 HDMI 千兆网口", "TAI", "218.00", 300),
    Good("HB-USB3-4", "四口 USB 3.0 集线器", "0.5m 铝合金", "TAI", "38.00", 1500),
    Good("PB-5K-MG", "5000mAh 磁吸移动电源", "15W 无线 白色", "ZHI", "68.00", 1000),
    Good("PB-10K-22", "10000mAh 移动电源", "22.5W 黑色", "ZHI", "58.00", 1500),
    Good("PB-10K-MG", "10000mAh 磁吸移动电源", "20W 支架款 灰色", "ZHI", "92.00", 800),
    Good("PB-20K-65", "20000mAh 移动电源", "65W 双向快充 黑色", "ZHI", "128.00", 500),
    Good("PB-27K-140", "27000mAh 移动电源", "140W 数显 灰色", "ZHI", "218.00", 200),
    Good("AC-PLUG-EU", "欧规转换插头", "2.5A 黑色", "ZHI", "3.20", 6000),
    Good("AC-PLUG-UK", "英规转换插头", "3A 黑色", "ZHI", "3.80", 5000),
    Good("AC-STAND", "铝合金手机支架", "可折叠 银色", "ZHI", "22.00", 2000),
    Good("AC-BAG", "数码配件收纳包", "牛津布 灰色", "ZHI", "12.50", 3000),
    Good("AC-GIFT", "快充礼盒套装", "65W 充电器+编织线", "SET", "92.00", 800),
)
