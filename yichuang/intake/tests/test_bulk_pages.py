"""The pages of bulk filing: what an operator sees from upload to the corrected file; nothing for anybody else."""

import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from yichuang.cases.models import Case
from yichuang.gateways.sheets_in import open_sheet
from yichuang.intake.models import BulkRun
from yichuang.intake.pages import bulk as pages
from yichuang.intake.render import bulk_files, bulk_work
from yichuang.intake.tests import factories as make
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.intake.tests.conftest import browser
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor

pytestmark = pytest.mark.django_db
AT = bulk.AT


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: AT)


@pytest.fixture
def item() -> str:
    return bulk.offer().item.code


@pytest.fixture
def by() -> Actor:
    return make.applicant()


def upload(site: Client, item: str, data: bytes, name: str = "台站.csv", **more: str) -> Any:
    file = SimpleUploadedFile(name, data)
    return site.post(f"/my/bulk/new/{item}", {"file": file, "client_key": make.key(), **more})


def text(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


def streamed(site: Client, path: str) -> bytes:
    response: Any = site.get(path)
    return b"".join(response.streaming_content)


def test_of_many_faulty_rows_a_text_is_streamed_and_no_workbook_made(
    item: str, by: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant makes a workbook of whatever there is, within one request."""
    site = browser(by)
    run = bulk.checked(bulk.rows(5, 申请继续使用至="昨天"), by, item)
    where = f"/my/bulk/{run.pk}"
    assert "（Excel）" in text(site.get(where)), "few are marked in a workbook"
    monkeypatch.setattr(bulk_files, "ROWS_AT_ONCE", 2)
    monkeypatch.setattr(pages, "MOST_MARKED", 4)
    page = text(site.get(where))
    assert "错误行超过 4 行：以 CSV 下载。" in page
    assert ("（Excel）" in page, "下载需要改正的行（CSV）" in page) == (False, True)
    made: list[BulkRun] = []
    monkeypatch.setattr(pages, "write_faults", lambda found, _out: made.append(found))
    with sql.counting() as statements:
        answer: Any = site.get(f"{where}/errors")
        assert answer["Content-Type"].startswith("text/csv")
        assert not asked_for_rows(statements), "nothing is read before the first line goes out"
        lines = iter(answer.streaming_content)
        assert next(lines).decode("utf-8-sig").startswith("邮政编码,")
        next(lines)
        assert len(asked_for_rows(statements)) == 1, "and then by blocks"
        data = b"".join(lines)
        assert len(asked_for_rows(statements)) == 4
    assert (data.count("【申请继续使用至】".encode()), made) == (4, [])
    with monkeypatch.context() as broken:
        broken.setattr(pages, "MOST_MARKED", 500_000)
        streamed(site, f"{where}/errors")
        assert made == [run]
    whole = streamed(site, f"{where}/errors")
    assert bulk.begun(whole, by, item=item, supplements=run.pk), "it can be uploaded as it is"


def asked_for_rows(statements: list[str]) -> list[str]:
    return [one for one in statements if "select number, cells, faults from intake_bulkrow" in one]


def test_from_the_upload_to_the_corrected_file(item: str, by: Actor) -> None:
    site = browser(by)
    assert "还没有上传过文件" in text(site.get("/my/bulk"))
    assert f'href="/my/bulk/new/{item}"' in text(site.get("/my/bulk"))
    page = text(site.get(f"/my/bulk/new/{item}"))
    assert "下载 Excel 模板" in page
    table = [*bulk.rows(3), *bulk.rows(1, first=8, 台站名称="<b>示例</b>", 申请继续使用至="昨天")]
    sent = upload(site, item, bulk.as_csv(table))
    assert sent.status_code == 302, text(sent)
    where = sent["Location"]
    waiting = text(site.get(where))
    assert 'hx-trigger="every 2s"' in waiting
    assert "<html" not in text(site.get(where, headers={"HX-Request": "true"}))
    run = BulkRun.objects.get()
    bulk_work.run(run.pk, at=AT)
    assert site.get(where, headers={"HX-Request": "true"})["HX-Refresh"] == "true"
    checked = text(site.get(where))
    assert "申报 3 件" in checked
    assert "“申请继续使用至”" in checked
    assert "<b>示例" not in checked
    assert "第 2 行" in checked, "a sample of what will be filed"
    found: Any = site.get(f"{where}/errors")
    with open_sheet(io.BytesIO(b"".join(found.streaming_content)), name="错.xlsx") as sheet:
        assert len(list(sheet.rows())) == 1
    assert streamed(site, f"{where}/errors?format=csv").decode("utf-8-sig").count("\n") == 2
    key = make.key()
    stale = site.post(f"{where}/confirm", {"cases": "9", "client_key": key})
    assert (stale.status_code, Case.objects.count()) == (409, 0)
    for _ in range(2):
        assert site.post(f"{where}/confirm", {"cases": "3", "client_key": key}).status_code == 302
    assert "还需约" not in text(site.get(where))
    assert site.post(f"{where}/act", {"act": "pause"}).status_code == 302
    assert "已暂停" in text(site.get(where))
    assert site.post(f"{where}/act", {"act": "pause"}).status_code == 409
    assert site.post(f"{where}/act", {"act": "resume"}).status_code == 302
    assert site.post(f"{where}/act", {"act": "jump"}).status_code == 404
    bulk_work.run(run.pk, at=AT)
    done = text(site.get(where))
    assert "已完成" in done
    assert "上传改正后的文件" in done
    assert upload(site, item, bulk.as_csv(table))["Location"] == where, "the same file is the same run"
    assert "已经上传过" in text(site.get(where))
    second = upload(site, item, bulk.as_csv(bulk.rows(1, first=8)), after=str(run.pk))["Location"]
    assert "补充自前一次申报" in text(site.get(second))
    assert "后来补充的文件" in text(site.get(where))
    assert "台站.csv" in text(site.get("/my/bulk?q=台站"))
    assert "没有找到" in text(site.get("/my/bulk?q=没有的"))
    assert "台站.csv" in streamed(site, "/my/bulk?format=csv").decode()
    assert site.get("/my/bulk?after=zzz").status_code == 422
    assert "批量申报已完成" in text(site.get("/my/messages"))


def test_a_file_that_cannot_be_read_says_why(item: str, by: Actor) -> None:
    site = browser(by)
    for data, name, words in (
        (b"", "空.csv", "请选择填好的"),
        (b"PK\x03\x04" + b"\0" * 40, "坏.xlsx", "损坏"),
        ("联系人\n张示例".encode("utf-16"), "表.csv", "UTF-16"),
        ("联系人,联系人\n1,2\n".encode(), "表.csv", "两列都叫"),
        (b"%PDF-1.4", "表.pdf", "不是表格"),
    ):
        response = upload(site, item, data, name)
        assert (response.status_code, words in text(response)) == (422, True), (name, text(response)[:2000])
    assert not BulkRun.objects.exists()
    assert site.get("/my/bulk/new/none").status_code == 404


def test_columns_are_chosen_on_the_page(item: str, by: Actor) -> None:
    site = browser(by)
    odd = [
        {("站名" if name == "台站名称" else name): cell for name, cell in row.items()} for row in bulk.rows(2)
    ]
    where = upload(site, item, bulk.as_csv(odd, "gb18030"))["Location"]
    page = text(site.get(where))
    assert "缺少必填的列“台站名称”" in page
    run = BulkRun.objects.get()
    chosen = {f"column-{n}": code for n, code in enumerate(run.mapping)}
    refused = site.post(f"{where}/columns", {**chosen, "seen": str(run.edit)})
    assert refused.status_code == 422
    chosen[f"column-{run.header.index('站名')}"] = "station_name"
    assert site.post(f"{where}/columns", {**chosen, "seen": str(run.edit)}).status_code == 302
    bulk_work.run(run.pk, at=AT)
    run.refresh_from_db()
    assert (run.state, run.good) == ("checked", 2)
    assert site.post(f"{where}/act", {"act": "cancel"}).status_code == 302
    assert "已取消" in text(site.get(where))


def test_an_item_that_needs_files_is_not_offered(by: Actor) -> None:
    make.offer()
    site = browser(by)
    assert "没有可以批量申报的事项" in text(site.get("/my/bulk"))
    assert "表格不能带文件" in text(site.get(f"/my/bulk/new/{make.WATER}"))
    assert upload(site, make.WATER, bulk.as_csv(bulk.rows(1))).status_code == 422


def test_nobody_else_sees_a_run(item: str, by: Actor) -> None:
    run = bulk.checked(bulk.rows(1), by, item)
    other = browser(make.stranger())
    for path in ("", "/errors"):
        assert other.get(f"/my/bulk/{run.pk}{path}").status_code == 404
    assert other.post(f"/my/bulk/{run.pk}/act", {"act": "cancel"}).status_code == 404
    assert "台站.csv" not in text(other.get("/my/bulk"))
    assert browser(make.window_clerk()).get("/desk/bulk").status_code == 403
    assert browser().get("/my/bulk").status_code == 302


def test_staff_have_the_same_pages_at_their_desk(item: str) -> None:
    version = (
        pytest.importorskip("yichuang.catalogue.models").Item.objects.select_related("current").get(code=item)
    )
    clerk = bulk.clerk(version.current)
    desk = browser(clerk)
    assert f"/desk/bulk/new/{item}" in text(desk.get("/desk/bulk"))
    page = text(desk.get(f"/desk/bulk/new/{item}"))
    assert "每一行的纸质材料都已收齐" in page
    assert "证件号码" in page
    template = desk.get(f"/desk/bulk/new/{item}/template?format=csv").content.decode("utf-8-sig")
    assert template.startswith("申请人名称,证件类型,证件号码,联系电话")


def test_the_list_asks_the_same_number_of_statements_however_long(item: str, by: Actor) -> None:
    site = browser(by)

    def asked() -> int:
        with sql.counting() as statements:
            site.get("/my/bulk")
        return len(statements)

    bulk.begun(bulk.as_csv(bulk.rows(1)), by, item=item)
    asked()
    few = asked()
    for number in range(2, 6):
        bulk.begun(bulk.as_csv(bulk.rows(1, first=number)), by, item=item)
    assert asked() == few <= 8
