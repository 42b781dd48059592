"""Reports of other fictional centres, each in a print of its own: every number with a measure is read."""

from datetime import date
from textwrap import dedent

from yichuang.reports.rules.reading import ReadReport, read_report
from yichuang.reports.rules.reading.report import Period
from yichuang.reports.tests.readings import ShortFigure, short, visitor

W, Y, T = "week", "year_to_date", "to_date"


def read(text: str) -> ReadReport:
    return read_report(dedent(text).lstrip("\n"))


def found(report: ReadReport) -> list[ShortFigure]:
    return [short(figure) for figure in report.figures]


HALL = """
    示例市行政服务中心运行情况周报
    2024年第21期（总第321期）
    示例市行政服务中心办公室        2024年5月27日
    统计时段：2024年5月20日至5月26日

    一、总体情况
    本周，中心各窗口共受理各类事项1,234件，其中即办件980件，承诺件254件；办结1,220件，
    办结率98.87%，群众满意率100%。日均受理246.8件。今年以来，累计受理2.6万件，办结2.58万件，按时办结率100%。

    二、分中心情况
    1．税务分中心办理业务2,345件，同比增长12.3%。
    2．不动产分中心办理业务567件，环比下降3.4%，
    平均用时1.5个工作日。
    3．公积金分中心接待群众320人次。

    三、公共资源交易
    完成交易项目12个，成交金额3.45亿元，节约资金1,234.5万元，节约率3.46%。

    四、领导带班
    5月21日，市水务局党组书记、局长张示例到大厅带班；5月23日，市住建局副局长李示范到大厅带班。

    五、存在问题
    个别窗口叫号间隔偏长。

    报送：市政府办公室
    抄送：各进驻单位
"""


def test_the_hall_of_a_city() -> None:
    report = read(HALL)
    assert (report.title, report.issuer) == ("示例市行政服务中心运行情况周报", "示例市行政服务中心办公室")
    assert (report.year, report.number, report.total_number) == (2024, 21, 321)
    assert (report.issued_on, report.period) == (
        date(2024, 5, 27),
        Period(date(2024, 5, 20), date(2024, 5, 26)),
    )
    assert found(report) == [
        (W, "事项", "受理", "1234", "件"),
        (W, "即办件", "受理", "980", "件"),
        (W, "承诺件", "受理", "254", "件"),
        (W, "事项", "办结", "1220", "件"),
        (W, "事项", "办结率", "98.87", "%"),
        (W, "群众", "满意率", "100", "%"),
        (W, None, "日均受理", "246.8", "件"),
        (Y, None, "受理", "26000", "件"),
        (Y, None, "办结", "25800", "件"),
        (Y, None, "按时办结率", "100", "%"),
        (W, "业务", "办理", "2345", "件"),
        (W, "业务", "同比增长", "12.3", "%"),
        (W, "业务", "办理", "567", "件"),
        (W, "业务", "环比下降", "3.4", "%"),
        (W, "业务", "平均用时", "1.5", "个工作日"),
        (W, "群众", "接待", "320", "人次"),
        (W, "交易项目", "完成", "12", "个"),
        (W, "交易项目", "成交金额", "345000000", "元"),
        (W, "资金", "节约", "12345000", "元"),
        (W, "资金", "节约率", "3.46", "%"),
    ]
    assert [(visit.on, *visitor(visit)) for visit in report.visits] == [
        (date(2024, 5, 21), "市水务局", "党组书记、局长", "张示例"),
        (date(2024, 5, 23), "市住建局", "副局长", "李示范"),
    ]
    assert report.distribution == {"报": "市政府办公室", "送": "各进驻单位", "发": None}
    assert (report.unplaced, report.disagreements) == ((), ())


HOTLINE = """
    示例区便民热线要情
    第 七 期
    （2024年7月1日—7月7日）
    示例区政务服务局          2024年7月9日

    （一）受理情况
    热线共受理群众诉求1.02万件，较上周增加320件。其中，咨询类0.71万件，投诉类0.22万件，
    建议类0.09万件。
    （二）办理情况
    转办8,765件，办结8,600件，办结率98.1%，群众满意率由95.2%提升至96.4%。
    （三）热点问题
    1.停车收费问题
    收到来电56个，已答复56个。
    2.噪声问题
    收到来电约40个，已答复38个。
"""


def test_a_hotline_without_headings_of_the_first_level() -> None:
    report = read(HOTLINE)
    assert (report.title, report.number, report.year) == ("示例区便民热线要情", 7, 2024)
    assert [(part.level, part.heading) for part in report.sections] == [
        (2, "受理情况"),
        (2, "办理情况"),
        (2, "热点问题"),
        (3, "停车收费问题"),
        (3, "噪声问题"),
    ]
    assert found(report)[:2] == [
        (W, "群众诉求", "受理", "10200", "件"),
        (W, "群众诉求", "较上周增加", "320", "件"),
    ]
    assert (W, "群众", "满意率", "96.4", "%") in found(report)
    assert [figure.approximate for figure in report.figures][-2:] == [True, False]
    assert [str(each.stated) for each in report.disagreements] == []


