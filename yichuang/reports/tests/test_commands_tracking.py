"""Locks, reasons, single changes, comments and findings: who may, what is kept, what a double click and a race do."""

from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID, uuid4

import pytest

from yichuang.cases.tests.crowd import together
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.reports import commands, flow, queries
from yichuang.reports.commands import ItemDraft, NewComment
from yichuang.reports.flow import Action, Opinion, State
from yichuang.reports.models import ChangeOpinion, Comment, Contribution, IgnoredFinding, Report, SectionLock
from yichuang.reports.queries.changes import SENT, SUBMITTED
from yichuang.reports.tests import factories as make

SECTION = "efficiency"
LATER = timedelta(minutes=11)


def save(
    report: Report, *texts: str, why: str = "", by: Actor | None = None, at: datetime = make.AT
) -> Report:
    """The section says these texts; items keep their ids by place."""
    report = make.fresh(report)
    known = [item.id for item in queries.content_of(report).of(SECTION)]
    drafts = [ItemDraft(text, known[n] if n < len(known) else "") for n, text in enumerate(texts)]
    return commands.save_section(
        report.pk, SECTION, drafts, seen=report.edit_version, by=by or make.editor(), at=at, why=why
    )


def words(report: Report) -> list[str]:
    return [item.text for item in queries.content_of(make.fresh(report)).of(SECTION)]


def kinds(report: Report) -> list[str]:
    return [fact.kind for fact in facts_of(report.pk)]


@pytest.mark.django_db
class TestReasons:
    """Every saving may say why; after 退回编辑 it must."""

    def test_a_reason_stands_in_the_version(self) -> None:
        report = save(make.opened(), "甲。", why="补充情况")
        assert queries.version(report, 2).reason.endswith("：补充情况")

    @pytest.mark.parametrize("sent_back", [Action.SEND_BACK, Action.DECLINE])
    def test_after_it_was_sent_back_a_reason_is_due(self, sent_back: Action) -> None:
        report = make.in_state(State.IN_REVIEW, approved=sent_back == Action.DECLINE)
        report = make.moved(report, sent_back)
        with pytest.raises(Invalid, match="没有写修改理由") as told:
            save(report, "甲。")
        assert "why" in told.value.fields
        assert words(save(report, "甲。", why="按审核意见补充")) == ["甲。"]

    def test_every_kind_of_saving_asks(self) -> None:
        report = make.moved(make.in_state(State.IN_REVIEW), Action.SEND_BACK)
        by = make.editor()
        calls: tuple[Callable[[], Report], ...] = (
            lambda: commands.save_visit(report.pk, make.visit(), seen=1, by=by, at=make.AT),
            lambda: commands.save_inspection(report.pk, {}, seen=1, by=by, at=make.AT),
            lambda: commands.save_imprint(report.pk, {}, 1, seen=1, by=by, at=make.AT),
        )
        for call in calls:
            with pytest.raises(Invalid, match="没有写修改理由"):
                call()

    def test_a_reason_has_an_end(self) -> None:
        with pytest.raises(Invalid, match="太长"):
            save(make.opened(), "甲。", why="长" * 201)


