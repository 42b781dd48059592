"""Importing a list of items: everything the list says is kept, and what is wrong with it is said.

One import is one transaction and leaves one fact, on the run. It leaves none on each of a thousand items: what
changed in an item stands in its revisions, which name the run's list, time and person, and an import changes nothing
in law (only a published guide does).
"""

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from uuid import UUID

from django.db import transaction

from yichuang.catalogue import fixtures
from yichuang.catalogue.commands.departments import PROVINCE, Offices
from yichuang.catalogue.commands.indexing import index
from yichuang.catalogue.models import ImportRun, Item, ItemRevision
from yichuang.catalogue.rules.changes import diff
from yichuang.catalogue.rules.items import ItemRow, department_labels, read_items
from yichuang.directory.flow import Capability
from yichuang.directory.models import Region
from yichuang.journal.commands import NewFact, hash_of, once, record, standing
from yichuang.kernel import canonical, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.keys import uuid7

# One import at a time: two lists may hold the same item.
IMPORT_LOCK = 0x6974656D73
UNKNOWN_TYPE = "00"
BATCH = 500


@dataclass(frozen=True, slots=True)
class FlaggedRow:
    """A row that was imported, and what is wrong with it. `row` is its line in the file, the header being line 1."""

    row: int
    item_code: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportOutcome:
    """What an import did. `new`, `changed` and `unchanged` add up to the rows of the file; any of them may be flagged."""

    run_id: UUID
    new: int
    changed: int
    unchanged: int
    flagged: int
    flagged_rows: tuple[FlaggedRow, ...]

    def figures(self) -> dict[str, object]:
        """The shape that other programs read."""
        rows = [
            {"row": one.row, "item_code": one.item_code, "reasons": list(one.reasons)}
            for one in self.flagged_rows
        ]
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "flagged": self.flagged,
            "flagged_rows": rows,
        }


@dataclass(slots=True)
class _Work:
    """What one import is about to write."""

    source_name: str
    at: datetime
    by_name: str
    made: list[Item] = field(default_factory=list)
    touched: list[Item] = field(default_factory=list)
    revisions: list[ItemRevision] = field(default_factory=list)
    changed: int = 0
    unchanged: int = 0

    def note(self, item: Item, changes: list[dict[str, object]]) -> None:
        """Remember a revision of an item as it now stands."""
        self.revisions.append(
            ItemRevision(
                item=item,
                number=item.revision,
                source=item.source,
                changes=changes,
                source_name=self.source_name,
                at=self.at,
                by_name=self.by_name,
            )
        )


@transaction.atomic
def import_items(
    content: bytes, source_name: str, *, by: Actor, at: datetime, key: str | None = None
) -> ImportOutcome:
    """Import a list of items (CSV); the key of an item is its code, a column that the list lacks changes nothing.

    Raises ItemFileProblem where the file cannot be read as a list. Dirty rows are imported with their flags. The same
    `key` with the same file again imports nothing and gives the first outcome; with another file, or from somebody else:
    Conflict.
    """
    by.require(Capability.CATALOGUE_IMPORT)
    sql.rows("select pg_advisory_xact_lock(%(lock)s)", {"lock": IMPORT_LOCK})
    hashed = hash_of(source_name, content)
    known = standing("item-import", key, body_hash=hashed, owner=by.signature) if key else None
    if known is not None:
        return outcome_of(ImportRun.objects.get(pk=known))
    rows = read_items(content)
    work = _Work(source_name, at, by.name)
    _sort(rows, Offices(department_labels(rows), at), work)
    _write(work)
    made = _run(rows, work, content, by, key)
    if key:
        once("item-import", key, subject_id=made.run_id, body_hash=hashed, owner=by.signature, at=at)
    return made


def import_packaged_lists(*, by: Actor, at: datetime) -> list[tuple[str, ImportOutcome]]:
    """Import every packaged list, each in its own transaction; (name, outcome) of each."""
    return [(name, import_items(content, name, by=by, at=at)) for name, content in fixtures.item_lists()]


def outcome_of(run: ImportRun) -> ImportOutcome:
    """The outcome that a run has kept."""
    rows = tuple(FlaggedRow(one["row"], one["item_code"], tuple(one["reasons"])) for one in run.flagged_rows)
    return ImportOutcome(run.pk, run.new, run.changed, run.unchanged, run.flagged, rows)


