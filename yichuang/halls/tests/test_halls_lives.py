"""Random lives of the register: whatever is done, drained and taken back, every total equals a recount by plain SQL."""

import random
from collections import Counter
from datetime import date, timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.halls.commands.acts import NewAct, cancel_act, consult, enter
from yichuang.halls.commands.acts_given import hand_over, issue, receive, send_back
from yichuang.halls.flow.windows import ActKind
from yichuang.halls.models import WindowAct
from yichuang.halls.queries.acts import ActFilter, acts, acts_export, totals, totals_of
from yichuang.halls.queries.windows import offers
from yichuang.halls.tests import factories_windows as make
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Missing, Refused
from yichuang.statistics import queries as figures
from yichuang.statistics.commands import close_batch

pytestmark = pytest.mark.django_db
AT = make.AT
TODAY = AT.date()
FIRST = TODAY - timedelta(days=20)
# (kind, window or "", department or "") -> pieces
Cells = dict[tuple[str, str, str], int]


class Hall:
    """A hall that lives: every step by the real commands, what must come of it kept by hand."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.clerk, self.manager = make.clerk(), make.manager()
        self.receivers = [make.receiver(), make.receiver(make.industry(), "industrious")]
        self.departments = [make.water(), make.industry()]
        self.windows = [make.window("A01"), make.window("A02"), make.window("B07")]
        self.standing: dict[UUID, tuple[str, UUID | None, UUID | None, date, int]] = {}
        self.received: set[UUID] = set()

    def live(self, steps: int) -> None:
        """Some steps, each chosen by chance; the drain passes in between."""
        ways = [
            self.consult,
            self.enter,
            self.enter,
            self.hand_over,
            self.issue,
            self.cancel,
            self.close,
            self.drain,
        ]
        for _ in range(steps):
            self.chance.choice(ways)()

    def _keep(self, act: WindowAct) -> None:
        self.standing[act.pk] = (act.kind, act.window_id, act.department_id, act.day, act.quantity)

    def consult(self) -> None:
        """Somebody asks; of no department now and then."""
        department = self.chance.choice([None, *self.departments])
        window = self.chance.choice(self.windows)
        new = make.consulted(department_id=department.pk if department else None, window_id=window.pk)
        self._keep(consult(new, by=self.clerk, at=AT, key=make.key()))

    def enter(self) -> None:
        """A count of some day."""
        kind = self.chance.choice(list(ActKind))
        new = NewAct(
            kind, self.chance.choice(self.departments).pk, quantity=self.chance.choice((1, 7, 100_000)),
            window_id=self.chance.choice(self.windows).pk, source="台账",
            day=TODAY - timedelta(days=self.chance.randrange(21)), way="phone" if kind == ActKind.CONSULTED else "",
        )  # fmt: skip
        self._keep(enter(new, by=self.clerk, at=AT, key=make.key()))

    def hand_over(self) -> None:
        """A sheet of some cases."""
        numbers = [f"SL-{n}" for n in range(self.chance.randint(1, 5))]
        new = make.handed(*numbers, department_id=self.chance.choice(self.departments).pk)
        self._keep(hand_over(new, by=self.clerk, at=AT, key=make.key()).act)

    def issue(self) -> None:
        """A certificate, pressed twice with one key."""
        new, key = make.given(department_id=self.chance.choice(self.departments).pk), make.key()
        for _ in (1, 2):
            made = issue(new, make.signed(), by=self.clerk, at=AT, key=key)
        self._keep(made.act)

    def close(self) -> None:
        """A department signs some sheet, or returns it; perhaps the wrong one, perhaps for the second time."""
        sheets = list(WindowAct.objects.filter(kind="handed_over", hand_over__isnull=False).order_by("id"))
        if not sheets:
            return
        sheet, by = self.chance.choice(sheets), self.chance.choice(self.receivers)
        try:
            if self.chance.random() < 0.7:
                receive(sheet.pk, by=by, at=AT)
                self.received.add(sheet.pk)
            else:
                send_back(sheet.pk, "少一件", by=by, at=AT)
        except (Conflict, Missing):
            return

    def cancel(self) -> None:
        """Somebody takes something back; what was received or taken back already stays."""
        known = list(self.standing)
        if not known:
            return
        chosen = self.chance.choice(known)
        by: Actor = self.chance.choice([self.clerk, self.manager, self.receivers[0]])
        try:
            cancel_act(chosen, "重复", by=by, at=AT + timedelta(hours=1))
        except (Conflict, Refused):
            assert chosen in self.received or by is self.receivers[0]
            return
        assert chosen not in self.received
        del self.standing[chosen]

    def drain(self) -> None:
        """A small batch, so that an act and its cancelling fall into one batch or into two."""
        close_batch(at=AT, limit=self.chance.choice((1, 2, 50)))

    def expected(self, first: date, last: date, by: int) -> Counter[tuple[str, UUID | None]]:
        """Pieces by kind and window (`by` 1) or department (2), by hand."""
        found: Counter[tuple[str, UUID | None]] = Counter()
        for one in self.standing.values():
            if first <= one[3] <= last:
                found[one[0], one[1] if by == 1 else one[2]] += one[4]
        return found


def by_sql(column: str, first: date, last: date) -> Counter[tuple[str, UUID | None]]:
    """The register recounted without the application."""
    rows = sql.rows(
        f"select kind, {column}, sum(quantity)::bigint from halls_windowact where cancelled_at is null "
        "and day between %(first)s and %(last)s group by 1, 2",
        {"first": first, "last": last},
    )
    return Counter({(kind, one): int(total) for kind, one, total in rows})


def shown(lines: list[object]) -> Counter[tuple[str, UUID | None]]:
    """The lines of a table of totals."""
    found: Counter[tuple[str, UUID | None]] = Counter()
    for line in lines:
        for kind, count in line.figures.items():  # type: ignore[attr-defined]
            if count:
                found[str(kind), line.id] += count  # type: ignore[attr-defined]
    return found


def drained_and_waiting(first: date, last: date) -> Counter[str]:
    """What the daily table and the queue say together."""
    rows = sql.rows(
        "select kind, sum(n)::bigint from (select day, kind, count as n from statistics_dailywindow where kind like 'window.%%' union all "
        "select day, kind, quantity from journal_fresh where subject_kind = 'window_act' and kind in "
        "('window.consulted', 'window.accepted', 'window.handed_over', 'window.issued')) as told "
        "where day between %(first)s and %(last)s group by kind having sum(n) <> 0",
        {"first": first, "last": last},
    )
    return Counter({kind.removeprefix("window."): int(total) for kind, total in rows})


SPANS = ((FIRST, TODAY), (TODAY, TODAY), (TODAY - timedelta(days=7), TODAY - timedelta(days=1)))


@settings(max_examples=4)
@given(st.integers(0, 1_000_000), st.integers(0, 22))
def test_every_total_equals_a_recount(seed: int, steps: int) -> None:
    with transaction.atomic():
        hall = Hall(seed)
        hall.live(steps)
        for first, last in SPANS:
            found = totals(ActFilter(first, last), by=hall.clerk)
            assert (
                shown(list(found.by_window))
                == by_sql("window_id", first, last)
                == hall.expected(first, last, 1)
            )
            assert (
                shown(list(found.by_department))
                == by_sql("department_id", first, last)
                == hall.expected(first, last, 2)
            )
            whole = {str(kind): count for kind, count in found.whole.items() if count}
            assert whole == dict(drained_and_waiting(first, last))
            assert totals_of(first, last) == found.whole
        transaction.set_rollback(True)


@settings(max_examples=4)
@given(st.integers(0, 1_000_000), st.integers(0, 22))
def test_the_figures_are_those_of_the_register_before_and_after_the_drain(seed: int, steps: int) -> None:
    with transaction.atomic():
        hall = Hall(seed)
        hall.live(steps)
        for drained in (False, True):
            while drained and close_batch(at=AT, limit=3):
                pass
            for first, last in SPANS:
                told = figures.window_acts(first_day=first, last_day=last).values()
                kept = totals_of(first, last)
                assert {kind.value: kept[kind] for kind in ActKind} == told
        cells = sql.rows(
            "select kind, sum(count)::bigint from statistics_dailywindow where kind like 'window.%%' group by kind",
            {},
        )
        table = Counter({kind.removeprefix("window."): int(total) for kind, total in cells if total})
        assert table == Counter({str(kind): n for kind, n in totals_of(FIRST, TODAY).items() if n})
        assert all(count >= 0 for (count,) in sql.rows("select count from statistics_dailywindow", {}))
        transaction.set_rollback(True)


@settings(max_examples=4)
@given(st.integers(0, 1_000_000), st.integers(0, 22), st.integers(1, 7))
def test_the_pages_of_the_register_hold_every_act_once(seed: int, steps: int, size: int) -> None:
    with transaction.atomic():
        hall = Hall(seed)
        hall.live(steps)
        filters = ActFilter(FIRST, TODAY)
        seen, after = [], ""
        while True:
            page = acts(filters, by=hall.clerk, after=after, size=size)
            seen += [one.pk for one in page.rows]
            after = page.following
            if not after:
                break
        exported = [one.pk for one in acts_export(filters, by=hall.clerk)]
        assert seen == exported
        assert len(seen) == len(set(seen)) == WindowAct.objects.count()
        transaction.set_rollback(True)


@settings(max_examples=4)
@given(st.integers(0, 1_000_000), st.integers(0, 22))
def test_a_departments_totals_are_its_share_of_the_whole(seed: int, steps: int) -> None:
    """Narrowed to each department and to none, the parts add up to the whole; a departmental clerk reads one part."""
    with transaction.atomic():
        hall = Hall(seed)
        hall.live(steps)
        whole = totals(ActFilter(FIRST, TODAY), by=hall.clerk)
        parts = Counter(dict.fromkeys(ActKind, 0))
        for department in hall.departments:
            part = totals(ActFilter(FIRST, TODAY, department_id=department.pk), by=hall.clerk)
            parts.update(part.whole)
        general = [line.figures for line in whole.by_department if line.id is None]
        for line in general:
            parts.update(line)
        assert {kind: parts[kind] for kind in ActKind} == whole.whole
        own = totals(ActFilter(FIRST, TODAY), by=make.departmental())
        theirs = totals(ActFilter(FIRST, TODAY, department_id=make.industry().pk), by=hall.clerk)
        assert own.whole == theirs.whole
        transaction.set_rollback(True)


@settings(max_examples=4)
@given(st.integers(0, 1_000_000), st.integers(1, 22))
def test_every_figure_that_is_offered_stands_in_the_sentence_and_in_the_register(
    seed: int, steps: int
) -> None:
    with transaction.atomic():
        hall = Hall(seed)
        hall.live(steps)
        first = TODAY - timedelta(days=6)
        week, year = totals_of(first, TODAY), totals_of(date(TODAY.year, 1, 1), TODAY)
        found = offers(first, TODAY)
        assert bool(found) == any(year.values())
        for offer in found:
            for figure in offer.figures:
                kind = ActKind(figure.code.rpartition(".")[2])
                assert figure.value == (week if figure.code.startswith("week.") else year)[kind]
                assert f"{kind.label} {figure.printed} {kind.unit}" in offer.text
                assert f"kind={kind.value}" in figure.address
        transaction.set_rollback(True)


@settings(max_examples=4)
@given(st.integers(0, 1_000_000), st.integers(0, 22))
def test_the_facts_of_an_act_tell_its_life(seed: int, steps: int) -> None:
    """One fact when it is made, one at most for its cancelling; their quantities sum to what stands."""
    with transaction.atomic():
        hall = Hall(seed)
        hall.live(steps)
        for act in WindowAct.objects.all():
            told = [fact for fact in facts_of(act.pk) if fact.kind == ActKind(act.kind).fact]
            total = sum(int(str(fact.data["quantity"])) for fact in told)
            assert total == (0 if act.cancelled_at else act.quantity)
            assert len(told) == (2 if act.cancelled_at else 1)
            assert {fact.day for fact in told} == {act.day}
        transaction.set_rollback(True)


def test_a_table_that_forgot_the_cancelled_would_be_caught() -> None:
    """The broken variant: a recount that counts what was taken back differs from the register."""
    hall = Hall(7)
    hall.consult()
    hall.enter()
    (first, *_) = hall.standing
    cancel_act(first, "重复", by=hall.clerk, at=AT)
    naive = sql.rows("select sum(quantity)::bigint from halls_windowact", {})[0][0]
    assert naive != sum(totals_of(FIRST, TODAY).values())
