"""The checker: what it must find, what it must leave alone, that its corrections hold, and that real reports do not drown."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.material import shared
from yichuang.reports.queries.tracking import _sheet
from yichuang.reports.rules.comparison import Piece
from yichuang.reports.rules.reading import decode, read_report
from yichuang.reports.rules.style import RULES, Severity, Sheet, apply_fix, check, check_text, parse_sheet
from yichuang.reports.rules.style.findings import Finding

DAY = date(2022, 5, 13)
SHEET: Sheet = _sheet(())


def found(text: str, day: date | None = DAY) -> list[Finding]:
    return list(check_text(text, SHEET, day=day))


# The rule that must be found in a text, the words it is found at, the wording offered (None: a person must say it).
WRONG: list[tuple[str, str, str, str | None]] = [
    ("近日,水利厅召开会议。", "half-width", ",", "，"),
    ("会议强调:要做好服务。", "half-width", ":", "："),
    ("会议结束.", "half-width", ".", "。"),
    ("全省21个市(州)参加。", "half-width", "(州)", "（州）"),
    ("受理３件。", "full-width", "３", "3"),
    ("占比64％。", "full-width", "％", "%"),
    ("印发通知（川办发[2022]68号）。", "document-number", "[2022]68号", "〔2022〕68号"),
    ("印发通知（川办发（2022）68号）。", "document-number", "（2022）68号", "〔2022〕68号"),
    ("印发通知（川办发〔2022〕第68号）。", "document-number", "〔2022〕第68号", "〔2022〕68号"),
    ("印发通知（川办发〔2022〕068号）。", "document-number", "〔2022〕068号", "〔2022〕68号"),
    ("推进“一网通办工作。", "unpaired", "“", None),
    ("推进一网通办”工作。", "unpaired", "”", None),
    ("推进（“一网通办）”工作。", "crossed", "）", None),
    ("印发《关于贯彻《条例》的通知》。", "nested", "《", None),
    ('推进"一网通办"工作。', "straight-quote", '"一网通办"', "“一网通办”"),
    ("会议结束。。", "repeated-mark", "。。", "。"),
    ("会议结束，。", "repeated-mark", "，。", "。"),
    ("会议听取汇报，，研究问题。", "repeated-mark", "，，", "，"),
    ("包括窗口、平台...", "repeated-mark", "...", "……"),
    ("近日，水利厅召开一网通办专题会议", "missing-end", "议", "议。"),
    ("近日，水利厅召开一网通办专题会议，", "missing-end", "，", "。"),
    ("出示“甲码”、“乙码”。", "listed-quotes", "、", ""),
    ("印发《甲办法》、《乙办法》。", "listed-quotes", "、", ""),
    ("包括窗口、平台、和热线。", "comma-and", "、", ""),
    ("用时5-7个工作日。", "range-mark", "-", "～"),
    ("5月11日-13日开展调研。", "range-mark", "-", "—"),
    ("水利厅 召开会议。", "stray-space", " ", ""),
    ("2022年05月13日印发。", "leading-zero", "0", ""),
    ("5月09日印发。", "leading-zero", "0", ""),
    ("二〇二二年五月十三日印发。", "date-numerals", "二〇二二年五月十三日", "2022年5月13日"),
    ("五月二十三日印发。", "date-numerals", "五月二十三日", "5月23日"),
    ("22年5月印发。", "short-year", "22年", None),
    ("2022.5.13印发。", "dotted-date", "2022.5.13", "2022年5月13日"),
    ("2022-05-13印发。", "dotted-date", "2022-05-13", "2022年5月13日"),
    ("2月30日印发。", "no-such-day", "2月30日", None),
    ("5月13日（星期四）印发。", "no-such-day", "5月13日（星期四）", None),
    ("受理369,861件。", "thousands", "369,861", "369861"),
    ("投资30000000元。", "great-number", "30000000", "3000万"),
    ("受理3万5千件。", "thousand-word", "3万5千", None),
    ("占比百分之六十四点二九。", "percent-words", "百分之六十四点二九", "64.29%"),
    ("提高3%个百分点。", "percent-points", "%", ""),
    ("占比10～15%。", "range-unit", "10～15%", "10%～15%"),
    ("投资3～5亿元。", "range-unit", "3～5亿", "3亿～5亿"),
    ("用时约40天左右。", "twice-about", "约40天左右", "40天左右"),
    ("服务近50余家企业。", "twice-about", "近50余家企业", "50余家企业"),
    ("用时缩短3倍。", "fewer-times", "缩短3倍", None),
    ("要求：1是加强学习。", "ordinal-digit", "1", "一"),
    ("今年1季度完成。", "ordinal-digit", "1", "一"),
    ("面积80平米。", "unit-name", "平米", "平方米"),
    ("功率30KW。", "unit-name", "KW", "kW"),
    ("近日，省市监局开展检查。", "department-name", "省市监局", "省市场监管局"),
    ("近日，省发改委开展检查。", "department-name", "省发改委", "省发展改革委"),
    ("近日，省林草管理局开展检查。", "department-unknown", "省林草管理局", None),
    ("副厅长、党组成员张示例到大厅值守。", "post-order", "副厅长、党组成员", "党组成员、副厅长"),
    ("党组成员副厅长张示例到大厅值守。", "post-mark", "党组成员副厅长", "党组成员、副厅长"),
    ("二级巡视员张示例同志到窗口值守。", "comrade", "同志", ""),
    ("提出3项要求：一是学习。二是服务。三是廉洁。四是宣传。", "count-list", "3", None),
    ("提出两点要求：一是学习。二是服务。三是廉洁。", "count-list", "两", None),
    ("要求：一是学习。三是廉洁。", "list-order", "三", None),
    ("受理12件，其中许可8件、服务5件。", "parts-over-sum", "12", None),
    ("1655个办理项完成1064个，占比65.29%。", "wrong-share", "65.29%", None),
    ("截止目前，已完成编制。", "phrase", "截止目前", "截至目前"),
    ("截止5月13日，已完成编制。", "phrase", "截止", "截至"),
    ("引进国土资源厅系统。", "phrase", "国土资源厅", "自然资源厅"),
    ("一次性告知坚苦奋斗的要求。", "confused", "坚苦", "艰苦"),
    ("请登陆四川政务服务网办理。", "confused", "登陆", "登录"),
    ("大幅精减申报材料。", "confused", "精减申报材料", "精简申报材料"),
    ("提升政务服务服务水平。", "doubled", "服务服务", "服务"),
    ("企业的的诉求。", "doubled", "的的", "的"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule", "words", "better"), WRONG)
def test_what_must_be_found(text: str, rule: str, words: str, better: str | None) -> None:
    hits = [each for each in found(text) if each.rule == rule]
    assert hits, found(text)
    assert (hits[0].found, hits[0].replacement) == (words, better)
    assert text[hits[0].start : hits[0].end] == words
    assert hits[0].how
    assert hits[0].reason


RIGHT = [
    "近日，水利厅召开“一网通办”专题会议。",
    "5月11日至13日，经济和信息化厅副厅长张示例赴示例市调研。",
    "根据《关于全面实行清单管理的通知》（国办发〔2022〕2号），组织培训。",
    "依据住房和城乡建设部令第54号办理。",
    "受理369861件，办结369148件。",
    "平均用时7.8个工作日，较法定时限缩短12.2个工作日。",
    "完成1064个办理项的编制，占比64.29%。",
    "1655个办理项已完成1064个，占比64.29%。",
    "受理12件，其中许可8件、服务4件。",
    "受理12件，其中许可8件。",
    "今年预计约有30万个无线电台（站）需申报。",
    "服务企业50余家。",
    "全流程由40天左右缩短至20天左右。",
    "党组成员、副厅长张示例，二级巡视员李示例到大厅值守。",
    "党委委员、政治部主任、机关党委书记张示例到大厅值守。",
    "窗口负责同志参加座谈。",
    "提出三项要求：一是学习。二是服务。三是廉洁。",
    "一是学习；二是服务；三是廉洁。",
    "为了了解企业诉求，参与与会单位讨论，以及时回应。",
    "一件一件办，一项一项核对。",
    "落实“三个务必”和《方案》要求。",
    "印发《关于修改〈管理规定〉的决定》。",
    "（1）建立台账；（2）销号管理。",
    "1）建立台账。",
    "省政务服务大厅窗口值守。",
    "在四川电视台演播厅举行。",
    "21个市（州）6000余人次参加培训。",
    "咨询电话028-86936179。",
    "电子邮箱abc.def@example.com。",
    "其它九类行权事项受理9494件。",
    "目的的实现靠落实。",
    "2022年5月13日（星期五）印发。",
    "采用GB/T 9704-2012格式。",
    "9:00至17:00办理。",
    "省委、省政府部署工作。",
    "近日，省卫健委、省卫生健康委员会均可使用。",
    "接收卫星传送的境外电视节目，权力事项清单公布。",
    "实行告知承诺制，做到依法运行、依法管理。",
    "增长3倍。",
    "投资3亿～5亿元，占比10%～15%。",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_is_right_is_left_alone(text: str) -> None:
    assert [(each.rule, each.found) for each in found(text)] == []


@pytest.mark.parametrize(
    ("text", "day", "hits"),
    [
        ("新冠肺炎防控有序。", date(2022, 5, 13), 0),
        ("新冠肺炎防控有序。", date(2023, 5, 13), 1),
        ("进入大厅出示健康码。", date(2022, 9, 2), 0),
        ("进入大厅出示健康码。", date(2023, 9, 2), 1),
        ("进入大厅出示健康码。", None, 1),
    ],
)
def test_a_phrase_is_dated_by_the_day_of_the_report(text: str, day: date | None, hits: int) -> None:
    assert len(found(text, day)) == hits


def test_an_item_or_a_sentence_that_is_too_long_is_told() -> None:
    sentence = "，".join(f"第{n}项工作按计划推进" for n in range(20)) + "。"
    assert [each.rule for each in found(sentence)] == ["long-sentence"]
    short = "".join(f"第{n}项工作按计划推进。" for n in range(70))
    assert [each.rule for each in found(short)] == ["long-item"]


def pieces(*texts: str) -> list[Piece]:
    return [Piece(f"item:{n}", "news", "动态", f"第 {n + 1} 条", text) for n, text in enumerate(texts)]


def test_two_forms_of_one_name_in_an_issue_are_told_at_the_rarer_one() -> None:
    texts = pieces("近日，应急厅召开会议。", "应急厅开展检查。", "应急管理厅印发通知。")
    (one,) = check(texts, SHEET, day=DAY)
    assert (one.piece.key, one.finding.rule, one.finding.replacement) == ("item:2", "mixed-names", "应急厅")


def test_a_name_inside_a_title_is_the_titles() -> None:
    texts = pieces("近日，省卫生健康委印发《四川省卫生健康委员会重点任务清单》。")
    assert check(texts, SHEET, day=DAY) == ()


def test_one_thing_with_two_values_is_told_at_the_later_one() -> None:
    texts = pieces("省本级行政许可事项受理369861件。", "省本级行政许可事项受理369816件。")
    (one,) = check(texts, SHEET, day=DAY)
    assert (one.piece.key, one.finding.rule, one.finding.found) == ("item:1", "two-values", "369816")


def test_a_mark_stays_when_the_item_moves_and_goes_when_its_words_change() -> None:
    (one,) = check(pieces("截止目前，已完成。"), SHEET, day=DAY)
    moved = check(pieces("水利厅召开会议。", "截止目前，已完成。"), SHEET, day=DAY)[0]
    changed = check(pieces("截止目前，均已完成。"), SHEET, day=DAY)[0]
    assert one.mark == moved.mark != changed.mark


def test_results_of_the_inspection_need_no_full_stop() -> None:
    result = Piece("inspection:dress", "inspection", "大厅巡查", "着装情况", "大厅人员着装规范，总体情况良好")
    assert check([result], SHEET, day=DAY) == ()


SIGNS = st.text(
    alphabet="近日省市监局厅水利服务的是一二三四项约余左右0123456789年月日件个%％,.;:()（）“”‘’《》〈〉、，。！…\n \"-~—～[]〔〕号发第同志副厅长、党组成员其中占比截止目前AKWkw",
    max_size=60,
)  # fmt: skip


@given(st.text(max_size=80) | SIGNS)
@settings(max_examples=300)
def test_no_text_breaks_the_checker(text: str) -> None:
    for each in found(text):
        assert each.rule in RULES
        assert 0 <= each.start < each.end <= len(text)
        assert text[each.start : each.end] == each.found


@given(SIGNS)
@settings(max_examples=300)
def test_a_safe_correction_removes_its_finding_and_does_nothing_twice(text: str) -> None:
    (piece,) = pieces(text)
    for each in check([piece], SHEET, day=DAY):
        fixed = apply_fix(text, each.finding)
        if each.finding.replacement is None:
            assert fixed is None
            continue
        assert fixed is not None
        assert fixed != text
        assert each.mark not in {again.mark for again in check(pieces(fixed), SHEET, day=DAY)}


@given(SIGNS)
@settings(max_examples=150)
def test_accepting_every_correction_comes_to_an_end(text: str) -> None:
    for _ in range(4 * len(text) + 8):
        fixes = [each for each in check(pieces(text), SHEET, day=DAY) if each.finding.replacement is not None]
        if not fixes:
            return
        text = apply_fix(text, fixes[0].finding) or ""
    raise AssertionError(text)


@pytest.mark.parametrize("row", [row for row in WRONG if row[3] is not None], ids=lambda row: row[1])
def test_the_offered_wording_is_not_found_wrong_again(row: tuple[str, str, str, str | None]) -> None:
    text, rule, words, _ = row
    one = next(each for each in found(text) if (each.rule, each.found) == (rule, words))
    fixed = apply_fix(text, one)
    assert fixed is not None
    assert not [each for each in found(fixed) if (each.rule, each.found) == (rule, words)]


def test_a_correction_is_refused_when_the_words_have_changed() -> None:
    (one,) = found("截止目前，完成。")
    assert apply_fix("截至目前，完成。", one) is None


# Each was read: 2022-14 精减材料, half-width brackets; 2022-24 half-width marks, 胜利召开; 2022-29 、 between quotes, 同志, one
# sentence of 167 signs, 2022-39 同志, two names of the platform, a sentence of 196; 2023-44 half-width marks throughout two items.
REAL = {"2022-14": (2, 2), "2022-24": (3, 3), "2022-29": (5, 4), "2022-39": (3, 3), "2023-44": (22, 6)}


@pytest.mark.parametrize("name", REAL)
def test_real_reports_do_not_drown_in_findings(name: str) -> None:
    report = read_report(decode(shared(f"weekly-reports/{name}.txt").read_bytes()), name)
    texts = [
        Piece(f"item:{s}-{n}", str(s), section.heading, str(n), text)
        for s, section in enumerate(report.sections)
        for n, text in enumerate(section.items)
    ]
    hits = check(texts, SHEET, day=report.period.last)
    rows = {(each.piece.key, each.finding.rule, each.finding.found) for each in hits}
    assert (len(hits), len(rows)) == REAL[name]
    assert not [
        each
        for each in hits
        if each.finding.rule in ("count-list", "two-values", "unpaired", "department-unknown")
    ]


def test_every_row_of_the_data_has_a_rule_and_a_reason() -> None:
    assert len(SHEET.phrases) > 100
    assert all(row.rule in RULES and (row.why or RULES[row.rule].why) for row in SHEET.phrases)
    assert all(rule.why and isinstance(rule.severity, Severity) for rule in RULES.values())


@pytest.mark.parametrize(
    "row",
    [{"find": "甲", "better": "甲乙", "why": "x"}, {"find": "甲", "better": "乙"}],
    ids=["again", "no-reason"],
)
def test_a_bad_row_of_data_is_refused(row: dict[str, str]) -> None:
    empty: dict[str, object] = {"rows": []}
    files = {
        "phrases": {"rows": [row]}, "confusions": empty, "units": empty, "posts": empty,
        "departments": {"rows": [], "mixed": []}, "lengths": {"item": 1, "sentence": 1},
    }  # fmt: skip
    with pytest.raises(ValueError, match="甲"):
        parse_sheet(files)


def test_a_department_of_the_directory_is_known_with_its_forms() -> None:
    sheet = _sheet((("四川省示例管理局", "示例局"),))
    assert [each.rule for each in check_text("近日，省示例管理局开展检查。", sheet)] == []
    assert [each.rule for each in check_text("近日，省示例管理局开展检查。", SHEET)] == ["department-unknown"]
