"""Many experts from a table: what a row must say, what an import does and does not, the pages."""

import html
import json
import re
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client

from yichuang.directory.commands import Imported, import_experts, save_expert
from yichuang.directory.commands import experts_import as commands
from yichuang.directory.models import Expert
from yichuang.directory.queries import expert
from yichuang.directory.queries.experts import import_plan
from yichuang.directory.rules.experts import ExpertForm, expert_faults
from yichuang.directory.rules.experts_plan import COLUMNS, MOST_ROWS, Fate, Table, plan, read_experts
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import AT
from yichuang.directory.tests.test_experts import manager
from yichuang.gateways.workbooks import Sheet, workbook
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.errors import Conflict, Invalid, Refused

HEAD = ["姓名", "专业领域", "单位", "单位信用代码", "职称", "电话", "状态"]
ONE = ["张示例", "水文，水工", "示例研究院", "", "教授", "028-00000000", ""]
TWO = ["李示例", "法律", "示例大学", "", "副教授", "", "已停用"]


def key() -> str:
    return uuid4().hex


def table(*rows: list[str], head: list[str] = HEAD) -> Table:
    return [(line, cells) for line, cells in enumerate([head, *rows], start=1)]


def done(sent: Table, *, same: str = "") -> Imported:
    by = manager()
    return import_experts(sent, seen=import_plan(sent, by=by).digest, by=by, at=AT, key=same or key())


def wrong(*cells: str) -> dict[str, str]:
    return dict(read_experts(table(list(cells)))[0].faults)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        (["", *ONE[1:]], "姓名"), (["长" * 61, *ONE[1:]], "姓名"), ([ONE[0], " 、", *ONE[2:]], "专业领域"),
        ([ONE[0], "、".join(f"域{n}" for n in range(9)), *ONE[2:]], "专业领域"), ([*ONE[:2], "", *ONE[3:]], "单位"),
        ([*ONE[:3], "91510000MA6EXAMP2X", *ONE[4:]], "单位信用代码"), ([*ONE[:4], "", *ONE[5:]], "职称"),
        ([*ONE[:5], "打我", ""], "电话"), ([*ONE[:6], "在岗"], "状态"), (ONE[:3], "职称"),
    ],
)  # fmt: skip
def test_a_row_that_is_wrong_says_where_and_how(cells: list[str], column: str) -> None:
    faults = wrong(*cells)
    assert list(faults) == [column]
    assert faults[column]


