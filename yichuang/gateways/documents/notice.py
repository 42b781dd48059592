"""Notices and decisions to one addressee: as PDF and as plain text."""

from pathlib import Path
from typing import Any

from yichuang.gateways import qr
from yichuang.gateways.documents import typesetting
from yichuang.gateways.documents.blocks import notice_lines
from yichuang.gateways.documents.model import FormRow, OfficialNotice, clean


def notice_text(notice: OfficialNotice) -> str:
    """The words of the notice, one line each: for messages, search and comparison."""
    return "".join(f"{line}\n" for line in notice_lines(notice))


def notice_pdf(notice: OfficialNotice, fonts: Path) -> bytes:
    """PDF/A-2b in the form of an official document; the same notice and typefaces give the same bytes.

    The place for the seal is marked and left empty: an image of a seal is no seal. Raises Unavailable where no
    typeface in `fonts` or on the machine can draw the text.
    """
    return typesetting.pdf("notice.typ", _data(notice), fonts, notice.dated)


def _data(notice: OfficialNotice) -> dict[str, Any]:
    return {
        "title": clean(notice.title),
        "author": clean(notice.issuer),
        "issuer": clean(notice.issuer),
        "number": clean(notice.number_text),
        "addressee": clean(notice.addressee),
        "issued_on": clean(notice.issued_on_text),
        "opening": _lines(notice.opening),
        "items": [
            {"name": clean(item.name), "fault": clean(item.fault), "requirement": clean(item.requirement)}
            for item in notice.items
        ],
        "form": [_form_row(row) for row in notice.form],
        "closing": _lines(notice.closing),
        "deadline": _deadline(notice),
        "basis": _lines(notice.basis),
        "remedies": _lines(notice.remedies),
        "contact": _lines(notice.contact),
        "seal": clean(notice.seal_text),
        "qr": qr.svg(notice.follow_url) if notice.follow_url else "",
        "follow": _lines((notice.follow_text or notice.title, notice.follow_url))
        if notice.follow_url
        else [],
        "small_print": _lines(notice.small_print),
    }


def _form_row(row: FormRow) -> dict[str, Any]:
    options = [clean(option) for option in row.options]
    return {"label": clean(row.label), "value": clean(row.value), "options": options, "lines": row.lines}


def _deadline(notice: OfficialNotice) -> dict[str, Any] | None:
    if notice.deadline is None:
        return None
    return {
        "label": clean(notice.deadline.label),
        "day": clean(notice.deadline.day_text),
        "how": _lines(notice.deadline.how),
    }


def _lines(texts: tuple[str, ...]) -> list[str]:
    return [line for line in (clean(text).strip() for text in texts) if line]
