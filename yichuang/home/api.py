"""What the JSON door offers, described by OpenAPI 3.1 from the same tables that it reads by."""

from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from yichuang.cases import flow
from yichuang.cases.api import LINE, STEPS, Parameter, Step
from yichuang.cases.flow import CHANNEL_LABELS, Action, Outcome, State
from yichuang.directory.flow import ApplicantKind, PaperType
from yichuang.intake.flow import MOST_MATERIALS
from yichuang.kernel.api import KEY, answer, machine
from yichuang.kernel.web import Request, public

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
PROBLEMS = {
    "400": "请求内容不是有效的 JSON",
    "401": "没有有效的令牌",
    "403": "没有权限",
    "404": "没有找到，或者无权查看",
    "409": "内容已变化，或者同一标识已用于另一内容",
    "413": "请求过大",
    "415": "请求头 Content-Type 不是 application/json",
    "422": "内容有误，fields 逐项说明",
}
READ_PROBLEMS = ("401", "403", "404")
WORK_STEPS = {"claim": "领取", "release": "放回"}


@machine
@public
@require_GET
def openapi(request: Request) -> HttpResponse:  # noqa: ARG001 - Django says what a view takes
    """The description; it names no case and nobody, so everybody may read it."""
    return answer(description())


def description() -> dict[str, Any]:
    """The whole OpenAPI description."""
    return {
        "openapi": "3.1.0",
        "info": {"title": "一窗接口", "version": "1", "description": "每次写入都带一个由调用方选定的标识，重试时用同一个。"},
        "security": [{"token": []}],
        "paths": {
            "/api/v1/openapi.json": {"get": {"summary": "本说明", "security": [], "responses": _ok("接口说明", {"type": "object"}, ())}},
            "/api/v1/cases": {"post": _filing()},
            "/api/v1/keys/{key}": {"get": _reading("标识是否已经办成", "KeyState", "key")},
            "/api/v1/cases/{number}": {"get": _reading("一个办件", "Case", "number")},
            "/api/v1/cases/{number}/content": {"get": _reading("提交的全部内容（规范文本）", "Content", "number")},
            "/api/v1/cases/{number}/receipt": {"get": _reading("回执", "Handed", "number")},
            **{f"/api/v1/cases/{{number}}/{name}": {"post": _step(name, step)} for name, step in STEPS.items()},
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "以 yc_ 开头的接口令牌"}},
            "schemas": _schemas(),
        },
    }  # fmt: skip


def _ref(name: str) -> Schema:
    return {"$ref": f"#/components/schemas/{name}"}


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _ok(says: str, schema: Schema, problems: tuple[str, ...], status: str = "200") -> Schema:
    bad = {code: {"description": PROBLEMS[code], "content": _json(_ref("Problem"))} for code in problems}
    return {status: {"description": says, "content": _json(schema)}, **bad}


def _in_path(name: str) -> Schema:
    return {"name": name, "in": "path", "required": True, "schema": TEXT}


KEY_HEADER: Schema = {
    "name": "Idempotency-Key", "in": "header", "required": True,
    "schema": {"type": "string", "pattern": f"^{KEY.pattern}$"},
    "description": "同一标识、同一内容，永远得到同一结果；同一标识、另一内容，409",
}  # fmt: skip


def _reading(says: str, schema: str, parameter: str) -> Schema:
    return {
        "summary": says,
        "parameters": [_in_path(parameter)],
        "responses": _ok(says, _ref(schema), READ_PROBLEMS if parameter == "number" else ("401",)),
    }


def _filing() -> Schema:
    replay = {"description": "同一标识已经收件，回执相同", "content": _json(_ref("Handed"))}
    return {
        "summary": "提交申请",
        "parameters": [KEY_HEADER],
        "requestBody": {"required": True, "content": _json(_ref("Filing"))},
        "responses": {"200": replay} | _ok("已收件", _ref("Handed"), tuple(PROBLEMS), "201"),
    }


def _step(name: str, step: Step) -> Schema:
    row = flow.BY_ACTION[Action(name)] if name in set(Action) else None
    fields: Schema = {"seen": {"type": "integer", "description": "屏幕上看到的版本；此后有变化则 409"}}
    fields |= {one.name: _parameter(one) for one in step.parameters}
    if row is not None and row.grounds is not None and "ground" in fields:
        fields["ground"] = {
            "type": "string",
            "enum": list(row.grounds),
            "description": "；".join(row.grounds.values()),
        }
    body: Schema = {
        "type": "object", "additionalProperties": False, "properties": fields,
        "required": [one.name for one in step.parameters if one.required],
    }  # fmt: skip
    return {
        "summary": row.label if row else WORK_STEPS[name],
        "description": row.consequence if row else "",
        "parameters": [_in_path("number"), KEY_HEADER],
        "requestBody": {"required": True, "content": _json(body)},
        "responses": _ok("办件目前的状态", _ref("Stepped"), tuple(PROBLEMS)),
    }