def test_the_form_and_the_file_have_the_same_rules() -> None:
    labels = {one.field: one.label for one in COLUMNS}
    form = ExpertForm("", ("",), "长" * 61, "", "1", "x")
    assert {labels[name]: words for name, words in expert_faults(form).items()} == wrong(
        "", "", "长" * 61, "1", "", "x"
    )
    example = read_experts(table([one.example for one in COLUMNS]))[0]
    assert example.faults == (), "what the page gives as an example is right"


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ([], "没有找到表头"), (table(head=["甲", "乙"]), "没有找到表头"), (table(ONE, head=["姓名", "单位"]), "缺少：专业领域、职称"),
        (table(ONE, head=[*HEAD, "专家姓名"]), "“姓名”出现了两次"), (table(), "没有专家"),
        (table(*[ONE] * (MOST_ROWS + 1)), "一次最多导入"),
    ],
)  # fmt: skip
def test_a_table_that_is_no_list_of_experts_says_why(sent: Table, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        read_experts(sent)


def test_the_head_is_found_under_words_in_any_order_and_by_other_names() -> None:
    sent: Table = [
        (1, ["模板说明"]),
        (4, ["工作单位", "专家姓名", "职务", " 领域 ", "备注"]),
        (6, ["甲院", "乙", "丙", "丁;戊", "x"]),
    ]
    row = read_experts(sent)[0]
    assert (row.line, row.form) == (6, ExpertForm("乙", ("丁", "戊"), "甲院", "丙"))
    assert row.said == {"unit", "name", "title", "fields"}


def test_twins_in_one_file_are_told_whatever_their_width() -> None:
    rows = read_experts(table(ONE, ["张 示例", *ONE[1:]], TWO))
    assert [bool(row.faults) for row in rows] == [False, True, False]
    assert "第 2 行" in dict(rows[1].faults)["姓名"]


@pytest.mark.django_db
def test_an_import_adds_changes_and_leaves_and_the_same_file_twice_creates_nothing() -> None:
    old = save_expert(
        ExpertForm("李示例", ("法律",), "示例大学", "讲师", phone="1"), by=manager(), at=AT, key=key()
    )
    sent = table(ONE, TWO)
    first = done(sent)
    assert (first.new, first.changed, first.same) == (1, 1, 0)
    assert expert(old.pk, by=manager()).title == "副教授"
    assert not Expert.objects.get(pk=old.pk).is_active
    again = done(sent)
    assert (again.new, again.changed, again.same) == (0, 0, 2)
    assert Expert.objects.count() == 2
    assert [fact.kind for fact in facts_of(old.pk)] == ["expert.added", "expert.changed"]
    run = facts_of(first.run_id)
    assert [(fact.kind, fact.data) for fact in run] == [
        ("experts.imported", {"new": 1, "changed": 1, "same": 0})
    ]


@pytest.mark.django_db
def test_a_column_that_the_file_lacks_changes_nothing_and_an_empty_cell_clears() -> None:
    done(table(ONE))
    head = ["姓名", "专业领域", "单位", "职称"]
    assert done(table(["张示例", "水文、水工", "示例研究院", "教授"], head=head)).same == 1
    assert done(table([*ONE[:5], "", "停用"])).changed == 1
    one = Expert.objects.get()
    assert (one.phone, one.is_active) == ("", False)
    assert done(table(["张示例", "水文", "示例研究院", "教授"], head=head)).changed == 1
    assert not Expert.objects.get().is_active


@pytest.mark.django_db
def test_all_of_it_or_nothing() -> None:
    sent = table(ONE, [*TWO[:4], "", "", ""])
    with pytest.raises(Invalid, match="1 行要先改正"):
        done(sent)
    with pytest.raises(Invalid, match="没有找到表头"):
        import_experts([], seen="", by=manager(), at=AT, key=key())
    assert Expert.objects.count() == 0


@pytest.mark.django_db
def test_what_was_not_looked_at_is_not_written() -> None:
    """The pool changes between the look and the confirmation; the broken variant, without the digest, overwrites."""
    sent, by = table(["李示例", *TWO[1:]]), manager()
    seen = import_plan(sent, by=by).digest
    form = ExpertForm("李示例", ("法律",), "示例大学", "教授")
    save_expert(form, by=by, at=AT, key=key())
    with pytest.raises(Conflict, match="有了变化"):
        import_experts(sent, seen=seen, by=by, at=AT, key=key())
    assert Expert.objects.get().title == "教授"
    overwritten = import_experts(sent, seen=import_plan(sent, by=by).digest, by=by, at=AT, key=key())
    assert (overwritten.changed, Expert.objects.get().title) == (1, "副教授")


@pytest.mark.django_db
def test_a_double_click_is_answered_with_the_first_outcome() -> None:
    """The broken variant forgets its key: the second click finds another pool and is refused."""
    sent, same, by = table(ONE, TWO), key(), manager()
    seen = import_plan(sent, by=by).digest
    first = import_experts(sent, seen=seen, by=by, at=AT, key=same)
    assert import_experts(sent, seen=seen, by=by, at=AT, key=same) == first
    with pytest.raises(Conflict, match="有了变化"):
        import_experts(sent, seen=seen, by=by, at=AT, key=key())
    with pytest.raises(Conflict, match="标识已被使用"):
        import_experts(table(ONE), seen=seen, by=by, at=AT, key=same)
    assert Expert.objects.count() == 2


@pytest.mark.django_db
def test_an_import_holds_up_nobody_who_only_points_at_an_expert() -> None:
    """A plain `for update` would keep a draw waiting: each seat it writes points at an expert."""
    with sql.counting() as statements:
        done(table(ONE))
    held = [one for one in statements if "FOR UPDATE" in one or "FOR NO KEY UPDATE" in one]
    assert ["FOR NO KEY UPDATE" in one for one in held] == [True]


@pytest.mark.django_db
def test_who_is_taken_in_at_the_same_moment_stops_the_whole_import(monkeypatch: pytest.MonkeyPatch) -> None:
    by = manager()
    sent = table(TWO, ONE)
    stale = plan(read_experts(sent), [])
    save_expert(ExpertForm("张示例", ("水文",), "示例研究院", "教授"), by=by, at=AT, key=key())
    monkeypatch.setattr(commands, "import_plan", lambda *_, **__: stale)
    with pytest.raises(Conflict, match="已经在库中"):
        import_experts(sent, seen=stale.digest, by=by, at=AT, key=key())
    assert Expert.objects.count() == 1


@pytest.mark.django_db
def test_only_who_keeps_the_pool_may() -> None:
    for call in (
        lambda: import_experts(table(ONE), seen="", by=people.clerk(), at=AT, key=key()),
        lambda: import_plan(table(ONE), by=people.applicant_actor()),
    ):
        with pytest.raises(Refused):
            call()
    browser = Client()
    browser.force_login(people.account_of(people.clerk()))
    for address in ("/desk/experts/import", "/desk/experts/import/template"):
        assert browser.get(address).status_code == 403
    assert browser.post("/desk/experts/import/confirm", {"client_key": key()}).status_code == 403


@pytest.mark.django_db
def test_the_look_takes_one_statement_however_long_the_file() -> None:
    done(table(ONE, TWO))
    by = manager()
    sent = table(*[[f"示例{n}", *ONE[1:]] for n in range(300)])
    with sql.counting() as statements:
        found = import_plan(sent, by=by)
    assert len(statements) == 1
    assert len(found.of(Fate.NEW)) == 300


def browser() -> Client:
    made = Client()
    made.force_login(people.account_of(manager()))
    return made


def shown(answer: HttpResponseBase) -> str:
    return b"".join(answer).decode()


def hidden(page: str) -> dict[str, str]:
    """What the look carries to the confirmation."""
    found = re.findall(r'name="(table|seen)" value="([^"]*)"', page)
    return {name: html.unescape(value) for name, value in found}


def posted(client: Client, data: bytes, name: str = "名单.csv") -> Any:
    return client.post("/desk/experts/import", {"file": SimpleUploadedFile(name, data)})


def as_csv(*rows: list[str]) -> str:
    return "\n".join(",".join(row) for row in [HEAD, *rows])


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "xlsx"])
def test_from_the_file_to_the_list(encoding: str) -> None:
    client = browser()
    rows = [ONE, ["=SUM(A1)", "水文", "示例公司", "", "工程师", "", ""]]
    made = (
        workbook([Sheet("专家", "说明", HEAD, rows)])
        if encoding == "xlsx"
        else as_csv(*rows).encode(encoding)
    )
    answer = posted(client, made, "名单.xlsx" if encoding == "xlsx" else "名单.csv")
    page = shown(answer)
    assert answer.status_code == 200
    assert "确认导入 2 位" in page
    assert Expert.objects.count() == 0, "a look writes nothing"
    given = hidden(page) | {"client_key": key()}
    for _ in range(2):
        confirmed = client.post("/desk/experts/import/confirm", given)
        assert confirmed.status_code == 302, shown(confirmed)
        assert (confirmed.status_code, confirmed["Location"]) == (302, "/desk/experts")
    assert "新增 2 位，修改 0 位，未变 0 位" in shown(client.get("/desk/experts"))
    exported = shown(client.get("/desk/experts.csv"))
    assert "'=SUM(A1)" in exported, "no formula comes out"
    back = shown(posted(client, exported.encode()))
    assert "都已在库中，内容相同" in back, "our own export changes nothing"
    stale = client.post("/desk/experts/import/confirm", given | {"client_key": key()})
    assert stale.status_code == 409
    assert "有了变化" in shown(stale)


