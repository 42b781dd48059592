"""Kinds of events as data: what each is called, which figures and facts it has, under which heading it is reported."""

from dataclasses import dataclass
from enum import StrEnum


class Mark(StrEnum):
    """How exact a stated number is: to the piece, "52", "50余", "约300"."""

    EXACT = "exact"
    OVER = "over"
    ABOUT = "about"

    @property
    def label(self) -> str:
        """The mark in Chinese."""
        return {Mark.EXACT: "准确数", Mark.OVER: "余（多于）", Mark.ABOUT: "约"}[self]


class Topic(StrEnum):
    """Under which kind of heading an event is reported."""

    ENVIRONMENT = "environment"
    EFFICIENCY = "efficiency"
    WORK = "work"
    WINDOW = "window"

    @property
    def label(self) -> str:
        """The heading in Chinese."""
        return {
            Topic.ENVIRONMENT: "优化营商环境工作开展情况",
            Topic.EFFICIENCY: "窗口服务效能提升工作情况",
            Topic.WORK: "政务工作动态",
            Topic.WINDOW: "综窗其它工作开展情况",
        }[self]


@dataclass(frozen=True, slots=True)
class Measure:
    """One number that an event of a kind may have. `places`: digits behind the point; `summed`: adds up over events.

    `verb` stands before the number in a total: 共计服务企业52户.
    """

    code: str
    label: str
    unit: str
    places: int = 0
    summed: bool = True
    verb: str = ""


@dataclass(frozen=True, slots=True)
class TextField:
    """One fact in words that events of a kind have. `lines`: one entry a line."""

    code: str
    label: str
    hint: str = ""
    lines: bool = False
    required: bool = False


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of event."""

    code: str
    label: str
    topic: Topic
    measures: tuple[Measure, ...] = ()
    texts: tuple[TextField, ...] = ()
    with_regions: bool = False

    def measure(self, code: str) -> Measure | None:
        """The measure of this kind by its code."""
        return next((each for each in self.measures if each.code == code), None)


PARTICIPANTS = Measure("participants", "参加人次", "人次", verb="参加")
PEOPLE = Measure("people", "参加人数", "人", verb="参加")
CITIES = Measure("cities", "参加市（州）", "个", summed=False)
DEPARTMENTS = Measure("departments", "参加部门（单位）", "个", summed=False)
ENTERPRISES = Measure("enterprises", "服务企业", "户", verb="共计服务企业")
PROJECTS = Measure("projects", "涉及项目", "个", verb="涉及项目")
ITEMS = Measure("items", "涉及事项", "项", verb="涉及事项")
HANDLED = Measure("handled", "整理案卷", "件", verb="共整理案卷")
ISSUES = Measure("issues", "解决问题", "个", verb="协调解决问题")
TEAMS = Measure("teams", "参赛队伍", "支", summed=False)
CONTESTANTS = Measure("contestants", "参赛选手", "名", verb="参赛选手")
LEADERS = Measure("leaders", "厅领导", "位", verb="厅领导")
ADDED = Measure("added", "新增", "个", verb="新增")
TOTAL = Measure("total", "累计", "个", summed=False)

HOSTS = TextField("hosts", "主办、承办单位", "联合主办的单位都写，用顿号分开。")
PLACE = TextField("place", "地点")
AGENDA = TextField("agenda", "议题、要求", "一行一条。", lines=True)
NAMED = TextField("named", "企业（单位）名称", "一行一个。", lines=True)
VISITED = TextField("visited", "走访单位", "一行一个。", lines=True)
PLACES = TextField("places", "名次", "一行一个名次，如：一等奖：甲市代表队、乙市代表队", lines=True)
NUMBER = TextField("number", "文号", "如：示例办发〔2026〕2号")
TITLE = TextField("document", "文件名称", "不加书名号。", required=True)
ISSUER = TextField("issuer", "发布机关")
MEASURES = TextField("measures", "主要措施", "一行一条。", lines=True)
LED_BY = TextField("led_by", "带队人职务", "只写职务，如：中心主要负责人。")

KINDS: tuple[Kind, ...] = (
    Kind("meeting", "会议", Topic.EFFICIENCY, (PEOPLE, CITIES, DEPARTMENTS, ITEMS), (HOSTS, PLACE, AGENDA), with_regions=True),
    Kind("training", "培训", Topic.EFFICIENCY, (PARTICIPANTS, CITIES, DEPARTMENTS), (HOSTS, PLACE, AGENDA), with_regions=True),
    Kind("competition", "竞赛", Topic.WORK, (TEAMS, CONTESTANTS, CITIES), (HOSTS, PLACE, PLACES), with_regions=True),
    Kind("study_visit", "考察调研", Topic.WORK, (ENTERPRISES, ISSUES), (LED_BY, VISITED, AGENDA), with_regions=True),
    Kind("guidance", "上门服务", Topic.EFFICIENCY, (ENTERPRISES, PROJECTS, ISSUES), (NAMED, PLACE, MEASURES), with_regions=True),
    Kind("coaching", "申报辅导", Topic.EFFICIENCY, (ENTERPRISES, PARTICIPANTS), (NAMED, MEASURES), with_regions=True),
    Kind("publication", "文件印发", Topic.ENVIRONMENT, (ADDED, TOTAL, ITEMS), (TITLE, NUMBER, ISSUER, MEASURES), with_regions=True),
    Kind("rule_change", "新规实施", Topic.ENVIRONMENT, (), (TITLE, NUMBER, ISSUER, MEASURES)),
    Kind("reform", "改革举措", Topic.ENVIRONMENT, (ITEMS, CITIES, LEADERS), (MEASURES,), with_regions=True),
    Kind("moving_in", "入驻", Topic.EFFICIENCY, (PEOPLE, ITEMS), (PLACE, MEASURES)),
    Kind("archive", "档案整理验收", Topic.WORK, (HANDLED,), (MEASURES,)),
    Kind("education", "学习教育", Topic.WORK, (PEOPLE,), (PLACE, AGENDA)),
    Kind("hall_campaign", "大厅活动", Topic.WINDOW, (PARTICIPANTS, ENTERPRISES, ITEMS), (HOSTS, PLACE, MEASURES), with_regions=True),
    Kind("coordination", "专题协调", Topic.WINDOW, (DEPARTMENTS, ITEMS), (HOSTS, NAMED, AGENDA)),
    Kind("other", "其他", Topic.WORK, (PEOPLE, ENTERPRISES, ITEMS), (PLACE,)),
)  # fmt: skip
KIND_BY_CODE: dict[str, Kind] = {kind.code: kind for kind in KINDS}
MEASURE_BY_CODE: dict[str, Measure] = {each.code: each for kind in KINDS for each in kind.measures}


class EventState(StrEnum):
    """Whether an event stands in the register."""

    RECORDED = "recorded"
    CANCELLED = "cancelled"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return {EventState.RECORDED: "已登记", EventState.CANCELLED: "已撤销"}[self]


MOST_PHOTOS = 9
LONGEST_TITLE = 80
LONGEST_WORDS = 4000
