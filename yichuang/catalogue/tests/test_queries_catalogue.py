"""Finding items in Chinese, filing guides, scoping, lists for staff, coverage, and the number of statements."""

from datetime import timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from yichuang.catalogue import commands, queries
from yichuang.catalogue.flow import Audience
from yichuang.catalogue.models import GuideVersion, Item, Manual
from yichuang.catalogue.queries import DeskFilter
from yichuang.catalogue.queries.lines import PROVINCE
from yichuang.catalogue.tests.factories import (
    AT,
    DISTRICT,
    PUBLISHER,
    WATER,
    editor,
    guide_data,
    item,
    item_list,
    published,
    publisher,
    regions,
    somebody,
)
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, SYSTEM
from yichuang.kernel.errors import Invalid, Missing, Refused
from yichuang.kernel.paging import encode

LATER = AT + timedelta(days=3)
pytestmark = pytest.mark.django_db
CODE = "511A00794000{:02}-511602000000-000-115113016823646795-1-00"
NAMES = (
    "取水许可证新办审批",
    "取水许可证延续审批",
    "河道采砂许可",
    "地面无线电台（站）设置、使用许可",
    "ＡＢＣ证书补办",
    "雾",
)


def catalogue() -> None:
    """取水许可 with its guide, and six bare items of a district."""
    published()
    rows = [f"{CODE.format(n)},{name},1,区行政审批局,{DISTRICT}" for n, name in enumerate(NAMES)]
    commands.import_items(item_list(*rows), "district.csv", by=SYSTEM, at=AT)


def names(text: str) -> list[str]:
    """Names of what a question finds, best first."""
    return [line.name for line in queries.search(text).rows]


@pytest.mark.parametrize(
    ("text", "first", "size"),
    [
        ("取水", "取水许可", 3),
        ("采砂", "河道采砂许可", 1),
        ("雾", "雾", 1),
        ("台", "地面无线电台（站）设置、使用许可", 1),
        ("取水许可证", "取水许可证新办审批", 3),
        ("无线电台 许可", "地面无线电台（站）设置、使用许可", 1),
        ("abc", "ＡＢＣ证书补办", 1),
        ("511A0079400002", "河道采砂许可", 1),
        ("行政审批局", "ＡＢＣ证书补办", 6),
        ("水利厅", "取水许可", 1),
    ],
)
def test_questions_of_any_length_find_what_they_mean(text: str, first: str, size: int) -> None:
    catalogue()
    found = names(text)
    assert found[0] == first
    assert len(found) == size


@pytest.mark.parametrize(
    "text", ["水取", "许可水", "。，！", "不存在的事项", "'; drop table", "a & b | !", "\x00"]
)
def test_what_stands_nowhere_is_not_found(text: str) -> None:
    catalogue()
    assert names(text) == []


def test_name_before_text_guide_before_bare_province_before_district() -> None:
    catalogue()
    ranked = names("许可")
    assert ranked[0] == "取水许可"
    assert set(ranked[1:]) == {name for name in NAMES if "许可" in name}
    assert [len(name) for name in ranked[1:]] == sorted(len(name) for name in ranked[1:])


def test_filters_narrow_and_without_words_everything_is_listed() -> None:
    catalogue()
    district = item(CODE.format(0)).department_id
    assert queries.search().total == 7
    assert queries.search(department=district).total == 6
    assert [line.code for line in queries.search(region=PROVINCE).rows] == [WATER]
    assert queries.search(item_type="20").rows == []
    assert [line.code for line in queries.search(audience=[Audience.PERSON]).rows] == [WATER]
    assert queries.search(audience=[Audience.AUTHORITY]).rows == []


def test_pages_follow_each_other_without_gap_or_repetition() -> None:
    catalogue()
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page = queries.search("许可", after=after, size=2)
        seen += [line.code for line in page.rows]
        after = page.following
    assert after == ""
    assert len(seen) == len(set(seen)) == 5
    assert not queries.search("许可", after=encode(["0", "1", "x"])).is_first


@pytest.mark.parametrize("cursor", ["!!!", encode(["a"]), encode(["a", "b", "c", "d"])])
def test_a_cursor_that_was_tampered_with_is_refused(cursor: str) -> None:
    with pytest.raises(Invalid):
        queries.search("许可", after=cursor)


