"""The words that pages put beside the data, and CSV files."""

import csv
import io
from datetime import date

import pytest

from yichuang.catalogue.commands.blank import blank_guide
from yichuang.catalogue.flow import HandlingKind, ItemType, MaterialSource
from yichuang.catalogue.models import Item
from yichuang.catalogue.pages.guide_view import limit_words, view_of
from yichuang.catalogue.rules.completeness import lint
from yichuang.catalogue.rules.guide import Limit, read_guide
from yichuang.catalogue.tests.factories import guide_data
from yichuang.directory.models import Department
from yichuang.kernel.csv_out import csv_response


def facts(**changes: object) -> dict[str, tuple[str, str]]:
    """The line of facts of 取水许可 with elements changed."""
    view = view_of(read_guide(guide_data(**changes)))
    return {name: (value, note) for name, value, note in view.facts}


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        (Limit(20, "x"), "20 个工作日"),
        (Limit(0, "x"), "当场办结"),
        (Limit(30, "x", unit="日", rule="calendar_days_from_next_day"), "30 日"),
    ],
)
def test_limits_in_words(limit: Limit, words: str) -> None:
    assert limit_words(limit) == words


def test_the_line_of_facts() -> None:
    assert facts() == {
        "办理时限": ("承诺 35 个工作日", "法定 45 个工作日"),
        "费用": ("不收费", ""),
        "到现场次数": ("不用到现场", ""),
        "办件类型": (HandlingKind.PROMISED.value, ""),
    }
    assert facts(visits_needed=2)["到现场次数"] == ("2 次", "")
    charged = {"charged": True, "note": "每件示例元", "basis": "某办法第一条"}
    assert facts(fee=charged)["费用"] == ("收费", "")


def test_a_licence_without_limit_has_the_general_one_and_another_item_none() -> None:
    limits = guide_data()["limits"] | {"statutory": None}
    assert facts(limits=limits)["办理时限"][1] == "法定 20 个工作日"
    assert facts(limits=limits, item_type="20")["办理时限"][1] == "没有法定时限"


def test_materials_say_how_and_from_where_and_why_not() -> None:
    data = guide_data()
    view = view_of(read_guide(data))
    rows = {row.name: row for row in view.materials}
    application = rows["取水许可申请书"]
    assert application.form == "不用交"
    assert application.source.startswith("免提交：")
    assert application.why_not_needed
    statement = rows["与第三者利害关系的相关说明"]
    assert statement.form == "原件，1 份"
    assert dict(statement.notes)["纸质"] == "A4"
    assert view.needed == sum(one["source"] != MaterialSource.NOT_NEEDED.value for one in data["materials"])
    assert rows["建设项目备案证明"].situation == "属于备案类的建设项目"


def test_online_needs_a_channel_and_a_form() -> None:
    assert view_of(read_guide(guide_data())).online
    assert not view_of(read_guide(guide_data(channels=["window"]))).online
    assert not view_of(read_guide(guide_data(form={"sections": []}))).online
    assert not view_of(read_guide(guide_data(channels=["online"]))).window


def test_a_csv_opens_in_a_spreadsheet_and_runs_nothing() -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "普通", "有，逗号", '引"号', 7, date(2022, 5, 13), ""]
    response = csv_response("事项 清单.csv", ["列"] * len(cells), [cells])
    content = b"".join(response)
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"))))
    assert rows[1] == [
        "'=1+1",
        "'+1",
        "'-1",
        "'@x",
        "'\tx",
        "普通",
        "有，逗号",
        '引"号',
        "7",
        "2022-05-13",
        "",
    ]
    assert response["Content-Disposition"].endswith("%E4%BA%8B%E9%A1%B9%20%E6%B8%85%E5%8D%95.csv")


@pytest.mark.parametrize("item_type", [*ItemType, "00", "19"])
def test_a_blank_guide_can_be_read_and_lists_what_it_lacks(item_type: str) -> None:
    department = Department(code="water", name="水利厅", short_name="水利厅")
    item = Item(code="x-1", name="示例事项", item_type=item_type, department=department)
    guide = read_guide(blank_guide(item))
    expected = item_type if item_type in set(ItemType) else ItemType.OTHER_POWER
    assert (guide.name, guide.department, guide.item_type) == ("示例事项", "water", expected)
    lacking = {finding.path for finding in lint(guide) if finding.level == "error"}
    assert {"summary", "conditions", "legal_basis", "steps", "result.name", "consult.phone"} <= lacking
    view_of(guide)
