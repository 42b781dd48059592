"""Documents on the way out: granted, denied, served (行政许可法 38, 40, 44, 50)."""

from yichuang.gateways.documents.model import FormRow, OfficialNotice
from yichuang.notices.flow import NoticeKind
from yichuang.notices.render.facts import CaseFacts, DecisionFacts, Remedies, ServiceFacts
from yichuang.notices.render.frame import (
    LICENCE_LAW,
    application,
    date_zh,
    notice,
    provisions,
    remedies_of,
    sentence,
)

_METHODS = ("直接送达", "邮寄送达", "留置送达", "电子送达", "窗口领取")


def grant_decision(case: CaseFacts, decision: DecisionFacts) -> OfficialNotice:
    """准予行政许可决定书: what is granted, until when, when the certificate comes (行政许可法 38, 40, 44, 50)."""
    law = provisions(f"{LICENCE_LAW}第三十八条第一款" if case.licence else "", "、".join(case.item_basis))
    granted = "准予行政许可" if case.licence else "准予办理"
    return notice(
        case,
        NoticeKind.GRANT,
        opening=(
            f"{_reviewed(case, decision)}{case.you}的申请符合法定条件、标准。{law}本机关决定{granted}。",
            *(sentence(term) for term in decision.terms),
        ),
        closing=_after_grant(case, decision),
        seal="行政机关印章",
    )


def denial_decision(case: CaseFacts, decision: DecisionFacts, remedies: Remedies) -> OfficialNotice:
    """不予行政许可决定书, with reasons and remedies (行政许可法 38(2)). Raises ValueError without a reason."""
    reasons = [sentence(reason) for reason in decision.reasons if reason.strip()]
    if not reasons:
        raise ValueError("a denial needs its reasons")
    law = provisions(f"{LICENCE_LAW}第三十八条第二款" if case.licence else "", "、".join(case.item_basis))
    refused = "不予行政许可" if case.licence else "不予办理"
    numbered = [f"（{number}）{reason}" for number, reason in enumerate(reasons, start=1)]
    return notice(
        case,
        NoticeKind.DENIAL,
        opening=(
            f"{_reviewed(case, decision)}{case.you}的申请不符合法定条件、标准。{law}本机关决定{refused}。",
        ),
        closing=(f"理由：{reasons[0]}",) if len(reasons) == 1 else ("理由如下：", *numbered),
        remedies=remedies_of(case, remedies),
        seal="行政机关印章",
    )


def proof_of_service(case: CaseFacts, service: ServiceFacts) -> OfficialNotice:
    """送达回证: the form on which the recipient signs; its day starts the periods of appeal."""
    if not service.documents:
        raise ValueError("a proof of service names what is served")
    rows = (
        FormRow("办件编号", case.number),
        FormRow("事项名称", case.item_name),
        FormRow("送达文书名称及文号", "；".join(service.documents), 2),
        FormRow("受送达人", case.applicant_name),
        FormRow("送达地址", service.address),
        FormRow("送达方式", service.method, 2, () if service.method else _METHODS),
        FormRow("送达时间", service.served_at_text or "　　　　年　　月　　日　　时　　分"),
        FormRow("受送达人或者代收人签名（盖章）", service.recipient, 2),
        FormRow("代收人与受送达人的关系", ""),
        FormRow("拒收事由及见证人签名", "", 2),
        FormRow("送达人签名", "", 2),
        FormRow("备注", service.note, 2),
    )
    return notice(case, NoticeKind.PROOF_OF_SERVICE, form=rows, seal="", signed=False)


def _reviewed(case: CaseFacts, decision: DecisionFacts) -> str:
    return f"{application(case)}，本机关于{date_zh(decision.accepted_on)}受理。经审查，"


def _after_grant(case: CaseFacts, decision: DecisionFacts) -> tuple[str, ...]:
    lines = []
    if decision.valid_until:
        start = f"自{date_zh(decision.valid_from)}起" if decision.valid_from else ""
        lines.append(f"有效期{start}至{date_zh(decision.valid_until)}。")
        if case.licence:
            lines.append(
                "需要延续有效期的，应当在有效期届满三十日前提出申请；法律、法规、规章另有规定的，依照其规定。"
            )
    if decision.certificate:
        law = f"依照{LICENCE_LAW}第四十四条的规定，" if case.licence else ""
        lines.append(f"{law}本机关自作出本决定之日起十日（工作日）内颁发、送达{decision.certificate}。")
    if case.licence:
        lines.append(f"本决定依照{LICENCE_LAW}第四十条的规定予以公开，公众有权查阅。")
    return tuple(lines)
