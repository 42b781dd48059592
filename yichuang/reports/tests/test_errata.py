"""Corrections: entered against what was printed, printed once in the next issue; the old issue stays as it is."""

from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.test import Client

from yichuang.journal.queries import facts_of
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.reports.commands.errata import (
    NewErratum,
    add_erratum,
    held_errata,
    print_errata,
    withdraw_erratum,
)
from yichuang.reports.flow import State
from yichuang.reports.models import Erratum, PrintedFigure, Report
from yichuang.reports.queries.errata import sentences_for, waiting_for
from yichuang.reports.rules.errata import Correction, sentence
from yichuang.reports.tests import factories as make

pytestmark = pytest.mark.django_db


def issued() -> Report:
    return make.in_state(State.ISSUED)


def following_issue() -> Report:
    return make.opened(date(2022, 5, 16), date(2022, 5, 20))


def figure(report: Report) -> PrintedFigure:
    return report.figures.order_by("position")[0]


def of_figure(report: Report, new: str = "999") -> NewErratum:
    one = figure(report)
    return NewErratum(f"{one.value.normalize():f}", new, "末日数据补报后未重新核对", figure_id=one.id)


def enter(report: Report, new: NewErratum | None = None, key: str = "") -> UUID:
    return add_erratum(
        report.id, new or of_figure(report), by=make.editor(), at=make.ISSUE_AT, key=key or uuid4().hex
    )


def test_a_correction_waits_for_the_next_issue_and_names_both_figures_and_the_reason() -> None:
    report = issued()
    enter(report)
    following = following_issue()
    (said,) = sentences_for(following)
    assert said.startswith(f"{report.year}年第{report.number}期")
    assert "更正为“999”" in said
    assert said.endswith("原因：末日数据补报后未重新核对。")
    assert sentences_for(report) == ()


def test_the_same_key_enters_one_correction_and_nobody_elses() -> None:
    report = issued()
    assert enter(report, key="k" * 12) == enter(report, key="k" * 12)
    assert Erratum.objects.count() == 1
    with pytest.raises(Conflict):
        add_erratum(report.id, of_figure(report), by=make.everything(), at=make.ISSUE_AT, key="k" * 12)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"new": ""}, "new"),
        ({"old": ""}, "old"),
        ({"reason": " "}, "reason"),
        ({"old": "没有印过的数"}, "old"),
        ({"reason": "长" * 501}, "reason"),
    ],
    ids=["no-new", "no-old", "no-reason", "not-printed", "too-long"],
)
def test_faults_are_told_at_their_field(change: dict[str, str], field: str) -> None:
    report = issued()
    good = of_figure(report)
    given = {"old": good.old, "new": good.new, "reason": good.reason} | change
    with pytest.raises(Invalid) as caught:
        enter(report, NewErratum(**given, figure_id=good.figure_id))
    assert field in caught.value.fields


def test_nothing_to_change_is_refused() -> None:
    report = issued()
    with pytest.raises(Invalid) as caught:
        enter(report, of_figure(report, of_figure(report).old))
    assert "new" in caught.value.fields


def test_words_that_the_issue_does_not_print_cannot_be_corrected() -> None:
    with pytest.raises(Invalid) as caught:
        enter(issued(), NewErratum("子虚乌有", "有", "笔误", passage="本期没有的一句子虚乌有的话"))
    assert "passage" in caught.value.fields


def test_a_figure_of_another_issue_is_not_there() -> None:
    report = issued()
    with pytest.raises(Missing):
        enter(report, NewErratum("1", "2", "笔误", figure_id=uuid4()))


def test_only_published_issues_are_corrected_and_only_by_editors() -> None:
    with pytest.raises(Missing):
        add_erratum(
            make.in_state(State.EDITING).id,
            NewErratum("1", "2", "因"),
            by=make.editor(),
            at=make.ISSUE_AT,
            key="x" * 12,
        )
    report = make.issued(date(2022, 5, 16), date(2022, 5, 18), at=make.ISSUE_AT)
    with pytest.raises(Refused):
        add_erratum(report.id, of_figure(report), by=make.reviewer(), at=make.ISSUE_AT, key="y" * 12)


def test_withdrawn_before_it_is_printed_and_never_after() -> None:
    report = issued()
    first, second = enter(report), enter(report, of_figure(report, "1000"))
    withdraw_erratum(first, reason="登记有误", by=make.editor(), at=make.ISSUE_AT)
    following = following_issue()
    assert [row.id for row in waiting_for(following)] == [second]
    assert print_errata(following, held_errata(following)) == [second]
    assert sentences_for(following) == ()
    for which in (first, second):
        with pytest.raises(Conflict):
            withdraw_erratum(which, reason="再撤", by=make.editor(), at=make.ISSUE_AT)
    with pytest.raises(Invalid):
        withdraw_erratum(second, reason=" ", by=make.editor(), at=make.ISSUE_AT)


@pytest.mark.parametrize(
    "change",
    [
        lambda e: Erratum.objects.filter(pk=e).update(new="改"),
        lambda e: Erratum.objects.filter(pk=e).delete(),
    ],
    ids=["rewritten", "deleted"],
)
def test_the_database_keeps_a_correction_as_it_was_entered(change: Callable[[UUID], object]) -> None:
    entered = enter(issued())
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        change(entered)


def test_facts_tell_what_was_entered_and_withdrawn() -> None:
    report = issued()
    withdraw_erratum(enter(report), reason="登记有误", by=make.editor(), at=make.ISSUE_AT)
    assert [fact.kind for fact in facts_of(report.id)][-2:] == [
        "report.erratum_entered",
        "report.erratum_withdrawn",
    ]


def test_the_page_keeps_what_was_typed_and_enters_once(client: Client) -> None:
    report = issued()
    client.force_login(
        make.people.account_of(make.editor()), backend="django.contrib.auth.backends.ModelBackend"
    )
    one = figure(report)
    typed = {"figure": str(one.id), "old": "没有印过", "new": "7", "reason": "笔误", "client_key": "a" * 12}
    refused = client.post(f"/desk/reports/{report.id}/errata", typed)
    assert refused.status_code == 422
    assert "没有印过" in refused.content.decode()
    typed["old"] = f"{one.value.normalize():f}"
    for _ in range(2):
        assert client.post(f"/desk/reports/{report.id}/errata", typed).status_code == 302
    assert Erratum.objects.count() == 1
    assert "待下一期印出" in client.get(f"/desk/reports/{report.id}/errata").content.decode()


def test_the_sentence_of_a_correction() -> None:
    one = Correction(2022, 29, 404, "行政许可受理597002件", "597002", "597003", "核对有误")
    assert (
        sentence(one)
        == "2022年第29期（总第404期）“行政许可受理597002件”中的“597002”更正为“597003”。原因：核对有误。"
    )
    assert (
        sentence(Correction(2022, 1, None, "甲", "甲", "乙", "因")) == "2022年第1期“甲”更正为“乙”。原因：因。"
    )
