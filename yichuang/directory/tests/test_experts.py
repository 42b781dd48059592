"""The pool of experts: who keeps it, what a record must say, relations, the pages."""

from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import IntegrityError, transaction
from django.http import HttpResponseBase
from django.test import Client

from yichuang.directory.commands import ExpertForm, declare_relation, end_relation, save_expert
from yichuang.directory.flow import Capability
from yichuang.directory.models import Expert, ExpertRelation
from yichuang.directory.queries import expert, expert_fields, experts, experts_page
from yichuang.directory.rules.experts import plain_name
from yichuang.directory.tests import factories as people
from yichuang.directory.tests.factories import AT
from yichuang.journal.queries import facts_of
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db
UNIT = "示例研究院"


def manager() -> Actor:
    office = people.department("政务一窗受理协调处", "901", "川政务")
    return people.staff(
        "manager", people.post(office, "专家库岗", [Capability.EXPERT_MANAGE], everywhere=True)
    )


def form(**changes: Any) -> ExpertForm:
    usual: dict[str, Any] = {
        "name": "张示例",
        "fields": ("水文", " 水工 ", "水文", ""),
        "unit": UNIT,
        "title": "教授",
    }
    return ExpertForm(**(usual | changes))


def key() -> str:
    return uuid4().hex


def made(**changes: Any) -> Expert:
    return save_expert(form(**changes), by=manager(), at=AT, key=key())


def test_somebody_is_taken_in_once_and_changed_over_what_was_seen() -> None:
    same = key()
    first = save_expert(form(), by=manager(), at=AT, key=same)
    assert save_expert(form(), by=manager(), at=AT, key=same).pk == first.pk
    assert (first.fields, first.edit) == (["水文", "水工"], 1)
    changed = save_expert(
        form(title="研究员", is_active=False), by=manager(), at=AT, expert_id=first.pk, seen=1
    )
    assert (changed.title, changed.edit) == ("研究员", 2)
    with pytest.raises(Conflict, match="已有人修改"):
        save_expert(form(), by=manager(), at=AT, expert_id=first.pk, seen=1)
    with pytest.raises(Conflict, match="已经在库中"):
        made()
    with pytest.raises(Missing):
        save_expert(form(), by=manager(), at=AT, expert_id=UUID(int=1), seen=1)
    facts = facts_of(first.pk)
    assert [fact.kind for fact in facts] == ["expert.added", "expert.changed"]
    assert "张示例" not in str(facts[0].data) + str(facts[1].data), "no person in the journal"


