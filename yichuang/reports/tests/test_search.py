"""Search in issued and past reports: one, two and many characters, where the hit stands, hostile questions, paging."""

from unicodedata import normalize

import pytest
from django.test import Client
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import bigrams, paging, sql
from yichuang.kernel.errors import Invalid
from yichuang.reports import queries
from yichuang.reports.rules.excerpts import AROUND, Excerpt, excerpt
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.test_commands_past import stored, text_of_issue_24

SENTENCE = "近日，水利厅在Windows系统上推行取水许可ＡＢＣ预约核查。"
HOSTILE = [
    "'", '"', "\\", "' or 1=1 --", "a & b", "!(水利)", "<->", "水利:*", "水利 | 商务", "%", "_", "(((", "<script>",
    "‮水", "水" * 3000, "\x00", "🙂", "﷽" * 40, "́", " ", "\t\n",
]  # fmt: skip


@pytest.fixture
def one_issue(db: None) -> None:
    """An issue that says the sentence."""
    make.moved(make.written(make.opened(), SENTENCE), *make.TO_ISSUE)


def hits(asked: str) -> list[str]:
    return [found.row.slug for found in queries.published(asked).rows]


def test_every_single_character_is_found_but_letters_only_where_a_word_begins(one_issue: None) -> None:
    wrong = []
    for asked in sorted(set(SENTENCE) - set("，。")):
        folded = normalize("NFKC", asked).lower()
        inside_a_word = folded.isascii() and folded not in "wa"
        if hits(asked) != ([] if inside_a_word else ["2022-1"]):
            wrong.append(asked)
    assert wrong == []


@pytest.mark.parametrize("length", [2, 3, 5])
def test_every_run_of_characters_is_found(one_issue: None, length: int) -> None:
    run = "系统上推行取水许可"
    assert all(hits(run[start : start + length]) == ["2022-1"] for start in range(len(run) - length + 1))


def test_words_in_any_order_width_and_case(one_issue: None) -> None:
    asked = [
        "取水许可",
        "水利厅 预约",
        "预约 水利厅",
        "abc",
        "ＡＢＣ",
        "windows",
        "WINDOWS",
        "2022-1",
        "第1期",
        "窗口工作周报",
    ]
    assert [words for words in asked if hits(words) != ["2022-1"]] == []


def test_characters_that_stand_elsewhere_or_in_another_order_are_not_found(one_issue: None) -> None:
    asked = ["许可取水", "水许厅", "window", "取水许可 渔业", "2099-1", "利水", "核查预约", "indows"]
    assert [words for words in asked if hits(words)] == []


def test_hostile_questions_are_only_words(one_issue: None, client: Client) -> None:
    for asked in HOSTILE:
        answer = client.get("/reports", {"q": asked})
        assert answer.status_code == 200, asked
        assert "<script>" not in answer.content.decode(), asked


def test_the_question_comes_back_escaped(one_issue: None, client: Client) -> None:
    asked = '"><b>取水</b>'
    page = client.get("/reports", {"q": asked}).content.decode()
    assert asked not in page
    assert "&#34;&gt;&lt;b&gt;取水" in page


def test_the_hit_is_marked_as_it_is_printed(one_issue: None, client: Client) -> None:
    marked = {
        "取水": "取水", "水": "水", "abc预约": "ＡＢＣ预约", "WINDOWS系统": "Windows系统", "核查 取水": "核查",
    }  # fmt: skip
    for asked, printed in marked.items():
        page = client.get("/reports", {"q": asked}).content.decode()
        assert f"<mark>{printed}</mark>" in page, asked
        assert page.count("<mark>") == 1


def test_markup_in_a_report_is_shown_and_not_run(db: None, client: Client) -> None:
    make.moved(make.written(make.opened(), "窗口<img src=x onerror=alert(1)>整理资料。"), *make.TO_ISSUE)
    for page in ("/reports?q=整理资料", "/reports/2022-1"):
        said = client.get(page).content.decode()
        assert "<img src=x" not in said
        assert "&lt;img src=x" in said


def test_words_of_a_draft_and_of_the_editing_versions_are_not_found(one_issue: None) -> None:
    later = make.opened(make.LAST + make.timedelta(days=3), make.LAST + make.timedelta(days=7))
    make.written(later, "秘密草稿的内容。")
    assert hits("秘密草稿") == hits("秘") == []


def test_past_reports_are_found_too(db: None) -> None:
    stored(text_of_issue_24())
    asked = ["常见问题", "商务厅窗口", "2022-24", "第24期", "优化营商环境工作开展情况", "465145"]
    assert [words for words in asked if hits(words) != ["2022-24"]] == []