def _parameter(one: Parameter) -> Schema:
    shapes: dict[str, Schema] = {
        "text": TEXT,
        "whole": {"type": "integer"},
        "day": {"type": "string", "format": "date"},
        "uuid": {"type": "string", "format": "uuid"},
        "outcome": {"type": "string", "enum": [Outcome.GRANTED.value, Outcome.DENIED.value]},
        "promises": {
            "type": "array", "items": _object({"code": TEXT, "promised_on": {"type": "string", "format": "date"}}),
        },
        "lines": {"type": "array", "items": _object(dict.fromkeys(LINE, TEXT), ("material", "requirement"))},
    }  # fmt: skip
    return shapes[one.kind] | {"description": one.says}


def _object(properties: Schema, required: tuple[str, ...] | None = None) -> Schema:
    needed = list(properties) if required is None else list(required)
    return {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def _or_null(kind: str, **more: str) -> Schema:
    return {"type": [kind, "null"], **more}


def _schemas() -> Schema:
    state = {"type": "string", "enum": [str(one) for one in State]}
    moment = {"type": "string", "format": "date-time"}
    return {
        "Problem": {
            "type": "object", "required": ["title", "how", "fields"],
            "properties": {"title": TEXT, "how": TEXT, "fields": {"type": "object", "additionalProperties": TEXT}, "current": {"type": "object"}},
        },
        "Filing": _filing_schema(),
        "Handed": _object({"receipt": _ref("Receipt"), "replayed": {"type": "boolean"}}, ("receipt",)),
        "KeyState": _object({"state": {"enum": ["done", "not_seen"]}, "receipt": {"oneOf": [_ref("Receipt"), {"type": "null"}]}}),
        "Receipt": _object(
            {
                "format": TEXT, "case_id": TEXT, "case_no": TEXT, "filed_at": moment, "content_sha256": DIGEST,
                "attachments": {"type": "array", "items": _object({"id": TEXT, "code": TEXT, "sha256": DIGEST, "bytes": {"type": "integer"}})},
                "fact_hash": DIGEST,
                "head": _object({"chain": TEXT, "number": {"type": "integer"}, "hash": DIGEST, "at": _or_null("string")}),
                "verify_url": TEXT, "signature": _object({"key_id": TEXT, "algorithm": TEXT, "value": TEXT}),
            }
        ),
        "Stepped": _object({"case_no": TEXT, "state": state, "seq": {"type": "integer"}, "document_number": _or_null("string"), "replayed": {"type": "boolean"}}),
        "Content": {"type": "object", "description": "其 SHA-256 印在回执上"},
        "Case": _object(
            {
                "case_id": TEXT, "case_no": TEXT, "item": _object({"name": TEXT, "type": TEXT}), "department": TEXT, "channel": TEXT,
                "state": state, "state_label": TEXT, "seq": {"type": "integer"}, "filed_at": moment,
                **{name: _or_null("string", format="date") for name in ("accepted_on", "due_on", "statutory_due_on", "decided_on")},
                "outcome": _or_null("string"), "holder": _or_null("string"), "as_of": {"type": "string", "format": "date"},
                "actions": {"type": "array", "items": {"enum": list(STEPS)}},
            }
        ),
    }  # fmt: skip


def _filing_schema() -> Schema:
    paper = _object({"code": TEXT, "paper": {"const": True}})
    file = _object(
        {"code": TEXT, "name": TEXT, "content_base64": {"type": "string", "contentEncoding": "base64"}}
    )
    person = _object(
        {
            "kind": {"enum": [str(one) for one in ApplicantKind]}, "name": TEXT,
            "paper_type": {"enum": [str(one) for one in PaperType]}, "paper_number": TEXT, "phone": TEXT,
        },
        ("kind", "name", "paper_type", "paper_number"),
    )  # fmt: skip
    channels = "，".join(f"{one} {label}" for one, label in CHANNEL_LABELS.items())
    return _object(
        {
            "item_code": TEXT,
            "channel": {"enum": [str(one) for one in CHANNEL_LABELS], "description": channels},
            "applicant": {"oneOf": [person, {"type": "null"}], "description": "申请人用自己的令牌时可以省略"},
            "answers": {"type": "object", "description": "申请表各项，字段编码见办事指南"},
            "materials": {"type": "array", "maxItems": MOST_MATERIALS, "items": {"oneOf": [paper, file]}},
        },
        ("item_code", "channel", "answers"),
    )


urlpatterns: list[URLPattern] = [path("api/v1/openapi.json", openapi, name="api-openapi")]
