"""The life of a guide version: the whole table, four eyes, saving over each other, publishing, packaged guides."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, transaction

from yichuang.catalogue import commands, queries
from yichuang.catalogue.flow import VERSION_TRANSITIONS, ManualState, VersionState
from yichuang.catalogue.models import GuideVersion, Item, Manual
from yichuang.catalogue.tests.factories import (
    AT,
    EDITOR,
    WATER,
    both,
    editor,
    guide_data,
    item,
    item_list,
    published,
    publisher,
    regions,
    somebody,
)
from yichuang.journal.queries import facts_of
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused

LATER = AT + timedelta(days=3)
pytestmark = pytest.mark.django_db

COMMANDS: dict[str, Callable[..., GuideVersion]] = {
    "submit": commands.submit,
    "discard": commands.discard,
    "recall": commands.recall,
    "publish": commands.publish,
    "return": lambda pk, *, by, at: commands.return_(pk, "请补充依据", by=by, at=at),
    "retire": lambda pk, *, by, at: commands.retire(pk, "法律已修改", by=by, at=at),
}


def draft(by: Actor | None = None, **changes: Any) -> GuideVersion:
    """Version 2 of 取水许可 as a draft with changed elements."""
    if not Item.objects.filter(code=WATER).exists():
        published()
    by = by or editor()
    version = commands.start_draft(item(WATER), by=by, at=LATER)
    return commands.save_draft(version.pk, version.elements | changes, edit=version.edit, by=by, at=LATER)


def in_state(state: VersionState) -> GuideVersion:
    """A version in a state, reached by the commands."""
    version = draft(summary="改过的一句话说明")
    if state == VersionState.RETIRED:
        return commands.discard(version.pk, by=editor(), at=LATER)
    if state != VersionState.DRAFT:
        commands.submit(version.pk, by=editor(), at=LATER)
    if state == VersionState.PUBLISHED:
        commands.publish(version.pk, by=publisher(), at=LATER)
    return GuideVersion.objects.get(pk=version.pk)


def kinds(of: UUID) -> list[str]:
    """Kinds of the facts on a subject."""
    return [fact.kind for fact in facts_of(of)]


@pytest.mark.parametrize("state", list(VersionState))
@pytest.mark.parametrize("name", list(COMMANDS))
def test_every_state_with_every_move(state: VersionState, name: str) -> None:
    version = in_state(state)
    row = next((one for one in VERSION_TRANSITIONS if (one.name, one.source) == (name, state)), None)
    before = kinds(version.item_id)
    actor = publisher("second") if row and row.four_eyes else both("third")
    if row is None:
        with pytest.raises(Conflict):
            COMMANDS[name](version.pk, by=actor, at=LATER)
        assert GuideVersion.objects.get(pk=version.pk).state == state
        assert kinds(version.item_id) == before
        return
    COMMANDS[name](version.pk, by=actor, at=LATER)
    assert GuideVersion.objects.get(pk=version.pk).state == row.target
    assert len(kinds(version.item_id)) == len(before) + 1


@pytest.mark.parametrize("name", list(COMMANDS))
def test_no_move_without_its_capability(name: str) -> None:
    row = next(one for one in VERSION_TRANSITIONS if one.name == name)
    version = in_state(row.source)
    reader = somebody("reader", [EDITOR[0]], everywhere=True)
    with pytest.raises(Refused):
        COMMANDS[name](version.pk, by=reader, at=LATER)


def test_drafting_and_saving_leave_no_fact_and_every_move_one() -> None:
    version = draft(summary="改过的一句话说明")
    assert kinds(version.item_id) == ["guide.published"]
    commands.submit(version.pk, by=editor(), at=LATER)
    commands.return_(version.pk, "请补充依据", by=publisher(), at=LATER)
    fact = facts_of(version.item_id)[-1]
    assert (fact.kind, fact.ground, fact.data["number"]) == ("guide.returned", "请补充依据", 2)
    assert GuideVersion.objects.get(pk=version.pk).note == "请补充依据"


def test_whoever_wrote_a_word_of_it_may_not_publish_it() -> None:
    version = draft(by=both("writer"), summary="第一人所写")
    latest = commands.save_draft(
        version.pk, version.elements | {"summary": "第二人所写"}, edit=version.edit, by=editor(), at=LATER
    )
    commands.submit(latest.pk, by=both("sender"), at=LATER)
    with pytest.raises(Conflict, match="编写过"):
        commands.publish(version.pk, by=both("writer"), at=LATER)
    with pytest.raises(Conflict, match="由您提交"):
        commands.publish(version.pk, by=both("sender"), at=LATER)
    assert commands.publish(version.pk, by=publisher(), at=LATER).state == VersionState.PUBLISHED


@pytest.mark.parametrize("column", ["written_by_id", "submitted_by_id", "writers"])
def test_the_database_itself_refuses_two_eyes(column: str) -> None:
    version = in_state(VersionState.IN_REVIEW)
    GuideVersion.objects.filter(state=VersionState.PUBLISHED).update(state=VersionState.RETIRED)
    one = both("alone").id
    value: object = [one] if column == "writers" else one
    with pytest.raises(IntegrityError, match="four_eyes"), transaction.atomic():
        GuideVersion.objects.filter(pk=version.pk).update(
            **{column: value, "published_by_id": one, "state": VersionState.PUBLISHED}
        )


def test_publishing_supersedes_and_the_search_follows() -> None:
    version = in_state(VersionState.IN_REVIEW)
    first = item(WATER).current_id
    commands.publish(version.pk, by=publisher(), at=LATER)
    assert item(WATER).current_id == version.pk
    assert GuideVersion.objects.get(number=1).state == VersionState.RETIRED
    fact = facts_of(version.item_id)[-1]
    assert (fact.kind, fact.data["supersedes"]) == ("guide.published", str(first))
    assert [line.code for line in queries.search("改过的一句话").rows] == [WATER]


def test_a_retired_guide_can_no_longer_be_filed_under() -> None:
    version = published()
    commands.retire(version.pk, "法律已修改", by=publisher(), at=LATER)
    with pytest.raises(Missing, match="还没有发布"):
        queries.filing_guide(WATER)
    assert queries.filed_guide(version.pk).number == 1


def test_retiring_takes_a_reason() -> None:
    version = published()
    with pytest.raises(Invalid, match="理由"):
        commands.retire(version.pk, "  ", by=publisher(), at=LATER)
    assert queries.filing_guide(WATER).version_id == version.pk


def test_a_later_save_does_not_swallow_an_earlier_one() -> None:
    version = draft(summary="甲保存的说明")
    with pytest.raises(Conflict, match="已有人保存过"):
        commands.save_draft(version.pk, version.elements, edit=version.edit - 1, by=editor(), at=LATER)
    assert GuideVersion.objects.get(pk=version.pk).elements["summary"] == "甲保存的说明"


def test_what_has_not_the_shape_of_a_guide_is_not_saved() -> None:
    version = draft()
    broken = version.elements | {"visits_needed": "两次"}
    with pytest.raises(Invalid) as caught:
        commands.save_draft(version.pk, broken, edit=version.edit, by=editor(), at=LATER)
    assert "visits_needed" in caught.value.fields


def test_a_draft_may_be_wrong_but_not_handed_in() -> None:
    limits = guide_data()["limits"]
    version = draft(limits=limits | {"promised": limits["promised"] | {"days": 46}})
    assert version.promised_days == 46
    with pytest.raises(Invalid) as caught:
        commands.submit(version.pk, by=editor(), at=LATER)
    assert "limits.promised.days" in caught.value.fields
    assert GuideVersion.objects.get(pk=version.pk).state == VersionState.DRAFT


def test_publishing_checks_again_what_was_clean_when_handed_in() -> None:
    version = in_state(VersionState.IN_REVIEW)
    GuideVersion.objects.filter(pk=version.pk).update(elements=version.elements | {"conditions": []})
    with pytest.raises(Invalid):
        commands.publish(version.pk, by=publisher(), at=LATER)
    assert GuideVersion.objects.get(pk=version.pk).state == VersionState.IN_REVIEW


def test_a_draft_pressed_for_twice_is_one() -> None:
    published()
    first = commands.start_draft(item(WATER), by=editor(), at=LATER)
    assert commands.start_draft(item(WATER), by=both(), at=LATER).pk == first.pk


def test_a_bare_item_begins_with_a_blank_guide_that_cannot_be_handed_in() -> None:
    regions()
    code = "512C0053300008-511602000000-000-115113010833722043-1-00"
    commands.import_items(
        item_list(f"{code},学生资助政策咨询,20,区教科体局,511602000000"), "x", by=SYSTEM, at=AT
    )
    version = commands.start_draft(item(code), by=editor(), at=LATER)
    assert (version.number, version.elements["name"], version.elements["item_type"]) == (
        1,
        "学生资助政策咨询",
        "20",
    )
    with pytest.raises(Invalid) as caught:
        commands.submit(version.pk, by=editor(), at=LATER)
    assert {"summary", "conditions", "steps"} <= set(caught.value.fields)


def test_an_editor_writes_for_the_own_department_only() -> None:
    published()
    stranger = somebody("stranger", EDITOR)
    with pytest.raises(Refused, match="其他部门"):
        commands.start_draft(item(WATER), by=stranger, at=LATER)


def test_packaged_guides_are_published_once_and_a_changed_file_becomes_the_next_version() -> None:
    data = guide_data()
    file = [("water-taking.json", data)]
    regions()
    assert commands.load_guides(AT, file).published == (WATER,)
    assert commands.load_guides(AT, file).unchanged == (WATER,)
    changed = [("water-taking.json", data | {"summary": "新的一句话说明"})]
    assert commands.load_guides(LATER, changed).renewed == (WATER,)
    assert list(GuideVersion.objects.order_by("number").values_list("number", "state")) == [
        (1, "retired"),
        (2, "published"),
    ]
    assert kinds(item(WATER).pk) == ["guide.published", "guide.published"]


def test_a_changed_file_never_overrides_people() -> None:
    draft(summary="编辑人员写的说明")
    changed = [("water-taking.json", guide_data() | {"summary": "文件里的说明"})]
    assert commands.load_guides(LATER, changed).left == (WATER,)
    assert queries.filing_guide(WATER).number == 1


def test_a_guide_stays_with_the_item_of_its_list() -> None:
    regions()
    code = "511A0022300005-510000000000-000-699166855-1-00"
    commands.import_items(item_list(f"{code},首次申请", header="item_code,item_name"), "x", by=SYSTEM, at=AT)
    commands.load_guides(AT, [("x.json", guide_data(item_code=code, department="industry"))])
    assert Item.objects.filter(code=code).count() == 1
    assert queries.filing_guide(code).item_name == "首次申请"


@pytest.mark.parametrize(
    "changes", [{"conditions": []}, {"department": "nowhere"}, {"unknown": 1}, {"item_type": "77"}]
)
def test_a_packaged_guide_that_may_not_be_published_says_which(changes: dict[str, object]) -> None:
    regions()
    with pytest.raises(Invalid, match=r"broken\.json"):
        commands.load_guides(AT, [("broken.json", guide_data() | changes)])
    assert not GuideVersion.objects.exists()


def test_all_packaged_guides_load() -> None:
    loaded = commands.load_guides(AT)
    assert len(loaded.published) == len(set(loaded.published)) >= 12
    assert not loaded.left
    assert all(version.promised_days <= version.statutory_days for version in GuideVersion.objects.all())
    assert Item.objects.exclude(department__code="unassigned").count() == len(loaded.published)


def test_publishing_begins_the_manual_from_the_checklist_and_keeps_it_after() -> None:
    published()
    manual = Manual.objects.get(item__code=WATER)
    assert manual.state == ManualState.COMPILING
    assert any(point.startswith("取水许可申请书：") for point in manual.points)
    commands.save_manual(manual.pk, ["核对申请书"], edit=manual.edit, by=editor(), at=LATER)
    version = draft(summary="改过的一句话说明")
    commands.submit(version.pk, by=editor(), at=LATER)
    commands.publish(version.pk, by=publisher(), at=LATER)
    assert Manual.objects.get(pk=manual.pk).points == ["核对申请书"]


MANUAL_MOVES = ("publish", "revise", "suspend", "resume")
REACH: dict[ManualState, tuple[str, ...]] = {
    ManualState.COMPILING: (),
    ManualState.PUBLISHED: ("publish",),
    ManualState.SUSPENDED: ("publish", "suspend"),
}
ALLOWED = {
    (ManualState.COMPILING, "publish"): ManualState.PUBLISHED,
    (ManualState.PUBLISHED, "revise"): ManualState.COMPILING,
    (ManualState.PUBLISHED, "suspend"): ManualState.SUSPENDED,
    (ManualState.SUSPENDED, "resume"): ManualState.COMPILING,
}


@pytest.mark.parametrize("state", list(ManualState))
@pytest.mark.parametrize("name", MANUAL_MOVES)
def test_every_state_of_a_manual_with_every_move(state: ManualState, name: str) -> None:
    target = published().item_id
    for step in REACH[state]:
        commands.move_manual(target, step, by=both(), at=LATER)
    wanted = ALLOWED.get((state, name))
    if wanted is None:
        with pytest.raises(Conflict):
            commands.move_manual(target, name, by=both(), at=LATER)
        return
    assert commands.move_manual(target, name, by=both(), at=LATER).state == wanted
    assert kinds(target)[-1].startswith("manual.")


def test_a_manual_is_saved_with_care() -> None:
    target = published().item_id
    edit = Manual.objects.get(pk=target).edit
    for points, given, problem in ((["甲"], edit + 5, Conflict), (["长" * 501], edit, Invalid)):
        with pytest.raises(problem):
            commands.save_manual(target, points, edit=given, by=editor(), at=LATER)
    saved = commands.save_manual(target, [" ", "甲 ", ""], edit=edit, by=editor(), at=LATER)
    assert saved.points == ["甲"]
    commands.save_manual(target, [], edit=saved.edit, by=editor(), at=LATER)
    with pytest.raises(Invalid, match="还没有内容"):
        commands.publish_manual(target, by=publisher(), at=LATER)


def test_a_published_manual_is_not_edited_and_strangers_do_not_edit_at_all() -> None:
    target = published().item_id
    manual = commands.publish_manual(target, by=publisher(), at=LATER)
    assert manual.published_on is not None
    stranger = somebody("stranger", EDITOR)
    for by, problem in ((editor(), Conflict), (stranger, Refused), (publisher(), Refused)):
        with pytest.raises(problem):
            commands.save_manual(target, ["甲"], edit=manual.edit, by=by, at=LATER)


def test_what_is_not_there_is_missing() -> None:
    regions()
    nowhere = UUID(int=7)
    calls: list[Callable[[], object]] = [
        lambda: commands.submit(nowhere, by=both(), at=AT),
        lambda: commands.save_draft(nowhere, {}, edit=1, by=both(), at=AT),
        lambda: commands.save_manual(nowhere, [], edit=0, by=both(), at=AT),
        lambda: commands.publish_manual(nowhere, by=both(), at=AT),
    ]
    for call in calls:
        with pytest.raises(Problem) as caught:
            call()
        assert caught.value.status == 404
