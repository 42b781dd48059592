"""The JSON door: what a machine sends is read strictly, everything that is wrong is named at once, nothing is guessed."""

import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpRequest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from yichuang.kernel.api import (
    DEEPEST,
    NotJson,
    Reader,
    TooLarge,
    Unknown,
    Unreadable,
    answer,
    idempotency_key,
    parse,
    problem_answer,
    read_body,
    read_query,
)
from yichuang.kernel.errors import Conflict, Invalid, Problem
from yichuang.kernel.web import clean_text

FORM = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | FORM,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FORM, inner, max_size=3),
    max_leaves=12,
)


def request(body: bytes = b"{}", kind: str = "application/json") -> HttpRequest:
    return RequestFactory().post("/api/v1/cases", body, content_type=kind)


def keyed(key: str) -> HttpRequest:
    asked = request()
    asked.META["HTTP_IDEMPOTENCY_KEY"] = key
    return asked


def said(reader: Reader) -> dict[str, str]:
    """What `done` tells, field by field; nothing where all is well."""
    told: dict[str, str] = {}
    try:
        reader.done()
    except Invalid as error:
        told = error.fields
    return told


# The text.


@given(st.dictionaries(FORM, VALUES, max_size=4))
def test_what_is_json_is_read_as_it_is(value: dict[str, Any]) -> None:
    assert parse(json.dumps(value).encode()) == value
    assert parse(json.dumps(value, ensure_ascii=False).encode()) == value


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"", "JSON"), (b"[]", "对象"), (b'"a"', "对象"), (b"null", "对象"), (b"12", "对象"), (b"{", "JSON"), (b"{'a': 1}", "JSON"),
        (b'{"a": 1,}', "JSON"), (b"\xff{}", "JSON"), ('{"a": "示例"}'.encode("gb18030"), "JSON"), (b"\xef\xbb\xbf{}", "JSON"),
        (b'{"a": NaN}', "NaN"), (b'{"a": Infinity}', "Infinity"), (b'{"a": -Infinity}', "-Infinity"), (b'{"a": 1e}', "JSON"),
        (b'{"a": 1, "a": 1}', "a"), (b'{"x": {"b": 1, "c": 2, "b": 3}}', "b"), (b'{"a": "\t"}', "JSON"), (b"[" * 100_000, "JSON"),
    ],
)  # fmt: skip
def test_what_is_no_object_of_json_is_refused_in_words(text: bytes, words: str) -> None:
    with pytest.raises(Unreadable, match=words) as caught:
        parse(text)
    assert caught.value.status == 400
    assert caught.value.how


def test_the_standard_library_would_take_a_key_written_twice_and_a_number_that_is_none() -> None:
    """The broken variant: the last of two keys silently wins, NaN becomes a number that no database compares."""
    assert json.loads('{"a": 1, "a": 2}') == {"a": 2}
    assert json.loads('{"a": NaN}')["a"] != json.loads('{"a": NaN}')["a"]


def test_numbers_with_a_point_are_exact() -> None:
    found = parse(b'{"a": 0.1, "b": 1e2, "c": 3, "d": 123456789012345678901234567890.5}')
    assert found == {
        "a": Decimal("0.1"),
        "b": Decimal("1E+2"),
        "c": 3,
        "d": Decimal("123456789012345678901234567890.5"),
    }
    assert [type(one) for one in found.values()] == [Decimal, Decimal, int, Decimal]


def test_half_a_character_is_left_out_wherever_it_stands() -> None:
    text = rb'{"a\ud83d": ["\udc00x", {"b": "y\ud800"}], "c": "\ud83d\ude00"}'
    assert parse(text) == {"a": ["x", {"b": "y"}], "c": "\N{GRINNING FACE}"}


@pytest.mark.parametrize(
    "text", [rb'{"a\ud800": 1, "a": 2}', rb'{"x": [{"\udc00": 1, "": 2}]}', rb'{"a\ud800": 1, "a\ud801": 2}']
)
def test_names_that_are_one_without_their_halves_stand_there_twice(text: bytes) -> None:
    with pytest.raises(Unreadable, match="出现了两次"):
        parse(text)


def test_all_halves_are_left_out_and_no_whole_sign_is() -> None:
    halves = "".join(f"\\u{one:04x}" for one in range(0xD800, 0xDC00)) + "".join(
        f"\\u{one:04x}x" for one in range(0xDC00, 0xE000)
    )
    whole = "".join(
        chr(one) for one in range(0x20, 0x110000, 7) if not 0xD800 <= one <= 0xDFFF and chr(one) not in '"\\'
    )
    found = parse(f'{{"halves": "{halves}", "whole": "{whole}"}}'.encode())
    # The last of the first thousand and the first of the second make one whole sign together.
    assert found == {"halves": "\U0010fc00" + "x" * 1024, "whole": whole}


