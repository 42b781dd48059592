"""What the description of the JSON door says about reporting."""

from typing import Any

from yichuang.exchange.flow import EventKind, State
from yichuang.exchange.rules.lines import FIELDS, REQUIRED

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
WHOLE: Schema = {"type": "integer"}
PROBLEMS = {
    "400": "内容不是所说的格式", "401": "没有有效的令牌", "403": "没有权限", "404": "没有找到，或者不是报送系统的账号",
    "409": "同一标识已经用于另一内容", "413": "超过 50,000 条或 64 MB", "415": "格式或压缩方式不接收", "422": "内容有误，fields 逐项说明",
}  # fmt: skip
READS = ("401", "403", "404", "422")


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(name: str) -> Schema:
    return {"application/json": {"schema": _ref(name)}}


def _answers(says: str, name: str, problems: tuple[str, ...]) -> Schema:
    bad = {code: {"description": PROBLEMS[code], "content": _json("Problem")} for code in problems}
    return {"200": {"description": says, "content": _json(name)}, **bad}


def _in_path(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


def paths(key_header: Schema) -> Schema:
    """The addresses; `key_header`: how the door describes the header of client keys."""
    body = {
        "application/x-ndjson": {"schema": {**TEXT, "description": "每行一个事件（ReportedEvent），UTF-8，可用 gzip 压缩"}},
        "text/csv": {"schema": {**TEXT, "description": "第一行为列名，列名同事件的字段，特别程序用 special_type、special_name、special_reason"}},
    }  # fmt: skip
    after = {
        "name": "after",
        "in": "query",
        "required": False,
        "schema": TEXT,
        "description": "上一页给出的 after",
    }
    return {
        "/api/v1/reported/batches": {
            "post": {
                "summary": "报送一批办件事件",
                "description": "至多 50,000 条、64 MB（解压后）；每条按系统、办件编号、序号只记一次，可以乱序、迟报、重报",
                "parameters": [key_header],
                "requestBody": {"required": True, "content": body},
                "responses": {
                    **_answers("已处理，回执", "ReportedBatch", tuple(PROBLEMS)),
                    "202": {"description": "另一请求正在处理同一批", "content": _json("ReportedBatch")},
                },
            }
        },
        "/api/v1/reported/batches/{reported_batch_id}": {
            "get": {
                "summary": "一批的结果，没有直接采用的各行及原因",
                "parameters": [_in_path("reported_batch_id"), after],
                "responses": _answers("结果", "ReportedBatch", READS),
            }
        },
        "/api/v1/reported/cases/{source_number}": {
            "get": {
                "summary": "本系统报送的一个办件目前的状态",
                "parameters": [_in_path("source_number")],
                "responses": _answers("办件", "ReportedCase", READS[:3]),
            }
        },
    }


def schemas() -> Schema:
    """The shapes by their names."""
    return {"ReportedEvent": _event(), "ReportedBatch": _batch(), "ReportedCase": _case()}


def _shape(properties: Schema) -> Schema:
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _event() -> Schema:
    kinds = "，".join(f"{kind.value} {kind.label}" for kind in EventKind)
    fields: Schema = {
        "source_number": {**TEXT, "maxLength": 64}, "event_no": {**WHOLE, "minimum": 1, "description": "本件内的序号，每条各不相同"},
        "kind": {"enum": [kind.value for kind in EventKind], "description": kinds},
        "at": {**TEXT, "description": "发生的时间，如 2022-05-13T09:30:00+08:00；没有时区的按北京时间"}, "item_code": TEXT,
        "department_code": TEXT, "region": TEXT, "applicant_name": {**TEXT, "maxLength": 200},
        "outcome": {"enum": ["granted", "denied"], "description": "办结必填"}, "due_on": {**TEXT, "format": "date"},
        "limit_days": WHOLE, "days_used": WHOLE,
        "special": {"type": "object", "properties": {"type": TEXT, "name": TEXT, "reason": TEXT}, "additionalProperties": False},
        "takes_back": {**WHOLE, "description": "更正收回的那一条的序号"},
    }  # fmt: skip
    assert list(fields) == list(FIELDS)
    return {**_shape(fields), "required": list(REQUIRED)}


def _or_null(**more: Any) -> Schema:
    return {"type": ["string", "null"], **more}


def _batch() -> Schema:
    line = _shape(
        {
            "line": WHOLE, "verdict": {"enum": ["refused", "quarantined"]}, "source_number": _or_null(),
            "reasons": {"type": "array", "items": TEXT},
        }
    )  # fmt: skip
    counts = dict.fromkeys(("received", "taken", "known", "quarantined", "refused"), WHOLE)
    return _shape(
        {
            "batch_id": TEXT, "state": {"enum": ["running", "done"]}, "sha256": TEXT, **counts, "at": TEXT, "done_at": _or_null(),
            "lines": {"type": "array", "items": line}, "after": _or_null(description="还有更多行时，下一页的位置"),
        }
    )  # fmt: skip


def _case() -> Schema:
    event = _shape(
        {
            "event_no": WHOLE, "kind": {"enum": [kind.value for kind in EventKind]}, "on": TEXT, "counts": {"type": "boolean"},
            "reason": _or_null(description="没有计入的原因"),
        }
    )  # fmt: skip
    day = _or_null(format="date")
    return _shape(
        {
            "source_number": TEXT, "state": {"enum": [state.value for state in State]}, "state_label": TEXT, "item_code": TEXT,
            "accepted_on": day, "decided_on": day, "closed_on": day, "outcome": _or_null(), "due_on": day,
            "events": {"type": "array", "items": event},
        }
    )  # fmt: skip