def test_a_new_reading_of_a_past_report_is_found_by_its_new_words_only(db: None) -> None:
    stored(text_of_issue_24())
    stored(text_of_issue_24().replace("常见问题", "办事指引"))
    assert (hits("常见问题"), hits("办事指引")) == ([], ["2022-24"])


def walk(asked: str, size: int) -> list[str]:
    """Every slug, page after page."""
    found: list[str] = []
    after = ""
    while True:
        page = queries.published(asked, after=after, size=size)
        assert page.is_first == (after == "")
        found += [each.row.slug for each in page.rows]
        after = page.following
        if not after:
            return found


def test_pages_of_hits_hold_every_issue_once_newest_first(db: None) -> None:
    for number in (3, 14, 24, 9, 10):
        stored(text_of_issue_24(number))
    stored(text_of_issue_24(9).replace("四川省政府政务服务和公共资源交易服务中心", "示例市政务服务中心"))
    for asked in ("", "常见问题"):
        for size in (1, 2, 3, 6, 7):
            found = walk(asked, size)
            assert [slug.split("-")[1] for slug in found] == ["24", "14", "10", "9", "9", "3"]
            assert len(set(found)) == 6


def test_the_list_and_the_search_are_one_statement_each(db: None) -> None:
    for number in (3, 14, 24):
        stored(text_of_issue_24(number))
    for asked in ("", "商务", "商", "没有这个词"):
        with sql.counting() as statements:
            queries.published(asked)
        assert len(statements) == 1
    with sql.counting() as statements:
        assert queries.published("！？").rows == []
    assert len(statements) == 0


TAMPERED = [
        "x", "！", "W10", paging.encode(["x", "1", "2022-1"]), paging.encode(["2022", "x", "2022-1"]),
        paging.encode(["99999999999", "1", "2022-1"]), paging.encode(["2022", "1", "\x00"]),
        paging.encode(["2022", "-1", "2022-1"]), paging.encode(["２０２２", "1", "2022-1"]),
        paging.encode(["2022", "1"]), paging.encode(["2022", "1", "'; drop table reports_report"]),
]  # fmt: skip


def test_a_page_link_that_was_tampered_with_is_told(db: None, client: Client) -> None:
    for after in TAMPERED:
        with pytest.raises(Invalid, match="翻页链接"):
            queries.published(after=after)
        assert client.get("/reports", {"after": after}).status_code == 422


def test_the_newest_issue_for_the_home_page(db: None) -> None:
    assert queries.latest() is None
    for number in (14, 24, 3):
        stored(text_of_issue_24(number))
    newest = queries.latest()
    assert newest is not None
    assert (newest.slug, newest.name, newest.period) == (
        "2022-24",
        "2022年第24期（总第399期）",
        "（7月18日—7月22日）",
    )


FILL = "甲乙丙丁戊己庚辛壬癸" * 20


@pytest.mark.parametrize("place", [0, 1, AROUND - 1, AROUND, AROUND + 1, 150, 198])
def test_the_excerpt_is_cut_around_the_hit(place: int) -> None:
    found = excerpt(f"标题行\n{FILL[:place]}取水{FILL[place:]}", "取水")
    assert found.hit == "取水"
    before = found.before.removeprefix("…")
    assert FILL[:place].endswith(before)
    assert len(before) == min(place, AROUND)
    assert found.before.startswith("…") == (place > AROUND)
    after = found.after.removesuffix("…")
    assert FILL[place:].startswith(after)
    assert found.after.endswith("…") == (len(FILL) - place > AROUND)


@pytest.mark.parametrize(
    ("text", "asked", "expected"),
    [
        ("", "水", Excerpt("", "", "")),
        ("甲\n乙", "", Excerpt("甲 乙", "", "")),
        ("甲乙丙", "乙", Excerpt("甲", "乙", "丙")),
        ("没有\n水利 与 商务", "商务 水利", Excerpt("水利 与 ", "商务", "")),
        ("取水许可\n取水", "取水", Excerpt("", "取水", "许可")),
    ],
)
def test_excerpts(text: str, asked: str, expected: Excerpt) -> None:
    assert excerpt(text, asked) == expected


@given(st.text(max_size=60), st.text(min_size=1, max_size=4))
def test_what_is_marked_is_what_was_asked_for(text: str, asked: str) -> None:
    """Also where characters fold to several, to none, or only together with a neighbour."""
    found = excerpt(text, asked)
    if found.hit:
        assert bigrams.fold(found.hit) in {bigrams.fold(word) for word in (asked.strip(), *asked.split())}


@pytest.mark.parametrize("text", ["ﬁ\u200b甲乙", "e\u0301\u200bx乙", "㈱\u200b\u200b水乙", "乙\u200b"])
def test_a_mark_never_slips_where_folding_shifts_places(text: str) -> None:
    assert excerpt(text, "乙").hit in ("乙", "")
