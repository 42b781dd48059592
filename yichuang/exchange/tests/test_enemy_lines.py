"""Lines that an enemy would send: every one is refused with its reason or kept for a person, none breaks a batch or a page."""

import json
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from yichuang.directory.tests import factories as people
from yichuang.exchange.models import Batch, Case, Line, Quarantine
from yichuang.exchange.rules import lines as reading
from yichuang.exchange.rules.lines import LONGEST_LINE, Unreadable, parse_json, read_line
from yichuang.exchange.rules.streams import BadHeader, csv_lines, json_lines
from yichuang.exchange.tests import factories as make
from yichuang.kernel import sql

db = pytest.mark.django_db
DEEP = '{"source_number":' + "[" * 7000 + "]" * 7000 + "}"
GOOD = make.event()


def said(**more: Any) -> str:
    """A good line with something else in it."""
    return json.dumps(GOOD | more, ensure_ascii=False)


def swapped(name: str, text: str) -> str:
    """A good line in which the value of a field is this JSON."""
    return (
        "{"
        + ",".join(f'"{key}":{text if key == name else json.dumps(value)}' for key, value in GOOD.items())
        + "}"
    )


def refusal(raw: str) -> str:
    """The field and the words of the refusal of a line; empty where it is read."""
    try:
        read_line(parse_json(raw), 1, raw)
    except Unreadable as wrong:
        return f"{wrong.field}:{wrong.words}"
    return ""


REFUSED = {
    "deep": DEEP,
    "deep array": "[" * 9000,
    "digits without end": swapped("event_no", "9" * 9000),
    "an exponent": swapped("event_no", "1e400"),
    "a small exponent": swapped("event_no", "1e0"),
    "a fraction": swapped("event_no", "1.0"),
    "true for one": swapped("event_no", "true"),
    "not a number": swapped("event_no", "NaN"),
    "infinity": swapped("event_no", "-Infinity"),
    "no number": swapped("event_no", "null"),
    "nothing": swapped("event_no", "0"),
    "below": swapped("event_no", "-1"),
    "above an integer of the database": swapped("event_no", "2147483648"),
    "a text for a number": swapped("event_no", '"1"'),
    "a NUL in the number": swapped("source_number", '"S\\u00001"'),
    "a tab": swapped("source_number", '"S\\t1"'),
    "a line": swapped("source_number", '"S\\n1"'),
    "a backslash": swapped("source_number", '"S\\\\1"'),
    "a blank first": swapped("source_number", '" S"'),
    "blank": swapped("source_number", '" "'),
    "empty": swapped("source_number", '""'),
    "too long": swapped("source_number", json.dumps("长" * 65)),
    "a list": swapped("source_number", '["S-1"]'),
    "an object": swapped("kind", '{"a":1}'),
    "a kind in capitals": swapped("kind", '"Accepted"'),
    "an item with quotes": swapped("item_code", '"x\' or 1=1"'),
    "an item in full width": swapped("item_code", '"５１０１１９"'),
    "a moment of no day": swapped("at", '"2022-02-30T10:00:00"'),
    "a moment before everything": swapped("at", '"0001-01-01T00:00:00+14:00"'),
    "a moment after everything": swapped("at", '"9999-12-31T23:59:59-12:00"'),
    "a number for a moment": swapped("at", "1652148000"),
    "a moment in words": swapped("at", '"今天"'),
    "half a character between day and hour": swapped("at", '"2022-05-10\\ud80010:00:00+08:00"'),
    "a NUL between day and hour": swapped("at", '"2022-05-10\\u000010:00:00"'),
    "a zone of four days": swapped("at", '"2022-05-10T10:00:00+99:00"'),
    "surrogate half in a number": swapped("source_number", '"S\\ud800"'),
    "surrogate half in a name": said() [:-1] + ',"applicant_name":"\\ud800"}',
    "surrogate half in a reason": said()[:-1] + ',"special":{"reason":"\\udfff"}}',
    "surrogate half in an outcome": swapped("kind", '"decided"')[:-1] + ',"outcome":"\\ud800"}',
    "NUL in a name": said(applicant_name="示\0例"),
    "a name of an hour": said(applicant_name="长" * 201),
    "a name that is a list": said(applicant_name=["示例"]),
    "an unknown field": said(admin=True),
    "a field that cannot be kept": said()[:-1] + ',"\\ud800\\u0000":1}',
    "a field twice that cannot be kept": said()[:-1] + ',"\\ud800":1,"\\ud800":1}',
    **{f"half a character in {name}": said()[:-1] + f',"{name}":"\\ud800"}}' for name in ("region", "department_code", "due_on")},
    "turned": swapped("source_number", '"S\\u202e1"'),
    "unseen": swapped("source_number", '"S\\u200b1"'),
    "a byte order mark": swapped("source_number", '"\\ufeffS1"'),
    "an empty field": said(**{"": 1}),
    "special in special": said(special={"reason": {"a": 1}}),
    "special of another": said(special={"__proto__": "x"}),
    "special as list": said(special=[1]),
    "a limit of a million": said(limit_days=10**6),
    "a limit as text": said(limit_days="5"),
    "a due day in another form": said(due_on="13/05/2022"),
    "a due day as number": said(due_on=20220513),
    "takes back without correcting": said(takes_back=2),
    "corrects nothing": said(kind="corrected"),
    "corrects itself": said(kind="corrected", takes_back=1),
    "region with a blank": said(region="5101 00"),
    "not an object": "[1]", "null": "null", "a text": '"S-1"', "a number": "1", "two at once": said() + said(),
    "half": said()[:-5], "single quotes": said().replace('"', "'"), "a comment": said() + "//", "a comma": said()[:-1] + ",}",
    "a BOM inside": "\ufeff" + said(),
}  # fmt: skip


