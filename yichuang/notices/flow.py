"""The words of messages: one template for every fact that somebody outside must hear of.

A message says who must do what by when, and nothing that needs no reading.
"""

from dataclasses import dataclass
from enum import StrEnum


class MessageChannel(StrEnum):
    """How a message goes out."""

    SMS = "sms"
    MAIL = "mail"


CHANNEL_LABELS = {MessageChannel.SMS: "短信", MessageChannel.MAIL: "邮件"}


@dataclass(frozen=True, slots=True)
class Template:
    """A title and a body with named places."""

    title: str
    body: str


APPLICANT = {
    "case.filed": Template(
        "已收到申请", "“{item}”的申请已收到，编号 {number}。窗口将在 {accept_by} 前答复是否受理。"
    ),
    "case.correction_asked": Template(
        "请补正材料",
        "请在 {respond_by} 前补正“{item}”（编号 {number}）的 {lines} 项内容，逐项要求见补正告知书。",
    ),
    "case.accepted": Template(
        "申请已受理", "“{item}”（编号 {number}）已受理，{department}应于 {due_on} 前办结。{provisional}"
    ),
    "case.refused": Template(
        "申请不予受理", "“{item}”（编号 {number}）不予受理，理由和救济途径见不予受理决定书。"
    ),
    "case.paused": Template(
        "期限暂停计算",
        "“{item}”（编号 {number}）进入{ground}，预计 {expected_until} 前结束，其间不计入办理期限。",
    ),
    "case.resumed": Template(
        "期限恢复计算", "“{item}”（编号 {number}）恢复计算期限，新的到期日为 {due_on}。{provisional}"
    ),
    "case.extended": Template(
        "办理期限延长",
        "“{item}”（编号 {number}）经批准延长 {days} 个工作日，新的到期日为 {due_on}，理由见告知书。",
    ),
    "case.decided": Template(
        "已作出决定", "“{item}”（编号 {number}）已作出{outcome}决定，{department}将在 {deliver_by} 前送达。"
    ),
    "case.delivered": Template("结果已送达", "“{item}”（编号 {number}）的结果已送达。"),
    "case.terminated": Template("办理终结", "“{item}”（编号 {number}）已终结办理，理由见告知书。"),
    "case.withdrawn": Template("申请已撤回", "“{item}”（编号 {number}）已按您的要求撤回。"),
    "case.transferred": Template(
        "承办部门变更",
        "“{item}”（编号 {number}）的办理职责已划转，现由{department}继续办理，编号和办理期限不变，您不用重新提交。",
    ),
    "case.recomputed": Template(
        "到期日重新确定",
        "国务院办公厅节假日安排公布后，“{item}”（编号 {number}）的到期日由 {before} 调整为 {due_on}。",
    ),
}

STAFF = {
    "case.correction_answered": Template(
        "申请人已补正", "{number} {item}：补正材料已到，请在 {accept_by} 前答复。"
    ),
    "case.withdrawn": Template("申请人已撤回", "{number} {item}：申请人撤回，无需继续办理。"),
    "case.recomputed": Template("到期日已调整", "{number} {item}：到期日由 {before} 调整为 {due_on}。"),
    "case.handed_over": Template("有件转给您", "{number} {item}：已转交您办理，应于 {due_on} 前完成。"),
}
