"""Pages of opinions, reviews, surveys and materials to follow: the whole way, faults that keep what was typed, statements."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from django.test import Client

from yichuang.cases.flow import State
from yichuang.cases.flow.reviewers import OpinionState, ReviewState, SeatState, SurveyState
from yichuang.cases.models import ExpertReview, Opinion, Pending, ReviewSeat, Survey
from yichuang.cases.queries import experts as expert_queries
from yichuang.cases.tests import factories as make
from yichuang.cases.tests import factories_reviewers as some
from yichuang.cases.tests.test_pages_transfers import shown, signed_in
from yichuang.directory.tests import factories as people
from yichuang.halls.tests.factories_rounds import jpeg, upload
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import local_day
from yichuang.workdays.queries import now

pytestmark = pytest.mark.django_db
PDF = b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES_DIR = tmp_path


def pdf(name: str = "复函.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF, "application/pdf")


def post(browser: Client, path: str, **data: object) -> HttpResponseBase:
    return browser.post(path, {"client_key": make.key(), **data})


def refused(answer: HttpResponseBase, *words: str) -> str:
    page = shown(answer)
    assert answer.status_code == 422
    assert [word for word in words if word not in page] == []
    return page


def fresh_case() -> UUID:
    return make.in_review(now()).id


def test_opinions_from_asking_to_the_ruling() -> None:
    case_id = fresh_case()
    lead, other = signed_in(some.lead()), signed_in(some.opiner())
    form = f"/desk/cases/{case_id}/opinions/new"
    assert "征求其他部门意见" in shown(lead.get(form))
    page = refused(
        post(lead, form, **{"question-0": "是否影响园区？", "days-0": "5"}), "请选择要征求意见的部门"
    )
    assert "是否影响园区？" in page, "nothing typed is lost"
    asked = {"department-0": str(some.commerce().pk), "question-0": "是否影响园区？", "days-0": "5"}
    asked |= {"department-1": str(some.ecology().pk), "question-1": "是否符合区划？", "days-1": "3"}
    assert post(lead, form, **asked).status_code == 302
    made = Opinion.objects.get(department_id=some.commerce().pk)
    address = f"/desk/opinions/{made.pk}"
    assert made.case_number in shown(other.get("/desk/opinions"))
    assert made.case_number in shown(other.get(f"/desk/opinions?q={made.case_number}"))
    assert "没有符合条件的" in shown(other.get("/desk/opinions?q=nothing"))
    assert made.question in shown(other.get("/desk/opinions.csv"))
    assert "提交答复" in shown(other.get(address))
    assert "提交答复" not in shown(lead.get(address))
    page = refused(
        post(other, f"{address}/act/answer", seen=1, stance="disagree", reasons="", file=pdf()),
        "请写明意见和理由",
    )
    kept = page.partition('name="kept_file" value="')[2].partition('"')[0]
    done = post(
        other, f"{address}/act/answer", seen=1, stance="disagree", reasons="影响用水。", kept_file=kept
    )
    assert done.status_code == 302, "the file of the failed post is there still"
    assert Opinion.objects.get(pk=made.pk).file_name == "复函.pdf"
    assert shown(lead.get(f"{address}/file")).startswith("%PDF")
    refused(post(lead, f"{address}/act/rule", seen=2, ruling=""), "请写明裁定和理由")
    assert post(lead, f"{address}/act/rule", seen=2, ruling="取水量已核减。").status_code == 302
    assert "取水量已核减。" in shown(other.get(address))
    assert made.case_number in shown(other.get("/desk/opinions?closed=1"))
    left = Opinion.objects.get(department_id=some.ecology().pk)
    assert post(lead, f"/desk/opinions/{left.pk}/act/remind", seen=1).status_code == 302
    refused(post(lead, f"/desk/opinions/{left.pk}/act/withdraw", seen=2, reason=""), "请写明撤回的理由")
    assert post(lead, f"/desk/opinions/{left.pk}/act/withdraw", seen=2, reason="已了解").status_code == 302
    assert post(lead, f"/desk/opinions/{left.pk}/act/dance", seen=2).status_code == 404


def test_a_file_of_somebody_else_is_not_taken_by_its_token() -> None:
    made = some.asked(make.in_review(now()), at=now())
    first, second = signed_in(some.opiner()), signed_in(some.opiner("opiner2"))
    address = f"/desk/opinions/{made.pk}/act/answer"
    page = refused(post(first, address, seen=1, stance="agree", reasons="", file=pdf()))
    kept = page.partition('name="kept_file" value="')[2].partition('"')[0]
    assert kept
    post(second, address, seen=1, stance="agree", reasons="同意。", kept_file=kept)
    assert Opinion.objects.get(pk=made.pk).file_sha256 == ""


def test_what_is_no_document_is_refused_and_the_words_stay() -> None:
    made = some.asked(make.in_review(now()), at=now())
    bad = SimpleUploadedFile("复函.pdf", b"<html><script>1</script></html>", "application/pdf")
    page = refused(
        post(signed_in(some.opiner()), f"/desk/opinions/{made.pk}/act/answer", seen=1, stance="agree", reasons="同意这样做。", file=bad),
        "文件没有收下", "同意这样做。",
    )  # fmt: skip
    assert Opinion.objects.get(pk=made.pk).state == OpinionState.ASKED
    assert "<script>1" not in page


def test_experts_from_the_draw_to_the_conclusion() -> None:
    some.pool()
    case_id, lead = fresh_case(), signed_in(some.lead())
    form = f"/desk/cases/{case_id}/experts/new"
    assert "抽取一次算数" in shown(lead.get(form))
    data = {"field": some.FIELD, "wanted": "3", "reserve": "2", "days": "10", "question": "评审取水合理性"}
    page = refused(post(lead, form, **(data | {"wanted": "99"})), "应为 1 至 15 位")
    assert "评审取水合理性" in page
    assert post(lead, form, **data).status_code == 302
    review = ExpertReview.objects.get()
    address = f"/desk/reviews/{review.pk}"
    first, *rest = some.seats(review)
    assert first.expert.name in shown(lead.get(address))
    seat = f"/desk/review-seats/{first.pk}"
    refused(post(lead, seat, act="hear", seen=1, verdict="", opinion="论证不足"), "论证不足", "请选择通过")
    refused(post(lead, seat, act="hear", seen=1, verdict="passed", score="abc", opinion="好"), "0 至 100")
    done = post(
        lead,
        seat,
        act="hear",
        seen=1,
        verdict="revise",
        score="80",
        opinion="补充论证",
        file=pdf("意见书.pdf"),
    )
    assert done.status_code == 302
    assert shown(lead.get(f"{seat}/file")).startswith("%PDF")
    assert "现在不在等待意见之列" in shown(lead.get(seat))
    refused(post(lead, f"{address}/close", seen=2, verdict="passed", conclusion="通过"), "超过半数")
    out = f"/desk/review-seats/{rest[0].pk}"
    refused(post(lead, out, act="stand-down", seen=2, reason=""), "请选择不能参加的原因")
    assert post(lead, out, act="stand-down", seen=2, reason="recusal", note="亲属").status_code == 302
    page = shown(lead.get(address))
    assert "递补" in page
    assert "与本件有利害关系，回避" in page
    for place, each in enumerate(some.seats(review)):
        given = {"act": "hear", "verdict": "passed", "opinion": "同意", "seen": 3 + place}
        assert post(lead, f"/desk/review-seats/{each.pk}", **given).status_code == 302
    assert post(lead, f"{address}/close", seen=5, verdict="passed", conclusion="同意通过").status_code == 302
    assert ExpertReview.objects.get().state == ReviewState.CLOSED
    assert post(lead, f"{address}/dance", seen=5).status_code == 404


def test_anybody_can_do_the_draw_again_and_nobody_reads_names() -> None:
    review = some.drawn(make.in_review(now()))
    page = shown(Client().get(f"/draws/{review.pk}"))
    assert "重算结果一致" in page
    assert review.seed in page
    text = shown(Client().get(f"/draws/{review.pk}.txt"))
    assert f"seed: {review.seed}" in text
    drawn = [str(seat.expert_id) for seat in some.seats(review)]
    assert text.partition("order:\n")[2].splitlines()[:3] == drawn
    assert "专家0" not in page + text, "no names"
    ReviewSeat.objects.filter(position=0).update(expert=some.expert(50))
    assert "重算结果不一致" in shown(Client().get(f"/draws/{review.pk}"))
    assert Client().get(f"/draws/{UUID(int=1)}").status_code == 404


def test_a_survey_from_the_plan_to_two_confirmations() -> None:
    case_id, lead = fresh_case(), signed_in(some.lead())
    first, second = some.officers()
    form = f"/desk/cases/{case_id}/surveys/new"
    assert "第四十五条" in shown(lead.get(form)), "a survey is no pause, and the page says so"
    today = local_day(now()).isoformat()
    data = {"planned_on": today, "place": "示例河右岸", "points": "取水口\n\n计量设施\n"}
    page = refused(post(lead, form, **data, officers=[str(first.id)]), "两名以上")
    assert "示例河右岸" in page
    assert post(lead, form, **data, officers=[str(first.id), str(second.id)]).status_code == 302
    survey = Survey.objects.get()
    address = f"/desk/surveys/{survey.pk}"
    assert [point.text for point in survey.points.all()] == ["取水口", "计量设施"]
    assert "保存核查记录" not in shown(lead.get(address)), "only officers fill it in"
    browser = signed_in(first)
    record = {
        "seen": 1, "conform-0": "yes", "conform-1": "no", "found-1": "", "visited_on": today, "conform": "no",
        "conclusion": "须整改",
    }  # fmt: skip
    page = refused(
        post(browser, address, **record, photos=upload()), "不符合的要点", "已收到 1 张照片", "须整改"
    )
    kept = page.partition('name="kept" value="')[2].partition('"')[0]
    assert post(browser, address, **(record | {"found-1": "未安装"}), kept=kept).status_code == 302
    photo = Survey.objects.get().photos.get()
    kept_bytes = b"".join(browser.get(f"/desk/survey-photos/{photo.pk}"))
    assert b"GPS" not in kept_bytes
    assert len(kept_bytes) < len(jpeg()), "place and device are taken out"
    refused(post(browser, address, **(record | {"seen": 2}), photos=pdf("照片.pdf")), "不是照片")
    for seen, officer in ((2, first), (3, second)):
        assert post(signed_in(officer), f"{address}/confirm", seen=seen).status_code == 302
    assert Survey.objects.get().state == SurveyState.CLOSED
    assert post(browser, f"{address}/confirm", seen=4).status_code == 409
    assert post(browser, f"{address}/dance", seen=4).status_code == 404


def test_pending_from_acceptance_to_a_day_put_off() -> None:
    row, window = make.filed(at=now(), version=some.guide()), signed_in(some.window())
    address = f"/desk/pending/cases/{row.id}"
    assert "论证报告还没有交" in shown(window.get(address))
    refused(post(window, address, seen=1), "请至少选择一项")
    today = local_day(now())
    day = (today + timedelta(days=6)).isoformat()
    page = refused(
        post(window, address, seen=1, material="report", **{"promised-report": "2001-01-01"}), "承诺日期应在"
    )
    assert "checked" in page
    assert post(window, address, seen=1, material="report", **{"promised-report": day}).status_code == 302
    one = Pending.objects.get()
    assert make.fresh(row.id).state == State.REVIEW
    assert "论证报告" in shown(window.get("/desk/pending"))
    assert "论证报告" not in shown(window.get("/desk/pending?overdue=1"))
    assert "论证报告" in shown(window.get("/desk/pending.csv"))
    later = (today + timedelta(days=9)).isoformat()
    refused(post(window, f"/desk/pending/{one.pk}/put-off", until=later, reason=""), "请写明改期的理由")
    assert post(window, f"/desk/pending/{one.pk}/put-off", until=later, reason="修改中").status_code == 302
    assert "已经改过一次" in shown(window.get(f"/desk/pending/{one.pk}/put-off"))


def pages() -> dict[str, tuple[Callable[[], Actor], str]]:
    row = make.in_review(now())
    opinion, review, survey = some.asked(row, at=now()), some.drawn(row), some.planned(row)
    seat = some.seats(review, SeatState.DRAWN)[0]
    return {
        "opinion": (some.lead, f"/desk/opinions/{opinion.pk}"),
        "opinions_new": (some.lead, f"/desk/cases/{row.id}/opinions/new"),
        "experts_new": (some.lead, f"/desk/cases/{row.id}/experts/new"),
        "review": (some.lead, f"/desk/reviews/{review.pk}"),
        "seat": (some.lead, f"/desk/review-seats/{seat.pk}"),
        "surveys_new": (some.lead, f"/desk/cases/{row.id}/surveys/new"),
        "survey": (some.lead, f"/desk/surveys/{survey.pk}"),
    }


def test_another_department_and_applicants_find_nothing() -> None:
    foreign, applicant = signed_in(some.lead("foreign", some.ecology())), signed_in(people.applicant_actor())
    for name, (_, address) in pages().items():
        assert foreign.get(address).status_code == 404, name
        assert applicant.get(address).status_code in (403, 404), name
        assert Client().get(address).status_code == 302, name


# Session, account and post, calendar probe and clock are asked on every page; what is counted is what grows with lists.
LISTS = {"/desk/opinions": 12, "/desk/pending": 11}


@pytest.mark.parametrize("address", list(LISTS))
def test_lists_ask_as_much_for_many_rows_as_for_one(address: str) -> None:
    actor = some.opiner() if address == "/desk/opinions" else some.window()
    browser = signed_in(actor)
    counted = []
    for _ in range(2):
        for _ in range(3):
            some.asked(make.in_review(now()), at=now())
            some.pending_case()
        browser.get(address)
        with sql.counting() as statements:
            assert browser.get(address).status_code == 200
        counted.append(len(statements))
    assert counted[0] == counted[1] <= LISTS[address], counted


def test_a_review_asks_as_much_for_many_experts_as_for_few() -> None:
    few, many = (
        some.drawn(make.in_review(now()), wanted=1, reserve=0),
        some.drawn(make.in_review(now()), wanted=5),
    )
    lead, counted = some.lead(), []
    for review in (few, many):
        with sql.counting() as statements:
            expert_queries.review(review.pk, by=lead)
        counted.append(len(statements))
    assert counted == [4, 4]
