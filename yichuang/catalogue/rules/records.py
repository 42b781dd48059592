"""Plain JSON into frozen dataclasses and back: strict about names and types, with the path of what is wrong."""

from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

T = TypeVar("T")


class RecordProblem(ValueError):
    """The data does not have the shape asked for; `path` says where."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(f"{path or '（整体）'}：{message}")
        self.path = path
        self.message = message


def build(cls: type[T], value: object, path: str = "") -> T:
    """A frozen dataclass `cls` from JSON data.

    Raises RecordProblem at the first name that is missing or unknown, or value of another type.
    """
    if not isinstance(value, Mapping):
        raise RecordProblem(path, "应为一组有名称的内容（对象）")
    hints = _hints(cls)  # type: ignore[arg-type]  # every class is hashable
    unknown = sorted(set(value) - set(hints))
    if unknown:
        raise RecordProblem(join(path, str(unknown[0])), "没有这一项要素")
    given: dict[str, Any] = {}
    for item in fields(cls):  # type: ignore[arg-type]
        if item.name in value:
            given[item.name] = _value(hints[item.name], value[item.name], join(path, item.name))
        elif item.default is MISSING and item.default_factory is MISSING:
            raise RecordProblem(join(path, item.name), "缺少这一项要素")
    return cls(**given)


def plain(value: object) -> Any:
    """The JSON data of a record: dataclasses to objects, tuples to lists, enumerations to their value."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: plain(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return value.value if isinstance(value, Enum) else value


def join(path: str, name: str) -> str:
    """The path of a name inside what stands at `path`."""
    return f"{path}.{name}" if path else name


@cache
def _hints(cls: object) -> dict[str, Any]:
    return get_type_hints(cls)


def _value(hint: Any, value: object, path: str) -> Any:
    origin = get_origin(hint)
    if origin is UnionType:
        return _optional(hint, value, path)
    if origin is tuple:
        return _sequence(get_args(hint)[0], value, path)
    if is_dataclass(hint):
        return build(hint, value, path)  # type: ignore[arg-type]
    if issubclass(hint, Enum):
        return _member(hint, value, path)
    # bool is a subclass of int: a count that says true is a mistake, not one.
    if not isinstance(value, hint) or (hint is int and isinstance(value, bool)):
        raise RecordProblem(path, f"应为{_TYPE_NAMES[hint]}")
    return value


def _optional(hint: Any, value: object, path: str) -> Any:
    if value is None:
        return None
    inner = next(arg for arg in get_args(hint) if arg is not NoneType)
    return _value(inner, value, path)


def _sequence(inner: Any, value: object, path: str) -> tuple[Any, ...]:
    if not isinstance(value, list | tuple):
        raise RecordProblem(path, "应为列表")
    return tuple(_value(inner, item, f"{path}[{index}]") for index, item in enumerate(value))


def _member(enumeration: type[Enum], value: object, path: str) -> Enum:
    try:
        return enumeration(value)
    except ValueError:
        allowed = "、".join(str(member.value) for member in enumeration)
        raise RecordProblem(path, f"“{value}”不在可选值之中，可选：{allowed}") from None


_TYPE_NAMES = {str: "文字", int: "整数", bool: "是或否（true/false）"}
