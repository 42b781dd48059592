"""The gate of the one-stop window as a table: every combination of authorisation, manual and item, on days around."""

from dataclasses import replace
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.catalogue.commands import move_manual
from yichuang.catalogue.commands.authorisations import authorise, withdraw_authorisation
from yichuang.catalogue.flow import ManualState
from yichuang.catalogue.models import Authorisation, Item, Manual
from yichuang.catalogue.queries.authorisations import (
    RegisterFilter,
    authorisation_export,
    authorisation_register,
    authorisation_states,
    unauthorised_items,
    window_may_accept,
)
from yichuang.catalogue.rules.authorisations import authorisation_standing, delegation_standing, gate
from yichuang.catalogue.rules.coverage import coverage
from yichuang.catalogue.tests import factories as make
from yichuang.catalogue.tests.test_authorisations import DAY, FORM, head, water
from yichuang.directory.flow import Capability
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Missing

# How the item stands → whether the department's word holds on DAY.
WORDS = {
    "never": False,
    "from today": True,
    "long since": True,
    "from tomorrow": False,
    "withdrawn from today": False,
    "withdrawn from tomorrow": True,
    "withdrawn and given anew": True,
    "withdrawn and given anew from tomorrow": False,
}
MANUALS = {
    "none": False,
    "compiling": False,
    "published": True,
    "published tomorrow": False,
    "suspended": False,
}
NEXT = DAY + timedelta(days=1)


def give(item: Item, word: str) -> None:
    """The authorisation in one of the ways, by the real commands; an old one is dated back in the table."""
    if word == "never":
        return
    by = head()
    start = NEXT if word == "from tomorrow" else DAY
    (row,) = authorise([item.pk], replace(FORM, from_day=start), by=by, at=make.AT, key="word-1")
    if word == "long since":
        Authorisation.objects.filter(pk=row.pk).update(from_day=DAY - timedelta(days=400))
    if not word.startswith("withdrawn"):
        return
    until = NEXT if word == "withdrawn from tomorrow" else DAY
    withdraw_authorisation(row.pk, from_day=until, reason="职责调整", by=by, at=make.AT)
    if "anew" in word:
        again = NEXT if "anew from" in word else DAY
        authorise([item.pk], replace(FORM, from_day=again), by=by, at=make.AT, key="word-2")


def compile_manual(item: Item, how: str) -> None:
    if how == "none":
        Manual.objects.filter(item=item).delete()
        return
    if how != "compiling":
        move_manual(item.pk, "publish", by=SYSTEM, at=make.AT)
    if how == "published tomorrow":
        Manual.objects.filter(item=item).update(published_on=NEXT)
    if how == "suspended":
        move_manual(item.pk, "suspend", by=SYSTEM, at=make.AT)


@pytest.mark.django_db
@pytest.mark.parametrize(("word", "manual"), list(product(WORDS, MANUALS)))
def test_the_gate_opens_only_where_both_hold_on_the_day(word: str, manual: str) -> None:
    item = water()
    give(item, word)
    compile_manual(item, manual)
    found = window_may_accept(item.pk, DAY)
    assert found.allowed == (WORDS[word] and MANUALS[manual])
    assert ("尚未授权综窗受理" in found.reason) == (not WORDS[word])
    assert ("受理手册尚未发布" in found.reason) == (not MANUALS[manual])
    assert bool(found.hand_over_to) == (not found.allowed)
    assert found.reason.endswith("。") == (not found.allowed)


@pytest.mark.django_db
@pytest.mark.parametrize("word", list(WORDS))
def test_the_register_and_the_gate_say_the_same(word: str) -> None:
    """One word per item, whatever its history: a row that is listed as authorised is one that the gate lets through."""
    item = water()
    give(item, word)
    compile_manual(item, "published")
    by = head()
    (row,) = [
        one for one in authorisation_register(RegisterFilter(), day=DAY, by=by).rows if one.id == item.pk
    ]
    assert row.authorised == row.ready == window_may_accept(item.pk, DAY).allowed == WORDS[word]
    exported = [one for one in authorisation_export(RegisterFilter(), day=DAY, by=by) if one.id == item.pk]
    assert exported == [row]
    missing = [one.id for one in unauthorised_items(day=DAY, by=by, department=item.department_id)]
    assert (item.pk in missing) == (not WORDS[word])
    (state,) = authorisation_states(day=DAY, by=by)
    assert state.authorised == (1 if WORDS[word] else 0)


