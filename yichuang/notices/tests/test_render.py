"""The documents of a case: the right law, the right words, nothing required left out."""

from dataclasses import replace
from datetime import date

import pytest

from yichuang.gateways.documents.model import OfficialNotice
from yichuang.gateways.tests.fonts import chinese_fonts
from yichuang.gateways.tests.samples import pdf_pages, words
from yichuang.notices.render import (
    CaseFacts,
    ClockFacts,
    DecisionFacts,
    NoticeItem,
    NoticeKind,
    RefusalGround,
    Remedies,
    ServiceFacts,
    acceptance_notice,
    correction_notice,
    date_zh,
    denial_decision,
    document_number,
    extension_notice,
    grant_decision,
    notice_pdf,
    notice_text,
    proof_of_service,
    refusal_of_acceptance_notice,
    special_procedure_notice,
    termination_notice,
)

CASE = CaseFacts(
    number="510000-SL-2022-000012",
    item_name="取水许可",
    applicant_name="示例科技有限公司",
    department_name="示例省水利厅",
    document_number="示水许〔2022〕12号",
    filed_on=date(2022, 5, 9),
    issued_on=date(2022, 5, 13),
    item_basis=("《示例条例》第十四条",),
    contact="示例大厅12号窗口",
    follow_url="https://yichuang.example/follow/510000-SL-2022-000012",
    journal_head="9f86d081884c7d65",
)
CLOCK = ClockFacts(date(2022, 5, 13), 15, date(2022, 6, 6), 20, ("第15个工作日为6月6日。",))
DECISION = DecisionFacts(
    accepted_on=date(2022, 5, 13),
    terms=("年取水量不超过12万立方米",),
    reasons=("取水口位于禁采区",),
    certificate="取水许可证",
    valid_from=date(2022, 6, 1),
    valid_until=date(2027, 5, 31),
)
REMEDIES = Remedies("示例省人民政府", "示例市中级人民法院")
ITEMS = (NoticeItem("论证报告书", "缺少第五章", "补充第五章"),)
SERVICE = ServiceFacts(("准予行政许可决定书（示水许〔2022〕12号）",), address="示例路1号")
PUBLIC_SERVICE = replace(CASE, licence=False)


def all_kinds(case: CaseFacts) -> dict[NoticeKind, OfficialNotice]:
    return {
        NoticeKind.ACCEPTANCE: acceptance_notice(case, CLOCK),
        NoticeKind.REFUSAL_OF_ACCEPTANCE: refusal_of_acceptance_notice(
            case, RefusalGround.NOT_OURS, "由市级审批", REMEDIES, where_to="示例市水务局"
        ),
        NoticeKind.CORRECTION: correction_notice(case, ITEMS, answer_by=date(2022, 5, 23)),
        NoticeKind.GRANT: grant_decision(case, DECISION),
        NoticeKind.DENIAL: denial_decision(case, DECISION, REMEDIES),
        NoticeKind.PROOF_OF_SERVICE: proof_of_service(case, SERVICE),
        NoticeKind.SPECIAL_PROCEDURE: special_procedure_notice(
            case, "专家评审", 10, date(2022, 5, 30), "另行通知时间"
        ),
        NoticeKind.EXTENSION: extension_notice(case, 10, date(2022, 6, 20), "论证复杂"),
        NoticeKind.TERMINATION: termination_notice(case, "申请人撤回申请", "已书面提出"),
    }


@pytest.mark.parametrize("kind", NoticeKind)
def test_each_document_says_who_what_and_which_case(kind: NoticeKind) -> None:
    notice = all_kinds(CASE)[kind]
    text = notice_text(notice)
    assert notice.title == kind.value
    for part in (
        "示例省水利厅",
        "示水许〔2022〕12号",
        "示例科技有限公司",
        "取水许可",
        CASE.number,
        CASE.journal_head,
    ):
        assert part in text
    assert "。。" not in text
    assert "None" not in text


@pytest.mark.parametrize("kind", NoticeKind)
def test_each_document_prints_all_its_words(kind: NoticeKind) -> None:
    notice = all_kinds(CASE)[kind]
    printed = words("".join(pdf_pages(notice_pdf(notice, chinese_fonts()))))
    for line in (*notice.opening, *notice.closing, *notice.remedies, *notice.basis, *notice.small_print):
        assert words(line) in printed


