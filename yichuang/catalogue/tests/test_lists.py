"""Licence lists, legal texts and the reviews that follow: rules, publishing refused, flow of a review, rights."""

from dataclasses import replace
from datetime import date, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue import commands
from yichuang.catalogue.commands import laws as laws_commands
from yichuang.catalogue.commands.departments import PROVINCE
from yichuang.catalogue.commands.laws import TextForm, register_text
from yichuang.catalogue.commands.lists import ListForm, register_list, save_entries, save_list
from yichuang.catalogue.commands.lists_tasks import answer_task, assign_task, dismiss_task, reopen_task
from yichuang.catalogue.flow.lists import TASK_TRANSITIONS, TaskState, task_move
from yichuang.catalogue.models import GuideVersion, Item, LegalVersion, LicenceList, ReviewTask
from yichuang.catalogue.queries.laws import concerned_by_text, legal_texts
from yichuang.catalogue.queries.lists import (
    concerned_by,
    licence_lists,
    list_in_force,
    listing,
    offers,
    unused_entries,
)
from yichuang.catalogue.queries.lists_tasks import TaskFilter, task, task_counts, tasks
from yichuang.catalogue.rules.lists import (
    Entry,
    Licence,
    affected_by_list,
    article_numbers,
    chinese_number,
    cited_articles,
    law_key,
    name_key,
    read_lines,
    read_table,
)
from yichuang.catalogue.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

DAY = date(2022, 5, 13)
DUE = DAY + timedelta(days=30)
FORM = ListForm("示例省行政许可事项清单（2022年版）", "川示发〔2022〕18号", DAY, DAY, None, PROVINCE)
TEXT = TextForm("取水许可和水资源费征收管理条例", "amended", "示例令第1号", DAY, DAY, None, "第四条", "", DUE)


def keeper(*, everywhere: bool = True, of: str = "centre_catalogue") -> Actor:
    capabilities = [Capability.CATALOGUE_READ, Capability.CATALOGUE_LISTS, Capability.CATALOGUE_EDIT]
    return make.somebody(f"keeper-{of}-{everywhere}", capabilities, of=of, everywhere=everywhere)


def registered(lines: str, *, form: ListForm = FORM, by: Actor | None = None) -> tuple[LicenceList, int]:
    who = by or keeper()
    made = save_list(form, by=who, at=make.AT, key=uuid4().hex)
    save_entries(made.pk, lines, edit=made.edit, by=who, at=make.AT)
    return register_list(made.pk, due_on=DUE, edit=made.edit + 1, by=who, at=make.AT)


# Rules.


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("四", 4),
        ("十", 10),
        ("十二", 12),
        ("四十二", 42),
        ("一百零五", 105),
        ("一百一十", 110),
        ("二百", 200),
        ("7", 7),
    ],
)
def test_chinese_numbers(text: str, number: int) -> None:
    assert chinese_number(text) == number


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("第四十二条第一款", {42}),
        ("第二条、第四条", {2, 4}),
        ("第三条至第六条、第九条", {3, 4, 5, 6, 9}),
        ("第12条", {12}),
        ("全文", set()),
        ("第九条至第三条", {9, 3}),
    ],
)
def test_articles_of_a_citation(text: str, numbers: set[int]) -> None:
    assert article_numbers(text) == numbers


@given(st.integers(1, 999))
def test_any_article_number_is_read_back(number: int) -> None:
    digits = "零一二三四五六七八九"
    hundreds, tens, ones = number // 100, number // 10 % 10, number % 10
    text = f"{digits[hundreds]}百" if hundreds else ""
    text += f"{digits[tens]}十" if tens else ("零" if hundreds and ones else "")
    text += digits[ones] if ones else ""
    assert chinese_number(text) == number
    assert article_numbers(f"第{text}条") == {number}


def test_names_are_compared_without_signs() -> None:
    assert name_key("取水许可（省级）") == name_key(" 取水许可(省级) ")
    assert law_key("《中华人民共和国水法》") == law_key("水法")
    assert name_key("取水许可") != name_key("取水许可证")


