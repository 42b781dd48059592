"""The JSON door: reading what a machine sends, strictly, and answering it in one shape.

Errors are `{"title", "how", "fields"}`. Nothing is guessed: an unknown field, a key written twice, a float that is no
number, a sign that no database keeps — each is refused or cleaned as the forms do, and named.
"""

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.views.decorators.csrf import csrf_exempt

from yichuang.kernel import canonical
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.web import clean_text

PREFIX = "/api/"
MEDIA_TYPE = "application/json"
BODY_LIMIT = 32 << 20
DEEPEST = 20
LONGEST_TEXT = 4000
KEY = re.compile(r"[A-Za-z0-9_-]{8,64}")
HALVES = re.compile("[\ud800-\udfff]")
View = TypeVar("View", bound=Callable[..., HttpResponseBase])


class Unreadable(Problem):
    """What was sent is no JSON object."""

    title = "请求有误"


class NotJson(Problem):
    """What was sent does not say that it is JSON."""

    status = 415
    title = "内容类型有误"


class TooLarge(Problem):
    """What was sent is larger than any filing may be."""

    status = 413
    title = "内容过大"


class Unknown(Problem):
    """Nobody can tell who asks: no token, or one that is not valid any more."""

    status = 401
    title = "未通过身份验证"


def is_api(request: HttpRequest) -> bool:
    """Whether an address belongs to the JSON door."""
    return request.path_info.startswith(PREFIX)


def machine(view: View) -> View:
    """Mark a view of the JSON door: no cookie counts there, so no forged form can reach it and no CSRF mark is asked."""
    return csrf_exempt(view)


def answer(content: Mapping[str, Any], status: int = 200) -> HttpResponse:
    """A JSON answer in the canonical spelling: the same content is the same bytes."""
    made = HttpResponse(canonical.text(content), content_type=MEDIA_TYPE, status=status)
    made["Cache-Control"] = "no-store"
    return made


def problem_answer(problem: Problem, **more: Any) -> HttpResponse:
    """A problem as JSON: what, how to mend, which fields."""
    made = answer(
        {"title": problem.message, "how": problem.how, "fields": problem.fields} | more, problem.status
    )
    if isinstance(problem, Unknown):
        made["WWW-Authenticate"] = 'Bearer realm="yichuang"'
    return made


def sent_key(request: HttpRequest) -> str:
    """What stands for the client's key of this write, good or not; taken by its own name: all headers are not put in order for one."""
    return str(request.META.get("HTTP_IDEMPOTENCY_KEY", ""))


def idempotency_key(request: HttpRequest) -> str:
    """The client's own key of this write. Raises Invalid where it is absent or malformed."""
    key = sent_key(request)
    if not KEY.fullmatch(key):
        raise Invalid(
            "没有收到防重复提交的标识。" if not key else "防重复提交的标识格式有误。",
            how="请在请求头 Idempotency-Key 中给出 8 至 64 个字母、数字、横线或下划线；重试同一请求时用同一个标识。",
            fields={"Idempotency-Key": "应为 8 至 64 个字母、数字、横线或下划线"},
        )
    return key


def read_body(request: HttpRequest, *, limit: int = BODY_LIMIT) -> dict[str, Any]:
    """The JSON object of a request. Raises NotJson, TooLarge, Unreadable."""
    if request.content_type != MEDIA_TYPE:
        raise NotJson("只接收 JSON。", how=f"请求头 Content-Type 应为 {MEDIA_TYPE}。")
    declared = request.META.get("CONTENT_LENGTH") or "0"
    too_large = TooLarge(f"请求超过 {limit >> 20} MB。", how="请降低扫描清晰度，或者改用网上申请分次上传。")
    if declared.isdigit() and int(declared) > limit:
        raise too_large
    data = request.read(limit + 1)
    if len(data) > limit:
        raise too_large
    return parse(data)


def read_query(request: HttpRequest) -> "Reader":
    """What stands behind the question mark, each name at most once, as texts to be read. Raises Invalid."""
    doubled = sorted(name for name, values in request.GET.lists() if len(values) > 1)
    if doubled:
        raise Invalid(
            "查询条件有误。",
            how="每个条件只能出现一次。",
            fields={clean_text(name, limit=64): "只能出现一次" for name in doubled},
        )
    return Reader(request.GET.dict())


def parse(data: bytes) -> dict[str, Any]:
    """A JSON object without doubled keys, without numbers that are none, at most DEEPEST levels deep. Raises Unreadable."""
    try:
        found = _DECODER.decode(data.decode("utf-8"))
    except Unreadable:
        raise
    except (UnicodeDecodeError, ValueError, RecursionError, ArithmeticError) as error:
        raise Unreadable("请求内容不是有效的 JSON。", how="请检查括号、引号和编码（UTF-8）。") from error
    if not isinstance(found, dict):
        raise Unreadable("请求内容应是一个 JSON 对象。", how="最外层应为花括号。")
    return cast("dict[str, Any]", _cleaned(found, 1))


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        names = [name for name, _ in pairs]
        doubled = sorted({clean_text(name, limit=64) for name in names if names.count(name) > 1})
        raise Unreadable(
            f"同一个对象里的字段出现了两次：{'、'.join(doubled)[:200]}。", how="每个字段只能出现一次。"
        )
    return found


