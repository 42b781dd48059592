"""One of everything in the demo province: what the addresses of pages name."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.conf import settings as django_settings
from django.db import connections
from django.test import override_settings

from config.settings import database
from tests.browser import HOME, MOMENT, SECRET, with_name
from tests.stories.province import WATER
from tests.stories.visitor import pdf
from yichuang.cases import commands as cases
from yichuang.cases.flow import Channel
from yichuang.catalogue import commands as catalogue
from yichuang.catalogue.models import ImportRun, Item
from yichuang.directory.models import Account, Department
from yichuang.directory.queries import actor_named
from yichuang.gateways.files import FileStore
from yichuang.intake import commands as intake
from yichuang.intake.commands import NewFile
from yichuang.intake.models import Draft, DraftMaterial, Material
from yichuang.intake.tests.factories import answers
from yichuang.kernel import sql
from yichuang.reports import commands as reports
from yichuang.reports.flow import Action
from yichuang.reports.models import Report
from yichuang.statistics import commands as statistics
from yichuang.workdays import queries as workdays

LONG_NAME = "四川省人民政府外事办公室（省港澳事务办公室）"
FIRST, LAST = date(2026, 5, 25), date(2026, 5, 29)


@contextmanager
def pointed_at(urls: Mapping[str, str], name: str) -> Iterator[None]:
    """Let Django's own connection be to a copy of the demo, with the demo's settings."""
    connection = connections["default"]
    before = dict(connection.settings_dict)
    connection.close()
    connection.settings_dict.update(database(with_name(urls["app"], name)))
    workdays.forget()
    try:
        with override_settings(
            DEMO=True,
            DEMO_CLOCK=True,
            SECRET_KEY=SECRET,
            FOLLOW_SECRET=SECRET,
            FILES_DIR=HOME / "files",
            STATIC_ROOT=None,
        ):
            yield
    finally:
        connections["default"].close()
        connections["default"].settings_dict.update(before)
        workdays.forget()


@dataclass(frozen=True)
class Samples:
    """Ids that stand in addresses. `own`: of the company that signs in as `company`; `other`: of somebody else."""

    item: str
    bare_item: str
    own_case: UUID
    own_number: str
    correcting: UUID
    other_case: UUID
    water: Mapping[str, UUID]
    foreign: UUID
    document: tuple[UUID, int]
    draft: UUID
    draft_material: UUID
    other_draft: UUID
    material: tuple[UUID, UUID]
    window_draft: UUID
    window_material: UUID
    collecting: UUID
    editing: UUID
    issued: UUID
    slug: str
    visit: UUID
    contribution: UUID
    entry: UUID
    version: UUID
    item_id: UUID
    run: UUID
    department: UUID
    post: UUID
    account: UUID


def prepare() -> Samples:
    """Add to the demo what its month of work has not left behind, by the commands that people use."""
    at = MOMENT
    stored = FileStore(django_settings.FILES_DIR).put(pdf("示例材料.pdf").read())
    file = NewFile(
        "与第三者利害关系的说明（盖章扫描件，含协议与承诺书，共三十二页，二〇二六年六月最终版）.pdf",
        "pdf",
        stored.size,
        stored.digest,
    )
    correcting = _correcting(file, at)
    draft, window_draft, other = (_draft(who, file, at) for who in ("company", "clerk", "person"))
    material = Material.objects.filter(case_id=correcting).values_list("id", flat=True)[0]
    own = _one(
        "industry", "c.applicant_id = a.applicant_id and c.department_id = d.id and c.state <> 'correcting'"
    )
    other_case = _one("water", "c.applicant_id <> a.applicant_id and c.department_id <> d.id")
    document = sql.one(
        "select subject_id, seq from journal_fact where kind = 'case.accepted' and number is not null order by at limit 1"
    )
    assert document is not None
    collecting, editing, issued = _reports(at)
    staff = Account.objects.get(username="reviewer.water")
    assert staff.post_id is not None
    item = Item.objects.get(code=WATER)
    return Samples(
        item=WATER,
        bare_item=Item.objects.filter(current=None).order_by("code").values_list("code", flat=True)[0],
        own_case=own[0],
        own_number=own[1],
        correcting=correcting,
        other_case=other_case[0],
        water=_by_state(),
        foreign=other_case[0],
        document=(document[0], document[1]),
        draft=draft,
        draft_material=_material_of(draft),
        other_draft=other,
        material=(correcting, material),
        window_draft=window_draft,
        window_material=_material_of(window_draft),
        collecting=collecting,
        editing=editing,
        issued=issued,
        slug=str(Report.objects.get(pk=issued).slug),
        visit=Report.objects.get(pk=editing).visits.values_list("id", flat=True)[0],
        contribution=_contribution(at),
        entry=statistics.bring_forward(
            as_of=date(2026, 4, 30), group="licence", measure="accepted", value=465_145, is_total=True,
            source="窗口工作周报 2026年第17期（示例）", by=actor_named("report.editor"), at=at,
        ).pk,
        version=catalogue.start_draft(item, by=actor_named("catalogue.editor"), at=at).pk,
        item_id=item.pk,
        run=ImportRun.objects.order_by("-flagged", "id")[0].pk,
        department=_long_department(),
        post=staff.post_id,
        account=staff.pk,
    )  # fmt: skip


def _one(department: str, condition: str) -> tuple[UUID, str]:
    """The newest case that stands so to the company and to a department."""
    row = sql.one(
        "select c.id, c.number from cases_case c, directory_account a, directory_department d "
        f"where a.username = 'company' and d.code = %(department)s and {condition} order by c.filed_at desc limit 1",
        {"department": department},
    )
    assert row is not None, condition
    return row[0], row[1]


def _by_state() -> dict[str, UUID]:
    """The newest case of the water department in every state that one of its cases is in."""
    found = sql.rows(
        "select distinct on (c.state) c.state, c.id from cases_case c join directory_department d "
        "on d.id = c.department_id where d.code = 'water' order by c.state, c.filed_at desc"
    )
    return {row[0]: row[1] for row in found}


def _draft(username: str, file: NewFile, at: datetime) -> UUID:
    by = actor_named(username)
    window = by.kind == "staff"
    company = actor_named("company").applicant_id
    made = intake.begin_draft(
        WATER, by=by, at=at, channel=Channel.WINDOW if window else Channel.ONLINE,
        applicant_id=company if window else None, key=f"sample{username}{at.day}",
    )  # fmt: skip
    version = Draft.objects.select_related("version").get(pk=made.pk).version
    edit = made.edit
    given = answers(signed_on="2026-06-10", starts_on="2028-07-01")
    for section in version.elements["form"]["sections"]:
        edit = intake.save_section(made.pk, section["code"], given, edit, by=by, at=at)
    for code in ("third_party_statement", "demonstration_report"):
        intake.add_material(made.pk, code, file, by=by, at=at, key=f"sample{username}{at.day}")
    return made.pk


def _material_of(draft: UUID) -> UUID:
    return DraftMaterial.objects.filter(draft_id=draft).values_list("id", flat=True)[0]


def _correcting(file: NewFile, at: datetime) -> UUID:
    """A case of the company that waits for its correction since yesterday."""
    company, clerk = actor_named("company"), actor_named("clerk")
    before = at - timedelta(days=1)
    draft = _draft("company", file, before)
    receipt = intake.file_draft(draft, key="sampleoffiling", by=company, at=before)
    lines = [
        {"material": "与第三者利害关系的相关说明", "problem": "没有盖章", "requirement": "加盖公章后重新扫描"}
    ]
    cases.ask_correction(
        receipt.case_id, lines=lines, respond_by=date(2026, 7, 1), by=clerk, at=before, key="sampleofasking"
    )
    intake.begin_correction(receipt.case_id, by=company, at=at)
    return receipt.case_id


def _reports(at: datetime) -> tuple[UUID, UUID, UUID]:
    """Three reports: one collecting, one in editing with a visit, one issued."""
    editor, reviewer, leader = (actor_named(who) for who in ("report.editor", "report.reviewer", "leader"))
    weeks = [(FIRST - timedelta(weeks=n), LAST - timedelta(weeks=n)) for n in (3, 4, 5)]
    collecting, editing, issued = (
        reports.open_report(first, last, form="2022", by=editor, at=at) for first, last in weeks
    )
    for made in (editing, issued):
        _written(made, at)
        reports.step(made, Action.START_EDITING, by=editor, at=at)
    reports.submit_for_review(issued, by=editor, at=at)
    reports.approve(issued, by=reviewer, at=at)
    reports.issue(issued, by=leader, at=at)
    return collecting, editing, issued


def _written(report: UUID, at: datetime) -> None:
    editor = actor_named("report.editor")
    drafts = [
        reports.ItemDraft(text)
        for text in ("水利厅把取水许可的现场核查改为预约办理。", "外事办公室开展上门服务。")
    ]
    made = reports.save_section(report, "efficiency", drafts, seen=1, by=editor, at=at)
    visit = reports.VisitForm(date(2026, 5, 12), "", "张示例", "副主任", LONG_NAME)
    reports.save_visit(report, visit, seen=made.edit_version, by=editor, at=at)


def _contribution(at: datetime) -> UUID:
    new = reports.NewContribution("水利厅开展上门服务", "近日，水利厅到企业上门服务。", "efficiency")
    return reports.contribute(new, by=actor_named("reviewer.water"), at=at, key="sampleofcontributing")


def _long_department() -> UUID:
    """A department with the longest name that the province has."""
    found = Department.objects.filter(region_id="510000000000").order_by("code")
    return max(found, key=lambda department: len(department.name)).pk
