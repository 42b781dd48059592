"""What an enemy tries with exports: rights that were lost on the way, others' files, words that run, jobs that die."""

import base64
import io
import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as site

from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Post
from yichuang.directory.tests import factories as people
from yichuang.exports import commands, render
from yichuang.exports.flow import KEPT_FOR, MOST_OPEN, Format, Sort, State
from yichuang.exports.models import Export
from yichuang.exports.queries.lists import selection
from yichuang.exports.queries.wording import masked_name, statement
from yichuang.exports.rules import reach_of, said, still_reaches
from yichuang.exports.tests.test_lists import TODAY, read
from yichuang.exports.tests.test_pages import done
from yichuang.exports.tests.test_run import AT, HELD, asked, exporter, folder, made, parquet, table
from yichuang.feedback.tests import factories as feedback
from yichuang.gateways.sheets_in import open_sheet
from yichuang.home.tests.visitors import browser
from yichuang.journal.queries import views_of
from yichuang.kernel import sql
from yichuang.kernel.actor import ANONYMOUS, SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.masking import Personal, mask

EVIL = "=cmd|'/C calc'!A0"
LONG = "四川省示例广播电视节目制作经营联合发展" * 12


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: AT)


def other(name: str = "another", **more: Any) -> Actor:
    """Somebody else who may export."""
    return people.staff(name, people.post(people.department(), "另一导出岗", HELD, **more))


def status(page: Any, address: str) -> int:
    """What a download is answered with; the file is read to its end, which closes it."""
    answer = page.get(address)
    if answer.streaming:
        b"".join(answer.streaming_content)
    return int(answer.status_code)


# Rights.


@pytest.mark.django_db
def test_a_file_read_within_wider_rights_is_not_handed_out_within_narrower_ones() -> None:
    """Between the run and the download the post was narrowed; the broken variant looks at the list's capability alone."""
    by = exporter()
    address = f"/desk/exports/{done(asked(by), b'content').pk}/file"
    assert status(browser(by), address) == 200
    looks = len(views_of(Export.objects.get().pk))
    Post.objects.filter(name="导出岗").update(everywhere=False)
    refused = browser(by).get(address)
    assert refused.status_code == 403
    assert "重新导出" in refused.content.decode()
    assert len(views_of(Export.objects.get().pk)) == looks, "nothing was taken"
    Export.objects.update(reach="")
    Post.objects.filter(name="导出岗").update(everywhere=True)
    assert status(browser(by), address) == 403, "of which nobody knows what it holds"
    Export.objects.update(reach="0:")
    assert status(browser(by), address) == 200, "the broken variant: a reach that says nothing"


def test_who_reaches_as_far_as_a_file() -> None:
    one, two = uuid4(), uuid4()

    def staff(clearance: int, *departments: UUID, everywhere: bool = False) -> Actor:
        home = departments[0] if departments else None
        return Actor(
            "staff",
            "示例",
            uuid4(),
            home,
            departments=frozenset(departments[1:]),
            everywhere=everywhere,
            clearance=clearance,
        )

    wide, narrow, high = staff(0, one, two), staff(0, one), staff(2, one)
    whole, nobody = staff(3, one, everywhere=True), staff(3)
    for then, now, may in (
        (wide, wide, True), (wide, narrow, False), (narrow, wide, True), (high, narrow, False), (narrow, high, True),
        (whole, wide, False), (wide, whole, True), (whole, SYSTEM, True), (nobody, narrow, False), (narrow, nobody, False),
        (narrow, ANONYMOUS, False), (staff(0, two), narrow, False),
    ):  # fmt: skip
        assert still_reaches(reach_of(then), by=now) is may, (reach_of(then), reach_of(now))
    for tampered in ("", ":", "x:*", "-1:*", "²:*", "*", "9:*", "0:*,"):
        assert not still_reaches(tampered, by=narrow), tampered


def test_whoever_left_or_lost_his_post_gets_nothing_though_he_asked_in_time(
    committed: dict[str, str],
) -> None:
    make.filed()
    by = exporter()
    first, second, third = asked(by), asked(by, kind="xlsx"), asked(by, code="search", q="示例")
    account = people.account_of(by)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    render.run(first, at=AT)
    Account.objects.filter(pk=account.pk).update(is_active=True)
    Post.objects.filter(name="导出岗").update(capabilities=[])
    render.run(second, at=AT)
    Post.objects.filter(name="导出岗").update(
        capabilities=[each for each in HELD if each != Capability.CASE_SEARCH]
    )
    render.run(third, at=AT)
    rows = list(Export.objects.all())
    assert [(row.state, row.rows, row.reach, bool(row.problem)) for row in rows] == [
        (State.REFUSED, 0, "", True)
    ] * 3
    assert folder() == []
    Post.objects.filter(name="导出岗").update(capabilities=HELD)
    assert len(table(made(asked(by)))) == 2, "with the right it would have been made"


