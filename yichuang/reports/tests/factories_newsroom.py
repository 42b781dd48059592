"""Registers that offer what a test says, and drafts with numbers in their words."""

import struct
import zlib
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.conf import settings

from yichuang.gateways.files import FileStore
from yichuang.kernel.offers import Offer, OfferedFigure
from yichuang.reports import commands, queries
from yichuang.reports.models import FigureField, Report
from yichuang.reports.queries import PlacedNumber
from yichuang.reports.queries import offers as providers
from yichuang.reports.rules.figure_fields import Binding
from yichuang.reports.tests import factories as make

REGISTER = "试验登记册"
DAYS = (make.FIRST, make.LAST)


class Register:
    """A register whose rows a test changes."""

    def __init__(self) -> None:
        self.rows: list[Offer] = []
        self.asked: list[tuple[date, date]] = []

    def __call__(self, first: date, last: date) -> list[Offer]:
        self.asked.append((first, last))
        return list(self.rows)


def installed(monkeypatch: pytest.MonkeyPatch) -> Register:
    """A register of the test's own in the place of all others."""
    register = Register()
    monkeypatch.setattr(providers, "PROVIDERS", {REGISTER: register})
    return register


def figure(value: int | str, printed: str = "", **changes: Any) -> OfferedFigure:
    """A figure of a register."""
    values: dict[str, Any] = {
        "code": "guiding.visits", "label": "上门指导", "value": Decimal(value), "unit": "家", "as_of": make.LAST,
        "printed": printed or str(value), "address": "/desk/programmes/events",
    }  # fmt: skip
    return OfferedFigure(**(values | changes))


def offer(text: str = "水利厅上门指导企业12家。", *figures: OfferedFigure, **changes: Any) -> Offer:
    """A sentence of a register."""
    values: dict[str, Any] = {
        "key": "guiding:1", "register": "x", "topic": "efficiency", "text": text,
        "address": "/desk/programmes/events", "figures": figures or (figure(12),), "day": make.LAST,
    }  # fmt: skip
    return Offer(**(values | changes))


def placed(report: Report) -> tuple[PlacedNumber, ...]:
    """The numbers of a report as it is now."""
    fresh = make.fresh(report)
    return queries.placed_numbers(fresh, queries.content_of(fresh))


def bind(report: Report, index: int = 0, **changes: Any) -> None:
    """Name a source for one number."""
    number = placed(report)[index]
    origin: dict[str, Any] = {
        "kind": Binding.TYPED, "label": "上门指导", "as_of": make.LAST, "source": "水利厅台账",
    }  # fmt: skip
    commands.bind_number(
        report.pk,
        commands.Place(number.item_id, number.ordinal, number.number.printed),
        commands.Origin(**(origin | changes)),
        by=make.editor(),
        at=make.AT,
    )


def fields(report: Report) -> list[tuple[str, str]]:
    """(print, kind) of every row, in the order of the text."""
    return [(row.printed, row.kind) for row in FigureField.objects.filter(report=report)]


def png(width: int = 2, height: int = 2) -> bytes:
    """A small picture."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    lines = zlib.compress((b"\0" + b"\x80" * width) * height)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", lines) + chunk(b"IEND", b"")


def stored_photo() -> dict[str, Any]:
    """A photo that the store holds, as a draft keeps it."""
    kept = FileStore(settings.FILES_DIR).put(png())
    return {"sha256": kept.digest, "kind": "png", "name": "a.png", "size": kept.size, "caption": ""}


Act = Callable[[], object]
