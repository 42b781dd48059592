"""Finds out of which family a code is, by its shape, and has that family judge it."""

from collections.abc import Callable
from datetime import date

from yichuang.kernel.identifiers import (
    catalog12,
    ecert,
    handle33,
    impl31,
    org9,
    portal,
    portal_catalogue,
    resident_id,
    uscc,
)
from yichuang.kernel.identifiers.characters import dummy, foreign, stray
from yichuang.kernel.identifiers.verdict import Findings, Verdict

UNKNOWN = "unknown"
_CHECKS: dict[str, Callable[[str], Verdict]] = {
    catalog12.KIND: catalog12.check,
    impl31.KIND: impl31.check,
    handle33.KIND: handle33.check,
    portal.KIND: portal.check,
    uscc.KIND: uscc.check,
    org9.KIND: org9.check,
    resident_id.KIND: resident_id.check,
    ecert.KIND: ecert.check,
}
KINDS = tuple(_CHECKS)
_BY_LENGTH = {
    9: org9.KIND,
    12: catalog12.KIND,
    18: uscc.KIND,
    30: impl31.KIND,
    31: impl31.KIND,
    32: handle33.KIND,
    33: handle33.KIND,
}
_LENGTHS = (
    "认不出是哪种代码：组织机构代码9位，基本编码12位，统一社会信用代码和居民身份证号18位，"
    "实施编码31位，业务办理项编码33位"
)


def check(code: str, kind: str | None = None, *, today: date | None = None) -> Verdict:
    """Judges a code as `kind`, or as the family that its shape tells.

    18 characters are a resident's number where birth date (not after `today`) and check digit hold, else a
    credit code. Never raises for a code, whatever it holds; a `kind` that is none of KINDS raises ValueError.
    """
    if kind is not None and kind not in _CHECKS:
        raise ValueError(f"unknown kind of code: {kind}")
    chosen = kind or kind_of(code, today)
    if chosen == UNKNOWN:
        return _unknown(code)
    if chosen == resident_id.KIND:
        return resident_id.check(code, today)
    verdict = _CHECKS[chosen](code)
    return verdict if kind else _with_hint(verdict, today)


def kind_of(code: str, today: date | None = None) -> str:
    """The family that the shape tells, or "unknown"."""
    if len(code) == 18 and resident_id.holds(code, today):
        return resident_id.KIND
    if "." in code:
        return ecert.KIND
    if org9.is_hyphenated(code):
        return org9.KIND
    if "-" in code or portal_catalogue.form_of(code).endswith("14"):
        return portal.KIND
    return _BY_LENGTH.get(len(code), UNKNOWN)


def _unknown(code: str) -> Verdict:
    findings = Findings()
    if not code:
        findings.error("代码为空")
        return findings.verdict(code, UNKNOWN)
    findings.error(dummy(code))
    findings.error(foreign(code) or stray(code, frozenset(map(chr, range(0x21, 0x61))), "大写字母"))
    findings.error(f"共{len(code)}位，{_LENGTHS}")
    return findings.verdict(code, UNKNOWN)


def _with_hint(verdict: Verdict, today: date | None) -> Verdict:
    """A failed credit code that may be meant as a person's number also says what is wrong with that one."""
    if verdict.kind != uscc.KIND or verdict.verdict != "invalid" or not resident_id.resembles(verdict.code):
        return verdict
    person = resident_id.check(verdict.code, today)
    hints = tuple(f"如为居民身份证号：{reason}" for reason in person.reasons)
    return Verdict(verdict.code, verdict.kind, verdict.verdict, verdict.reasons + hints, verdict.parts)
