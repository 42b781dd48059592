"""目录编码: the first part of an item code on the Sichuan portal, in the forms that it really carries."""

import re

from yichuang.kernel.identifiers import catalog12
from yichuang.kernel.identifiers.characters import ALPHANUMERIC, shown, stray
from yichuang.kernel.identifiers.task_types import TASK_TYPES
from yichuang.kernel.identifiers.verdict import Findings

# Digit and letter in positions 3-4, as the portal's own list has them.
LETTERED_TYPES = {
    "1A": "行政许可",
    "1B": "行政处罚",
    "1C": "行政强制",
    "1D": "行政征收",
    "1E": "行政裁决",
    "1F": "行政确认",
    "1G": "行政给付",
    "1H": "行政奖励",
    "1I": "行政检查",
    "1Z": "其他行政权力",
    "2A": "公共服务",
    "2B": "公共服务",
    "2C": "公共服务",
    "3A": "混合类",
}
_FORMS = (
    ("lettered14", re.compile(r"51[0-9][A-Z][0-9]{10}")),
    ("lettered12", re.compile(r"51[0-9][A-Z][0-9]{8}")),
    ("numeric14", re.compile(r"51[0-9]{12}")),
    ("numeric12", re.compile(r"[0-9]{9}(?:[0-9]{3}|00Y)")),
    ("legacy", re.compile(r"[A-Z]-[0-9]{6}-[0-9]{3,4}")),
    ("legacy_numbered", re.compile(r"[0-9][A-Z]-[0-9]{4}-[0-9]{5}")),
)
_HYPHENATED = ALPHANUMERIC | {"-"}


def form_of(code: str) -> str:
    """The name of the form that a catalogue code is written in, or "" where it is none of the known ones."""
    return next((name for name, pattern in _FORMS if pattern.fullmatch(code)), "")


def examine(code: str, findings: Findings) -> dict[str, str]:
    """Judges a catalogue code into `findings` and returns its parts (`catalog_code`, `catalog_form`, type).

    Illegal characters are wrong; a form or a type that is not known is flagged, for the item itself is real.
    """
    form = form_of(code)
    parts = {"catalog_code": code, "catalog_form": form}
    if not code:
        findings.error("缺目录编码")
    elif not form:
        reason = stray(code, _HYPHENATED, "数字或大写字母")
        findings.error(reason and f"目录编码{reason}")
        if reason is None:
            findings.doubt(f"目录编码 {shown(code)} 不是已知的写法")
    elif form.startswith("lettered"):
        parts |= _lettered(code, findings)
    elif form == "numeric12":
        inner = catalog12.check(code)
        findings.take(inner, "目录编码")
        parts |= {name: inner.parts[name] for name in ("task_type", "task_type_name") if name in inner.parts}
    elif form == "numeric14":
        parts |= _numeric(code, findings)
    return {name: value for name, value in parts.items() if value}


def _lettered(code: str, findings: Findings) -> dict[str, str]:
    name = LETTERED_TYPES.get(code[2:4], "")
    if not name:
        findings.doubt(f"目录编码第3—4位类型 {code[2:4]} 不在门户所列之中")
    return {"local_type": code[2:4], "local_type_name": name}


def _numeric(code: str, findings: Findings) -> dict[str, str]:
    name = TASK_TYPES.get(code[2:4], "")
    if not name:
        findings.doubt(f"目录编码第3—4位类型 {code[2:4]} 不在门户所列之中")
    return {"task_type": code[2:4], "task_type_name": name}
