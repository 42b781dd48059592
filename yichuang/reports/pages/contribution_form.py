"""The form of a contribution: what was typed as plain values, a draft as JSON, and the contribution that it makes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile

from yichuang.gateways.files import FileStore
from yichuang.gateways.photos import BrokenPhotoError, stripped
from yichuang.gateways.uploads import MEGABYTE, Kind, Limits, sniff
from yichuang.kernel.errors import Invalid
from yichuang.kernel.keys import parse_uuid
from yichuang.kernel.web import Request, clean_text
from yichuang.reports import queries
from yichuang.reports.commands import NewContribution, NewFigure, NewPhoto
from yichuang.reports.commands.contributing import MOST_FIGURES, MOST_PHOTOS
from yichuang.reports.pages.common import text
from yichuang.reports.queries import Stated
from yichuang.reports.rules.figure_fields import printed_value

FIELDS = ("report", "section", "title", "happened_on", "body")
FIGURE_FIELDS = ("label", "value", "unit", "as_of", "ref", "source")
PHOTO_BYTES = 10 * MEGABYTE
PHOTO_PIXELS = 60_000_000
BLANK_FIGURES = 2
LONGEST_NAME = 120
LONGEST_CAPTION = 80


@dataclass(frozen=True, slots=True)
class Typed:
    """Everything that stands in the form, as typed."""

    fields: Mapping[str, str]
    figures: tuple[Mapping[str, str], ...] = ()
    photos: tuple[Mapping[str, Any], ...] = field(default=())

    def as_json(self) -> dict[str, Any]:
        """For the draft."""
        return {
            "fields": dict(self.fields),
            "figures": [dict(each) for each in self.figures],
            "photos": [dict(each) for each in self.photos],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "Typed":
        """What `as_json` described."""
        return cls(data.get("fields", {}), tuple(data.get("figures", ())), tuple(data.get("photos", ())))

    @property
    def shown_figures(self) -> list[Mapping[str, str]]:
        """The figures with some blank rows below them."""
        blank = dict.fromkeys(FIGURE_FIELDS, "")
        return [*self.figures, *[blank] * min(BLANK_FIGURES, max(0, MOST_FIGURES - len(self.figures)))]


def typed(request: Request, before: Typed) -> Typed:
    """What the form sends; photos come from the draft alone, the form only captions or removes them."""
    figures = []
    for place in range(MOST_FIGURES + BLANK_FIGURES):
        row = {name: text(request, f"figure-{name}-{place}", 400) for name in FIGURE_FIELDS}
        if any(words for name, words in row.items() if name not in ("as_of", "unit")):
            figures.append(row)
    photos = [
        {**photo, "caption": text(request, f"caption-{place}", LONGEST_CAPTION)}
        for place, photo in enumerate(before.photos)
        if text(request, "act") != f"remove:{place}"
    ]
    return Typed({name: text(request, name) for name in FIELDS}, tuple(figures), tuple(photos))


def with_uploads(request: Request, given: Typed) -> tuple[Typed, dict[str, str]]:
    """The form with the photos that came along, and what was wrong with those that could not be kept."""
    photos, wrong = list(given.photos), []
    known = {photo["sha256"] for photo in photos}
    for upload in request.FILES.getlist("photos"):
        try:
            if len(photos) >= MOST_PHOTOS:
                raise Invalid(f"最多 {MOST_PHOTOS} 张照片。", how="请先删去不用的。")
            kept = _kept(upload)
        except Invalid as problem:
            wrong.append(f"「{upload.name}」没有上传：{problem.message}{problem.how}")
            continue
        if kept["sha256"] not in known:
            known.add(kept["sha256"])
            photos.append(kept)
    return replace(given, photos=tuple(photos)), {"photos": "".join(wrong)} if wrong else {}


def _kept(upload: "UploadedFile[bytes]") -> dict[str, Any]:
    """Check a picture by its content, take place, time and device out of it, keep it. Raises Invalid."""
    if (upload.size or 0) > PHOTO_BYTES:
        raise Invalid(f"照片超过 {PHOTO_BYTES // MEGABYTE} MB。", how="请缩小后再上传。")
    data = upload.read()
    kind = sniff(data, upload.name or "", Limits(size=PHOTO_BYTES, pixels=PHOTO_PIXELS))
    if kind not in (Kind.JPEG, Kind.PNG):
        raise Invalid("这不是照片。", how="请上传 JPEG 或 PNG 图片。")
    try:
        clean = stripped(data)
    except BrokenPhotoError as error:
        raise Invalid("照片已损坏，打不开。", how="请换一张，或者重新拍照。") from error
    stored = FileStore(settings.FILES_DIR).put(clean)
    name = clean_text(PurePath((upload.name or "").replace("\\", "/")).name, limit=LONGEST_NAME)
    return {
        "sha256": stored.digest,
        "kind": kind.value,
        "name": name,
        "size": stored.size,
        "caption": "",
    }


def forget_photos(photos: Iterable[Mapping[str, Any]]) -> int:
    """Remove the files of photos that nothing keeps any more; how many. Called after the row that held them is gone."""
    store, found = FileStore(settings.FILES_DIR), 0
    for digest in {photo["sha256"] for photo in photos}:
        if not queries.file_is_kept(digest):
            store.forget(digest)
            found += 1
    return found


def contribution_of(given: Typed, choices: Mapping[str, Stated]) -> NewContribution:
    """The contribution that the form states. Raises Invalid for a day or a number that is none."""
    wrong: dict[str, str] = {}
    happened_on = _day(given.fields["happened_on"], "happened_on", wrong)
    figures = [_figure(place, row, choices, wrong) for place, row in enumerate(given.figures)]
    if wrong:
        raise Invalid("素材有误，请按提示修改。", fields=wrong)
    return NewContribution(
        title=given.fields["title"],
        body=given.fields["body"],
        section=given.fields["section"],
        happened_on=happened_on,
        report_id=parse_uuid(given.fields["report"]),
        figures=tuple(figure for figure in figures if figure),
        photos=tuple(NewPhoto(**photo) for photo in given.photos),
    )


def _figure(
    place: int, row: Mapping[str, str], choices: Mapping[str, Stated], wrong: dict[str, str]
) -> NewFigure | None:
    """One figure; where a register states it, its value, unit and day are the register's own."""
    chosen = choices.get(row["ref"])
    if chosen is not None:
        words = (chosen.label, chosen.value, chosen.unit, chosen.as_of, chosen.register)
        return NewFigure(*words, chosen.code, chosen.address)
    if row["ref"]:
        wrong[f"figure-ref-{place}"] = "登记册中已经没有这个数，请重新选择，或者写明来源"
    value, as_of = (
        _value(row["value"], place, wrong),
        _day(row["as_of"], f"figure-as_of-{place}", wrong),
    )
    if as_of is None and f"figure-as_of-{place}" not in wrong:
        wrong[f"figure-as_of-{place}"] = "请填写数字截至哪一天"
    if value is None or as_of is None:
        return None
    return NewFigure(row["label"], value, row["unit"], as_of, row["source"])


def _value(raw: str, place: int, wrong: dict[str, str]) -> Decimal | None:
    value = printed_value(raw)
    if value is None or len(raw) > 30:
        wrong[f"figure-value-{place}"] = "请填写数字，例如：36 或 64.29"
        return None
    return value


def _day(raw: str, name: str, wrong: dict[str, str]) -> date | None:
    if not raw:
        return None
    try:
        return date.fromisoformat(raw)
    except ValueError:
        wrong[name] = "请按 2022-05-13 的格式填写"
        return None
