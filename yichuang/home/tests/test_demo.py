"""The demo province: fictional people, a month of work by the real commands, the same month every time."""

import json
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

import pytest
from click.testing import CliRunner
from django.contrib.auth.hashers import check_password
from django.db import transaction
from pytest_django import DjangoDbBlocker

from yichuang.cases.flow import TRANSITIONS, Action, State
from yichuang.catalogue.commands import load_departments, load_guides
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Applicant, Post
from yichuang.directory.queries import actor_named
from yichuang.home import cli
from yichuang.home.commands import DEMO_ACCOUNTS, demo_password, draft_report, load_people, simulate
from yichuang.home.commands.demo_people import COMPANIES, company_code, person_number
from yichuang.home.commands.demo_report import SENT, TAKEN, last_full_week
from yichuang.intake.commands import NewFile
from yichuang.journal.queries import checked_facts, checked_seal, head
from yichuang.kernel import identifiers, sql
from yichuang.kernel.canonical import digest
from yichuang.kernel.times import SHANGHAI
from yichuang.reports.models import Report
from yichuang.statistics.queries import cells
from yichuang.workdays.queries import calendar

NOW = datetime(2022, 6, 10, 15, 0, tzinfo=SHANGHAI)
SECRET = "an-example-of-a-secret"
FILE = NewFile("示例材料.pdf", "pdf", 9, "0" * 64)
LINE = (
    "select c.number, c.item_name, c.applicant_name, c.state, c.filed_at, c.accepted_on, c.decided_on, c.due_on, "
    "c.outcome, c.channel, (select string_agg(f.kind || f.at || coalesce(f.number, ''), ' ' order by f.seq) "
    "from journal_fact f where f.subject_id = c.id) from cases_case c order by c.number"
)


def people() -> list[Applicant]:
    load_departments(NOW)
    load_guides(NOW)
    return load_people(secret=SECRET, at=NOW)


def month() -> str:
    """Work through the month, and say what it came to."""
    companies = [Applicant.objects.get(paper_number=company_code(n)) for n in range(1, len(COMPANIES) + 1)]
    simulate(companies, file=FILE, now=NOW)
    return digest("\n".join(str(row) for row in sql.rows(LINE)))


