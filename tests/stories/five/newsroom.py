"""A printed report made again in the newsroom: contributed, edited, reviewed and issued by four people."""

from datetime import date, datetime, timedelta
from uuid import UUID

from tests.stories.five.registers import days, department, moment
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.queries import actor_named
from yichuang.directory.tests import factories as people
from yichuang.halls.queries.duty import visits_between
from yichuang.journal.commands import raise_series
from yichuang.kernel.actor import Actor
from yichuang.programmes.commands.events import EventForm, record_event
from yichuang.reports import commands, queries
from yichuang.reports.commands.from_register import take_visits, visit_form
from yichuang.reports.commands.issuing import series_of
from yichuang.reports.flow import Action, SectionKind
from yichuang.reports.models import Report
from yichuang.reports.queries.forms import form_named
from yichuang.reports.rules.figure_fields import Binding, numbers_in
from yichuang.reports.rules.form import FormSpec
from yichuang.reports.rules.reading import ReadReport
from yichuang.reports.rules.reading.report import Section

LONGEST_TITLE = 30


def remade(read: ReadReport, source: str) -> Report:
    """The issued report for the printed period, in the form of its year, under the printed number."""
    assert read.year is not None
    assert read.number is not None
    assert read.issued_on is not None
    raise_series(series_of(read.year), read.number - 1)
    first, last = days(read)
    # Asked for on the Friday evening; written until the day of issue.
    at = moment(last, 19)
    by = actor_named("report.editor")
    report_id = commands.open_report(first, last, form=str(read.year), by=by, at=at)
    _news(report_id, read, source, at)
    _visits(report_id, at)
    _inspection(report_id, read, at)
    _sources(report_id, source, last, at)
    _imprint(report_id, read, at)
    for action, who in ((Action.START_EDITING, by), (Action.SUBMIT, by)):
        commands.step(report_id, action, by=who, at=at + timedelta(hours=1))
    commands.approve(report_id, by=actor_named("report.reviewer"), at=moment(read.issued_on, 9))
    return commands.issue(report_id, by=actor_named("leader"), at=moment(read.issued_on, 15))


def _seen(report_id: UUID) -> int:
    return Report.objects.get(pk=report_id).edit_version


def news_of(read: ReadReport, form: FormSpec) -> list[tuple[str, Section]]:
    """The printed sections of news with the key that the form gives them."""
    keys = {spec.heading: spec.key for spec in form.of_kind(SectionKind.NEWS)}
    return [(keys[each.heading], each) for each in read.sections if each.heading in keys and each.items]


def _news(report_id: UUID, read: ReadReport, source: str, at: datetime) -> None:
    """What one department did comes from that department, everything else is typed; the printed order stays."""
    form = form_named(str(read.year))
    for key, section in news_of(read, form):
        for place, text in enumerate(section.items):
            names = section.departments[place]
            if len(names) == 1:
                _contributed(report_id, key, text, department(names[0]), source, at)
            else:
                _typed(report_id, key, text, at)


def _contributed(report_id: UUID, key: str, text: str, body: Department, source: str, at: datetime) -> None:
    by = _contributor(body)
    title, number = text[:LONGEST_TITLE], f"{_seen(report_id)}"
    _, last = days_of(report_id)
    event = EventForm("reform", title, near="近日", words=text, source=source)
    record_event(event, by=by, at=at, key=f"five-event-{number}")
    figures = tuple(
        commands.NewFigure(text[max(0, each.start - 10) : each.end], each.value, each.unit, last, source)
        for each in numbers_in(text)[:20]
    )
    new = commands.NewContribution(title, text, section=key, report_id=report_id, figures=figures)
    sent = commands.contribute(new, by=by, at=at, key=f"five-contribution-{number}")
    commands.take_contribution(
        report_id, sent, key, seen=_seen(report_id), by=actor_named("report.editor"), at=at
    )


def days_of(report_id: UUID) -> tuple[date, date]:
    """The days of the report that is being made."""
    report = Report.objects.get(pk=report_id)
    assert report.first_day is not None
    assert report.last_day is not None
    return report.first_day, report.last_day


def _contributor(body: Department) -> Actor:
    held = people.post(body, "信息员", [Capability.REPORT_CONTRIBUTE, Capability.PROGRAMME_KEEP])
    return people.staff(f"five.{body.code}", held)


def _typed(report_id: UUID, key: str, text: str, at: datetime) -> None:
    report = Report.objects.get(pk=report_id)
    before = [commands.ItemDraft(item.text, item.id) for item in queries.content_of(report).of(key)]
    drafts = [*before, commands.ItemDraft(text)]
    by = actor_named("report.editor")
    commands.save_section(report_id, key, drafts, seen=report.edit_version, by=by, at=at)


def _visits(report_id: UUID, at: datetime) -> None:
    """All that the register of visits keeps of the period."""
    found = [visit_form(row) for row in visits_between(*days_of(report_id))]
    take_visits(report_id, found, seen=_seen(report_id), by=actor_named("report.editor"), at=at)


def _inspection(report_id: UUID, read: ReadReport, at: datetime) -> None:
    """The register's results are taken, what no round can say is typed."""
    if not read.inspection:
        return
    by, period = actor_named("report.editor"), days_of(report_id)
    commands.take_inspection(report_id, period, seen=_seen(report_id), by=by, at=at, key="five-inspection")
    report = Report.objects.get(pk=report_id)
    taken = {row.key: row.result for row in report.inspection.all()}
    keys = {row.heading: row.key for row in form_named(str(read.year)).inspection_on(period[1])}
    missing = {keys[row.heading]: row.result for row in read.inspection if keys[row.heading] not in taken}
    commands.save_inspection(report_id, taken | missing, seen=report.edit_version, by=by, at=at)


def _sources(report_id: UUID, source: str, as_of: date, at: datetime) -> None:
    """Every number that was typed gets the printed report as its source."""
    report = Report.objects.get(pk=report_id)
    placed = queries.placed_numbers(report, queries.content_of(report))
    origin = commands.Origin(Binding.TYPED, "文中数字", as_of, source)
    by = actor_named("report.editor")
    for text_id in dict.fromkeys(each.item_id for each in queries.unbound(placed)):
        commands.source_of_text(report_id, text_id, origin, by=by, at=at)


def _imprint(report_id: UUID, read: ReadReport, at: datetime) -> None:
    whom = {label: words or "" for label, words in read.distribution.items()}
    by = actor_named("report.editor")
    commands.save_imprint(report_id, whom, read.copies or 0, seen=_seen(report_id), by=by, at=at)