@pytest.mark.django_db
class TestLocks:
    """One holder a section, ten minutes at a time."""

    def test_opening_takes_and_renews_and_another_must_wait(self) -> None:
        report, first, second = make.opened(), make.editor(), make.editor("second")
        assert commands.hold_section(report.pk, SECTION, by=first, at=make.AT)
        assert not commands.hold_section(report.pk, SECTION, by=second, at=make.AT)
        renewed = make.AT + timedelta(minutes=9)
        assert commands.hold_section(report.pk, SECTION, by=first, at=renewed)
        lock = SectionLock.objects.get()
        assert (lock.holder_id, lock.taken_at, lock.until) == (
            first.id,
            make.AT,
            renewed + timedelta(minutes=10),
        )
        assert commands.hold_section(report.pk, "environment", by=second, at=make.AT)
        assert set(queries.held_sections(report.pk, at=make.AT)) == {SECTION, "environment"}

    def test_saving_is_refused_while_another_holds_and_frees_ones_own(self) -> None:
        report, first, second = make.opened(), make.editor(), make.editor("second")
        commands.hold_section(report.pk, SECTION, by=first, at=make.AT)
        with pytest.raises(Conflict, match="正在编辑这个栏目"):
            save(report, "乙。", by=second)
        save(report, "甲。", by=first)
        assert not SectionLock.objects.exists()
        assert words(save(report, "乙。", by=second)) == ["乙。"]

    def test_it_is_taken_over_after_its_time_and_that_is_a_fact(self) -> None:
        report, first, second = make.opened(), make.editor(), make.editor("second")
        commands.hold_section(report.pk, SECTION, by=first, at=make.AT)
        with pytest.raises(Conflict, match="还不能接手"):
            commands.take_over_section(report.pk, SECTION, by=second, at=make.AT)
        later = make.AT + LATER
        assert commands.take_over_section(report.pk, SECTION, by=second, at=later) == first.name
        assert kinds(report)[-1] == flow.SECTION_TAKEN_OVER
        assert SectionLock.objects.get().holder_id == second.id
        assert not commands.hold_section(report.pk, SECTION, by=first, at=later)

    def test_one_asks_the_holder_releases_and_one_takes(self) -> None:
        report, first, second = make.opened(), make.editor(), make.editor("second")
        with pytest.raises(Conflict):
            commands.ask_for_section(report.pk, SECTION, by=second, at=make.AT)
        commands.hold_section(report.pk, SECTION, by=first, at=make.AT)
        with pytest.raises(Conflict):
            commands.ask_for_section(report.pk, SECTION, by=first, at=make.AT)
        commands.ask_for_section(report.pk, SECTION, by=second, at=make.AT)
        commands.ask_for_section(report.pk, SECTION, by=second, at=make.AT)
        with pytest.raises(Conflict, match="已有人在等待"):
            commands.ask_for_section(report.pk, SECTION, by=make.editor("third"), at=make.AT)
        commands.release_section(report.pk, SECTION, by=second, at=make.AT)
        assert not SectionLock.objects.get().released
        commands.release_section(report.pk, SECTION, by=first, at=make.AT)
        commands.take_over_section(report.pk, SECTION, by=second, at=make.AT)
        lock = SectionLock.objects.get()
        assert (lock.holder_id, lock.asked_by_id) == (second.id, None)

    @pytest.mark.parametrize("state", [State.IN_REVIEW, State.ISSUED])
    def test_what_is_not_edited_is_not_held(self, state: State) -> None:
        report = make.in_state(state)
        assert not commands.hold_section(report.pk, SECTION, by=make.editor(), at=make.AT)

    @pytest.mark.parametrize(
        "act", ["hold_section", "take_over_section", "ask_for_section", "release_section"]
    )
    def test_only_editors_hold(self, act: str) -> None:
        report = make.opened()
        with pytest.raises(Refused):
            getattr(commands, act)(report.pk, SECTION, by=make.reviewer(), at=make.AT)


@pytest.mark.usefixtures("committed")
class TestRaces:
    """Several connections at once: exactly one wins; a look before the leap would be caught."""

    def test_of_eight_editors_one_holds_the_section(self) -> None:
        report = make.opened()
        editors = [make.editor(f"editor{n}") for n in range(8)]
        won = together(
            [lambda by=by: commands.hold_section(report.pk, SECTION, by=by, at=make.AT) for by in editors]  # type: ignore[misc]
        )
        assert [each is True for each in won].count(True) == 1
        assert [each is False for each in won].count(True) == 7
        holder = SectionLock.objects.get().holder_id
        assert holder == editors[won.index(True)].id

    def test_of_eight_editors_one_takes_an_expired_section_over(self) -> None:
        report = make.opened()
        commands.hold_section(report.pk, SECTION, by=make.editor(), at=make.AT)
        editors = [make.editor(f"editor{n}") for n in range(8)]
        at = make.AT + LATER
        found = together(
            [lambda by=by: commands.take_over_section(report.pk, SECTION, by=by, at=at) for by in editors]  # type: ignore[misc]
        )
        assert sum(isinstance(each, str) for each in found) == 1
        assert kinds(report).count(flow.SECTION_TAKEN_OVER) == 1

    def test_a_lock_that_looks_before_it_takes_would_be_caught(self) -> None:
        report = make.opened()
        commands.hold_section(report.pk, SECTION, by=make.editor(), at=make.AT)
        people = [make.editor(f"editor{n}").id for n in range(4)]

        def naive(me: UUID | None) -> int:
            row = sql.one(
                "select holder_id from reports_sectionlock where until <= %(at)s", {"at": make.AT + LATER}
            )
            return sql.execute("update reports_sectionlock set holder_id = %(me)s", {"me": me}) if row else 0

        won = together([lambda me=me: naive(me) for me in people])  # type: ignore[misc]
        assert sum(each == 1 for each in won) > 1


