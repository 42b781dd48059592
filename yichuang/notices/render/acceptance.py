"""Documents on the way in: accepted, not accepted, to be corrected (行政许可法 32, 42, 45, 78)."""

from collections.abc import Sequence
from datetime import date

from yichuang.gateways.documents.model import Deadline, NoticeItem, OfficialNotice
from yichuang.notices.flow import NoticeKind
from yichuang.notices.render.facts import CaseFacts, ClockFacts, RefusalGround, Remedies
from yichuang.notices.render.frame import (
    LICENCE_LAW,
    application,
    date_zh,
    item_basis,
    notice,
    remedies_of,
    sentence,
    special_seal,
)

_GROUND_FACTS = {
    RefusalGround.NOT_NEEDED: "申请事项依法不需要取得行政许可",
    RefusalGround.NOT_OURS: "申请事项依法不属于本机关职权范围",
    RefusalGround.NOT_MENDED: "申请材料不齐全或者不符合法定形式，且未按照要求提交全部补正材料",
    RefusalGround.FALSE_MATERIAL: "申请中存在隐瞒有关情况或者提供虚假材料的情形",
}
_GROUND_ARTICLES = {
    RefusalGround.NOT_NEEDED: "第三十二条第一款第（一）项",
    RefusalGround.NOT_OURS: "第三十二条第一款第（二）项",
    RefusalGround.NOT_MENDED: "第三十二条第一款第（四）项、第（五）项",
    RefusalGround.FALSE_MATERIAL: "第七十八条",
}


def acceptance_notice(
    case: CaseFacts, clock: ClockFacts, pending: Sequence[tuple[str, date]] = ()
) -> OfficialNotice:
    """受理通知书: accepted on which day and by when decided (行政许可法 32, 42, 45); `pending`: materials that may follow, each with its promised day."""
    opening = f"{application(case)}收悉。{_why_accepted(case, clock)}"
    closing = [_limit_sentence(clock)]
    if case.licence:
        closing.append(
            "依法需要听证、招标、拍卖、检验、检测、检疫、鉴定和专家评审的，所需时间"
            "依照该法第四十五条的规定不计算在内，另行书面告知。"
        )
    if clock.provisional:
        closing.append(
            f"国务院办公厅尚未公布{clock.due_on.year}年节假日安排，上述日期为暂计；公布后重新计算并告知{case.you}。"
        )
    if pending:
        named = "、".join(f"{name}（{date_zh(day)}前补交）" for name, day in pending)
        closing.append(
            f"下列次要材料容缺受理，请按承诺的日期补交：{named}。补齐前不作出决定，办理期限照常计算。"
        )
    day = date_zh(clock.due_on) + ("（暂计）" if clock.provisional else "")
    return notice(
        case,
        NoticeKind.ACCEPTANCE,
        opening=(opening,),
        closing=tuple(closing),
        deadline=Deadline(
            "应作出决定的最后一日" if case.licence else "应办结的最后一日", day, clock.explanation
        ),
        basis=item_basis(case),
        seal=special_seal(case),
    )


def refusal_of_acceptance_notice(
    case: CaseFacts, ground: RefusalGround, reason: str, remedies: Remedies, *, where_to: str = ""
) -> OfficialNotice:
    """不予受理决定书, with the reason, where to go instead, and the remedies (行政许可法 32, 78).

    Raises ValueError without a reason, and without `where_to` where another body is competent: the law asks for both.
    """
    if not reason.strip():
        raise ValueError("a refusal needs its reason")
    if ground is RefusalGround.NOT_OURS and not where_to.strip():
        raise ValueError("whoever is not competent says who is")
    fact = _GROUND_FACTS[ground] if case.licence else _GROUND_FACTS[ground].replace("取得行政许可", "办理")
    law = f"依照{LICENCE_LAW}{_GROUND_ARTICLES[ground]}的规定，" if case.licence else ""
    closing = [f"理由：{sentence(reason)}"]
    if where_to:
        closing.append(f"{case.you}可以向{where_to}提出申请。")
    elif ground is RefusalGround.NOT_MENDED:
        closing.append(f"{case.you}备齐材料后，可以重新提出申请。")
    return notice(
        case,
        NoticeKind.REFUSAL_OF_ACCEPTANCE,
        opening=(f"{application(case)}收悉。经审查，{fact}。{law}本机关决定不予受理。",),
        closing=tuple(closing),
        remedies=remedies_of(case, remedies),
        basis=item_basis(case),
        seal=special_seal(case),
    )