@pytest.mark.parametrize(
    "wrap", [lambda inner: {"a": inner}, lambda inner: [inner]], ids=["objects", "lists"]
)
def test_what_is_too_deep_is_refused_and_what_is_as_deep_as_may_be_is_not(wrap: Callable[[Any], Any]) -> None:
    def nested(levels: int) -> bytes:
        value: Any = 1
        for _ in range(levels):
            value = wrap(value)
        return json.dumps({"top": value}).encode()

    assert parse(nested(DEEPEST - 2))
    with pytest.raises(Unreadable, match="太深"):
        parse(nested(DEEPEST))


# The request.


def test_only_json_that_says_so_is_read() -> None:
    assert read_body(request(b'{"a": 1}')) == {"a": 1}
    assert read_body(request(b'{"a": 1}', "application/json; charset=utf-8")) == {"a": 1}
    for kind in ("text/plain", "application/x-www-form-urlencoded", "application/xml", "text/json"):
        with pytest.raises(NotJson, match="JSON") as caught:
            read_body(request(b"{}", kind))
        assert caught.value.status == 415


def test_a_body_that_is_too_large_is_refused_by_what_it_says_and_by_what_it_is() -> None:
    body = b'{"a": "' + b"x" * 60 + b'"}'
    assert read_body(request(body), limit=len(body))["a"] == "x" * 60
    with pytest.raises(TooLarge) as caught:
        read_body(request(body), limit=len(body) - 1)
    assert caught.value.status == 413
    for declared in ("", "3", "many", "-5"):
        lying = request(body)
        lying.META["CONTENT_LENGTH"] = declared
        with pytest.raises((TooLarge, Unreadable)):
            read_body(lying, limit=20)


@pytest.mark.parametrize("key", ["abcdefgh", "A" * 64, "2022-05-13_0001", "-" * 8])
def test_a_key_is_taken_as_it_is(key: str) -> None:
    assert idempotency_key(keyed(key)) == key


@pytest.mark.parametrize(
    "key",
    ["", "short77", "A" * 65, "has space1", "键键键键键键键键", "semi;colon", "new\nline99", "abcdefgh\n"],
)
def test_a_write_without_a_proper_key_is_not_run(key: str) -> None:
    with pytest.raises(Invalid) as caught:
        idempotency_key(keyed(key))
    assert set(caught.value.fields) == {"Idempotency-Key"}


def test_a_condition_that_stands_twice_is_named() -> None:
    found = read_query(RequestFactory().get("/api/v1/x?state=review&day=2022-05-13"))
    assert (found.text("state"), found.day("day"), said(found)) == ("review", date(2022, 5, 13), {})
    with pytest.raises(Invalid) as caught:
        read_query(RequestFactory().get("/api/v1/x?a=1&b=2&a=1&c=&c="))
    assert set(caught.value.fields) == {"a", "c"}


# The answer.


def test_the_same_content_is_the_same_bytes_and_nobody_keeps_it() -> None:
    one, two = answer({"b": 1, "a": "一"}), answer({"a": "一", "b": 1}, 201)
    assert one.content == two.content == '{"a":"一","b":1}'.encode()
    assert (one.status_code, two.status_code) == (200, 201)
    assert (one["Cache-Control"], one["Content-Type"]) == ("no-store", "application/json")


def test_a_problem_tells_what_how_and_where() -> None:
    made = problem_answer(Conflict("已变化", how="请刷新。", fields={"a": "b"}), case_no="X-1")
    assert made.status_code == 409
    assert json.loads(made.content) == {
        "title": "已变化",
        "how": "请刷新。",
        "fields": {"a": "b"},
        "case_no": "X-1",
    }
    assert "WWW-Authenticate" not in made
    assert problem_answer(Unknown("谁"))["WWW-Authenticate"].startswith("Bearer ")
    assert problem_answer(Problem("错")).status_code == 400


# The reader.


