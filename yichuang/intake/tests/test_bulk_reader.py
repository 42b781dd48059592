"""The reader of rows is quick by remembering and by putting texts together: it must say what the slow way says, in every row."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from yichuang.catalogue.rules.answers import check_answers, checker_of, tidy
from yichuang.intake.rules import bulk_rows, drafting
from yichuang.intake.rules.bulk_cells import converter
from yichuang.intake.rules.bulk_rows import Faulty, Reader, Sound, Terms
from yichuang.intake.tests import factories_bulk as bulk
from yichuang.intake.tests.test_bulk_rules import COMPANY, GUIDE, REGIONS, ROW, TODAY, terms
from yichuang.kernel import canonical

HEADER = list(ROW)
FORM = GUIDE.form
# What people put into any cell: sound, sound in another spelling, wrong, nothing, signs that nobody sees.
SAID = st.one_of(
    st.sampled_from(
        [
            "", "是", "否", "无", "全部", "2022-05-13", "２０２２年５月１３日", "20220513", "2022年13月1日", "610000", "６１００００",
            "成都市武侯区", "广安市广安区", "没有这个县", "yes", "1,234", "\u200b", " 两头有空 ", "换\n行", "\x07铃",
            '引号"和\\斜线', "{x}%(y)s", "91510000MA00000072", "𠮷", "e\u0301",
        ]
    ),
    st.text(max_size=12),
)  # fmt: skip
ROWS = st.lists(st.dictionaries(st.sampled_from(HEADER), SAID, max_size=5), min_size=1, max_size=4)


def slow(cells: list[str], asked: Terms) -> tuple[dict[str, object], dict[str, str]]:
    """A row judged the long way round: nothing remembered, the house's plain functions one after the other."""
    fields = {one.code: one for one in FORM.fields()}
    typed: dict[str, object] = {}
    for code, text in zip(asked.mapping, cells, strict=False):
        if code in fields and text:
            convert = converter(fields[code], {name: code for code, name in REGIONS.items()})
            typed[code] = convert(text) if convert else text
    base, identity = drafting.prefill(FORM, COMPANY, TODAY), drafting.identity(FORM, COMPANY)
    answers = tidy(FORM, {**base, **typed, **identity})
    return answers, check_answers(FORM, answers, today=TODAY, regions=REGIONS)


@settings(max_examples=60)
@given(ROWS)
def test_every_row_is_judged_as_the_plain_rules_judge_it(changed: list[dict[str, str]]) -> None:
    asked = terms(HEADER)
    reader = Reader(asked)
    for number, changes in enumerate(changed, start=2):
        cells = [text.strip() for text in (ROW | changes).values()]
        found = reader.read(number, cells, {})
        answers, problems = slow(cells, asked)
        if isinstance(found, Sound):
            assert problems == {}
            assert found.answers == canonical.text(answers)
            # Once more, and by a reader that remembers nothing: the same.
            assert found == reader.read(number, cells, {}) == Reader(asked).read(number, cells, {})
        else:
            assert problems
            assert set(problems.values()) <= {
                words for text in found.faults.values() for words in _parts(text, problems)
            }


def _parts(text: str, problems: dict[str, str]) -> set[str]:
    """The messages that a text is put together of."""
    return {one for one in problems.values() if one in text}


def test_a_row_that_lacks_answers_and_a_material_is_told_both() -> None:
    found = Reader(terms(HEADER)).read(2, list((ROW | {"是否委托代理人办理": "是"}).values()), {})
    assert isinstance(found, Faulty)
    whole = found.faults[""]
    assert "代理人姓名" in whole
    assert "授权委托书" in whole, "the material must not hide what else is missing"


def test_the_key_is_the_digest_of_what_the_row_says_of_itself() -> None:
    asked = terms(HEADER)
    found = Reader(asked).read(2, list(ROW.values()), {})
    assert isinstance(found, Sound)
    answers, _ = slow(list(ROW.values()), asked)
    own = {code: answers[code] for code in asked.mapping if code in answers}
    assert found.key == f"bulk:{canonical.digest(f'seal{chr(10)}{chr(10)}{canonical.text(own)}')}"


def test_a_reader_that_has_forgotten_says_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [list(row.values()) for row in bulk.rows(12)]
    asked = terms(HEADER)
    kept = [Reader(asked).read(2, cells, {}) for cells in rows]
    monkeypatch.setattr(bulk_rows, "MOST_KEPT", 2)
    reader = Reader(asked)
    assert [reader.read(2, cells, {}) for cells in rows] == kept
    assert all(len(cell.known) <= 2 for cell in reader._cells)


def test_what_is_remembered_of_one_column_is_not_said_in_another() -> None:
    """The broken variant would keep one memory for all columns: a day and a name are spelled the same and mean another thing."""
    row = ROW | {"联系人": "20220513", "承诺人": "20220513"}
    found = Reader(terms(HEADER)).read(2, list(row.values()), {})
    assert isinstance(found, Sound)
    assert '"contact_name":"20220513"' in found.answers
    assert '"signed_on":"2022-05-13"' in found.answers


def test_answers_that_were_tidied_are_judged_as_if_they_were_stripped_again() -> None:
    checker, chance = checker_of(FORM), random.Random(5)
    given_, _ = slow(list(ROW.values()), terms(HEADER))
    for _ in range(60):
        answers = dict(given_)
        for code in chance.sample(sorted(answers), 3):
            answers[code] = chance.choice(["", "错", 7, ["x"], "2022-05-13", None, "𠮷"])
        tidied = checker.tidy(answers)
        judged = [checker.check(tidied, today=TODAY, regions=REGIONS, tidied=one) for one in (False, True)]
        assert judged[0] == judged[1]


def test_answers_that_nobody_tidied_are_stripped_before_they_are_judged() -> None:
    checker = checker_of(FORM)
    given_, _ = slow(list(ROW.values()), terms(HEADER))
    loose = given_ | {"signed_on": " 2022-05-13 "}
    assert checker.check(loose, today=TODAY, regions=REGIONS) == {}
    assert "signed_on" in checker.check(loose, today=TODAY, regions=REGIONS, tidied=True), (
        "why it must be asked for"
    )


def test_somebody_elses_code_in_a_row_is_named_with_both_codes() -> None:
    header = [*HEADER, "统一社会信用代码"]
    asked = terms(header)
    code = header.index("统一社会信用代码")
    if not asked.mapping[code]:
        pytest.skip("the form asks for no code")
    for own in ("91510000MA00000072", "91510000ma00000072", "９１５１００００ＭＡ００００００７２"):
        assert isinstance(Reader(asked).read(2, [*ROW.values(), own], {}), Sound), own
    found = Reader(asked).read(2, [*ROW.values(), "91510000MA0000090M"], {})
    assert isinstance(found, Faulty)
    assert "91510000MA0000090M" in found.faults[str(code)]
    assert "91510000MA00000072" in found.faults[str(code)]
