"""Every guide that the platform brings along can be filed: its own examples are answers enough."""

from functools import cache
from typing import Any

import pytest
from django.urls import reverse

from yichuang.cases.flow import Channel
from yichuang.cases.queries import load
from yichuang.catalogue import fixtures
from yichuang.catalogue.commands import load_guides
from yichuang.catalogue.rules.answers import day
from yichuang.catalogue.rules.forms import Field, FieldKind, Form, asked
from yichuang.catalogue.rules.guide import Guide, materials_for, read_guide
from yichuang.directory.flow import ApplicantKind
from yichuang.directory.models import Region
from yichuang.intake import commands, queries
from yichuang.intake.flow import ALL_SECTIONS
from yichuang.intake.rules import drafting
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_pages import sound
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid
from yichuang.kernel.times import local_day

TODAY = local_day(make.AT)


@cache
def packaged() -> dict[str, dict[str, Any]]:
    """Every packaged guide by the name of its file."""
    return {name: dict(data) for name, data in fixtures.guides()}


def example(field: Field) -> object:
    """An answer that fits: the example of the guide, the first choice, a day within its bounds."""
    if field.kind is FieldKind.MULTI:
        return [choice.value for choice in field.choices] if field.every else [field.choices[0].value]
    if field.kind is FieldKind.CHOICE:
        return field.choices[0].value
    if field.kind is FieldKind.DATE:
        return (day(field.max or field.min, TODAY) if field.max or field.min else TODAY).isoformat()
    return field.example


def filled(form: Form, known: dict[str, object]) -> dict[str, object]:
    """Answers to every question that the answers so far bring up."""
    answers = dict(known)
    for field in form.fields():
        if field.code in asked(form, answers) and field.code not in answers:
            answers[field.code] = example(field)
    return answers


def begun(name: str, by: Actor, channel: Channel, applicant_id: Any = None) -> tuple[Guide, Any]:
    """A guide in force and a draft under it."""
    load_guides(make.AT, [(name, packaged()[name])])
    guide = read_guide(packaged()[name])
    for field in guide.form.fields():
        if field.kind is FieldKind.REGION and field.example:
            Region.objects.get_or_create(
                code=field.example,
                defaults={"name": "示例县", "level": "county", "parent_id": "510000000000"},
            )
    draft = commands.begin_draft(
        guide.item_code, by=by, at=make.AT, channel=channel, applicant_id=applicant_id, key=make.key()
    )
    return guide, draft


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(packaged()))
def test_a_guide_can_be_filed_with_its_own_examples(name: str) -> None:
    clerk, company = make.window_clerk(), make.company()
    guide, draft = begun(name, clerk, Channel.WINDOW, company.pk)
    known = queries.own_draft(draft.pk, by=clerk).answers
    answers = filled(guide.form, known)
    commands.save_section(draft.pk, ALL_SECTIONS, answers, 1, by=clerk, at=make.AT)
    codes = [one.code for one in materials_for(guide, answers) if drafting.is_required(one)]
    if codes:
        with pytest.raises(Invalid) as refused:
            commands.file_draft(draft.pk, key=make.key(), by=clerk, at=make.AT)
        assert set(refused.value.fields) == {f"material-{code}" for code in codes}
    commands.receive_papers(draft.pk, codes, by=clerk, at=make.AT)
    receipt = commands.file_draft(draft.pk, key=make.key(), by=clerk, at=make.AT)
    row = load(receipt.case_id)
    assert row is not None
    assert row.item_name == guide.name
    assert row.promised_days <= row.statutory_days
    filed = queries.application(receipt.case_id, by=clerk)
    assert filed.answers["applicant_name"] == company.name
    assert len(filed.materials) == len(codes)
    shown = queries.in_words(guide, filed.answers)
    assert [part.code for part in shown] == [section.code for section in guide.form.sections]


@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(packaged()))
def test_every_page_of_a_guide_is_sound(name: str) -> None:
    by = make.applicant()
    guide, draft = begun(name, by, Channel.ONLINE)
    client = browser(by)
    for section in guide.form.sections:
        response = client.get(reverse("draft-section", args=[draft.pk, section.code]))
        assert response.status_code == 200
        sound(response.content.decode())
    for page in ("draft", "draft-materials", "draft-check"):
        response = client.get(reverse(page, args=[draft.pk]))
        assert response.status_code == 200
        sound(response.content.decode())


@pytest.mark.parametrize("name", sorted(packaged()))
def test_what_is_known_beforehand_is_never_wrong(name: str) -> None:
    guide = read_guide(packaged()[name])
    company = drafting.Party(
        ApplicantKind.COMPANY, "示例科技有限公司", make.COMPANY_CODES[0], "13800000000", "示例路1号", "李示例"
    )
    person = drafting.Party(ApplicantKind.PERSON, "张示例", make.PERSON_ID, "13800000001", "示例路2号")
    for party in (company, person):
        if not drafting.may_apply(guide, party.kind):
            continue
        known = drafting.prefill(guide.form, party, TODAY)
        wrong = drafting.review(guide, known, (), today=TODAY).wrong
        assert not {code: words for code, words in wrong.items() if known.get(code)}
        assert drafting.locked(guide.form, party) <= set(known)
