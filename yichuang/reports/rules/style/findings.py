"""What a finding is, and the table of rules: code, title, weight, why."""

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How much it matters."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"

    @property
    def label(self) -> str:
        """In Chinese."""
        return {Severity.ERROR: "差错", Severity.WARNING: "建议改", Severity.HINT: "请核对"}[self]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return {Severity.ERROR: "bad", Severity.WARNING: "warn", Severity.HINT: "plain"}[self]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    code: str
    title: str
    severity: Severity
    why: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in a text. `replacement` is set only where a person may safely accept it with one click."""

    rule: str
    start: int
    end: int
    found: str
    how: str
    replacement: str | None = None
    why: str = ""
    severity: Severity | None = None

    @property
    def weight(self) -> Severity:
        """Its own weight, or the rule's."""
        return self.severity or RULES[self.rule].severity

    @property
    def reason(self) -> str:
        """Why, in its own words or the rule's."""
        return self.why or RULES[self.rule].why


_MARKS = "《标点符号用法》（GB/T 15834—2011）"
_DIGITS = "《出版物上数字用法》（GB/T 15835—2011）"
_PAPER = "《党政机关公文格式》（GB/T 9704—2012）"

RULES: dict[str, Rule] = {
    rule.code: rule
    for rule in (
        Rule("half-width", "半角标点", Severity.ERROR, f"中文里的标点用全角，{_MARKS}。"),
        Rule("full-width", "全角数字或字母", Severity.ERROR, f"数字和西文字母用半角，{_DIGITS}。"),
        Rule("document-number", "发文字号", Severity.ERROR, f"年份用六角括号，序号不加「第」、不编虚位，{_PAPER}。"),
        Rule("unpaired", "括号或引号不成对", Severity.ERROR, f"括号、引号、书名号应成对使用，{_MARKS}。"),
        Rule("crossed", "括号或引号交叉", Severity.ERROR, f"成对的标点应层层套住，不能交叉，{_MARKS}。"),
        Rule("nested", "同一标点套用", Severity.WARNING, f"书名号里再用书名号时用单书名号，引号里再用引号时用单引号，{_MARKS}。"),
        Rule("straight-quote", "直引号", Severity.ERROR, f"中文用弯引号，{_MARKS}。"),
        Rule("repeated-mark", "标点重复", Severity.ERROR, f"同一处只用一个点号，{_MARKS}。"),
        Rule("missing-end", "段末缺句号", Severity.ERROR, f"陈述句末尾用句号，{_MARKS}。"),
        Rule("listed-quotes", "并列引号间的顿号", Severity.HINT, f"并列的引号之间、书名号之间通常不用顿号，{_MARKS}第4.5.3.5条。"),
        Rule("comma-and", "顿号与连词重复", Severity.WARNING, f"最后两项之间用了连词，就不再用顿号，{_MARKS}。"),
        Rule("range-mark", "范围的连接号", Severity.WARNING, f"数值范围用浪纹线，起止时间用一字线，{_MARKS}第4.13条。"),
        Rule("stray-space", "多余空格", Severity.HINT, "汉字之间不留空格。"),
        Rule("leading-zero", "日期的前导零", Severity.ERROR, f"成文日期和文中日期不编虚位，{_PAPER}。"),
        Rule("date-numerals", "汉字日期", Severity.WARNING, f"公历年月日用阿拉伯数字，{_DIGITS}第4.1.3条。"),
        Rule("short-year", "年份简写", Severity.WARNING, f"四位数的年份不能简写为两位，{_DIGITS}。"),
        Rule("dotted-date", "日期写法", Severity.WARNING, f"正文里的日期写成「2022年5月13日」，{_PAPER}。"),
        Rule("no-such-day", "没有这一天", Severity.ERROR, "历法上没有这个日期。"),
        Rule("thousands", "千位分隔", Severity.WARNING, f"周报里的数字不加千分号，{_DIGITS}第5.1条另有千分空写法，本刊从简。"),
        Rule("great-number", "大数的写法", Severity.HINT, f"尾数为零的大数可用「万」「亿」作单位，{_DIGITS}第5.1条。"),
        Rule("thousand-word", "万、亿与千混用", Severity.WARNING, f"「万」「亿」以外的数位词不与阿拉伯数字合用，{_DIGITS}。"),
        Rule("percent-words", "百分数", Severity.HINT, f"统计用的百分数用阿拉伯数字，{_DIGITS}。"),
        Rule("range-unit", "范围前项缺单位", Severity.WARNING, f"百分号和「万」「亿」不能省略前一个，{_DIGITS}第5.1.4条。"),
        Rule("twice-about", "概数重复", Severity.WARNING, "「约」「近」「超」与「左右」「余」「多」「以上」表示的意思重复，留一个。"),
        Rule("fewer-times", "减少若干倍", Severity.ERROR, "减少、缩短不能用「倍」，应写百分比或由多少减到多少。"),
        Rule("percent-points", "百分点", Severity.ERROR, "「百分点」前不加百分号。"),
        Rule("ordinal-digit", "序数写法", Severity.HINT, "行文中的「一是」「二是」「一季度」用汉字。"),
        Rule("unit-name", "计量单位", Severity.WARNING, "用法定计量单位的规范名称或符号。"),
        Rule("department-name", "部门名称", Severity.WARNING, "部门用规范简称，与机构名录一致。"),
        Rule("department-unknown", "名录里没有的部门", Severity.HINT, "机构名录里没有这个名称，可能写错，也可能应补入名录。"),
        Rule("mixed-names", "同一名称写法不一", Severity.WARNING, "同一期里同一个单位、平台用同一种写法。"),
        Rule("post-order", "职务顺序", Severity.WARNING, "先写党内职务，再写行政职务，后写职级。"),
        Rule("post-mark", "职务之间的标点", Severity.WARNING, f"并列的职务之间用顿号，{_MARKS}。"),
        Rule("comrade", "职务与「同志」并用", Severity.HINT, "姓名前已有职务的，不再称「同志」；全刊取一种称法。"),
        Rule("count-list", "项数与列举不符", Severity.ERROR, "前面说的项数与后面列举的项数应一致。"),
        Rule("list-order", "列举序号不连贯", Severity.ERROR, "「一是、二是、三是」应依次编排。"),
        Rule("two-values", "同一数字前后不一", Severity.ERROR, "同一事项在文中出现了两个数。"),
        Rule("parts-over-sum", "分项之和大于总数", Severity.ERROR, "「其中」各项相加大于总数。"),
        Rule("wrong-share", "占比与两数不符", Severity.ERROR, "按文中的两个数计算，占比不是这个数。"),
        Rule("register-number", "与登记册不符", Severity.ERROR, "文中的数字已经对应登记册或者部门报送的数，两处应一致。"),
        Rule("phrase", "用语", Severity.WARNING, "用语过时、重复或者不提倡。"),
        Rule("confused", "疑似错别字", Severity.ERROR, "常见的错别字。"),
        Rule("doubled", "重复词语", Severity.WARNING, "同一个词连写了两遍。"),
        Rule("long-item", "条目过长", Severity.HINT, "一条动态宜短，便于领导阅读。"),
        Rule("long-sentence", "句子过长", Severity.HINT, "一句话说一件事。"),
    )
}  # fmt: skip
