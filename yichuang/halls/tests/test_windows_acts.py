"""The four acts: who may, once a key, what the figures count, how a mistake is taken back."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.cases.models import Case
from yichuang.catalogue.queries.authorisations import window_may_accept
from yichuang.halls.commands.acts import NewAct, accept_elsewhere, cancel_act, consult, enter
from yichuang.halls.commands.acts_given import hand_over, issue
from yichuang.halls.flow.windows import ActKind, WindowKind
from yichuang.halls.models import HandOver, Issue, WindowAct
from yichuang.halls.queries.acts import ActFilter, act, acts, acts_export, totals, totals_of
from yichuang.halls.queries.windows import gates, offers
from yichuang.halls.tests import factories_windows as make
from yichuang.intake.commands.walk_in import NotForWindow
from yichuang.intake.tests import factories as intake
from yichuang.journal.queries import facts_of
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Problem, Refused

pytestmark = pytest.mark.django_db
AT = make.AT
TODAY = AT.date()
WEEK = ActFilter(TODAY, TODAY + timedelta(days=6))


def do_consult(by: Actor, key: str) -> WindowAct:
    return consult(make.consulted(), by=by, at=AT, key=key)


def do_accept(by: Actor, key: str) -> WindowAct:
    new = NewAct(ActKind.ACCEPTED, make.water().pk, numbers=("SL-7",), source="部门系统")
    return accept_elsewhere(new, by=by, at=AT, key=key)


def do_hand_over(by: Actor, key: str) -> WindowAct:
    return hand_over(make.handed(), by=by, at=AT, key=key).act


def do_issue(by: Actor, key: str) -> WindowAct:
    return issue(make.given(), make.signed(), by=by, at=AT, key=key).act


def do_enter(by: Actor, key: str) -> WindowAct:
    day = TODAY - timedelta(days=3)
    new = NewAct(
        ActKind.ISSUED, make.water().pk, quantity=12, day=day, source="纸质台账", window_id=make.window().pk
    )
    return enter(new, by=by, at=AT, key=key)


ACTS: dict[str, Callable[[Actor, str], WindowAct]] = {
    "consult": do_consult, "accept": do_accept, "hand_over": do_hand_over, "issue": do_issue, "enter": do_enter,
}  # fmt: skip
EVERY = pytest.mark.parametrize("name", ACTS)


def counted() -> dict[tuple[str, date], int]:
    """Pieces by kind and day as the drain will read them, by plain SQL."""
    rows = sql.rows(
        "select kind, day, sum(quantity) from journal_fresh where subject_kind = 'window_act' "
        "and kind in ('window.consulted', 'window.accepted', 'window.handed_over', 'window.issued') group by 1, 2"
    )
    return {(kind, day): int(total) for kind, day, total in rows if total}


@EVERY
def test_an_act_counts_once_a_key(name: str) -> None:
    by, key = make.clerk(), make.key()
    first = ACTS[name](by, key)
    assert ACTS[name](by, key).pk == first.pk
    assert WindowAct.objects.count() == 1
    (fact,) = facts_of(first.pk)
    assert fact.kind == ActKind(first.kind).fact
    assert fact.data["quantity"] == first.quantity
    assert fact.day == first.day
    assert counted() == {(fact.kind, first.day): first.quantity}
    assert first.window is not None
    assert first.window.code == "A01"


@EVERY
@pytest.mark.parametrize(
    "who",
    [make.reader, make.receiver, lambda: intake.applicant()],
    ids=["reader", "receiver", "applicant"],
)
def test_only_the_window_acts(name: str, who: Callable[[], Actor]) -> None:
    make.window()
    with pytest.raises(Refused):
        ACTS[name](who(), make.key())
    assert not WindowAct.objects.exists()
    assert counted() == {}


@EVERY
def test_a_department_acts_for_itself_alone(name: str) -> None:
    make.window()
    with pytest.raises(Refused, match="其他部门"):
        ACTS[name](make.departmental(), make.key())
    assert not WindowAct.objects.exists()


@pytest.mark.parametrize("name", [name for name in ACTS if name != "enter"])
def test_an_act_happens_at_a_window(name: str) -> None:
    with pytest.raises(Invalid) as wrong:
        ACTS[name](make.clerk(seated=False), make.key())
    assert "window" in wrong.value.fields


def test_another_content_under_the_same_key_is_refused() -> None:
    by, key = make.clerk(), make.key()
    consult(make.consulted(), by=by, at=AT, key=key)
    with pytest.raises(Conflict):
        consult(make.consulted(topic="别的"), by=by, at=AT, key=key)
    with pytest.raises(Conflict):
        consult(make.consulted(), by=make.clerk("another"), at=AT, key=key)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"topic": " "}, "topic"), ({"answer": ""}, "answer"), ({"way": "dream"}, "way"), ({"minutes": 0}, "minutes"),
        ({"minutes": 481}, "minutes"), ({"quantity": 0}, "quantity"), ({"quantity": -1}, "quantity"),
        ({"quantity": 3}, "source"), ({"day": TODAY + timedelta(days=1)}, "day"), ({"quantity": 100_001}, "quantity"),
    ],
)  # fmt: skip
def test_a_wrong_consultation_says_where(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        consult(make.consulted(**changes), by=make.clerk(), at=AT, key=make.key())
    assert field in wrong.value.fields
    assert not WindowAct.objects.exists()


def test_a_general_consultation_has_no_department_but_that_of_its_clerk() -> None:
    whole = consult(make.consulted(department_id=None), by=make.clerk(), at=AT, key=make.key())
    assert whole.department_id is None
    new = make.consulted(department_id=None, window_id=make.window().pk)
    own = consult(new, by=make.departmental(), at=AT, key=make.key())
    assert own.department_id == make.industry().pk


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (lambda: make.handed(department_id=None), "department"),
        (lambda: make.handed("A", "B", quantity=3), "quantity"),
        (lambda: NewAct(ActKind.HANDED_OVER, make.water().pk, quantity=40), "numbers"),
        (lambda: NewAct(ActKind.HANDED_OVER, make.water().pk), "numbers"),
    ],
    ids=["no department", "another count", "no source", "nothing"],
)
def test_a_wrong_sheet_says_where(new: Callable[[], NewAct], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        hand_over(new(), by=make.clerk(), at=AT, key=make.key())
    assert field in wrong.value.fields
    assert not HandOver.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"documents": ""}, "documents"), ({"recipient": " "}, "recipient"), ({"method": "dove"}, "method"),
        ({"signed_as": ""}, "signed_as"), ({"signature_sha256": ""}, "signature"),
        ({"signature_sha256": "../etc"}, "signature"), ({"method": "mailed"}, "tracking"),
    ],
)  # fmt: skip
def test_a_certificate_leaves_with_its_receipt(changes: dict[str, object], field: str) -> None:
    with pytest.raises(Invalid) as wrong:
        issue(make.given(), make.signed(**changes), by=make.clerk(), at=AT, key=make.key())
    assert field in wrong.value.fields
    assert not Issue.objects.exists()
    assert counted() == {}


def test_a_paper_number_is_kept_masked_and_the_fact_reveals_no_name() -> None:
    made = issue(make.given(), make.signed(), by=make.clerk(), at=AT, key=make.key())
    assert made.paper_masked == "**************0013"
    (fact,) = facts_of(made.pk)
    text = repr(fact.data)
    assert "张示例" not in text
    assert "1990" not in text
    assert len(fact.data["words"]) == 64


def test_a_bulk_entry_counts_on_its_own_day() -> None:
    made = do_enter(make.clerk(), make.key())
    assert made.day == TODAY - timedelta(days=3)
    assert made.entered_at == AT
    assert counted() == {("window.issued", made.day): 12}
    assert not Issue.objects.exists()


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"day": None}, "day"),
        ({"source": " "}, "source"),
        ({"quantity": 0}, "quantity"),
        ({"day": date(1999, 1, 1)}, "day"),
    ],
)
def test_a_bulk_entry_names_day_and_source(changes: dict[str, object], field: str) -> None:
    fields: dict[str, object] = {
        "day": TODAY,
        "source": "台账",
        "quantity": 2,
        "window_id": make.window().pk,
    } | changes
    with pytest.raises(Invalid) as wrong:
        enter(NewAct(ActKind.ISSUED, make.water().pk, **fields), by=make.clerk(), at=AT, key=make.key())  # type: ignore[arg-type]
    assert field in wrong.value.fields


@EVERY
def test_a_cancelled_act_stays_and_counts_nothing(name: str) -> None:
    by = make.clerk()
    made = ACTS[name](by, make.key())
    cancelled = cancel_act(made.pk, "重复登记", by=by, at=AT + timedelta(days=1))
    assert (cancelled.cancel_reason, cancelled.cancelled_by_name) == ("重复登记", by.name)
    assert counted() == {}
    first, second = facts_of(made.pk)
    assert (second.kind, second.day, second.ground) == (first.kind, first.day, None)
    assert second.data["reason"] == canonical.commitment(made.salt, "重复登记")
    assert second.data["quantity"] == -first.data["quantity"]
    assert totals_of(TODAY - timedelta(days=7), TODAY + timedelta(days=7)) == dict.fromkeys(ActKind, 0)
    with pytest.raises(Conflict):
        cancel_act(made.pk, "再一次", by=by, at=AT)
    assert len(facts_of(made.pk)) == 2


def test_who_may_cancel() -> None:
    made = do_consult(make.clerk(), make.key())
    with pytest.raises(Refused):
        cancel_act(made.pk, "不是我的", by=make.clerk("another"), at=AT)
    with pytest.raises(Refused):
        cancel_act(made.pk, "没有权限", by=make.reader(), at=AT)
    with pytest.raises(Missing):
        cancel_act(made.pk, "别的部门", by=make.departmental(), at=AT)
    with pytest.raises(Invalid):
        cancel_act(made.pk, "  ", by=make.manager(), at=AT)
    assert cancel_act(made.pk, "协调岗核实", by=make.manager(), at=AT).cancelled_at == AT


def test_an_item_that_is_not_the_windows_is_not_registered_as_accepted() -> None:
    item = make.offered(open_=False)
    new = NewAct(ActKind.ACCEPTED, item.department_id, item_id=item.pk, numbers=("X-1",), source="部门系统")
    with pytest.raises(NotForWindow, match="尚未授权"):
        accept_elsewhere(new, by=make.clerk(), at=AT, key=make.key())
    make.offered()
    made = accept_elsewhere(new, by=make.clerk(), at=AT, key=make.key())
    assert made.item_id == item.pk


@pytest.mark.parametrize("open_", [True, False])
def test_the_gates_of_a_list_are_those_of_the_catalogue(open_: bool) -> None:
    item = make.offered(open_=open_)
    for day in (TODAY - timedelta(days=1), TODAY, TODAY + timedelta(days=30)):
        assert gates([item.pk], day)[item.pk].gate == window_may_accept(item.pk, day)


def test_nothing_is_derived_from_another_act() -> None:
    """流转 and 颁发 of what was accepted elsewhere: no case, no acceptance."""
    by = make.clerk()
    do_hand_over(by, make.key())
    do_issue(by, make.key())
    assert totals_of(TODAY, TODAY) == {
        ActKind.CONSULTED: 0, ActKind.ACCEPTED: 0, ActKind.HANDED_OVER: 3, ActKind.ISSUED: 1,
    }  # fmt: skip
    assert not Case.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "dreamt"}, {"quantity": 0}, {"window": None}, {"department": None, "kind": "issued", "way": ""},
        {"way": ""}, {"minutes": 0}, {"cancelled_at": AT},
    ],
    ids=["kind", "quantity", "window", "department", "way", "minutes", "no reason"],
)  # fmt: skip
def test_the_database_refuses_what_is_no_act(change: dict[str, object]) -> None:
    made = do_consult(make.clerk(), make.key())
    with pytest.raises(IntegrityError), transaction.atomic():
        WindowAct.objects.filter(pk=made.pk).update(**change)


ROW = st.tuples(
    st.sampled_from(ActKind),
    st.integers(1, 500),
    st.integers(-9, 0),
    st.integers(0, 1),
    st.integers(0, 1),
    st.booleans(),
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(ROW, max_size=8))
def test_totals_equal_a_recount_by_sql(
    db: None, rows: list[tuple[ActKind, int, int, int, int, bool]]
) -> None:
    """Register, totals by window and department, the sum of the list, and the facts agree, whatever was entered."""
    with transaction.atomic():
        by = make.clerk()
        windows, departments = [make.window("A01"), make.window("A02")], [make.water(), make.industry()]
        for kind, quantity, day, window, department, undone in rows:
            new = NewAct(
                kind, departments[department].pk, quantity=quantity, window_id=windows[window].pk,
                day=TODAY + timedelta(days=day), source="台账", way="present" if kind == ActKind.CONSULTED else "",
            )  # fmt: skip
            made = enter(new, by=by, at=AT, key=make.key())
            if undone:
                cancel_act(made.pk, "错了", by=by, at=AT)
        filters = ActFilter(TODAY - timedelta(days=9), TODAY)
        found = totals(filters, by=by)
        for kind in ActKind:
            expected = sum(row[1] for row in rows if row[0] == kind and not row[5])
            facts = sum(total for (name, _), total in counted().items() if name == kind.fact)
            listed = sum(
                0 if one.cancelled_at else one.quantity
                for one in acts_export(filters, by=by)
                if one.kind == kind
            )
            lines = [
                sum(line.figures[kind] for line in table) for table in (found.by_window, found.by_department)
            ]
            assert [found.whole[kind], facts, listed, *lines] == [expected] * 5
        transaction.set_rollback(True)


def test_the_register_is_read_within_reach() -> None:
    do_consult(make.clerk(), make.key())
    new = make.consulted(department_id=make.industry().pk, window_id=make.window().pk)
    mine = consult(new, by=make.departmental(), at=AT, key=make.key())
    assert len(acts(WEEK, by=make.clerk()).rows) == 2
    assert len(acts(WEEK, by=make.reader()).rows) == 2
    assert [one.pk for one in acts(WEEK, by=make.departmental()).rows] == [mine.pk]
    assert totals(WEEK, by=make.departmental()).whole[ActKind.CONSULTED] == 1
    for stranger in (make.receiver(), intake.applicant()):
        with pytest.raises(Refused):
            acts(WEEK, by=stranger)
    with pytest.raises(Missing):
        act(mine.pk, by=make.receiver())
    assert act(mine.pk, by=SYSTEM).pk == mine.pk


def test_the_register_is_paged_and_filtered() -> None:
    by = make.clerk()
    for _ in range(5):
        do_consult(by, make.key())
    do_hand_over(by, make.key())
    seen, after = [], ""
    while True:
        page = acts(WEEK, by=by, after=after, size=2)
        seen += [one.pk for one in page.rows]
        if not page.following:
            break
        after = page.following
    assert len(seen) == len(set(seen)) == 6
    only = ActFilter(TODAY, TODAY, "handed_over", make.window().pk, make.water().pk)
    assert [one.kind for one in acts(only, by=by).rows] == ["handed_over"]
    assert totals(only, by=by).whole[ActKind.HANDED_OVER] == 3
    with pytest.raises(Problem):
        acts(WEEK, by=by, after="nonsense")


def test_the_report_is_offered_the_figures_of_week_and_year() -> None:
    by = make.clerk()
    assert offers(TODAY, TODAY + timedelta(days=4)) == []
    do_hand_over(by, make.key())
    new = NewAct(
        ActKind.ISSUED,
        make.water().pk,
        quantity=40,
        day=date(2022, 1, 4),
        source="台账",
        window_id=make.window().pk,
    )
    enter(new, by=by, at=AT, key=make.key())
    (offer,) = offers(TODAY, TODAY + timedelta(days=4))
    assert offer.text.startswith("本周，共计咨询 0 人次、受理 0 件、颁发 0 件、流转 3 件；今年以来，累计")
    assert "颁发 40 件、流转 3 件。" in offer.text
    figures = {one.code: one.value for one in offer.figures}
    assert figures["week.window.handed_over"] == 3
    assert figures["year_to_date.window.issued"] == 40
    assert figures["week.window.issued"] == 0
    assert all("/desk/hall/acts?" in one.address and "kind=" in one.address for one in offer.figures)
    assert offer == offers(TODAY, TODAY + timedelta(days=4))[0]


def test_a_departments_window_is_its_own() -> None:
    own = make.window("B01", kind=WindowKind.DEPARTMENT, department_id=make.water().pk)
    new = make.consulted(department_id=make.industry().pk, window_id=own.pk)
    with pytest.raises(Refused, match="窗口"):
        consult(new, by=make.departmental(), at=AT, key=make.key())
