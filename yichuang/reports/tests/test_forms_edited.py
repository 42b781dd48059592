"""Forms as data: copied, edited with every fault at its field, previewed, put in force, used for a report, no code."""

from typing import Any

import pytest
from django.db import IntegrityError, InternalError, transaction
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.reports import commands
from yichuang.reports.commands.forms import copy_form, save_form, switch_form
from yichuang.reports.flow import SectionKind
from yichuang.reports.models import FormVersion, Report, ReportForm
from yichuang.reports.pages.forms import _rows
from yichuang.reports.queries.forms import form_named, forms, forms_that_open
from yichuang.reports.rules.form import PLACEHOLDER, parse_form
from yichuang.reports.rules.form_draft import Typed, pattern_fault, read
from yichuang.reports.tests import factories as make

KNOWN = frozenset({"week.licence.accepted", "year_to_date.licence.accepted"})


def keeper() -> Any:
    return make.everything("form-keeper")


def copied(name: str = "2027年表式", source: str = "2022") -> str:
    return copy_form(source, name, by=keeper(), at=make.AT)


def typed(**changes: Any) -> Typed:
    """A small form as it is typed."""
    row = {"key": "", "heading": "政务动态", "level": "1", "kind": "news", "pattern": ""}
    values: dict[str, Any] = {
        "name": "示例表式", "title": "工作周报", "heading": "", "issuer": "示例中心", "head": "期号、标题、统计期、印发机关、印发日期",
        "item_level": "3", "copies": "10", "offsets": "2027=500", "distribution": {"报": "", "送": "各处室", "发": ""},
        "sections": [row], "inspection": [],
    }  # fmt: skip
    return Typed(**(values | changes))


def section(**changes: str) -> dict[str, str]:
    return {"key": "", "heading": "动态", "level": "1", "kind": "news", "pattern": ""} | changes


def test_what_is_typed_becomes_a_form() -> None:
    data, wrong = read(typed(), "form-1", KNOWN)
    assert wrong == {}
    spec = parse_form(data | {"opens": False})
    assert [each.heading for each in spec.sections] == ["政务动态"]
    assert spec.head == ("number", "title", "period", "issuer", "issued_on")
    assert spec.offsets == {2027: 500}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"title": ""}, "title"),
        ({"issuer": ""}, "issuer"),
        ({"head": "期号、期号"}, "head"),
        ({"head": "标题、统计期"}, "head"),
        ({"head": "期号、不知道"}, "head"),
        ({"item_level": "9"}, "item_level"),
        ({"item_level": "三"}, "item_level"),
        ({"copies": "-1"}, "copies"),
        ({"offsets": "2027:500"}, "offsets"),
        ({"sections": []}, "heading-0"),
        ({"sections": [section(level="2")]}, "level-0"),
        ({"sections": [section(), section(level="3")]}, "level-1"),
        ({"sections": [section(heading="长" * 61)]}, "heading-0"),
        ({"sections": [section(kind="figures", pattern="{week.nobody.accepted}")]}, "pattern-0"),
        ({"sections": [section(kind="figures", pattern="没有数字")]}, "pattern-0"),
        ({"sections": [section(kind="visits", pattern="{week.licence.accepted}")]}, "pattern-0"),
        ({"sections": [section(pattern="{")]}, "pattern-0"),
        (
            {"inspection": [{"key": "", "heading": "防控", "from": "2022-05-01", "until": "2022-04-01"}]},
            "inspection-until-0",
        ),
        ({"inspection": [{"key": "", "heading": "防控", "from": "五月", "until": ""}]}, "inspection-from-0"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_every_fault_is_told_at_its_field(changes: dict[str, Any], field: str) -> None:
    assert field in read(typed(**changes), "form-1", KNOWN)[1]


@given(st.sampled_from(SectionKind), st.text(max_size=60))
def test_what_is_called_faultless_can_be_parsed(kind: SectionKind, pattern: str) -> None:
    if pattern_fault(kind, pattern, KNOWN) == "":
        row = {"key": "a", "level": 1, "kind": str(kind), "heading": "甲", "pattern": pattern}
        data, _ = read(typed(), "form-1", KNOWN)
        parse_form(data | {"sections": [row], "opens": False})


def test_rows_without_heading_are_no_rows_and_keys_never_repeat() -> None:
    rows = [section(key="section-1"), section(heading=" "), section(), section()]
    data, wrong = read(typed(sections=rows), "form-1", KNOWN)
    assert wrong == {}
    assert [row["key"] for row in data["sections"]] == ["section-1", "section-2", "section-3"]


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["2022", "2023"])
def test_the_fields_of_the_page_give_back_the_form(code: str) -> None:
    commands.load_forms()
    before = ReportForm.objects.get(pk=code).data
    rows = _rows(before)
    fields = {
        name: str(rows[name])
        for name in ("name", "title", "heading", "issuer", "head", "item_level", "copies", "offsets")
    }
    again = Typed(
        **fields, distribution=rows["distribution"],
        sections=[{key: str(value) for key, value in row.items()} for row in rows["sections"]], inspection=rows["inspection"],
    )  # fmt: skip
    cited = {name for row in before["sections"] for name in PLACEHOLDER.findall(row.get("pattern", ""))}
    data, wrong = read(again, code, cited)
    assert wrong == {}
    assert [{**row, "pattern": row.get("pattern", "")} for row in before["sections"]] == data["sections"]
    assert before["offsets"] == data["offsets"]
    assert before["head"] == data["head"]


