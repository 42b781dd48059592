"""Corrections: mended in place, a round of files, the difference told, each notice answered once."""

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse

from yichuang.cases import commands as cases
from yichuang.cases.commands import Stepped
from yichuang.cases.flow import State
from yichuang.cases.queries import load
from yichuang.intake import commands, queries
from yichuang.intake.commands import Mended
from yichuang.intake.models import Application, Draft, Material
from yichuang.intake.queries import Receipt
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_pages import hidden, read, words
from yichuang.journal.queries import facts_of
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid, Missing

LATER = make.AT + timedelta(days=2)
SEAL = Mended("third_party_statement", make.pdf("盖章后.pdf"))


@pytest.fixture(autouse=True)
def _two_days_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: LATER)


def mend(made: Receipt, by: Actor, *, key: str = "", **changes: object) -> Stepped:
    """Answer the notice with a file and changed answers."""
    changed: Mapping[str, object] = {"annual_volume": "400.000"} | changes
    return commands.answer_correction(
        made.case_id, answers=changed, materials=[SEAL], note="已盖章", key=key or make.key(), by=by, at=LATER
    )


@pytest.mark.django_db
def test_the_answers_are_mended_and_the_files_join_as_a_round() -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    before = queries.read_application(made.case_id)
    mend(made, by)
    after = queries.application(made.case_id, by=by)
    assert after.answers["annual_volume"] == "400.000"
    assert after.edit == 2
    rounds = sorted((one.round, one.name) for one in after.materials)
    assert rounds[-1] == (1, "盖章后.pdf")
    assert [one[0] for one in rounds].count(0) == len(make.REQUIRED)
    row = load(made.case_id)
    assert row is not None
    assert (row.state, row.work_kind) == (State.RECEIVED, "accept")
    assert before is not None
    assert after.earlier[0].answers == before.answers


@pytest.mark.django_db
def test_the_fact_commits_to_the_new_answers_and_the_old_ones_stay_provable() -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    old = Application.objects.get(case_id=made.case_id)
    mend(made, by)
    facts = facts_of(made.case_id)
    found = queries.application(made.case_id, by=by)
    assert facts[-1].data["answers"] == canonical.commitment(found.salt, found.answers)
    assert facts[-1].data["materials"] == [{"code": SEAL.code, "sha256": SEAL.file.sha256}]
    assert facts[0].data["answers"] == canonical.commitment(old.salt, found.earlier[0].answers)


@pytest.mark.django_db
def test_the_clerk_sees_what_changed_field_by_field() -> None:
    by, clerk = make.applicant(), make.window_clerk()
    made = make.asked_to_correct(by)
    assert queries.changes(made.case_id, by=clerk) == []
    mend(made, by, uses=["domestic"])
    told = [(one.label, one.before, one.after) for one in queries.changes(made.case_id, by=clerk)]
    assert told == [
        ("取水用途", "生活；工业", "生活"),
        ("年取水量", "438.000 万立方米", "400.000 万立方米"),
    ]
    with pytest.raises(Missing):
        queries.changes(made.case_id, by=make.stranger())


@pytest.mark.django_db
def test_the_same_key_answers_once() -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    key = make.key()
    first = mend(made, by, key=key)
    again = mend(made, by, key=key)
    assert again.replayed
    assert again.seq == first.seq
    assert Material.objects.filter(case_id=made.case_id, round=1).count() == 1
    assert Application.objects.get(case_id=made.case_id).edit == 2


@pytest.mark.django_db
def test_a_wrong_answer_is_refused_and_nothing_is_written() -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    with pytest.raises(Invalid) as refused:
        mend(made, by, annual_volume="很多")
    assert list(refused.value.fields) == ["annual_volume"]
    assert Material.objects.filter(case_id=made.case_id, round=1).count() == 0
    assert Application.objects.get(case_id=made.case_id).edit == 1


@pytest.mark.django_db
def test_an_empty_answer_is_refused() -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    with pytest.raises(Invalid, match="没有补正"):
        commands.answer_correction(
            made.case_id, answers={}, materials=[], note=" ", key=make.key(), by=by, at=LATER
        )


@pytest.mark.django_db
def test_only_a_case_that_waits_can_be_mended_and_only_by_its_applicant() -> None:
    by = make.applicant()
    made = make.filed(by)
    with pytest.raises(Conflict):
        mend(made, by)
    with pytest.raises(Conflict):
        commands.begin_correction(made.case_id, by=by, at=LATER)
    make.ask(made.case_id, make.AT)
    with pytest.raises(Missing):
        mend(made, make.stranger())
    with pytest.raises(Missing):
        commands.begin_correction(made.case_id, by=make.stranger(), at=LATER)


@pytest.mark.django_db
def test_a_second_correction_is_a_round_of_its_own() -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    mend(made, by)
    make.ask(made.case_id, LATER, newly_shown="补正材料反映出新的问题")
    mend(made, by, annual_volume="390.000")
    found = queries.application(made.case_id, by=by)
    assert found.edit == 3
    assert [one.edit for one in found.earlier] == [1, 2]
    assert sorted({one.round for one in found.materials}) == [0, 1, 2]
    assert [one.before for one in queries.changes(made.case_id, by=by)] == ["400.000 万立方米"]


def test_many_answers_at_once_leave_one(committed: dict[str, str]) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    key = make.key()

    def once(_: int) -> int:
        try:
            return mend(made, by, key=key).seq
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        places = set(pool.map(once, range(8)))
    assert len(places) == 1
    assert Material.objects.filter(case_id=made.case_id, round=1).count() == 1
    assert Application.objects.get(case_id=made.case_id).edit == 2