def test_a_guide_cites_a_text_by_article_or_as_a_whole() -> None:
    elements: dict[str, Any] = {
        "legal_basis": [
            {"law": "中华人民共和国水法", "article": "第七条、第四十八条"},
            {"law": "示例条例", "article": ""},
        ],
        "limits": {"statutory": {"basis": "《中华人民共和国行政许可法》第四十二条第一款"}},
    }
    assert cited_articles(elements, law_key("水法"), [48]) == ("第七条、第四十八条",)
    assert cited_articles(elements, law_key("水法"), [9]) is None
    assert cited_articles(elements, law_key("水法"), []) == ("第七条、第四十八条",)
    assert cited_articles(elements, law_key("示例条例"), [3]) == ("未写条款",)
    assert cited_articles(elements, law_key("行政许可法"), [42]) == ("第四十二条第一款",)
    assert cited_articles(elements, law_key("防洪法"), []) is None


def test_what_a_new_list_changes() -> None:
    licences = [Licence(n, (name,)) for n, name in enumerate(["甲许可", "乙许可", "丙许可", "丁许可"])]
    before = {name_key(n): Entry(n, "水利部门", "水法") for n in ("甲许可", "乙许可", "丁许可")}
    now = {
        name_key(n): Entry(n, d, b)
        for n, d, b in (
            ("甲许可", "水利部门", "《水法》"),
            ("乙许可", "生态部门", "防洪法"),
            ("丙许可", "水利部门", ""),
        )
    }
    assert affected_by_list(licences, now, before) == [
        (1, "新清单修改了实施机关、设定依据"),
        (2, "新清单增加了这项许可：核对名称、实施机关和设定依据"),
        (3, "新清单中没有这项许可：应当停用指南或者核对名称"),
    ]
    assert [item for item, _ in affected_by_list(licences, now, None)] == [0, 1, 2, 3]


def test_entries_are_read_from_lines_and_tables_and_faults_are_named() -> None:
    read = read_lines("取水许可｜水利部门｜水法\n\n甲|乙部门\n取水许可 ｜丙部门\n｜丁\n戊｜")
    assert read.entries == (Entry("取水许可", "水利部门", "水法"), Entry("甲", "乙部门"))
    assert [line for line, _ in read.problems] == [4, 5, 6]
    table = read_table('\ufeff序号,事项名称,实施机关,设定和实施依据\n1,取水许可,水利部门,"水法,第七条"\n')
    assert table.entries == (Entry("取水许可", "水利部门", "水法,第七条"),)
    assert read_lines("\n".join(entry.line for entry in read.entries)).entries == read.entries
    with pytest.raises(ValueError, match="事项名称"):
        read_table("名字,别的\n甲,乙\n")


# Publishing.


def ready_for_publishing(version: GuideVersion) -> GuideVersion:
    draft = commands.start_draft(version.item, by=make.editor(), at=make.AT)
    return commands.submit(draft.pk, by=make.editor(), at=make.AT)


@pytest.mark.django_db
def test_a_licence_absent_from_the_list_in_force_is_not_published() -> None:
    version = ready_for_publishing(make.published())
    registered("另一项许可｜示例部门")
    with pytest.raises(
        Invalid, match="不在施行中的《示例省行政许可事项清单（2022年版）》（川示发〔2022〕18号）内"
    ) as caught:
        commands.publish(version.pk, by=make.publisher(), at=make.AT)
    assert set(caught.value.fields) == {"name"}
    assert GuideVersion.objects.get(pk=version.pk).state == "in_review"


@pytest.mark.django_db
@pytest.mark.parametrize("lines", ["取水许可｜水利部门", "「取水许可」｜水利部门"])
def test_a_listed_licence_is_published(lines: str) -> None:
    version = ready_for_publishing(make.published())
    registered(lines)
    assert commands.publish(version.pk, by=make.publisher(), at=make.AT).state == "published"


@pytest.mark.django_db
def test_without_a_list_in_force_nothing_is_checked() -> None:
    version = ready_for_publishing(make.published())
    tomorrow = DAY + timedelta(days=1)
    registered("另一项许可｜示例部门", form=replace(FORM, effective_on=tomorrow))
    found = listing(version.item, version.elements, DAY)
    assert found is not None
    assert not found.absent
    assert commands.publish(version.pk, by=make.publisher(), at=make.AT).state == "published"
    later = listing(version.item, version.elements, tomorrow)
    assert later is not None
    assert later.absent


@pytest.mark.django_db
def test_what_is_no_licence_stands_in_no_list_but_cannot_hide_by_its_type() -> None:
    item = make.published().item
    registered("另一项许可｜示例部门")
    elements = make.guide_data(item_type="20")
    hidden = listing(item, elements, DAY)
    assert hidden is not None
    assert hidden.absent
    Item.objects.filter(pk=item.pk).update(item_type="20")
    item.refresh_from_db()
    assert listing(item, elements, DAY) is None


