"""A small catalogue for tests: one real guide, people who write and publish, lists of items."""

import json
from datetime import datetime
from typing import Any

from yichuang.catalogue import fixtures
from yichuang.catalogue.commands import load_guides
from yichuang.catalogue.models import GuideVersion, Item
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department, Region
from yichuang.directory.tests.factories import post, province, staff
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 13, 9, 30, tzinfo=SHANGHAI)
WATER = "510000-demo-water-taking"
HEADER = "item_code,item_name,task_type,department,area_code"
EDITOR = [Capability.CATALOGUE_READ, Capability.CATALOGUE_EDIT, Capability.CATALOGUE_IMPORT]
PUBLISHER = [Capability.CATALOGUE_READ, Capability.CATALOGUE_PUBLISH]
DISTRICT = "511602000000"


def regions() -> None:
    """The province, one city and one district: enough for lists of items."""
    province()
    for code, name, level, parent in (
        ("510100000000", "成都市", "prefecture", "510000000000"),
        ("511600000000", "广安市", "prefecture", "510000000000"),
        (DISTRICT, "广安区", "county", "511600000000"),
    ):
        Region.objects.get_or_create(code=code, defaults={"name": name, "level": level, "parent_id": parent})


def departments() -> dict[str, Department]:
    """The packaged departments by code, made at once and without a fact of their making.

    Twenty facts before every test would be half of what tests send to the database; `load_departments`, which
    records them, has tests of its own.
    """
    region, listed = fixtures.departments()
    known = {made.code: made for made in Department.objects.filter(region_id=region)}
    province()
    columns = ("code", "number_code", "name", "short_name", "kind", "credit_code", "document_word")
    missing = [
        Department(id=uuid7(AT), region_id=region, **{column: entry[column] for column in columns})
        for entry in listed
        if entry["code"] not in known
    ]
    return known | {made.code: made for made in Department.objects.bulk_create(missing)}


def guide_data(**changes: Any) -> dict[str, Any]:
    """The packaged guide of 取水许可 as data, with top-level elements changed."""
    data: dict[str, Any] = dict(next(data for name, data in fixtures.guides() if name == "water-taking.json"))
    copy: dict[str, Any] = json.loads(json.dumps(data))
    return copy | changes


def published(**changes: Any) -> GuideVersion:
    """取水许可, published as version 1."""
    regions()
    departments()
    data = guide_data(**changes)
    load_guides(AT, [("water-taking.json", data)])
    return GuideVersion.objects.select_related("item").get(item__code=data["item_code"], state="published")


def item_list(*rows: str, header: str = HEADER) -> bytes:
    """A list of items as it is uploaded."""
    return "\n".join([header, *rows, ""]).encode()


def item(code: str) -> Item:
    """An item by its code."""
    return Item.objects.get(code=code)


def editor(name: str = "editor") -> Actor:
    """Somebody who writes guides for every department."""
    return staff(name, post(departments()["centre_catalogue"], "指南编辑", EDITOR, everywhere=True))


def publisher(name: str = "publisher") -> Actor:
    """Somebody who publishes guides for every department."""
    return staff(name, post(departments()["centre_catalogue"], "指南发布", PUBLISHER, everywhere=True))


def both(name: str = "chief") -> Actor:
    """Somebody who may write and publish."""
    capabilities = sorted({*EDITOR, *PUBLISHER})
    return staff(name, post(departments()["centre_catalogue"], "指南主管", capabilities, everywhere=True))


def somebody(
    name: str, capabilities: list[Capability], *, of: str = "commerce", everywhere: bool = False
) -> Actor:
    """A member of staff of a packaged department."""
    return staff(name, post(departments()[of], name, capabilities, everywhere=everywhere))
