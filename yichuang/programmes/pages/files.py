"""What the pages of this room share: files that come in, judged by their content, and go out again."""

from collections.abc import Callable

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from yichuang.gateways.uploads import Kind
from yichuang.halls.pages.rounds_common import picture, received_photo
from yichuang.intake.pages.drafting import download, file_name, received
from yichuang.kernel.errors import Invalid, Problem
from yichuang.kernel.web import Request, post_key
from yichuang.programmes.commands.common import NewFile

PICTURES = (Kind.JPEG.value, Kind.PNG.value)
PICTURE_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def put_files(request: Request, name: str, attach: Callable[[NewFile, str], object]) -> None:
    """Keep every file of a form that can be kept; `attach` takes the file and its own client key.

    Raises Problem at the field `name`, which says what was kept and what was not.
    """
    key, uploads = post_key(request), request.FILES.getlist(name)
    if not uploads:
        raise Invalid("没有选择文件。", fields={name: "请先选择照片或文件"})
    wrong = []
    for place, upload in enumerate(uploads):
        try:
            attach(_kept(upload), f"{key}{place}")
        except Problem as problem:
            wrong.append(f"{problem.message}{problem.how}")
    if wrong:
        kept = len(uploads) - len(wrong)
        raise Invalid(
            f"{len(wrong)} 个文件没有保存" + (f"，其余 {kept} 个已保存。" if kept else "。"),
            fields={name: "；".join(dict.fromkeys(wrong))},
        )


def _kept(upload: "UploadedFile[bytes]") -> NewFile:
    """A file checked and kept; out of a picture its place, time and device are taken first."""
    head = upload.read(8)
    upload.seek(0)
    if head.startswith(PICTURE_HEADS):
        name = file_name(upload.name or "")
        try:
            photo = received_photo(upload)
        except Invalid as problem:
            raise Invalid(f"「{name}」：{problem.message}", how=problem.how) from problem
        return NewFile(name, photo.kind, photo.size, photo.sha256)
    kept = received(upload)
    return NewFile(kept.name, kept.kind, kept.size, kept.sha256)


def sent(name: str, kind: str, sha256: str) -> HttpResponse:
    """A kept file: a picture, which was rewritten when it came in, shows inside our pages; all else is a download."""
    if kind not in PICTURES:
        return download(name, kind, sha256)
    answer = picture(sha256, kind)
    answer["Content-Disposition"] = content_disposition_header(as_attachment=False, filename=name) or "inline"
    return answer
