"""Inspectors, departments that rectify, rounds and findings for tests; pictures with a place in them."""

import io
import struct
import zlib
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.core.files.uploadedfile import SimpleUploadedFile

from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.halls.commands import findings, rounds
from yichuang.halls.commands.findings import FindingForm, NewPhoto, StepForm
from yichuang.halls.flow.findings import FindingAction, FindingState
from yichuang.halls.flow.rounds import Register
from yichuang.halls.models import Finding, HallRound, InspectionTerm
from yichuang.halls.queries.rounds import open_round
from yichuang.kernel.actor import Actor
from yichuang.kernel.times import SHANGHAI

AT = datetime(2022, 5, 11, 9, 10, tzinfo=SHANGHAI)


def inspector(username: str = "inspector", *, everywhere: bool = True) -> Actor:
    """Inspects the hall for the centre."""
    office = people.department("政务平台服务处", "902", "川政平")
    held = [Capability.HALL_INSPECT, Capability.DUTY_PLAN, Capability.DUTY_RECORD]
    return people.staff(username, people.post(office, f"巡查{everywhere}", held, everywhere=everywhere))


def everything(username: str = "everything") -> Actor:
    """Inspects and rectifies everywhere: only four eyes stop such a person."""
    office = people.department("政务平台服务处", "902", "川政平")
    held = [
        Capability.HALL_INSPECT,
        Capability.HALL_RECTIFY,
        Capability.DUTY_PLAN,
        Capability.DUTY_RECORD,
    ]
    return people.staff(username, people.post(office, "全权", held, everywhere=True))


def rectifier(where: Department | None = None, username: str = "rectifier") -> Actor:
    """Rectifies, and records duty visits, for a department."""
    post = people.post(where or water(), "窗口负责人", [Capability.HALL_RECTIFY, Capability.DUTY_RECORD])
    return people.staff(username, post)


def water() -> Department:
    """水利厅."""
    return people.department()


def industry() -> Department:
    """Another department."""
    return people.department("经济和信息化厅", "105", "川经信")


def term(register: Register, code: str) -> InspectionTerm:
    """An entry of a list."""
    return InspectionTerm.objects.get(register=register, code=code)


def begun(by: Actor | None = None, at: datetime = AT, kind: str = "daily") -> HallRound:
    """An open round."""
    wanted = term(Register.KIND, kind).pk
    return rounds.start_round(wanted, by=by or inspector(), at=at, key=uuid4().hex)


def form(**changes: Any) -> FindingForm:
    """A finding as it is entered."""
    values: dict[str, Any] = {
        "heading_id": term(Register.HEADING, "attendance").pk,
        "category_id": term(Register.CATEGORY, "vacant").pk,
        "department_id": water().pk, "window": "A01", "words": "9点10分无人在岗", "answering": "窗口负责人",
        "days": 3, "photos": (),
    }  # fmt: skip
    return FindingForm(**(values | changes))


def found(
    round_id: UUID | None = None, at: datetime = AT, by: Actor | None = None, **changes: Any
) -> Finding:
    """A finding that has just been recorded."""
    by = by or inspector()
    if round_id is None:
        held = open_round(by) or begun(by, at)
        round_id = held.pk
    return findings.record_finding(round_id, form(**changes), by=by, at=at, key=uuid4().hex)


WAYS: dict[FindingState, tuple[FindingAction, ...]] = {
    FindingState.FOUND: (),
    FindingState.NOTIFIED: (FindingAction.NOTIFY,),
    FindingState.RECTIFYING: (FindingAction.NOTIFY, FindingAction.START),
    FindingState.RECTIFIED: (FindingAction.NOTIFY, FindingAction.RECTIFY),
    FindingState.PASSED: (FindingAction.NOTIFY, FindingAction.RECTIFY, FindingAction.APPROVE),
    FindingState.FAILED: (FindingAction.NOTIFY, FindingAction.RECTIFY, FindingAction.REJECT),
    FindingState.WITHDRAWN: (FindingAction.WITHDRAW,),
}


def moved(finding: Finding, *actions: FindingAction, at: datetime = AT) -> Finding:
    """The finding after some steps, each by who may take it."""
    for action in actions:
        mine = action in (FindingAction.START, FindingAction.RECTIFY)
        by = rectifier() if mine else inspector()
        finding = findings.step_finding(
            finding.pk, action, StepForm("已整改到位", (), 2), seen=finding.seq, by=by, at=at
        )
    return finding


def in_state(state: FindingState) -> Finding:
    """A finding in a state."""
    return moved(found(), *WAYS[state])


def photo(mark: str = "a") -> NewPhoto:
    """A picture as a command gets it."""
    return NewPhoto(mark * 64, "jpeg", 1234)


GPS = b"GPSLatitude 30.6570 GPSLongitude 104.0650"


def jpeg(*, turn: int = 1, place: bool = True, comment: bytes = b"", tail: bytes = b"") -> bytes:
    """A small JPEG whose structure is whole, with an EXIF that names a place and a turn as a phone's does."""
    parts = [b"\xff\xd8", _segment(0xE0, b"JFIF\0\x01\x02\0\0\x01\0\x01\0\0")]
    if place:
        tiff = b"II*\0" + struct.pack("<IHHHIHHI", 8, 1, 0x0112, 3, 1, turn, 0, 0) + GPS
        parts.append(_segment(0xE1, b"Exif\0\0" + tiff))
    if comment:
        parts.append(_segment(0xFE, comment))
    parts += [
        _segment(0xDB, b"\0" + bytes(64)),
        _segment(0xC0, struct.pack(">BHHBBBB", 8, 8, 8, 1, 1, 0x11, 0)),
        _segment(0xC4, b"\0" + bytes(16) + b"\0"),
        _segment(0xDA, b"\x01\x01\0\0\x3f\0"),
        b"\x12\xff\x00\x34\xff\xd0\x56",
        b"\xff\xd9",
    ]
    return b"".join(parts) + tail


def _segment(marker: int, content: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(content) + 2) + content


def png(*, place: bool = True, side: int = 1) -> bytes:
    """A real PNG, white, with words that name a place."""
    rows = b"".join(b"\0" + b"\xff" * 3 * side for _ in range(side))
    words = _chunk(b"tEXt", b"Comment\0" + GPS) + _chunk(b"eXIf", GPS) if place else b""
    head = _chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + words + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def upload(data: bytes | None = None, name: str = "IMG_0001.jpg") -> SimpleUploadedFile:
    """A picture on its way in."""
    return SimpleUploadedFile(name, io.BytesIO(jpeg() if data is None else data).read(), "image/jpeg")


def looked_over(at: datetime = AT, *, good: tuple[str, ...] = ()) -> HallRound:
    """A finished round that found nothing, under every heading or under those named."""
    codes = good or tuple(each.code for each in InspectionTerm.objects.filter(register=Register.HEADING))
    made = begun(at=at)
    return rounds.finish_round(made.pk, codes, ["A01"], "", by=inspector(), at=at)
