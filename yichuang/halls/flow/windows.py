"""Words and tables of the one-stop window (综窗): its windows, its four acts, receipts of hand-over."""

from enum import StrEnum


class WindowKind(StrEnum):
    """Who works behind a window: the one-stop window for every department, or one department for itself."""

    GENERAL = "general"
    DEPARTMENT = "department"

    @property
    def label(self) -> str:
        """The kind in Chinese."""
        return "综合窗口" if self is WindowKind.GENERAL else "部门窗口"


class ActKind(StrEnum):
    """The four acts. None is derived from another: what was accepted elsewhere may be handed over and issued here."""

    CONSULTED = "consulted"
    ACCEPTED = "accepted"
    HANDED_OVER = "handed_over"
    ISSUED = "issued"

    @property
    def label(self) -> str:
        """The act in Chinese, as the weekly report names it."""
        return ACT_LABELS[self]

    @property
    def unit(self) -> str:
        """What is counted."""
        return "人次" if self is ActKind.CONSULTED else "件"

    @property
    def fact(self) -> str:
        """The kind of fact that the act leaves."""
        return f"window.{self.value}"


ACT_LABELS = {
    ActKind.CONSULTED: "咨询",
    ActKind.ACCEPTED: "受理",
    ActKind.HANDED_OVER: "流转",
    ActKind.ISSUED: "颁发",
}
# What each act counts, in one sentence for those who read the figures.
ACT_MEANINGS = {
    ActKind.CONSULTED: "综窗现场、电话、网上答复的咨询，一人一次计 1 人次",
    ActKind.ACCEPTED: "综窗收齐材料并出具回执的件，包括在部门自建系统收件后登记的件",
    ActKind.HANDED_OVER: "综窗移交部门的件，包括在别处受理的件，一份交接单按件数计",
    ActKind.ISSUED: "综窗交给申请人的证照、批文，包括在别处办结的件",
}


class ConsultWay(StrEnum):
    """How somebody asked."""

    PRESENT = "present"
    PHONE = "phone"
    ONLINE = "online"

    @property
    def label(self) -> str:
        """The way in Chinese."""
        return {"present": "现场", "phone": "电话", "online": "网上"}[self.value]


class IssueMethod(StrEnum):
    """How a result reached its applicant (行政许可法 44: issued and served within ten days)."""

    SIGNED = "signed"
    MAILED = "mailed"

    @property
    def label(self) -> str:
        """The method in Chinese."""
        return "当面签收" if self is IssueMethod.SIGNED else "邮寄"


class ReceiptState(StrEnum):
    """Where a hand-over stands between the two sides."""

    PENDING = "pending"
    RECEIVED = "received"
    RETURNED = "returned"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return {"pending": "待部门签收", "received": "双方已签", "returned": "部门退回"}[self.value]

    @property
    def tone(self) -> str:
        """The tone of its tag."""
        return {"pending": "warn", "received": "good", "returned": "bad"}[self.value]


SUBJECT = "window_act"
WINDOW_SUBJECT = "hall_window"
# The other side confirms within this many working days; later the sheet is shown as overdue.
RECEIPT_DAYS = 1
MOST_NUMBERS = 300
MOST_AT_ONCE = 100_000
