"""Authorising the one-stop window: the gate, the commands, who may, and what the register keeps."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from yichuang.catalogue.commands import move_manual
from yichuang.catalogue.commands.authorisations import (
    AuthorisationForm,
    authorise,
    withdraw_authorisation,
)
from yichuang.catalogue.models import Authorisation, Item
from yichuang.catalogue.queries.authorisations import window_may_accept
from yichuang.catalogue.tests import factories as make
from yichuang.catalogue.tests.factories_authorisations import open_to_window
from yichuang.directory.flow import Capability
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db

DAY = date(2022, 5, 13)
FORM = AuthorisationForm(DAY, "川水函〔2022〕7号")


def water() -> Item:
    return make.published().item


def head(of: str = "water", *, everywhere: bool = False) -> Actor:
    return make.somebody(
        f"head-{of}-{everywhere}",
        [Capability.CATALOGUE_AUTHORISE, Capability.CATALOGUE_READ],
        of=of,
        everywhere=everywhere,
    )


def test_the_gate_opens_only_with_authorisation_and_published_manual() -> None:
    item = water()
    shut = window_may_accept(item.pk, DAY)
    assert not shut.allowed
    assert shut.reason == "四川省水利厅尚未授权综窗受理此事项，受理手册尚未发布。"
    assert shut.hand_over_to.startswith("四川省水利厅")
    (row,) = authorise([item.pk], FORM, by=head(), at=make.AT, key="k" * 10)
    half = window_may_accept(item.pk, DAY)
    assert (half.allowed, half.reason) == (False, "受理手册尚未发布。")
    move_manual(item.pk, "publish", by=SYSTEM, at=make.AT)
    assert window_may_accept(item.pk, DAY) == type(half)(True, "", "")
    assert not window_may_accept(item.pk, DAY - timedelta(days=1)).allowed
    withdraw_authorisation(row.pk, from_day=date(2022, 5, 20), reason="职责调整", by=head(), at=make.AT)
    assert window_may_accept(item.pk, date(2022, 5, 19)).allowed
    late = window_may_accept(item.pk, date(2022, 5, 20))
    assert (late.allowed, late.reason) == (False, "四川省水利厅尚未授权综窗受理此事项。")
    move_manual(item.pk, "suspend", by=SYSTEM, at=make.AT)
    assert not window_may_accept(item.pk, date(2022, 5, 19)).allowed


def test_the_gate_asks_one_statement_and_knows_no_stranger() -> None:
    item = water()
    open_to_window(item, make.AT)
    open_to_window(item, make.AT)
    with sql.counting() as statements:
        assert window_may_accept(item.pk, DAY).allowed
    assert len(statements) == 1
    with pytest.raises(Missing):
        window_may_accept(uuid4(), DAY)


def test_who_may_authorise() -> None:
    item = water()
    key = "k" * 10
    with pytest.raises(Refused):
        authorise(
            [item.pk],
            FORM,
            by=make.somebody("reader", [Capability.CATALOGUE_READ], of="water"),
            at=make.AT,
            key=key,
        )
    with pytest.raises(Refused, match="其他部门"):
        authorise([item.pk], FORM, by=head("commerce"), at=make.AT, key=key)
    coordinator = head("centre_window", everywhere=True)
    with pytest.raises(Invalid) as caught:
        authorise([item.pk], FORM, by=coordinator, at=make.AT, key=key)
    assert set(caught.value.fields) == {"basis"}
    form = AuthorisationForm(DAY, FORM.document_number, "水利厅来函（2022年5月10日）")
    (row,) = authorise([item.pk], form, by=coordinator, at=make.AT, key=key)
    assert row.basis == form.basis
    with pytest.raises(Refused):
        withdraw_authorisation(row.pk, from_day=DAY, reason="x", by=head("commerce"), at=make.AT)


def test_a_second_click_makes_no_second_row_and_an_item_is_authorised_once() -> None:
    item = water()
    first = authorise([item.pk], FORM, by=head(), at=make.AT, key="k" * 10)
    again = authorise([item.pk], FORM, by=head(), at=make.AT, key="k" * 10)
    assert [row.pk for row in first] == [row.pk for row in again]
    with pytest.raises(Conflict, match="已经授权"):
        authorise([item.pk], FORM, by=head(), at=make.AT, key="m" * 10)
    assert Authorisation.objects.count() == 1
    assert [fact.kind for fact in facts_of(item.pk)].count("item.authorised") == 1


def test_withdrawal_has_a_reason_and_happens_once() -> None:
    item = water()
    (row,) = authorise([item.pk], FORM, by=head(), at=make.AT, key="k" * 10)
    with pytest.raises(Invalid) as caught:
        withdraw_authorisation(row.pk, from_day=DAY - timedelta(days=1), reason=" ", by=head(), at=make.AT)
    assert set(caught.value.fields) == {"reason", "from_day"}
    withdraw_authorisation(row.pk, from_day=DAY, reason="职责调整", by=head(), at=make.AT)
    with pytest.raises(Conflict, match="已由"):
        withdraw_authorisation(row.pk, from_day=DAY, reason="职责调整", by=head(), at=make.AT)
    with pytest.raises(Missing):
        withdraw_authorisation(uuid4(), from_day=DAY, reason="x", by=head(), at=make.AT)
    # What was withdrawn may be authorised anew, from the day on which it ended at the earliest.
    before = AuthorisationForm(DAY - timedelta(days=1), "川水函〔2022〕8号")
    with pytest.raises(Conflict):
        authorise([item.pk], before, by=head(), at=make.AT, key="n" * 10)
    assert authorise([item.pk], FORM, by=head(), at=make.AT, key="o" * 10)


def test_all_or_none_and_what_is_asked() -> None:
    item = water()
    with pytest.raises(Invalid) as caught:
        authorise([item.pk], AuthorisationForm(None, " "), by=head(), at=make.AT, key="k" * 10)
    assert set(caught.value.fields) == {"from_day", "document_number"}
    with pytest.raises(Missing):
        authorise([item.pk, uuid4()], FORM, by=head(), at=make.AT, key="k" * 10)
    with pytest.raises(Invalid):
        authorise([], FORM, by=head(), at=make.AT, key="k" * 10)
    assert not Authorisation.objects.exists()