@pytest.mark.django_db
def test_other_peoples_exports_are_not_there_for_anybody() -> None:
    by, thief = exporter(), other(everywhere=True)
    mine = done(asked(by), b"x")
    waiting = asked(by)
    page = browser(thief)
    assert page.get(f"/desk/exports/{mine.pk}/file").status_code == 404
    assert page.post(f"/desk/exports/{waiting}/cancel", {"client_key": make.key()}).status_code == 404
    assert str(waiting) not in page.get("/desk/exports").content.decode()
    key = base64.urlsafe_b64encode(json.dumps([str(UUID(int=2**128 - 1))]).encode()).decode()
    assert str(waiting) not in page.get(f"/desk/exports?after={key}").content.decode(), (
        "a cursor opens no other list"
    )
    for nobody in (SYSTEM, ANONYMOUS):
        with pytest.raises(Refused):
            asked(nobody)
    assert Export.objects.get(pk=waiting).state == State.WAITING
    assert status(browser(by), f"/desk/exports/{mine.pk}/file") == 200
    used = make.key()
    asked(by, key=used)
    with pytest.raises((Conflict, Refused, Missing)):
        asked(thief, key=used)


@pytest.mark.django_db
def test_tampered_addresses_are_refusals_and_never_faults() -> None:
    by = exporter()
    page = browser(by)
    day = "0001-01-01"
    for query in (
        f"list=ratings&last={day}", f"list=complaints&last={day}&first={day}", "list=ratings&first=9999-12-31", "list=ratings&last=10000-01-01",
        "list=ratings&level=%EF%BC%95&channel='&follow=%00&appeal=%25", "list=ratings&window=x", "list=complaints&kind=';drop+table+x--",
        "list=queue&tab=done&item=%27%29", "list=queue&tab=to_accept&due_from=2022-13-01", "list=queue&tab=to_accept&department=%25(x)s",
        f"list=counted&measure=received&first={day}&last=9999-12-31&group=x", "list=counted&measure=%25s&first=2022-01-01&last=2022-01-02",
        "list=search&q=%25(x)s%25", "list=search&q=%27%22%5C%ED%A0%80", "list=search&q=" + "长" * 3_000, "list=campaign&campaign=x", "list=__class__",
    ):  # fmt: skip
        shown = page.get(f"/desk/exports/new?{query}")
        assert shown.status_code in (200, 404, 422), query
    for after in (
        "x",
        "e30",
        "WyJ4Il0",
        "WzFd",
        "W251bGxd",
        "!" * 600,
        base64.urlsafe_b64encode(b'["a","b"]').decode(),
    ):
        assert page.get(f"/desk/exports?after={after}").status_code == 422, after
    for code, given in (
        ("ratings", {"last": day}),
        ("complaints", {"last": day}),
        ("search", {"q": "%(scope)s%s%%"}),
        ("queue", {"tab": "done", "green": "1' or '1'='1"}),
    ):
        assert read(code, by, **given) == []


# Words.


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("核对\x00一季度\x1b[31m", "核对一季度[31m"), ("核对\u202e度季一", "核对度季一"), ("\u200b\u200b\u200b\u200b", ""), ("\ufeff 核 \t 对\n台账 ", "核 对 台账"),
        ("\u2066\u2069\u00ad\u200d核", "核"), ("核对\ud800台账", "核对台账"), ("\ue000\ue001\ue002\ue003", ""), ("示例" * 100, "示例" * 100), ("a\u2028b\u2029c\x85d", "a b c d"),
    ],
)  # fmt: skip
def test_a_purpose_is_what_can_be_read(typed: str, kept: str) -> None:
    assert said(typed) == kept
    assert said(kept) == kept


@pytest.mark.django_db
def test_purposes_of_nothing_that_can_be_seen_are_none() -> None:
    """The broken variant: four signs without width are four characters to whoever only counts."""
    by = exporter()
    for purpose in ("\u200b" * 8, "\u202e\u2066\u2069\ufeff", "\x00\x01\x02\x03", "核\u200b\u200b\u200b对"):
        with pytest.raises(Invalid, match="用途"):
            commands.ask_export(
                "queue", "csv", {"tab": "done"}, purpose, address="", by=by, at=AT, key=make.key()
            )
    given = {"tab": "done"}
    one = commands.ask_export(
        "queue", "csv", given, "=核对<b>\u202e台账</b>", address="", by=by, at=AT, key=make.key()
    )
    assert Export.objects.get(pk=one).purpose == "=核对<b>台账</b>"
    body = browser(by).get("/desk/exports").content.decode()
    assert "<b>台账" not in body
    assert "\u202e" not in body
    [asked(by) for _ in range(MOST_OPEN - 1)]
    with pytest.raises(Conflict):
        asked(by)
    assert asked(other(everywhere=True)), "one person's exports keep no other from his"