@pytest.mark.django_db
def test_wrong_rows_are_listed_and_cannot_be_confirmed_all_the_same() -> None:
    client = browser()
    answer = posted(client, as_csv(ONE, [*TWO[:4], "", "", ""]).encode())
    page = shown(answer)
    assert "有 1 行要先改正" in page
    assert "第 3 行" in page
    assert "确认导入" not in page
    sent = table(ONE, [*TWO[:4], "", "", ""])
    seen = import_plan(sent, by=manager()).digest
    assert hidden(page) == {}, "there is nothing to confirm"
    given = {"table": json.dumps(sent), "seen": seen, "client_key": key()}
    refused = client.post("/desk/experts/import/confirm", given)
    assert (refused.status_code, Expert.objects.count()) == (422, 0)
    assert "没有导入任何专家" in shown(refused)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("data", "name", "words"),
    [
        (b"", "a.csv", "空的"), (b"%PDF-1.4", "a.pdf", "不是表格"), ("甲,乙\n1,2".encode(), "a.csv", "没有找到表头"),
        (b"\xd0\xcf\x11\xe0", "a.xls", "旧版"),
    ],
)  # fmt: skip
def test_files_that_are_no_list_are_answered_with_the_way_out(data: bytes, name: str, words: str) -> None:
    client = browser()
    answer = posted(client, data, name)
    assert answer.status_code == 422
    assert words in shown(answer)
    assert client.post("/desk/experts/import").status_code == 422