def test_saving_a_change_twice_with_one_key_is_answered_as_once() -> None:
    """The broken variant asks for the edit alone: the second click is told that somebody else was there."""
    first, same, by = made(), key(), manager()
    save = partial(save_expert, form(title="研究员"), by=by, at=AT, expert_id=first.pk, seen=1)
    assert (save(key=same).edit, save(key=same).edit) == (2, 2)
    for other in (key(), None):
        with pytest.raises(Conflict, match="已有人修改"):
            save(key=other)
    with pytest.raises(Conflict, match="标识已被使用"):
        save_expert(form(title="院士"), by=by, at=AT, key=same, expert_id=first.pk, seen=1)
    save_expert(form(title="院士"), by=by, at=AT, key=key(), expert_id=first.pk, seen=2)
    assert (save(key=same).title, save(key=same).edit) == ("院士", 3), "a retry undoes nothing"
    assert [fact.kind for fact in facts_of(first.pk)] == ["expert.added", *["expert.changed"] * 2]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": " "}, "name"), ({"unit": ""}, "unit"), ({"title": "长" * 61}, "title"), ({"fields": ("", " ")}, "fields"),
        ({"fields": tuple(f"领域{n}" for n in range(9))}, "fields"), ({"unit_code": "91510000MA6EXAMP2X"}, "unit_code"),
        ({"phone": "打我"}, "phone"),
    ],
)  # fmt: skip
def test_what_a_record_must_say(change: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as caught:
        made(**change)
    assert list(caught.value.fields) == [field]


def test_relations_are_declared_once_and_end_without_being_deleted() -> None:
    one, same = made(), key()
    first = declare_relation(one.pk, " 示例公司 ", "股东", by=manager(), at=AT, key=same)
    assert declare_relation(one.pk, " 示例公司 ", "股东", by=manager(), at=AT, key=same).pk == first.pk
    with pytest.raises(Conflict, match="已经申报"):
        declare_relation(one.pk, "示例公司", "董事", by=manager(), at=AT, key=key())
    for to, reason in (("", "股东"), ("公司", " ")):
        with pytest.raises(Invalid):
            declare_relation(one.pk, to, reason, by=manager(), at=AT, key=key())
    for _ in range(2):
        assert end_relation(first.pk, by=manager(), at=AT).ended_on == AT.date()
    declare_relation(one.pk, "示例公司", "又是股东", by=manager(), at=AT, key=key())
    kinds = [fact.kind for fact in facts_of(one.pk)]
    assert kinds == ["expert.added", "expert.related", "expert.relation_ended", "expert.related"]
    assert ExpertRelation.objects.count() == 2
    with pytest.raises(Missing):
        end_relation(UUID(int=1), by=manager(), at=AT)
    with pytest.raises(IntegrityError), transaction.atomic():
        ExpertRelation.objects.update(ended_on="2000-01-01")


def test_names_are_compared_whatever_their_width() -> None:
    assert plain_name(" 示例（四川） 公司ABC") == plain_name("示例(四川)公司abc")


def test_only_who_keeps_the_pool_reads_and_writes_it() -> None:
    one, clerk = made(), people.clerk()
    relation = declare_relation(one.pk, "甲", "乙", by=manager(), at=AT, key=key())
    for call in (
        lambda: save_expert(form(), by=clerk, at=AT, key=key()),
        lambda: declare_relation(one.pk, "甲", "乙", by=clerk, at=AT, key=key()),
        lambda: end_relation(relation.pk, by=clerk, at=AT),
        lambda: experts_page(by=clerk),
        lambda: expert(one.pk, by=clerk),
        lambda: list(experts(by=people.applicant_actor())),
    ):
        with pytest.raises(Refused):
            call()


def test_the_list_is_searched_and_paged_in_one_statement() -> None:
    for number in range(7):
        made(name=f"专家{number}", fields=("水文",) if number % 2 else ("法律",), is_active=number != 6)
    by = manager()
    with sql.counting() as statements:
        first = experts_page(by=by, size=5)
    assert len(statements) == 1
    rest = experts_page(by=by, size=5, after=first.following)
    assert [one.name for one in [*first.rows, *rest.rows]] == [f"专家{number}" for number in range(7)]
    assert [one.name for one in experts_page(by=by, field="水文").rows] == ["专家1", "专家3", "专家5"]
    assert [one.name for one in experts_page(by=by, text="专家4").rows] == ["专家4"]
    assert len(list(experts(by=by, text="法律"))) == 4
    assert expert_fields() == [("水文", 3), ("法律", 3)], "who is switched off is not counted"


def signed_in() -> Client:
    browser = Client()
    browser.force_login(people.account_of(manager()))
    return browser


def shown(answer: HttpResponseBase) -> str:
    return b"".join(answer).decode()


def test_the_pages_from_taking_in_to_a_relation_that_ends() -> None:
    browser = signed_in()
    assert "专家库还是空的" in shown(browser.get("/desk/experts"))
    given = {"name": "张示例", "fields": "水文，水工", "unit": "", "title": "教授", "client_key": key()}
    answer = browser.post("/desk/experts/new", given)
    assert answer.status_code == 422
    assert "水文，水工" in shown(answer), "nothing typed is lost"
    assert browser.post("/desk/experts/new", given | {"unit": UNIT, "client_key": key()}).status_code == 302
    one = Expert.objects.get()
    assert one.fields == ["水文", "水工"]
    address = f"/desk/experts/{one.pk}"
    assert "张示例" in shown(browser.get("/desk/experts?q=示例研究"))
    assert "没有符合条件" in shown(browser.get("/desk/experts?field=法律"))
    assert "张示例" in shown(browser.get("/desk/experts.csv"))
    more = given | {"unit": UNIT, "seen": "1", "title": "研究员", "client_key": key()}
    assert browser.post(address, more).status_code == 302
    assert not Expert.objects.get().is_active, "the box that was not ticked"
    assert browser.post(address, more | {"client_key": key()}).status_code == 409
    assert (
        browser.post(f"{address}/relations", {"to": "甲", "reason": "", "client_key": key()}).status_code
        == 422
    )
    assert (
        browser.post(
            f"{address}/relations", {"to": "甲公司", "reason": "股东", "client_key": key()}
        ).status_code
        == 302
    )
    relation = ExpertRelation.objects.get()
    assert "甲公司：股东" in shown(browser.get(address))
    assert browser.post(f"/desk/experts/relations/{relation.pk}/end").status_code == 302
    assert "已解除" in shown(browser.get(address))
