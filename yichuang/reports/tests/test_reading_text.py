"""From bytes to clean lines: encodings, stray signs, spaces, page numbers, sentences."""

import pytest

from yichuang.reports.rules.reading import Unreadable, decode
from yichuang.reports.rules.reading.text import (
    MAX_BYTES,
    closed,
    ends_sentence,
    join,
    read_lines,
    sentences,
    tidy,
)

SENTENCE = "窗口工作周报，2024年第3期。"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_every_usual_encoding_gives_the_same_text(encoding: str) -> None:
    assert decode(SENTENCE.encode(encoding)) == SENTENCE


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "空的"),
        (b" \r\n\t\n", "空的"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"PK\x03\x04....", "Word"),
        (b"\xd0\xcf\x11\xe0....", "DOC"),
        (b"{\\rtf1 x}", "RTF"),
        (b"abc\x00def", "二进制"),
        (b"\x01\x02\x03\x04 text", "二进制"),
        (b"\xff\xff\xff\xff\x81", "GB18030"),
        (b"x" * (MAX_BYTES + 1), "过大"),
    ],
)
def test_what_is_no_text_is_refused_with_the_reason(data: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words):
        decode(data)


@pytest.mark.parametrize(
    ("printed", "clean"),
    [
        ("2024 年 1 月 1 日至\n\n2024 年 3 月 22 日", "2024年1月1日至2024年3月22日"),
        ("受理 265 145 件，办结 64764\n33 件", "受理265145件，办结6476433件"),
        ("占比 64. 29%", "占比64.29%"),
        ("２０２４年，占比６４．２９％", "2024年，占比64.29%"),
        ("本周, **商务厅**窗口", "本周,商务厅窗口"),
        ("本周，**商务\n厅**窗口，应急厅*\n*派员", "本周，商务厅窗口，应急厅派员"),
        ("政务平台服 —4— 务处牵头", "政务平台服务处牵头"),
        ("全省 21 个市(州), 105 名选手", "全省21个市(州),105名选手"),
        ("在 S1 演播厅用 Windows 10 演示", "在S1演播厅用Windows 10演示"),
        ("see the list, please", "see the list, please"),
        ("分值 12, 345 两档", "分值12, 345两档"),
        ("　　首行缩进\u200b", "首行缩进"),
        ("7×24 小时", "7×24小时"),
    ],
)
def test_spaces_breaks_and_stray_signs_go(printed: str, clean: str) -> None:
    assert tidy(printed) == clean
    assert tidy(clean) == clean


def test_numbers_of_a_row_are_not_run_together() -> None:
    assert tidy("行政许可 1200 1180 98.3%") == "行政许可1200 1180 98.3%"


def test_lines_joined_are_one_clean_text() -> None:
    assert join(["受理材料二", "百份，办结3", "5件。"]) == "受理材料二百份，办结35件。"


@pytest.mark.parametrize("page", ["—4—", "- 4 -", "— 12 —", "第 3 页", "第3页 共8页", "3/8", "－2－", "7"])
def test_page_numbers_and_rules_are_no_lines(page: str) -> None:
    lines = read_lines(f"前一行，没有写完\n{page}\n----\n\n后一行写完。")
    assert [line.text for line in lines] == ["前一行，没有写完", "后一行写完。"]
    assert [line.number for line in lines] == [1, 5]


def test_a_number_alone_that_the_sentence_waits_for_stays() -> None:
    assert (
        join([line.text for line in read_lines("本周受理\n547\n件，办结\n9\n件。")])
        == "本周受理547件，办结9件。"
    )


def test_list_signs_hashes_and_table_rows_are_recognised() -> None:
    dash, heading, row, ruled = read_lines(
        "- (一) 着装情况。\n## 本周数据\n|项目|受理|\n|---|---|\n甲\t1\t2\n"
    )
    assert (dash.text, dash.bullet) == ("(一)着装情况。", True)
    assert (heading.text, heading.hashes) == ("本周数据", 2)
    assert row.cells == ("项目", "受理")
    assert ruled.cells == ("甲", "1", "2")


def test_a_minus_is_no_list_sign() -> None:
    assert [line.text for line in read_lines("-5.2%\n—放管服—改革")] == ["-5.2%", "—放管服—改革"]


def test_windows_and_old_mac_line_ends_count_alike() -> None:
    for end in ("\r\n", "\r", "\n"):
        assert [(line.number, line.text) for line in read_lines(f"甲{end}{end}乙")] == [(1, "甲"), (3, "乙")]


@pytest.mark.parametrize(
    ("text", "ends", "may_follow"),
    [("写完。", True, True), ("说：“写完。”", True, True), ("如下：", False, True), ("一是甲；", False, True), ("没写", False, False)],
)  # fmt: skip
def test_where_a_paragraph_may_end(text: str, ends: bool, may_follow: bool) -> None:
    assert (ends_sentence(text), closed(text)) == (ends, may_follow)


def test_sentences_keep_their_signs_and_lose_nothing() -> None:
    text = "甲说：“好！”乙记下了。丙（负责）到场。没有句号"
    assert sentences(text) == ["甲说：“好！”", "乙记下了。", "丙（负责）到场。", "没有句号"]
    assert "".join(sentences(text)) == text


def test_an_endless_sentence_comes_in_pieces() -> None:
    endless = "受理1件，" * 1000
    pieces = sentences(endless)
    assert "".join(pieces) == endless
    assert max(map(len, pieces)) <= 400
