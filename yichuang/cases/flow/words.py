"""What the facts and documents of a case are called."""

from yichuang.cases.flow.transitions import DESTROYED, FILED, TRANSFERRED, TRANSITIONS

FACT_LABELS = {FILED: "提交申请"} | {row.fact: row.label for row in TRANSITIONS}
FACT_SENTENCES = {
    FILED: "收到申请",
    "case.correction_asked": "一次性告知补正",
    "case.correction_answered": "申请人已补正",
    "case.corrected_on_spot": "当场更正",
    "case.accepted": "已受理",
    "case.refused": "不予受理",
    "case.supplied": "补交容缺材料",
    "case.proposed": "提出审查意见",
    "case.endorsed": "复审同意",
    "case.countersigned": "会签同意",
    "case.sent_back": "退回重新审查",
    "case.handed_over": "转交办理",
    "case.expedited": "列入绿色通道，急事急办",
    "case.paused": "启动特别程序，期限暂停计算",
    "case.pause_overrun": "特别程序超过预计时间",
    "case.resumed": "特别程序结束，期限继续计算",
    "case.extended": "批准延长期限",
    "case.decided": "作出决定",
    "case.delivered": "结果已送达",
    "case.withdrawn": "申请人撤回",
    "case.terminated": "终结办理",
    "case.recomputed": "节假日安排公布，到期日重新确定",
    DESTROYED: "内容和附件已依法删除，办理经过仍可核验",
    TRANSFERRED: "事项转隶，由新的承办部门继续办理，编号和期限不变",
}
# What the applicant does not see: the office's inner work.
INTERNAL_FACTS = frozenset(
    {"case.proposed", "case.endorsed", "case.countersigned", "case.sent_back", "case.handed_over"}
)


# How a numbered document is called in its number, after the department's own word: 川水许受〔2026〕12号.
DOCUMENT_WORDS = {
    "acceptance": "许受",
    "refusal": "许不受",
    "correction": "许补",
    "special": "许特",
    "extension": "许延",
    "decision_granted": "许准",
    "decision_denied": "许不准",
    "delivery": "许送",
    "termination": "许终",
}
DOCUMENT_LABELS = {
    "acceptance": "受理通知书",
    "refusal": "不予受理决定书",
    "correction": "一次性补正告知书",
    "special": "特别程序告知书",
    "extension": "延长办理期限告知书",
    "decision_granted": "准予行政许可决定书",
    "decision_denied": "不予行政许可决定书",
    "delivery": "送达回证",
    "termination": "终结办理告知书",
}