@pytest.mark.parametrize(
    ("kind", "articles"),
    [
        (NoticeKind.ACCEPTANCE, ["第三十二条第一款第（五）项", "第四十五条"]),
        (NoticeKind.REFUSAL_OF_ACCEPTANCE, ["第三十二条第一款第（二）项"]),
        (NoticeKind.CORRECTION, ["第三十二条第一款第（四）项"]),
        (NoticeKind.GRANT, ["第三十八条第一款", "《示例条例》第十四条", "第四十四条", "第四十条"]),
        (NoticeKind.DENIAL, ["第三十八条第二款", "《示例条例》第十四条"]),
        (NoticeKind.SPECIAL_PROCEDURE, ["第四十五条"]),
        (NoticeKind.EXTENSION, ["第四十二条第一款"]),
    ],
)
def test_licences_cite_the_licence_law(kind: NoticeKind, articles: list[str]) -> None:
    text = notice_text(all_kinds(CASE)[kind])
    assert "《中华人民共和国行政许可法》" in text
    for article in articles:
        assert article in text


@pytest.mark.parametrize("kind", NoticeKind)
def test_what_is_no_licence_is_not_decided_as_one(kind: NoticeKind) -> None:
    notice = all_kinds(PUBLIC_SERVICE)[kind]
    # The name of the item may say 许可; the words of the document may not.
    assert "行政许可" not in notice_text(notice).replace(SERVICE.documents[0], "")


def test_a_document_tells_the_seal_and_leaves_its_place_to_people() -> None:
    seals = {kind: notice.seal_text for kind, notice in all_kinds(CASE).items()}
    assert seals[NoticeKind.ACCEPTANCE] == seals[NoticeKind.CORRECTION] == "行政许可专用章"
    assert seals[NoticeKind.GRANT] == seals[NoticeKind.DENIAL] == "行政机关印章"
    assert seals[NoticeKind.PROOF_OF_SERVICE] == ""


def test_acceptance_tells_the_limit_the_day_and_why() -> None:
    notice = acceptance_notice(CASE, CLOCK)
    assert "承诺期限为15个工作日（法定期限为20个工作日）" in notice.closing[0]
    assert notice.deadline is not None
    assert (notice.deadline.day_text, notice.deadline.how) == ("2022年6月6日", ("第15个工作日为6月6日。",))


@pytest.mark.parametrize(
    ("clock", "said"),
    [
        (replace(CLOCK, days=20), "办理期限为20个工作日，"),
        (replace(CLOCK, statutory_days=None), "办理期限为15个工作日，"),
        (replace(CLOCK, days=0, due_on=date(2022, 5, 13)), "即办件，应于2022年5月13日办结"),
    ],
)
def test_the_limit_is_said_as_it_is(clock: ClockFacts, said: str) -> None:
    assert said in acceptance_notice(CASE, clock).closing[0]


def test_a_provisional_day_is_marked_and_explained() -> None:
    notice = acceptance_notice(CASE, replace(CLOCK, due_on=date(2027, 1, 6), provisional=True))
    assert notice.deadline is not None
    assert notice.deadline.day_text == "2027年1月6日（暂计）"
    assert "尚未公布2027年节假日安排" in notice.closing[-1]


def test_an_application_left_lying_counts_as_accepted_by_law() -> None:
    text = notice_text(acceptance_notice(CASE, replace(CLOCK, deemed=True)))
    assert "第三十二条第一款第（四）项" in text
    assert "2022年5月13日即为受理" in text


@pytest.mark.parametrize(
    ("ground", "article"),
    [
        (RefusalGround.NOT_NEEDED, "第三十二条第一款第（一）项"),
        (RefusalGround.NOT_OURS, "第三十二条第一款第（二）项"),
        (RefusalGround.NOT_MENDED, "第三十二条第一款第（四）项、第（五）项"),
        (RefusalGround.FALSE_MATERIAL, "第七十八条"),
    ],
)
def test_every_ground_of_refusal_has_its_article_and_remedies(ground: RefusalGround, article: str) -> None:
    notice = refusal_of_acceptance_notice(CASE, ground, "理由在此", REMEDIES, where_to="示例市水务局")
    text = notice_text(notice)
    assert article in text
    assert "理由：理由在此。" in text
    assert "六十日内" in text
    assert "示例省人民政府申请行政复议" in text
    assert "六个月内" in text
    assert "示例市中级人民法院提起行政诉讼" in text


def test_whoever_is_not_competent_must_say_who_is() -> None:
    with pytest.raises(ValueError, match="who is"):
        refusal_of_acceptance_notice(CASE, RefusalGround.NOT_OURS, "由市级审批", REMEDIES)
    told = refusal_of_acceptance_notice(
        CASE, RefusalGround.NOT_OURS, "由市级审批。", REMEDIES, where_to="示例市水务局"
    )
    assert told.closing == ("理由：由市级审批。", "你单位可以向示例市水务局提出申请。")


