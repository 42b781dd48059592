"""The words of the nine documents for every addressee: person or company, licence or not, each with what the law wants."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.gateways.documents.model import OfficialNotice
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
    notice_text,
    proof_of_service,
    refusal_of_acceptance_notice,
    special_procedure_notice,
    termination_notice,
)

CASE = CaseFacts(
    number="510000-SL-2022-000012",
    item_name="水文测报服务",
    applicant_name="示例科技有限公司",
    department_name="示例省水利厅",
    document_number="示水〔2022〕12号",
    filed_on=date(2022, 5, 9),
    issued_on=date(2022, 5, 13),
    item_basis=("《示例条例》第十四条", "《示例办法》第三条"),
    contact="示例大厅12号窗口。",
    follow_url="https://yichuang.example/follow",
    journal_head="9f86d081",
)
CLOCK = ClockFacts(date(2022, 5, 13), 15, date(2022, 6, 6), 20)
DECISION = DecisionFacts(
    date(2022, 5, 13), ("年取水十二万立方米",), ("位于禁采区",), "取水证", date(2022, 6, 1), date(2027, 5, 31)
)
REMEDIES = Remedies("示例省人民政府", "示例市中级人民法院")
ITEMS = (NoticeItem("论证报告", "缺第五章", "补第五章"), NoticeItem("申请书", "未签字", "签字"))
DUE = date(2022, 6, 20)
BUILD: dict[NoticeKind, Callable[[CaseFacts], OfficialNotice]] = {
    NoticeKind.ACCEPTANCE: lambda case: acceptance_notice(case, CLOCK),
    NoticeKind.REFUSAL_OF_ACCEPTANCE: lambda case: refusal_of_acceptance_notice(
        case, RefusalGround.NOT_OURS, "由市级办理", REMEDIES, where_to="示例市水务局"
    ),
    NoticeKind.CORRECTION: lambda case: correction_notice(case, ITEMS, answer_by=date(2022, 5, 23)),
    NoticeKind.GRANT: lambda case: grant_decision(case, DECISION),
    NoticeKind.DENIAL: lambda case: denial_decision(case, DECISION, REMEDIES),
    NoticeKind.PROOF_OF_SERVICE: lambda case: proof_of_service(case, ServiceFacts(("决定书",))),
    NoticeKind.SPECIAL_PROCEDURE: lambda case: special_procedure_notice(case, "听证", 10, DUE, "另行通知"),
    NoticeKind.EXTENSION: lambda case: extension_notice(case, 10, DUE, "论证复杂"),
    NoticeKind.TERMINATION: lambda case: termination_notice(case, "申请人撤回", "已书面提出"),
}
EVERY = [
    (kind, replace(CASE, licence=licence, person=person))
    for kind, licence, person in product(NoticeKind, (True, False), (True, False))
]
NAMES = [
    f"{kind.name}-{'licence' if c.licence else 'service'}-{'person' if c.person else 'company'}"
    for kind, c in EVERY
]
every = pytest.mark.parametrize(("kind", "case"), EVERY, ids=NAMES)
REFUSALS = {NoticeKind.REFUSAL_OF_ACCEPTANCE, NoticeKind.DENIAL}
OPENERS, CLOSERS = "（《“〔", "）》”〕"


def body(notice: OfficialNotice) -> list[str]:
    """The sentences that speak to the addressee."""
    return [*notice.opening, *notice.closing, *notice.basis, *notice.remedies, *notice.contact]


def test_every_kind_of_document_is_built_here() -> None:
    assert set(BUILD) == set(NoticeKind)


@every
def test_the_addressee_is_spoken_to_as_what_he_is(kind: NoticeKind, case: CaseFacts) -> None:
    said = "".join(body(BUILD[kind](case)))
    assert ("你单位" in said) == (not case.person and kind is not NoticeKind.PROOF_OF_SERVICE)
    assert ("你" in said.replace("你单位", "")) == (case.person and kind is not NoticeKind.PROOF_OF_SERVICE)
    assert "您" not in said


@every
def test_the_licence_law_is_named_for_licences_alone(kind: NoticeKind, case: CaseFacts) -> None:
    text = notice_text(BUILD[kind](case))
    without = {NoticeKind.PROOF_OF_SERVICE, NoticeKind.TERMINATION}
    assert ("《中华人民共和国行政许可法》" in text) == (case.licence and kind not in without)
    if not case.licence:
        assert "许可" not in text
        assert "第四十五条" not in text


@every
def test_remedies_stand_in_refusals_and_nowhere_else(kind: NoticeKind, case: CaseFacts) -> None:
    notice = BUILD[kind](case)
    said = "".join(notice.remedies)
    if kind not in REFUSALS:
        assert notice.remedies == ()
        assert "行政复议" not in notice_text(notice)
        assert "诉讼" not in notice_text(notice)
        return
    for part in (
        "六十日内",
        "六个月内",
        "示例省人民政府",
        "示例市中级人民法院",
        "《中华人民共和国行政复议法》",
        "《中华人民共和国行政诉讼法》",
    ):
        assert part in said
    assert said.count("自收到本决定书之日起") == 2


@every
def test_every_sentence_is_whole(kind: NoticeKind, case: CaseFacts) -> None:
    """Closed by a full stop or a colon, brackets in pairs, nothing doubled, no half-width mark between Chinese signs."""
    for line in [line for line in body(BUILD[kind](case)) if line]:
        assert line.endswith(("。", "：")), line
        assert not re.search(r"。。|，，|，。|、。|：。|，、|的的|None|\{|\}", line), line
        assert not re.search(r"[一-鿿][,;:?!()][一-鿿]", line), line
        for opener, closer in zip(OPENERS, CLOSERS, strict=True):
            assert line.count(opener) == line.count(closer), line
        assert line == line.strip()


@every
def test_titles_and_seals_are_those_of_the_kind(kind: NoticeKind, case: CaseFacts) -> None:
    notice = BUILD[kind](case)
    assert notice.title == kind.title_for(licence=case.licence)
    assert ("行政许可" in notice.title) == (case.licence and kind in (NoticeKind.GRANT, NoticeKind.DENIAL))
    if kind is NoticeKind.PROOF_OF_SERVICE:
        assert (notice.seal_text, notice.addressee, notice.issued_on_text) == ("", "", "")
    elif kind in (NoticeKind.GRANT, NoticeKind.DENIAL):
        assert notice.seal_text == "行政机关印章"
    else:
        assert notice.seal_text == ("行政许可专用章" if case.licence else "政务服务专用章")


@every
def test_every_document_can_be_followed_and_checked(kind: NoticeKind, case: CaseFacts) -> None:
    notice = BUILD[kind](case)
    signed = kind is not NoticeKind.PROOF_OF_SERVICE
    assert notice.small_print == (f"办件编号：{case.number}", "办件日志校验值：9f86d081")
    assert (notice.follow_url, bool(notice.follow_text)) == (case.follow_url if signed else "", signed)
    assert notice.contact == (("联系方式：示例大厅12号窗口。",) if signed else ())
    bare = BUILD[kind](replace(case, follow_url="", contact="", journal_head="", item_basis=()))
    assert (bare.follow_url, bare.follow_text, bare.contact) == ("", "", ())
    assert bare.small_print == (f"办件编号：{case.number}",)
    assert "事项依据" not in notice_text(bare)
    assert "依照的" not in notice_text(bare)


@every
def test_no_personal_number_of_the_applicant_is_asked_for_or_printed(
    kind: NoticeKind, case: CaseFacts
) -> None:
    assert not re.search(r"\d{17}[\dX]|1[3-9]\d{9}|身份证号", notice_text(BUILD[kind](case)))


@pytest.mark.parametrize("licence", [True, False])
@pytest.mark.parametrize("ground", RefusalGround)
def test_a_refusal_says_ground_reason_and_what_can_be_done(ground: RefusalGround, licence: bool) -> None:
    case = replace(CASE, licence=licence)
    where = "示例市水务局" if ground is RefusalGround.NOT_OURS else ""
    notice = refusal_of_acceptance_notice(case, ground, " 材料不实。 ", REMEDIES, where_to=where)
    assert notice.opening[0].endswith("本机关决定不予受理。")
    assert notice.closing[0] == "理由：材料不实。"
    again = "备齐材料后，可以重新提出申请" in "".join(notice.closing)
    assert again == (ground is RefusalGround.NOT_MENDED)
    assert ("第七十八条" in notice.opening[0]) == (licence and ground is RefusalGround.FALSE_MATERIAL)
    assert len(notice.remedies) == 1


def test_grounds_are_told_in_words_of_their_own() -> None:
    told = {
        refusal_of_acceptance_notice(CASE, ground, "理由", REMEDIES, where_to="某局").opening[0]
        for ground in RefusalGround
    }
    assert len(told) == len(RefusalGround)


days = st.dates(date(2000, 1, 1), date(2099, 12, 31))


@given(days)
def test_a_day_is_written_without_leading_zeros_and_read_back(day: date) -> None:
    written = date_zh(day)
    found = re.fullmatch(r"(\d{4})年([1-9]\d?)月([1-9]\d?)日", written)
    assert found is not None
    assert date(*map(int, found.groups())) == day


@given(st.integers(2000, 2099), st.integers(1, 99_999))
def test_a_document_number_has_six_sided_brackets_and_no_padding(year: int, number: int) -> None:
    assert document_number("示水许受", year, number) == f"示水许受〔{year}〕{number!s}号"


@given(days, st.integers(0, 60), st.none() | st.integers(0, 60), days, st.booleans(), st.booleans())
def test_the_limit_is_told_once_and_right(
    accepted: date, limit: int, statutory: int | None, due: date, provisional: bool, licence: bool
) -> None:
    clock = ClockFacts(accepted, limit, due, statutory, provisional=provisional)
    notice = acceptance_notice(replace(CASE, licence=licence), clock)
    said = notice.closing[0]
    assert date_zh(due) in said
    assert ("即办件" in said) == (limit == 0)
    promised = statutory is not None and 0 < limit < statutory
    assert ("承诺期限" in said) == promised
    if limit:
        assert re.findall(r"(\d+)个工作日", said) == (
            [str(limit), str(statutory)] if promised else [str(limit)]
        )
    assert notice.deadline is not None
    assert notice.deadline.day_text == date_zh(due) + ("（暂计）" if provisional else "")
    assert notice.deadline.label == ("应作出决定的最后一日" if licence else "应办结的最后一日")
    assert any(f"尚未公布{due.year}年节假日安排" in line for line in notice.closing) == provisional


@given(st.lists(st.sampled_from(["甲", "乙。", " 丙 ", "", " ", "丁。。"]), max_size=6))
def test_reasons_of_a_denial_are_all_told_and_numbered(reasons: list[str]) -> None:
    facts = replace(DECISION, reasons=tuple(reasons))
    real = [reason.strip().rstrip("。") for reason in reasons if reason.strip()]
    if not real:
        with pytest.raises(ValueError, match="reasons"):
            denial_decision(CASE, facts, REMEDIES)
        return
    closing = denial_decision(CASE, facts, REMEDIES).closing
    if len(real) == 1:
        assert closing == (f"理由：{real[0]}。",)
    else:
        assert closing == ("理由如下：", *(f"（{n}）{reason}。" for n, reason in enumerate(real, start=1)))


@given(
    st.sampled_from([None, date(2022, 6, 1)]),
    st.sampled_from([None, date(2027, 5, 31)]),
    st.booleans(),
    st.booleans(),
)
def test_a_grant_tells_what_it_knows_and_promises_nothing_else(
    start: date | None, end: date | None, certificate: bool, licence: bool
) -> None:
    facts = DecisionFacts(
        date(2022, 5, 13), certificate="取水证" if certificate else "", valid_from=start, valid_until=end
    )
    said = "".join(grant_decision(replace(CASE, licence=licence), facts).closing)
    assert ("有效期至" in said or "起至" in said) == (end is not None)
    assert ("自2022年6月1日起至2027年5月31日" in said) == (start is not None and end is not None)
    assert ("颁发、送达取水证" in said) == certificate
    assert ("三十日前提出申请" in said) == (licence and end is not None)
    assert ("公众有权查阅" in said) == licence


def test_corrections_are_told_in_the_order_given_with_every_word() -> None:
    notice = correction_notice(CASE, ITEMS, answer_by=date(2022, 5, 23))
    text = notice_text(notice)
    for number, item in enumerate(ITEMS, start=1):
        assert f"{number}. {item.name}：{item.fault}（{item.requirement}）" in text
    assert notice.items == ITEMS
    assert "未列出的材料无须重复提交" in text
    assert "补正所需时间不计入" in text


def test_the_form_of_service_has_every_row_that_is_signed() -> None:
    rows = [row.label for row in proof_of_service(CASE, ServiceFacts(("甲", "乙"))).form]
    assert len(rows) == len(set(rows)) == 12
    filled = {
        row.label: row.value
        for row in proof_of_service(CASE, ServiceFacts(("甲", "乙"), recipient="张示例")).form
    }
    assert filled["送达文书名称及文号"] == "甲；乙"
    assert filled["受送达人或者代收人签名（盖章）"] == "张示例"
    assert filled["受送达人"] == CASE.applicant_name
