"""Any history of a draft — saving, adding, taking off, a newer guide, in any order — ends in a filing that proves itself."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.cases.flow import Channel
from yichuang.cases.models import Case
from yichuang.catalogue.rules.answers import check_answers
from yichuang.catalogue.rules.forms import asked
from yichuang.catalogue.rules.guide import materials_for
from yichuang.catalogue.tests import factories as catalogue
from yichuang.intake import commands, queries
from yichuang.intake.commands import filing
from yichuang.intake.models import Application, Draft, DraftMaterial, Material
from yichuang.intake.queries import Receipt
from yichuang.intake.rules import drafting
from yichuang.intake.tests import factories as make
from yichuang.journal.queries import facts_of
from yichuang.kernel import canonical
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Conflict, Invalid
from yichuang.kernel.times import local_day

pytestmark = pytest.mark.django_db
TODAY = local_day(make.AT)

SECTIONS = ("applicant", "purpose", "source", "method", "discharge", "declaration")
MATERIALS = ("third_party_statement", "demonstration_report", "power_of_attorney")
# What somebody may type over a complete form: right, wrong, and what brings up or hides other questions.
CHANGES: tuple[dict[str, object], ...] = (
    {}, {"for_project": "no"}, {"for_project": "yes", "project_code": "2204-510000-00-01-000002"}, {"by_agent": "yes"},
    {"by_agent": "no"}, {"annual_volume": "很多"}, {"annual_volume": "1.5"}, {"uses": ["other"], "other_use": "消防"},
    {"uses": ["domestic"]}, {"discharges": "yes"}, {"discharges": "no"}, {"reason": ""}, {"reason": "另一个理由"},
    {"starts_on": "2035-01-01"}, {"starts_on": "2028-07-01"}, {"region": "519999000000"}, {"region": make.COUNTY},
    {"source_kind": "ground", "well_depth": "120"}, {"source_kind": "river"}, {"promises": ["fee"]},
    {"promises": ["true_materials", "as_approved", "metering", "fee"]}, {"contact_phone": "12"},
)  # fmt: skip

Act = tuple[str, int, int]
ACTS = st.lists(
    st.tuples(st.sampled_from(["save", "save", "save", "add", "add", "take", "renew", "file"]), st.integers(0, 21), st.integers(0, 5)),
    max_size=14,
)  # fmt: skip


@dataclass
class History:
    """A draft as it is lived through, with what was last typed and which files lie there."""

    by: Actor
    draft_id: UUID
    typed: dict[str, object] = field(default_factory=make.answers)
    files: dict[UUID, str] = field(default_factory=dict)
    receipt: Receipt | None = None

    def save(self, which: int, section: int) -> None:
        """A section, with the change typed over it."""
        self.typed |= CHANGES[which % len(CHANGES)]
        edit = Draft.objects.get(pk=self.draft_id).edit
        commands.save_section(self.draft_id, SECTIONS[section], self.typed, edit, by=self.by, at=make.AT)

    def add(self, which: int, place: int) -> None:
        """A file to one of the materials."""
        code = MATERIALS[place % len(MATERIALS)]
        made = commands.add_material(self.draft_id, code, make.pdf(f"{which}.pdf"), by=self.by, at=make.AT)
        self.files[made] = code

    def take(self, which: int, _: int) -> None:
        """A file off again."""
        if self.files:
            chosen = sorted(self.files)[which % len(self.files)]
            commands.remove_material(self.draft_id, chosen, by=self.by, at=make.AT)
            del self.files[chosen]

    def renew(self, which: int, _: int) -> None:
        """A newer version of the guide comes into force, and the draft is opened under it."""
        make.offer(summary=f"第{which}次修改后的说明")
        commands.renew_draft(self.draft_id, by=self.by, at=make.AT)

    def file(self, *_: int) -> None:
        """An attempt to file: it succeeds when nothing is wrong, and only then."""
        found = queries.own_draft(self.draft_id, by=self.by)
        ready = queries.review_of(found, today=TODAY).is_complete and found.is_current
        try:
            self.receipt = commands.file_draft(self.draft_id, key=make.key(), by=self.by, at=make.AT)
        except (Invalid, Conflict):
            assert not ready
            assert Draft.objects.get(pk=self.draft_id).case_id is None
        else:
            assert ready


def live(acts: list[Act], *, complete: bool) -> History:
    """A draft that goes through these acts, and is filed at the end if it can be."""
    make.offer()
    by = make.applicant()
    draft = commands.begin_draft(make.WATER, by=by, at=make.AT, channel=Channel.ONLINE)
    history = History(by, draft.pk)
    if complete:
        make.fill(draft.pk, by)
        for place in (0, 1):
            history.add(0, place)
    do: dict[str, Callable[[int, int], None]] = {
        "save": history.save, "add": history.add, "take": history.take, "renew": history.renew, "file": history.file,
    }  # fmt: skip
    for name, which, place in [*acts, ("file", 0, 0)]:
        if history.receipt is None:
            do[name](which, place)
            keeps(history)
    return history


def keeps(history: History) -> None:
    """What holds after every act: the files that were put there, an edit that only grows, identity that nobody typed."""
    rows = dict(DraftMaterial.objects.filter(draft_id=history.draft_id).values_list("id", "code"))
    assert rows == history.files
    found = queries.own_draft(history.draft_id, by=history.by)
    assert found.answers["credit_code"] == make.COMPANY_CODES[0]
    assert found.answers["applicant_name"] == "示例科技有限公司"
    assert set(found.answers) <= {one.code for one in found.guide.form.fields()}


def proves(receipt: Receipt) -> None:
    """The case and all that was filed with it prove each other."""
    filed = queries.read_application(receipt.case_id)
    assert filed is not None
    form = filed.guide.form
    regions = queries.region_names(drafting.region_answers(form, filed.answers))
    assert check_answers(form, filed.answers, today=TODAY, regions=regions) == {}
    assert set(filed.answers) <= asked(form, filed.answers)
    fact = facts_of(receipt.case_id)[0]
    assert fact.data["answers"] == canonical.commitment(filed.salt, filed.answers)
    assert (
        fact.data["version"]
        == str(filed.version_id)
        == str(Case.objects.get(pk=receipt.case_id).item_version_id)
    )
    rows = Material.objects.filter(case_id=receipt.case_id, round=0).order_by("added_at", "id")
    assert sorted((one["code"], one["sha256"]) for one in fact.data["materials"]) == sorted(
        rows.values_list("code", "sha256")
    )
    needed = {one.code for one in materials_for(filed.guide, filed.answers) if drafting.is_required(one)}
    assert needed <= {one.code for one in rows}
    assert fact.hash == bytes.fromhex(receipt.hash)


@settings(max_examples=25, suppress_health_check=list(HealthCheck))
@given(acts=ACTS, complete=st.booleans())
def test_any_history_keeps_its_invariants(acts: list[Act], complete: bool) -> None:
    history = live(acts, complete=complete)
    if history.receipt is not None:
        proves(history.receipt)
        assert {one.id for one in Material.objects.filter(case_id=history.receipt.case_id)} == set(
            history.files
        )
    else:
        assert not Application.objects.filter(filed_by_id=history.draft_id).exists()
        commands.discard_draft(history.draft_id, by=history.by)


def test_the_way_without_detours_is_filed() -> None:
    """The control: the histories above do reach a filing."""
    history = live(
        [("save", 1, 1), ("add", 3, 2), ("take", 0, 0), ("add", 4, 0), ("renew", 7, 0)], complete=True
    )
    assert history.receipt is not None
    proves(history.receipt)


@pytest.mark.parametrize("broken", ["answers", "salt", "materials"])
def test_a_filing_that_does_not_prove_itself_would_be_noticed(
    monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """The broken variants: a fact about other answers, another salt, or files that nobody handed over."""
    real = filing._opening

    def wrong(entry: Any, case_id: UUID, salt: str) -> Any:
        made = real(entry, case_id, salt)
        if broken == "materials":
            made.content["materials"] = made.content["materials"][:-1]
        else:
            used = "0" * 32 if broken == "salt" else salt
            made.content["answers"] = canonical.commitment(used, {} if broken == "answers" else entry.answers)
        return made

    monkeypatch.setattr(filing, "_opening", wrong)
    history = live([], complete=True)
    assert history.receipt is not None
    with pytest.raises(AssertionError):
        proves(history.receipt)


def test_an_unchecked_filing_would_be_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant: the server believes the page."""
    monkeypatch.setattr(
        filing, "review_of", lambda draft, **_: drafting.Review(dict(draft.answers), {}, {})
    )  # fmt: skip
    with pytest.raises(AssertionError):
        live([("save", 5, 1)], complete=True)


def test_a_guide_that_is_renewed_keeps_what_it_still_asks() -> None:
    history = live([("save", 12, 1)], complete=False)
    data = catalogue.guide_data()
    purpose = next(part for part in data["form"]["sections"] if part["code"] == "purpose")
    purpose["fields"] = [one for one in purpose["fields"] if one["code"] != "monthly_volumes"]
    make.offer(form=data["form"])
    assert commands.renew_draft(history.draft_id, by=history.by, at=make.AT)
    kept = queries.own_draft(history.draft_id, by=history.by).answers
    assert kept["reason"] == "另一个理由"
    assert "monthly_volumes" not in kept