def correction_notice(
    case: CaseFacts,
    items: Sequence[NoticeItem],
    *,
    answer_by: date | None = None,
    explanation: tuple[str, ...] = (),
    second_time_because: str = "",
) -> OfficialNotice:
    """一次性补正告知书: everything that is missing, told once (行政许可法 32(1)(4), 优化营商环境条例 36).

    `second_time_because` is the reason of a second request, which may only concern what the first answer newly
    showed. Raises ValueError without an item.
    """
    if not items:
        raise ValueError("a request for correction names what is to be mended")
    opening = [
        f"{application(case)}收悉。经审查，申请材料不齐全或者不符合法定形式。{_why_told(case)}"
        "现将需要补正的全部内容一次告知如下："
    ]
    if second_time_because:
        opening.insert(
            0, f"本次告知仅针对{case.you}上次补正材料中新反映的问题：{sentence(second_time_because)}"
        )
    deadline = None
    if answer_by:
        deadline = Deadline("提交补正材料的最后一日", date_zh(answer_by), explanation)
    until = f"于{date_zh(answer_by)}前（含当日）" if answer_by else ""
    return notice(
        case,
        NoticeKind.CORRECTION,
        opening=tuple(opening),
        items=tuple(items),
        closing=(
            f"请{case.you}{until}通过原申请渠道或者到服务窗口提交补正材料，表中未列出的材料无须重复提交。",
            "按照要求提交全部补正材料的，本机关依法受理；办理期限自受理次日起计算，补正所需时间不计入。",
            "逾期未提交的，本机关依法作出处理，已提交的材料可以取回；备齐材料后可以重新申请。"
            if answer_by
            else "",
        ),
        deadline=deadline,
        basis=item_basis(case),
        seal=special_seal(case),
    )


def _why_accepted(case: CaseFacts, clock: ClockFacts) -> str:
    day = date_zh(clock.accepted_on)
    if not case.licence and clock.deemed:
        return f"因本机关未在五个工作日内告知需要补正的内容，该申请自{day}视为受理。"
    if not case.licence:
        return f"经审查，申请材料齐全、符合办事指南的要求，本机关于{day}予以受理。"
    if clock.deemed:
        return (
            f"因本机关未在五日内一次告知需要补正的全部内容，依照{LICENCE_LAW}第三十二条第一款第（四）项的规定，"
            f"该申请自{day}即为受理。"
        )
    return (
        "经审查，申请事项属于本机关职权范围，申请材料齐全、符合法定形式，"
        f"依照{LICENCE_LAW}第三十二条第一款第（五）项的规定，本机关于{day}予以受理。"
    )


def _why_told(case: CaseFacts) -> str:
    if case.licence:
        return f"依照{LICENCE_LAW}第三十二条第一款第（四）项的规定，"
    return "" if case.person else "依照《优化营商环境条例》第三十六条的规定，"


def _limit_sentence(clock: ClockFacts) -> str:
    if clock.days == 0:
        return f"本事项为即办件，应于{date_zh(clock.due_on)}办结。"
    promised = clock.statutory_days is not None and clock.days < clock.statutory_days
    limit = f"承诺期限为{clock.days}个工作日（法定期限为{clock.statutory_days}个工作日）"
    if not promised:
        limit = f"办理期限为{clock.days}个工作日"
    return f"本事项的{limit}，自受理次日起计算，至{date_zh(clock.due_on)}届满。"