def test_refusals_need_reasons() -> None:
    with pytest.raises(ValueError, match="reason"):
        refusal_of_acceptance_notice(CASE, RefusalGround.NOT_NEEDED, " ", REMEDIES)
    with pytest.raises(ValueError, match="reasons"):
        denial_decision(CASE, replace(DECISION, reasons=(" ",)), REMEDIES)


def test_several_reasons_are_numbered() -> None:
    notice = denial_decision(CASE, replace(DECISION, reasons=("甲", "乙。")), REMEDIES)
    assert notice.closing == ("理由如下：", "（1）甲。", "（2）乙。")
    assert denial_decision(CASE, DECISION, REMEDIES).closing == ("理由：取水口位于禁采区。",)


def test_correction_lists_everything_with_the_last_day() -> None:
    notice = correction_notice(CASE, ITEMS, answer_by=date(2022, 5, 23), explanation=("第6个工作日。",))
    assert notice.items == ITEMS
    assert "于2022年5月23日前（含当日）" in notice.closing[0]
    assert notice.deadline is not None
    assert notice.deadline.how == ("第6个工作日。",)
    with pytest.raises(ValueError, match="names what"):
        correction_notice(CASE, ())


def test_correction_without_a_last_day_threatens_nothing() -> None:
    notice = correction_notice(CASE, ITEMS)
    assert notice.deadline is None
    assert "逾期" not in notice_text(notice)


def test_a_second_correction_gives_its_reason_first() -> None:
    notice = correction_notice(CASE, ITEMS, second_time_because="新报告书缺少签章")
    assert notice.opening[0].endswith("上次补正材料中新反映的问题：新报告书缺少签章。")


def test_correction_of_a_public_service_cites_the_law_of_companies_only() -> None:
    assert "《优化营商环境条例》第三十六条" in notice_text(correction_notice(PUBLIC_SERVICE, ITEMS))
    assert "《优化营商环境条例》" not in notice_text(
        correction_notice(replace(PUBLIC_SERVICE, person=True), ITEMS)
    )


def test_a_special_procedure_tells_its_length_and_that_it_does_not_count() -> None:
    notice = special_procedure_notice(CASE, "专家评审", 10, date(2022, 5, 30))
    assert "预计需要10个工作日，至2022年5月30日结束" in notice.opening[0]
    assert "上述时间不计算在办理期限内" in notice.closing[0]


def test_an_extension_tells_days_approval_reason_and_the_new_end() -> None:
    notice = extension_notice(CASE, 10, date(2022, 6, 20), "论证复杂")
    assert "经本机关负责人批准，办理期限延长10个工作日，延长后于2022年6月20日届满" in notice.opening[0]
    assert notice.opening[1] == "延长的理由：论证复杂。"
    assert "届满" not in extension_notice(CASE, 10, None, "论证复杂").opening[0]


def test_a_grant_tells_terms_validity_certificate_and_publication() -> None:
    notice = grant_decision(CASE, DECISION)
    assert notice.opening[1:] == ("年取水量不超过12万立方米。",)
    assert notice.closing[0] == "有效期自2022年6月1日起至2027年5月31日。"
    assert "三十日前" in notice.closing[1]
    assert "十日（工作日）内颁发、送达取水许可证" in notice.closing[2]
    assert notice.remedies == ()


def test_a_grant_without_certificate_promises_none() -> None:
    bare = grant_decision(CASE, DecisionFacts(accepted_on=date(2022, 5, 13)))
    assert len(bare.closing) == 1
    assert "公众有权查阅" in bare.closing[0]


def test_persons_are_spoken_to_as_persons() -> None:
    for notice in all_kinds(replace(CASE, person=True)).values():
        assert "你单位" not in notice_text(notice)


def test_the_proof_of_service_leaves_blank_what_is_not_known() -> None:
    blank = {row.label: row for row in proof_of_service(CASE, SERVICE).form}
    assert blank["送达方式"].options[0] == "直接送达"
    assert "年" in blank["送达时间"].value
    known = proof_of_service(CASE, replace(SERVICE, method="邮寄送达", served_at_text="2022年6月20日10时"))
    filled = {row.label: row for row in known.form}
    assert (filled["送达方式"].value, filled["送达方式"].options) == ("邮寄送达", ())
    assert filled["送达时间"].value == "2022年6月20日10时"
    with pytest.raises(ValueError, match="what is served"):
        proof_of_service(CASE, replace(SERVICE, documents=()))


def test_dates_and_numbers_have_no_leading_zeros() -> None:
    assert date_zh(date(2022, 5, 9)) == "2022年5月9日"
    assert document_number("示水许受", 2022, 7) == "示水许受〔2022〕7号"