@pytest.mark.django_db
class TestChanges:
    """One change at a time: taken back, agreed with, objected to."""

    def two_changes(self) -> Report:
        report = save(make.opened(), "水利厅受理3件，办结五件。", why="登记")
        report = save(report, "水利厅受理4件，办结五件。", why="核对受理数")
        return save(report, "水利厅受理4件，累计办结五件。", why="写明口径", by=make.editor("second"))

    def test_each_change_has_who_when_and_why(self) -> None:
        (changed,) = queries.changed_since(self.two_changes(), "2")
        told = [
            (row.change.edit.after, [m.by_name for m in row.makers], row.makers[0].reason[-4:])
            for row in changed.rows
        ]
        assert [after for after, _, _ in told] == ["4", "累计"]
        assert told[0][1] != told[1][1]
        assert [why for _, _, why in told] == ["对受理数", "写明口径"]

    def test_one_is_taken_back_as_a_new_version_and_the_other_stays(self) -> None:
        report = self.two_changes()
        (changed,) = queries.changed_since(report, "2")
        mark = changed.rows[0].change.mark
        back = commands.revert_change(
            report.pk, mark, basis="2", seen=4, reason="原数正确", by=make.editor(), at=make.AT
        )
        assert words(report) == ["水利厅受理3件，累计办结五件。"]
        assert queries.version(back, 5).reason.endswith("：原数正确")
        assert kinds(report)[-1] == flow.CHANGE_REVERTED
        with pytest.raises(Conflict, match="已经不在了"):
            commands.revert_change(
                report.pk, mark, basis="2", seen=5, reason="再", by=make.editor(), at=make.AT
            )

    def test_a_new_item_goes_and_a_removed_one_comes_back(self) -> None:
        report = save(make.opened(), "甲。", "乙。")
        (kept, gone) = queries.content_of(report).of(SECTION)
        report = commands.save_section(
            report.pk,
            SECTION,
            [ItemDraft("甲。", kept.id), ItemDraft("丙。")],
            seen=2,
            by=make.editor(),
            at=LATER + make.AT,
        )
        found = {each.piece.key: each for each in queries.changed_since(report, "2")}
        assert {each.after is None for each in found.values()} == {True, False}
        for each in found.values():
            commands.revert_change(
                report.pk, each.rows[0].change.mark, basis="2", seen=make.fresh(report).edit_version, reason="误改",
                by=make.editor(), at=make.AT,
            )  # fmt: skip
        assert words(report) == ["甲。", "乙。"]
        assert gone.id in {item.id for item in queries.content_of(make.fresh(report)).of(SECTION)}

    def test_what_the_department_sent_is_the_first_basis(self) -> None:
        report = make.opened()
        sent = make.contribution(report)
        report = commands.take_contribution(report.pk, sent, SECTION, seen=1, by=make.editor(), at=make.AT)
        assert queries.changed_since(report, SENT) == []
        body = Contribution.objects.get().body
        report = save(report, body.replace("改为", "已改为"))
        (changed,) = queries.changed_since(report, SENT)
        assert (changed.before, changed.rows[0].change.edit.after) == (body, "已")

    def test_the_last_submission_is_a_basis(self) -> None:
        report = save(make.opened(), "甲乙丙。")
        with pytest.raises(Missing):
            queries.changed_since(report, SUBMITTED)
        report = make.moved(report, Action.START_EDITING, Action.SUBMIT, Action.SEND_BACK)
        report = save(report, "甲乙丁。", why="按意见改")
        (changed,) = queries.changed_since(report, SUBMITTED)
        assert changed.rows[0].change.edit.after == "丁"

    def test_visits_results_and_readers_are_followed_and_taken_back(self) -> None:
        report = make.opened()
        by = make.editor()
        commands.save_visit(report.pk, make.visit(body="查看了窗口。"), seen=1, by=by, at=make.AT)
        commands.save_inspection(report.pk, {"dress": "着装规范"}, seen=2, by=by, at=make.AT)
        visit = report.visits.get().pk
        commands.save_visit(
            report.pk, make.visit(body="查看了大厅。"), seen=3, by=by, at=make.AT, visit_id=visit
        )
        commands.save_inspection(report.pk, {"dress": "着装整齐"}, seen=4, by=by, at=make.AT)
        commands.save_imprint(report.pk, {"报": "省领导"}, 5, seen=5, by=by, at=make.AT)
        before = queries.version(report, 3).content
        for basis in ["3"] * 20:
            found = queries.changed_since(make.fresh(report), basis)
            if not found:
                break
            mark = found[0].rows[-1].change.mark
            seen = make.fresh(report).edit_version
            commands.revert_change(report.pk, mark, basis=basis, seen=seen, reason="改回", by=by, at=make.AT)
        after = queries.version(report, make.fresh(report).edit_version).content
        assert {**after, "copies": 0} == {**before, "copies": 0}

    @pytest.mark.parametrize("reason", ["", "  ", "长" * 201])
    def test_a_reason_is_due(self, reason: str) -> None:
        report = self.two_changes()
        mark = queries.changed_since(report, "2")[0].rows[0].change.mark
        with pytest.raises(Invalid):
            commands.revert_change(
                report.pk, mark, basis="2", seen=4, reason=reason, by=make.editor(), at=make.AT
            )

    def test_a_reviewer_agrees_or_objects_with_words(self) -> None:
        report = self.two_changes()
        mark = queries.changed_since(report, "2")[0].rows[0].change.mark
        with pytest.raises(Invalid, match="理由"):
            commands.judge_change(
                report.pk, mark, Opinion.OBJECTED, basis="2", words=" ", by=make.reviewer(), at=make.AT
            )
        for opinion, said in ((Opinion.AGREED, ""), (Opinion.OBJECTED, "请核对")):
            commands.judge_change(
                report.pk, mark, opinion, basis="2", words=said, by=make.reviewer(), at=make.AT
            )
        assert ChangeOpinion.objects.get().opinion == Opinion.OBJECTED
        assert kinds(report).count(flow.CHANGE_JUDGED) == 2
        with pytest.raises(Refused):
            commands.judge_change(
                report.pk, mark, Opinion.AGREED, basis="2", words="", by=make.editor(), at=make.AT
            )

    def test_a_reviewer_takes_nothing_back(self) -> None:
        report = self.two_changes()
        with pytest.raises(Refused):
            commands.revert_change(
                report.pk, "x", basis="2", seen=4, reason="x", by=make.reviewer(), at=make.AT
            )