@pytest.mark.django_db
def test_the_list_that_took_effect_last_holds_until_it_expires() -> None:
    make.published()
    first, _ = registered("取水许可｜水利部门")
    second = replace(
        FORM,
        document_number="川示发〔2023〕1号",
        effective_on=DAY + timedelta(days=10),
        expires_on=DAY + timedelta(days=20),
    )
    new, _ = registered("取水许可｜水利部门", form=second)
    for offset, expected in (
        (-1, None),
        (0, first.pk),
        (9, first.pk),
        (10, new.pk),
        (20, new.pk),
        (21, first.pk),
    ):
        found = list_in_force(PROVINCE, DAY + timedelta(days=offset))
        assert (found.pk if found else None) == expected


@pytest.mark.django_db
def test_packaged_guides_of_unlisted_licences_wait() -> None:
    make.regions()
    commands.load_departments(make.AT)
    registered("另一项许可｜示例部门")
    assert commands.load_guides(make.AT, [("water-taking.json", make.guide_data())]).left == (make.WATER,)


# Lists as records.


@pytest.mark.django_db
def test_a_list_becomes_tasks_once_and_is_then_never_edited() -> None:
    item = make.published().item
    found, count = registered("取水许可｜水利部门\n未列目录的许可｜示例部门")
    assert count == 1
    only = ReviewTask.objects.get()
    assert (only.item_id, only.department_id, only.due_on, only.state) == (
        item.pk,
        item.department_id,
        DUE,
        "open",
    )
    assert [fact.data["tasks"] for fact in facts_of(found.pk)] == [1]
    assert [entry.name for entry in unused_entries(found)] == ["未列目录的许可"]
    for act in (
        lambda: save_entries(found.pk, "甲｜乙", edit=found.edit, by=keeper(), at=make.AT),
        lambda: register_list(found.pk, due_on=DUE, edit=found.edit, by=keeper(), at=make.AT),
        lambda: save_list(FORM, list_id=found.pk, edit=found.edit, by=keeper(), at=make.AT),
    ):
        with pytest.raises(Conflict, match="已经登记"):
            act()


@pytest.mark.django_db
def test_what_is_asked_of_a_list() -> None:
    make.regions()
    who = keeper()
    with pytest.raises(Invalid) as caught:
        save_list(ListForm(" ", "", None, None, None, "x"), by=who, at=make.AT)
    assert set(caught.value.fields) == {"title", "document_number", "issued_on", "effective_on", "region"}
    with pytest.raises(Invalid) as caught:
        save_list(replace(FORM, effective_on=DAY - timedelta(days=1)), by=who, at=make.AT)
    assert set(caught.value.fields) == {"effective_on"}
    made = save_list(FORM, by=who, at=make.AT, key="k" * 9)
    assert save_list(FORM, by=who, at=make.AT, key="k" * 9).pk == made.pk
    with pytest.raises(Conflict, match="已经登记过"):
        save_list(FORM, by=who, at=make.AT, key="m" * 9)
    with pytest.raises(Invalid, match="还没有条目"):
        register_list(made.pk, due_on=DUE, edit=made.edit, by=who, at=make.AT)
    with pytest.raises(Invalid, match="有1行"):
        save_entries(made.pk, "甲", edit=made.edit, by=who, at=make.AT)
    with pytest.raises(Conflict, match="已有人保存过"):
        save_entries(made.pk, "甲｜乙", edit=made.edit + 1, by=who, at=make.AT)
    save_entries(made.pk, "甲｜乙", edit=made.edit, by=who, at=make.AT)
    with pytest.raises(Invalid) as caught:
        register_list(made.pk, due_on=DAY - timedelta(days=1), edit=made.edit + 1, by=who, at=make.AT)
    assert set(caught.value.fields) == {"due_on"}


