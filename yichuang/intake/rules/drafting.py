"""A draft as values: what is known beforehand, what was typed, what is still wrong, how far each part is."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from yichuang.catalogue.flow import Audience, MaterialSource, Necessity
from yichuang.catalogue.rules.answers import check_answers, tidy
from yichuang.catalogue.rules.forms import Field, FieldKind, Form, Section, asked
from yichuang.catalogue.rules.guide import Guide, Material, materials_for
from yichuang.directory.flow import ApplicantKind
from yichuang.intake.flow import ALL_SECTIONS, LONGEST_TYPED, SectionState

Answers = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Party:
    """Whom a filing is for, as the directory knows them."""

    kind: str
    name: str
    paper_number: str
    phone: str = ""
    address: str = ""
    legal_representative: str = ""


def may_apply(guide: Guide, kind: str) -> bool:
    """Whether the item serves this kind of applicant (服务对象)."""
    persons = Audience.PERSON in guide.audience
    return persons if kind == ApplicantKind.PERSON else any(one != Audience.PERSON for one in guide.audience)


def audience_words(guide: Guide) -> str:
    """Whom the item serves, for a sentence."""
    return "、".join(guide.audience)


def prefill(form: Form, party: Party, today: date) -> dict[str, object]:
    """What need not be typed, because the directory or the day says it. Codes are those shared by all guides."""
    is_person = party.kind == ApplicantKind.PERSON
    known = {
        "applicant_kind": "person" if is_person else "unit",
        "applicant_name": party.name,
        "resident_id" if is_person else "credit_code": party.paper_number,
        "legal_representative": "" if is_person else party.legal_representative,
        "contact_name": party.name if is_person else "",
        "contact_phone": party.phone,
        "address": party.address,
        "signer": party.name if is_person else party.legal_representative,
        "signed_on": today.isoformat(),
    }
    return {code: value for code, value in known.items() if value and _fits(form.field(code), value)}


def _fits(field: Field | None, value: str) -> bool:
    if field is None:
        return False
    if field.kind is FieldKind.CHOICE:
        return value in {choice.value for choice in field.choices}
    return field.kind not in (FieldKind.MULTI, FieldKind.INTEGER, FieldKind.DECIMAL)


def locked(form: Form, party: Party) -> frozenset[str]:
    """Answers that follow from who applies: taken from the directory, never typed, never changed in a form."""
    return frozenset(identity(form, party))


def identity(form: Form, party: Party) -> dict[str, object]:
    """Who applies, in the form's own codes: kind, name and the number of the paper."""
    paper = "resident_id" if party.kind == ApplicantKind.PERSON else "credit_code"
    known = prefill(form, party, date.min)
    return {code: known[code] for code in ("applicant_kind", "applicant_name", paper) if code in known}


def typed(form: Form, section: str, posted: Answers, held: Container[str]) -> dict[str, object]:
    """What was typed on a page, valid or not, without the signs that no database keeps.

    Takes the fields of that section only (all of them for the window's page), and none that is `held`.
    """
    fields = [field for part in sections(form, section) for field in part.fields]
    return {f.code: _kept(posted[f.code]) for f in fields if f.code in posted and f.code not in held}


def _kept(value: object) -> object:
    if isinstance(value, list | tuple):
        return [_text(entry) for entry in value][:100]
    return value if isinstance(value, int) and not isinstance(value, bool) else _text(value)


def _text(value: object) -> str:
    text = "" if value is None else str(value)
    return "".join(
        sign for sign in text if (sign >= " " or sign in "\r\n\t") and not "\ud800" <= sign <= "\udfff"
    )[:LONGEST_TYPED]


def sections(form: Form, code: str) -> tuple[Section, ...]:
    """The section of this code, all of them for the window's page, none where there is no such section."""
    if code == ALL_SECTIONS:
        return form.sections
    return tuple(section for section in form.sections if section.code == code)


def carried(form: Form, answers: Answers) -> dict[str, object]:
    """The answers that a newer version of the form still asks for; a choice that it no longer offers is dropped."""
    kept: dict[str, object] = {}
    for field in form.fields():
        value = answers.get(field.code)
        if value in (None, "", []):
            continue
        offered = {choice.value for choice in field.choices}
        if field.kind is FieldKind.CHOICE and value not in offered:
            continue
        if field.kind is FieldKind.MULTI:
            value = [one for one in value if one in offered] if isinstance(value, list) else []
        kept[field.code] = value
    return kept