def wide(rows: int, *, more: int = 0) -> bytes:
    """A file of sound rows whose every cell is as long as it may be, in a sign that a form writes longest."""
    sign = "𠮷"
    fields = "、".join(f"{n}{sign * 59}" for n in (*range(8), 0))
    lines = [
        [f"{n:03}{sign * 57}", fields, sign * 60, "", sign * 60, "0" * 20, "在用", *["注" * 500] * more]
        for n in range(rows)
    ]
    return "\n".join(",".join(row) for row in [[*HEAD, *["备注"] * more], *lines]).encode()


@pytest.mark.django_db
def test_whatever_is_shown_can_be_confirmed_as_a_browser_sends_it() -> None:
    """The broken variants: what is carried is counted in signs, or with columns that nobody reads."""
    client = browser()
    fits, too_many = MOST_ROWS - 64, MOST_ROWS
    assert posted(client, wide(too_many)).status_code == 422
    while too_many - fits > 1:
        middle = (fits + too_many) // 2
        sound = posted(client, wide(middle)).status_code == 200
        fits, too_many = (middle, too_many) if sound else (fits, middle)
    answer = posted(client, wide(too_many))
    assert "请分成几份" in shown(answer)
    given = hidden(shown(posted(client, wide(fits, more=3))))
    assert "注" not in given["table"]
    body = urlencode({**given, "client_key": key(), "csrfmiddlewaretoken": "x" * 64})
    assert len(body) > 0.95 * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0)
    made = client.post("/desk/experts/import/confirm", body, content_type="application/x-www-form-urlencoded")
    assert (made.status_code, Expert.objects.count()) == (302, fits)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "sent", ["", "{}", "[1]", '[[1,"a"]]', '[["1",["a"]]]', "[[true,[]]]", "[[1,[2]]]", "[" * 5000, "[]"]
)
def test_a_confirmation_of_anything_else_is_refused(sent: str) -> None:
    answer = browser().post("/desk/experts/import/confirm", {"table": sent, "seen": "x", "client_key": key()})
    assert (answer.status_code, Expert.objects.count()) == (422, 0)


@pytest.mark.django_db
def test_the_templates_are_read_by_the_import_itself() -> None:
    client = browser()
    assert browser().post("/desk/experts/import/confirm", {"table": "[]"}).status_code == 422, "no key"
    for query, name in (("", "a.csv"), ("?format=xlsx", "a.xlsx")):
        answer = client.get(f"/desk/experts/import/template{query}")
        data = b"".join(answer)
        assert "attachment" in answer["Content-Disposition"]
        assert "下面没有专家" in shown(posted(client, data, name))
    page = shown(client.get("/desk/experts/import"))
    assert all(one.label in page for one in COLUMNS)
    assert "导入名单" in shown(client.get("/desk/experts"))
