"""What can be exported: one line a list. A new list is its question in this folder, a line here and a link on its page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from yichuang.directory.flow import Capability
from yichuang.exports.flow import Selection
from yichuang.exports.queries import cases, feedback
from yichuang.exports.queries.wording import Asked
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid

LONGEST_FILTER = 200


@dataclass(frozen=True, slots=True)
class Listing:
    """A list: its label, which of these capabilities opens it, what its address asks by, how it is read and said."""

    label: str
    wanted: tuple[Capability, ...]
    kept: tuple[str, ...]
    read: Callable[[Asked, Actor, date], Selection]
    words: Callable[[Asked, Actor], list[str]]


_FEEDBACK = (Capability.FEEDBACK_HANDLE, Capability.FEEDBACK_REVIEW)
LISTS: Mapping[str, Listing] = {
    "queue": Listing(
        "办件清单", (Capability.CASE_SEARCH,), ("tab", "item", "department", "mine", "overdue", "due_from", "due_to", "green"),
        cases.queue, cases.queue_words,
    ),
    "search": Listing("查办件的结果", (Capability.CASE_SEARCH,), ("q",), cases.search, cases.search_words),
    "counted": Listing(
        "统计数字之下的办件", (Capability.FIGURES_READ,), ("measure", "first", "last", "group", "department"),
        cases.counted, cases.counted_words,
    ),
    "campaign": Listing(
        "专项的办件", (Capability.CASE_SEARCH,), ("campaign", "filer", "day"), cases.campaign, cases.campaign_words
    ),
    "ratings": Listing(
        "好差评", _FEEDBACK, ("first", "last", "department", "window", "channel", "level", "follow", "appeal"),
        feedback.ratings, feedback.period_words,
    ),
    "complaints": Listing(
        "投诉建议", _FEEDBACK, ("first", "last", "kind", "state", "department", "overdue", "today"),
        feedback.complaints, feedback.period_words,
    ),
}  # fmt: skip


def listing(code: str, *, by: Actor) -> Listing:
    """The list, for those who may export and may open it. Raises Refused, Invalid for one that is none."""
    by.require(Capability.LIST_EXPORT)
    found = LISTS.get(code)
    if found is None:
        raise Invalid("没有这个清单。", how="请回到要导出的清单，再点“导出”。")
    if not any(map(by.can, found.wanted)):
        by.require(found.wanted[0])
    return found


def narrowed(found: Listing, given: Mapping[str, str]) -> dict[str, str]:
    """Of an address, what the list asks by."""
    kept = {name: given.get(name, "").replace("\0", "")[:LONGEST_FILTER] for name in found.kept}
    return {name: value for name, value in kept.items() if value}


def selection(code: str, asked: Asked, *, by: Actor, today: date) -> Selection:
    """What is read, within the rights of this moment. Raises Refused, Missing, Invalid."""
    return listing(code, by=by).read(asked, by, today)


def words_of(code: str, asked: Asked, *, by: Actor) -> str:
    """The list and its filters in words: 办件清单：在办、已超期."""
    found = listing(code, by=by)
    return f"{found.label}：{'、'.join(found.words(asked, by))}"[:LONGEST_FILTER]