@pytest.mark.django_db
class TestComments:
    """Threads on a heading or an item."""

    def written(self) -> tuple[Report, str]:
        report = save(make.opened(), "水利厅召开会议。")
        return report, queries.content_of(report).of(SECTION)[0].id

    def test_a_thread_with_an_answer_settled_and_opened_again(self) -> None:
        report, item = self.written()
        new = NewComment(SECTION, "请核对日期。", item, "召开会议")
        first = commands.comment(report.pk, new, by=make.reviewer(), at=make.AT, key=uuid4().hex)
        commands.comment(
            report.pk, NewComment("", "已核对。", parent=first), by=make.editor(), at=make.AT, key=uuid4().hex
        )
        (thread,) = queries.threads(report)
        assert (thread.label, thread.open, [each.body for each in thread.answers]) == (
            "第 1 条",
            True,
            ["已核对。"],
        )
        assert queries.open_comments(report) == 1
        for _ in range(2):
            commands.resolve_comment(report.pk, first, by=make.editor(), at=make.AT)
        assert queries.open_comments(report) == 0
        commands.reopen_comment(report.pk, first, by=make.leader(), at=make.AT)
        assert queries.open_comments(report) == 1
        assert kinds(report)[-4:] == [
            flow.COMMENTED, flow.COMMENTED, flow.COMMENT_RESOLVED, flow.COMMENT_REOPENED,
        ]  # fmt: skip

    def test_a_double_click_makes_one(self) -> None:
        report, _ = self.written()
        key, by = uuid4().hex, make.reviewer()
        new = NewComment(SECTION, "请核对。")
        assert commands.comment(report.pk, new, by=by, at=make.AT, key=key) == commands.comment(
            report.pk, new, by=by, at=make.AT, key=key
        )
        assert Comment.objects.count() == 1
        with pytest.raises(Conflict):
            commands.comment(report.pk, NewComment(SECTION, "别的。"), by=by, at=make.AT, key=key)

    @pytest.mark.parametrize(
        ("new", "error"),
        [
            (NewComment(SECTION, " "), Invalid),
            (NewComment(SECTION, "长" * 1001), Invalid),
            (NewComment("nowhere", "甲"), Missing),
            (NewComment(SECTION, "甲", "no-item"), Missing),
            (NewComment(SECTION, "甲", parent=UUID(int=1)), Missing),
        ],
        ids=["empty", "long", "section", "item", "parent"],
    )
    def test_what_is_wrong_is_told(self, new: NewComment, error: type[Exception]) -> None:
        report, _ = self.written()
        with pytest.raises(error):
            commands.comment(report.pk, new, by=make.editor(), at=make.AT, key=uuid4().hex)
        assert not Comment.objects.exists()

    def test_a_quote_must_stand_in_the_item(self) -> None:
        report, item = self.written()
        with pytest.raises(Invalid, match="批注有误"):
            commands.comment(
                report.pk,
                NewComment(SECTION, "甲", item, "没有这句"),
                by=make.editor(),
                at=make.AT,
                key=uuid4().hex,
            )

    def test_contributors_do_not_comment_and_an_issue_takes_none(self) -> None:
        report, _ = self.written()
        with pytest.raises(Refused):
            commands.comment(
                report.pk, NewComment(SECTION, "甲"), by=make.contributor(), at=make.AT, key="k" * 9
            )
        issued = make.moved(report, *make.TO_ISSUE)
        with pytest.raises(Conflict, match="不能再批注"):
            commands.comment(issued.pk, NewComment(SECTION, "甲"), by=make.editor(), at=make.AT, key="k" * 9)