def test_a_sentence_that_nothing_answers_leads_to_what_is_near() -> None:
    catalogue()
    assert names("我要办取水许可证") == []
    near = [line.name for line in queries.nearby("我要办取水许可证")]
    assert near[0] == "取水许可"
    assert "雾" not in near
    assert queries.nearby("办") == queries.nearby("") == queries.nearby("毫不相干的话") == []


def test_the_front_page_shows_what_can_be_applied_for() -> None:
    catalogue()
    assert [line.code for line in queries.most_used()] == [WATER]


def test_an_item_that_is_switched_off_is_gone_from_the_public_site() -> None:
    catalogue()
    Item.objects.filter(code=WATER).update(is_active=False)
    assert WATER not in [line.code for line in queries.search("取水").rows]
    assert queries.item(WATER) is None
    with pytest.raises(Missing):
        queries.filing_guide(WATER)


def test_an_item_is_found_by_code_and_by_id() -> None:
    catalogue()
    found = queries.item(WATER)
    assert found is not None
    assert queries.item(found.pk) == queries.item(str(found.pk)) == found
    assert queries.item("nowhere") is None


def test_a_filing_guide_has_what_filing_needs() -> None:
    version = published()
    guide = queries.filing_guide(WATER)
    assert (guide.version_id, guide.number, guide.item_code) == (version.pk, 1, WATER)
    assert (guide.statutory_days, guide.promised_days) == (45, 35)
    assert (guide.department_code, guide.department_number, guide.document_word) == ("water", "119", "川水")
    assert (guide.item_type, guide.type_label, guide.region, guide.online) == (
        "01",
        "行政许可",
        PROVINCE,
        True,
    )
    assert guide.guide.form.field("applicant_name") is not None
    assert queries.filed_guide(version.pk) == guide


def test_a_bare_item_cannot_be_filed_under() -> None:
    catalogue()
    with pytest.raises(Missing, match="还没有发布"):
        queries.filing_guide(CODE.format(0))


def test_a_case_keeps_the_version_it_was_filed_under() -> None:
    first = published()
    changed = [("water-taking.json", guide_data(summary="新的一句话说明"))]
    commands.load_guides(LATER, changed)
    assert queries.filed_guide(first.pk).guide.summary != "新的一句话说明"
    assert queries.filing_guide(WATER).guide.summary == "新的一句话说明"


def test_drafts_are_for_staff_of_the_catalogue_only() -> None:
    published()
    draft = commands.start_draft(item(WATER), by=editor(), at=LATER)
    water = item(WATER)
    assert [v.number for v in queries.versions_of(water, by=editor())] == [2, 1]
    for outsider in (ANONYMOUS, somebody("clerk", [])):
        assert [v.number for v in queries.versions_of(water, by=outsider)] == [1]
        with pytest.raises(Missing):
            queries.version(draft.pk, by=outsider)
    with pytest.raises(Missing):
        queries.filed_guide(draft.pk)


def test_a_draft_given_up_stays_unseen() -> None:
    published()
    draft = commands.start_draft(item(WATER), by=editor(), at=LATER)
    commands.discard(draft.pk, by=editor(), at=LATER)
    assert [v.number for v in queries.versions_of(item(WATER), by=ANONYMOUS)] == [1]


def test_a_difference_is_told_in_words_and_names() -> None:
    first = published()
    data = guide_data(summary="新的一句话说明")
    data["materials"][0]["acceptance_standard"] = "新的标准"
    data["form"]["sections"][0]["fields"][1]["label"] = "申请人全称"
    commands.load_guides(LATER, [("water-taking.json", data)])
    second = GuideVersion.objects.get(number=2)
    changes = {change.label: (change.old, change.new) for change in queries.version_diff(first, second)}
    assert changes["一句话说明"][1] == "新的一句话说明"
    assert changes["申请材料 · “取水许可申请书” · 受理标准"][1] == "新的标准"
    assert changes["申请表 · 表单部分 · “申请人” · 填写项 · “申请人全称” · 名称"][1] == "申请人全称"
    assert queries.version_diff(first, first) == []