@pytest.mark.django_db
def test_mending_by_page(site: Client) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    mine = read(site, reverse("my"))
    assert "需要您补正" in mine
    assert "请在 6月10日 前补正 2 项内容" in words(read(site, reverse("my-case", args=[made.case_id])))
    address = reverse("my-correction", args=[made.case_id])
    page = read(site, address)
    assert "加盖公章后重新扫描" in page
    draft = Draft.objects.get(mends=made.case_id)
    kept = site.post(
        address,
        {
            "client_key": make.key(), "draft": str(draft.pk), "act": "keep",
            "third_party_statement@0": SimpleUploadedFile("盖章后.pdf", make.PDF),
            "other@1": SimpleUploadedFile("说明.pdf", make.PDF + b"\n"),
        },
    )  # fmt: skip
    assert kept.status_code == 302
    section = reverse("draft-section", args=[draft.pk, "purpose"])
    form = read(site, section)
    saved = site.post(
        section,
        {"annual_volume": "400.000", "edit": hidden(form, "edit"), "tab": "t", "client_key": make.key()},
    )
    assert saved["Location"] == address
    page = read(site, address)
    assert "438.000 万立方米" in page
    assert "盖章后.pdf" in page
    assert "说明.pdf" in page
    sent = {"client_key": make.key(), "draft": str(draft.pk), "act": "send", "note": "已按要求补正"}
    assert site.post(address, sent).status_code == 302
    assert site.post(address, sent).status_code == 302
    after = read(site, reverse("my-case", args=[made.case_id]))
    assert "申请人已补正" in after
    assert "已按要求补正" in after
    assert Material.objects.filter(case_id=made.case_id, round=1).count() == 2
    assert site.get(address).status_code == 409
    assert site.get(reverse("draft", args=[draft.pk]))["Location"] == reverse("my-case", args=[made.case_id])


@pytest.mark.django_db
def test_a_wrong_mend_by_page_keeps_everything(site: Client) -> None:
    made = make.asked_to_correct(make.applicant())
    address = reverse("my-correction", args=[made.case_id])
    site.get(address)
    draft = Draft.objects.get(mends=made.case_id)
    site.post(reverse("draft-save", args=[draft.pk, "purpose"]), {"annual_volume": "很多", "edit": "1"})
    sent = {
        "client_key": make.key(), "draft": str(draft.pk), "act": "send", "note": "写了很久的说明",
        "third_party_statement@0": SimpleUploadedFile("盖章后.pdf", make.PDF),
    }  # fmt: skip
    response = site.post(address, sent)
    page = response.content.decode()
    assert response.status_code == 422
    assert "写了很久的说明" in page
    assert "盖章后.pdf" in page
    assert f"{reverse('draft-section', args=[draft.pk, 'purpose'])}?check=1#f-annual_volume" in page
    bad = sent | {"client_key": make.key(), "third_party_statement@0": SimpleUploadedFile("坏.pdf", b"MZ")}
    response = site.post(address, bad)
    assert response.status_code == 422
    assert "f-third_party_statement@0" in response.content.decode()


@pytest.mark.django_db
def test_somebody_elses_correction_looks_missing() -> None:
    made = make.asked_to_correct(make.applicant())
    assert browser(make.stranger()).get(reverse("my-correction", args=[made.case_id])).status_code == 404


@pytest.mark.django_db
def test_a_correction_cannot_be_filed_as_a_new_application(site: Client) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    draft = commands.begin_correction(made.case_id, by=by, at=LATER)
    with pytest.raises(Missing):
        commands.file_draft(draft.pk, key=make.key(), by=by, at=LATER)
    assert commands.begin_correction(made.case_id, by=by, at=LATER).pk == draft.pk


@pytest.mark.django_db
def test_withdrawing_while_mending_ends_the_matter(site: Client) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    draft = commands.begin_correction(made.case_id, by=by, at=LATER)
    cases.withdraw(made.case_id, by=by, at=LATER, key=make.key())
    with pytest.raises(Conflict):
        commands.send_correction(draft.pk, note="晚了", key=make.key(), by=by, at=LATER)


@pytest.mark.django_db
def test_my_page_says_by_when_and_what_has_been_replaced(site: Client) -> None:
    by = make.applicant()
    made = make.asked_to_correct(by)
    mine = words(read(site, reverse("my")))
    assert "请在 6月10日 前补正，交回后继续办理。" in mine
    assert re.search(r"6月10日 前由您补正\s+●?\s*还剩 \d+ 个工作日", mine)
    asked = words(read(site, reverse("my-case", args=[made.case_id])))
    assert "存在问题：未盖章，补正要求：加盖公章后重新扫描" in asked
    assert "已被补正替换" not in asked
    page = read(site, reverse("my-correction", args=[made.case_id]))
    # A file is asked for the first line; the second is about the form, where a file is only offered.
    assert page.count("上传补正后的文件<span") == 1
    mend(made, by)
    after = words(read(site, reverse("my-case", args=[made.case_id])))
    assert after.index("盖章后.pdf") < after.index("已被补正替换的材料（1 份）")
    assert after.index("已被补正替换的材料（1 份）") < after.index("third_party_statement.pdf")
    assert after.index("demonstration_report.pdf") < after.index("已被补正替换的材料")
    assert "前答复是否受理" in words(read(site, reverse("my")))
