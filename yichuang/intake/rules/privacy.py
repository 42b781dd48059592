"""Which answers of a form are personal, and how much of them is shown to those who need not see them whole."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from yichuang.catalogue.rules.forms import Field, FieldKind, Form
from yichuang.intake.rules.drafting import FieldChange
from yichuang.kernel.masking import Personal, mask, scrub

BY_KIND = {FieldKind.RESIDENT_ID: Personal.ID_NUMBER, FieldKind.PHONE: Personal.PHONE}
# The address of whoever applies, in the code that all guides share; where the work is done is no personal data.
HOME = "address"
ACCOUNT_WORDS = ("银行账号", "银行账户", "收款账号", "银行卡号")
WORDS = (FieldKind.TEXT, FieldKind.TEXTAREA)


def sort_of(field: Field, answers: Mapping[str, object]) -> Personal | None:
    """What sort of personal data a field asks for; None where it asks for none."""
    if field.kind in BY_KIND:
        return BY_KIND[field.kind]
    if field.kind in WORDS and any(word in field.label for word in ACCOUNT_WORDS):
        return Personal.SECRET
    is_home = field.code == HOME and answers.get("applicant_kind") == "person"
    return Personal.ADDRESS if is_home else None


def shaded(field: Field, text: str, answers: Mapping[str, object]) -> str:
    """An answer in words as it is shown masked; numbers of people are masked in free text too."""
    sort = sort_of(field, answers)
    if sort is not None:
        return mask(sort, text)
    return scrub(text) if field.kind in WORDS else text


def shaded_changes(
    changes: Iterable[FieldChange], form: Form, answers: Mapping[str, object]
) -> list[FieldChange]:
    """What a correction changed, masked before and after."""
    fields = {field.code: field for section in form.sections for field in section.fields}
    return [
        replace(
            one,
            before=shaded(fields[one.code], one.before, answers),
            after=shaded(fields[one.code], one.after, answers),
        )
        for one in changes
    ]


def personal_labels(form: Form, answers: Mapping[str, object]) -> list[str]:
    """The labels of the personal answers that were given, in the order of the form: what a reveal shows."""
    return [
        field.label
        for section in form.sections
        for field in section.fields
        if answers.get(field.code) not in (None, "", []) and sort_of(field, answers) is not None
    ]
