"""Pages of the registers: what is shown to whom, what a form says back, and how many statements a list takes."""

import csv
import io
from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.http import HttpResponseBase
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue.commands.authorisations import AuthorisationForm, authorise
from yichuang.catalogue.commands.authorisations_delegations import (
    DelegationForm,
    delegate,
    end_delegation,
)
from yichuang.catalogue.models import Authorisation, Delegation, Item, LegalVersion, LicenceList, ReviewTask
from yichuang.catalogue.queries.authorisations import (
    RegisterFilter,
    authorisation_register,
    authorisation_states,
    offers,
)
from yichuang.catalogue.queries.authorisations_delegations import (
    DelegationFilter,
    delegation,
    delegations,
    delegations_in_force,
)
from yichuang.catalogue.rules.authorisations import (
    authorisation_standing,
    delegation_standing,
    week_of,
)
from yichuang.catalogue.rules.coverage import coverage
from yichuang.catalogue.tests import factories as make
from yichuang.catalogue.tests.factories_authorisations import open_to_window
from yichuang.directory.flow import Capability
from yichuang.directory.models import Account
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused
from yichuang.kernel.keys import uuid7

pytestmark = pytest.mark.django_db
DAY = date(2022, 5, 13)
AUTHORISE = [Capability.CATALOGUE_READ, Capability.CATALOGUE_AUTHORISE]
LISTS = [Capability.CATALOGUE_READ, Capability.CATALOGUE_LISTS, Capability.CATALOGUE_EDIT]


def head(of: str = "water", *, everywhere: bool = False) -> Actor:
    return make.somebody(f"head-{of}-{everywhere}", AUTHORISE, of=of, everywhere=everywhere)


def keeper() -> Actor:
    return make.somebody("keeper", LISTS, of="centre_catalogue", everywhere=True)


def signed_in(by: Actor) -> Client:
    browser = Client()
    assert by.id is not None
    browser.force_login(Account.objects.get(pk=by.id))
    return browser


def shown(response: HttpResponseBase) -> str:
    return b"".join(response).decode()


def delegation_form(**changes: object) -> DelegationForm:
    values: dict[str, object] = {
        "kind": "integrated", "level": "park", "region": "", "receiver": "示例高新区", "scope": "园区内企业",
        "from_day": DAY, "until_day": DAY + timedelta(days=30), "document_number": "川示函〔2022〕2号",
        **changes,
    }  # fmt: skip
    return DelegationForm(**values)  # type: ignore[arg-type]


@given(st.integers(0, 5000), st.integers(1, 5000))
def test_the_share_is_exact_to_two_decimals_half_up(covered: int, total: int) -> None:
    covered = min(covered, total)
    percent = coverage(covered, total).percent
    assert percent is not None
    hundredths = int(percent * 100)
    assert percent.as_tuple().exponent == -2
    assert hundredths == (covered * 20_000 + total) // (2 * total)


def test_the_share_of_the_reports_own_figures() -> None:
    assert str(coverage(1064, 1655).percent) == "64.29"


def test_how_rows_stand_on_a_day() -> None:
    tomorrow = DAY + timedelta(days=1)
    assert [authorisation_standing(DAY, end, DAY).label for end in (None, tomorrow, DAY)] == [
        "有效",
        "有效",
        "已撤回",
    ]
    assert authorisation_standing(tomorrow, None, DAY).label == "未生效"
    assert [delegation_standing(DAY, end, DAY).label for end in (None, DAY)] == ["有效", "有效"]
    assert delegation_standing(DAY, DAY, tomorrow).label == "已结束"
    assert delegation_standing(tomorrow, None, DAY).label == "未生效"
    assert week_of(DAY) == (date(2022, 5, 9), date(2022, 5, 15))