@pytest.mark.django_db
def test_no_list_has_a_column_in_which_a_formula_could_stand() -> None:
    """Every text that a person could have typed is made a formula; what is no word of ours must be neutralised."""
    made_case = make.filed()
    feedback.rating(5, words=EVIL)
    feedback.complaint(words=EVIL)
    sql.execute("update cases_case set applicant_name = %(x)s, item_name = %(x)s", {"x": EVIL})
    sql.execute("update directory_department set short_name = %(x)s || left(id::text, 13)", {"x": EVIL})
    sql.execute("update cases_work set holder_name = %(x)s", {"x": EVIL})
    office = people.department("示例处", "903", "")
    held = [*HELD, Capability.FEEDBACK_REVIEW]
    by = people.staff("listener", people.post(office, "评价岗", held, everywhere=True))
    day = str(feedback.AT.date())
    for code, question in {
        "queue": {"tab": "to_accept"}, "search": {"q": made_case.number},
        "counted": {"measure": "received", "first": str(made_case.filed_on), "last": str(made_case.filed_on)},
        "ratings": {"first": day, "last": day}, "complaints": {"first": day, "last": day},
    }.items():  # fmt: skip
        rows = read(code, by, **question)
        assert rows, code
        cells = [str(cell) for row in rows for cell in row if cell is not None]
        assert any(cell.startswith(f"'{EVIL}") for cell in cells), code
        assert [cell for cell in cells if cell[:1] in "=+-@|%" and cell] == [], code
        sorts = {one.sort for one in selection(code, question, by=by, today=TODAY).columns}
        assert Sort.TYPED in sorts
    plain = selection("queue", {"tab": "to_accept"}, by=by, today=TODAY)
    raw = sql.rows(statement(plain.columns, plain.source, formulas_off=False), plain.parameters)
    assert EVIL in raw[0], "the broken variant, as it is read for a workbook where text is text"


@pytest.mark.django_db
def test_names_are_masked_whatever_space_they_are_dressed_in() -> None:
    """A full-width space before a name made three signs of two: the given name stood there in full."""
    names = [
        f"{before}{name}{after}"
        for name in ("张", "张三", "欧阳示例")
        for before in ("", "\u3000", "\t", "\u00a0 ")
        for after in ("", "\u3000", "\r\n", "\u2003")
    ]
    found = sql.rows(
        f"select c, {masked_name('c', 'true')} from unnest(%(names)s::text[]) c",
        {"names": [*names, "\u3000", "\n"]},
    )
    assert [shown for _, shown in found] == [mask(Personal.NAME, name) for name, _ in found]
    assert not any("三" in shown for _, shown in found)
    (wrong,) = sql.rows(
        "select left(btrim(c), 1) || '*' || right(btrim(c), 1) from (values (U&'\\3000张三')) v (c)"
    )
    assert "三" in wrong[0], "the broken variant"


# The files.


def test_none_one_and_long_chinese_in_every_format(committed: dict[str, str]) -> None:
    by = exporter()

    def each(count: int) -> list[str]:
        found: list[str] = []
        for kind in Format:
            one = asked(by, kind=kind)
            content = made(one)
            row = Export.objects.get(pk=one)
            assert (row.rows, row.size, row.reach) == (count, len(content), reach_of(by))
            if kind is Format.XLSX:
                if count:
                    with open_sheet(io.BytesIO(content), name="a.xlsx") as sheet:
                        found += [cells.cells[2] for cells in sheet.rows()]
                assert content.startswith(b"PK")
            elif kind is Format.CSV:
                found += [cells[2].removeprefix("'") for cells in table(content)[1:]]
            else:
                path = Path(site.FILES_DIR) / "exports" / render.file_name(row)
                found += [cells[0] for cells in parquet(path, "申请人")]
        return found

    assert each(0) == []
    make.filed()
    strange = f'{EVIL}{LONG},"引\n号";\u3000\U00020000'
    sql.execute("update cases_case set applicant_name = %(name)s", {"name": strange})
    assert each(1) == [strange] * 3
    assert folder() == sorted(render.file_name(row) for row in Export.objects.all())


