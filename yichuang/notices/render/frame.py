"""What all six documents share: dates and numbers, head, signature, remedies, foot."""

from datetime import date

from yichuang.gateways.documents.model import Deadline, FormRow, NoticeItem, OfficialNotice
from yichuang.notices.flow import NoticeKind
from yichuang.notices.render.facts import CaseFacts, Remedies

LICENCE_LAW = "《中华人民共和国行政许可法》"


def date_zh(day: date) -> str:
    """2022年5月9日, without leading zeros (GB/T 9704-2012 §7.3.5)."""
    return f"{day.year}年{day.month}月{day.day}日"


def document_number(word: str, year: int, number: int) -> str:
    """A document number: word of the body, year in 六角括号, number without leading zeros."""
    return f"{word}〔{year}〕{number}号"


def notice(
    case: CaseFacts,
    kind: NoticeKind,
    *,
    seal: str,
    opening: tuple[str, ...] = (),
    items: tuple[NoticeItem, ...] = (),
    form: tuple[FormRow, ...] = (),
    closing: tuple[str, ...] = (),
    deadline: Deadline | None = None,
    basis: tuple[str, ...] = (),
    remedies: tuple[str, ...] = (),
    signed: bool = True,
) -> OfficialNotice:
    """What all six share: head, signature, follow address, small print."""
    follow = "扫码或者访问下列网址，凭办件编号和回执上的查询码查看办理进度。" if case.follow_url else ""
    return OfficialNotice(
        title=kind.title_for(licence=case.licence),
        issuer=case.department_name,
        number_text=case.document_number,
        addressee=case.applicant_name if signed else "",
        dated=case.issued_on,
        issued_on_text=date_zh(case.issued_on) if signed else "",
        opening=opening,
        items=items,
        form=form,
        closing=closing,
        deadline=deadline,
        basis=basis,
        remedies=remedies,
        contact=(f"联系方式：{sentence(case.contact)}",) if case.contact and signed else (),
        seal_text=seal,
        follow_url=case.follow_url if signed else "",
        follow_text=follow if signed else "",
        small_print=_small_print(case),
    )


def item_basis(case: CaseFacts) -> tuple[str, ...]:
    """The line that names the law behind the item, where there is one."""
    return (f"事项依据：{sentence('、'.join(case.item_basis))}",) if case.item_basis else ()


def special_seal(case: CaseFacts) -> str:
    """The seal for accepting and refusing to accept (行政许可法 32(2): 本行政机关专用印章)."""
    return "行政许可专用章" if case.licence else "政务服务专用章"


def provisions(*laws: str) -> str:
    """依照A和B的规定， — or nothing where there is no law to name."""
    named = [law for law in laws if law]
    return f"依照{'和'.join(named)}的规定，" if named else ""


def _small_print(case: CaseFacts) -> tuple[str, ...]:
    number = f"办件编号：{case.number}"
    return (number, f"办件日志校验值：{case.journal_head}") if case.journal_head else (number,)


def application(case: CaseFacts) -> str:
    # The case number stands at the foot: a long run of digits that does not break would tear a justified line apart.
    return f"{case.you}于{date_zh(case.filed_on)}向本机关提出的“{case.item_name}”申请"


def remedies_of(case: CaseFacts, remedies: Remedies) -> tuple[str, ...]:
    return (
        f"如不服本决定，{case.you}可以自收到本决定书之日起六十日内，依照《中华人民共和国行政复议法》的规定向"
        f"{remedies.review_body}申请行政复议；也可以自收到本决定书之日起六个月内，依照《中华人民共和国行政诉讼法》"
        f"的规定向{remedies.court}提起行政诉讼。",
    )


def sentence(text: str) -> str:
    return text.strip().rstrip("。") + "。"