def test_the_register_counts_what_is_there_and_what_is_missing() -> None:
    item = make.published().item
    by = head("centre_window", everywhere=True)
    (state,) = authorisation_states(day=DAY, by=by)
    assert (state.items, state.unauthorised, state.without_manual, str(state.coverage.percent)) == (
        1,
        1,
        1,
        "0.00",
    )
    open_to_window(item, make.AT)
    (state,) = authorisation_states(day=DAY, by=by)
    assert (state.authorised, state.manuals, state.ready, str(state.coverage.percent)) == (1, 1, 1, "100.00")
    for narrowed, count in (("missing", 0), ("authorised", 1), ("no_manual", 0), ("ready", 1), ("", 1)):
        found = authorisation_register(RegisterFilter(narrowed=narrowed), day=DAY, by=by).rows
        assert len(found) == count
    assert authorisation_register(RegisterFilter(text="取水"), day=DAY, by=by).rows[0].ready
    assert authorisation_register(RegisterFilter(text="？"), day=DAY, by=by).rows == []
    with sql.counting() as statements:
        authorisation_register(RegisterFilter(text="取水"), day=DAY, by=by)
        authorisation_states(day=DAY, by=by)
    assert len(statements) == 2
    assert authorisation_register(RegisterFilter(), day=DAY, by=head("commerce")).rows == []


def test_offers_speak_as_the_report_does() -> None:
    item = make.published().item
    assert offers(DAY, DAY) == []
    open_to_window(item, make.AT)
    manual, new = offers(DAY, DAY)
    assert manual.text == "完成水利厅1个办理项的受理工作手册编制。截至目前，共完成1个，占比100.00%。"
    assert [figure.printed for figure in manual.figures] == ["1", "1", "100.00"]
    assert new.text == "1个部门新授权综窗受理1个办理项。"


def test_a_delegation_is_shown_to_the_public_while_it_holds() -> None:
    item = make.published().item
    made = delegate(item.pk, delegation_form(), by=head(), at=make.AT, key="k" * 9)
    assert delegate(item.pk, delegation_form(), by=head(), at=make.AT, key="k" * 9).pk == made.pk
    assert [row.pk for row in delegations_in_force(item, DAY)] == [made.pk]
    assert delegations_in_force(item, DAY + timedelta(days=31)) == []
    end_delegation(made.pk, until_day=DAY + timedelta(days=3), reason="园区撤并", by=head(), at=make.AT)
    assert delegations_in_force(item, DAY + timedelta(days=4)) == []
    with pytest.raises(Conflict):
        end_delegation(made.pk, until_day=DAY + timedelta(days=2), reason="再次", by=head(), at=make.AT)


def test_what_is_asked_of_a_delegation_and_who_may() -> None:
    item = make.published().item
    empty = delegation_form(
        kind="x", level="", region="zzz", receiver="", scope="", from_day=None, document_number=""
    )
    with pytest.raises(Invalid) as caught:
        delegate(item.pk, empty, by=head("centre_window", everywhere=True), at=make.AT, key="k" * 9)
    assert set(caught.value.fields) == {
        "kind", "level", "region", "receiver", "scope", "from_day", "document_number", "basis",
    }  # fmt: skip
    backwards = delegation_form(until_day=DAY - timedelta(days=1))
    with pytest.raises(Invalid) as caught:
        delegate(item.pk, backwards, by=head(), at=make.AT, key="k" * 9)
    assert set(caught.value.fields) == {"until_day"}
    with pytest.raises(Refused):
        delegate(item.pk, delegation_form(), by=head("commerce"), at=make.AT, key="k" * 9)
    made = delegate(
        item.pk, delegation_form(region="510100000000", receiver=""), by=head(), at=make.AT, key="m" * 9
    )
    assert made.receiver == "成都市"
    with pytest.raises(Conflict, match="已有此事项"):
        delegate(item.pk, delegation_form(receiver="成都市"), by=head(), at=make.AT, key="n" * 9)
    with pytest.raises(Missing):
        delegation(made.pk, by=head("commerce"))
    assert delegations(DelegationFilter(), day=DAY, by=head("commerce")).rows == []
    for standing, count in (("in_force", 1), ("not_yet", 0), ("ended", 0)):
        found = delegations(DelegationFilter(text="成都", standing=standing), day=DAY, by=head())
        assert len(found.rows) == count
    reader = head()
    with sql.counting() as statements:
        delegations(DelegationFilter(), day=DAY, by=reader)
    assert len(statements) == 1