def test_every_hostile_line_is_refused_in_words_and_short() -> None:
    for name, raw in REFUSED.items():
        words = refusal(raw)
        assert words, name
        assert len(words) < 200, name
        assert any("\u4e00" <= one <= "\u9fff" for one in words), name
    assert refusal(said()) == ""


@db
def test_one_batch_of_them_all_is_counted_line_by_line_and_shown() -> None:
    raws = [raw for raw in REFUSED.values() if "\n" not in raw]
    batch = make.send([said(), *raws, said(event_no=2, kind="decided", outcome="granted")])
    assert (batch.refused, batch.taken, batch.received) == (len(raws), 2, len(raws) + 2)
    assert Line.objects.filter(batch_id=batch.pk).count() == len(raws)
    assert max(map(len, Line.objects.values_list("raw", flat=True))) <= 2000
    client = Client()
    client.force_login(
        people.account_of(make.resolver()), backend="django.contrib.auth.backends.ModelBackend"
    )
    for path in (f"/desk/exchange/batches/{batch.pk}", "/desk/exchange/cases"):
        assert client.get(path).status_code == 200


def test_a_name_that_comes_twice_in_one_object_is_refused() -> None:
    """Two readers of the same line would read two events: neither is believed."""
    for raw in (
        said()[:-1] + ',"event_no":2}', said()[:-1] + ',"kind":"decided"}', '{"source_number":"S-2",' + said()[1:],
        said()[:-1] + ',"special":{"name":"a","name":"b"}}',
    ):  # fmt: skip
        assert "两次" in refusal(raw), raw


@db
def test_words_in_any_script_are_kept_as_they_are_and_shown_harmless() -> None:
    names = [
        "<script>alert(1)</script>",
        "=cmd|' /C calc'!A0",
        "\u202e例示",
        "👨‍👩‍👧",
        "'; drop table exchange_case;--",
        "%s%n{}",
        "a\u0301",
        "\\N",
        "x\ty",
    ]
    kept = [name for name in names if "\t" not in name]
    batch = make.send([make.event(f"S-{n}", applicant_name=name) for n, name in enumerate(names)])
    assert (batch.taken + batch.refused, batch.taken) == (len(names), len(Case.objects.all()))
    rows = {one.source_number: one.applicant_name for one in Case.objects.all()}
    assert all(rows[f"S-{names.index(name)}"] == name for name in kept)
    client = Client()
    client.force_login(
        people.account_of(make.resolver()), backend="django.contrib.auth.backends.ModelBackend"
    )
    page = client.get("/desk/exchange/cases").content.decode()
    assert "<script>alert" not in page
    row = Case.objects.get(source_number="S-0")
    assert "<script>alert" not in client.get(f"/desk/exchange/cases/{row.pk}").content.decode()


@db
def test_numbers_in_any_script_stand_in_addresses_facts_and_copies() -> None:
    numbers = [
        "一/二",
        "a b",
        "x~2",
        "S:1:2",
        "%2e%2e",
        "..",
        "🙂",
        "a'b\"c",
        "é",
        "{}",
        "%(x)s",
    ]
    batch = make.send([make.event(one) for one in numbers] * 2)
    assert (batch.taken, batch.known) == (len(numbers), len(numbers))
    assert set(Case.objects.values_list("source_number", flat=True)) == set(numbers)
    assert len(sql.rows("select distinct key from journal_fact where subject_kind = 'reported'")) == len(
        numbers
    )


@db
def test_a_number_that_looks_like_the_key_of_anothers_fact_takes_nothing_away() -> None:
    """The keys of facts are made of numbers: whoever puts separators into a number meets nobody else."""
    first = make.send([make.event("S:1", 2), make.event("S", 1), make.event("S:1:2", 3)])
    second = make.send([make.event("S:1", 23), make.event("S:1:2", 1)])
    assert (first.taken, second.taken + second.quarantined) == (3, 2)
    keys = sql.rows("select subject_id, key from journal_fact where subject_kind = 'reported'")
    assert len(keys) == len(set(keys))


def lines_of(data: bytes) -> list[Any]:
    """What the reader of lines makes of bytes."""
    return [found for _, found in json_lines(data.splitlines(keepends=True))]


