"""Rounds and their lists: beginning, keeping a draft, finishing; every refusal."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from yichuang.directory.tests import factories as people
from yichuang.halls.commands import rounds as commands
from yichuang.halls.commands.findings import StepForm, step_finding
from yichuang.halls.commands.rounds import TermForm
from yichuang.halls.flow.findings import FindingAction
from yichuang.halls.flow.rounds import GOOD_TEXT, NO_ROUND_TEXT, Register
from yichuang.halls.models import HallRound, InspectionTerm, RoundResult
from yichuang.halls.queries import rounds as queries
from yichuang.halls.tests import factories_rounds as make
from yichuang.halls.tests.factories_rounds import AT
from yichuang.journal.queries import facts_of
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
DAY = date(2022, 5, 11)


def test_the_lists_of_a_new_installation_are_there() -> None:
    assert [each.name for each in queries.terms(Register.HEADING, DAY)] == [
        "按时到岗情况", "工作区域标准化执行情况", "着装情况", "工作牌佩戴情况", "纪律秩序", "大厅防控情况",
    ]  # fmt: skip
    assert "disinfection" in [each.code for each in queries.terms(Register.KIND, DAY)]
    assert "disinfection" not in [each.code for each in queries.terms(Register.KIND, date(2023, 1, 1))]


def test_a_round_is_begun_once_and_finished_with_its_facts() -> None:
    kind = make.term(Register.KIND, "daily").pk
    key = uuid4().hex
    made = commands.start_round(kind, by=make.inspector(), at=AT, key=key)
    assert commands.start_round(kind, by=make.inspector(), at=AT, key=key).pk == made.pk
    make.found(made.pk)
    done = commands.finish_round(
        made.pk, ["dress"], ["A01", " "], "", by=make.inspector(), at=AT + timedelta(minutes=2)
    )
    assert done.windows == ["A01"]
    assert set(RoundResult.objects.values_list("heading__code", "outcome")) == {
        ("dress", "good"), ("attendance", "found"),
    }  # fmt: skip
    assert [fact.kind for fact in facts_of(made.pk)] == ["round.started", "round.finished"]


def test_one_inspector_walks_one_round_at_a_time() -> None:
    make.begun()
    with pytest.raises(Conflict, match="没有结束"):
        make.begun()
    make.begun(make.inspector("second"))
    assert HallRound.objects.count() == 2


@pytest.mark.parametrize(
    ("good", "words"),
    [([], "还没有填写"), (["attendance"], "已登记问题"), (["no_such"], "没有这个")],
    ids=["nothing", "contradicts", "unknown"],
)
def test_a_round_that_says_nothing_or_against_itself_is_refused(good: list[str], words: str) -> None:
    held = make.begun()
    if good == ["attendance"]:
        make.found(held.pk)
    with pytest.raises(Invalid, match=words):
        commands.finish_round(held.pk, good, [], "", by=make.inspector(), at=AT)


def test_a_withdrawn_finding_does_not_stand_against_good() -> None:
    held = make.begun()
    found = make.found(held.pk)
    step_finding(found.pk, FindingAction.WITHDRAW, StepForm("看错窗口"), seen=1, by=make.inspector(), at=AT)
    commands.finish_round(held.pk, ["attendance"], [], "", by=make.inspector(), at=AT)
    assert queries.inspection_results(DAY, DAY)[0].result_text == GOOD_TEXT


def test_nobody_else_writes_into_a_round_and_none_after_its_end() -> None:
    held = make.begun()
    with pytest.raises(Missing):
        commands.keep_draft(held.pk, {"note": "x"}, by=make.inspector("second"))
    commands.keep_draft(held.pk, {"note": "第一段"}, by=make.inspector())
    commands.keep_draft(held.pk, {"windows": "A01"}, by=make.inspector())
    assert HallRound.objects.get().draft == {"note": "第一段", "windows": "A01"}
    commands.finish_round(held.pk, ["dress"], [], "", by=make.inspector(), at=AT)
    assert HallRound.objects.get().draft == {}
    with pytest.raises(Conflict):
        commands.keep_draft(held.pk, {"note": "x"}, by=make.inspector())
    with pytest.raises(Conflict):
        commands.finish_round(held.pk, ["dress"], [], "", by=make.inspector(), at=AT)


def test_a_round_needs_the_capability_and_a_kind_of_the_day() -> None:
    with pytest.raises(Refused):
        make.begun(make.rectifier())
    with pytest.raises(Invalid, match="没有启用"):
        make.begun(at=AT.replace(year=2026), kind="disinfection")
    with pytest.raises(Invalid, match="请选择"):
        commands.start_round(None, by=make.inspector(), at=AT, key=uuid4().hex)


def test_results_are_never_good_by_default() -> None:
    assert {row.result_text for row in queries.inspection_results(DAY, DAY)} == {NO_ROUND_TEXT}
    make.begun()
    assert {row.result_text for row in queries.inspection_results(DAY, DAY)} == {NO_ROUND_TEXT}
    commands.finish_round(HallRound.objects.get().pk, ["dress"], [], "", by=make.inspector(), at=AT)
    good = {row.key for row in queries.inspection_results(DAY, DAY) if row.good}
    assert good == {"dress"}
    assert queries.contradictions(DAY, DAY, {"dress": GOOD_TEXT, "badge": GOOD_TEXT, "order": "有问题"}) == {
        "badge": "写的是「总体情况良好」，但登记册中本期没有覆盖这一项目的巡查"
    }
    assert not any(row.good for row in queries.inspection_results(DAY + timedelta(7), DAY + timedelta(9)))


def test_what_the_register_offers_leads_to_its_findings() -> None:
    make.looked_over(good=("dress",))
    make.found()
    offered = {each.text: each for each in queries.offers(DAY, DAY)}
    assert set(offered) == {"着装情况。总体情况良好。", "按时到岗情况。发现1起：水利厅空岗1起，正在整改。"}
    figure = offered["按时到岗情况。发现1起：水利厅空岗1起，正在整改。"].figures[0]
    assert (figure.value, figure.printed) == (1, "1")
    assert figure.address == "/desk/hall/findings?first=2022-05-11&last=2022-05-11&heading=attendance"


def test_an_entry_is_added_changed_and_its_history_kept() -> None:
    form = TermForm(Register.HEADING, "smoking", "控烟情况", valid_from=DAY)
    made = commands.save_term(form, by=make.inspector(), at=AT)
    changed = TermForm(Register.HEADING, "ignored", "大厅控烟情况", valid_until=date(2022, 12, 31))
    commands.save_term(changed, by=make.inspector(), at=AT, term_id=made.pk, seen=1)
    row, history = queries.term_with_history(made.pk)
    assert (row.code, row.name, row.valid_from) == ("smoking", "大厅控烟情况", None)
    assert [fact.data["name"] for fact in history] == ["大厅控烟情况", "控烟情况"]
    assert history[0].actor_name == "inspector（示例）"
    with pytest.raises(Conflict):
        commands.save_term(changed, by=make.inspector(), at=AT, term_id=made.pk, seen=1)
    with pytest.raises(Missing):
        commands.save_term(changed, by=make.inspector(), at=AT, term_id=uuid4(), seen=1)


@pytest.mark.parametrize(
    ("field", "form"),
    [
        ("code", TermForm(Register.HEADING, "控烟", "控烟情况")),
        ("code", TermForm(Register.HEADING, "dress", "着装")),
        ("name", TermForm(Register.HEADING, "smoking", " ")),
        ("valid_until", TermForm(Register.HEADING, "smoking", "控烟", DAY, DAY - timedelta(1))),
        ("every_minutes", TermForm(Register.KIND, "smoking", "控烟", every_minutes=0)),
    ],
    ids=["chinese", "taken", "nameless", "backwards", "never"],
)
def test_an_entry_that_makes_no_sense_is_refused(field: str, form: TermForm) -> None:
    with pytest.raises(Invalid) as refused:
        commands.save_term(form, by=make.inspector(), at=AT)
    assert set(refused.value.fields) == {field}


def test_lists_are_the_centres_alone() -> None:
    form = TermForm(Register.HEADING, "smoking", "控烟情况")
    with pytest.raises(Refused):
        commands.save_term(form, by=make.inspector("local", everywhere=False), at=AT)
    with pytest.raises(Refused):
        commands.save_term(form, by=make.rectifier(), at=AT)


def test_the_two_hourly_round_is_told_when_it_is_late() -> None:
    [due] = queries.due_rounds(AT)
    assert (due.last, due.by.hour, due.late) == (None, 11, False)
    make.begun(at=AT, kind="disinfection")
    [due] = queries.due_rounds(AT + timedelta(hours=3))
    assert (due.by - AT, due.late) == (timedelta(hours=2), True)
    assert queries.due_rounds(AT.replace(year=2026)) == []


@pytest.mark.parametrize(
    "wrong", [{"register": "mood"}, {"name": ""}, {"every_minutes": 5}], ids=lambda each: next(iter(each))
)
def test_the_table_refuses_what_the_command_would(wrong: dict[str, object]) -> None:
    values = {"id": uuid4(), "register": "heading", "code": "x", "name": "x"} | wrong
    with pytest.raises(IntegrityError), transaction.atomic():
        InspectionTerm.objects.create(**values)


def test_rounds_are_paged_newest_first() -> None:
    by = make.inspector()
    for hours in range(5):
        at = AT + timedelta(hours=hours)
        held = make.begun(at=at)
        commands.finish_round(held.pk, ["dress"], [], "", by=by, at=at)
    page = queries.rounds_page(by=by, size=3)
    rest = queries.rounds_page(by=by, size=3, after=page.following)
    days = [row.started_at for row in [*page.rows, *rest.rows]]
    assert days == sorted(days, reverse=True)
    assert len(set(days)) == 5
    with pytest.raises(Refused):
        queries.rounds_page(by=people.clerk())
