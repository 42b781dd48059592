"""Uploads by somebody who means harm: what is refused, what is stored inert, and what a name cannot do."""

import io
import struct
import zipfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from yichuang.cases.flow import Channel
from yichuang.gateways.uploads import Kind
from yichuang.intake import commands
from yichuang.intake.models import Draft, DraftMaterial
from yichuang.intake.pages import drafting
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_pages import read, sound
from yichuang.kernel.errors import Invalid

CODE = "third_party_statement"
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    + struct.pack(">II", 4, 4)
    + b"\x08\x02\x00\x00\x00\x00\x00\x00\x00"
    b"\x00\x00\x00\x00IEND\xaeB`\x82"
)


def package(names: dict[str, bytes]) -> bytes:
    """A zip with these entries."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in names.items():
            file.writestr(name, data)
    return made.getvalue()


DOCX = {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>"}
REFUSED: dict[str, tuple[str, bytes]] = {
    "empty": ("空.pdf", b""),
    "wrong ending": ("图.pdf", PNG),
    "no ending": ("图", PNG),
    "double ending": ("材料.pdf.exe", make.PDF),
    "ending hidden by right-to-left": ("材\u202efdp.exe", make.PDF),
    "web page": ("材料.pdf", b"<!doctype html><script>alert(1)</script>"),
    "web page called html": ("材料.html", b"<html>"),
    "picture of vectors": ("图.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>"),
    "web page before the pdf": ("材料.pdf", b"<html><script>alert(1)</script>" + make.PDF),
    "half a pdf": ("材料.pdf", b"%PDF-1.7\n1 0 obj"),
    "locked pdf": ("材料.pdf", b"%PDF-1.7\ntrailer << /Encrypt 1 0 R >>\n%%EOF\n"),
    "huge picture": ("图.png", PNG.replace(struct.pack(">II", 4, 4), struct.pack(">II", 50_000, 50_000))),
    "bomb": ("表.docx", package(DOCX | {"word/media/a": b"\0" * 30_000_000})),
    "macro": ("表.docx", package(DOCX | {"word/vbaProject.bin": b"x"})),
    "archive": ("包.zip", package({"a.txt": b"x"})),
    "archive called docx": ("包.docx", package({"../../etc/passwd": b"x"})),
    "program": ("程序.pdf", b"MZ\x90\x00"),
    "script": ("脚本.pdf", b"#!/bin/sh\n"),
    "zip that is no zip": ("包.docx", b"PK\x03\x04" + b"x" * 100),
}
INERT: dict[str, tuple[str, bytes]] = {
    "pdf that is a web page too": ("材料.pdf", make.PDF[:-6] + b"<script>alert(1)</script>\n%%EOF\n"),
    "picture with a web page behind": ("图.png", PNG[:-12] + b"<script>alert(1)</script>" + PNG[-12:]),
    "office file with a climbing entry": ("表.docx", package(DOCX | {"../../../tmp/evil": b"x"})),
}


def draft_of(by: Any = None) -> Draft:
    """A draft that waits for files."""
    return make.draft(by or make.applicant())


def upload(client: Client, draft: Draft, name: str, data: bytes, code: str = CODE, key: str = "") -> Any:
    """One file, with exactly this name in the request: the test client would tidy it."""
    file = SimpleUploadedFile("x", data)
    file.name, file._name = name, name  # type: ignore[attr-defined]
    body = {"client_key": key or make.key(), "act": "stay", code: file}
    return client.post(reverse("draft-materials", args=[draft.pk]), body)


@pytest.mark.django_db
@pytest.mark.parametrize("what", sorted(REFUSED))
def test_what_is_not_what_it_says_is_refused_with_a_reason(site: Client, what: str, tmp_path: Path) -> None:
    draft = draft_of()
    response = upload(site, draft, *REFUSED[what])
    page = response.content.decode()
    assert response.status_code == 422
    assert f'href="#f-{CODE}"' in page
    sound(page)
    assert not DraftMaterial.objects.exists()
    assert list(stored(tmp_path)) == []


def stored(folder: Path) -> Iterator[Path]:
    """Every file in the store of this test."""
    return (path for path in (folder / "files").rglob("*") if path.is_file() and path.name != ".names")


@pytest.mark.django_db
@pytest.mark.parametrize("what", sorted(INERT))
def test_what_has_two_faces_is_stored_and_served_inert(site: Client, what: str, tmp_path: Path) -> None:
    name, data = INERT[what]
    draft = draft_of()
    assert upload(site, draft, name, data).status_code == 302
    kept = DraftMaterial.objects.get()
    served = site.get(reverse("draft-file-of", args=[draft.pk, kept.pk]))
    assert served.content == data
    assert served["Content-Disposition"].startswith("attachment")
    assert served["X-Content-Type-Options"] == "nosniff"
    assert served["Content-Type"] == Kind(kept.kind).media_type
    assert "html" not in served["Content-Type"]
    assert "default-src 'self'" in served["Content-Security-Policy"]
    assert [path.name for path in stored(tmp_path)] == [kept.sha256]


@pytest.mark.django_db
def test_a_sniffer_that_believes_the_name_would_be_noticed(
    site: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: with the check of the content gone, a web page is taken as a PDF."""
    monkeypatch.setattr(drafting, "sniff", lambda *_: Kind.PDF)
    assert upload(site, draft_of(), *REFUSED["web page"]).status_code == 302
    assert DraftMaterial.objects.exists()


