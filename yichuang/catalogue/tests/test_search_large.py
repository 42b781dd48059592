"""Searching a large catalogue: what is shown is what an exhaustive order would show, page by page, and no word reads the whole of it."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from yichuang.catalogue import commands
from yichuang.catalogue.models import Item
from yichuang.catalogue.queries import lines
from yichuang.catalogue.tests.factories import regions
from yichuang.directory.models import Department
from yichuang.kernel import bigrams, sql
from yichuang.kernel.paging import encode
from yichuang.kernel.tests.plans import rows_read
from yichuang.kernel.times import SHANGHAI

pytestmark = pytest.mark.django_db
AT = datetime(2022, 5, 2, 9, 0, tzinfo=SHANGHAI)
PROVINCE, DISTRICT = "510000000000", "511602000000"
WORDS = (
    "取水",
    "许可",
    "无线电台",
    "证书",
    "补办",
    "施工",
    "安全生产",
    "道路运输",
    "变更",
    "登记",
    "卫生",
    "食品经营",
)
ITEMS = 600
EXHAUSTIVE = """
select i.code from catalogue_item i, (select %(query)s::tsquery as query) q
where i.is_active and i.search @@ q.query
order by coalesce(i.named @@ q.query, false) desc, i.current_id is null, i.region_id <> '510000000000',
         case when i.named @@ q.query then length(i.name) end, case when i.named @@ q.query then i.code else md5(i.code) end
"""


@pytest.fixture
def many(cluster_urls: dict[str, str]) -> None:
    """Six hundred items whose names and texts are made of a dozen words, common ones often."""
    # What earlier tests took back still waits to be put into the indexes of words, and is read with every look into them: the planner
    # avoids them then, unless the server has tidied up by itself meanwhile.
    where = cluster_urls["owner"].rpartition("/")[0] + "/" + connection.settings_dict["NAME"]
    with psycopg.connect(where, autocommit=True) as owner:
        owner.execute("vacuum catalogue_item")
    regions()
    department = commands.load_departments(AT)["water"]
    dice = random.Random("many")
    weights = [1 / rank for rank in range(1, len(WORDS) + 1)]
    made = []
    for number in range(ITEMS):
        name = "".join(dice.choices(WORDS, weights, k=dice.randrange(1, 4)))
        body = "，".join(dice.choices(WORDS, weights, k=3))
        document = bigrams.weighted([(name, "A"), (body, "D")])
        names = bigrams.weighted([(name, "A")])
        region = PROVINCE if number % 5 == 0 else DISTRICT
        made.append(
            (
                UUID(int=(7 << 76) + (2 << 62) + number),
                f"c{dice.randrange(10**9)}-{number}",
                name,
                region,
                document,
                names,
            )
        )
    sql.execute(
        "insert into catalogue_item (id, code, name, main_item, item_type, source, source_name, flags, revision, is_active, region_id, department_id, search, named) "
        "select id, code, name, '', '01', '{}', '', '{}', 1, number % 50 <> 0, region, %(department)s, document::tsvector, names::tsvector "
        "from unnest(%(ids)s::uuid[], %(codes)s::text[], %(called)s::text[], %(regions)s::text[], %(documents)s::text[], %(names)s::text[]) "
        "with ordinality as t (id, code, name, region, document, names, number)",
        {
            "department": department.pk, "ids": [one[0] for one in made], "codes": [one[1] for one in made],
            "called": [one[2] for one in made], "regions": [one[3] for one in made],
            "documents": [one[4] for one in made], "names": [one[5] for one in made],
        },
    )  # fmt: skip


@pytest.fixture
def narrow(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A few rows walked and put in order, as a hundred thousand documents stand to thousands."""
    monkeypatch.setattr(lines, "NAMED", replace(lines.NAMED, walk=30, cap=60))
    monkeypatch.setattr(lines, "OTHER", replace(lines.OTHER, walk=100, cap=80))
    monkeypatch.setattr(lines, "OF_LENGTH", 20)
    lines._statement.cache_clear()
    yield
    lines._statement.cache_clear()


def exhaustive(text: str) -> list[str]:
    """The codes of all that match, in the order of the list, said without any walk or cap."""
    return [row[0] for row in sql.rows(EXHAUSTIVE, {"query": bigrams.query(text)})]


def paged(text: str, size: int) -> list[str]:
    """The codes of every page, one after the other."""
    codes: list[str] = []
    after = ""
    while True:
        page = lines.search(text, after=after, size=size)
        codes += [line.code for line in page.rows]
        after = page.following
        if not after:
            return codes


QUESTIONS = (
    *WORDS,
    "取水 许可",
    "许可 安全生产",
    "卫生 食品经营 登记",
    "电台",
    "水许",
    "可证",
    "许",
    "经营 取水",
)


def test_every_page_of_every_question_is_as_an_exhaustive_order_has_it(many: None) -> None:
    assert many is None
    for number, text in enumerate(QUESTIONS):
        expected = exhaustive(text)
        assert [line.code for line in lines.search(text, size=20).rows] == expected[:20], text
        if number % 3 == 0:
            assert paged(text, 37) == expected, text
    # There is something to be put in order: common and rare, in names and elsewhere.
    assert len(exhaustive("取水")) > 300 > len(exhaustive("食品经营")) > 20
    assert set(exhaustive("卫生")) != {line.code for line in lines.search("卫生", size=5).rows}