@pytest.mark.django_db
def test_saving_the_head_twice_with_one_key_is_answered_as_once_also_after_registering() -> None:
    make.regions()
    who = keeper()
    made = save_list(FORM, by=who, at=make.AT, key="k" * 9)
    save = partial(
        save_list, replace(FORM, title="改过的清单"), by=who, at=make.AT, list_id=made.pk, edit=made.edit
    )
    assert [save(key="n" * 9).edit for _ in range(2)] == [made.edit + 1] * 2
    with pytest.raises(Conflict, match="已有人保存过"):
        save(key="o" * 9)
    save_entries(made.pk, "甲｜乙", edit=made.edit + 1, by=who, at=make.AT)
    register_list(made.pk, due_on=DUE, edit=made.edit + 2, by=who, at=make.AT)
    assert save(key="n" * 9).title == "改过的清单"
    with pytest.raises(Conflict, match="已经登记"):
        save(key="o" * 9)


@pytest.mark.django_db
def test_lists_and_texts_are_kept_by_those_who_reach_every_department() -> None:
    make.published()
    reader = make.somebody("reader", [Capability.CATALOGUE_READ], everywhere=True)
    local = keeper(everywhere=False, of="water")
    for by in (reader, local):
        with pytest.raises(Refused):
            save_list(FORM, by=by, at=make.AT)
        with pytest.raises(Refused):
            register_text(TEXT, by=by, at=make.AT, key="k" * 9)
    with sql.counting() as statements:
        licence_lists(by=reader)
    assert len(statements) == 1


@pytest.mark.django_db
def test_a_second_list_asks_only_about_what_it_changes() -> None:
    make.published()
    registered("取水许可｜水利部门｜水法")
    same = replace(FORM, document_number="川示发〔2023〕1号")
    assert registered("取水许可｜水利部门｜《水法》", form=same)[1] == 0
    other = replace(FORM, document_number="川示发〔2023〕2号")
    new, count = registered("取水许可｜生态部门｜水法", form=other)
    assert count == 1
    assert concerned_by(new)[0].why == "新清单修改了实施机关"


# Legal texts.


@pytest.mark.django_db
def test_an_amended_text_yields_the_guides_that_cite_its_articles() -> None:
    item = make.published().item
    version, count = register_text(TEXT, by=keeper(), at=make.AT, key="k" * 9)
    assert count == 1
    assert ReviewTask.objects.get(law=version).item_id == item.pk
    assert register_text(TEXT, by=keeper(), at=make.AT, key="k" * 9)[0].pk == version.pk
    with pytest.raises(Conflict, match="已经登记过"):
        register_text(TEXT, by=keeper(), at=make.AT, key="m" * 9)
    none = replace(TEXT, document_number="示例令第2号", articles="第九百条")
    again, count = register_text(none, by=keeper(), at=make.AT, key="n" * 9)
    assert (count, again.text_id) == (0, version.text_id)
    assert concerned_by_text("《没有这部法》", ()) == []
    assert LegalVersion.objects.count() == 2
    with sql.counting() as statements:
        assert len(legal_texts(by=keeper(), text="取水").rows) == 2
    assert len([one for one in statements if "catalogue_legalversion" in one]) == 1


def test_what_is_asked_of_a_text() -> None:
    empty = TextForm("", "x", "", None, None, None, "四", "", None)
    with pytest.raises(Invalid) as caught:
        laws_commands.checked(empty, DAY)
    assert set(caught.value.fields) == {
        "title",
        "change",
        "document_number",
        "issued_on",
        "effective_on",
        "articles",
        "due_on",
    }
    late = replace(TEXT, effective_on=DAY - timedelta(days=1), expires_on=DAY - timedelta(days=2))
    with pytest.raises(Invalid) as caught:
        laws_commands.checked(late, DAY)
    assert set(caught.value.fields) == {"effective_on", "expires_on"}


# The flow of a review.


def one_review() -> ReviewTask:
    make.published()
    register_text(TEXT, by=keeper(), at=make.AT, key="k" * 9)
    return ReviewTask.objects.get()


def next_version(review: ReviewTask) -> GuideVersion:
    draft = commands.start_draft(review.item, by=make.editor(), at=make.AT)
    commands.submit(draft.pk, by=make.editor(), at=make.AT)
    return commands.publish(draft.pk, by=make.publisher(), at=make.AT)


def act(review: ReviewTask, name: str, version: GuideVersion) -> ReviewTask:
    by, edit = keeper(), ReviewTask.objects.get(pk=review.pk).edit
    if name == "assign":
        return assign_task(review.pk, person=by.id, due_on=DUE, edit=edit, by=by, at=make.AT)
    if name == "done":
        return answer_task(review.pk, version=version.pk, edit=edit, by=by, at=make.AT)
    if name == "not_affected":
        return dismiss_task(review.pk, reason="依据未变", edit=edit, by=by, at=make.AT)
    return reopen_task(review.pk, reason="又有变动", due_on=DUE, edit=edit, by=by, at=make.AT)