def _no_number(text: str) -> Any:
    raise Unreadable(f"{text} 不是数字。", how="请给出有限的数。")


def _cleaned(value: Any, depth: int) -> Any:
    """Without half characters, which no database keeps; everything else is for the reader of the field to clean."""
    if depth > DEEPEST:
        raise Unreadable("请求内容嵌套太深。", how=f"最多 {DEEPEST} 层。")
    if isinstance(value, str):
        return HALVES.sub("", value)
    if isinstance(value, dict):
        # Names that are the same without their halves are one name twice.
        return _once([(_cleaned(name, depth), _cleaned(item, depth + 1)) for name, item in value.items()])
    if isinstance(value, list):
        return [_cleaned(item, depth + 1) for item in value]
    return value


# Made once: to make one costs as much as to read a small object with it.
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number, parse_float=Decimal)


@dataclass(slots=True)
class Reader:
    """Reads the fields of one JSON object and collects what is wrong with them; `done()` raises it all at once."""

    data: Mapping[str, Any]
    where: str = ""
    wrong: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    def text(self, name: str, *, required: bool = False, limit: int = LONGEST_TEXT) -> str:
        """A text without control characters; empty where absent."""
        value = self._take(name, str, "应为文字")
        kept = clean_text(value, limit=limit + 1) if isinstance(value, str) else ""
        if len(kept) > limit:
            self.wrong.setdefault(self.where + name, f"不能超过 {limit} 个字")
        if required and not kept:
            self.wrong.setdefault(self.where + name, "不能为空")
        return kept

    def choice(self, name: str, among: Iterable[str], *, required: bool = True) -> str:
        """One of some words; empty where absent and not required."""
        offered = [str(one) for one in among]
        value = self.text(name, limit=64)
        if (value or required) and value not in offered:
            self.wrong.setdefault(self.where + name, f"应为其中之一：{'、'.join(offered)}")
        return value

    def whole(self, name: str) -> int | None:
        """A whole number of at most nine digits; None where absent."""
        value = self._take(name, int, "应为整数")
        if isinstance(value, bool) or (isinstance(value, int) and abs(value) > 999_999_999):
            self.wrong.setdefault(self.where + name, "应为整数")
            return None
        return value if isinstance(value, int) else None

    def flag(self, name: str) -> bool:
        """True or false; false where absent."""
        return bool(self._take(name, bool, "应为 true 或 false"))

    def day(self, name: str) -> date:
        """A day like 2022-05-13; the first day of all where it is wrong (`done` raises)."""
        value = self.text(name, limit=32)
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.wrong.setdefault(self.where + name, "请按 2022-05-13 的格式填写")
            return date.min

    def day_or_none(self, name: str) -> date | None:
        """A day like 2022-05-13; None where absent."""
        self.known.add(name)
        return self.day(name) if self.data.get(name) not in (None, "") else None

    def uuid(self, name: str) -> UUID | None:
        """An id; None where absent."""
        value = self.text(name, limit=64)
        found = parse_uuid(value) if value else None
        if value and found is None:
            self.wrong.setdefault(self.where + name, "应为编号（UUID）")
        return found

    def table(self, name: str) -> dict[str, Any]:
        """An object; empty where absent."""
        value = self._take(name, dict, "应为对象")
        return value if isinstance(value, dict) else {}

    def lines(self, name: str, *, limit: int = 100) -> list["Reader"]:
        """A list of objects, each to be read; what is wrong in them is named by its place: `materials.0.code`."""
        value = self._take(name, list, "应为列表")
        found = value if isinstance(value, list) else []
        if len(found) > limit or not all(isinstance(one, dict) for one in found):
            self.wrong.setdefault(self.where + name, f"应为对象的列表，最多 {limit} 项")
            return []
        return [
            Reader(one, f"{self.where}{name}.{place}.", self.wrong, set()) for place, one in enumerate(found)
        ]

    def inside(self, name: str) -> "Reader":
        """The reader of an object within."""
        return Reader(self.table(name), f"{self.where}{name}.", self.wrong, set())

    def close(self) -> None:
        """Nothing more is read here: what is left over is unknown, and named."""
        for name in sorted(set(self.data) - self.known):
            self.wrong.setdefault(self.where + clean_text(name, limit=64), "没有这个字段")

    def done(self) -> None:
        """Raise Invalid with everything that is wrong, unknown fields included."""
        self.close()
        if self.wrong:
            raise Invalid(
                "请求内容有误。",
                how="请按 fields 中的说明逐项改正后，用新的内容重新提交。",
                fields=self.wrong,
            )

    def _take(self, name: str, kind: type, said: str) -> Any:
        self.known.add(name)
        value = self.data.get(name)
        if value is not None and not isinstance(value, kind):
            self.wrong.setdefault(self.where + name, said)
            return None
        return value
