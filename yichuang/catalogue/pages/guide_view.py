"""A guide as it is shown: the words beside the data, the same for applicants and for editors who preview it."""

from collections.abc import Iterator
from dataclasses import dataclass

from yichuang.catalogue.flow import MaterialForm, MaterialSource
from yichuang.catalogue.pages.places import place_of
from yichuang.catalogue.rules.guide import WORKING_DAY, Guide, Limit, Material, guide_data, statutory_limit
from yichuang.catalogue.rules.handling import CONFIDENTIALITY_LABELS, LEVEL_LABELS, LIMIT_LABELS, STEP_LABELS


@dataclass(frozen=True, slots=True)
class MaterialView:
    """One row of the checklist."""

    name: str
    necessity: str
    situation: str
    form: str
    source: str
    not_needed: bool
    why_not_needed: str
    notes: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class GuideView:
    """What the page prints of a guide."""

    facts: tuple[tuple[str, str, str], ...]
    materials: tuple[MaterialView, ...]
    needed: int
    steps: tuple[dict[str, str], ...]
    online: bool
    window: bool
    assumed: tuple[tuple[str, str], ...]
    handling: tuple[tuple[str, str], ...]


def view_of(guide: Guide) -> GuideView:
    """The words of a guide."""
    elements = guide_data(guide)
    channels = {channel.value for channel in guide.channels}
    return GuideView(
        facts=_facts(guide),
        materials=tuple(_material(material) for material in guide.materials),
        needed=sum(material.source is not MaterialSource.NOT_NEEDED for material in guide.materials),
        steps=tuple(
            {"title": step.name, "who": step.post, "note": f"{_days(step.days)}　{step.what}".strip("　")}
            for step in guide.steps
        ),
        online="online" in channels and bool(guide.form.sections),
        window="window" in channels,
        handling=tuple(_handling(guide)),
        assumed=tuple((place_of(entry.path, elements)[2], entry.why) for entry in guide.assumed),
    )


def _handling(guide: Guide) -> Iterator[tuple[str, str]]:
    """How the item is handled, for whoever edits and publishes the guide."""
    handling = guide.handling
    levels = ["初审", *(LEVEL_LABELS.get(level, level) for level in handling.levels), "审定"]
    yield "审查环节", " → ".join(levels)
    limits = [f"{STEP_LABELS.get(one.step, one.step)} {one.days} 个工作日" for one in handling.step_limits]
    yield "环节时限", "，".join(limits) or "没有分环节承诺"
    yield "法定期限", LIMIT_LABELS.get(handling.limit_rule, handling.limit_rule)
    names = {material.code: material.name for material in guide.materials}
    yield "可以容缺后补", "，".join(names.get(code, code) for code in handling.may_follow) or "没有"
    fields = {field.code: field.label for field in guide.form.fields()}
    if handling.renews_field:
        yield "原许可到期日", fields.get(handling.renews_field, handling.renews_field)
    yield "密级", CONFIDENTIALITY_LABELS.get(handling.confidentiality, str(handling.confidentiality))


def limit_words(limit: Limit) -> str:
    """35 个工作日, 30 日, 当场办结."""
    if limit.days == 0:
        return "当场办结"
    return f"{limit.days} 个工作日" if limit.unit == WORKING_DAY else f"{limit.days} 日"


def _facts(guide: Guide) -> tuple[tuple[str, str, str], ...]:
    statutory = statutory_limit(guide)
    lawful = f"法定 {limit_words(statutory)}" if statutory else "没有法定时限"
    visits = "不用到现场" if guide.visits_needed == 0 else f"{guide.visits_needed} 次"
    return (
        ("办理时限", f"承诺 {limit_words(guide.limits.promised)}", lawful),
        ("费用", "收费" if guide.fee.charged else "不收费", ""),
        ("到现场次数", visits, ""),
        ("办件类型", guide.handling_kind.value, ""),
    )


def _days(days: int) -> str:
    return f"{days} 个工作日" if days else "当场"


def _material(material: Material) -> MaterialView:
    copies = f"{material.copies} 份" if material.copies else ""
    form = "不用交" if material.source is MaterialSource.NOT_NEEDED else material.form.value
    written = "" if material.form is MaterialForm.ELECTRONIC else material.paper
    notes = (
        ("纸质", written),
        ("电子", material.electronic_format),
        ("样表", material.sample_note),
        ("受理标准", material.acceptance_standard),
        ("依据", material.legal_basis),
    )
    return MaterialView(
        name=material.name,
        necessity=material.required.value,
        situation=material.situation,
        form="，".join(part for part in (form, copies) if part),
        source="：".join(part for part in (material.source.value, material.source_note) if part),
        not_needed=material.source is MaterialSource.NOT_NEEDED,
        why_not_needed=material.why_not_needed,
        notes=tuple((label, text) for label, text in notes if text),
    )
