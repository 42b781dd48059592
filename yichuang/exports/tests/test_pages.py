"""The pages: the form says what is exported, asks what for and loses nothing; my list, its bar, cancel and download."""

import re
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from yichuang.cases.tests import factories as make
from yichuang.directory.flow import Capability
from yichuang.directory.models import Post
from yichuang.directory.queries import actor_of
from yichuang.directory.tests import factories as people
from yichuang.exports.flow import State
from yichuang.exports.models import Export
from yichuang.exports.render import file_name, handouts
from yichuang.exports.rules import reach_of
from yichuang.exports.tests.test_run import AT, asked, exporter
from yichuang.home.tests.visitors import browser, text
from yichuang.journal.queries import views_of
from yichuang.kernel import sql

pytestmark = pytest.mark.django_db
HERE = "/desk/exports/new?list=queue&tab=to_accept&overdue=1&due_from=2022-05-01"


@pytest.fixture(autouse=True)
def _clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: AT)


def done(export_id: UUID, content: bytes, until: datetime = AT + timedelta(days=7)) -> Export:
    """An export whose file lies ready."""
    Export.objects.filter(pk=export_id).update(
        state=State.DONE,
        rows=3,
        size=len(content),
        finished_at=AT,
        expires_at=until,
        reach=reach_of(actor_of(Export.objects.get(pk=export_id).account_id)),
    )
    row = Export.objects.get(pk=export_id)
    with handouts().drafted(file_name(row)) as draft:
        draft.write_bytes(content)
    return row


def test_the_form_says_what_and_asks_what_for() -> None:
    page = browser(exporter())
    shown = page.get(HERE)
    assert shown.status_code == 200
    assert "办件清单：待受理、已超期、期限 2022-05-01 起" in text(shown)
    given = {"format": "parquet", "purpose": "查", "client_key": make.key()}
    refused = page.post(HERE, given)
    assert refused.status_code == 422
    assert 'value="查"' in refused.content.decode(), "what was typed stays"
    assert re.search(r'value="parquet"[^>]*checked', refused.content.decode())
    assert not Export.objects.exists()
    for _ in range(2):
        accepted = page.post(HERE, given | {"purpose": "核对一季度办件"})
        assert (accepted.status_code, accepted.headers["Location"]) == (302, "/desk/exports")
    (row,) = Export.objects.all()
    assert (row.format, row.asked) == (
        "parquet", {"tab": "to_accept", "overdue": "1", "due_from": "2022-05-01"}
    )  # fmt: skip
    assert row.address == "127.0.0.1"


@pytest.mark.parametrize(
    "query", ["", "?list=nothing", "?list=queue", "?list=queue&tab=to_accept&item=x", "?list=counted&measure=accepted",
              "?list=search", "?list=campaign"],
)  # fmt: skip
def test_a_list_that_is_none_is_refused_politely(query: str) -> None:
    assert browser(exporter()).get(f"/desk/exports/new{query}").status_code == 422


def test_my_list_shows_each_state_in_few_statements() -> None:
    by = exporter()
    page = browser(by)
    assert "还没有导出" in text(page.get("/desk/exports"))
    waiting, running, ready = asked(by), asked(by), done(asked(by), b"x" * 2048)
    Export.objects.filter(pk=running).update(state=State.RUNNING, rows=500, expected=1000)
    post = people.post(people.department(), "另一导出岗", [Capability.LIST_EXPORT, Capability.CASE_SEARCH])
    other = people.staff("another", post)
    asked(other)
    page.get("/desk/exports")
    with sql.counting() as statements:
        shown = page.get("/desk/exports")
    assert len(statements) <= 6
    body = shown.content.decode()
    assert 'hx-trigger="every 2s"' in body
    assert '<progress value="50" max="100"' in body
    assert text(shown).count("办件清单：待受理") >= 3
    assert body.count("/cancel") == 2
    assert "下载" in text(shown)
    cancelled = page.post(f"/desk/exports/{waiting}/cancel", {"client_key": make.key()})
    assert cancelled.status_code == 302
    assert Export.objects.get(pk=waiting).state == State.CANCELLED
    assert page.post(f"/desk/exports/{ready.pk}/cancel", {"client_key": make.key()}).status_code == 409
    Export.objects.filter(pk=running).delete()
    assert 'hx-trigger="every 2s"' not in page.get("/desk/exports").content.decode(), "nothing to wait for"
    for _ in range(26):
        done(asked(other), b"")
    assert "?after=" in browser(other).get("/desk/exports").content.decode()


def test_the_file_is_for_whoever_asked_as_long_as_he_may() -> None:
    by = exporter()
    row = done(asked(by), b"content")
    address = f"/desk/exports/{row.pk}/file"
    answer: Any = browser(by).get(address)
    assert b"".join(answer.streaming_content) == b"content"
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert {look.detail for look in views_of(row.pk)} == {"CSV", "下载"}
    post = people.post(people.department(), "另一导出岗", [Capability.LIST_EXPORT, Capability.CASE_SEARCH])
    assert browser(people.staff("another", post)).get(address).status_code == 404, "another's is not there"
    assert browser(people.clerk()).get(address).status_code == 403
    handouts().remove(file_name(row))
    assert browser(by).get(address).status_code == 404
    over = done(asked(by), b"content", until=AT)
    assert browser(by).get(f"/desk/exports/{over.pk}/file").status_code == 404
    Post.objects.filter(name="导出岗").update(capabilities=[str(Capability.LIST_EXPORT)])
    assert browser(by).get(address).status_code == 403, "the list is no longer his"


def test_lists_lead_to_the_form() -> None:
    make.filed()
    page = browser(exporter())
    for address, code in (
        ("/desk?tab=to_accept", "list=queue"), ("/desk/search?q=示例", "list=search"),
        ("/desk/figures/cases?measure=received&first=2022-05-01&last=2022-05-12", "list=counted"),
        ("/desk/feedback/ratings", "list=ratings"), ("/desk/feedback/complaints", "list=complaints"),
    ):  # fmt: skip
        body = page.get(address).content.decode().replace("&amp;", "&")
        (link,) = {
            part.partition('"')[0]
            for part in body.split('href="')[1:]
            if "/desk/exports/new?" in part.partition('"')[0]
        }
        assert code in link
        assert page.get(link).status_code == 200, link
    assert "/desk/exports/new" not in browser(people.clerk()).get("/desk").content.decode()
