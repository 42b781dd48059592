"""The words of messages: one template for every fact that somebody outside must hear of.

A message says who must do what by when, and nothing that needs no reading.
"""

from dataclasses import dataclass
from enum import StrEnum


class NoticeKind(StrEnum):
    """The documents, by the name that stands on them."""

    ACCEPTANCE = "受理通知书"
    REFUSAL_OF_ACCEPTANCE = "不予受理决定书"
    CORRECTION = "一次性补正告知书"
    GRANT = "准予行政许可决定书"
    DENIAL = "不予行政许可决定书"
    PROOF_OF_SERVICE = "送达回证"
    SPECIAL_PROCEDURE = "特别程序告知书"
    EXTENSION = "延长办理期限告知书"
    TERMINATION = "终结办理告知书"

    def title_for(self, *, licence: bool) -> str:
        """The title; a matter that is no licence is not decided as one."""
        return self.value if licence else self.value.replace("行政许可", "办理")


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
    "case.pause_overrun": Template(
        "特别程序超过预计时间",
        "“{item}”（编号 {number}）的特别程序未能在 {expected_until} 前结束，仍在进行；其间不计入办理期限，结束后告知原因和新的到期日。",
    ),
    "case.recomputed": Template(
        "日期重新确定",
        "国务院办公厅节假日安排公布后，“{item}”（编号 {number}）的{date_label}由 {before} 调整为 {due_on}。",
    ),
}

# To whoever uploaded a file of filings: once, when it has come to its end.
OPERATOR = {
    "bulk.ended": Template(
        "批量申报已完成",
        "“{item}”的文件 {file}：已申报 {filed} 件，有误 {bad} 行。有误的行可以下载改正后再上传。",
    ),
    "bulk.failed": Template("批量申报已中止", "“{item}”的文件 {file}：已申报 {filed} 件后中止。{reason}"),
}

# Where the law itself has acted: the message says so (`data["deemed"]` of the fact names the article).
DEEMED = {
    ("case.accepted", "art32"): Template(
        "申请已视为受理",
        "“{item}”（编号 {number}）逾期未告知补正，依法自 {accepted_on} 收到材料之日起即为受理，"
        "{department}应于 {due_on} 前办结。{provisional}",
    ),
    ("case.accepted", "art50"): Template(
        "申请已视为受理",
        "“{item}”（编号 {number}）的许可有效期已届满，申请自 {accepted_on} 收到材料之日起视为受理，结果随后告知。",
    ),
    ("case.decided", "art50"): Template(
        "视为准予延续",
        "“{item}”（编号 {number}）在许可有效期届满前未作决定，依法视为准予延续，{department}将在 {deliver_by} 前送达。",
    ),
}

STAFF = {
    "case.correction_answered": Template(
        "申请人已补正", "{number} {item}：补正材料已到，请在 {accept_by} 前答复。"
    ),
    "case.withdrawn": Template("申请人已撤回", "{number} {item}：申请人撤回，无需继续办理。"),
    "case.pause_overrun": Template(
        "特别程序超过预计时间", "{number} {item}：已超过书面告知的 {expected_until}，结束时请写明原因。"
    ),
    "case.recomputed": Template("日期已调整", "{number} {item}：{date_label}由 {before} 调整为 {due_on}。"),
    "case.handed_over": Template("有件转给您", "{number} {item}：已转交您办理，应于 {due_on} 前完成。"),
}


class Chase(StrEnum):
    """When a material that was promised is asked for: two working days before, on the day, after it."""

    SOON = "soon"
    TODAY = "today"
    LATE = "late"


CHASES = {
    Chase.SOON: Template(
        "请按时补交材料", "“{item}”（编号 {number}）容缺受理的「{name}」，您承诺在 {day} 前补交，请按时补交。"
    ),
    Chase.TODAY: Template(
        "今天请补交材料", "“{item}”（编号 {number}）容缺受理的「{name}」，今天是您承诺补交的最后一天。"
    ),
    Chase.LATE: Template(
        "材料逾期未补交",
        "“{item}”（编号 {number}）容缺受理的「{name}」已超过承诺日期 {day}，补齐以前不能作出决定，请尽快补交。",
    ),
}
# To the staff of the department that is asked for its opinion, and to whoever asked.
CONSULTED = {
    "opinion.asked": Template("有件征求本部门意见", "{number} {item}：请在 {day} 前答复意见。"),
    "opinion.reminded": Template("催办：征求意见", "{number} {item}：主办部门催办，应于 {day} 前答复意见。"),
    "opinion.withdrawn": Template("征求意见已撤回", "{number} {item}：不用再答复意见。"),
    "opinion.recomputed": Template(
        "答复意见的期限已调整", "{number} {item}：节假日安排公布，答复意见的期限由 {before} 调整为 {day}。"
    ),
}
ASKERS = {
    "opinion.answered": Template("部门意见已答复", "{number} {item}：{department}已答复意见。"),
    "opinion.silent": Template(
        "部门逾期未答复", "{number} {item}：{department}逾期未答复意见，请催办或者作出裁定。"
    ),
}

# Of a bulk act an applicant hears once, whatever the number of cases; by the kind of the act.
BULK = {
    "accept": Template("申请已受理", "{what}已受理，办理期限见“我的办件”。"),
    "decide": Template("已作出决定", "{what}已作出决定：{outcome}。决定书和送达安排见“我的办件”。"),
    "deliver": Template("结果已送达", "{what}的办理结果已送达，详见“我的办件”。"),
}
