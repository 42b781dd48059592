"""Documents that tell of the clock: a special procedure begins, the limit is extended, the handling ends."""

from datetime import date

from yichuang.gateways.documents.model import OfficialNotice
from yichuang.notices.flow import NoticeKind
from yichuang.notices.render.facts import CaseFacts
from yichuang.notices.render.frame import (
    LICENCE_LAW,
    application,
    date_zh,
    notice,
    provisions,
    sentence,
    special_seal,
)


def special_procedure_notice(
    case: CaseFacts, procedure: str, days: int, until: date, note: str = "", *, basis: str = ""
) -> OfficialNotice:
    """特别程序告知书: which procedure, how long it takes, that the time does not count (行政许可法 45).

    `basis`: the law and article where the time is not counted for another reason than the eight of art. 45.
    """
    opening = (
        f"{application(case)}，本机关已经受理。因依法需要进行{procedure}，预计需要{days}个工作日，"
        f"至{date_zh(until)}结束。",
        *((sentence(note),) if note else ()),
    )
    law = provisions(basis or (f"{LICENCE_LAW}第四十五条" if case.licence else ""))
    closing = (f"{law}上述时间不计算在办理期限内；{procedure}结束后恢复计算。",)
    return notice(
        case, NoticeKind.SPECIAL_PROCEDURE, seal=special_seal(case), opening=opening, closing=closing
    )


def extension_notice(
    case: CaseFacts, days: int, due_on: date | None, reason: str, *, approved_by: str = ""
) -> OfficialNotice:
    """延长办理期限告知书: by how much, until when, and why (行政许可法 42).

    `approved_by`: the head of government and the document, where the item is handled jointly (art. 42 (2)).
    """
    until = f"，延长后于{date_zh(due_on)}届满" if due_on else ""
    paragraph = "第四十二条第二款" if approved_by else "第四十二条第一款"
    law = provisions(f"{LICENCE_LAW}{paragraph}" if case.licence else "")
    opening = (
        f"{application(case)}，本机关未能在规定的期限内作出决定。{law}"
        f"经{approved_by or '本机关负责人'}批准，办理期限延长{days}个工作日{until}。",
        f"延长的理由：{sentence(reason)}",
    )
    return notice(case, NoticeKind.EXTENSION, seal=special_seal(case), opening=opening)


def termination_notice(case: CaseFacts, ground: str, reason: str) -> OfficialNotice:
    """终结办理告知书: on what ground the handling ends without a decision."""
    opening = (
        f"{application(case)}，因{ground}，本机关决定终结办理。",
        f"具体情况：{sentence(reason)}",
    )
    closing = ("以后符合条件的，可以重新提出申请。",)
    return notice(case, NoticeKind.TERMINATION, seal=special_seal(case), opening=opening, closing=closing)
