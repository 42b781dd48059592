"""Importing lists: counts, flags, departments, revisions, and the same list again."""

import time

import pytest
from django.db import transaction

from yichuang.catalogue import commands, fixtures
from yichuang.catalogue.models import ImportRun, Item, ItemRevision
from yichuang.catalogue.rules.items import ItemFileProblem
from yichuang.catalogue.tests.factories import AT, DISTRICT, editor, item, item_list, publisher, regions
from yichuang.directory.models import Department
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Refused
from yichuang.kernel.tests.timing import quickest

SOUND = "511Z07001006-511602000000-000-11511301008778183N-1-00"
OTHER = "511Z07001007-511602000000-000-11511301008778183N-1-00"
DUMMY = "511A0014100001-511602000000-000-2222222222222-1-00"
SHORT = "511A0014100001-11511301008778183N"
RADIO = "511A0022300005-510000000000-000-699166855-1-00"

pytestmark = pytest.mark.django_db


def run(content: bytes, name: str = "list.csv", key: str | None = None) -> commands.ImportOutcome:
    """An import by the platform."""
    regions()
    return commands.import_items(content, name, by=SYSTEM, at=AT, key=key)


def row(
    code: str, name: str = "企业投资项目备案", department: str = "区经信局", task_type: str = "10"
) -> str:
    """One row of a district's list."""
    return f"{code},{name},{task_type},{department},{DISTRICT}"


def counts(outcome: commands.ImportOutcome) -> tuple[int, int, int, int]:
    """new, changed, unchanged, flagged."""
    return outcome.new, outcome.changed, outcome.unchanged, outcome.flagged


def test_the_district_list_gives_the_published_figures_in_time_and_twice_changes_nothing() -> None:
    content = (fixtures.FOLDER / "guangan_items.csv").read_bytes()
    outcomes: list[commands.ImportOutcome] = []

    def enter() -> None:
        """Whoever has to do it again finds the register as it was before."""
        if outcomes:
            transaction.savepoint_rollback(before)
        outcomes.append(run(content, "guangan_items.csv"))

    before = transaction.savepoint()
    assert quickest(enter, 5, clock=time.monotonic) < 5
    first = outcomes[-1]
    assert counts(first) == (1135, 0, 0, 123)
    assert all(one.reasons and one.row >= 2 for one in first.flagged_rows)
    assert Item.objects.exclude(flags=[]).count() == 123
    assert counts(run(content, "guangan_items.csv")) == (0, 0, 1135, 123)
    assert ItemRevision.objects.count() == 1135


def test_the_twelve_radio_items_stand_in_two_files_and_once_in_the_catalogue() -> None:
    outcomes = dict(commands.import_packaged_lists(by=SYSTEM, at=AT))
    assert counts(outcomes["chengdu_items.csv"])[0] == 30
    assert counts(outcomes["sichuan_radio_items.csv"]) == (0, 0, 12, 0)
    assert Item.objects.count() == 1135 + 30
    assert item(RADIO).department.code == "industry"
    assert item(RADIO).region_id == "510000000000"


def test_the_shape_for_other_programs_is_kept() -> None:
    figures = run(item_list(row(SOUND), row(DUMMY))).figures()
    assert figures == {
        "new": 2,
        "changed": 0,
        "unchanged": 0,
        "flagged": 1,
        "flagged_rows": [
            {"row": 3, "item_code": DUMMY, "reasons": ["实施主体码全部13位都是同一字符 2，是占位的假码"]}
        ],
    }


def test_a_department_comes_from_the_organisation_code_and_else_nobody_owns_the_item() -> None:
    run(item_list(row(SOUND), row(DUMMY, department="区交通运输局")))
    owner = item(SOUND).department
    assert (owner.name, owner.region_id, owner.credit_code) == ("区经信局", DISTRICT, "11511301008778183N")
    assert item(DUMMY).department.code == "unassigned"
    assert item(DUMMY).source["department_label"] == "区交通运输局"
    assert not Department.objects.filter(name="区交通运输局").exists()


def test_two_organisation_codes_under_one_name_are_one_department() -> None:
    second = "511Z07001008-511602000000-000-11511301008778220W-1-00"
    run(item_list(row(SOUND, department="区财政局"), row(second, department="区财政局")))
    assert item(SOUND).department_id == item(second).department_id
    assert Department.objects.filter(name="区财政局").count() == 1


