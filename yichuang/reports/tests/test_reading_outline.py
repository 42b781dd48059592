"""Headings and items: numbering, line breaks inside sentences, paragraphs, tables, texts without numbers."""

import pytest

from yichuang.reports.rules.reading import ReadReport, read_report
from yichuang.reports.tests.readings import synthetic

TOP = "窗口工作周报\n2024年第3期\n2024年3月5日\n"


def tree(read: ReadReport) -> list[tuple[int, str, tuple[str, ...]]]:
    return [(section.level, section.heading, section.items) for section in read.sections]


def of(body: str) -> list[tuple[int, str, tuple[str, ...]]]:
    return tree(read_report(TOP + body))


@pytest.mark.parametrize(
    ("first", "second"),
    [("（1）", "（2）"), ("(1)", "(2)"), ("(1）", "（2)"), ("1.", "2."), ("1、", "2、"), ("1)", "2)"), ("①", "②"), ("- (1) ", "- (2) ")],
)  # fmt: skip
def test_every_kind_of_item_number(first: str, second: str) -> None:
    body = f"一、动态\n（一）窗口动态\n{first}近日，甲窗口整理资料。\n{second}乙窗口更新指南。\n"
    assert of(body) == [
        (1, "动态", ()),
        (2, "窗口动态", ("近日，甲窗口整理资料。", "乙窗口更新指南。")),
    ]


def test_an_item_number_before_a_day_is_no_decimal() -> None:
    body = "一、动态\n1.5 月 14 日，甲窗口整理资料。\n2.2024年的资料已装订。\n"
    assert of(body)[0][2] == ("5月14日，甲窗口整理资料。", "2024年的资料已装订。")


def test_a_decimal_at_the_start_of_a_line_is_no_item() -> None:
    body = "一、动态\n（1）全年投入约\n2.5亿元用于改造，比上年多\n（2）乙窗口更新指南。\n"
    assert of(body)[0][2] == ("全年投入约2.5亿元用于改造，比上年多", "乙窗口更新指南。")


def test_a_number_out_of_turn_in_a_torn_sentence_is_text() -> None:
    body = (
        "一、动态\n（1）窗口依照办法第\n（二）项的规定办理，并按第\n三、四条执行。\n（2）乙窗口更新指南。\n"
    )
    assert of(body) == [
        (1, "动态", ("窗口依照办法第（二）项的规定办理，并按第三、四条执行。", "乙窗口更新指南。"))
    ]


def test_an_item_that_lost_its_full_stop_ends_at_the_next_number() -> None:
    assert of("一、动态\n（1）甲窗口整理资料\n（2）乙窗口更新指南。\n")[0][2] == (
        "甲窗口整理资料",
        "乙窗口更新指南。",
    )


def test_text_without_a_number_goes_on_with_the_numbered_item() -> None:
    body = "一、动态\n（1）甲窗口整理资料。\n二是更新指南。\n另外，张贴海报。\n（2）乙。\n"
    assert of(body)[0][2] == ("甲窗口整理资料。二是更新指南。另外，张贴海报。", "乙。")


def test_free_paragraphs_are_items_and_continuations_are_not() -> None:
    body = "一、动态\n甲窗口整理资料，一是分类。\n二是装订。\n乙窗口更新指南。\n"
    assert of(body)[0][2] == ("甲窗口整理资料，一是分类。二是装订。", "乙窗口更新指南。")


def test_a_free_paragraph_before_the_items_is_an_item() -> None:
    assert of("一、动态\n现将情况通报如下：\n（1）甲。\n")[0][2] == ("现将情况通报如下：", "甲。")


@pytest.mark.parametrize("sign", ["。", "：", ":"])
def test_headings_run_into_their_text(sign: str) -> None:
    assert of(f"一、大厅巡查情况\n（一）着装情况{sign}总体良好。\n") == [
        (1, "大厅巡查情况", ()),
        (2, "着装情况", ("总体良好。",)),
    ]


def test_a_heading_with_its_text_on_the_next_line() -> None:
    assert of("一、大厅巡查情况\n（一）着装情况。\n总体情况良好。\n")[1] == (
        2,
        "着装情况",
        ("总体情况良好。",),
    )


def test_a_numbered_sentence_is_no_heading() -> None:
    body = "一、办件情况\n（一）本周，窗口值守正常。群众满意。\n（二）全市受理120件，办结110件。\n"
    assert of(body) == [(1, "办件情况", ("本周，窗口值守正常。群众满意。", "全市受理120件，办结110件。"))]