def test_fields_are_read_each_as_its_kind() -> None:
    reader = Reader(
        {
            "name": " 示例\u0000单位 ", "kind": "a", "many": 7, "yes": True, "day": "2022-05-13", "id": str(UUID(int=9)), "none": None,
            "in": {"x": "1"}, "rows": [{"c": "1"}, {"c": "2"}],
        }
    )  # fmt: skip
    assert reader.text("name") == "示例单位"
    assert reader.choice("kind", ["a", "b"]) == "a"
    assert (reader.whole("many"), reader.flag("yes"), reader.day("day")) == (7, True, date(2022, 5, 13))
    assert (reader.uuid("id"), reader.text("none"), reader.day_or_none("none")) == (UUID(int=9), "", None)
    inner = reader.inside("in")
    assert inner.text("x") == "1"
    inner.close()
    rows = reader.lines("rows")
    assert [row.text("c") for row in rows] == ["1", "2"]
    for row in rows:
        row.close()
    assert said(reader) == {}


def test_what_is_absent_is_empty_and_wrong_only_where_it_is_required() -> None:
    reader = Reader({})
    assert (reader.text("a"), reader.whole("b"), reader.flag("c"), reader.uuid("d")) == (
        "",
        None,
        False,
        None,
    )
    assert (reader.table("e"), reader.lines("f"), reader.day_or_none("g")) == ({}, [], None)
    assert reader.choice("h", ["x"], required=False) == ""
    assert said(reader) == {}
    reader = Reader({})
    reader.text("a", required=True)
    reader.choice("h", ["x", "y"])
    reader.day("g")
    assert said(reader) == {"a": "不能为空", "h": "应为其中之一：x、y", "g": "请按 2022-05-13 的格式填写"}


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (lambda one: one.text("f"), 7), (lambda one: one.text("f"), ["a"]), (lambda one: one.text("f"), True), (lambda one: one.text("f", limit=3), "abcd"),
        (lambda one: one.text("f", required=True), "\u0000 "), (lambda one: one.choice("f", ["a"]), "A"), (lambda one: one.choice("f", ["a"], required=False), "b"),
        (lambda one: one.whole("f"), "7"), (lambda one: one.whole("f"), True), (lambda one: one.whole("f"), Decimal("7.0")),
        (lambda one: one.whole("f"), 1_000_000_000), (lambda one: one.whole("f"), -1_000_000_000), (lambda one: one.flag("f"), 1), (lambda one: one.flag("f"), "true"),
        (lambda one: one.day("f"), "13.5.2022"), (lambda one: one.day("f"), "2022-02-30"), (lambda one: one.day("f"), 20220513),
        (lambda one: one.day_or_none("f"), "soon"), (lambda one: one.uuid("f"), "9"), (lambda one: one.uuid("f"), 9), (lambda one: one.table("f"), []),
        (lambda one: one.lines("f"), {}), (lambda one: one.lines("f"), [1]), (lambda one: one.lines("f"), [{}] * 101), (lambda one: one.lines("f"), [{}, "x"]),
    ],
)  # fmt: skip
def test_what_is_of_another_kind_is_named_once(read: Callable[[Reader], object], value: object) -> None:
    reader = Reader({"f": value}, "top.")
    read(reader)
    assert set(said(reader)) == {"top.f"}


@pytest.mark.parametrize("number", [999_999_999, -999_999_999, 0])
def test_the_largest_whole_number_is_one(number: int) -> None:
    reader = Reader({"f": number})
    assert reader.whole("f") == number
    assert said(reader) == {}


def test_faults_within_are_named_by_their_place_and_told_all_at_once() -> None:
    reader = Reader(
        {"rows": [{"c": "1"}, {"c": 2, "extra": 1}], "in": {"day": "x"}, "left": 1, "\u0000odd": 1}
    )
    for row in reader.lines("rows"):
        row.text("c")
        row.close()
    inner = reader.inside("in")
    inner.day("day")
    inner.close()
    assert set(said(reader)) == {"rows.1.c", "rows.1.extra", "in.day", "left", "odd"}


def test_the_first_fault_of_a_field_stands() -> None:
    reader = Reader({"f": 7})
    reader.text("f", required=True)
    assert said(reader) == {"f": "应为文字"}


@given(st.dictionaries(FORM, VALUES, max_size=5))
def test_whatever_is_sent_is_read_or_named_and_nothing_else_happens(value: dict[str, Any]) -> None:
    for name in (*value, "absent"):
        reader = Reader(value)
        kept = (
            reader.text(name, limit=5), reader.whole(name), reader.flag(name), reader.table(name), reader.lines(name), reader.uuid(name),
        )  # fmt: skip
        assert len(kept[0]) <= 6
        assert set(said(reader)) <= {clean_text(one, limit=64) for one in value} | set(value)