@pytest.mark.django_db
def test_a_file_beyond_the_limit_is_not_kept(site: Client, settings: Any, tmp_path: Path) -> None:
    settings.UPLOAD_LIMIT_BYTES = 100_000
    draft = draft_of()
    big = make.PDF[:-6] + b"x" * 100_000 + b"%%EOF\n"
    assert upload(site, draft, "大.pdf", big).status_code == 422
    assert list(stored(tmp_path)) == []
    assert upload(site, draft, "小.pdf", big[: len(make.PDF)] + b"%%EOF\n").status_code == 302


@pytest.mark.django_db
def test_the_thirty_first_file_is_refused_and_the_thirty_stay(site: Client) -> None:
    draft = draft_of()
    files = [SimpleUploadedFile(f"{number}.pdf", make.PDF + bytes([number])) for number in range(31)]
    address = reverse("draft-materials", args=[draft.pk])
    response = site.post(address, {"client_key": make.key(), "act": "stay", CODE: files})
    assert response.status_code == 422
    assert "最多上传 30 个文件" in response.content.decode()
    assert DraftMaterial.objects.count() == 30
    first = DraftMaterial.objects.order_by("added_at", "id")[0]
    assert site.post(reverse("draft-remove", args=[draft.pk, first.pk])).status_code == 302
    assert upload(site, draft, "30.pdf", make.PDF).status_code == 302


@pytest.mark.django_db
def test_a_flood_of_files_is_refused_whole(site: Client) -> None:
    draft = draft_of()
    files = [SimpleUploadedFile(f"{number}.pdf", make.PDF) for number in range(101)]
    response = site.post(reverse("draft-materials", args=[draft.pk]), {"client_key": make.key(), CODE: files})
    assert response.status_code == 400
    assert not DraftMaterial.objects.exists()


@pytest.mark.django_db
def test_the_same_file_sent_twice_is_one_and_chosen_twice_is_two(site: Client, tmp_path: Path) -> None:
    draft, key = draft_of(), make.key()
    for _ in range(3):
        assert upload(site, draft, "一.pdf", make.PDF, key=key).status_code == 302
    assert DraftMaterial.objects.count() == 1
    assert upload(site, draft, "一.pdf", make.PDF).status_code == 302
    assert DraftMaterial.objects.count() == 2
    assert len(list(stored(tmp_path))) == 1


NAMES = {
    "../../../etc/passwd.pdf": "passwd.pdf",
    "..\\..\\windows\\system32\\evil.pdf": "evil.pdf",
    "C:\\fakepath\\材料.pdf": "材料.pdf",
    "/absolute/path.pdf": "path.pdf",
    "a\x00b.pdf": "ab.pdf",
    "a\r\nX-Evil: 1.pdf": "aX-Evil: 1.pdf",
    "\u202efdp.材料.pdf": "fdp.材料.pdf",
    "<img src=x onerror=alert(1)>.pdf": "<img src=x onerror=alert(1)>.pdf",
    "'; drop table x; --.pdf": "'; drop table x; --.pdf",
    "\u2028\u2029.pdf": ".pdf",
    "  空格 .pdf  ": "空格 .pdf",
}


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_name_is_only_its_last_part_and_readable(name: str) -> None:
    assert drafting.file_name(name) == NAMES[name]


@given(st.text(max_size=400))
def test_any_name_becomes_a_short_name_without_a_path(name: str) -> None:
    made = drafting.file_name(name)
    assert 0 < len(made) <= drafting.LONGEST_NAME
    assert "/" not in made
    assert "\\" not in made
    assert made.isprintable()
    assert drafting.file_name(made) in (made, made.strip() or "未命名")


