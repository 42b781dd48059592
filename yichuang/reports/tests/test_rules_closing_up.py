"""Numbering closes up for every subset of empty sections, in every form, whatever stands under the headings."""

import re
from datetime import date
from itertools import chain, combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.reports.flow import SectionKind
from yichuang.reports.rules.composition import Frame, chinese, closed_up, compose, ordinal, with_items
from yichuang.reports.rules.content import Content, Imprint, Item, VisitEntry
from yichuang.reports.rules.document import Document, Part, plain
from yichuang.reports.tests.test_rules_composition import FRAME, figures, form, visit

NEWS = {"environment": "优化营商环境工作开展情况", "efficiency": "窗口服务效能提升工作情况"}
WRITTEN = (*NEWS, "visits", "inspection")
# What the platform counts stands under its headings in every issue of the form of 2023.
COUNTED = ("（一）省本级综窗办件情况", "（二）事项授权及受理手册编制推进情况")
SUBSETS = list(chain.from_iterable(combinations(WRITTEN, size) for size in range(len(WRITTEN) + 1)))


def content(filled: tuple[str, ...], items: int = 1) -> Content:
    """Content in which just these sections say something."""
    return Content(
        items={
            key: tuple(Item(f"{key}-{n}", f"第{n}条动态。") for n in range(items))
            for key in NEWS
            if key in filled
        },
        visits=tuple(visit(n + 1) for n in range(items)) if "visits" in filled else (),
        inspection={"dress": "总体情况良好", "order": "良好"} if "inspection" in filled else {},
    )


def document(written: Content, code: str = "2022") -> Document:
    return compose(form(code), written, FRAME, figures(form(code)))


def headings(made: Document) -> list[str]:
    return [part.number + part.heading for part in made.parts if part.heading and not part.run_in]


def expected(filled: tuple[str, ...]) -> list[str]:
    """The headings by hand: figures always, news where one of its three says something, then the inspection."""
    lines = ["一、省级政务服务事项受理办理情况"]
    news = [NEWS[key] for key in NEWS if key in filled] + ["厅（局）长进大厅"] * ("visits" in filled)
    if news:
        lines.append("二、窗口工作动态")
        lines += [f"（{'一二三'[place]}）{heading}" for place, heading in enumerate(news)]
    if "inspection" in filled:
        lines.append(f"{'三' if news else '二'}、大厅巡查情况")
    return lines


@pytest.mark.parametrize("filled", SUBSETS, ids="+".join)
@pytest.mark.parametrize("items", [1, 2, 11])
def test_every_subset_of_sections_is_numbered_from_one(filled: tuple[str, ...], items: int) -> None:
    assert headings(document(content(filled, items))) == expected(filled)


@pytest.mark.parametrize("filled", SUBSETS, ids="+".join)
def test_the_items_of_every_section_begin_at_one_again(filled: tuple[str, ...]) -> None:
    made = document(content(filled, 3))
    numbers = [part.number for part in made.parts if part.level == 4]
    assert numbers == ["（1）", "（2）", "（3）"] * len([key for key in filled if key != "inspection"])


@pytest.mark.parametrize("filled", SUBSETS, ids="+".join)
def test_one_item_alone_has_no_number(filled: tuple[str, ...]) -> None:
    made = document(content(filled, 1))
    assert not [part for part in made.parts if part.level == 4]
    assert sum(line == "第0条动态。" for line in made.lines) == len([key for key in filled if key in NEWS])


def test_blank_items_are_as_good_as_none() -> None:
    blank = Content(
        items={"environment": (Item("1", " \n\t\n"), Item("2", "")), "efficiency": (Item("3", "　"),)}
    )
    assert headings(document(blank)) == expected(())
    one = Content(items={"environment": (Item("1", " \n"), Item("2", "只有这条。"))})
    assert document(one).lines[-2:] == ("（一）优化营商环境工作开展情况", "只有这条。")


def test_an_inspection_of_blank_results_drops_out_with_its_opening() -> None:
    made = document(Content(inspection={"dress": " ", "order": ""}))
    assert headings(made) == expected(())
    assert "巡查" not in "".join(made.lines)


@pytest.mark.parametrize("count", range(1, 7))
def test_inspection_results_are_numbered_in_the_order_of_the_form(count: int) -> None:
    asked = form().inspection
    results = {row.key: f"结果{place}" for place, row in reversed(list(enumerate(asked[-count:])))}
    made = document(Content(inspection=results))
    printed = [part for part in made.parts if part.run_in]
    assert [part.number for part in printed] == [f"（{chinese(n)}）" for n in range(1, count + 1)]
    assert [part.heading for part in printed] == [row.heading for row in asked[-count:]]
    assert [part.lines[0] for part in printed] == [
        f"（{chinese(n + 1)}）{row.heading}。结果{n}。" for n, row in enumerate(asked[-count:])
    ]


@pytest.mark.parametrize(
    ("filled", "first"),
    [
        ((), []),
        (("news",), ["政务工作动态"]),
        (("visits",), ["厅（局）长进大厅"]),
        (("others",), []),
        (("news", "others"), ["政务工作动态"]),
        (("visits", "others"), ["厅（局）长进大厅"]),
        (("news", "visits", "others"), ["政务工作动态", "厅（局）长进大厅"]),
    ],
)
def test_the_form_of_2023_closes_up_too(filled: tuple[str, ...], first: list[str]) -> None:
    written = Content(
        items={key: (Item("1", "甲。"),) for key in ("news", "others") if key in filled},
        visits=(visit(1),) if "visits" in filled else (),
    )
    lines = [f"{chinese(place + 1)}、{each}" for place, each in enumerate([*first, "综窗改革攻坚行动"])]
    others = ["（三）其它工作开展情况"] if "others" in filled else []
    assert headings(document(written, "2023")) == [*lines, *COUNTED, *others]


