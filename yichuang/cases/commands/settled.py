"""What must be settled before a case goes up or is decided."""

from yichuang.cases.commands.step import Ready
from yichuang.cases.queries.reviewers import blocks, missing
from yichuang.kernel.errors import Invalid


def check_settled(ready: Ready) -> None:
    """Raise Invalid while opinions are unanswered or not ruled on, a review has no conclusion, or a survey is open.

    It holds for the row that was read: what is judged by it is written `as_read`.
    """
    if ready.case.awaited:
        raise Invalid("还不能提出审查意见或者作出决定。", how="".join(blocks(ready.case.id)))


def check_complete(ready: Ready) -> None:
    """Raise Invalid that names the materials still to come: 容缺受理 puts off the material, not the requirement."""
    if ready.case.pending_open:
        named = "、".join(missing(ready.case.id))
        raise Invalid("容缺材料还没有补齐，不能作出决定。", how=f"还缺：{named}。收到后在本件页面登记。")