def test_a_changed_row_is_a_new_revision_with_its_difference() -> None:
    run(item_list(row(SOUND), row(OTHER)))
    outcome = run(item_list(row(SOUND, name="企业投资项目备案（技术改造）"), row(OTHER)), "second.csv")
    assert counts(outcome) == (0, 1, 1, 0)
    newest = ItemRevision.objects.get(item__code=SOUND, number=2)
    assert newest.source_name == "second.csv"
    assert newest.changes == [
        {
            "field": "name",
            "label": "事项名称",
            "old": "企业投资项目备案",
            "new": "企业投资项目备案（技术改造）",
        }
    ]
    assert (item(SOUND).name, item(SOUND).revision) == ("企业投资项目备案（技术改造）", 2)
    assert item(OTHER).revision == 1


def test_a_column_that_the_list_lacks_is_no_change() -> None:
    run(item_list(row(SOUND)))
    narrow = item_list(f"{SOUND},企业投资项目备案", header="item_code,item_name")
    assert counts(run(narrow)) == (0, 0, 1, 0)
    assert item(SOUND).source["department_label"] == "区经信局"
    assert item(SOUND).department.name == "区经信局"


def test_the_twin_of_a_row_is_told_and_does_not_make_the_import_swing() -> None:
    twice = item_list(row(SOUND, name="甲"), row(SOUND, name="乙"))
    assert counts(run(twice)) == (1, 0, 1, 1)
    assert item(SOUND).name == "甲"
    assert counts(run(twice)) == (0, 0, 2, 1)


def test_dirty_rows_are_kept_whatever_they_hold() -> None:
    rows = (
        row("", name="没有编码"),
        row("x\x07y", name=""),
        row(SHORT, task_type="第九类"),
        row("511A", task_type="999"),
    )
    outcome = run(item_list(*rows))
    assert (outcome.new, outcome.flagged) == (4, 4)
    assert all(one.reasons for one in outcome.flagged_rows)
    assert outcome.flagged_rows[0].item_code == ""
    assert set(Item.objects.values_list("item_type", flat=True)) <= {"00", "01", "10"}
    assert counts(run(item_list(*rows))) == (0, 0, 4, 4)


def test_an_item_of_nobody_finds_its_department_once_that_is_registered() -> None:
    alone = item_list(f"{SOUND},备案", header="item_code,item_name")
    run(alone)
    assert item(SOUND).department.code == "unassigned"
    run(item_list(row(OTHER)))
    assert counts(run(alone)) == (0, 1, 0, 0)
    change = ItemRevision.objects.get(item__code=SOUND, number=2).changes[0]
    assert (change["label"], change["old"], change["new"]) == ("归属部门", "未归属部门", "区经信局")


def test_one_fact_stands_on_the_run() -> None:
    outcome = run(item_list(row(SOUND)))
    [fact] = facts_of(outcome.run_id)
    assert (fact.kind, fact.data["new"], fact.data["source"]) == ("items.imported", 1, "list.csv")
    assert facts_of(item(SOUND).pk) == []


def test_the_same_key_imports_once_and_gives_the_first_outcome() -> None:
    first = run(item_list(row(SOUND), row(DUMMY)), key="a" * 32)
    assert run(item_list(row(SOUND), row(DUMMY)), key="a" * 32) == first
    with pytest.raises(Conflict):
        run(item_list(row(OTHER)), key="a" * 32)
    with pytest.raises(Conflict):
        commands.import_items(item_list(row(SOUND), row(DUMMY)), "list.csv", by=editor(), at=AT, key="a" * 32)
    assert ImportRun.objects.count() == 1


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PK\x03\x04 workbook", b"\xff\xfe\x00\x00"])
def test_a_file_that_is_no_list_changes_nothing(content: bytes) -> None:
    with pytest.raises(ItemFileProblem):
        run(content)
    assert not ImportRun.objects.exists()


def test_only_those_who_may_import() -> None:
    regions()
    with pytest.raises(Refused):
        commands.import_items(item_list(row(SOUND)), "x", by=publisher(), at=AT)
    assert commands.import_items(item_list(row(SOUND)), "x", by=editor(), at=AT).new == 1


def test_divisions_and_departments_load_once() -> None:
    sql.execute("delete from directory_region")
    assert commands.load_divisions() == 3316
    assert commands.load_divisions() == 0
    made = commands.load_departments(AT)
    assert (made["water"].short_name, made["unassigned"].name) == ("水利厅", "未归属部门")
    before = Department.objects.count()
    commands.load_departments(AT)
    assert Department.objects.count() == before
