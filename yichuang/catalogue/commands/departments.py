"""Divisions and departments that the catalogue brings along, and those that a list names."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from uuid import UUID

from django.db import transaction

from yichuang.catalogue import fixtures
from yichuang.directory.commands import DepartmentForm, load_regions, save_department
from yichuang.directory.flow import DepartmentKind
from yichuang.directory.models import Department, Region
from yichuang.kernel.actor import SYSTEM
from yichuang.kernel.errors import Invalid

PROVINCE = "510000000000"
UNASSIGNED = "unassigned"


@transaction.atomic
def load_divisions() -> int:
    """Load the packaged divisions of the province; how many are new or changed."""
    return load_regions(fixtures.divisions())


@transaction.atomic
def load_departments(at: datetime) -> dict[str, Department]:
    """The packaged departments by code, made where they are missing. What people have changed since stays."""
    if not Region.objects.filter(pk=PROVINCE).exists():
        load_divisions()
    region, listed = fixtures.departments()
    known = {made.code: made for made in Department.objects.filter(region_id=region)}
    for entry in listed:
        if entry["code"] not in known:
            form = DepartmentForm(
                code=entry["code"],
                name=entry["name"],
                short_name=entry["short_name"],
                kind=DepartmentKind(entry["kind"]),
                region=region,
                credit_code=entry["credit_code"],
                document_word=entry["document_word"],
                number_code=entry["number_code"],
            )
            known[form.code] = save_department(form, by=SYSTEM, at=at)
    return known


def organisation_of(credit_code: str) -> str:
    """The nine characters of the organisation inside a credit code; a bare organisation code as it is."""
    return credit_code[8:17] if len(credit_code) == 18 else credit_code.replace("-", "")


class Offices:
    """Finds the department of an item: by organisation code, then by the name that its list gives the organisation.

    A district's list names departments that nobody has registered: they are registered on first sight. Without a
    sound organisation code the item belongs to nobody yet, whatever the list calls its department.
    """

    def __init__(self, labels: Mapping[str, str], at: datetime) -> None:
        packaged = load_departments(at)
        self.unassigned = packaged[UNASSIGNED].pk
        self._labels = labels
        self._add = partial(save_department, by=SYSTEM, at=at)
        self._by_organisation: dict[str, UUID] = {}
        self._by_name: dict[tuple[str, str], UUID] = {}
        self.names: dict[UUID, str] = {}
        for made in Department.objects.order_by("id"):
            if made.credit_code:
                self._by_organisation.setdefault(organisation_of(made.credit_code), made.pk)
            self._by_name.setdefault((made.region_id, made.name), made.pk)
            self.names[made.pk] = made.name

    def find(self, organisation: str, credit_code: str, region: str) -> UUID:
        """The department behind an organisation code (nine characters; empty where none was sound)."""
        if not organisation:
            return self.unassigned
        known = self._by_organisation.get(organisation)
        label = self._labels.get(organisation, "")
        if known is None and label:
            known = self._by_name.get((region, label)) or self._register(
                label, organisation, credit_code, region
            )
            self._by_organisation[organisation] = known
        return known or self.unassigned

    def _register(self, label: str, organisation: str, credit_code: str, region: str) -> UUID:
        form = DepartmentForm(
            organisation, label, label, DepartmentKind.DISTRICT, region, _sound(credit_code)
        )
        try:
            made = self._add(form)
        except Invalid:
            return self.unassigned
        self._by_name[region, label] = made.pk
        self.names[made.pk] = label
        return made.pk


def _sound(credit_code: str) -> str:
    return credit_code if len(credit_code) == 18 else ""
