"""What the pages of a draft share: the frame, addresses, the questions of a section, files that come in."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import content_disposition_header

from yichuang.cases.flow import Channel
from yichuang.catalogue.rules.forms import Field, FieldKind, Form, Section, asked
from yichuang.gateways.files import FileStore
from yichuang.gateways.uploads import Kind, Limits, sniff
from yichuang.intake.commands import NewFile
from yichuang.intake.queries import DraftRow, county_choices
from yichuang.intake.rules import drafting
from yichuang.kernel.errors import Invalid
from yichuang.kernel.web import Request

ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.xlsx,.ofd"
MEGABYTES = settings.UPLOAD_LIMIT_BYTES // (1 << 20)
LONGEST_NAME = 150
FEW_CHOICES = 7


@dataclass(frozen=True, slots=True)
class Question:
    """One field as the macro `field` draws it. `controls`: other questions hang on its answer."""

    code: str
    label: str
    kind: str
    value: object
    error: str
    hint: str
    example: str
    required: bool
    options: tuple[tuple[str, str], ...]
    unit: str
    maxlength: int | None
    autocomplete: str
    width: str
    inline: bool
    controls: bool
    narrow: bool


@dataclass(frozen=True, slots=True)
class Questions:
    """One section of the form on a page."""

    code: str
    title: str
    help: str
    questions: tuple[Question, ...]


_KINDS = {
    FieldKind.TEXT: "text",
    FieldKind.TEXTAREA: "textarea",
    FieldKind.INTEGER: "integer",
    FieldKind.DECIMAL: "decimal",
    FieldKind.DATE: "date",
    FieldKind.MULTI: "multi",
    FieldKind.CREDIT_CODE: "text",
    FieldKind.RESIDENT_ID: "text",
    FieldKind.PHONE: "tel",
    FieldKind.REGION: "select",
    FieldKind.COORDINATES: "text",
}
_WIDTHS = {
    FieldKind.CREDIT_CODE: "m",
    FieldKind.RESIDENT_ID: "m",
    FieldKind.PHONE: "m",
    FieldKind.COORDINATES: "m",
}
_WITH_EXAMPLE = ("text", "textarea", "integer", "decimal", "tel")
SHORT_EXAMPLE = 18
SHORT_OPTIONS = 18
_AUTOCOMPLETE = {"address": "street-address", "postcode": "postal-code", "contact_phone": "tel"}


def questions(
    draft: DraftRow, section: str, answers: Mapping[str, object], messages: Mapping[str, str]
) -> list[Questions]:
    """The sections of a page with the questions that these answers bring up, each with what was typed."""
    form = draft.guide.form
    parts = drafting.sections(form, section)
    shown = asked(form, _comparable(form, answers)) - draft.held
    regions: list[tuple[str, str]] = []
    if any(field.kind is FieldKind.REGION for part in parts for field in part.fields):
        regions = county_choices()
    return [_questions(form, part, shown, answers, messages, regions) for part in parts]


def _comparable(form: Form, answers: Mapping[str, object]) -> dict[str, object]:
    """Typed answers as conditions read them: choices as they are, everything else does not matter here."""
    return {field.code: answers[field.code] for field in form.fields() if field.code in answers}


def _questions(
    form: Form, part: Section, shown: frozenset[str], answers: Mapping[str, object], messages: Mapping[str, str],
    regions: list[tuple[str, str]],
) -> Questions:  # fmt: skip
    controllers = {field.only_if.field for field in form.fields() if field.only_if}
    made = tuple(
        _question(
            field, answers.get(field.code), messages.get(field.code, ""), field.code in controllers, regions
        )
        for field in part.fields
        if field.code in shown
    )
    return Questions(part.code, part.title, part.help, made)


def _question(
    field: Field, value: object, error: str, controls: bool, regions: list[tuple[str, str]]
) -> Question:
    options = tuple((choice.value, choice.label) for choice in field.choices)
    kind = _KINDS.get(field.kind) or ("choice" if len(options) < FEW_CHOICES else "select")
    is_text = field.kind in (FieldKind.TEXT, FieldKind.TEXTAREA)
    return Question(
        code=field.code,
        label=field.label,
        kind=kind,
        value=value if value not in ("", []) else None,
        error=error,
        hint=_hint(field, kind),
        example=field.example if kind in _WITH_EXAMPLE and len(field.example) <= SHORT_EXAMPLE else "",
        required=field.required,
        options=tuple(regions) if field.kind is FieldKind.REGION else options,
        unit=field.unit,
        maxlength=field.longest if is_text else None,
        autocomplete=_AUTOCOMPLETE.get(field.code, ""),
        width=_WIDTHS.get(field.kind, "l" if kind in ("text", "select") else ""),
        inline=0 < sum(len(label) + 2 for _, label in options) <= SHORT_OPTIONS,
        controls=controls,
        narrow=not (kind == "multi" and len(options) > FEW_CHOICES),
    )


def _hint(field: Field, kind: str) -> str:
    """The help of a field; a long example stands in it, where it may break across lines."""
    if kind not in _WITH_EXAMPLE or len(field.example) <= SHORT_EXAMPLE:
        return field.help
    return f"{field.help}例：{field.example}"


def posted_answers(request: HttpRequest, draft: DraftRow, section: str) -> dict[str, object]:
    """What the page sent for a section. A list of ticks that was shown and left empty counts as empty."""
    shown = set(request.POST.getlist("shown"))
    answers: dict[str, object] = {}
    for part in drafting.sections(draft.guide.form, section):
        for field in part.fields:
            if field.kind is FieldKind.MULTI and (field.code in shown or field.code in request.POST):
                answers[field.code] = request.POST.getlist(field.code)
            elif field.code in request.POST:
                answers[field.code] = request.POST[field.code]
    return answers


class Links:
    """Addresses of one draft: below /drafts for applicants, below /desk/window for the window."""

    def __init__(self, draft: DraftRow | None, draft_id: UUID, *, desk: bool) -> None:
        self._base = "window-draft" if desk else "draft"
        self._id = draft_id
        self.desk = desk
        self.mends = draft.mends if draft else None

    def __call__(self, name: str = "", *args: object) -> str:
        """The address of a page of this draft: `to()`, `to("section", code)`, `to("check")`."""
        return reverse(f"{self._base}-{name}" if name else self._base, args=[self._id, *args])


def links(request: Request, draft: DraftRow) -> Links:
    """The addresses of a draft in the frame of whoever works on it."""
    return Links(draft, draft.id, desk=request.by.kind == "staff")


def frame(request: Request) -> str:
    """The frame that a page stands in."""
    return "desk.html" if request.by.kind == "staff" else "public.html"


def show(request: Request, template: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """Render a page of this room in the frame of whoever asks."""
    return render(request, f"intake/{template}.html", {"frame": frame(request), **context}, status=status)


def draft_context(request: Request, draft: DraftRow) -> dict[str, Any]:
    """What every page of a draft reads."""
    return {
        "draft": draft,
        "to": links(request, draft),
        "at_window": draft.channel == Channel.WINDOW and request.by.kind == "staff",
        "held": held_rows(draft),
    }


def held_rows(draft: DraftRow) -> list[dict[str, str]]:
    """What the directory has filled in, for the summary on top of a section."""
    return [
        {"key": field.label, "value": drafting.shown_answer(field, draft.answers.get(field.code))}
        for field in draft.guide.form.fields()
        if field.code in draft.held
    ]


def store() -> FileStore:
    """The file store of this installation."""
    return FileStore(settings.FILES_DIR)


def received(upload: "UploadedFile[bytes]") -> NewFile:
    """Check an uploaded file by its content and keep it. Raises Invalid with the reason."""
    name = file_name(upload.name or "")
    if (upload.size or 0) > settings.UPLOAD_LIMIT_BYTES:
        raise Invalid(f"「{name}」超过 {MEGABYTES} MB。", how="请降低扫描清晰度，或者分成几个文件后再上传。")
    return keep_file(name, upload.read())


def keep_file(name: str, data: bytes) -> NewFile:
    """Check the content of a file and keep it in the store. Raises Invalid with the reason."""
    try:
        kind = sniff(data, name, Limits(size=settings.UPLOAD_LIMIT_BYTES))
    except Invalid as wrong:
        raise Invalid(
            f"「{name}」不能上传：{wrong.message.replace('，不能上传', '')}", how=wrong.how
        ) from wrong
    kept = store().put(data)
    return NewFile(name, kind.value, kept.size, kept.digest)


def file_name(name: str) -> str:
    """The last part of a file's name without control characters, its ending kept where it must be cut."""
    plain = "".join(sign for sign in PurePath(name.replace("\\", "/")).name if sign.isprintable()).strip()
    if len(plain) <= LONGEST_NAME:
        return plain or "未命名"
    suffix = PurePath(plain).suffix[:10]
    return plain[: LONGEST_NAME - len(suffix)] + suffix


def download(name: str, kind: str, sha256: str) -> HttpResponse:
    """A stored file as an attachment: never shown inside a page of ours."""
    response = HttpResponse(store().read(sha256), content_type=Kind(kind).media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def case_link(case_id: UUID) -> str:
    """The address of a case for staff: the case page of the desk, else the follow page."""
    try:
        return reverse("desk-case", args=[case_id])
    except NoReverseMatch:
        return reverse("my-case", args=[case_id])


def document_link(case_id: UUID, seq: int) -> str:
    """The address of an official document; empty where no page serves documents."""
    try:
        return reverse("document", args=[case_id, seq])
    except NoReverseMatch:
        return ""