def test_a_sum_of_rounded_parts_within_their_last_places_agrees() -> None:
    assert read(HOTLINE.replace("0.09万件", "0.10万件")).disagreements == ()
    (wrong,) = read(HOTLINE.replace("0.09万件", "0.19万件")).disagreements
    assert (int(wrong.stated), int(wrong.computed)) == (10200, 11200)


QUARTER = """
    # 示例县政务服务季度简报
    2024年第2期
    发布单位：示例县行政审批局
    发布日期：2024-07-05

    **一、办件情况**

    2024年上半年，全县共受理办件12.5万件，同比增长8.3%；办结12.4万件。截至6月底，累计颁发电子证照3.2万本，
    网上可办率98.5%。

    | 类型 | 受理（件） | 办结（件） | 办结率 |
    | --- | ---: | ---: | ---: |
    | 行政许可 | 45,000 | 44,800 | 99.56% |
    | 公共服务 | 80,000 | 79,200 | 99.00% |
    | 合计 | 125,000 | 124,000 | 99.20% |

    **二、改革情况**

    - 推出“一件事”套餐12个，减环节45个，减时限70%。
    - 上线自助终端35台，办理业务1.1万件。
"""


def test_a_quarter_with_a_ruled_table() -> None:
    report = read(QUARTER)
    assert (report.title, report.issuer) == ("示例县政务服务季度简报", "示例县行政审批局")
    assert (report.year, report.number, report.issued_on) == (2024, 2, date(2024, 7, 5))
    assert report.period == Period()
    assert found(report) == [
        (Y, "办件", "受理", "125000", "件"),
        (Y, "办件", "同比增长", "8.3", "%"),
        (Y, "办件", "办结", "124000", "件"),
        (T, "电子证照", "颁发", "32000", "本"),
        (T, "电子证照", "网上可办率", "98.5", "%"),
        (W, "行政许可", "受理", "45000", "件"),
        (W, "行政许可", "办结", "44800", "件"),
        (W, "行政许可", "办结率", "99.56", "%"),
        (W, "公共服务", "受理", "80000", "件"),
        (W, "公共服务", "办结", "79200", "件"),
        (W, "公共服务", "办结率", "99.00", "%"),
        (W, "合计", "受理", "125000", "件"),
        (W, "合计", "办结", "124000", "件"),
        (W, "合计", "办结率", "99.20", "%"),
        (W, "一件事套餐", "推出", "12", "个"),
        (W, "一件事套餐", "减环节", "45", "个"),
        (W, "一件事套餐", "减时限", "70", "%"),
        (W, "自助终端", "上线", "35", "台"),
        (W, "业务", "办理", "11000", "件"),
    ]
    dates = {figure.measure: figure.as_of for figure in report.figures[:5]}
    assert dates == {
        "受理": date(2024, 6, 30),
        "同比增长": date(2024, 6, 30),
        "办结": date(2024, 6, 30),
        "颁发": date(2024, 6, 30),
        "网上可办率": date(2024, 6, 30),
    }
    assert report.clean


def test_a_wrong_cell_of_the_table_is_found_from_both_sides() -> None:
    report = read(QUARTER.replace("79,200", "78,200"))
    assert sorted((str(each.stated), str(each.computed)) for each in report.disagreements) == [
        ("124000", "123000"),
        ("99.00", "97.75"),
    ]


LABELLED = """
    示例镇便民服务中心周报
    2024年第5期
    示例镇便民服务中心
    2024年2月5日
    （1月29日—2月4日）
    本周数据
    受理量：345件
    办结量：340件
    办结率：98.55%
    满意率：100%
    下周安排
    继续整理台账，张贴节日值班表。
"""


def test_lines_with_labels_are_figures_one_by_one() -> None:
    report = read(LABELLED)
    assert found(report) == [
        (W, None, "受理", "345", "件"),
        (W, None, "办结", "340", "件"),
        (W, None, "办结率", "98.55", "%"),
        (W, None, "满意率", "100", "%"),
    ]
    assert {figure.as_of for figure in report.figures} == {date(2024, 2, 4)}
    assert report.unplaced == ()
    assert report.disagreements == ()


def test_a_wrong_rate_among_labelled_lines_is_found() -> None:
    (wrong,) = read(LABELLED.replace("98.55", "89.55")).disagreements
    assert (str(wrong.stated), str(wrong.computed)) == ("89.55", "98.55")
    assert wrong.sentence == "办结率：89.55%"


def test_a_letter_to_leaders_with_only_free_paragraphs() -> None:
    report = read(
        """
        示例市一体化平台运行快报
        第3期 示例市大数据中心 2024年1月22日
        1月15日至21日，全市平台办理各类业务4.5万件，调用电子证照1.2万次。
        截至1月21日，注册用户达到123.4万人，较去年底净增2.1万人。
        """
    )
    assert (report.number, report.issuer) == (3, "示例市大数据中心")
    assert report.period == Period(date(2024, 1, 15), date(2024, 1, 21))
    assert found(report) == [
        (W, "业务", "办理", "45000", "件"),
        (W, "电子证照", "调用", "12000", "次"),
        (T, "用户", "注册", "1234000", "人"),
        (T, "用户", "较去年底净增", "21000", "人"),
    ]
    assert [len(part.items) for part in report.sections] == [2]
