"""Files of licence lists as they really come: encodings, marks, quotes, missing columns, doubles, size, injection."""

import csv
import io
import string
from contextlib import suppress

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue.commands.lists import save_list
from yichuang.catalogue.models import LicenceList, ListEntry
from yichuang.catalogue.rules.lists import MOST_ENTRIES, Entry, name_key, read_lines, read_table
from yichuang.catalogue.tests import factories as make
from yichuang.catalogue.tests.test_lists import FORM, keeper
from yichuang.directory.models import Account

HEAD = "事项名称,实施机关,设定和实施依据\n"
ROW = "取水许可,水利部门,水法\n"
WATER = Entry("取水许可", "水利部门", "水法")


def browser() -> Client:
    client = Client()
    by = keeper()
    assert by.id is not None
    client.force_login(Account.objects.get(pk=by.id))
    return client


def begun() -> LicenceList:
    make.regions()
    return save_list(FORM, by=keeper(), at=make.AT, key="k" * 9)


def sent(content: bytes, one: LicenceList | None = None, name: str = "清单.csv") -> tuple[int, str]:
    """What the page answers to an uploaded file; nothing is saved by looking at it."""
    found = one or begun()
    before = ListEntry.objects.count()
    answer = browser().post(
        f"/desk/catalogue/lists/{found.pk}/entries",
        {
            "edit": str(found.edit),
            "entries": "旧的｜部门",
            "file": SimpleUploadedFile(name, content, "text/csv"),
        },
    )
    assert ListEntry.objects.count() == before
    return answer.status_code, text_of(answer)


def text_of(answer: HttpResponseBase) -> str:
    return b"".join(answer).decode()


@pytest.mark.django_db
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_encodings_of_spreadsheets_are_read(encoding: str, ending: str) -> None:
    status, page = sent((HEAD + ROW).replace("\n", ending).encode(encoding))
    assert status == 200
    assert "取水许可｜水利部门｜水法" in page


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "事项名称"),
        (b"\n\n\n", "事项名称"),
        ("名字,别的\n甲,乙\n".encode(), "事项名称"),
        ("事项名称\n取水许可\n".encode(), "实施机关"),
        ((HEAD + ",水利部门,\n").encode(), "没有许可名称"),
        ((HEAD + "取水许可,,\n").encode(), "没有写实施机关"),
        ((HEAD + ROW + "（取水许可）,另一部门,\n").encode(), "与第2行的许可名称相同"),
        ((HEAD + ROW).encode("utf-16"), "编码"),
        (b"PK\x03\x04" + b"\0" * 30, "Excel"),
        (b"\xd0\xcf\x11\xe0" + b"\0" * 30, "Excel"),
        (b"%PDF-1.7\x00\x01", "二进制"),
        (b"\xff\xfe\xfd\xfc\x81", "编码"),
    ],
    ids=[
        "empty",
        "blank",
        "columns",
        "department",
        "name",
        "cell",
        "double",
        "utf16",
        "xlsx",
        "xls",
        "pdf",
        "noise",
    ],
)
def test_what_cannot_be_read_is_told_and_what_was_typed_stays(content: bytes, words: str) -> None:
    status, page = sent(content)
    assert status == 422
    assert words in page or "二进制" in page
    assert "旧的｜部门" in page


@pytest.mark.django_db
def test_too_many_entries_are_refused_as_a_file_and_as_text() -> None:
    one = begun()
    rows = "".join(f"许可{n},部门,\n" for n in range(10_000))
    status, page = sent((HEAD + rows).encode(), one)
    assert status == 422
    assert f"最多{MOST_ENTRIES}项" in page
    typed = "\n".join(f"许可{n}｜部门" for n in range(10_000))
    answer = browser().post(
        f"/desk/catalogue/lists/{one.pk}/entries", {"edit": str(one.edit), "entries": typed}
    )
    assert answer.status_code == 422
    assert not ListEntry.objects.exists()


@pytest.mark.django_db
def test_the_most_that_a_list_may_hold_is_saved_and_comes_out_again() -> None:
    one = begun()
    typed = "\n".join(f"许可{n}｜部门｜依据{n}" for n in range(MOST_ENTRIES))
    client = browser()
    answer = client.post(f"/desk/catalogue/lists/{one.pk}/entries", {"edit": str(one.edit), "entries": typed})
    assert answer.status_code == 302
    assert ListEntry.objects.count() == MOST_ENTRIES
    page = text_of(client.get(f"/desk/catalogue/lists/{one.pk}"))
    assert f"{MOST_ENTRIES}" in page.replace(",", "")
    exported = text_of(client.get(f"/desk/catalogue/lists/{one.pk}?format=csv"))
    assert len(exported.splitlines()) == MOST_ENTRIES + 1