def test_the_window_is_authorised_through_the_pages() -> None:
    item = make.published().item
    browser = signed_in(head())
    page = shown(browser.get("/desk/catalogue/authorisations"))
    assert "授权全部未授权项" in page
    preview = shown(browser.get(f"/desk/catalogue/authorisations/new?department={item.department_id}"))
    assert item.name in preview
    data = {"item": str(item.pk), "from_day": "2022-05-13", "document_number": "", "client_key": uuid4().hex}
    wrong = browser.post("/desk/catalogue/authorisations/new", data)
    assert wrong.status_code == 422
    assert "请填写授权文件的文号" in shown(wrong)
    done = browser.post("/desk/catalogue/authorisations/new", data | {"document_number": "川水函〔2022〕7号"})
    assert done.status_code == 302
    row = Authorisation.objects.get()
    address = f"/desk/catalogue/authorisations/{item.pk}"
    assert "川水函〔2022〕7号" in shown(browser.get(address))
    bad = browser.post(f"{address}/{row.pk}/withdraw", {"from_day": "昨天", "reason": "职责调整"})
    assert bad.status_code == 422
    assert "职责调整" in shown(bad)
    later = (row.at.date() + timedelta(days=3)).isoformat()
    browser.post(f"{address}/{row.pk}/withdraw", {"from_day": later, "reason": "职责调整"})
    row.refresh_from_db()
    assert row.withdrawn_reason == "职责调整"


def test_the_register_as_csv() -> None:
    make.published()
    text = shown(signed_in(head()).get("/desk/catalogue/authorisations?format=csv"))
    rows = list(csv.reader(io.StringIO(text.lstrip("\ufeff"))))
    assert rows[0][:3] == ["事项编码", "事项名称", "部门"]
    assert rows[1][1:4] == ["取水许可", "水利厅", "未授权"]


def test_delegations_through_the_pages_and_on_the_guide() -> None:
    item = make.published().item
    browser = signed_in(head())
    address = f"/desk/catalogue/authorisations/{item.pk}/delegate"
    data = {
        "kind": "devolved", "level": "county", "receiver": "示例区水务局", "scope": "", "from_day": "2022-05-13",
        "document_number": "川水函〔2022〕8号", "client_key": uuid4().hex,
    }  # fmt: skip
    wrong = browser.post(address, data)
    assert wrong.status_code == 422
    assert "示例区水务局" in shown(wrong)
    assert browser.post(address, data | {"scope": "小型取水"}).status_code == 302
    made = Delegation.objects.get()
    page = f"/desk/catalogue/delegations/{made.pk}"
    assert "小型取水" in shown(browser.get(page))
    assert "示例区水务局" in shown(browser.get("/desk/catalogue/delegations?standing=in_force"))
    assert "也可以在这里申请" in shown(Client().get(f"/items/{item.code}"))
    assert browser.post(f"{page}/end", {"until_day": "", "reason": ""}).status_code == 422
    assert signed_in(head("commerce")).get(page).status_code == 404


def test_a_list_through_the_pages() -> None:
    make.published()
    browser = signed_in(keeper())
    head_data = {
        "title": "示例清单", "document_number": "川示发〔2022〕18号", "issued_on": "2022-05-01",
        "effective_on": "2022-05-01", "expires_on": "", "region": "510000000000", "client_key": uuid4().hex,
    }  # fmt: skip
    assert browser.post("/desk/catalogue/lists/new", head_data | {"title": ""}).status_code == 422
    browser.post("/desk/catalogue/lists/new", head_data)
    made = LicenceList.objects.get()
    address = f"/desk/catalogue/lists/{made.pk}"
    file = io.BytesIO("事项名称,实施机关\n取水许可,水利部门\n".encode("gb18030"))
    file.name = "清单.csv"
    assert "取水许可｜水利部门" in shown(browser.post(f"{address}/entries", {"file": file}))
    broken = io.BytesIO(b"a,b\n1,2\n")
    broken.name = "x.csv"
    assert browser.post(f"{address}/entries", {"file": broken}).status_code == 422
    wrong = browser.post(f"{address}/entries", {"entries": "只有名称", "edit": "1"})
    assert wrong.status_code == 422
    assert "只有名称" in shown(wrong)
    browser.post(f"{address}/entries", {"entries": "取水许可｜水利部门", "edit": "1"})
    assert "涉及已发布的指南" in shown(browser.get(address))
    assert browser.post(f"{address}/register", {"edit": "2", "due_on": ""}).status_code == 422
    due = date(2200, 1, 1).isoformat()
    assert browser.post(f"{address}/register", {"edit": "2", "due_on": due}).status_code == 302
    assert ReviewTask.objects.count() == 1
    assert "取水许可" in shown(browser.get(f"{address}?format=csv"))
    assert "省级现行清单" in shown(browser.get("/desk/catalogue/lists"))
    assert browser.get(f"{address}/head").status_code == 200


