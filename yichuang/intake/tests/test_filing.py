"""Filing: one key one case, all or nothing, gapless numbers, everything checked again on the server."""

import json
from datetime import timedelta
from typing import Any

import pytest

from yichuang.cases import commands as cases
from yichuang.cases.flow import Channel, State
from yichuang.cases.models import Case
from yichuang.cases.queries import load
from yichuang.catalogue.tests import factories as catalogue
from yichuang.directory.models import Region
from yichuang.intake import commands, queries
from yichuang.intake.models import Application, Draft, DraftMaterial, Material
from yichuang.intake.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing, Refused

pytestmark = pytest.mark.django_db


def test_a_complete_draft_becomes_a_case_with_its_receipt() -> None:
    by = make.applicant()
    draft = make.complete(by)
    receipt = commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    row = load(receipt.case_id)
    assert row is not None
    assert (row.state, row.number, row.applicant_id) == (State.RECEIVED, receipt.number, by.applicant_id)
    assert row.filed_at == receipt.filed_at == make.AT
    assert receipt.accept_by.isoformat() == "2022-05-23"
    assert receipt.hash == row.last_hash.hex()
    assert len(receipt.follow_code) == 10
    filed = Application.objects.get(case_id=receipt.case_id)
    assert json.loads(filed.answers)["annual_volume"] == "438.000"
    assert json.loads(filed.answers)["credit_code"] == make.COMPANY_CODES[0]
    assert Material.objects.filter(case_id=receipt.case_id, round=0).count() == len(make.REQUIRED)
    assert Draft.objects.get(pk=draft.pk).case_id == receipt.case_id


def test_the_fact_holds_commitments_and_hashes_but_no_personal_data() -> None:
    receipt = make.filed()
    fact = facts_of(receipt.case_id)[0]
    filed = queries.read_application(receipt.case_id)
    assert filed is not None
    assert fact.data["answers"] == canonical.commitment(filed.salt, filed.answers)
    assert fact.data["version"] == str(filed.version_id)
    assert {one["code"] for one in fact.data["materials"]} == set(make.REQUIRED)
    assert all(len(one["sha256"]) == 64 for one in fact.data["materials"])
    said = canonical.text(fact.data)
    assert "示例" not in said
    assert make.COMPANY_CODES[0] not in said


def test_the_same_key_twice_is_the_same_receipt_and_one_case() -> None:
    by = make.applicant()
    draft, key = make.complete(by), make.key()
    first = commands.file_draft(draft.pk, key=key, by=by, at=make.AT)
    again = commands.file_draft(draft.pk, key=key, by=by, at=make.AT + timedelta(minutes=3))
    assert again == first
    assert Case.objects.count() == 1


def test_the_same_key_for_another_body_is_a_conflict() -> None:
    by = make.applicant()
    key = make.key()
    commands.file_draft(make.complete(by).pk, key=key, by=by, at=make.AT)
    other = make.complete(by)
    with pytest.raises(Conflict, match="另一份申请"):
        commands.file_draft(other.pk, key=key, by=by, at=make.AT)
    assert Case.objects.count() == 1
    assert Draft.objects.get(pk=other.pk).case_id is None


def test_somebody_elses_key_and_somebody_elses_draft_are_missing() -> None:
    by, stranger = make.applicant(), make.stranger()
    draft, key = make.complete(by), make.key()
    commands.file_draft(draft.pk, key=key, by=by, at=make.AT)
    with pytest.raises(Missing):
        commands.file_draft(draft.pk, key=key, by=stranger, at=make.AT)
    own = make.complete(stranger)
    with pytest.raises(Missing):
        commands.file_draft(own.pk, key=key, by=stranger, at=make.AT)
    assert Case.objects.count() == 1


def test_a_filed_draft_cannot_be_filed_again_with_another_key() -> None:
    by = make.applicant()
    draft = make.complete(by)
    receipt = commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    with pytest.raises(Conflict, match=receipt.number):
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)


def test_an_error_in_the_last_step_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    by = make.applicant()
    draft = make.complete(by)

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(cases, "file", broken)
    with pytest.raises(RuntimeError, match="power cut"):
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    assert not Application.objects.exists()
    assert not Material.objects.exists()
    assert Draft.objects.get(pk=draft.pk).case_id is None


def test_a_rolled_back_filing_leaves_no_gap_in_the_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    by = make.applicant()
    first = commands.file_draft(make.complete(by).pk, key=make.key(), by=by, at=make.AT)
    lost = make.complete(by)
    real = cases.file

    def fails_after(*args: Any, **named: Any) -> None:
        real(*args, **named)
        raise RuntimeError("after the number was taken")

    with monkeypatch.context() as patch:
        patch.setattr(cases, "file", fails_after)
        with pytest.raises(RuntimeError):
            commands.file_draft(lost.pk, key=make.key(), by=by, at=make.AT)
    second = commands.file_draft(lost.pk, key=make.key(), by=by, at=make.AT)
    assert int(second.number[-6:]) == int(first.number[-6:]) + 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"annual_volume": "很多"}, "annual_volume"),
        ({"position": "10.0650000,30.6570000"}, "position"),
        ({"ends_on": "2027-01-01"}, "ends_on"),
        ({"contact_phone": "12"}, "contact_phone"),
        ({"region": "519999000000"}, "region"),
        ({"promises": ["fee"]}, "promises"),
        ({"reason": ""}, "reason"),
    ],
)
def test_the_server_checks_every_answer_again(changes: dict[str, Any], field: str) -> None:
    by = make.applicant()
    draft = make.complete(by)
    make.fill(draft.pk, by, **changes)
    with pytest.raises(Invalid) as refused:
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    assert list(refused.value.fields) == [field]
    assert not Case.objects.exists()


