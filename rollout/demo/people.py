"""Who works in the demo company."""

from __future__ import annotations

from typing import NamedTuple


class Unit(NamedTuple):
    """A department: code, name."""

    code: str
    name: str


class Person(NamedTuple):
    """
    An employee.

    :param role: standard role of the account, empty for somebody who does not sign in.
    """

    name: str
    department: str
    position: str
    login: str = ""
    role: str = ""
    heads: tuple[str, ...] = ()


DEPARTMENTS = (
    Unit("GM", "总经办"),
    Unit("S1", "销售一部"),
    Unit("S2", "销售二部"),
    Unit("MK", "市场部"),
    Unit("PU", "采购部"),
    Unit("WH", "仓储部"),
    Unit("PL", "计划部"),
    Unit("PR", "生产部"),
    Unit("QA", "品质部"),
    Unit("FI", "财务部"),
    Unit("HR", "人事行政部"),
)

PEOPLE = (
    Person("林志远", "GM", "总经理", "linzhiyuan", "boss", ("GM",)),
    Person("沈佩仪", "GM", "总经理助理"),
    Person("何国栋", "S1", "销售总监", "heguodong", "sales_manager", ("S1", "S2")),
    Person("周敏", "S1", "高级客户经理", "zhoumin", "salesperson"),
    Person("陈嘉豪", "S1", "客户经理", "chenjiahao", "salesperson"),
    Person("何雨桐", "S1", "客户经理", "heyutong", "salesperson"),
    Person("罗俊杰", "S1", "客户经理", "luojunjie", "salesperson"),
    Person("潘晓琳", "S1", "销售助理"),
    Person("梁思源", "S2", "高级客户经理", "liangsiyuan", "salesperson"),
    Person("黄梓晴", "S2", "客户经理", "huangziqing", "salesperson"),
    Person("曾雅文", "S2", "外贸客户经理", "zengyawen", "salesperson"),
    Person("邱宇轩", "S2", "客户经理", "qiuyuxuan", "salesperson"),
    Person("韩露", "S2", "销售助理"),
    Person("彭嘉怡", "MK", "市场经理", "", "", ("MK",)),
    Person("温子涵", "MK", "市场专员"),
    Person("冯丽华", "PU", "采购经理", "fenglihua", "purchaser", ("PU",)),
    Person("江浩然", "PU", "采购员"),
    Person("钟秀兰", "PU", "采购员"),
    Person("马建军", "WH", "仓库主管", "majianjun", "warehouse", ("WH",)),
    Person("吴春花", "WH", "仓管员"),
    Person("郑小军", "WH", "仓管员"),
    Person("蔡文斌", "PL", "计划主管", "caiwenbin", "planner", ("PL",)),
    Person("严晓东", "PL", "计划员"),
    Person("赵德明", "PR", "生产经理", "zhaodeming", "department_manager", ("PR",)),
    Person("孙志刚", "PR", "组装线长"),
    Person("李桂芳", "PR", "组装线长"),
    Person("杨海涛", "PR", "工艺工程师", "yanghaitao", "employee"),
    Person("刘美玲", "PR", "组装工"),
    Person("唐小燕", "PR", "组装工"),
    Person("朱红梅", "PR", "组装工"),
    Person("胡建平", "PR", "组装工"),
    Person("郭淑珍", "PR", "组装工"),
    Person("徐国强", "PR", "组装工"),
    Person("宋丽娟", "PR", "组装工"),
    Person("邹永红", "PR", "组装工"),
    Person("谭志华", "PR", "注塑技工"),
    Person("石磊", "PR", "注塑技工"),
    Person("范冬梅", "PR", "包装工"),
    Person("方秋菊", "PR", "包装工"),
    Person("任晓红", "PR", "包装工"),
    Person("袁立新", "QA", "品质经理", "", "", ("QA",)),
    Person("叶美华", "QA", "来料检验员"),
    Person("余小芳", "QA", "成品检验员"),
    Person("杜伟", "QA", "测试工程师"),
    Person("苏婉清", "FI", "财务经理", "suwanqing", "finance", ("FI",)),
    Person("丁慧", "FI", "会计"),
    Person("田雨", "FI", "出纳"),
    Person("谢婉婷", "HR", "人事行政经理", "xiewanting", "hr", ("HR",)),
    Person("邓志强", "HR", "系统管理员", "admin", "administrator"),
    Person("贾小梅", "HR", "行政专员"),
)