@dataclass(frozen=True, slots=True)
class Review:
    """What the server finds in a draft: the answers as they would be filed, and everything wrong, by field."""

    answers: dict[str, object]
    wrong: dict[str, str]
    missing_materials: dict[str, str]

    @property
    def is_complete(self) -> bool:
        """Whether the draft may be filed."""
        return not self.wrong and not self.missing_materials

    @property
    def fields(self) -> dict[str, str]:
        """Every message with the name of its field on the check page."""
        return self.wrong | {f"material-{code}": words for code, words in self.missing_materials.items()}


def review(
    guide: Guide,
    answers: Answers,
    present: Iterable[str],
    *,
    today: date,
    regions: Container[str] | None = None,
) -> Review:
    """Check a draft whole: the answers by the catalogue's rules, the materials that these answers call for."""
    tidied = tidy(guide.form, answers)
    wrong = check_answers(guide.form, tidied, today=today, regions=regions)
    there = set(present)
    missing = {
        material.code: f"请交“{material.name}”"
        + (f"（{material.situation}）。" if material.situation else "。")
        for material in materials_for(guide, tidied)
        if is_required(material) and material.code not in there
    }
    return Review(tidied, wrong, missing)


def is_required(material: Material) -> bool:
    """Whether a filing without this material is incomplete: what the authorities hold themselves is not asked for,
    what may be handed in later (容缺) does not stop a filing."""
    return material.required is Necessity.REQUIRED and material.source is not MaterialSource.NOT_NEEDED


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the task list."""

    code: str
    title: str
    state: SectionState
    hint: str = ""


def parts(form: Form, found: Review) -> list[Part]:
    """How far each section of the form is."""
    shown = asked(form, found.answers)
    return [_part(section, found, shown) for section in form.sections]


def _part(section: Section, found: Review, shown: frozenset[str]) -> Part:
    codes = [field.code for field in section.fields if field.code in shown]
    wrong = [code for code in codes if code in found.wrong and code in found.answers]
    missing = [code for code in codes if code in found.wrong and code not in found.answers]
    if wrong:
        return Part(section.code, section.title, SectionState.ERROR, f"{len(wrong)} 处需要改正")
    if not missing:
        return Part(section.code, section.title, SectionState.DONE)
    begun = any(code in found.answers for code in codes)
    state = SectionState.DOING if begun else SectionState.TODO
    return Part(section.code, section.title, state, f"还差 {len(missing)} 项")


def in_section(form: Form, section: str, messages: Mapping[str, str]) -> dict[str, str]:
    """The messages that belong to one page of the form, in the order of its fields."""
    codes = [field.code for part in sections(form, section) for field in part.fields]
    return {code: messages[code] for code in codes if code in messages}


def region_answers(form: Form, answers: Answers) -> list[str]:
    """The area codes among the answers, to be looked up in the list in force."""
    return [str(answers[f.code]) for f in form.fields() if f.kind is FieldKind.REGION and answers.get(f.code)]


def shown_answer(field: Field, value: object, regions: Mapping[str, str] | None = None) -> str:
    """An answer as people read it: labels of choices, names of divisions, unit behind the figure."""
    if value in (None, "", []):
        return ""
    labels = {choice.value: choice.label for choice in field.choices}
    if isinstance(value, list | tuple):
        return "；".join(labels.get(str(one), str(one)) for one in value)
    if field.kind is FieldKind.REGION:
        return (regions or {}).get(str(value), str(value))
    text = _day_words(str(value)) if field.kind is FieldKind.DATE else labels.get(str(value), str(value))
    return f"{text} {field.unit}" if field.unit else text


def _day_words(text: str) -> str:
    """2022年5月13日; what is no date stays as it was typed."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return f"{day.year}年{day.month}月{day.day}日"


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One answer that a correction has changed."""

    section: str
    label: str
    before: str
    after: str
    code: str = ""


def changed_fields(
    form: Form, before: Answers, after: Answers, regions: Mapping[str, str] | None = None
) -> list[FieldChange]:
    """The answers that differ, in the order of the form and in words."""
    return [
        FieldChange(
            section.title,
            field.label,
            shown_answer(field, before.get(field.code), regions),
            shown_answer(field, after.get(field.code), regions),
            field.code,
        )
        for section in form.sections
        for field in section.fields
        if before.get(field.code) != after.get(field.code)
    ]


def next_part(order: Sequence[str], code: str) -> str | None:
    """The section after this one; None after the last."""
    place = order.index(code) + 1 if code in order else len(order)
    return order[place] if place < len(order) else None