def test_a_required_material_that_is_missing_is_named() -> None:
    by = make.applicant()
    draft = make.complete(by)
    gone = DraftMaterial.objects.get(draft=draft, code="demonstration_report")
    commands.remove_material(draft.pk, gone.pk, by=by, at=make.AT)
    with pytest.raises(Invalid) as refused:
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    assert list(refused.value.fields) == ["material-demonstration_report"]
    make.fill(draft.pk, by, for_project="no")
    assert commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT).number


def test_what_a_hidden_question_held_is_not_filed() -> None:
    by = make.applicant()
    draft = make.complete(by)
    make.fill(draft.pk, by, for_project="no")
    receipt = commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    filed = queries.read_application(receipt.case_id)
    assert filed is not None
    assert "project_code" not in filed.answers


def test_a_draft_that_changed_since_it_was_shown_is_not_filed() -> None:
    by = make.applicant()
    draft = make.complete(by)
    seen = Draft.objects.get(pk=draft.pk).edit
    make.fill(draft.pk, by, annual_volume="999")
    with pytest.raises(Conflict, match="另一个页面"):
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT, seen=seen)


def test_a_guide_that_was_replaced_stops_the_filing_and_keeps_the_answers() -> None:
    by = make.applicant()
    draft = make.complete(by)
    data = catalogue.guide_data()
    method = next(part for part in data["form"]["sections"] if part["code"] == "method")
    method["fields"] = [one for one in method["fields"] if one["code"] != "saving"]
    method["fields"].append(
        {"code": "new_question", "label": "新增的问题", "kind": "text", "example": "例子"}
    )
    newer = make.offer(form=data["form"])
    with pytest.raises(Conflict, match="已经更新"):
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    found = queries.own_draft(draft.pk, by=by)
    assert found.version_id == newer.pk
    assert found.answers["annual_volume"] == "438.000"
    assert "saving" not in found.answers
    assert len(found.materials) == len(make.REQUIRED)
    with pytest.raises(Invalid) as refused:
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    assert list(refused.value.fields) == ["new_question"]
    edit = found.edit
    commands.save_section(draft.pk, "method", {"new_question": "有"}, edit, by=by, at=make.AT)
    assert commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT).number


def test_an_item_that_is_offered_no_more_cannot_be_filed() -> None:
    by = make.applicant()
    draft = make.complete(by)
    item = Draft.objects.select_related("version__item").get(pk=draft.pk).version.item
    item.is_active = False
    item.save(update_fields=["is_active"])
    with pytest.raises(Conflict, match="停办"):
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)


def test_filing_takes_four_statements() -> None:
    """Draft, divisions, claim, and the filing with all that stands beside it; guide, calendar and partitions are kept by the process."""
    by = make.applicant()
    draft = make.complete(by)
    queries.own_draft(draft.pk, by=by)
    make.filed(make.stranger())
    with sql.counting() as statements:
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    once = ("SAVEPOINT", "workdays_", "journal_ensure_quarter")
    own = [text for text in statements if not any(word in text for word in once)]
    assert len(own) == 4


def test_who_may_file_is_a_capability() -> None:
    by = make.applicant()
    draft = make.complete(by)
    without = Actor(kind="applicant", name=by.name, id=by.id, applicant_id=by.applicant_id)
    with pytest.raises(Refused):
        commands.file_draft(draft.pk, key=make.key(), by=without, at=make.AT)


def test_an_unknown_division_is_refused_even_when_it_looks_right() -> None:
    by = make.applicant()
    draft = make.complete(by)
    # The townships below it go first: a division that has others is kept.
    sql.execute("delete from directory_region where parent_id = %(county)s", {"county": make.COUNTY})
    Region.objects.filter(pk=make.COUNTY).delete()
    with pytest.raises(Invalid) as refused:
        commands.file_draft(draft.pk, key=make.key(), by=by, at=make.AT)
    assert list(refused.value.fields) == ["region"]


def test_a_receipt_can_be_read_again_by_its_owner_only() -> None:
    by = make.applicant()
    made = make.filed(by)
    assert queries.receipt(made.case_id, by=by)[0] == made
    assert queries.receipt(made.case_id, by=make.window_clerk())[0] == made
    with pytest.raises(Missing):
        queries.receipt(made.case_id, by=make.stranger())


def test_online_is_the_channel_of_the_site() -> None:
    row = load(make.filed().case_id)
    assert row is not None
    assert row.channel == Channel.ONLINE
