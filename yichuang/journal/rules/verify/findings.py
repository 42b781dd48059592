"""What a verification can find, each kind with its name and what it means."""

from dataclasses import dataclass, field

LABELS = {
    "fact_edited": "事实被改动：内容与校验值不符",
    "fact_recomputed": "事实被改动后重算了校验值：与封账中的校验值不符",
    "fact_deleted": "事实被删除",
    "tail_cut": "末尾的事实被截去",
    "fact_inserted": "多出的事实：既没有封账，也不在待封队列中",
    "facts_swapped": "事实的先后顺序被调换",
    "link_broken": "与上一条事实不相连",
    "day_moved": "归属日期与时间不符",
    "seal_missing": "封账缺失",
    "seal_changed": "封账的根校验值、条数或账链不符",
    "leaf_changed": "封账中的校验值被改动",
    "history_rewritten": "整段历史被重算：与已经写出的账链末端不符",
    "older_state": "账比已经写出的末端短：被截短，或者恢复了较早的备份",
    "head_forged": "账链末端的签名不成立",
    "heads_disagree": "同一号的两个账链末端互相矛盾",
    "case_changed": "办件现状、申请内容或者文字被改动，没有相应的事实",
    "content_missing": "事实中承诺的申请内容或者文字不在了：被删除",
    "case_missing": "办件被删除，事实还在",
    "case_without_facts": "办件没有任何事实",
    "step_not_allowed": "流程中没有这一步",
    "attachment_changed": "材料登记的校验值不在任何事实中：被替换或者添加",
    "attachment_missing": "事实中的材料没有登记：被删除",
    "file_changed": "文件内容与登记的校验值不符：被替换",
    "file_missing": "文件不在文件库中",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it should be: its kind, exactly where, and the particulars."""

    kind: str
    where: str
    words: str = ""

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return LABELS[self.kind]


@dataclass(slots=True)
class Verified:
    """What was checked and what was found. `notes` are no forgeries: what waits, what was lawfully destroyed or declared lost."""

    findings: list[Finding] = field(default_factory=list)
    facts: int = 0
    seals: int = 0
    heads: int = 0
    cases: int = 0
    files: int = 0
    contents: int = 0
    waiting: int = 0
    newest: int = 0
    newest_hash: str = ""
    notes: list[str] = field(default_factory=list)


class Unreadable(Exception):
    """The export is not one of this format, or is damaged so that nothing can be said about it."""
