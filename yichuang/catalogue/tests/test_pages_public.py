"""What applicants read: search results and guides."""

import pytest
from django.test import Client
from django.urls import reverse

from yichuang.catalogue import commands
from yichuang.catalogue.tests.factories import AT, DISTRICT, WATER, item, item_list, published, regions
from yichuang.directory.models import Department
from yichuang.kernel import sql
from yichuang.kernel.actor import SYSTEM

pytestmark = pytest.mark.django_db
BARE = "511A0079400004-511602000000-000-115113016823646795-1-00"


def page(address: str, status: int = 200) -> str:
    """The page as a stranger gets it."""
    response = Client().get(address)
    assert response.status_code == status
    return response.content.decode()


def bare(count: int = 1) -> None:
    """Items of a district without guides."""
    regions()
    rows = [
        f"{BARE[:12]}{n:02}{BARE[14:]},取水许可证新办审批{n},1,区行政审批局,{DISTRICT}"
        for n in range(4, 4 + count)
    ]
    commands.import_items(item_list(*rows), "district.csv", by=SYSTEM, at=AT)


def test_a_question_is_answered_with_what_can_be_done_first() -> None:
    published()
    bare()
    words = page(f"{reverse('items')}?q=取水")
    assert words.index("取水许可</a>") < words.index("取水许可证新办审批4</a>")
    assert "可在线办理" in words
    assert "指南尚未编写" in words
    assert "共 2 项与「取水」有关" in words


def test_an_empty_answer_gives_advice_and_what_is_near() -> None:
    published()
    words = page(f"{reverse('items')}?q=我要办取水许可证")
    assert "没有找到与「我要办取水许可证」有关的事项" in words
    assert "字面相近的事项" in words
    assert "取水许可</a>" in words
    assert "字面相近" not in page(f"{reverse('items')}?q=毫不相干")


def test_filters_stay_in_the_address_of_the_next_page() -> None:
    bare(count=30)
    department = Department.objects.get(name="区行政审批局").pk
    words = page(f"{reverse('items')}?q=取水&type=01&department={department}")
    following = words[: words.index('rel="next"')].rpartition('href="')[2].split('"')[0].replace("&amp;", "&")
    assert "type=01" in following
    assert str(department) in following
    second = page(following)
    assert "回到第一页" in second
    assert "取水许可证新办审批4<" not in second


@pytest.mark.parametrize(
    "query", ["?department=x", "?type=zz", "?level=moon", "?audience=x", "?q=%00", "?q=" + "水" * 3000]
)
def test_odd_addresses_are_answered(query: str) -> None:
    published()
    page(f"{reverse('items')}{query}")


def test_a_cursor_that_was_tampered_with_is_told() -> None:
    assert "翻页链接已失效" in page(f"{reverse('items')}?after=xx", status=422)


def test_what_is_typed_is_escaped() -> None:
    words = page(f"{reverse('items')}?q=<script>alert(1)</script>")
    assert "<script>alert" not in words
    assert "&lt;script&gt;" in words


def test_a_guide_shows_everything_that_ui_promises() -> None:
    published()
    words = page(reverse("item", args=[WATER]))
    for expected in (
        "<h1>取水许可</h1>",
        "四川省水利厅",
        "承诺 35 个工作日",
        "法定 45 个工作日",
        "不收费",
        "在线办理",
        "到窗口办理",
        "申请条件",
        "申请材料",
        "为什么不用交",
        "受理标准",
        "办理流程",
        "《中华人民共和国水法》第四十八条",
        "监督投诉",
        "第 1 版，2022年5月13日 发布",
        "暂定内容",
    ):
        assert expected in words, expected
    assert reverse("file-start", args=[WATER]) in words


def test_an_item_without_guide_shows_what_is_known_and_says_so() -> None:
    bare()
    code = item(BARE).code
    words = page(reverse("item", args=[code]))
    assert "办事指南尚未编写" in words
    assert "区行政审批局" in words
    assert code in words
    assert "在线办理</a>" not in words


def test_the_id_of_an_item_leads_to_its_code() -> None:
    published()
    response = Client().get(f"/items/{item(WATER).pk}")
    assert (response.status_code, response["Location"]) == (301, reverse("item", args=[WATER]))


@pytest.mark.parametrize("code", ["nowhere", "a/b", "水"])
def test_an_item_that_is_not_there_is_told(code: str) -> None:
    assert "没有找到这个事项" in page(f"/items/{code}", status=404)


def test_only_reading_is_possible() -> None:
    assert Client().post(reverse("items")).status_code == 405


@pytest.mark.parametrize("count", [1, 20])
def test_the_number_of_statements_does_not_grow_with_the_list(count: int) -> None:
    bare(count)
    client = Client()
    client.get(reverse("items"))
    with sql.counting() as statements:
        client.get(f"{reverse('items')}?q=取水")
    # Results, departments, types.
    assert len([text for text in statements if "catalogue_" in text]) == 3
    published()
    with sql.counting() as statements:
        client.get(reverse("item", args=[WATER]))
    # The guide, and where else one may apply.
    assert len([text for text in statements if "catalogue_" in text]) == 2