@pytest.mark.parametrize("name", ["长" * 400 + ".pdf", "a" * 149 + ".pdf"])
def test_the_ending_of_a_long_name_is_kept(name: str) -> None:
    assert drafting.file_name(name).endswith(".pdf")


@pytest.mark.django_db
def test_no_name_forges_a_header_or_leaves_the_store(site: Client, tmp_path: Path) -> None:
    draft = draft_of()
    for name in sorted(NAMES):
        assert upload(site, draft, name, make.PDF).status_code in (302, 422), name
    for kept in DraftMaterial.objects.all():
        served = site.get(reverse("draft-file-of", args=[draft.pk, kept.pk]))
        assert served.status_code == 200
        assert "X-Evil" not in served.headers
        assert "\n" not in served["Content-Disposition"]
        assert ".." not in served["Content-Disposition"]
    assert {path.name for path in stored(tmp_path)} == {kept.sha256 for kept in DraftMaterial.objects.all()}
    assert not list(tmp_path.glob("*.pdf"))
    page = read(site, reverse("draft-materials", args=[draft.pk]))
    assert "<img src=x" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["nothing", "application'; --", "<script>", "__class__", "other"])
def test_a_file_for_no_material_of_the_guide_is_refused(site: Client, code: str) -> None:
    response = upload(site, draft_of(), "材料.pdf", make.PDF, code=code)
    assert response.status_code == 404
    assert "<script>alert" not in response.content.decode()
    assert not DraftMaterial.objects.exists()


@pytest.mark.django_db
def test_papers_cannot_be_claimed_online(site: Client) -> None:
    draft = draft_of()
    sent = {"client_key": make.key(), "papers_shown": "1", "paper": list(make.REQUIRED), "act": "onward"}
    assert site.post(reverse("draft-materials", args=[draft.pk]), sent).status_code == 403
    assert not DraftMaterial.objects.exists()


@pytest.mark.django_db
def test_a_paper_cannot_be_opened_as_a_file(desk: Client) -> None:
    clerk = make.window_clerk()
    make.offer()
    draft = commands.begin_draft(
        make.WATER, by=clerk, at=make.AT, channel=Channel.WINDOW, applicant_id=make.company().pk
    )
    commands.receive_papers(draft.pk, make.REQUIRED, by=clerk, at=make.AT)
    paper = DraftMaterial.objects.all()[0]
    assert desk.get(reverse("window-draft-file-of", args=[draft.pk, paper.pk])).status_code == 404


@pytest.mark.django_db
def test_a_file_changed_on_the_disk_is_not_served(site: Client, tmp_path: Path) -> None:
    draft = draft_of()
    upload(site, draft, "材料.pdf", make.PDF)
    kept = DraftMaterial.objects.get()
    next(stored(tmp_path)).write_bytes(b"<script>alert(1)</script>")
    response = site.get(reverse("draft-file-of", args=[draft.pk, kept.pk]))
    assert response.status_code == 503
    assert b"alert(1)" not in response.content


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """The same work from many connections at the same time."""

    def once(number: int) -> Any:
        try:
            return work(number)
        except Invalid as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(once, range(count)))


def test_a_double_click_on_upload_keeps_one_file(committed: dict[str, str]) -> None:
    by = make.applicant()
    draft, key = draft_of(by), make.key()
    kept = at_once(8, lambda _: commands.add_material(draft.pk, CODE, make.pdf(), by=by, at=make.AT, key=key))
    assert len(set(kept)) == 1
    assert DraftMaterial.objects.count() == 1


def test_no_race_fits_a_thirty_first_file(committed: dict[str, str]) -> None:
    by = make.applicant()
    draft = draft_of(by)
    for number in range(28):
        commands.add_material(draft.pk, CODE, make.pdf(f"{number}.pdf"), by=by, at=make.AT)
    done = at_once(8, lambda _: commands.add_material(draft.pk, CODE, make.pdf(), by=by, at=make.AT))
    assert sum(isinstance(one, Invalid) for one in done) == 6
    assert DraftMaterial.objects.count() == 30


@pytest.mark.django_db
def test_somebody_elses_browser_uploads_nothing_here() -> None:
    draft = draft_of()
    assert upload(browser(make.stranger()), draft, "材料.pdf", make.PDF).status_code == 404
    assert upload(browser(), draft, "材料.pdf", make.PDF).status_code == 302
    assert not DraftMaterial.objects.exists()


def test_what_cannot_be_uploaded_is_said_once() -> None:
    upload = SimpleUploadedFile("材料.pdf", b"neither this nor that")
    with pytest.raises(Invalid) as refused:
        drafting.received(upload)
    assert refused.value.message == "「材料.pdf」不能上传：不能识别的文件内容。"