def test_what_is_capped_still_finds_nine_tenths_and_repeats_nothing(many: None, narrow: None) -> None:
    assert many is narrow is None
    found = expected = 0
    for text in QUESTIONS:
        best = exhaustive(text)[:20]
        page = [line.code for line in lines.search(text, size=20).rows]
        assert len(page) == len(set(page)) == len(best), text
        assert set(page) <= set(exhaustive(text))
        found, expected = found + len(set(page) & set(best)), expected + len(best)
    assert found / expected >= 0.9
    whole = paged("取水", 20)
    assert len(whole) == len(set(whole))


def test_the_broken_variant_without_the_walk_past_every_length_misses_more(
    many: None, narrow: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Long words stand in long names: the first of the order tell nothing of them."""
    assert many is narrow is None
    text = "无线电台"
    best = set(exhaustive(text)[:20])

    def recalled() -> int:
        lines._statement.cache_clear()
        return len(best & {line.code for line in lines.search(text, size=20).rows})

    with_it = recalled()
    monkeypatch.setattr(lines, "OF_LENGTH", 0)
    monkeypatch.setattr(lines, "NAMED", replace(lines.NAMED, walk=1, cap=21))
    assert recalled() < with_it


def test_no_word_reads_the_whole_catalogue(many: None, narrow: None) -> None:
    """Two walks, two look-ups and the page: whatever is asked. The order's own index and the words' do it."""
    assert many is narrow is None
    for way in ("seqscan", "sort"):
        sql.execute(f"set local enable_{way} = off")
    most = 30 + 60 + 20 * 20 + 100 + 80 + 4 * 21
    for text in ("取水", "许可", "取水 许可", "食品经营"):
        with rows_read() as read:
            lines.search(text, size=20)
        assert read.rows <= most, (text, read.rows)
        assert read.indexes() & {"item_shown", "item_named_words", "item_search", "item_mixed"}
    # The broken variant: all that matches, put in order.
    with rows_read() as read:
        exhaustive("取水")
    assert read.rows > 400


def test_the_number_is_told_only_where_all_were_looked_up(many: None) -> None:
    assert many is None
    rare = lines.search("卫生 食品经营 登记", size=ITEMS)
    assert rare.total == len(rare.rows) == len(exhaustive("卫生 食品经营 登记")) > 0
    assert lines.search("取水", size=5).total is None
    assert lines.search("不存在").total == 0
    assert lines.search("。").total == 0


def test_narrowing_holds_on_every_way(many: None, narrow: None) -> None:
    assert many is narrow is None
    for text in ("取水", "食品经营", ""):
        inside = lines.search(text, region=PROVINCE, size=30)
        assert {line.region for line in inside.rows} == {PROVINCE}
        assert len(inside.rows) == 30 or text == "食品经营"
        assert lines.search(text, department=UUID(int=5)).rows == []
        assert lines.search(text, item_type="20").rows == []
    department = Department.objects.get(code="water")
    assert len(lines.search("取水", department=department.pk, size=30).rows) == 30


@pytest.mark.parametrize(
    "cursor",
    [
        encode(["9", "取水", "c1"]),
        encode(["x", "取水", "c1"]),
        encode(["-1", "", ""]),
        encode(["", "", ""]),
        encode(["00", "", ""]),
    ],
)
def test_a_place_that_is_none_begins_anew(many: None, cursor: str) -> None:
    assert many is None
    assert lines.search("取水", after=cursor, size=5).rows == lines.search("取水", size=5).rows


@pytest.mark.parametrize("rank", range(8))
def test_every_rank_is_a_place(many: None, rank: int) -> None:
    """Behind the last of a rank the next begins: no item comes before the place, whatever it is made of."""
    assert many is None
    after = encode([str(rank), "字" * 30, "~"])
    ranks = [
        (0 if "取水" in line.name else 4)
        + (0 if line.has_guide else 2)
        + (0 if line.region == PROVINCE else 1)
        for line in lines.search("取水", after=after, size=50).rows
    ]
    assert all(one >= rank for one in ranks)
    assert ranks == sorted(ranks)


def test_an_item_that_is_indexed_anew_has_its_name_apart(many: None) -> None:
    assert many is None
    item = Item.objects.filter(is_active=True).first()
    assert item is not None
    Item.objects.filter(pk=item.pk).update(name="稀罕龘龖事项")
    assert lines.search("龘龖").rows == []
    commands.indexing.index([item.pk])
    assert [line.code for line in lines.search("龘龖").rows] == [item.code]
    agree = "select bool_and(named is not distinct from ts_filter(search, '{a}')) from catalogue_item"
    assert sql.one(agree) == (True,)


def test_what_is_near_a_question_shares_two_pairs_with_the_name(many: None) -> None:
    assert many is None
    assert lines.search("我想办取水许可证补办手续").rows == []
    near = lines.nearby("我想办取水许可证补办手续", limit=8)
    assert len(near) == 8
    pairs = ("取水", "水许", "许可", "可证", "证补", "补办")
    for line in near:
        assert sum(pair in line.name for pair in pairs) >= 2
    for way in ("seqscan", "indexscan"):
        sql.execute(f"set local enable_{way} = off")
    with rows_read() as read:
        lines.nearby("我想办取水许可证补办手续")
    pairs_asked = len("我想办取水许可证补办手续") - 1
    assert read.rows <= lines.OF_EACH * (pairs_asked + 3)
