"""Files of filings for tests: 无线电台执照延续 for a fictional company, by the hundred."""

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.conf import settings

from yichuang.catalogue import fixtures
from yichuang.catalogue.commands import load_guides
from yichuang.catalogue.models import GuideVersion
from yichuang.catalogue.tests import factories as catalogue
from yichuang.catalogue.tests.factories_authorisations import open_to_window
from yichuang.directory.flow import Capability
from yichuang.directory.models import Region
from yichuang.directory.tests import factories as people
from yichuang.gateways.files import FileStore
from yichuang.gateways.sheets_in import open_sheet
from yichuang.intake.commands.bulk import Begun, NewRun, begin_run, confirm_run
from yichuang.intake.models import BulkRun
from yichuang.intake.render import bulk_work
from yichuang.intake.tests import factories as make
from yichuang.kernel.actor import Actor

AT = make.AT
RENEWAL = "radio-station-renewal.json"
# Column by column as operators name them; the values are right for the item.
ROW = {
    "邮政编码": "610000",
    "联系人": "张示例",
    "是否委托代理人办理": "否",
    "原电台执照编号": "示例照〔2020〕{n:06d}",
    "台站名称": "示例山{n}号中继台",
    "台站所在县（市、区）": "成都市武侯区",
    "原执照有效期截止日": "2028年12月31日",
    "使用的频率是否需要频率使用许可": "否",
    "申请继续使用至": "2033/12/31",
    "台站参数是否与原执照一致": "是",
    "使用期间有无干扰投诉": "无。",
    "申请人承诺": "全部",
    "承诺人": "李示例",
    "承诺日期": "20220513",
}


def offer() -> GuideVersion:
    """The item, published, open to the window, with the county that the rows name."""
    catalogue.regions()
    catalogue.departments()
    data = next(data for name, data in fixtures.guides() if name == RENEWAL)
    load_guides(AT, [(RENEWAL, data)])
    found = GuideVersion.objects.select_related("item").get(
        item__code=str(data["item_code"]), state="published"
    )
    open_to_window(found.item, AT)
    Region.objects.get_or_create(
        code=make.COUNTY, defaults={"name": "武侯区", "level": "county", "parent_id": "510100000000"}
    )
    return found


def rows(count: int, *, first: int = 1, **changes: str) -> list[dict[str, str]]:
    """Sound rows, each with a number of its own."""
    return [
        {**{name: text.format(n=n) for name, text in ROW.items()}, **changes}
        for n in range(first, first + count)
    ]


def as_csv(table: Sequence[Mapping[str, str]], encoding: str = "utf-8-sig") -> bytes:
    """The rows as a CSV file."""
    out = io.StringIO()
    writer = csv.DictWriter(out, list(table[0]))
    writer.writeheader()
    writer.writerows(table)
    return out.getvalue().encode(encoding)


def kept(data: bytes, name: str) -> tuple[str, list[str]]:
    """The file put away as an upload does: its digest and its heading."""
    with open_sheet(io.BytesIO(data), name=name) as sheet:
        header = sheet.header
    return FileStore(settings.FILES_DIR).put(data).digest, header


def begun(
    data: bytes, by: Actor, *, item: str, name: str = "台站.csv", at: datetime = AT, papers: bool = False,
    supplements: UUID | None = None,
) -> Begun:  # fmt: skip
    """A run begun with a file."""
    digest, header = kept(data, name)
    return begin_run(
        NewRun(item, name, digest, len(data), header, papers=papers, supplements=supplements),
        by=by, at=at, key=make.key(),
    )  # fmt: skip


def run_of(begun_run: Begun) -> BulkRun:
    """The run as it is now."""
    return BulkRun.objects.get(pk=begun_run.id)


def checked(table: Iterable[Mapping[str, str]], by: Actor, item: str, *, at: datetime = AT) -> BulkRun:
    """A run whose rows were judged."""
    made = begun(as_csv(list(table)), by, item=item, at=at)
    bulk_work.run(made.id, at=at)
    return run_of(made)


def filed(table: Iterable[Mapping[str, str]], by: Actor, item: str, *, at: datetime = AT) -> BulkRun:
    """A run that was judged, confirmed and filed."""
    found = checked(table, by, item, at=at)
    confirm_run(found.pk, cases=found.good, by=by, at=at, key=make.key())
    bulk_work.run(found.pk, at=at)
    found.refresh_from_db()
    return found


def clerk(item: GuideVersion, username: str = "bulkclerk") -> Actor:
    """Staff of the department who may file by a table."""
    department = item.item.department
    return people.staff(
        username,
        people.post(
            department,
            "批量申报",
            [Capability.CASE_FILE_BULK, Capability.CASE_FILE_FOR, Capability.CASE_SEARCH],
        ),
    )


def answers_of(row: Mapping[str, str]) -> dict[str, object]:
    """The row as a machine would send it by itself, in the form's own spelling."""
    number = json.loads(json.dumps(row["台站名称"])).split("号")[0].removeprefix("示例山")
    return {
        "postcode": 610000, "contact_name": "张示例", "by_agent": "no",
        "licence_no": f"示例照〔2020〕{int(number):06d}", "station_name": f"示例山{number}号中继台",
        "region": make.COUNTY, "licence_until": "2028-12-31", "frequency_licensed": "no", "uses_until": "2033-12-31",
        "parameters_same": "yes", "interference": "无。",
        "promises": ["true_materials", "no_harm", "planning", "report", "fee"], "signer": "李示例",
        "signed_on": "2022-05-13",
    }  # fmt: skip
