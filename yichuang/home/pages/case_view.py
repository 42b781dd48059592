"""What the case page shows beside the forms: the clock, the levels, the proposal, the timeline in words."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from yichuang.cases import flow, rules
from yichuang.cases import queries as cases
from yichuang.cases.flow import DELIVERY_METHODS, LEVEL_LABELS, State, WorkKind
from yichuang.cases.queries import CaseRow, Event
from yichuang.catalogue.rules.guide import Guide
from yichuang.home.render import document_title
from yichuang.intake.queries import EFFECTS, event_text
from yichuang.intake.queries.follow import ACCEPTANCE_WHY, DELIVERY_WHY
from yichuang.workdays.queries import calendar

DUE_WORDS = {
    State.RECEIVED: "答复是否受理",
    State.CORRECTING: "由申请人补正",
    State.REVIEW: "作出决定",
    State.SPECIAL: "结束特别程序（预计）",
    State.DECIDED: "送达结果",
}
DUE_WHY = {
    State.RECEIVED: ACCEPTANCE_WHY,
    State.CORRECTING: ("补正截止日由窗口在一次性补正告知书中确定；补正所需时间不计入办理期限。",),
    State.DECIDED: DELIVERY_WHY,
}
EXAMINED = ("case.proposed", "case.endorsed", "case.countersigned", "case.sent_back", "case.resumed")
OPINIONS = {
    "case.proposed": WorkKind.REVIEW,
    "case.endorsed": WorkKind.SECOND,
    "case.countersigned": WorkKind.COUNTERSIGN,
}
STEP_TONES = {"done": "good", "now": "action", "next": ""}


def clock(row: CaseRow, today: date) -> dict[str, Any]:
    """The day that matters now, what has to be done by then, and why it is this day."""
    state = State(row.state)
    due = row.due_on if state == State.REVIEW else row.work_due_on
    return {
        "today": today,
        "due": due,
        "due_words": DUE_WORDS.get(state, ""),
        "due_why": DUE_WHY.get(state, ()),
        "left": row.days_left if state == State.SPECIAL else rules.days_left(calendar(), due, today),
        "why": cases.why(row, today=today),
        "overrun": state == State.SPECIAL and due is not None and today > due,
    }


def level_line(row: CaseRow) -> list[tuple[str, str, str]]:
    """The levels of an item that has more than two: label, tone, and the state in a word for readers."""
    if not row.handling.levels or row.accepted_on is None:
        return []
    done = row.decided_on is not None
    words = {"done": "已办", "now": "现在", "next": "未到"}
    return [
        (LEVEL_LABELS[level], STEP_TONES[state], words[state])
        for level, state in rules.steps_of(row.handling.levels, row.work_kind, done=done)
    ]


def opinions(row: CaseRow, events: Sequence[Event]) -> list[str]:
    """What each level that stands has said, lowest first: whoever comes next acts with it before the eyes."""
    if row.proposal is None:
        return []
    last = {event.kind: event for event in events if event.kind in OPINIONS}
    standing = [(kind, level) for kind, level in OPINIONS.items() if level in row.signed and kind in last]
    return [_opinion(last[kind], level, row.proposal) for kind, level in standing]


def _opinion(event: Event, level: WorkKind, proposal: str) -> str:
    if level == WorkKind.REVIEW:
        label = f"审查意见：拟{flow.OUTCOME_LABELS[flow.Outcome(proposal)]}。"
    else:
        label = f"{LEVEL_LABELS[level]}意见："
    return f"{label}{event.words.get('opinion', '')}（{event.actor_name}）"


def sent_back(events: Sequence[Event], guide: Guide | None) -> dict[str, str] | None:
    """The send-back that nobody has answered yet: why, which part with its anchor, in whose words; None where none is open."""
    last = next((event for event in reversed(events) if event.kind in EXAMINED), None)
    if last is None or last.kind != "case.sent_back":
        return None
    part = str(last.data.get("part", "opinion"))
    return {
        "to": LEVEL_LABELS[WorkKind(str(last.data.get("to", WorkKind.REVIEW)))],
        "ground": last.ground,
        "part": part_name(part, guide),
        "anchor": "" if part == "opinion" else part.replace(":", "-"),
        "reason": str(last.words.get("reason", "")),
        "by": last.actor_name,
    }


def parts(guide: Guide | None) -> list[tuple[str, str]]:
    """The parts that a send-back can point at: the opinion, the sections of the form, the materials."""
    if guide is None:
        return [("opinion", "审查意见")]
    sections = [(f"section:{one.code}", f"申请表 · {one.title}") for one in guide.form.sections]
    materials = [(f"material:{one.code}", f"材料 · {one.name}") for one in guide.materials]
    return [("opinion", "审查意见"), *sections, *materials]


def part_name(part: str, guide: Guide | None) -> str:
    """A part in words; its code where the guide does not know it."""
    return dict(parts(guide)).get(part, part)


def entry(event: Event, row: CaseRow, guide: Guide | None = None) -> dict[str, Any]:
    """One line of the timeline for the part that draws it."""
    links = []
    title = document_title(event, row)
    if title:
        links.append((f"{title} {event.number}", f"/documents/{row.id}/{event.seq}"))
    return {
        "at": event.at,
        "title": "改派办理"
        if event.kind == "case.handed_over" and event.data.get("from")
        else event.sentence,
        "by": event.actor_name,
        "text": " ".join(said(event, guide)),
        "effect": EFFECTS.get(event.kind, ""),
        "links": links,
    }


def said(event: Event, guide: Guide | None = None) -> list[str]:
    """What was said with a step, for staff: what the applicant reads, and the office's own words."""
    data, found = event.data, []
    if event.kind == "case.proposed":
        found.append(
            f"拟{flow.OUTCOME_LABELS[flow.Outcome(data['outcome'])]}：{event.words.get('opinion', '')}"
        )
    elif event.words.get("opinion"):
        found.append(str(event.words["opinion"]))
    if event.kind == "case.sent_back" and data.get("to"):
        level = LEVEL_LABELS[WorkKind(str(data["to"]))]
        found.append(f"退回{level}，部分：{part_name(str(data.get('part', '')), guide)}。")
    found.append(event_text(event))
    for name, sentence in SENTENCES.items():
        if data.get(name):
            found.append(sentence.format(spoken(data[name])))
    if event.kind == "case.decided":
        found.append(f"用时 {data['days_used']} 个工作日。")
    if event.kind == "case.delivered":
        found.append(f"{DELIVERY_METHODS[data['method']]}，签收人：{event.words.get('receiver', '')}。")
    return [words for words in found if words]


SENTENCES = {
    "respond_by": "应于 {} 前补正。",
    "expected_until": "预计 {} 前结束。",
    "due_on": "到期日 {}。",
}


def spoken(text: str) -> str:
    """2022年5月13日, from a day in a fact's data."""
    day = date.fromisoformat(text)
    return f"{day.year}年{day.month}月{day.day}日"