@pytest.mark.django_db
class TestFindings:
    """Accepted with one click, or ignored with a reason."""

    def test_a_correction_is_a_version_with_its_reason(self) -> None:
        report = save(make.opened(), "截止目前,水利厅完成编制。")
        mark = next(each.mark for each in queries.findings(report) if each.finding.rule == "phrase")
        commands.accept_fix(report.pk, mark, seen=2, by=make.editor(), at=make.AT)
        assert words(report) == ["截至目前,水利厅完成编制。"]
        assert queries.version(report, 3).reason == "采纳校对「用语」：截止目前→截至目前"
        with pytest.raises(Conflict):
            commands.accept_fix(report.pk, mark, seen=3, by=make.editor(), at=make.AT)

    def test_alike_ones_in_one_text_are_mended_together(self) -> None:
        report = save(make.opened(), "近日,水利厅,商务厅,召开会议。")
        (group,) = queries.grouped(queries.findings(report))
        assert group.count == 3
        commands.accept_fix(report.pk, group.first.mark, seen=2, by=make.editor(), at=make.AT, alike=True)
        assert words(report) == ["近日，水利厅，商务厅，召开会议。"]
        assert queries.check_counts(make.fresh(report)).all == 0

    def test_it_goes_through_the_version_check_and_the_lock(self) -> None:
        report = save(make.opened(), "截止目前，完成编制。")
        (one,) = queries.findings(report)
        with pytest.raises(Conflict, match="已被修改"):
            commands.accept_fix(report.pk, one.mark, seen=1, by=make.editor(), at=make.AT)
        commands.hold_section(report.pk, SECTION, by=make.editor("second"), at=make.AT)
        with pytest.raises(Conflict, match="正在编辑"):
            commands.accept_fix(report.pk, one.mark, seen=2, by=make.editor(), at=make.AT)
        with pytest.raises(Refused):
            commands.accept_fix(report.pk, one.mark, seen=2, by=make.reviewer(), at=make.AT)

    def test_an_ignored_one_stays_away_until_its_text_changes(self) -> None:
        report = save(make.opened(), "截止目前，水利厅完成编制。")
        (one,) = queries.findings(report)
        with pytest.raises(Invalid):
            commands.ignore_finding(report.pk, one.mark, reason=" ", by=make.editor(), at=make.AT)
        for _ in range(2):
            commands.ignore_finding(report.pk, one.mark, reason="引文如此", by=make.editor(), at=make.AT)
        assert IgnoredFinding.objects.count() == kinds(report).count(flow.FINDING_IGNORED) == 1
        assert queries.check_counts(report).all == 0
        report = save(report, "截止目前，水利厅全部完成编制。")
        assert queries.check_counts(report).errors == 1
        with pytest.raises(Conflict):
            commands.ignore_finding(report.pk, "0" * 64, reason="x", by=make.editor(), at=make.AT)

    def test_a_number_that_its_source_contradicts_is_found_in_its_place(self) -> None:
        report = save(make.opened(), "水利厅受理12件，截止目前，全部办结。")
        assert [each.finding.rule for each in queries.findings(report)] == ["phrase"]
        row = report.figure_fields.get()
        row.kind, row.stated, row.label, row.source = "contribution", Decimal(15), "受理", "水利厅报送"
        row.as_of, row.by_name = make.LAST, "示例"
        row.save()
        first, _ = queries.findings(report)
        assert (first.finding.rule, first.finding.found, first.finding.replacement) == (
            "register-number",
            "12",
            None,
        )
        assert "15" in first.finding.how
        commands.ignore_finding(report.pk, first.mark, reason="以核定数为准", by=make.editor(), at=make.AT)
        assert queries.check_counts(report).all == 1
        row.stated = Decimal(16)
        row.save()
        assert queries.check_counts(report).all == 2
