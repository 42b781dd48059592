import unicodedata
from uuid import UUID

import pytest
from django.http import HttpRequest, HttpResponse, QueryDict

from yichuang.kernel.errors import Invalid, Missing
from yichuang.kernel.keys import client_key
from yichuang.kernel.web import (
    PUBLIC,
    SIGNED_IN,
    Request,
    clean_text,
    needs,
    post_key,
    posted_uuid,
    public,
    requirement,
    signed_in,
)


def view(request: Request) -> HttpResponse:
    return HttpResponse("ok")


def posted(**fields: str) -> HttpRequest:
    request = HttpRequest()
    body = QueryDict(mutable=True)
    body.update(fields)
    request.POST = body  # type: ignore[assignment]
    return request


def test_a_view_says_who_may_open_it() -> None:
    def another(request: Request) -> HttpResponse:
        return HttpResponse("ok")

    assert requirement(another) is None
    assert requirement(public(another)) == PUBLIC
    assert requirement(signed_in(another)) == SIGNED_IN
    assert requirement(needs("case.accept")(another)) == "case.accept"
    assert requirement(view) is None


@pytest.mark.parametrize("key", [pytest.param(client_key(), id="fresh"), "a" * 8, "Z9" * 32])
def test_a_form_key_is_taken_as_it_is(key: str) -> None:
    assert post_key(posted(client_key=key)) == key


@pytest.mark.parametrize(
    "key",
    [
        "",
        "short",
        "a" * 65,
        "with space 12",
        "abc-def-ghi",
        "提交提交提交提交提交",
        "１２３４５６７８９",
        "a" * 8 + "\0",
    ],
)
def test_a_form_without_a_proper_key_is_not_run(key: str) -> None:
    with pytest.raises(Invalid, match="防重复提交"):
        post_key(posted(client_key=key))
    with pytest.raises(Invalid):
        post_key(posted())


def test_an_id_in_a_form() -> None:
    assert posted_uuid(posted(to=str(UUID(int=4))), "to") == UUID(int=4)
    assert posted_uuid(posted(), "to") is None
    assert posted_uuid(posted(to=""), "to") is None
    with pytest.raises(Missing):
        posted_uuid(posted(to="1 or 1=1"), "to")


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("  好  ", "好"), ("a\0b", "ab"), ("一\r\n二", "一\n二"), ("一\t二", "一\t二"), ("\x1b[31m红", "[31m红"), ("", ""),
        ("一\x7f二\x9b", "一二"),
    ],
)  # fmt: skip
def test_text_has_no_control_characters(given: str, kept: str) -> None:
    assert clean_text(given) == kept


def test_of_all_signs_there_are_just_the_control_characters_are_left_out() -> None:
    signs = [chr(one) for one in range(0x110000)]
    wanted = [one for one in signs if one in "\n\t" or unicodedata.category(one) != "Cc"]
    assert clean_text("a" + "".join(signs) + "a", limit=2_000_000) == "a" + "".join(wanted) + "a"
    assert len(signs) - len(wanted) == 63, (
        "a table without control characters would make this test say nothing"
    )


def test_text_has_a_limit() -> None:
    assert len(clean_text("长" * 5000, limit=100)) == 100
