"""The signatures of issued files, open to everybody."""

from uuid import UUID

from yichuang.kernel.errors import Missing
from yichuang.reports.flow import PUBLISHED
from yichuang.reports.models import FileSignature, Report


def signatures_of(report_id: UUID) -> list[FileSignature]:
    """The files of an issue with their signatures, in the order of formats; empty before they are signed."""
    return list(FileSignature.objects.filter(report=report_id))


def issued_report(report_id: UUID) -> Report:
    """An issue by its id. Raises Missing before 签发."""
    found = Report.objects.filter(pk=report_id, state__in=[str(state) for state in PUBLISHED]).first()
    if found is None:
        raise Missing("本期尚未签发。")
    return found


def signed_file(report_id: UUID, form: str) -> FileSignature | None:
    """One file of an issue as it was issued."""
    return FileSignature.objects.filter(report=report_id, form=form).first()


def issued_as(sha256: str) -> FileSignature | None:
    """The issued file with these bytes, of whatever issue; the newest where two issues hold the same."""
    found = FileSignature.objects.filter(sha256=sha256).select_related("report")
    return found.order_by("-at", "-id").first()


def unsigned_issues() -> list[str]:
    """Issues of this platform (2022-29) whose files nobody has signed yet, oldest first."""
    found = Report.objects.filter(
        state__in=[str(state) for state in PUBLISHED], imported=False, signatures=None
    )
    return [str(slug) for slug in found.order_by("year", "number").values_list("slug", flat=True)]
