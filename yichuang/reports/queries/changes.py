"""What became of every text since a moment: what the department sent, the last submission, any version."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from yichuang.journal.queries import facts_of
from yichuang.kernel.errors import Missing
from yichuang.reports.flow import BY_ACTION, Action
from yichuang.reports.models import ChangeOpinion, Contribution, Report, ReportVersion
from yichuang.reports.queries.forms import form_of
from yichuang.reports.queries.tracking import pieces_of
from yichuang.reports.rules.comparison import ITEM, Piece, pieces
from yichuang.reports.rules.content import Content
from yichuang.reports.rules.tracking import TextRun, TrackedChange, Wording, runs, tracked

SENT, SUBMITTED = "sent", "submitted"


@dataclass(frozen=True, slots=True)
class ChangeRow:
    """One change, who made it when and why, and what a reviewer says of it."""

    change: TrackedChange
    makers: tuple[ReportVersion, ...]
    opinion: ChangeOpinion | None


@dataclass(frozen=True, slots=True)
class ChangedPiece:
    """A text that has changed. `before` or `after` None: it came, or it went."""

    piece: Piece
    before: str | None
    after: str | None
    runs: tuple[TextRun, ...]
    rows: tuple[ChangeRow, ...]


def submitted_version(report: Report) -> int | None:
    """The version that went to review last."""
    kind = BY_ACTION[Action.SUBMIT].fact
    found = [fact.data["version"] for fact in facts_of(report.id) if fact.kind == kind]
    return int(found[-1]) if found else None


def changed_since(report: Report, basis: str) -> list[ChangedPiece]:
    """Every text that differs from what it was at the basis: `sent`, `submitted`, or the number of a version.

    Raises Missing for a basis that there is not.
    """
    versions = list(report.versions.order_by("version"))
    now = pieces_of(report)
    form = form_of(report)
    told = {
        row.version: {piece.key: piece for piece in pieces(form, Content.from_json(row.content))}
        for row in versions
    }
    if basis == SENT:
        histories = _since_sent(now, told)
    else:
        histories = _since_version(now, told, _number(report, basis, told))
    by_version = {row.version: row for row in versions}
    opinions = {row.change: row for row in report.opinions.all()}
    return [
        _changed(piece, history, by_version, opinions)
        for piece, history in histories
        if history[0].text != history[-1].text
    ]


def _number(report: Report, basis: str, told: Mapping[int, object]) -> int:
    number = submitted_version(report) if basis == SUBMITTED else None
    if basis.isascii() and basis.isdigit() and len(basis) < 9:
        number = int(basis)
    if number not in told:
        raise Missing("没有可以对照的这个版本。", how="请从页面上的几种对照中选择。")
    return int(number or 0)


History = list[Wording]


def _since_sent(now: Sequence[Piece], told: Mapping[int, Mapping[str, Piece]]) -> list[tuple[Piece, History]]:
    """Items against the department's own words; what editors wrote themselves is wholly new."""
    items = [piece for piece in now if piece.key.startswith(f"{ITEM}:")]
    ids = [piece.key.partition(":")[2] for piece in items]
    sent = {
        f"{ITEM}:{row.id}": row.body
        for row in Contribution.objects.filter(pk__in=[each for each in ids if _is_uuid(each)])
    }
    found = []
    for piece in items:
        base: History = [Wording(0, sent.get(piece.key))]
        found.append((piece, _history(piece.key, base, told, present=True)))
    return found


def _is_uuid(text: str) -> bool:
    """An item that came from a department bears its contribution's id; one typed here a mark of its moment."""
    return len(text) == 36 and text.count("-") == 4


def _since_version(
    now: Sequence[Piece], told: Mapping[int, Mapping[str, Piece]], number: int
) -> list[tuple[Piece, History]]:
    gone = [piece for key, piece in told[number].items() if key not in {each.key for each in now}]
    found = []
    later = {version: texts for version, texts in told.items() if version > number}
    for piece in (*now, *gone):
        was = told[number].get(piece.key)
        base: History = [Wording(0, was.text if was else None)]
        found.append((piece, _history(piece.key, base, later, present=False)))
    return found


def _history(key: str, base: History, told: Mapping[int, Mapping[str, Piece]], *, present: bool) -> History:
    """The wordings one after another; with `present` only those versions count in which the text stands."""
    for version, texts in told.items():
        text = texts[key].text if key in texts else None
        if text != base[-1].text and not (present and text is None):
            base.append(Wording(version, text))
    return base


def _changed(
    piece: Piece,
    history: History,
    versions: Mapping[int, ReportVersion],
    opinions: Mapping[str, ChangeOpinion],
) -> ChangedPiece:
    before, after = history[0].text, history[-1].text
    rows = tuple(
        ChangeRow(
            change, tuple(versions[n] for n in change.versions if n in versions), opinions.get(change.mark)
        )
        for change in tracked(piece.key, history)
    )
    return ChangedPiece(piece, before, after, runs(before or "", after or ""), rows)
