"""What the pages of reviewers' work share: fields of forms, files and pictures that come in and go out."""

from datetime import date
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header

from yichuang.cases.commands.happenings import Attached
from yichuang.cases.commands.surveys import NewPhoto
from yichuang.gateways.files import FileStore
from yichuang.gateways.photos import BrokenPhotoError, stripped
from yichuang.gateways.uploads import Kind, Limits, sniff
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.web import Request, clean_text

PICTURES = (Kind.JPEG, Kind.PNG)
SALT = "yichuang.cases.photo"
FILE_SALT = "yichuang.cases.file"
MEGABYTES = settings.UPLOAD_LIMIT_BYTES // (1 << 20)
MOST_KEPT = 30
LONGEST_NAME = 120
ACCEPT = ".pdf,.jpg,.jpeg,.png,.docx,.ofd"


def text(request: HttpRequest, name: str, limit: int = 4000) -> str:
    """A posted text field without control characters."""
    return clean_text(request.POST.get(name, ""), limit=limit)


def whole(request: HttpRequest, name: str) -> int:
    """A posted whole number of at most six digits; -1 for everything else: the command says what is allowed."""
    raw = request.POST.get(name, "").strip()
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 7 else -1


def posted_day(request: HttpRequest, name: str) -> date | None:
    """A posted day; None where it is empty or no day: the command says which days there are."""
    try:
        return date.fromisoformat(request.POST.get(name, "").strip())
    except ValueError:
        return None


def show(
    request: Request, page: str, context: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    """A page of this room; with a problem, its status."""
    context |= {"problem": problem, "errors": problem.fields if problem else {}, "megabytes": MEGABYTES}
    return render(request, f"cases/{page}.html", context, status=problem.status if problem else 200)


def store() -> FileStore:
    """The file store of this installation."""
    return FileStore(settings.FILES_DIR)


def posted_file(request: Request, name: str = "file") -> Attached | None:
    """The one file of a form, checked by its content and kept; or that of an earlier, failed post. Raises Invalid."""
    upload = request.FILES.get(name)
    return _kept_file(request) if upload is None else _received(upload, name)


def _received(upload: "UploadedFile[bytes]", name: str) -> Attached:
    label = PurePath((upload.name or "").replace("\\", "/")).name
    label = "".join(sign for sign in label if sign.isprintable()).strip()[-LONGEST_NAME:] or "未命名"
    if (upload.size or 0) > settings.UPLOAD_LIMIT_BYTES:
        raise Invalid("文件没有收下。", fields={name: f"「{label}」超过 {MEGABYTES} MB"})
    data = upload.read()
    try:
        kind = sniff(data, label, Limits(size=settings.UPLOAD_LIMIT_BYTES))
    except Invalid as problem:
        raise Invalid(
            "文件没有收下，其他内容都在下面。", fields={name: f"{problem.message}{problem.how}"}
        ) from problem
    kept = store().put(data)
    return Attached(label, kind.value, kept.digest, kept.size)


def _kept_file(request: Request) -> Attached | None:
    """A file is named by a signed token of the same person: a hash alone would open any file of the store."""
    try:
        *file, owner = signing.loads(request.POST.get("kept_file", ""), salt=FILE_SALT, max_age=86_400)
    except signing.BadSignature:
        return None
    return Attached(*file) if owner == str(request.by.id) else None


def file_token(file: Attached | None, request: Request) -> str:
    """The file of a failed post, for the form that is shown again."""
    if file is None:
        return ""
    return signing.dumps([file.name, file.kind, file.sha256, file.size, str(request.by.id)], salt=FILE_SALT)


def posted_photos(request: Request, name: str = "photos") -> tuple[tuple[NewPhoto, ...], str]:
    """The pictures of a post and of an earlier, failed one; what is wrong, in words.

    Each is checked by its content, and place, time and device are taken out of it.
    """
    found: list[NewPhoto] = []
    for token in request.POST.getlist("kept")[:MOST_KEPT]:
        try:
            digest, kind, size, owner = signing.loads(token, salt=SALT, max_age=86_400)
        except signing.BadSignature:
            continue
        if owner == str(request.by.id):
            found.append(NewPhoto(digest, kind, size))
    wrong = ""
    for upload in request.FILES.getlist(name)[:MOST_KEPT]:
        try:
            found.append(_photo(upload))
        except Invalid as problem:
            wrong = f"{problem.message}{problem.how}"
    return tuple({photo.sha256: photo for photo in found}.values()), wrong


def _photo(upload: "UploadedFile[bytes]") -> NewPhoto:
    if (upload.size or 0) > settings.UPLOAD_LIMIT_BYTES:
        raise Invalid(f"照片超过 {MEGABYTES} MB。", how="请在相机设置中降低分辨率后重拍。")
    data = upload.read()
    kind = sniff(data, upload.name or "", Limits(size=settings.UPLOAD_LIMIT_BYTES))
    if kind not in PICTURES:
        raise Invalid(f"这是{kind.label}，不是照片。", how="请拍照，或者选择 JPEG、PNG 图片。")
    try:
        clean = stripped(data)
    except BrokenPhotoError as error:
        raise Invalid("照片已损坏，打不开。", how="请重新拍照。") from error
    kept = store().put(clean)
    return NewPhoto(kept.digest, kind.value, kept.size)


def photo_tokens(photos: tuple[NewPhoto, ...], request: Request) -> list[str]:
    """The pictures of a failed post, for the form that is shown again."""
    return [signing.dumps([one.sha256, one.kind, one.size, str(request.by.id)], salt=SALT) for one in photos]


def picture(sha256: str, kind: str) -> HttpResponse:
    """A kept picture, shown inside a page of ours: its content was checked and rewritten when it came in."""
    response = HttpResponse(store().read(sha256), content_type=Kind(kind).media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = "inline"
    return response


def download(name: str, kind: str, sha256: str) -> HttpResponse:
    """A stored file as an attachment: never shown inside a page of ours."""
    response = HttpResponse(store().read(sha256), content_type=Kind(kind).media_type)
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