@pytest.mark.django_db
def test_a_new_form_needs_no_code() -> None:
    code = copied()
    data, wrong = read(typed(name="2027年表式"), code, KNOWN)
    assert not wrong
    save_form(code, data, seen=1, by=keeper(), at=make.AT)
    assert code not in dict(forms_that_open())
    switch_form(code, opens=True, by=keeper(), at=make.AT)
    assert dict(forms_that_open())[code] == "2027年表式"
    found = commands.open_report(make.FIRST, make.LAST, form=code, by=make.editor(), at=make.AT)
    assert Report.objects.get(pk=found).form.data["title"] == "工作周报"
    switch_form(code, opens=False, by=keeper(), at=make.AT)
    with pytest.raises(Invalid):
        commands.open_report(make.FIRST, make.FIRST, form=code, by=make.editor(), at=make.AT)
    assert next(row for row in forms() if row.code == code).reports == 1


@pytest.mark.django_db
def test_packaged_forms_are_copied_not_edited() -> None:
    commands.load_forms()
    data = ReportForm.objects.get(pk="2022").data
    with pytest.raises(Conflict):
        save_form("2022", data, seen=0, by=keeper(), at=make.AT)
    with pytest.raises(Conflict):
        switch_form("2022", opens=False, by=keeper(), at=make.AT)


@pytest.mark.django_db
def test_the_second_saver_is_told() -> None:
    code = copied()
    data, _ = read(typed(), code, KNOWN)
    save_form(code, data, seen=1, by=keeper(), at=make.AT)
    with pytest.raises(Conflict):
        save_form(code, data, seen=1, by=keeper(), at=make.AT)
    assert FormVersion.objects.filter(form_id=code).count() == 2


@pytest.mark.django_db
def test_refusals() -> None:
    commands.load_forms()
    with pytest.raises(Refused):
        copy_form("2022", "甲", by=make.editor(), at=make.AT)
    with pytest.raises(Missing):
        copy_form("nothing", "甲", by=keeper(), at=make.AT)
    with pytest.raises(Invalid):
        copy_form("2022", " ", by=keeper(), at=make.AT)
    copied("同名")
    with pytest.raises(Conflict):
        copied("同名")


@pytest.mark.django_db
def test_versions_of_a_form_are_kept_for_ever() -> None:
    copied()
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        FormVersion.objects.all().update(name="改")
    with pytest.raises((IntegrityError, InternalError)), transaction.atomic():
        FormVersion.objects.all().delete()


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["2022", "2023"])
def test_the_preview_shows_every_heading(client: Client, code: str) -> None:
    client.force_login(make.people.account_of(keeper()), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get(f"/desk/reports/forms/{code}").content.decode()
    for each in form_named(code).sections:
        assert each.heading in page


@pytest.mark.django_db
def test_a_preview_saves_nothing_and_loses_nothing(client: Client) -> None:
    code = copied()
    client.force_login(make.people.account_of(keeper()), backend="django.contrib.auth.backends.ModelBackend")
    post = {
        "name": "试一试", "title": "题", "issuer": "示例中心", "heading": "", "head": "期号、标题", "item_level": "3", "copies": "1", "offsets": "",
        "heading-0": "新的标题", "level-0": "1", "kind-0": "news", "pattern-0": "", "key-0": "", "seen": "1", "preview": "1",
    }  # fmt: skip
    page = client.post(f"/desk/reports/forms/{code}", post)
    assert page.status_code == 200
    assert page.content.decode().count("新的标题") >= 2
    assert FormVersion.objects.filter(form_id=code).count() == 1
    refused = client.post(f"/desk/reports/forms/{code}", post | {"copies": "许多"})
    assert refused.status_code == 422
    assert "试一试" in refused.content.decode()
    del post["preview"]
    assert client.post(f"/desk/reports/forms/{code}", post).status_code == 302
    assert FormVersion.objects.filter(form_id=code).count() == 2
