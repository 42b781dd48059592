"""What must be said of an expert: one set of rules for the form and for a file of many."""

import unicodedata
from dataclasses import dataclass

from yichuang.kernel import identifiers

LONGEST_NAME = 60
MOST_FIELDS = 8
COMMAS = str.maketrans(dict.fromkeys(",，；;", "、"))


@dataclass(frozen=True, slots=True)
class ExpertForm:
    """What is stated about an expert."""

    name: str
    fields: tuple[str, ...]
    unit: str
    title: str
    unit_code: str = ""
    phone: str = ""
    is_active: bool = True


def plain_name(text: str) -> str:
    """A name as it is compared: one width of signs, no spaces, one case."""
    return "".join(unicodedata.normalize("NFKC", text).split()).casefold()


def fields_in(text: str) -> tuple[str, ...]:
    """Fields written one after the other, whatever divides them."""
    return tuple(one.strip() for one in text.translate(COMMAS).split("、"))


def tidy(form: ExpertForm) -> ExpertForm:
    """The form as it is kept: trimmed, each field once, the code in capitals."""
    fields = tuple(dict.fromkeys(one.strip() for one in form.fields if one.strip()))
    return ExpertForm(
        form.name.strip(), fields, form.unit.strip(), form.title.strip(), form.unit_code.strip().upper(),
        form.phone.strip(), form.is_active,
    )  # fmt: skip


def expert_faults(form: ExpertForm) -> dict[str, str]:
    """What is wrong with what is stated, by element, with the way to mend it; empty where all is well."""
    form = tidy(form)
    wrong = {
        name: f"请填写，不超过 {LONGEST_NAME} 字"
        for name, value in (("name", form.name), ("unit", form.unit), ("title", form.title))
        if not 0 < len(value) <= LONGEST_NAME
    }
    if not 1 <= len(form.fields) <= MOST_FIELDS or any(len(one) > LONGEST_NAME for one in form.fields):
        wrong["fields"] = f"请写 1 至 {MOST_FIELDS} 个专业领域，用顿号隔开，例如：水文水资源、环境影响评价"
    if form.unit_code:
        verdict = identifiers.check(form.unit_code, "uscc")
        if verdict.verdict == "invalid":
            wrong["unit_code"] = "；".join(verdict.reasons)
    if form.phone and not (form.phone.replace("-", "").isdigit() and len(form.phone) <= 20):
        wrong["phone"] = "请填写电话号码，例如：028-00000000"
    return wrong
