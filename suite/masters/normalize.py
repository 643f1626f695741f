"""
Names and numbers as they are compared: pure functions, stored beside the original.

Two spellings of one company get the same normalised name; what tells companies apart (a city in brackets) stays.
"""

from __future__ import annotations

import re
import unicodedata

from pypinyin import Style, lazy_pinyin

# Longest first; stripped again and again from the end.
CHINESE_SUFFIXES = (
    "有限责任公司",
    "股份有限公司",
    "有限公司",
    "總公司",
    "总公司",
    "集团",
    "集團",
    "股份",
    "公司",
)
WESTERN_SUFFIXES = frozenset(
    "ab ag as bv co coltd company corp corporation gmbh group holding holdings inc incorporated kg kk limited llc llp "
    "ltd ltda nv oy plc pte pty pvt sa sarl sas sl spa srl".split()
)
PINYIN_LENGTH = 100
# Places that firms of one group put in brackets after their name: provinces, and the cities that most of them sit in.
REGIONS = frozenset(
    "北京 天津 上海 重庆 河北 山西 辽宁 吉林 黑龙江 江苏 浙江 安徽 福建 江西 山东 河南 湖北 "
    "湖南 广东 海南 四川 贵州 云南 陕西 甘肃 青海 台湾 内蒙古 广西 西藏 宁夏 新疆 香港 澳门 "
    "中国 深圳 广州 东莞 佛山 珠海 惠州 中山 厦门 福州 泉州 杭州 宁波 温州 义乌 苏州 无锡 "
    "南京 常州 昆山 青岛 济南 大连 沈阳 武汉 长沙 成都 西安 郑州 合肥 南昌 昆明 china "
    "hongkong hk".split()
)

_NOT_WORD = re.compile(r"[\W_]+")
_SILENT = re.compile(r"[.'\u2019`·・]")
_END_OF_NUMBER = re.compile(r"[/;,、转#x]|ext")
_COUNTRY_CODE = re.compile(r"^\+86(?=\d{7})|^86(?=1\d{10}$)")
# Mobile numbers and the nation-wide 400 and 800 numbers are dialled without a leading zero.
_NO_AREA_CODE = re.compile(r"1[3-9]\d{9}$|[48]00\d{7}$")
# What identifies one person: a mainland mobile number, or a number with a country code. Many people share a landline.
_PERSONAL = re.compile(r"1[3-9]\d{9}|\+\d{7,}")
_IN_BRACKETS = re.compile(r"[(\[{<【〔《「]([^()\[\]{}<>【】〔〕《》「」]*)[)\]}>】〕》」]")
_LEGAL_FORM = re.compile("(?:股份)?有限(?:责任)?公司|[總总]公司|集[团團]|股份")
_LEADING_PLACE = re.compile(r"^(?:[\u4e00-\u9fff]{2,3}省)?([\u4e00-\u9fff]{2,3}?)市(?=..)")


def fold(text: str) -> str:
    """Return the text half-width (NFKC) and case-folded."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def normalize_name(name: str) -> str:
    """
    Return the company name for comparison.

    Half width, lower case, without brackets, punctuation and blanks, without the words for the legal form at its end
    (有限公司, 股份, 集团, Co., Ltd., GmbH …). A name that is nothing else keeps its first such word. Idempotent.
    """
    words = [word for word in _NOT_WORD.split(_SILENT.sub("", fold(name))) if word]
    while len(words) > 1 and words[-1] in WESTERN_SUFFIXES:
        words.pop()
    text = "".join(words)
    while suffix := next((end for end in CHINESE_SUFFIXES if text.endswith(end) and text != end), None):
        text = text.removesuffix(suffix)
    return text


def core_name(name: str) -> str:
    """
    Return what is left of a company name for finding look-alikes; two firms of one group may share it.

    Beyond :func:`normalize_name` it leaves out places in brackets (（深圳）), the words for the legal form wherever
    they stand, and 省 and 市 of the place at its beginning: 广东省深圳市蓝拓电子有限公司 → 深圳蓝拓电子. Idempotent.
    """
    without_places = _IN_BRACKETS.sub(lambda found: " " if _is_place(found[1]) else f" {found[1]} ", fold(name))
    text = normalize_name(without_places) or normalize_name(name)
    while (shorter := normalize_name(_LEADING_PLACE.sub(r"\1", _LEGAL_FORM.sub("", text)))) not in {"", text}:
        text = shorter
    return text


def _is_place(text: str) -> bool:
    bare = _NOT_WORD.sub("", text)
    return bare in REGIONS or bare.rstrip("省市区县州") in REGIONS or bare.endswith(("省", "市", "区", "县"))


def name_similarity(one: str, other: str) -> int:
    """
    Return how much two names resemble each other, from 0 to 100: 100 · (1 - d / n), rounded down.

    ``d`` is the Levenshtein distance of their :func:`core_name`, ``n`` the length of the longer one. That of an empty
    name is 0. This is the definition; ``crm.duplicates.lookalikes`` computes the same in the database.
    """
    left, right = core_name(one), core_name(other)
    longest = max(len(left), len(right))
    return 100 * (longest - _distance(left, right)) // longest if left and right else 0


def _distance(left: str, right: str) -> int:
    """Levenshtein distance: the fewest characters to insert, delete or replace."""
    row = list(range(len(right) + 1))
    for i, char in enumerate(left, start=1):
        before, row[0] = row[0], i
        for j, other in enumerate(right, start=1):
            before, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, before + (char != other))
    return row[-1]


def is_personal(number: str) -> bool:
    """Whether a normalised telephone number is one person's, unlike that of a landline or switchboard."""
    return _PERSONAL.fullmatch(number) is not None


def normalize_phone(phone: str) -> str:
    """
    Return the digits of a telephone number for comparison, as dialled within China.

    Another country's number keeps its ``+``. Of several numbers the first counts, an extension does not.
    """
    first = _END_OF_NUMBER.split(fold(phone).strip(), maxsplit=1)[0]
    digits = re.sub(r"^00", "+", re.sub(r"(?!^)\+|[^\d+]", "", first))
    local = _COUNTRY_CODE.sub("", digits)
    if local == digits or _NO_AREA_CODE.match(local):
        return local
    return f"0{local.removeprefix('0')}"


def normalize_email(email: str) -> str:
    """Return the address half-width, in lower case, without blanks around it."""
    return fold(email).strip()


def pinyin_initials(text: str) -> str:
    """Return the pinyin initials of Chinese and the letters and digits of the rest: 深圳 Lantuo 3C → ``szlantuo3c``."""
    syllables = lazy_pinyin(fold(text), style=Style.FIRST_LETTER)
    return re.sub(r"[^0-9a-z]", "", "".join(syllables))[:PINYIN_LENGTH]