@pytest.mark.django_db
@pytest.mark.parametrize("narrowed", ["missing", "authorised", "no_manual", "ready"])
@pytest.mark.parametrize(
    ("word", "manual"), [("never", "compiling"), ("from today", "none"), ("from today", "published")]
)
def test_every_narrowing_shows_exactly_what_it_says(narrowed: str, word: str, manual: str) -> None:
    item = water()
    give(item, word)
    compile_manual(item, manual)
    authorised, published = WORDS[word], MANUALS[manual]
    wanted = {
        "missing": not authorised,
        "authorised": authorised,
        "no_manual": not published,
        "ready": authorised and published,
    }[narrowed]
    page = authorisation_register(RegisterFilter(narrowed=narrowed), day=DAY, by=head())
    assert (item.pk in {row.id for row in page.rows}) == wanted


@pytest.mark.django_db
def test_an_item_out_of_use_leaves_the_register_and_cannot_be_authorised() -> None:
    item = water()
    Item.objects.filter(pk=item.pk).update(is_active=False)
    everybody = make.somebody("reader", [Capability.CATALOGUE_READ], everywhere=True)
    assert item.pk not in {row.id for row in authorisation_export(RegisterFilter(), day=DAY, by=everybody)}
    with pytest.raises(Missing):
        authorise([item.pk], FORM, by=head(), at=make.AT, key="k" * 9)
    assert not Authorisation.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize("open_before", [False, True])
def test_the_gate_is_shut_for_an_item_out_of_use(open_before: bool) -> None:
    item = water()
    if open_before:
        give(item, "long since")
        compile_manual(item, "published")
    Item.objects.filter(pk=item.pk).update(is_active=False)
    found = window_may_accept(item.pk, DAY)
    assert not found.allowed
    assert found.reason.startswith("此事项已停止办理")
    assert ("尚未授权" in found.reason) == (not open_before)


def test_the_sentence_names_what_is_lacking_and_whither() -> None:
    for authorised, published in product((False, True), repeat=2):
        for counter in ("", "三楼 5 号窗口"):
            found = gate(
                authorised=authorised, manual_published=published, department="示例厅", counter=counter
            )
            assert found.allowed == (authorised and published)
            if not found.allowed:
                assert found.hand_over_to == ("示例厅，三楼 5 号窗口" if counter else "示例厅")
                assert found.reason.count("，") == (not authorised and not published)


DAYS = st.dates(date(2021, 1, 1), date(2023, 12, 31))


@given(DAYS, st.none() | DAYS, DAYS)
def test_an_authorisation_holds_from_its_day_until_the_day_of_its_withdrawal(
    start: date, withdrawn: date | None, day: date
) -> None:
    found = authorisation_standing(start, withdrawn, day)
    holds = start <= day and (withdrawn is None or day < withdrawn)
    assert (found.label == "有效") == holds
    if withdrawn is not None and day >= withdrawn:
        assert found.label == "已撤回"


@given(DAYS, st.none() | DAYS, DAYS)
def test_a_delegation_holds_on_its_first_and_last_day(start: date, until: date | None, day: date) -> None:
    found = delegation_standing(start, until, day)
    assert (found.label == "有效") == (start <= day and (until is None or day <= until))


@given(st.integers(0, 5000), st.integers(0, 5000))
def test_percentages_are_rounded_half_up_and_never_beyond_a_hundred(one: int, other: int) -> None:
    part, whole = sorted((one, other))
    found = coverage(part, whole)
    if whole == 0:
        assert found.percent is None
        return
    assert found.percent is not None
    # By whole numbers: ten thousand times the share, a half added, cut off.
    assert found.percent == Decimal((part * 20_000 + whole) // (2 * whole)).scaleb(-2)
    assert Decimal(0) <= found.percent <= Decimal(100)
    assert found.percent == (Decimal(part * 100) / whole).quantize(Decimal("0.01"), ROUND_HALF_UP)
    assert len(f"{found.percent:f}".partition(".")[2]) == 2


def test_the_share_that_the_report_printed() -> None:
    assert coverage(1064, 1655).percent == Decimal("64.29")


def reader_of(where: str) -> Actor:
    return make.somebody(f"reader-{where}", [Capability.CATALOGUE_READ], of=where)


@pytest.mark.django_db
def test_states_add_up_and_a_stranger_of_another_department_sees_nothing_of_it() -> None:
    item = water()
    give(item, "from today")
    everybody = make.somebody("all", [Capability.CATALOGUE_READ], everywhere=True)
    rows = list(authorisation_export(RegisterFilter(), day=DAY, by=everybody))
    states = authorisation_states(day=DAY, by=everybody)
    assert sum(state.items for state in states) == len(rows)
    assert sum(state.authorised for state in states) == len([row for row in rows if row.authorised])
    assert sum(state.without_manual for state in states) == len(
        [row for row in rows if row.manual != ManualState.PUBLISHED]
    )
    stranger = reader_of("commerce")
    assert (
        authorisation_register(RegisterFilter(department=item.department_id), day=DAY, by=stranger).rows == []
    )
    assert (
        list(authorisation_export(RegisterFilter(department=item.department_id), day=DAY, by=stranger)) == []
    )