def test_a_double_click_on_saving_the_head_of_a_list_is_answered_as_one() -> None:
    make.regions()
    browser = signed_in(keeper())
    data = {
        "title": "示例清单", "document_number": "川示发〔2022〕18号", "issued_on": "2022-05-13", "effective_on": "2022-05-13",
        "region": "510000000000", "client_key": uuid4().hex,
    }  # fmt: skip
    address = browser.post("/desk/catalogue/lists/new", data)["Location"]
    changed = data | {"title": "改过的清单", "edit": "1", "client_key": uuid4().hex}
    assert [browser.post(f"{address}/head", changed).status_code for _ in range(2)] == [302, 302]
    other = changed | {"client_key": uuid4().hex}
    assert browser.post(f"{address}/head", other).status_code == 409
    assert LicenceList.objects.get().edit == 2


def test_a_legal_text_is_looked_at_before_it_is_registered() -> None:
    make.published()
    browser = signed_in(keeper())
    data = {
        "title": "取水许可和水资源费征收管理条例", "change": "amended", "document_number": "示例令第1号",
        "issued_on": "2022-05-01", "effective_on": "2022-05-01", "articles": "第四条", "due_on": "2200-01-01",
        "client_key": uuid4().hex,
    }  # fmt: skip
    looked = shown(browser.post("/desk/catalogue/laws/new", data))
    assert "确认登记，产生 1 项复核" in looked
    assert not LegalVersion.objects.exists()
    assert browser.post("/desk/catalogue/laws/new", data | {"confirmed": "yes"}).status_code == 302
    version = LegalVersion.objects.get()
    assert "示例令第1号" in shown(browser.get(f"/desk/catalogue/laws/{version.text_id}"))
    assert "示例令第1号" in shown(browser.get("/desk/catalogue/laws?q=取水"))
    review = ReviewTask.objects.get()
    address = f"/desk/catalogue/tasks/{review.pk}"
    assert "由我负责" in shown(browser.get("/desk/catalogue/tasks"))
    assert browser.post(f"{address}/not_affected", {"edit": "1", "reason": ""}).status_code == 422
    assert browser.post(f"{address}/nonsense", {"edit": "1"}).status_code == 404
    assert browser.post(f"{address}/not_affected", {"edit": "1", "reason": "依据未变"}).status_code == 302
    assert "依据未变" in shown(browser.get(address))
    assert "依据未变" in shown(browser.get("/desk/catalogue/tasks?format=csv"))


def test_the_version_page_says_whether_the_licence_is_listed() -> None:
    version = make.published()
    page = shown(signed_in(keeper()).get(f"/desk/catalogue/versions/{version.pk}"))
    assert "没有登记施行中的行政许可事项清单" in page


@pytest.mark.parametrize(
    ("path", "capability"),
    [
        ("/desk/catalogue/authorisations/new", Capability.CATALOGUE_AUTHORISE),
        ("/desk/catalogue/lists/new", Capability.CATALOGUE_LISTS),
        ("/desk/catalogue/laws/new", Capability.CATALOGUE_LISTS),
        ("/desk/catalogue/transfers/new", Capability.CATALOGUE_LISTS),
    ],
)
def test_forms_are_for_those_who_may_use_them(path: str, capability: Capability) -> None:
    make.regions()
    reader = make.somebody("reader", [Capability.CATALOGUE_READ], everywhere=True)
    holder = make.somebody("holder", [Capability.CATALOGUE_READ, capability], everywhere=True)
    assert signed_in(reader).get(path).status_code == 403
    assert signed_in(holder).get(path).status_code == 200


def test_a_crowd_of_items_is_authorised_at_once_or_not_at_all() -> None:
    first = make.published().item
    second = Item.objects.create(
        id=uuid7(make.AT),
        code="x-2",
        name="另一事项",
        item_type="01",
        department=first.department,
        region=first.region,
    )
    form = AuthorisationForm(DAY, "川水函〔2022〕9号")
    assert len(authorise([first.pk, second.pk], form, by=head(), at=make.AT, key="k" * 9)) == 2
    third = Item.objects.create(
        id=uuid7(make.AT),
        code="x-3",
        name="第三事项",
        item_type="01",
        department=first.department,
        region=first.region,
    )
    with pytest.raises(Conflict, match="另一事项"):
        authorise([second.pk, third.pk], form, by=head(), at=make.AT, key="m" * 9)
    assert Authorisation.objects.count() == 2
