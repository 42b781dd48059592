"""What people see of files of filings: names masked, days of the hall, a bar that knows what it knows; and midnight on the way."""

from datetime import datetime, timedelta

import pytest
from django.test import Client

from yichuang.cases.flow.bulk_acts import ActKind
from yichuang.cases.models import Case
from yichuang.cases.tests import factories_bulk as acts
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Applicant
from yichuang.directory.tests import factories as people
from yichuang.intake.commands.bulk import confirm_run
from yichuang.intake.commands.bulk_blocks import NoLonger
from yichuang.intake.commands.bulk_press import Staged
from yichuang.intake.flow import BulkState
from yichuang.intake.models import BulkRun
from yichuang.intake.queries.bulk import progress_of
from yichuang.intake.render import bulk_work
from yichuang.intake.rules.bulk_rows import Terms
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI
from yichuang.statistics.tests.test_pages import body, words

pytestmark = pytest.mark.django_db
RIGHTS = [Capability.CASE_ACT_BULK, Capability.CASE_ACCEPT, Capability.CASE_SEARCH, Capability.CASE_FILE_BULK]
# Six in the morning in the hall; in Greenwich it is still the day before.
EARLY = datetime(2022, 5, 14, 6, 0, tzinfo=SHANGHAI)


def client(by: Actor) -> Client:
    made = Client()
    assert by.id is not None
    made.force_login(Account.objects.get(pk=by.id))
    return made


def staff(run: BulkRun) -> Client:
    return client(people.staff("seer", people.post(run.item.department, "岗位", RIGHTS)))


def test_a_person_is_masked_and_a_company_is_not() -> None:
    run = bulk.filed(bulk.rows(2), make.applicant(), bulk.offer().item.code)
    assert run.applicant is not None
    desk = staff(run)
    applicant_id = run.applicant.pk
    for kind, name, shown in (
        ("company", "示例无线电公司", "示例无线电公司"),
        ("person", "张示例", "张*例"),
    ):
        Applicant.objects.filter(pk=applicant_id).update(kind=kind, name=name)
        text = words(desk.get("/desk/bulk-filed"))
        assert shown in text
        # The broken variant shows the name as the register has it.
        assert (name in text) == (kind == "company")
    BulkRun.objects.filter(pk=run.pk).update(applicant=None, department=run.item.department)
    assert run.item.department.short_name in words(desk.get("/desk/bulk-filed"))


def test_days_and_moments_are_those_of_the_hall(monkeypatch: pytest.MonkeyPatch) -> None:
    run = bulk.filed(bulk.rows(2), make.applicant(), bulk.offer().item.code)
    post = people.post(run.item.department, "综窗批量岗", [*people.CLERK, *RIGHTS], everywhere=True)
    monkeypatch.setattr(acts, "clerk", lambda name: people.staff(name, post))
    BulkRun.objects.filter(pk=run.pk).update(created_at=EARLY, applicant=None, department=run.item.department)
    desk = staff(run)
    assert "2022-05-14 批量申报的" in words(desk.get(f"/desk/bulk-filed/{run.pk}?kind=accept"))
    lines = body(desk.get("/desk/bulk?format=csv")).splitlines()
    assert ",2022-05-14 06:00," in lines[1]
    act = acts.prepared(ActKind.ACCEPT, list(Case.objects.values_list("pk", flat=True)), at=EARLY)
    response = client(acts.two(ActKind.ACCEPT)[0]).get(f"/desk/bulk-acts/{act.pk}/cases?format=csv")
    assert "2022-05-14.csv" in response["Content-Disposition"]


@pytest.mark.parametrize(
    ("expected", "done", "total", "left"),
    [
        # A workbook of which nobody knows how long it is; a text; a text whose lines were counted too few; its last row.
        (0, 500, 0, None), (1000, 500, 1000, 5), (400, 500, 0, None), (500, 500, 500, 0), (0, 0, 0, None),
    ],
)  # fmt: skip
def test_a_bar_says_only_what_is_known(expected: int, done: int, total: int, left: int | None) -> None:
    """The broken variant takes what was read for all there is: 100 per cent and no second left from the first block on."""
    run = BulkRun(
        state=BulkState.CHECKING, expected=expected, good=done, bad=0, double=0, known=0, worked_ms=5000
    )
    found = progress_of(run)
    assert (found.done, found.total, found.seconds_left) == (done, total, left)
    assert found.percent == (done * 100 // total if total else 0)


def test_midnight_on_the_way_judges_the_rows_behind_it_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two rows a block: the first block is of the day of the check, the others of the next, on which a licence has run out.

    The broken variant keeps the terms with which the work was begun, and files what may not be filed any more.
    """
    at = datetime(2022, 5, 13, 23, 59, 30, tzinfo=SHANGHAI)
    run = bulk.checked(bulk.rows(6), make.applicant(), bulk.offer().item.code, at=at)
    assert run.good == 6
    confirm_run(run.pk, cases=6, by=make.applicant(), at=at, key=make.key())
    asked: list[str] = []
    real = bulk_work.judged_again

    def judged(terms: Terms, row: Staged) -> NoLonger | None:
        asked.append(str(terms.today))
        if row.number == 7:
            return NoLonger(row.number, ["示例"], {"": "执照已经过期。"})
        return real(terms, row)

    blocks = iter([at, at, *[at + timedelta(minutes=1)] * 99])
    monkeypatch.setattr(bulk_work, "judged_again", judged)
    monkeypatch.setattr(bulk_work, "next_size", lambda *_, **__: 2)
    monkeypatch.setattr(bulk_work, "ROWS_AT_ONCE", 8)
    monkeypatch.setattr(bulk_work._Clock, "now", lambda _: next(blocks))
    bulk_work.run(run.pk, at=at)
    run.refresh_from_db()
    assert (run.state, run.filed, run.bad) == (BulkState.DONE, 5, 1)
    assert asked == ["2022-05-14"] * 4
    days = sorted(Case.objects.values_list("filed_on", flat=True))
    assert [str(day) for day in days] == ["2022-05-13"] * 2 + ["2022-05-14"] * 3
