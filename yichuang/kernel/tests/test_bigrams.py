"""Bigrams: what PostgreSQL would find is what a reader would find, no more and no less.

The database is simulated here by the few rules it documents for `<->`, `&` and `:*`; the rooms that search
try the real one.
"""

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel import bigrams

_ENTRY = re.compile(r"'([^']*)':([0-9A-D,]+)")
_ALPHABET = "水利厅省水利，、 \nab1Ａ％"


def entries(literal: str) -> dict[str, dict[int, str]]:
    """Lexemes of a tsvector literal with their positions and weights."""
    found = {
        lexeme: {int(place.rstrip("ABCD")): place.lstrip("0123456789") for place in places.split(",")}
        for lexeme, places in _ENTRY.findall(literal)
    }
    rebuilt = " ".join(
        f"'{lexeme}':{','.join(f'{n}{w}' for n, w in known.items())}" for lexeme, known in found.items()
    )
    assert rebuilt == literal, "the literal holds something that is no lexeme"
    return found


def matches(question: str, vector: dict[str, dict[int, str]]) -> bool:
    """Whether a tsquery literal matches, by PostgreSQL's rules."""
    return all(_term_matches(term, vector) for term in question.split(" & "))


def _term_matches(term: str, vector: dict[str, dict[int, str]]) -> bool:
    if term.endswith(":*"):
        return any(lexeme.startswith(term[1:-3]) for lexeme in vector)
    lexemes = [part.strip("'") for part in term.strip("()").split("<->")]
    places = [set(vector.get(lexeme, ())) for lexeme in lexemes]
    return any(all(start + i in known for i, known in enumerate(places)) for start in places[0])


def found(text: str, question: str) -> bool:
    """Whether a question finds a text."""
    return matches(bigrams.query(question), entries(bigrams.document(text)))


def expected(text: str, question: str) -> bool:
    """What a reader would say: every run of the question stands in the text, words as whole words."""
    runs = re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]+", bigrams.fold(text))
    wanted = re.findall(r"[a-z0-9]+|[\u4e00-\u9fff]+", bigrams.fold(question))
    return all(_stands_in(run, runs) for run in wanted)


def _stands_in(run: str, runs: list[str]) -> bool:
    if run.isascii():
        return any(word == run or (len(run) == 1 and word.startswith(run)) for word in runs)
    return any(run in other for other in runs)


def test_every_character_starts_a_bigram_and_the_last_stands_alone() -> None:
    assert bigrams.document("水利厅") == "'利厅':2 '厅':3 '水利':1"


def test_words_and_numbers_stay_whole_and_are_folded() -> None:
    assert bigrams.document("ＧＢ/T 9704-２０１２") == "'2012':4 '9704':3 'gb':1 't':2"


def test_weights_mark_every_position() -> None:
    assert bigrams.document("省省省", "A") == "'省':3A '省省':1A,2A"


def test_fields_share_one_vector_each_with_its_weight() -> None:
    vector = entries(bigrams.weighted([("取水", "A"), ("水利，取水", "D")]))
    assert vector["取水"] == {1: "A", 5: "D"}
    assert not matches(bigrams.query("水水"), vector)


