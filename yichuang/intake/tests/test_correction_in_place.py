"""A correction mended at the place that each line points at: fields in the page, materials beside their standard."""

import re
from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from yichuang.cases import commands as cases
from yichuang.intake import queries
from yichuang.intake.models import Draft
from yichuang.intake.queries import Receipt
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.test_pages import hidden, read, words

pytestmark = pytest.mark.django_db
LATER = make.AT + timedelta(days=2)
LINES = [
    {"target": "field:annual_volume", "material": "年取水量", "problem": "与论证报告不一致", "requirement": "按论证报告改正", "sample": "400.000"},
    {"target": "field:uses", "material": "取水用途", "problem": "多选", "requirement": "只选实际用途"},
    {"target": "material:third_party_statement", "material": "承诺书", "problem": "未盖章", "requirement": "盖章后重新扫描"},
    {"target": "", "material": "其他", "problem": "缺委托书", "requirement": "补交委托书"},
]  # fmt: skip


@pytest.fixture(autouse=True)
def _two_days_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: LATER)


def asked() -> tuple[Receipt, str]:
    """A case that waits for these lines to be mended, and the page on which they are."""
    made = make.filed(make.applicant())
    cases.ask_correction(
        made.case_id,
        lines=LINES,
        respond_by=date(2022, 6, 10),
        by=make.window_clerk(),
        at=make.AT,
        key=make.key(),
    )
    return made, reverse("my-correction", args=[made.case_id])


def form_of(site: Client, address: str) -> dict[str, str]:
    """What the page sends beside what is typed."""
    page = read(site, address)
    return {name: hidden(page, name) for name in ("draft", "edit", "tab")} | {"client_key": make.key()}


def test_each_line_has_its_field_or_its_file_with_standard_and_sample(site: Client) -> None:
    _, address = asked()
    page = read(site, address)
    said = words(page)
    assert "样例：400.000" in said
    assert "原来填写：438.000 万立方米" in said
    assert re.search(r'id="f-annual_volume" name="annual_volume" value="438.000"', page)
    assert page.count('name="uses"') > 1
    assert 'name="third_party_statement@2"' in page
    assert 'name="other@3"' in page
    assert "受理标准：" in said


def test_what_is_mended_in_place_is_kept_sent_and_told(site: Client) -> None:
    made, address = asked()
    kept = form_of(site, address) | {"act": "keep", "annual_volume": "400.000", "shown": "annual_volume"}
    assert site.post(address, kept).status_code == 302
    assert "400.000" in str(Draft.objects.get(mends=made.case_id).answers["annual_volume"])
    page = read(site, address)
    assert re.search(r'name="annual_volume" value="400.000"', page)
    sent = form_of(site, address) | {
        "act": "send", "annual_volume": "400.000", "uses": ["domestic"], "shown": ["annual_volume", "uses"],
    }  # fmt: skip
    assert site.post(address, sent).status_code == 302
    found = queries.changes(made.case_id, by=make.window_clerk())
    assert [(one.code, one.after) for one in found] == [
        ("uses", "生活"),
        ("annual_volume", "400.000 万立方米"),
    ]


def test_a_wrong_value_comes_back_at_its_field_with_the_note(site: Client) -> None:
    made, address = asked()
    sent = form_of(site, address) | {"act": "send", "annual_volume": "很多", "note": "写了很久的说明"}
    response = site.post(address, sent)
    page = response.content.decode()
    assert response.status_code == 422
    assert 'href="#f-annual_volume"' in page
    assert re.search(r'id="f-annual_volume" name="annual_volume" value="很多"', page)
    assert "写了很久的说明" in page
    assert queries.changes(made.case_id, by=make.window_clerk()) == []


def test_another_page_that_saved_the_same_part_is_not_overwritten_and_nothing_typed_is_lost(
    site: Client,
) -> None:
    made, address = asked()
    mine = form_of(site, address)
    other = form_of(site, address) | {"tab": "another", "act": "keep", "annual_volume": "390.000"}
    assert site.post(address, other).status_code == 302
    response = site.post(address, mine | {"act": "keep", "annual_volume": "400.000"})
    assert response.status_code == 409
    assert 'value="400.000"' in response.content.decode()
    assert Draft.objects.get(mends=made.case_id).answers["annual_volume"] == "390.000"
    again = form_of(site, address) | {"tab": mine["tab"], "act": "keep", "annual_volume": "400.000"}
    assert site.post(address, again).status_code == 302


def test_fields_that_the_notice_does_not_name_are_not_taken_from_this_page(site: Client) -> None:
    made, address = asked()
    before = dict(Draft.objects.filter(mends=made.case_id).values_list("id", "answers"))
    kept = form_of(site, address) | {"act": "keep", "address": "别处", "annual_volume": "401.000"}
    site.post(address, kept)
    after = Draft.objects.get(mends=made.case_id).answers
    assert after["annual_volume"] == "401.000"
    assert after.get("address") != "别处"
    assert before == {}
