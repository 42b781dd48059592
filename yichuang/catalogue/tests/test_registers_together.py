"""The registers under several hands at once, with real commits: each thing happens once, and nobody misses the other."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest
from django.db import transaction

from yichuang.cases.tests.crowd import together
from yichuang.catalogue import commands
from yichuang.catalogue.commands.authorisations import AuthorisationForm, authorise, withdraw_authorisation
from yichuang.catalogue.commands.authorisations_delegations import DelegationForm, delegate, end_delegation
from yichuang.catalogue.commands.laws import register_text
from yichuang.catalogue.commands.lists import register_list, save_entries, save_list
from yichuang.catalogue.commands.lists_tasks import dismiss_task
from yichuang.catalogue.models import (
    Authorisation,
    Delegation,
    GuideVersion,
    Item,
    LegalText,
    LegalVersion,
    LicenceList,
    ListEntry,
    ReviewTask,
)
from yichuang.catalogue.queries.authorisations import window_may_accept
from yichuang.catalogue.tests import factories as make
from yichuang.catalogue.tests.test_authorisations import DAY, FORM, head, water
from yichuang.catalogue.tests.test_lists import DUE, TEXT, keeper, ready_for_publishing
from yichuang.catalogue.tests.test_lists import FORM as LIST
from yichuang.directory.models import Department
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Conflict, Invalid, Problem
from yichuang.kernel.keys import uuid7

pytestmark = pytest.mark.usefixtures("committed")


def items_of(first: Item, number: int) -> list[Item]:
    """Items beside the first, of the same department."""
    made = [first]
    for place in range(1, number):
        made.append(
            Item.objects.create(
                id=uuid7(make.AT), code=f"510000-enemy-{place:03d}", name=f"示例许可{place}", item_type="01",
                department_id=first.department_id, region_id=first.region_id,
            )
        )  # fmt: skip
    return made


def facts(kind: str) -> int:
    row = sql.one("select count(*) from journal_fact where kind = %(kind)s", {"kind": kind})
    return int(row[0]) if row else 0


# Authorisations.


def test_one_item_authorised_by_four_at_once_is_authorised_once() -> None:
    item, by = water(), head()
    works: list[Callable[[], object]] = [
        partial(authorise, [item.pk], FORM, by=by, at=make.AT, key=f"four-{number}") for number in range(4)
    ]
    answers = together(works)
    assert len([one for one in answers if isinstance(one, list)]) == 1
    assert len([one for one in answers if isinstance(one, Conflict)]) == 3, answers
    assert Authorisation.objects.count() == facts("item.authorised") == 1


def test_the_same_form_sent_six_times_at_once_is_one_authorisation() -> None:
    item, by = water(), head()
    answers = together(
        [lambda: [row.pk for row in authorise([item.pk], FORM, by=by, at=make.AT, key="same")]] * 6
    )
    assert len({str(one) for one in answers}) == 1, answers
    assert Authorisation.objects.count() == facts("item.authorised") == 1


def test_overlapping_bulk_authorisations_are_all_or_none_and_do_not_lock_each_other_out() -> None:
    """Both lists hold the same items in opposite orders; a deadlock would end one of them with a fault."""
    items, by = items_of(water(), 8), head()
    first, second = [one.pk for one in items[:6]], [one.pk for one in items[2:]][::-1]
    answers = together(
        [
            lambda: authorise(first, FORM, by=by, at=make.AT, key="bulk-first"),
            lambda: authorise(second, FORM, by=by, at=make.AT, key="bulk-second"),
        ]
    )
    assert sorted(type(one).__name__ for one in answers) == ["Conflict", "list"], answers
    assert Authorisation.objects.count() == facts("item.authorised") == 6
    assert Authorisation.objects.values("key").distinct().count() == 1


def test_disjoint_bulk_authorisations_both_happen() -> None:
    items, by = items_of(water(), 8), head()
    answers = together(
        [
            lambda: authorise([one.pk for one in items[:4]], FORM, by=by, at=make.AT, key="left"),
            lambda: authorise([one.pk for one in items[4:]], FORM, by=by, at=make.AT, key="right"),
        ]
    )
    assert [len(one) for one in answers if isinstance(one, list)] == [4, 4], answers


def test_a_withdrawal_pressed_three_times_happens_once() -> None:
    item, by = water(), head()
    (row,) = authorise([item.pk], FORM, by=by, at=make.AT, key="k" * 9)
    answers = together(
        [lambda: withdraw_authorisation(row.pk, from_day=DAY, reason="调整", by=by, at=make.AT)] * 3
    )
    assert len([one for one in answers if isinstance(one, Conflict)]) == 2, answers
    assert facts("item.authorisation_withdrawn") == 1


def test_withdrawn_and_authorised_anew_at_once_leaves_one_answer_for_the_window() -> None:
    item, by = water(), head()
    commands.publish_manual(item.pk, by=SYSTEM, at=make.AT)
    (row,) = authorise([item.pk], FORM, by=by, at=make.AT, key="old")
    again = AuthorisationForm(DAY, "川水函〔2022〕8号")
    answers = together(
        [
            lambda: withdraw_authorisation(row.pk, from_day=DAY, reason="换发文件", by=by, at=make.AT),
            lambda: authorise([item.pk], again, by=by, at=make.AT, key="new"),
        ]
    )
    assert not isinstance(answers[0], Exception), answers
    open_rows = Authorisation.objects.filter(withdrawn_from__isnull=True).count()
    assert open_rows == (not isinstance(answers[1], Exception))
    assert window_may_accept(item.pk, DAY).allowed == bool(open_rows)


def test_the_database_itself_refuses_a_second_open_authorisation() -> None:
    item = water()
    (row,) = authorise([item.pk], FORM, by=head(), at=make.AT, key="k" * 9)
    statement = (
        "insert into catalogue_authorisation select (jsonb_populate_record(a, jsonb_build_object('id', "
        "gen_random_uuid(), 'key', 'another'))).* from catalogue_authorisation a where id = %(id)s"
    )
    with pytest.raises(Exception, match="authorisation_one_open"), transaction.atomic():
        sql.execute(statement, {"id": row.pk})


# Delegations.


def test_one_park_gets_an_item_once_whoever_asks() -> None:
    item = water()
    form = DelegationForm("integrated", "park", "", "示例园区", "园区内企业", DAY, None, "川示函〔2022〕2号")
    answers = together(
        [partial(delegate, item.pk, form, by=SYSTEM, at=make.AT, key=f"park-{n}") for n in range(4)]
    )
    assert len([one for one in answers if isinstance(one, Delegation)]) == 1
    assert Delegation.objects.count() == facts("item.delegated") == 1
    row = Delegation.objects.get()
    ends = together([lambda: end_delegation(row.pk, until_day=DAY, reason="期满", by=SYSTEM, at=make.AT)] * 3)
    assert len([one for one in ends if isinstance(one, Conflict)]) == 2, ends
    assert facts("item.delegation_ended") == 1


# Lists.


def drafted(lines: str = "取水许可｜水利部门") -> LicenceList:
    by = keeper()
    made = save_list(LIST, by=by, at=make.AT, key="draft-of-list")
    save_entries(made.pk, lines, edit=made.edit, by=by, at=make.AT)
    made.refresh_from_db()
    return made


def test_a_list_registered_by_three_at_once_yields_its_tasks_once() -> None:
    make.published()
    one, by = drafted(), keeper()
    answers = together([lambda: register_list(one.pk, due_on=DUE, edit=one.edit, by=by, at=make.AT)] * 3)
    assert len([answer for answer in answers if isinstance(answer, Conflict)]) == 2, answers
    assert ReviewTask.objects.count() == facts("licence_list.registered") == 1


def test_entries_saved_while_a_list_is_registered_are_in_it_whole_or_refused() -> None:
    make.published()
    one, by = drafted(), keeper()
    typed = "\n".join(f"许可{n}｜部门" for n in range(300))
    saved, registered = together(
        [
            lambda: save_entries(one.pk, typed, edit=one.edit, by=by, at=make.AT),
            lambda: register_list(one.pk, due_on=DUE, edit=one.edit, by=by, at=make.AT),
        ]
    )
    assert sorted([isinstance(saved, Conflict), isinstance(registered, Conflict)]) == [False, True]
    assert ListEntry.objects.count() == (1 if isinstance(saved, Conflict) else 300)


def test_two_who_save_the_same_draft_do_not_mix_their_entries() -> None:
    make.regions()
    one, by = drafted("甲｜乙"), keeper()
    works: list[Callable[[], object]] = [
        partial(
            save_entries,
            one.pk,
            "\n".join(f"{name}{n}｜部门" for n in range(50)),
            edit=one.edit,
            by=by,
            at=make.AT,
        )
        for name in ("左", "右")
    ]
    answers = together(works)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "int"], answers
    assert len({name[0] for name in ListEntry.objects.values_list("name", flat=True)}) == 1
    assert ListEntry.objects.count() == 50


def test_one_number_of_a_list_is_taken_once() -> None:
    make.regions()
    by = keeper()
    answers = together([partial(save_list, LIST, by=by, at=make.AT, key=f"number-{n}") for n in range(4)])
    assert len([answer for answer in answers if isinstance(answer, LicenceList)]) == 1
    assert all(isinstance(answer, LicenceList | Conflict) for answer in answers), answers


def test_publishing_while_a_list_comes_into_force_is_either_refused_or_becomes_a_task() -> None:
    """An item without a guide until now: the new list does not know it, so one of the two must notice."""
    version = ready_for_publishing(make.published())
    retire_all_but(version)
    one, by, publisher = drafted("另一项许可｜示例部门"), keeper(), make.publisher()
    published, registered = together(
        [
            lambda: commands.publish(version.pk, by=publisher, at=make.AT),
            lambda: register_list(one.pk, due_on=DUE, edit=one.edit, by=by, at=make.AT),
        ]
    )
    assert not isinstance(registered, Exception), registered
    noticed(version, published)


def test_a_publication_in_flight_is_waited_for_by_the_list() -> None:
    """Not by chance: the list is registered between the check of a guide and its publication."""
    version = ready_for_publishing(make.published())
    retire_all_but(version)
    one, by, publisher = drafted("另一项许可｜示例部门"), keeper(), make.publisher()
    waits = "select count(*) from pg_locks where not granted and transactionid = pg_current_xact_id()::xid"

    def slow() -> object:
        with transaction.atomic():
            made = commands.publish(version.pk, by=publisher, at=make.AT)
            for _ in range(300):
                found = sql.one(waits, {})
                if found and found[0]:
                    return made
                sql.one("select pg_sleep(0.05)", {})
            raise AssertionError("the registration did not wait")

    def registering() -> object:
        for _ in range(300):
            found = sql.one(
                "select count(*) from pg_locks l join pg_class c on c.oid = l.relation "
                "where c.relname = 'directory_region' and l.mode = 'RowShareLock' and l.granted "
                # Databases made from one template share the tables' numbers.
                "and l.database = (select oid from pg_database where datname = current_database())",
                {},
            )
            if found and found[0]:
                break
            sql.one("select pg_sleep(0.05)", {})
        return register_list(one.pk, due_on=DUE, edit=one.edit, by=by, at=make.AT)

    published, registered = together([slow, registering])
    assert isinstance(published, GuideVersion), published
    assert not isinstance(registered, Exception), registered
    noticed(version, published)


def retire_all_but(version: GuideVersion) -> None:
    """The item has no guide in force, so that a list finds nothing of it."""
    GuideVersion.objects.filter(item=version.item, state="published").update(state="retired")
    Item.objects.filter(pk=version.item_id).update(current=None)


def noticed(version: GuideVersion, published: object) -> None:
    if isinstance(published, Exception):
        assert isinstance(published, Invalid), published
        assert GuideVersion.objects.get(pk=version.pk).state == "in_review"
        assert not ReviewTask.objects.exists()
    else:
        assert [row.item_id for row in ReviewTask.objects.all()] == [version.item_id]


# Legal texts and reviews.


def test_one_number_of_a_text_is_registered_once() -> None:
    make.published()
    by = keeper()
    answers = together([partial(register_text, TEXT, by=by, at=make.AT, key=f"text-{n}") for n in range(4)])
    assert len([one for one in answers if isinstance(one, tuple)]) == 1, answers
    assert all(isinstance(one, tuple | Conflict) for one in answers), answers
    assert (LegalText.objects.count(), LegalVersion.objects.count(), ReviewTask.objects.count()) == (1, 1, 1)


def test_two_amendments_of_one_text_at_once_are_two_versions() -> None:
    make.published()
    by = keeper()
    other = replace(TEXT, document_number="示例令第2号", effective_on=DAY + timedelta(days=1))
    answers = together(
        [
            lambda: register_text(TEXT, by=by, at=make.AT, key="amend-one"),
            lambda: register_text(other, by=by, at=make.AT, key="amend-two"),
        ]
    )
    assert all(isinstance(one, tuple) for one in answers), answers
    assert (LegalText.objects.count(), LegalVersion.objects.count(), ReviewTask.objects.count()) == (1, 2, 2)


def test_a_review_answered_by_three_at_once_has_one_answer() -> None:
    make.published()
    by = keeper()
    register_text(TEXT, by=by, at=make.AT, key="k" * 9)
    task = ReviewTask.objects.get()
    answers = together(
        [
            partial(dismiss_task, task.pk, reason=f"未变{n}", edit=task.edit, by=by, at=make.AT)
            for n in range(3)
        ]
    )
    assert len([one for one in answers if isinstance(one, Problem)]) == 2, answers
    assert facts("review.not_affected") == 1
    assert Department.objects.filter(pk=task.department_id).exists()
