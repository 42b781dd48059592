"""The law's limits as a table: each names its law and article, its days and its own way of counting them.

A guide names the limit of its item by the code (`handling.limit_rule`). 行政许可法 art. 42 leaves room for other laws
("法律、法规另有规定的，依照其规定"): where one sets its own limit, only what that law itself says may lengthen it.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from yichuang.workdays.rules import Calendar, Counting, last_day

LICENCE_LAW = "《中华人民共和国行政许可法》"
WATER = "《取水许可和水资源费征收管理条例》"
RADIO = "《中华人民共和国无线电管理条例》"


class Approver(StrEnum):
    """Whose approval a longer limit needs (行政许可法 art. 42)."""

    AUTHORITY_HEAD = "authority_head"
    GOVERNMENT_HEAD = "government_head"

    @property
    def label(self) -> str:
        """The post in Chinese."""
        return {
            Approver.AUTHORITY_HEAD: "本机关负责人",
            Approver.GOVERNMENT_HEAD: "本级人民政府负责人",
        }[self]


@dataclass(frozen=True, slots=True)
class Extension:
    """By how much a limit may be extended once, and by whom; `ground` is the flow's code of it."""

    days: int
    approver: Approver
    ground: str


@dataclass(frozen=True, slots=True)
class LimitRule:
    """One limit: law and article, what is to be done within how many days, counted how."""

    code: str
    law: str
    article: str
    what: str
    days: int
    counting: Counting = Counting.WORKING_DAYS
    extension: Extension | None = None

    @property
    def cited(self) -> str:
        """《……》第四十二条."""
        return f"{self.law}{self.article}"

    @property
    def sentence(self) -> str:
        """The rule in one line for whoever asks why a date is what it is."""
        return f"规则：{self.what}，{self.days}{self.counting.label}（{self.cited}；{self.counting.rule}）。"


@dataclass(frozen=True, slots=True)
class Term:
    """For how many years something granted is good."""

    code: str
    law: str
    article: str
    what: str
    years: int


HEAD = Extension(10, Approver.AUTHORITY_HEAD, "art42")
GOVERNMENT = Extension(15, Approver.GOVERNMENT_HEAD, "art42_joint")
NATURAL = Counting.NATURAL_DAYS

LIMITS: tuple[LimitRule, ...] = (
    LimitRule("art32", LICENCE_LAW, "第三十二条", "收到申请材料之日起作出受理、不予受理或者一次性告知补正的答复，逾期不告知的自收到之日起即为受理", 5),
    LimitRule("art42", LICENCE_LAW, "第四十二条第一款", "受理之日起作出决定", 20, extension=HEAD),
    LimitRule("art42_joint", LICENCE_LAW, "第四十二条第二款", "统一、联合或者集中办理的，受理之日起办结", 45, extension=GOVERNMENT),
    LimitRule("art43", LICENCE_LAW, "第四十三条", "下级机关受理之日起审查完毕", 20),
    LimitRule("art44", LICENCE_LAW, "第四十四条", "决定之日起颁发、送达许可证件", 10),
    LimitRule("art47_ask", LICENCE_LAW, "第四十七条第一款", "被告知听证权利之日起提出听证申请", 5),
    LimitRule("art47_hold", LICENCE_LAW, "第四十七条第一款", "收到听证申请之日起组织听证", 20),
    LimitRule("art48_notice", LICENCE_LAW, "第四十八条", "举行听证以前通知时间、地点", 7),
    LimitRule("art50", LICENCE_LAW, "第五十条", "有效期届满以前提出延续申请", 30, NATURAL),
    LimitRule("water13", WATER, "第十三条", "收到取水申请之日起审查并答复", 5),
    LimitRule("water19", WATER, "第十九条", "受理之日起决定是否批准，听证和征求有关部门意见的时间不计入", 45),
    LimitRule("water25", WATER, "第二十五条", "取水许可证有效期届满以前提出延续申请", 45, NATURAL),
    LimitRule("radio16", RADIO, "第十六条", "受理频率使用许可申请之日起审查完毕", 20),
    LimitRule("radio19", RADIO, "第十九条", "频率使用许可期限届满以前提出延续申请", 30),
    LimitRule("radio31", RADIO, "第三十一条", "受理设置、使用无线电台（站）申请之日起审查完毕", 30),
    LimitRule("radio33", RADIO, "第三十三条", "无线电台执照有效期届满以前办理换证", 30),
)  # fmt: skip
BY_CODE = {rule.code: rule for rule in LIMITS}

TERMS: tuple[Term, ...] = (
    Term("water22", WATER, "第二十二条", "取水申请批准后未开工建设的，批准文件自行失效", 3),
    Term("water25_usual", WATER, "第二十五条", "取水许可证的有效期一般为", 5),
    Term("water25_longest", WATER, "第二十五条", "取水许可证的有效期最长为", 10),
    Term("radio19_longest", RADIO, "第十九条", "频率使用许可的期限最长为", 10),
    Term("radio33_longest", RADIO, "第三十三条", "不需要频率使用许可的，无线电台执照有效期最长为", 5),
)

SURVEY_OFFICERS = 2
"""The fewest who check the substance of an application on the spot (行政许可法 art. 34)."""

# The limits of a decision, each with those that go with it: answering the application, and renewing what was granted.
COMPANIONS = {
    "art42": ("art32", "art50"),
    "art42_joint": ("art32", "art50"),
    "art43": ("art32", "art50"),
    "water19": ("water13", "water25"),
    "radio16": ("art32", "radio19"),
    "radio31": ("art32", "radio33"),
}


def decision_rule(code: str, *, joint: bool = False) -> LimitRule:
    """The limit of a decision by its code; what is handled jointly has the joint limit where the general one stands."""
    if joint and code == "art42":
        return BY_CODE["art42_joint"]
    return BY_CODE[code if code in COMPANIONS else "art42"]


def acceptance_rule(code: str) -> LimitRule:
    """Within how many days the window answers an application whose decision has this limit (行政许可法 art. 32)."""
    return BY_CODE[COMPANIONS.get(code, COMPANIONS["art42"])[0]]


def renewal_rule(code: str) -> LimitRule:
    """How long before expiry a renewal must be asked for, where the decision has this limit (行政许可法 art. 50)."""
    return BY_CODE[COMPANIONS.get(code, COMPANIONS["art42"])[1]]


def delivery_days(promised: int) -> int:
    """Working days to deliver: the law's ten, or fewer where the guide promises fewer (行政许可法 art. 44)."""
    return min(BY_CODE["art44"].days, promised)


def deliver_by(calendar: Calendar, decided_on: date, days: int) -> date:
    """The last day of delivery; what is promised for the same day and decided on a rest day has the next working day."""
    counting = BY_CODE["art44"].counting
    return last_day(calendar, counting, decided_on, days) if days else calendar.next_workday(decided_on)