def test_items_of_2023_are_numbered_with_a_point() -> None:
    written = Content(items={"news": (Item("1", "甲。"), Item("2", "乙。"))})
    lines = document(written, "2023").lines
    assert lines[:4] == ("一、政务工作动态", "1.甲。", "2.乙。", "二、综窗改革攻坚行动")


def test_the_form_of_another_centre_prints_only_what_it_was_given() -> None:
    made = document(Content(imprint=Imprint({"报": " ", "发": "各窗口"}, 0)), "other")
    assert (made.parts, made.title, made.copies_text) == ((), "", "")
    assert made.distribution == (("发", "各窗口"),)


@pytest.mark.parametrize(
    ("level", "number", "printed"),
    [
        (1, 1, "一、"), (1, 10, "十、"), (1, 99, "九十九、"), (1, 100, "100、"), (2, 2, "（二）"),
        (2, 21, "（二十一）"), (2, 120, "（120）"), (3, 3, "3."), (3, 140, "140."), (4, 4, "（4）"), (4, 60, "（60）"),
    ],
)  # fmt: skip
def test_numbers_of_every_level(level: int, number: int, printed: str) -> None:
    assert ordinal(level, number) == printed


def test_a_text_with_more_than_ninety_nine_headings_is_still_numbered() -> None:
    kept = closed_up([Part(1, heading="题", paragraphs=(plain("话。"),)) for _ in range(120)])
    assert [part.number for part in kept[97:102]] == ["九十八、", "九十九、", "100、", "101、", "102、"]


def test_with_items_leaves_out_what_has_no_paragraph() -> None:
    head = Part(2, heading="题")
    assert list(with_items(head, [], 4)) == [head]
    assert list(with_items(head, [(), ("甲。", "乙。"), ()], 4)) == [
        Part(2, heading="题", paragraphs=(plain("甲。"), plain("乙。")))
    ]
    assert [part.level for part in with_items(head, [("甲。",), ("乙。",)], 4)] == [2, 4, 4]


words = st.text(alphabet="甲乙丙，。 \n", max_size=12)
items = st.lists(words.map(lambda text: Item("x", text)), max_size=4).map(tuple)
visits = st.lists(
    st.builds(VisitEntry, st.just("v"), st.none(), st.just("近日"), st.just("张示例"), st.just("厅长"),
              st.just("水利厅"), words),
    max_size=3,
).map(tuple)  # fmt: skip
contents = st.builds(
    Content,
    items=st.fixed_dictionaries({"environment": items, "efficiency": items}),
    visits=visits,
    inspection=st.dictionaries(st.sampled_from([row.key for row in form().inspection]), words, max_size=6),
    imprint=st.builds(
        Imprint, st.dictionaries(st.sampled_from("报送发"), words, max_size=3), st.integers(0, 500)
    ),
)


@given(contents)
def test_whatever_is_written_levels_never_skip_and_numbers_never_jump(written: Content) -> None:
    made = document(written)
    open_levels: dict[int, int] = {}
    for part in made.parts:
        assert part.heading or part.speaks
        parents = [level for level in open_levels if level < part.level]
        assert part.level == 1 or parents, "an item without a heading above it"
        open_levels = {level: count for level, count in open_levels.items() if level <= part.level}
        open_levels[part.level] = open_levels.get(part.level, 0) + 1
        assert part.number == ordinal(part.level, open_levels[part.level])


@given(contents)
def test_whatever_is_written_is_printed_once_and_nothing_else(written: Content) -> None:
    printed = "".join(document(written).lines)
    stated = [
        text
        for spec in form().of_kind(SectionKind.NEWS)
        for item in written.of(spec.key)
        for text in item.paragraphs
    ]
    assert all(text in printed for text in stated)
    assert printed.count("张示例") == len(written.visits)
    letters = sum(len(re.sub(r"\s", "", text)) for text in stated)
    bare = Content(visits=written.visits, inspection=written.inspection)
    without = "".join(document(bare).lines)
    assert len(re.sub(r"\s", "", printed)) >= len(re.sub(r"\s", "", without)) + letters


@given(contents)
def test_headings_stand_only_over_something(written: Content) -> None:
    parts = document(written).parts
    for place, part in enumerate(parts):
        below = parts[place + 1] if place + 1 < len(parts) else None
        assert part.speaks or (below is not None and below.level > part.level)


@given(contents)
def test_composing_twice_gives_the_same_document(written: Content) -> None:
    assert document(written) == document(written)


def test_the_year_of_the_figures_begins_on_its_first_of_january() -> None:
    frame = Frame(date(2022, 12, 26), date(2023, 1, 6), "", "示例中心", "", date(2023, 1, 9))
    made = compose(form(), Content(), frame, figures(form()))
    assert made.lines[1].startswith("据本平台办件数据统计，2023年1月1日至2023年1月6日，")
    assert made.period_text == "（2022年12月26日—2023年1月6日）"
