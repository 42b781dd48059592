"""A look that must be kept is kept, though the page on which it was taken is read from the replica."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import DEFAULT_DB_ALIAS, connections

from yichuang.directory.commands import ApplicantForm, save_applicant
from yichuang.directory.flow import ApplicantKind, Capability
from yichuang.directory.queries import applicant_by_paper
from yichuang.home.pages import private
from yichuang.home.tests.visitors import browser, holder
from yichuang.intake.tests import factories as intake
from yichuang.journal.queries import views_of
from yichuang.kernel import replica, sql
from yichuang.kernel.replica import ALIAS, Lag

NEAR = Lag(intake.AT, 1.0, usable=True)


@pytest.fixture
def second(committed: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The same database once more, on a connection that only reads, as a replica's does."""
    settings = connections[DEFAULT_DB_ALIAS].settings_dict
    options = settings["OPTIONS"]["options"] + " -c default_transaction_read_only=on"
    read_only = {**settings, "OPTIONS": {**settings["OPTIONS"], "options": options}}
    replica.forget()
    monkeypatch.setitem(connections.databases, ALIAS, read_only)
    monkeypatch.setattr(replica, "_probe", lambda: NEAR)
    yield
    connections[ALIAS].close()
    del connections[ALIAS]
    replica.forget()


@pytest.mark.usefixtures("second")
def test_a_search_by_paper_number_is_kept_where_pages_are_read_from_the_replica(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    save_applicant(ApplicantForm(ApplicantKind.PERSON, "张示例", intake.PERSON_ID, "", ""), at=intake.AT)
    who = applicant_by_paper(intake.PERSON_ID)
    assert who is not None
    address = f"/desk/search?q={intake.PERSON_ID}"
    first, second_one = holder(Capability.CASE_SEARCH), holder(Capability.CASE_SEARCH, Capability.CASE_REVIEW)
    read: list[str] = []
    real = sql.rows

    def watched(*given: Any) -> Any:
        read.append(replica.alias())
        return real(*given)

    monkeypatch.setattr("yichuang.cases.queries.queues.sql.rows", watched)
    page = browser(first)
    assert page.get("/desk/search?q=示例").status_code == 200
    assert ALIAS in read, "searches that name nobody are read there"
    assert views_of(who.pk) == []
    assert page.get(address).status_code == 200
    assert [(row.kind, row.viewer_name) for row in views_of(who.pk)] == [("search", first.name)]
    assert not [one for one in caplog.records if "was not kept" in one.getMessage()]

    # The broken variant writes into the replica: it refuses, the log's keeper lets the page pass, and nobody ever knows of the look.
    monkeypatch.setattr(private, "replica", SimpleNamespace(alias=lambda: DEFAULT_DB_ALIAS, ALIAS=ALIAS))
    assert browser(second_one).get(address).status_code == 200
    assert len(views_of(who.pk)) == 1