def _sort(rows: Iterable[ItemRow], offices: Offices, work: _Work) -> None:
    """Decide for every row whether it is new, changed or unchanged."""
    regions = set(Region.objects.values_list("code", flat=True))
    known = {item.code: item for item in Item.objects.defer("search")}
    seen: set[str] = set()
    for row in rows:
        code = row.item_code or _stand_in(row)
        if code in seen:
            # The first row of a code stands; its twin is listed with the reason and changes nothing, or else the
            # two would overwrite each other at every import.
            work.unchanged += 1
            continue
        seen.add(code)
        list_region = _region((row.values.get("area_code"), _part(row, "area_code"), PROVINCE), regions)
        department = offices.find(row.org_key, row.org_code, list_region)
        if code in known:
            _compare(known[code], row, department, offices, work)
        else:
            region = _region((_part(row, "area_code"), row.values.get("area_code"), PROVINCE), regions)
            _add(code, row, department, region, work)


def _add(code: str, row: ItemRow, department: UUID, region: str, work: _Work) -> None:
    item = Item(
        id=uuid7(work.at),
        code=code,
        department_id=department,
        region_id=region,
        source=dict(row.values),
        source_name=work.source_name,
        flags=list(row.reasons),
    )
    _state(item, row)
    work.made.append(item)
    work.note(item, [])


def _compare(item: Item, row: ItemRow, department: UUID, offices: Offices, work: _Work) -> None:
    changes = [asdict(change) for change in diff(item.source, row.values)]
    if item.department_id == offices.unassigned != department:
        old, new = offices.names[offices.unassigned], offices.names[department]
        changes.append({"field": "department", "label": "归属部门", "old": old, "new": new})
        item.department_id = department
    if not changes:
        work.unchanged += 1
        if item.flags != list(row.reasons):
            item.flags = list(row.reasons)
            work.touched.append(item)
        return
    item.source = {**item.source, **row.values}
    item.source_name, item.flags = work.source_name, list(row.reasons)
    item.revision += 1
    _state(item, row)
    work.changed += 1
    work.touched.append(item)
    work.note(item, changes)


def _state(item: Item, row: ItemRow) -> None:
    """What the row says of the item; an element that it does not say stays."""
    item.name = row.name or item.name or "（清单未写事项名称）"
    item.main_item = row.values.get("main_item", item.main_item)
    if not item.item_type or "item_type" in row.values:
        item.item_type = row.item_type if _is_type(row.item_type) else UNKNOWN_TYPE


def _is_type(text: str) -> bool:
    return len(text) == 2 and text.isascii() and text.isdigit()


def _part(row: ItemRow, name: str) -> str:
    return str(row.parts.get(name) or "")


def _region(candidates: Iterable[str | None], regions: set[str]) -> str:
    return next(code for code in candidates if code and code in regions)


def _stand_in(row: ItemRow) -> str:
    """A key for a row without a code, the same whenever the same row comes."""
    return f"none-{canonical.digest(canonical.text([row.name, row.values.get('department_label', '')]))[:16]}"


def _write(work: _Work) -> None:
    Item.objects.bulk_create(work.made, batch_size=BATCH)
    fields = ["name", "main_item", "item_type", "department", "source", "source_name", "flags", "revision"]
    Item.objects.bulk_update(work.touched, fields, batch_size=BATCH)
    ItemRevision.objects.bulk_create(work.revisions, batch_size=BATCH)
    index([item.pk for item in (*work.made, *work.touched)])


def _run(rows: list[ItemRow], work: _Work, content: bytes, by: Actor, key: str | None) -> ImportOutcome:
    flagged = tuple(FlaggedRow(row.row, row.item_code, row.reasons) for row in rows if row.flagged)
    run_id = uuid7(work.at)
    outcome = ImportOutcome(run_id, len(work.made), work.changed, work.unchanged, len(flagged), flagged)
    figures = outcome.figures()
    sha256 = canonical.digest(content)
    ImportRun.objects.create(
        id=run_id,
        source_name=work.source_name,
        sha256=sha256,
        at=work.at,
        by_name=by.name,
        key=key,
        **figures,
    )
    data = {name: count for name, count in figures.items() if name != "flagged_rows"}
    record(
        NewFact(
            run_id, "item_import", "items.imported", {**data, "source": work.source_name, "sha256": sha256}
        ),
        by=by,
        at=work.at,
    )
    return outcome
