"""What the tests of guides share: the guide files, read once, and a small form of their own."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from yichuang.catalogue.rules.forms import Choice, Condition, Field, FieldKind, Form, Section
from yichuang.catalogue.rules.guide import Guide, read_guide

FIXTURES = Path(__file__).resolve().parent.parent / "fixtures"
GUIDE_FILES = sorted((FIXTURES / "guides").glob("*.json"))
NAMES = [file.stem for file in GUIDE_FILES]


@cache
def text_of(name: str) -> str:
    """The text of one guide file."""
    return (FIXTURES / "guides" / f"{name}.json").read_text(encoding="utf-8")


def data_of(name: str) -> dict[str, Any]:
    """The data of one guide file, a fresh copy each time."""
    data: dict[str, Any] = json.loads(text_of(name))
    return data


@cache
def guide_of(name: str) -> Guide:
    """One guide, read."""
    return read_guide(data_of(name))


YES_NO = (Choice("no", "否"), Choice("yes", "是"))


def every_kind() -> Form:
    """A form with one field of each kind, a condition, and a condition that hangs on it."""
    return Form(
        sections=(
            Section(
                "who",
                "申请人",
                (
                    Field("name", "名称", FieldKind.TEXT, example="示例科技有限公司", max_length=20),
                    Field("code", "统一社会信用代码", FieldKind.CREDIT_CODE, example="91510000MA00000072"),
                    Field("person", "身份证号码", FieldKind.RESIDENT_ID, example="510100199001010013"),
                    Field("phone", "联系电话", FieldKind.PHONE, example="028-00000000"),
                ),
            ),
            Section(
                "what",
                "内容",
                (
                    Field("count", "数量", FieldKind.INTEGER, example="2", unit="台", min="1", max="10"),
                    Field("power", "功率", FieldKind.DECIMAL, example="25.5", min="0.1", max="100", scale=1),
                    Field(
                        "starts",
                        "开始日期",
                        FieldKind.DATE,
                        example="2022-06-01",
                        min="today",
                        max="today+365",
                    ),
                    Field("ends", "结束日期", FieldKind.DATE, example="2022-07-01", after="starts"),
                    Field(
                        "colour",
                        "颜色",
                        FieldKind.CHOICE,
                        choices=(Choice("red", "红"), Choice("blue", "蓝")),
                    ),
                    Field("uses", "用途", FieldKind.MULTI, choices=(Choice("a", "甲"), Choice("b", "乙"))),
                    Field("region", "区划", FieldKind.REGION, example="510107000000"),
                    Field("place", "坐标", FieldKind.COORDINATES, example="104.0650000,30.6570000"),
                    Field("why", "理由", FieldKind.TEXTAREA, example="为生产调度。", required=False),
                ),
            ),
            Section(
                "more",
                "其他",
                (
                    Field("agent", "是否委托代理人", FieldKind.CHOICE, choices=YES_NO),
                    Field(
                        "agent_kind",
                        "代理人类别",
                        FieldKind.CHOICE,
                        choices=(Choice("firm", "机构"), Choice("man", "个人")),
                        only_if=Condition("agent", "yes"),
                    ),
                    Field(
                        "agent_code",
                        "代理机构代码",
                        FieldKind.CREDIT_CODE,
                        example="91510000MA00000072",
                        only_if=Condition("agent_kind", "firm"),
                    ),
                    Field(
                        "b_note", "乙用途说明", FieldKind.TEXT, example="示例", only_if=Condition("uses", "b")
                    ),
                    Field(
                        "promises",
                        "承诺",
                        FieldKind.MULTI,
                        choices=(Choice("one", "真实"), Choice("two", "合法")),
                        every=True,
                    ),
                ),
            ),
        )
    )
