"""What the pages of inspection and duty share: fields of forms, pictures that come in, pictures that go out."""

from datetime import date
from typing import Any

from django.conf import settings
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from yichuang.gateways.files import FileStore
from yichuang.gateways.photos import BrokenPhotoError, stripped
from yichuang.gateways.uploads import Kind, Limits, sniff
from yichuang.halls.commands.findings import NewPhoto
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.web import Request, clean_text

PICTURES = (Kind.JPEG, Kind.PNG)
SALT = "yichuang.halls.photo"
MEGABYTES = settings.UPLOAD_LIMIT_BYTES // (1 << 20)
MOST_KEPT = 12


def text(request: HttpRequest, name: str, limit: int = 4000) -> str:
    """A posted text field without control characters."""
    return clean_text(request.POST.get(name, ""), limit=limit)


def integer(request: HttpRequest, name: str) -> int | None:
    """A posted whole number of at most nine digits; None for everything else."""
    raw = request.POST.get(name, "").strip()
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else None


def posted_day(request: HttpRequest, name: str) -> date | None:
    """A posted day, None where the field is empty. Raises Invalid for what is no day."""
    raw = request.POST.get(name, "").strip()
    try:
        return date.fromisoformat(raw) if raw else None
    except ValueError as error:
        raise Invalid("日期格式有误。", fields={name: "请按 2022-05-13 的格式填写"}) from error


def asked_day(request: HttpRequest, name: str) -> date | None:
    """A day asked for in the address; None where there is none or it is no day."""
    try:
        return date.fromisoformat(request.GET.get(name, ""))
    except ValueError:
        return None


def show(
    request: Request, page: str, context: dict[str, Any], problem: Problem | None = None
) -> HttpResponse:
    """A page of this room; with a problem, its status."""
    context |= {"problem": problem, "errors": problem.fields if problem else {}}
    return render(request, f"halls/{page}.html", context, status=problem.status if problem else 200)


def store() -> FileStore:
    """The file store of this installation."""
    return FileStore(settings.FILES_DIR)


def received_photo(upload: "UploadedFile[bytes]") -> NewPhoto:
    """Check a picture by its content, take place, time and device out of it, keep it. Raises Invalid."""
    name = upload.name or ""
    if (upload.size or 0) > settings.UPLOAD_LIMIT_BYTES:
        raise Invalid(f"照片超过 {MEGABYTES} MB。", how="请在相机设置中降低分辨率后重拍。")
    data = upload.read()
    kind = sniff(data, name, Limits(size=settings.UPLOAD_LIMIT_BYTES))
    if kind not in PICTURES:
        raise Invalid(f"这是{kind.label}，不是照片。", how="请拍照，或者选择 JPEG、PNG 图片。")
    try:
        clean = stripped(data)
    except BrokenPhotoError as error:
        raise Invalid("照片已损坏，打不开。", how="请重新拍照。") from error
    kept = store().put(clean)
    return NewPhoto(kept.digest, kind.value, kept.size)


def posted_photos(request: Request, name: str = "photos") -> tuple[tuple[NewPhoto, ...], str]:
    """The pictures of a post, with those that an earlier, failed post has already brought; what is wrong, in words.

    An earlier picture is named by a signed token of the same person: a hash alone would open any file of the store.
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
            found.append(received_photo(upload))
        except Invalid as problem:
            wrong = f"{problem.message}{problem.how}"
    unique = {photo.sha256: photo for photo in found}
    return tuple(unique.values()), wrong


def tokens(photos: tuple[NewPhoto, ...], request: Request) -> list[str]:
    """The pictures of a failed post, for the form that is shown again."""
    return [
        signing.dumps([photo.sha256, photo.kind, photo.size, str(request.by.id)], salt=SALT)
        for photo in photos
    ]


def picture(sha256: str, kind: str) -> HttpResponse:
    """A kept picture, shown inside a page of ours: its content was checked and rewritten when it came in."""
    response = HttpResponse(store().read(sha256), content_type=Kind(kind).media_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    response["Content-Disposition"] = "inline"
    return response
