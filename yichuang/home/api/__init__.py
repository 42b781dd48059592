"""What the JSON door offers, described by OpenAPI 3.1 from the same tables that it reads by."""

from typing import Any

from django.http import HttpResponse
from django.urls import URLPattern, path
from django.views.decorators.http import require_GET

from yichuang.cases import flow
from yichuang.cases.api import LINE, STEPS, Parameter, Step
from yichuang.cases.flow import Action, Outcome
from yichuang.cases.queries.listing import LONGEST_PAGE
from yichuang.exchange import api as exchange
from yichuang.home.api.shapes import DAY, SEEN, TEXT, Schema, ref, schemas, shape
from yichuang.kernel.api import KEY, answer, machine
from yichuang.kernel.paging import PAGE
from yichuang.kernel.web import Request, public

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
            "/api/v1/cases": {"get": _listing(), "post": _filing()},
            "/api/v1/keys/{key}": {"get": _reading("标识是否已经办成", "KeyState", "key")},
            "/api/v1/cases/{number}": {"get": _reading("一个办件", "Case", "number")},
            "/api/v1/cases/{number}/content": {"get": _reading("提交的全部内容（规范文本）", "Content", "number")},
            "/api/v1/cases/{number}/receipt": {"get": _reading("回执", "Handed", "number")},
            "/api/v1/cases/{number}/waiting": {"get": _reading("等待申请人补正、补交的内容", "Waiting", "number")},
            "/api/v1/cases/{number}/answer_correction": {"post": _bringing("提交补正", "Mending")},
            "/api/v1/cases/{number}/supply": {"post": _bringing("补交容缺材料", "Supply")},
            **{f"/api/v1/cases/{{number}}/{name}": {"post": _step(name, step)} for name, step in STEPS.items()},
            **exchange.paths(KEY_HEADER),
        },
        "components": {
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "以 yc_ 开头的接口令牌"}},
            "schemas": schemas() | exchange.schemas(),
        },
    }  # fmt: skip


def _json(schema: Schema) -> Schema:
    return {"application/json": {"schema": schema}}


def _ok(says: str, schema: Schema, problems: tuple[str, ...], status: str = "200") -> Schema:
    bad = {code: {"description": PROBLEMS[code], "content": _json(ref("Problem"))} for code in problems}
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
        "responses": _ok(says, ref(schema), READ_PROBLEMS if parameter == "number" else ("401",)),
    }


def _filing() -> Schema:
    replay = {"description": "同一标识已经收件，回执相同", "content": _json(ref("Handed"))}
    return {
        "summary": "提交申请",
        "parameters": [KEY_HEADER],
        "requestBody": {"required": True, "content": _json(ref("Filing"))},
        "responses": {"200": replay} | _ok("已收件", ref("Handed"), tuple(PROBLEMS), "201"),
    }


QUERY: dict[str, tuple[Schema, str]] = {
    "state": (TEXT, "状态，几个用逗号分开"),
    "item": (TEXT, "事项编码"),
    "from": (DAY, "收件日起（含）"),
    "to": (DAY, "收件日止（含）"),
    "after": (TEXT, "上一页给出的 after；第一页不写"),
    "size": ({"type": "integer", "minimum": 1, "maximum": LONGEST_PAGE, "default": PAGE}, "每页多少件"),
}


def _listing() -> Schema:
    """The list: every condition stands behind the question mark and may be left out."""
    return {
        "summary": "本人的办件，或者令牌可以查看的办件，新的在前",
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": schema, "description": says}
            for name, (schema, says) in QUERY.items()
        ],
        "responses": _ok("一页办件", ref("Cases"), ("401", "403", "422")),
    }


def _bringing(says: str, schema: str) -> Schema:
    """What the applicant brings to a case that waits for it."""
    replay = {"description": "同一标识已经办成，结果相同", "content": _json(ref("Stepped"))}
    return {
        "summary": says,
        "parameters": [_in_path("number"), KEY_HEADER],
        "requestBody": {"required": True, "content": _json(ref(schema))},
        "responses": {"200": replay} | _ok("已收到", ref("Stepped"), tuple(PROBLEMS), "201"),
    }


def _step(name: str, step: Step) -> Schema:
    row = flow.BY_ACTION[Action(name)] if name in set(Action) else None
    fields: Schema = {"seen": SEEN}
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
        "responses": _ok("办件目前的状态", ref("Stepped"), tuple(PROBLEMS)),
    }


def _parameter(one: Parameter) -> Schema:
    shapes: dict[str, Schema] = {
        "text": TEXT,
        "whole": {"type": "integer"},
        "day": {"type": "string", "format": "date"},
        "uuid": {"type": "string", "format": "uuid"},
        "outcome": {"type": "string", "enum": [Outcome.GRANTED.value, Outcome.DENIED.value]},
        "promises": {
            "type": "array", "items": shape({"code": TEXT, "promised_on": {"type": "string", "format": "date"}}),
        },
        "lines": {"type": "array", "items": shape(dict.fromkeys(LINE, TEXT), ("material", "requirement"))},
    }  # fmt: skip
    return shapes[one.kind] | {"description": one.says}


urlpatterns: list[URLPattern] = [path("api/v1/openapi.json", openapi, name="api-openapi")]
