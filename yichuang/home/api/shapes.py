"""The shapes of what the JSON door takes and answers: the schemas of its description."""

from typing import Any

from yichuang.cases.api import STEPS
from yichuang.cases.flow import CHANNEL_LABELS, State
from yichuang.directory.flow import ApplicantKind, PaperType
from yichuang.intake.flow import MOST_MATERIALS

Schema = dict[str, Any]
TEXT: Schema = {"type": "string"}
DAY: Schema = {"type": "string", "format": "date"}
DIGEST: Schema = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
BYTES: Schema = {"type": "string", "contentEncoding": "base64"}
SEEN: Schema = {"type": "integer", "description": "屏幕上看到的版本；此后有变化则 409"}


def ref(name: str) -> Schema:
    """A reference to a schema by its name."""
    return {"$ref": f"#/components/schemas/{name}"}


def shape(properties: Schema, required: tuple[str, ...] | None = None) -> Schema:
    """An object with these properties and no other; all of them required unless said otherwise."""
    needed = list(properties) if required is None else list(required)
    return {
        "type": "object",
        "properties": properties,
        "required": needed,
        "additionalProperties": False,
    }


def _or_null(kind: str, **more: str) -> Schema:
    return {"type": [kind, "null"], **more}


def schemas() -> Schema:
    """Every schema by its name."""
    state = {"type": "string", "enum": [str(one) for one in State]}
    moment = {"type": "string", "format": "date-time"}
    return {
        "Problem": {
            "type": "object", "required": ["title", "how", "fields"],
            "properties": {"title": TEXT, "how": TEXT, "fields": {"type": "object", "additionalProperties": TEXT}, "current": {"type": "object"}},
        },
        "Filing": _filing_schema(),
        **_mending_schemas(state),
        "Handed": shape({"receipt": ref("Receipt"), "replayed": {"type": "boolean"}}, ("receipt",)),
        "KeyState": shape({"state": {"enum": ["done", "not_seen"]}, "receipt": {"oneOf": [ref("Receipt"), {"type": "null"}]}}),
        "Receipt": shape(
            {
                "format": TEXT, "case_id": TEXT, "case_no": TEXT, "filed_at": moment, "content_sha256": DIGEST,
                "attachments": {"type": "array", "items": shape({"id": TEXT, "code": TEXT, "sha256": DIGEST, "bytes": {"type": "integer"}})},
                "fact_hash": DIGEST,
                "head": shape({"chain": TEXT, "number": {"type": "integer"}, "hash": DIGEST, "at": _or_null("string")}),
                "verify_url": TEXT, "signature": shape({"key_id": TEXT, "algorithm": TEXT, "value": TEXT}),
            }
        ),
        "Stepped": shape({"case_no": TEXT, "state": state, "seq": {"type": "integer"}, "document_number": _or_null("string"), "replayed": {"type": "boolean"}}),
        "Content": {"type": "object", "description": "其 SHA-256 印在回执上"},
        "Case": shape(
            {
                "case_id": TEXT, "case_no": TEXT, "item": shape({"name": TEXT, "type": TEXT}), "department": TEXT, "channel": TEXT,
                "state": state, "state_label": TEXT, "seq": {"type": "integer"}, "filed_at": moment,
                **{name: _or_null("string", format="date") for name in ("accepted_on", "due_on", "statutory_due_on", "decided_on")},
                "outcome": _or_null("string"), "holder": _or_null("string"), "as_of": {"type": "string", "format": "date"},
                "actions": {"type": "array", "items": {"enum": list(STEPS)}},
            }
        ),
    }  # fmt: skip


def _mending_schemas(state: Schema) -> Schema:
    """What a case waits for, how it is brought, and the list of cases."""
    names = ("accepted_on", "due_on", "statutory_due_on", "decided_on")
    line = {"line": {"type": "integer"}} | dict.fromkeys(
        ("material", "problem", "requirement", "sample", "target"), TEXT
    )
    brought = {"line": {"type": "integer"}, "code": TEXT, "name": TEXT, "content_base64": BYTES}
    says = {"line": {"type": "integer"}, "note": TEXT}
    listed = {
        "case_id": TEXT, "case_no": TEXT, "item": shape({"code": TEXT, "name": TEXT, "type": TEXT}), "department": TEXT,
        "applicant": TEXT, "channel": TEXT, "state": state, "state_label": TEXT, "seq": {"type": "integer"},
        "filed_at": {"type": "string", "format": "date-time"}, **{name: _or_null("string", format="date") for name in names},
        "outcome": _or_null("string"), "holder": _or_null("string"),
    }  # fmt: skip
    return {
        "Cases": shape({"cases": {"type": "array", "items": shape(listed)}, "after": _or_null("string"), "as_of": DAY}),
        "Waiting": shape(
            {
                "case_no": TEXT, "state": state, "seq": {"type": "integer"}, "respond_by": _or_null("string", format="date"),
                "correction": {"type": "array", "items": shape(line)},
                "pending": {"type": "array", "items": shape({"code": TEXT, "name": TEXT, "promised_on": DAY, "received_on": _or_null("string", format="date")})},
            }
        ),
        "Mending": shape(
            {
                "note": TEXT, "seen": SEEN,
                "lines": {"type": "array", "items": shape(says), "description": "对各项的说明，序号见 waiting"},
                "answers": {"type": "object", "description": "申请表中改正的各项，其余不变"},
                "materials": {
                    "type": "array", "maxItems": MOST_MATERIALS,
                    "items": shape(brought, ("name", "content_base64")) | {"anyOf": [{"required": ["line"]}, {"required": ["code"]}]},
                    "description": "补交、替换的材料，写明所补的项 line，或者材料编码 code（其他材料为 other）",
                },
            },
            (),
        ),
        "Supply": {
            "oneOf": [
                shape({"code": TEXT, "name": TEXT, "content_base64": BYTES, "seen": SEEN}, ("code", "name", "content_base64")),
                shape({"code": TEXT, "paper": {"const": True}, "seen": SEEN}, ("code", "paper")),
            ],
            "description": "申请人补交电子文件；窗口也可以登记收到的纸质材料",
        },
    }  # fmt: skip


def _filing_schema() -> Schema:
    paper = shape({"code": TEXT, "paper": {"const": True}})
    file = shape({"code": TEXT, "name": TEXT, "content_base64": BYTES})
    person = shape(
        {
            "kind": {"enum": [str(one) for one in ApplicantKind]}, "name": TEXT,
            "paper_type": {"enum": [str(one) for one in PaperType]}, "paper_number": TEXT, "phone": TEXT,
        },
        ("kind", "name", "paper_type", "paper_number"),
    )  # fmt: skip
    channels = "，".join(f"{one} {label}" for one, label in CHANNEL_LABELS.items())
    return shape(
        {
            "item_code": TEXT,
            "channel": {"enum": [str(one) for one in CHANNEL_LABELS], "description": channels},
            "applicant": {"oneOf": [person, {"type": "null"}], "description": "申请人用自己的令牌时可以省略"},
            "answers": {"type": "object", "description": "申请表各项，字段编码见办事指南"},
            "materials": {"type": "array", "maxItems": MOST_MATERIALS, "items": {"oneOf": [paper, file]}},
        },
        ("item_code", "channel", "answers"),
    )