@pytest.fixture(scope="module")
def province(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[list[str]]:
    """The month worked through twice, the first time undone; the digests of both. Nothing of it stays."""
    with django_db_blocker.unblock(), transaction.atomic():
        people()
        kept = transaction.savepoint()
        digests = [month()]
        transaction.savepoint_rollback(kept)
        digests.append(month())
        draft_report(now=NOW)
        yield digests
        transaction.set_rollback(True)


def states() -> Counter[str]:
    return Counter(dict(sql.rows("select state, count(*) from cases_case group by state")))


def test_the_same_day_yields_the_same_month(province: list[str]) -> None:
    assert province[0] == province[1]


def test_every_state_is_there(province: list[str]) -> None:
    found = states()
    assert set(found) == {str(state) for state in State}
    assert 120 <= found.total() <= 260


def test_every_light_is_there(province: list[str]) -> None:
    due = [row[0] for row in sql.rows("select due_on from cases_work where kind in ('review', 'decide')")]
    left = [calendar().between(NOW.date(), day) if day >= NOW.date() else -1 for day in due]
    assert min(left) < 0
    assert any(0 <= one <= 3 for one in left)
    assert max(left) > 3


def test_everything_went_through_the_commands(province: list[str]) -> None:
    done = {kind for (kind,) in sql.rows("select distinct kind from journal_fact")}
    unused = {
        Action.HAND_OVER,
        Action.SEND_BACK,
        Action.EXTEND,
        Action.TERMINATE,
        Action.NOTE_OVERRUN,
        Action.SUPPLY,
    }
    assert {row.fact for row in TRANSITIONS if row.action not in unused} | {"case.filed"} <= done
    assert sql.one("select count(*) from cases_case c where not exists "
                   "(select 1 from journal_fact f where f.subject_id = c.id and f.seq = c.seq)") == (0,)  # fmt: skip
    assert sql.one("select count(*) from journal_fact where actor = 'system' and kind like 'case.%%'") == (0,)


def test_the_chain_of_every_case_holds(province: list[str]) -> None:
    cases = sql.rows("select id, seq, last_hash from cases_case")
    for case_id, seq, last in cases:
        facts = checked_facts(case_id)
        assert all(fact.sound and fact.seal is not None for fact in facts)
        assert (facts[-1].seq, facts[-1].hash) == (seq, bytes(last))


def test_the_seals_hold_and_no_case_waits_for_one(province: list[str]) -> None:
    assert sql.one("select count(*) from journal_fresh where subject_kind = 'case'") == (0,)
    for number in range(1, head().number + 1):
        seal = checked_seal(number)
        assert seal is not None
        assert seal.root_sound
        assert seal.chain_sound
        assert seal.facts_sound


def test_the_figures_are_those_of_the_cases(province: list[str]) -> None:
    values = cells(first_day=date(2022, 1, 1), last_day=NOW.date()).values()
    assert values["concluded"] == sum(states()[state] for state in ("decided", "delivered"))
    accepted = sql.one("select count(*) from cases_case where accepted_on is not null")
    assert accepted == (values["accepted"],)


def test_numbers_have_no_gap(province: list[str]) -> None:
    numbers = [row[0] for row in sql.rows("select number from cases_case")]
    series: dict[str, list[int]] = {}
    for number in numbers:
        head_, _, tail = number.rpartition("-")
        series.setdefault(head_, []).append(int(tail))
    assert all(sorted(found) == list(range(1, len(found) + 1)) for found in series.values())


def test_work_happens_on_working_days_before_now(province: list[str]) -> None:
    found = sql.rows(
        "select distinct day, max(at) over (partition by day) from journal_fact where kind like 'case.%%'"
    )
    assert all(calendar().is_workday(day) for day, _ in found)
    assert max(at for _, at in found) <= NOW


def test_the_report_of_the_last_full_week_is_being_edited(province: list[str]) -> None:
    report = Report.objects.get()
    assert (report.first_day, report.last_day) == (date(2022, 5, 30), date(2022, 6, 3))
    assert report.state in ("collecting", "editing")
    assert sql.one("select count(*) from reports_contribution") == (len(SENT),)
    assert 0 < TAKEN < len(SENT)
    assert draft_report(now=NOW) is None


@pytest.mark.parametrize(
    ("today", "week"),
    [
        (date(2022, 6, 13), (date(2022, 6, 6), date(2022, 6, 10))),
        (date(2022, 6, 12), (date(2022, 5, 30), date(2022, 6, 3))),
        (date(2022, 1, 1), (date(2021, 12, 20), date(2021, 12, 24))),
    ],
)
def test_the_last_full_week(today: date, week: tuple[date, date]) -> None:
    assert last_full_week(today) == week


def test_people_come_once(province: list[str]) -> None:
    before = (Account.objects.count(), Post.objects.count(), Applicant.objects.count())
    facts = sql.one("select count(*) from journal_fact")
    with transaction.atomic():
        again = load_people(secret="another-secret", at=NOW)
    assert [one.name for one in again] == list(COMPANIES)
    assert (Account.objects.count(), Post.objects.count(), Applicant.objects.count()) == before
    assert sql.one("select count(*) from journal_fact") == facts
    assert check_password(demo_password(SECRET, "clerk"), Account.objects.get(username="clerk").password)


def test_listed_accounts_open_and_the_others_do_not(province: list[str]) -> None:
    listed = {account.username for account in DEMO_ACCOUNTS}
    for one in Account.objects.all():
        assert one.has_usable_password() == (one.username in listed)
    for account in DEMO_ACCOUNTS:
        stored = Account.objects.get(username=account.username)
        password = demo_password(SECRET, account.username)
        assert check_password(password, stored.password)
        assert password not in stored.password


def test_every_role_that_the_demonstration_promises_is_there(province: list[str]) -> None:
    held = {account.username: actor_named(account.username) for account in DEMO_ACCOUNTS}
    assert {name for name, actor in held.items() if actor.kind == "applicant"} == {"company", "person"}
    assert all(actor.kind == "staff" for name, actor in held.items() if name not in ("company", "person"))
    everything = {str(c) for actor in held.values() for c in actor.capabilities}
    # Departments' systems report under accounts of their own, into which nobody signs.
    assert everything == {str(c) for c in Capability} - {str(Capability.EXCHANGE_REPORT)}
    for actor in held.values():
        assert not (actor.can(Capability.CASE_REVIEW) and actor.can(Capability.CASE_DECIDE))
        assert not (actor.can(Capability.CATALOGUE_EDIT) and actor.can(Capability.CATALOGUE_PUBLISH))
        assert not (actor.can(Capability.REPORT_EDIT) and actor.can(Capability.REPORT_REVIEW))


def test_passwords_come_from_the_secret_and_nothing_else() -> None:
    names = [account.username for account in DEMO_ACCOUNTS]
    made = {demo_password(SECRET, name) for name in names}
    assert len(made) == len(names)
    assert made.isdisjoint(demo_password("another-secret", name) for name in names)
    assert demo_password(SECRET, "clerk") == demo_password(SECRET, "clerk")
    assert all(len(password) == 12 for password in made)


def test_nobody_of_the_demonstration_exists() -> None:
    for number in range(1, len(COMPANIES) + 1):
        assert identifiers.uscc.check(company_code(number)).verdict == "ok"
        assert "DEM" in company_code(number)
    assert identifiers.resident_id.check(person_number(1)).verdict == "ok"
    assert all("示例" in one.name for one in DEMO_ACCOUNTS)


def run(*arguments: str) -> Any:
    return CliRunner().invoke(cli.demo, arguments)


def test_accounts_are_listed_for_machines(settings: Any) -> None:
    settings.SECRET_KEY = SECRET
    result = run("accounts", "--json")
    rows = json.loads(result.stdout)
    assert result.exit_code == 0
    assert len(rows) == len(DEMO_ACCOUNTS)
    assert all(set(row) == {"role", "username", "password"} for row in rows)
    clerk = next(row for row in rows if row["username"] == "clerk")
    assert clerk == {"role": "综窗工作人员", "username": "clerk", "password": demo_password(SECRET, "clerk")}
    assert result.stdout.count("\n") == 1


def test_accounts_are_listed_for_people(settings: Any) -> None:
    settings.SECRET_KEY = SECRET
    lines = run("accounts").stdout.splitlines()
    assert len(lines) == len(DEMO_ACCOUNTS)
    assert all(account.username in line for account, line in zip(DEMO_ACCOUNTS, lines, strict=True))


def test_help_is_in_two_languages() -> None:
    said = run("--help").stdout
    for words in ("演示省份", "The demo province", "load", "accounts", "List the demo accounts"):
        assert words in said