@pytest.mark.parametrize(
    ("question", "literal"),
    [
        ("省", "'省':*"),
        ("水利", "'水利'"),
        ("水利厅", "('水利'<->'利厅')"),
        ("取水许可 2022年", "('取水'<->'水许'<->'许可') & '2022' & '年':*"),
        ("水利 水利", "'水利'"),
        ("ＧＢ９７０４", "'gb9704'"),
        ("a", "'a':*"),
        ("", ""),
        (" ，。《》!'\\&|:*()<->", ""),
        ("it's", "'it' & 's':*"),
        ("\0", ""),
    ],
)
def test_questions_are_written_as_the_database_reads_them(question: str, literal: str) -> None:
    assert bigrams.query(question) == literal


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("四川省水利厅", "省", True),
        ("四川省水利厅", "厅", True),
        ("四川省水利厅", "川省水", True),
        ("四川省水利厅", "水利厅四", False),
        ("水利，利厅", "水利厅", False),
        ("水利。厅", "水利厅", False),
        ("受理2022年第29期", "2022 期", True),
        ("受理2022年第29期", "202", False),
        ("Radio 电台", "RADIO", True),
        ("行政\u200b许可", "行政许可", True),
        ("行政许可", "行政\ufeff许可", True),
        ("\ue000某某", "\ue000某", True),
        ("𠮷野家", "𠮷", True),
        ("葛\U000e0100城", "葛城", True),
        ("㈱示例", "株", True),
    ],
)
def test_what_is_found(text: str, question: str, answer: bool) -> None:
    assert found(text, question) is answer


@given(st.text(st.sampled_from(_ALPHABET), max_size=60), st.text(st.sampled_from(_ALPHABET), max_size=6))
def test_nothing_is_missed_and_nothing_invented(text: str, question: str) -> None:
    if bigrams.query(question):
        assert found(text, question) == expected(text, question)
    else:
        assert not re.search(r"\w", question)


@given(st.text(st.sampled_from("水利厅省政务服务，"), min_size=1, max_size=200), st.data())
def test_every_piece_of_a_run_is_found(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    piece = re.split("，", text[start : data.draw(st.integers(start + 1, len(text)))])[0]
    if piece:
        assert found(text, piece)


@given(st.text())
def test_any_text_makes_literals_without_anything_to_escape(text: str) -> None:
    vector = entries(bigrams.document(text))
    assert all(0 < place <= bigrams.MAX_POSITION for places in vector.values() for place in places)
    question = bigrams.query(text)
    assert re.fullmatch(r"('[^'\\\s\0]+'(:\*|<->)?| & |[()])*", question)
    assert question == "" or matches(question, vector) or len(text) > bigrams.MAX_QUERY


def long_text(length: int) -> str:
    """Chinese-looking text without a separator, the same every time."""
    source = random.Random(20220513)
    return "".join(chr(source.randrange(0x4E00, 0x9FA5)) for _ in range(length))


def test_phrases_are_found_all_through_a_text_longer_than_the_positions_reach() -> None:
    text = long_text(40_000)
    vector = entries(bigrams.document(text))
    assert max(place for places in vector.values() for place in places) <= bigrams.MAX_POSITION
    edges = [16_383, bigrams.MAX_POSITION - bigrams.MAX_PHRASE, 2 * (16_383 - bigrams.MAX_PHRASE), 39_999]
    starts = [edge - back for edge in edges for back in (0, 1, 2, 60, 127, 128, 129, 300)]
    for start in starts:
        for length in (1, 2, 3, 60, 129, 300):
            assert matches(bigrams.query(text[start : start + length]), vector), (start, length)
    assert not matches(bigrams.query(text[100:103][::-1]), vector)


def test_a_vector_stays_under_the_megabyte_of_the_database() -> None:
    vector = entries(bigrams.document(long_text(300_000)))
    size = sum(len(lexeme.encode()) + 1 + 2 + 2 * len(places) for lexeme, places in vector.items())
    assert 900_000 < size < 1_048_576


def test_positions_of_a_frequent_bigram_are_bounded() -> None:
    vector = entries(bigrams.document("省" * 5_000))
    assert len(vector["省省"]) == bigrams.MAX_OCCURRENCES
    assert matches(bigrams.query("省省省"), vector)


def test_an_endless_word_is_cut_alike_in_text_and_question() -> None:
    word = "x" * 900
    assert [len(lexeme) for lexeme in entries(bigrams.document(word))] == [bigrams.MAX_WORD]
    assert found(word, word)


def test_a_question_as_long_as_a_book_stays_small() -> None:
    assert len(bigrams.query("x " + long_text(50_000))) < 10_000