@pytest.mark.django_db
def test_a_file_beyond_the_limit_is_refused() -> None:
    status, page = sent(HEAD.encode() + b"a" * (10 * 1024 * 1024 + 1))
    assert status in (413, 422)
    assert "MB" in page


@pytest.mark.django_db
@pytest.mark.parametrize("evil", ["=HYPERLINK(1)", "+1", "-1", "@SUM(1)", "\t=1", "=cmd|' /C calc'!A0"])
def test_formulas_are_harmless_in_the_export(evil: str) -> None:
    one = begun()
    ListEntry.objects.create(
        listed_in=one, position=1, name=evil, name_key="k", department_name=evil, legal_basis=evil
    )
    exported = text_of(browser().get(f"/desk/catalogue/lists/{one.pk}?format=csv"))
    cells = list(csv.reader(io.StringIO(exported.removeprefix("\ufeff"))))[1]
    assert len(cells) == 3
    assert all(cell[0] not in "=+-@\t\r" for cell in cells), cells


@pytest.mark.django_db
@pytest.mark.parametrize(
    "evil", ["<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "{{ 7*7 }}", "</textarea><b>"]
)
def test_markup_in_a_file_is_shown_as_text(evil: str) -> None:
    out = io.StringIO()
    csv.writer(out).writerow([f"许可{evil}", evil, evil])
    status, page = sent((HEAD + out.getvalue()).encode())
    assert status == 200
    assert evil not in page or evil == "{{ 7*7 }}"
    assert "许可49" not in page


def test_quotes_commas_and_lines_within_cells_are_one_cell() -> None:
    read = read_table(HEAD + '"取水许可","水利部门,生态部门","《水法》""第七条""\n第八条"\n')
    assert read.problems == ()
    assert read.entries == (Entry("取水许可", "水利部门,生态部门", '《水法》"第七条" 第八条'),)


def test_a_stroke_within_a_cell_does_not_become_a_column() -> None:
    (entry,) = read_table(HEAD + "取水｜许可,水利部门,水法｜条例\n").entries
    assert entry == Entry("取水；许可", "水利部门", "水法；条例")
    assert read_lines(entry.line).entries == (entry,)


def test_columns_are_found_by_name_in_any_order_with_others_between() -> None:
    text = "序号,设定依据,备注,许可事项名称,主管部门\n1,水法,无,取水许可,水利部门\n"
    assert read_table(text).entries == (WATER,)
    assert read_table("事项名称,实施机关\n取水许可,水利部门\n").entries == (Entry("取水许可", "水利部门"),)
    assert read_table("\ufeff" + HEAD + ROW).entries == (WATER,)


def test_a_row_shorter_than_the_head_is_told_by_its_line() -> None:
    read = read_table(HEAD + ROW + "单独一格\n")
    assert read.entries == (WATER,)
    assert read.problems == ((3, "“单独一格”没有写实施机关"),)


def test_a_cell_without_end_is_a_problem_and_not_a_fault() -> None:
    endless = HEAD + '"' + "长" * 200_000
    with pytest.raises(ValueError, match="CSV"):
        read_table(endless)


NAMES = st.text(
    st.sampled_from(string.ascii_lowercase + string.digits + "取水许可审批甲乙丙"), min_size=1, max_size=12
)
CELLS = st.tuples(NAMES, NAMES, st.text(st.sampled_from("《》水法第七条，、,\"' x"), max_size=12))


@given(st.lists(CELLS, max_size=20))
def test_what_a_spreadsheet_writes_is_what_is_read(rows: list[tuple[str, str, str]]) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["事项名称", "实施机关", "依据"])
    writer.writerows(rows)
    read = read_table(out.getvalue())
    seen: list[str] = []
    wanted = []
    for name, department, basis in rows:
        if name_key(name) not in seen:
            wanted.append(Entry(name, department, " ".join(basis.split())))
        seen.append(name_key(name))
    assert list(read.entries) == wanted
    assert len(read.problems) == len(rows) - len(wanted)
    # What the file gave stands in the field line by line, and saving the field gives the same again.
    assert read_lines("\n".join(entry.line for entry in read.entries)).entries == read.entries


@given(st.text(max_size=400))
def test_no_text_whatever_is_a_fault(text: str) -> None:
    read = read_lines(text)
    assert all(entry.name and entry.department for entry in read.entries)
    assert len({name_key(entry.name) for entry in read.entries}) == len(read.entries)
    with suppress(ValueError):
        assert all(name_key(entry.name) for entry in read_table(text).entries)