def test_bytes_of_other_encodings_are_refused_line_by_line() -> None:
    good = said().encode()
    named = said(applicant_name="示例").encode("gb18030")
    found = lines_of(
        b"\n".join(
            [
                b"\xef\xbb\xbf" + good,
                named,
                good,
                said().encode("utf-16-le"),
                b"\xc0\xaf",
                b"\xed\xa0\x80",
                good,
            ]
        )
    )
    assert [isinstance(one, Unreadable) for one in found][:3] == [False, True, False]
    assert [isinstance(one, Unreadable) for one in found][3:-1] == [True] * (len(found) - 4)
    assert isinstance(found[-1], dict)
    assert lines_of(b"\r\n \r\n\t\r\n") == []
    (long,) = lines_of(said(applicant_name="x" * LONGEST_LINE).encode())
    assert "字节" in long.words
    # A line ends only where it ends: other separators of the script are letters.
    ((raw, one),) = list(json_lines([said(applicant_name="a\u2028b\u0085c").encode() + b"\n"]))
    assert isinstance(one, dict)
    assert one["applicant_name"] == "a\u2028b\u0085c"
    assert raw


HEAD = b"source_number,event_no,kind,at,item_code,applicant_name\n"


def test_a_hostile_csv_is_refused_row_by_row() -> None:
    rows = [
        b"S-1,1,accepted,2022-05-10,x,ok\n", b"S-1,+1,accepted,2022-05-10,x,\n", b"S-1,1e1,accepted,2022-05-10,x,\n",
        "S-1,１,accepted,2022-05-10,x,\n".encode(), b"S-1,1_0,accepted,2022-05-10,x,\n", b"S-1,99999999999,accepted,2022-05-10,x,\n",
        b"S-1,1,accepted,2022-05-10,x,a,b\n", b"S-1,1\n", b"S-1,1,accepted,2022-05-10,x,\xff\n", b"S-1,1,accepted,2022-05-10,x,\x00\n",
        b'S-1,1,accepted,2022-05-10,x,"a\nb"\n', b'S-1,1,accepted,2022-05-10,x,"a"b\n',
    ]  # fmt: skip
    for position, row in enumerate(rows):
        found = list(csv_lines([HEAD, *row.splitlines(keepends=True)]))
        wrong = [one for _, one in found if isinstance(one, Unreadable)]
        readable = [one for raw, one in found if isinstance(one, dict) and not refusal(json.dumps(one))]
        if position == 0:
            assert (wrong, len(readable)) == ([], 1)
        elif position == 10:
            assert readable or wrong or found
        else:
            assert readable == [], row
    for head in (
        b"",
        b"\n",
        b"a,b\n",
        HEAD.replace(b"kind", b"KIND"),
        HEAD.replace(b"kind", b"kind,kind"),
        b"\xff\xfe" + HEAD,
    ):
        with pytest.raises(BadHeader):
            list(csv_lines([head]))
    with pytest.raises((BadHeader, Unreadable)):
        list(csv_lines([b'"' + b"x" * 200_000 + b"\n"]))


TEXT = st.text(st.characters(codec=None), max_size=20)
VALUE = st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | TEXT, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2), max_leaves=3)  # fmt: skip


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(reading.FIELDS), VALUE)
def test_no_value_of_any_field_does_anything_else_than_being_read_or_refused(field: str, value: Any) -> None:
    raw = json.dumps(GOOD | {field: value})
    try:
        line = read_line(parse_json(raw), 1, raw)
    except Unreadable:
        return
    # Whatever is read can be written: in UTF-8, without what the database cannot hold.
    text = "".join(
        (line.number, line.applicant_name, line.entry.item, line.entry.special, line.entry.outcome)
    )
    assert "\0" not in text.encode().decode()
    assert read_line(parse_json(raw), 9, "").entry.digest == line.entry.digest


@db
def test_what_is_read_and_nonsense_is_kept_for_a_person_with_its_page() -> None:
    odd = [
        make.event("S-1", day="2022-05-14"), make.event("S-2", day="2019-01-01"), make.event("S-3", item_code="-"),
        make.event("S-4", kind="decided", outcome="\u202egranted"), make.event("S-5", department_code="."),
        make.event("S-6", region="0"), make.event("S-7", no=2_000_000_000, kind="special_ended"),
        make.event("S-8", no=2_000_000_000, kind="corrected", takes_back=1_999_999_999),
        make.event("S-9", kind="decided", outcome=""), make.event("S-A", kind="decided", outcome="<b>"),
    ]  # fmt: skip
    batch = make.send(odd)
    assert (batch.quarantined, batch.refused) == (len(odd), 0)
    client = Client()
    client.force_login(
        people.account_of(make.resolver()), backend="django.contrib.auth.backends.ModelBackend"
    )
    for doubt in Quarantine.objects.all():
        page = client.get(f"/desk/exchange/quarantine/{doubt.pk}")
        assert (page.status_code, '<b>"' in page.content.decode()) == (200, False)
    assert Batch.objects.get().opened == 0