def test_the_desk_lists_by_flags_department_guide_and_work() -> None:
    catalogue()
    bad = "511A0014100001-511602000000-000-2222222222222-1-00"
    commands.import_items(item_list(f"{bad},客运线路许可,1,区交通局,{DISTRICT}"), "x", by=SYSTEM, at=AT)
    by = editor()

    def codes(**filters: object) -> set[str]:
        page = queries.desk_items(DeskFilter(**filters), by=by)  # type: ignore[arg-type]
        assert len(page.rows) == queries.desk_count(DeskFilter(**filters), by=by)  # type: ignore[arg-type]
        return {item.code for item in page.rows}

    assert codes(flagged=True) == {bad}
    assert [item.code for item in queries.flagged_items(by=by).rows] == [bad]
    assert codes(has_guide=True) == {WATER}
    assert len(codes(has_guide=False)) == 7
    assert codes(text="客运") == {bad}
    assert codes(text="？") == set()
    assert codes(department=item(bad).department_id) == {bad}
    commands.start_draft(item(bad), by=by, at=LATER)
    assert codes(in_work=True) == {bad}
    assert [version.item.code for version in queries.versions_in_work(by=by)] == [bad]


def test_the_desk_is_closed_without_the_capability() -> None:
    published()
    outsider = somebody("clerk", [])
    for call in (
        lambda: queries.desk_items(DeskFilter(), by=outsider),
        lambda: queries.desk_item(UUID(int=1), by=outsider),
        lambda: queries.import_runs(by=outsider),
        lambda: queries.import_run(UUID(int=1), by=outsider),
        lambda: queries.manuals(by=outsider),
        lambda: queries.versions_in_work(by=outsider),
    ):
        with pytest.raises(Refused):
            call()


def test_the_manual_of_an_item_is_public_once_published() -> None:
    water = published().item
    assert queries.manual_of(water, by=ANONYMOUS) is None
    assert queries.manual_of(water, by=publisher()) is not None
    commands.publish_manual(water.pk, by=publisher(), at=LATER)
    assert queries.manual_of(water, by=ANONYMOUS) is not None


def test_coverage_is_counted_by_department_and_in_all() -> None:
    catalogue()
    commands.publish_manual(item(WATER).pk, by=publisher(), at=LATER)
    whole, rows = queries.manual_coverage()
    assert (whole.covered, whole.total, whole.percent) == (1, 7, Decimal("14.29"))
    assert [(row.department, row.coverage.covered, row.coverage.total) for row in rows] == [
        ("水利厅", 1, 1),
        ("区行政审批局", 0, 6),
    ]


def test_the_published_coverage_figure_comes_out() -> None:
    regions()
    department = commands.load_departments(AT)["water"]
    made = [
        Item(
            id=UUID(int=n + 1),
            code=f"c{n}",
            name=f"事项{n}",
            item_type="01",
            department=department,
            region_id=PROVINCE,
        )
        for n in range(1655)
    ]
    Item.objects.bulk_create(made)
    Manual.objects.bulk_create(
        Manual(item=one, state="published", published_on=AT.date(), changed_at=AT, changed_by_name="x")
        for one in made[:1064]
    )
    assert queries.manual_coverage()[0].percent == Decimal("64.29")


def test_manuals_are_listed_by_department_and_state() -> None:
    catalogue()
    by = publisher()
    assert [manual.item.code for manual in queries.manuals(by=by).rows] == [WATER]
    assert queries.manuals(by=by, state="published").rows == []
    assert queries.manuals(by=by, department=item(CODE.format(0)).department_id).rows == []


@pytest.mark.parametrize("size", [2, 7])
def test_lists_take_the_same_few_statements_whatever_their_length(size: int) -> None:
    catalogue()
    by = somebody("many", PUBLISHER, everywhere=True)
    with sql.counting() as statements:
        page = queries.search("许可", size=size)
        assert [line.type_label for line in page.rows]
    assert len(statements) == 1
    with sql.counting() as statements:
        rows = queries.desk_items(DeskFilter(), by=by, size=size).rows
        assert [(row.department.name, row.region.name, row.current and row.current.number) for row in rows]
    assert len(statements) == 1
    with sql.counting() as statements:
        queries.manual_coverage()
    assert len(statements) == 1
    found = queries.filing_guide(WATER)
    with sql.counting() as statements:
        assert queries.filing_guide(WATER) == found
    assert len(statements) == 1
