"""Whatever is thrown at the reader: an answer in bounded time, or Unreadable, and nothing else."""

import json
import random
import time
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.reports.rules.reading import Unreadable, decode, read_report
from yichuang.reports.tests.readings import HEAD, SYNTHETIC

VISITS = HEAD + "一、厅（局）长进大厅\n"
UNITS = [
    "受", "9", "9,", "1.", "（", "）", "*", "\n", "1\n", "1.甲\n", "一、甲\n", "（一）甲。\n", "受理1件，", "受理1件\n", "主任、",
    "主任张三，", "5月1日至", "|1", "|受理|1|\n", "受理\t1\t2\n", "共约已达", "受理、分别", "由1", "报：", "送：甲。", "（共印80份）", "。", "—",
    "1 ", "1 2件", "其中甲1件、", "# ", "2022年", "\u200b", "\r", "😀", "一、巡查\n（一）甲情况。乙\n", "截至5月1日", "总第1期", "〔2022〕1号",
]  # fmt: skip
SIGNS = "一二三、（）()1234567890.年月日期第总至—报送发：。，；共印份受理办结件%万其中本周局长张三到厅委\n\n\t |*#"


@pytest.mark.parametrize("head", [HEAD, VISITS, ""], ids=["report", "visits", "bare"])
@pytest.mark.parametrize("unit", UNITS)
def test_endless_repetition_ends(unit: str, head: str) -> None:
    """20,000 signs take a small part of a second; a quadratic rule would take minutes."""
    text = head + unit * (20_000 // len(unit))
    began = time.process_time()
    try:
        read = read_report(text)
        assert len(json.dumps(read.as_json())) < 30_000_000
    except Unreadable:
        assert not text.strip()
    assert time.process_time() - began < 5


@given(st.text(alphabet=SIGNS, max_size=400))
@settings(max_examples=300)
def test_any_mixture_of_the_usual_signs_is_read(text: str) -> None:
    try:
        read = read_report(HEAD + text)
    except Unreadable:
        pytest.fail("a text with a head is readable")
    assert json.dumps(read.as_json(), ensure_ascii=False)


@given(st.binary(max_size=600))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    with suppress(Unreadable):
        read_report(decode(data))


@given(st.text(max_size=300))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        read = read_report(text)
    except Unreadable:
        return
    assert json.dumps(read.as_json(), ensure_ascii=False)


@pytest.mark.parametrize("path", sorted(SYNTHETIC.glob("*.txt")), ids=lambda path: path.stem)
def test_reports_cut_and_shuffled_are_still_read(path: Path) -> None:
    text = decode(path.read_bytes())
    chance = random.Random(path.stem)
    for _ in range(30):
        start, end = sorted(chance.randrange(len(text)) for _ in range(2))
        lines = text.split("\n")
        chance.shuffle(lines)
        for torn in (text[start:end], text[end:] + text[:start], "\n".join(lines)):
            if torn.strip():
                read_report(torn)


def test_every_line_of_a_cut_report_is_placed_or_told() -> None:
    """Words are never lost: what is in no item stands in the head, the foot or among the unplaced."""
    text = decode((SYNTHETIC / "form_2022_turn_of_year.txt").read_bytes())
    body = text[text.index("一、") : text.index("报：")]
    read = read_report(text)
    kept = "".join(part.heading + "".join(part.items) for part in read.sections)
    for sign in "，。、（）一二三四五六123456 \n":
        body, kept = body.replace(sign, ""), kept.replace(sign, "")
    assert kept == body


def test_five_megabytes_are_refused_at_once() -> None:
    with pytest.raises(Unreadable, match="过大"):
        decode(b"\xe4\xb8\x80" * 1_700_000)
    with pytest.raises(Unreadable, match="过长"):
        read_report("一" * 5_000_000)


def test_an_empty_text_is_unreadable_and_a_foreign_one_is_not() -> None:
    with pytest.raises(Unreadable, match="空的"):
        read_report(" \n")
    read = read_report("Dear all,\nplease find the minutes below.")
    assert [line.line for line in read.unplaced] == [1, 2]
