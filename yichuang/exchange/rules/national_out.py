"""Our own cases as rows of the national exchange tables.

What the platform does not know is left empty, never made up: the report on conformance then names the column. Codes for which no public list was
found are given as the words of GB/T 39046 (业务动作 通过、退回、其他; 收取方式 电子、纸质).
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from yichuang.kernel.identifiers import check
from yichuang.kernel.times import local

Row = dict[str, str]
PROJECT_TYPES = {"即办件": "1", "承诺件": "2"}
APPLICANT_TYPES = {"person": "1", "company": "2"}
RESULTS = {"granted": "1", "denied": "2"}
EXTENDED = "1"
OTHER_SPECIAL = "2"
# Facts that are steps of handling, with what they are called and how they ended.
PROCESS: Mapping[str, tuple[str, str]] = {
    "case.correction_asked": ("补正告知", "退回"),
    "case.correction_answered": ("补正", "其他"),
    "case.accepted": ("受理", "通过"),
    "case.refused": ("不予受理", "退回"),
    "case.proposed": ("审查", "通过"),
    "case.endorsed": ("复审", "通过"),
    "case.countersigned": ("会签", "通过"),
    "case.sent_back": ("退回", "退回"),
    "case.decided": ("决定", "通过"),
    "case.delivered": ("送达", "通过"),
    "case.withdrawn": ("撤回", "其他"),
    "case.terminated": ("终结", "其他"),
}


@dataclass(frozen=True, slots=True)
class Step:
    """One fact of a case: its kind, when, by whom, on what ground, with which document, and what it says in codes."""

    seq: int
    kind: str
    at: datetime
    day: date
    actor_name: str
    ground: str
    number: str
    data: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Told:
    """What the exchange tells of a case, besides its steps."""

    id: str
    number: str
    item_code: str
    item_name: str
    version: int
    handling_kind: str
    channel: str
    region: str
    department_name: str
    department_code: str
    applicant_kind: str
    applicant_name: str
    paper_type: str
    paper_number: str
    legal_representative: str
    filed_at: datetime
    due_on: date | None
    steps: Sequence[Step]
    materials: Sequence[tuple[str, str, bool]]


@dataclass(frozen=True, slots=True)
class Sync:
    """What every row carries: when it was made, and the number of the batch."""

    at: datetime
    batch: str


def rows_of(case: Told, day: date, sync: Sync) -> dict[str, list[Row]]:
    """The rows that a case gives for what happened on a day, by table."""
    today = [step for step in case.steps if step.day == day]
    made: dict[str, list[Row]] = {}
    for step in today:
        if step.kind == "case.accepted":
            made.setdefault("up_pro_accept", []).append(_accept(case, step))
            made.setdefault("up_pro_material", []).extend(_materials(case))
        if step.kind == "case.decided":
            made.setdefault("up_pro_result", []).append(_result(case, step))
        if step.kind == "case.resumed":
            made.setdefault("up_pro_special_procedure", []).extend(_special(case, step))
        if step.kind in PROCESS:
            made.setdefault("up_pro_process", []).append(_process(case, step))
    return {table: [row | _synced(case, sync) for row in rows] for table, rows in made.items()}


def _synced(case: Told, sync: Sync) -> Row:
    return {
        "project_no": case.number, "cd_operation": "I", "cd_time": moment(sync.at), "cd_batch": sync.batch,
        "data_source": case.region[:2],
    }  # fmt: skip


def moment(at: datetime) -> str:
    """2022-05-13 09:30:00, Beijing's time."""
    return local(at).strftime("%Y-%m-%d %H:%M:%S")


def _accept(case: Told, step: Step) -> Row:
    parts = check(case.item_code).parts
    full = len(case.item_code) in (31, 33)
    return {
        "row_guid": case.id,
        "catalog_code": parts.get("catalog", ""),
        "local_catalog_code": parts.get("catalog_code", ""),
        "task_code": case.item_code[:31] if full else "",
        "local_task_code": "" if full else case.item_code,
        "task_handle_item": case.item_code if len(case.item_code) == 33 else "",
        "task_name": case.item_name,
        "task_version": str(case.version),
        "applyer_name": case.applicant_name,
        "applyer_type": APPLICANT_TYPES.get(case.applicant_kind, ""),
        "applyer_page_type": case.paper_type,
        "applyer_page_code": case.paper_number,
        "apply_date": moment(case.filed_at),
        "apply_type": case.channel,
        "legal": case.legal_representative,
        "org_name": case.department_name,
        "org_code": case.department_code,
        "handle_user_name": step.actor_name,
        "accept_date": moment(step.at),
        "accept_doc_no": step.number,
        "project_type": PROJECT_TYPES.get(case.handling_kind, ""),
        "promise_date": f"{case.due_on} 00:00:00" if case.due_on else "",
    }


def _result(case: Told, step: Step) -> Row:
    delivered = next((one for one in case.steps if one.kind == "case.delivered"), None)
    return {
        "row_guid": f"{case.id}-{step.seq}",
        "handle_user_name": step.actor_name,
        "result_date": moment(step.at),
        "result_type": RESULTS.get(step.data.get("outcome", ""), ""),
        "result_cetr_no": step.number,
        "is_delivery_results": "1"
        if delivered is not None and delivered.data.get("method") == "post"
        else "0",
    }


def _special(case: Told, ended: Step) -> Iterable[Row]:
    begun = [one for one in case.steps if one.kind == "case.paused" and one.seq < ended.seq]
    for step in begun[-1:]:
        yield {
            "row_guid": f"{case.id}-{step.seq}",
            "special_type": OTHER_SPECIAL,
            "special_name": step.ground,
            "special_time": moment(step.at),
            "special_reason": step.ground,
            "end_time": moment(ended.at),
            "handle_user": step.actor_name,
        }


def _process(case: Told, step: Step) -> Row:
    name, action = PROCESS[step.kind]
    before = [one for one in case.steps if one.seq < step.seq]
    return {
        "row_guid": f"{case.id}-{step.seq}",
        "event_name": "退回" if step.data.get("outcome") == "denied" else action,
        "process_name": name,
        "handle_user_name": step.actor_name or "系统",
        "handle_explain": step.ground or name,
        "event_start_time": moment(before[-1].at if before else case.filed_at),
        "event_end_time": moment(step.at),
    }


def _materials(case: Told) -> list[Row]:
    return [
        {
            "row_guid": identifier,
            "material_name": name,
            "get_type": "纸质" if is_paper else "电子",
            "get_num": "1",
        }
        for identifier, name, is_paper in case.materials
    ]
