"""Every answer that a test gets from the JSON door is compared with the description of the door."""

import json
import re
from functools import cache
from typing import Any

import jsonschema_rs

from yichuang.home.api import description


@cache
def _said() -> dict[str, Any]:
    return description()


@cache
def _operation(method: str, path: str) -> tuple[str, dict[str, Any]] | None:
    """What is said about an address: the most literal of the paths that fit."""
    fitting = [
        (one.count("{"), one)
        for one in _said()["paths"]
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", one), path) and method in _said()["paths"][one]
    ]
    if not fitting:
        return None
    found = min(fitting)[1]
    return found, _said()["paths"][found][method]


@cache
def _validator(path: str, method: str, status: str) -> Any:
    schema = _said()["paths"][path][method]["responses"][status]["content"]["application/json"]["schema"]
    return jsonschema_rs.validator_for({**schema, "components": _said()["components"]})


def misfit(method: str, path: str, status: int, content: bytes) -> str:
    """How an answer differs from what is described; empty where it does not, or where the address is not the door's."""
    found = _operation(method.lower(), path.partition("?")[0])
    if found is None:
        return "" if status in (404, 405) else f"{method} {path} is answered with {status}, and not described"
    if str(status) not in found[1]["responses"]:
        return f"{method} {found[0]} is answered with {status}, which is not described"
    try:
        _validator(found[0], method.lower(), str(status)).validate(json.loads(content))
    except (ValueError, jsonschema_rs.ValidationError) as error:
        return f"{method} {found[0]} ({status}): {error}"
    return ""