@pytest.mark.django_db
@pytest.mark.parametrize("state", list(TaskState), ids=str)
@pytest.mark.parametrize("name", [row.name for row in TASK_TRANSITIONS])
def test_every_state_of_a_review_with_every_move(state: TaskState, name: str) -> None:
    review = one_review()
    version = next_version(review)
    if state != TaskState.OPEN:
        act(review, state.value, version)
    row = task_move(state, name)
    if row is None:
        with pytest.raises(Conflict):
            act(review, name, version)
        assert ReviewTask.objects.get(pk=review.pk).state == state
    else:
        assert act(review, name, version).state == row.target
        assert facts_of(review.pk)[-1].kind.startswith("review.")


@pytest.mark.django_db
def test_a_review_is_answered_only_by_a_later_version_of_its_item() -> None:
    review = one_review()
    GuideVersion.objects.update(published_at=make.AT - timedelta(days=1))
    for version in (None, review.item.current_id, uuid4()):
        with pytest.raises(Invalid) as caught:
            answer_task(review.pk, version=version, edit=review.edit, by=keeper(), at=make.AT)
        assert set(caught.value.fields) == {"version"}
    done = act(review, "done", next_version(review))
    assert (done.version.number if done.version else 0, done.closed_by_name != "") == (2, True)


@pytest.mark.django_db
def test_what_is_asked_of_the_moves_of_a_review() -> None:
    review = one_review()
    with pytest.raises(Invalid) as caught:
        assign_task(review.pk, person=uuid4(), due_on=None, edit=review.edit, by=keeper(), at=make.AT)
    assert set(caught.value.fields) == {"person", "due_on"}
    with pytest.raises(Invalid):
        dismiss_task(review.pk, reason="  ", edit=review.edit, by=keeper(), at=make.AT)
    with pytest.raises(Conflict, match="已有人办理过"):
        dismiss_task(review.pk, reason="未变", edit=review.edit + 1, by=keeper(), at=make.AT)
    dismiss_task(review.pk, reason="依据未变", edit=review.edit, by=keeper(), at=make.AT)
    with pytest.raises(Invalid):
        reopen_task(review.pk, reason="x", due_on=None, edit=review.edit + 1, by=keeper(), at=make.AT)


@pytest.mark.django_db
def test_a_department_reviews_its_own_guides_only() -> None:
    review = one_review()
    capabilities = [Capability.CATALOGUE_READ, Capability.CATALOGUE_EDIT]
    own = make.somebody("own", capabilities, of="water")
    stranger = make.somebody("stranger", capabilities, of="commerce")
    assert [row.pk for row in tasks(TaskFilter(), day=DAY, by=own).rows] == [review.pk]
    assert tasks(TaskFilter(), day=DAY, by=stranger).rows == []
    assert task_counts(day=DUE + timedelta(days=1), by=own) == {
        "open": 1,
        "overdue": 1,
        "done": 0,
        "not_affected": 0,
    }
    assert task_counts(day=DUE, by=own)["overdue"] == 0
    with pytest.raises(Missing):
        task(review.pk, by=stranger)
    with pytest.raises(Missing):
        dismiss_task(review.pk, reason="未变", edit=review.edit, by=stranger, at=make.AT)
    with pytest.raises(Refused):
        reopen_task(review.pk, reason="x", due_on=DUE, edit=review.edit, by=own, at=make.AT)
    with sql.counting() as statements:
        tasks(TaskFilter(text="取水", overdue=True, mine=True), day=DAY, by=own)
    assert len(statements) == 1
    assert (
        dismiss_task(review.pk, reason="未变", edit=review.edit, by=own, at=make.AT).state == "not_affected"
    )


@pytest.mark.django_db
def test_offers_say_what_was_adjusted() -> None:
    review = one_review()
    assert offers(DAY, DAY) == []
    act(review, "done", next_version(review))
    (offer,) = offers(DAY, DAY)
    assert (
        offer.text
        == "水利厅根据《取水许可和水资源费征收管理条例》（示例令第1号），对照调整办理依据、申请材料等要素，更新办事指南1份。"
    )
    assert [figure.printed for figure in offer.figures] == ["1"]
    assert offers(DAY + timedelta(days=1), DAY + timedelta(days=2)) == []