def test_killed_at_every_step_it_comes_back_and_nothing_stays(
    committed: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill is an exception that nobody catches: before, in the middle, after the file, before the note."""
    make.filed()
    by = exporter()
    (Path(site.FILES_DIR) / "exports").mkdir(parents=True)

    def killed(*_: Any, **__: Any) -> Any:
        raise KeyboardInterrupt

    for step in ("selection", "_expected", "finish_export"):
        one = asked(by)
        with monkeypatch.context() as during:
            during.setattr(render, step, killed)
            with pytest.raises(KeyboardInterrupt):
                render.run(one, at=AT)
        assert Export.objects.get(pk=one).state == State.RUNNING
        assert len(table(made(one))) == 2, step
    orphan = asked(by, kind="xlsx")
    with monkeypatch.context() as during:
        during.setattr(render, "finish_export", killed)
        with pytest.raises(KeyboardInterrupt):
            render.run(orphan, at=AT)
    commands.cancel_export(orphan, by=by, at=AT, key=make.key())
    assert f"{orphan}.xlsx" in folder(), (
        "killed between the file and the note, then cancelled: nobody knows of it"
    )


def test_no_file_outlives_its_days_whatever_the_row_says(committed: dict[str, str]) -> None:
    """Orphans of killed jobs, drafts, folders of an engine; the broken variant knew drafts alone and left the rest for ever."""
    base = Path(site.FILES_DIR) / "exports"
    base.mkdir(parents=True)
    old, young = AT - KEPT_FOR - timedelta(days=2), AT - timedelta(hours=1)
    outside = base.parent / "precious"
    outside.mkdir()
    (outside / "file").write_text("whole")
    for moment, number in ((old, 1), (young, 2)):
        spill = base / f"tmp{number}"
        spill.mkdir()
        (spill / "block").write_text("names")
        for path in (base / f"{UUID(int=number)}.csv", base / f"{UUID(int=number)}.parquet.draft", spill):
            path.touch()
            os.utime(path, (moment.timestamp(), moment.timestamp()))
    (base / "link").symlink_to(outside)
    os.utime(base / "link", (old.timestamp(), old.timestamp()), follow_symlinks=False)
    assert render.purge(at=AT) == 0
    assert folder() == sorted([f"{UUID(int=2)}.csv", f"{UUID(int=2)}.parquet.draft", "tmp2"])
    assert (outside / "file").read_text() == "whole", "a link is taken away, not what it leads to"


def test_what_fails_again_and_again_ends_and_says_so(committed: dict[str, str]) -> None:
    """The worker gives up: without it the export would run for ever and count among the few that one may have open."""
    by = exporter()
    waiting, running, ended = asked(by), asked(by), asked(by)
    assert commands.begin_export(running, at=AT)
    commands.cancel_export(ended, by=by, at=AT, key=make.key())
    for one in (waiting, running, ended, running):
        render.lay_aside(one, why="OSError: /srv/secret/path", at=AT)
    rows = {row.pk: row for row in Export.objects.all()}
    assert [rows[one].state for one in (waiting, running, ended)] == [
        State.FAILED,
        State.FAILED,
        State.CANCELLED,
    ]
    assert "重新导出" in rows[running].problem
    assert "secret" not in rows[running].problem, "the trouble is the administrator's to read"
    assert render.find_waiting() == []
    render.run(running, at=AT)
    assert Export.objects.get(pk=running).state == State.FAILED


@pytest.mark.django_db
def test_what_has_expired_is_gone_for_everybody_at_the_second() -> None:
    by = exporter()
    row = done(asked(by), b"x", until=AT + timedelta(seconds=1))
    page = browser(by)
    assert status(page, f"/desk/exports/{row.pk}/file") == 200
    Export.objects.filter(pk=row.pk).update(expires_at=AT)
    assert status(page, f"/desk/exports/{row.pk}/file") == 404
    for state in set(State) - {State.DONE}:
        Export.objects.filter(pk=row.pk).update(state=state, expires_at=AT + KEPT_FOR)
        assert status(page, f"/desk/exports/{row.pk}/file") == 404, state
    Export.objects.filter(pk=row.pk).update(state=State.DONE, format="xlsx")
    assert status(page, f"/desk/exports/{row.pk}/file") == 404, "no other file answers for it"
    for name in ("../../secret", f"{row.pk}.csv/../x", f"{row.pk}", "x.csv", f"{row.pk}.csv\n"):
        with pytest.raises(Missing):
            render.handouts().open(name)