def test_a_short_numbered_line_of_words_is_a_heading_of_the_third_level() -> None:
    body = "一、动态\n1.政务大厅\n大厅更换了叫号屏。\n2.分中心\n分中心延时服务。\n"
    assert of(body) == [
        (1, "动态", ()),
        (3, "政务大厅", ("大厅更换了叫号屏。",)),
        (3, "分中心", ("分中心延时服务。",)),
    ]


def test_a_text_without_numbers_has_its_short_lines_as_headings() -> None:
    body = "办件情况\n全市窗口运转平稳。\n存在问题\n叫号间隔偏长。\n"
    read = read_report("示例市政务简报\n第3期\n示例市政务服务局\n综合\n" + body)
    assert tree(read)[-1] == (1, "存在问题", ("叫号间隔偏长。",))


def test_brackets_and_hashes_make_headings() -> None:
    assert tree(synthetic("foreign_county_month"))[1][:2] == (1, "存在问题")
    assert [heading for _, heading, _ in tree(synthetic("foreign_notes"))] == ["本周数据", "一件事"]


def test_rows_of_a_table_are_items_of_their_own() -> None:
    items = tree(synthetic("foreign_county_month"))[0][2]
    assert items[1] == "项目 | 受理（件） | 办结（件） | 办结率"
    assert len(items) == 5


def test_lines_broken_at_a_fixed_width_come_together() -> None:
    """A line that ends with a full stop at full width does not end its paragraph."""
    lines = [
        "窗口人员逐一核对了申请材料并把缺少的部分写在告知单上，请",
        "申请人签收后带回补齐，整个过程都在前台完成而没有让申请人",
        "往返奔波，得到来访企业的肯定，并把经验写成了一页纸的提示",
        "卡片放在取号机旁供大家随手取用，窗口之间也相互交换了看法。",
        "会后又请老窗口带新窗口，逐条讲清材料清单里容易出错的地方",
        "并约定下个月再来一次，到时候请更多的企业一起来听听看看吧",
        "各窗口都做了记录，值班长负责督促落实，做不完的列入次日晨",
        "会继续跟进，直到办完。",
    ]
    assert of("一、动态\n" + "\n\n".join(lines))[0][2] == ("".join(lines),)


@pytest.mark.parametrize("form", ["纪律秩序。午后有窗口无人。", "纪律秩序：午后有窗口无人。"])
def test_inspection_headings_may_lack_their_numbers(form: str) -> None:
    read = read_report(
        TOP + f"一、大厅巡查情况\n本周巡查情况如下：\n着装情况。总体良好。\n{form}\n二、其他\n略。\n"
    )
    assert [(each.heading, each.result) for each in read.inspection] == [
        ("着装情况", "总体良好"),
        ("纪律秩序", "午后有窗口无人"),
    ]


def test_departments_that_begin_a_sentence_are_named_per_item() -> None:
    sections = {section.heading: section for section in synthetic("form_2023").sections}
    assert sections["政务工作动态"].departments == (
        (),
        ("生态环境厅", "交通运输厅", "省文物局"),
        ("省药监局", "应急管理厅"),
    )


def test_stars_make_no_difference_to_departments() -> None:
    starred = "一、动态\n1.本周, **水利厅**窗口培训。**商务厅**窗口走访企业。\n"
    plain = read_report(TOP + starred.replace("**", ""))
    assert read_report(TOP + starred).sections == plain.sections
    assert plain.sections[0].departments == (("水利厅", "商务厅"),)


def test_text_before_the_first_heading_stands_under_the_heading_of_the_whole() -> None:
    assert of("全市运转平稳，现通报如下。\n一、动态\n甲。\n")[0] == (1, "", ("全市运转平稳，现通报如下。",))
    read = read_report(TOP + "政务服务工作\n全市运转平稳，现通报如下。\n一、动态\n甲。\n")
    assert tree(read)[0][:2] == (1, "政务服务工作")
    assert read.heading == "政务服务工作"


def test_what_is_no_report_at_all_has_no_place() -> None:
    read = synthetic("not_a_report")
    assert [line.line for line in read.unplaced] == [1, 2, 3, 4]
    assert (read.sections, read.figures, read.title, read.heading) == ((), (), None, None)
