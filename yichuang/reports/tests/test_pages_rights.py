"""Every page of the room for every role, read and written: who gets it, who is sent to sign in, who is refused."""

from collections.abc import Callable
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from yichuang.directory.flow import Capability
from yichuang.directory.tests import factories as people
from yichuang.kernel import paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.errors import Invalid, Missing, Refused
from yichuang.reports import commands, queries
from yichuang.reports.flow import Action, State
from yichuang.reports.models import Contribution, Report
from yichuang.reports.pages import urlpatterns
from yichuang.reports.tests import factories as make
from yichuang.reports.tests.factories_newsroom import installed, stored_photo
from yichuang.reports.tests.test_commands_past import stored, text_of_issue_24
from yichuang.reports.tests.test_pages_desk import as_

pytestmark = pytest.mark.django_db


def importer() -> Actor:
    """Reads past reports in, and nothing else."""
    office = people.department("政务平台服务处", "902", "川政平")
    return people.staff("importer", people.post(office, "资料员", [Capability.REPORT_IMPORT]))


ROLES: dict[str, Callable[[], Actor]] = {
    "editor": make.editor, "reviewer": make.reviewer, "leader": make.leader, "contributor": make.contributor,
    "importer": importer, "clerk": people.clerk, "company": people.applicant_actor,
}  # fmt: skip
DRAFT = {
    "editor": 200,
    "reviewer": 200,
    "leader": 200,
    "contributor": 404,
    "importer": 404,
    "clerk": 404,
    "company": 404,
}
EDIT = dict.fromkeys(ROLES, 403) | {"editor": 200}
POSTED = dict.fromkeys(ROLES, 405)
# What each page answers to a GET, by role; anonymous visitors are sent to sign in where it is not public.
READ: dict[str, dict[str, int]] = {
    "reports": dict.fromkeys(ROLES, 200),
    "report": dict.fromkeys(ROLES, 200),
    "report-file": dict.fromkeys(ROLES, 200),
    "report-verify": dict.fromkeys(ROLES, 200),
    "report-timeline": dict.fromkeys(ROLES, 200),
    "desk-reports": dict.fromkeys(ROLES, 200) | {"clerk": 403, "company": 403},
    "desk-report-new": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-contribute": dict.fromkeys(ROLES, 403) | {"editor": 200, "contributor": 200},
    "desk-report-withdraw": dict.fromkeys(ROLES, 403) | {"editor": 405, "contributor": 405},
    "desk-report-contribution": dict.fromkeys(ROLES, 404) | {"editor": 200, "contributor": 200},
    "desk-report-contribute-read": dict.fromkeys(ROLES, 403) | {"editor": 405, "contributor": 405},
    "desk-report-contribute-discard": dict.fromkeys(ROLES, 403) | {"editor": 405, "contributor": 405},
    "desk-report-photo": dict.fromkeys(ROLES, 404) | {"editor": 200, "contributor": 200},
    "desk-report-draft-photo": dict.fromkeys(ROLES, 404) | {"contributor": 200},
    "desk-report-numbers": DRAFT,
    "desk-report-numbers-bind": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-suggestions": EDIT,
    "desk-report-suggestion-take": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-suggestion-hide": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-import": dict.fromkeys(ROLES, 403) | {"editor": 200, "importer": 200},
    "desk-report": DRAFT,
    "desk-report-file": DRAFT,
    "desk-report-act": POSTED,
    "desk-report-take": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-decline": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-bring-forward": dict.fromkeys(ROLES, 403),
    "desk-report-section": EDIT,
    "desk-report-inspection": EDIT,
    "desk-report-imprint": EDIT,
    "desk-report-visits": EDIT,
    "desk-report-visit": EDIT,
    "desk-report-visit-remove": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-lock": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-changes": DRAFT,
    "desk-report-change-revert": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-change-judge": dict.fromkeys(ROLES, 403) | {"reviewer": 405},
    "desk-report-compare": DRAFT,
    "desk-report-comments": DRAFT,
    "desk-report-comment-settle": POSTED,
    "desk-report-checks": DRAFT,
    "desk-report-check-fix": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-check-ignore": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-versions": DRAFT,
    "desk-report-version": DRAFT,
    "desk-report-errata": dict.fromkeys(ROLES, 403) | {"editor": 404},
    "desk-report-distribution": dict.fromkeys(ROLES, 403) | {"editor": 404},
    "desk-report-reminder": dict.fromkeys(ROLES, 200) | {"company": 403},
    "desk-report-erratum-withdraw": dict.fromkeys(ROLES, 403) | {"editor": 405},
    "desk-report-forms": dict.fromkeys(ROLES, 403),
    "desk-report-form": dict.fromkeys(ROLES, 403),
    "desk-report-form-copy": dict.fromkeys(ROLES, 403),
    "desk-report-form-switch": dict.fromkeys(ROLES, 403),
}
PUBLIC = {"reports", "report", "report-file", "report-verify", "report-timeline"}


def addresses() -> dict[str, str]:
    """One address for every page: of a draft, and of an issue for those that are public."""
    issued = make.issued()
    draft = make.opened(make.LAST + make.timedelta(days=3), make.LAST + make.timedelta(days=7))
    commands.save_visit(draft.pk, make.visit(), seen=1, by=make.editor(), at=make.AT)
    photo = stored_photo()
    sent, visit = make.contribution(draft, photos=(commands.NewPhoto(**photo),)), draft.visits.get().pk
    typed = commands.save_contribution_draft(
        {"photos": [photo]}, by=make.contributor(), at=make.AT, key="k" * 12
    )
    more: dict[str, list[object]] = {
        "reports": [], "report": [issued.slug], "report-file": [issued.slug, "txt"], "report-verify": [issued.slug],
        "desk-reports": [], "report-timeline": [], "desk-report-reminder": [],
        "desk-report-new": [], "desk-report-contribute": [], "desk-report-withdraw": [sent],
        "desk-report-contribution": [sent], "desk-report-contribute-read": [], "desk-report-photo": [sent, 0],
        "desk-report-contribute-discard": [typed], "desk-report-draft-photo": [typed, 0],
        "desk-report-import": [], "desk-report-file": [draft.pk, "txt"], "desk-report-act": [draft.pk, "submit"],
        "desk-report-section": [draft.pk, "efficiency"], "desk-report-visit": [draft.pk, visit],
        "desk-report-visit-remove": [draft.pk, visit], "desk-report-version": [draft.pk, 1],
        "desk-report-lock": [draft.pk, "efficiency"], "desk-report-comment-settle": [draft.pk, visit, "resolve"],
        "desk-report-erratum-withdraw": [visit], "desk-report-forms": [],
        **{f"desk-report-form{act}": ["2022"] for act in ("", "-copy", "-switch")},
    }  # fmt: skip
    return {name: reverse(name, args=more.get(name, [draft.pk])) for name in READ}


def test_the_table_names_every_page() -> None:
    assert {str(pattern.name) for pattern in urlpatterns} == set(READ)
    assert all(set(row) == set(ROLES) for row in READ.values())


@pytest.mark.parametrize("role", ROLES)
def test_every_page_for_every_role(client: Client, role: str) -> None:
    pages = addresses()
    as_(client, ROLES[role]())
    assert {name: client.get(page).status_code for name, page in pages.items()} == {
        name: row[role] for name, row in READ.items()
    }


def test_every_page_for_a_stranger(client: Client) -> None:
    for name, page in addresses().items():
        answer = client.get(page)
        assert answer.status_code == (200 if name in PUBLIC else 302), name
        if name not in PUBLIC:
            assert answer["Location"].startswith("/sign-in"), name


@pytest.mark.parametrize("role", [role for role in ROLES if role != "editor"])
def test_who_may_not_write_changes_nothing_by_posting(client: Client, role: str) -> None:
    pages = addresses()
    before = list(Report.objects.order_by("pk").values())
    as_(client, ROLES[role]())
    given = {
        "seen": 2,
        "text-0": "闯入。",
        "copies": "1",
        "person": "x",
        "department": "x",
        "on_text": "x",
        "reason": "x",
    }
    for name, page in pages.items():
        if name.startswith("desk-report-") and name not in (
            "desk-report-contribute",
            "desk-report-contribute-read",
            "desk-report-contribute-discard",
            "desk-report-import",
            "desk-report-withdraw",
            "desk-report-comments",
            # Everybody of the staff switches the own reminder.
            "desk-report-reminder",
        ):
            assert client.post(page, given).status_code in (403, 404, 405, 409), name
    assert list(Report.objects.order_by("pk").values()) == before
    assert Contribution.objects.get().state == "sent"


# A file to be checked has to be uploaded: the page looks at it and writes nothing.
UPLOADS = {"report-verify"}


@pytest.mark.parametrize("page", sorted(PUBLIC - UPLOADS))
def test_public_pages_take_no_post(client: Client, page: str) -> None:
    assert client.post(addresses()[page]).status_code == 405


def test_checking_a_file_in_public_writes_nothing(client: Client) -> None:
    page = addresses()["report-verify"]
    before = list(Report.objects.order_by("pk").values()), Contribution.objects.count()
    assert client.post(page).status_code in (200, 422)
    with sql.counting() as statements:
        client.post(page)
    assert not [
        each for each in statements if each.lstrip().lower().startswith(("insert", "update", "delete"))
    ]
    assert (list(Report.objects.order_by("pk").values()), Contribution.objects.count()) == before


@pytest.mark.parametrize("role", ["reviewer", "leader", "contributor", "importer"])
def test_the_list_shows_drafts_only_to_those_who_work_on_them(client: Client, role: str) -> None:
    addresses()
    as_(client, ROLES[role]())
    page = client.get("/desk/reports").content.decode()
    sees = role in ("reviewer", "leader")
    assert ("2022-05-16 至 2022-05-20" in page) == sees
    assert "2022-05-05 至 2022-05-13" in page
    assert ("编辑中的周报由编辑、审核人和签发人查看" in page) == (not sees)
    assert "新建周报" not in page
    assert ("导入往期" in page) == (role == "importer")


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("role", ["editor", "reviewer", "leader"])
def test_each_role_is_offered_only_its_own_buttons(client: Client, role: str, state: State) -> None:
    report = make.in_state(state)
    as_(client, ROLES[role]())
    page = client.get(reverse("desk-report", args=[report.pk])).content.decode()
    offered = {action for action in Action if f"/act/{action}" in page}
    mine = {
        "editor": {
            State.COLLECTING: {Action.START_EDITING}, State.EDITING: {Action.REOPEN_COLLECTING, Action.SUBMIT},
            State.ISSUED: {Action.MARK_PRINTED},
        },
        "reviewer": {State.IN_REVIEW: {Action.APPROVE, Action.SEND_BACK}},
        "leader": {},
    }[role]  # fmt: skip
    assert offered == mine.get(state, set())


def test_the_leader_is_asked_only_after_the_review(client: Client) -> None:
    report = make.in_state(State.IN_REVIEW, approved=True)
    as_(client, make.leader())
    page = client.get(reverse("desk-report", args=[report.pk])).content.decode()
    assert "/act/issue" in page
    assert "/act/decline" in page
    assert "确认签发" in page


def test_an_issued_report_is_open_at_the_desk_to_contributors_but_not_its_versions(client: Client) -> None:
    report = make.issued()
    as_(client, make.contributor())
    assert client.get(reverse("desk-report", args=[report.pk])).status_code == 200
    assert client.get(reverse("desk-report-versions", args=[report.pk])).status_code == 404
    assert client.get(reverse("desk-report-version", args=[report.pk, 1])).status_code == 404


def test_queries_ask_for_the_actor() -> None:
    draft = make.opened()
    for by in (people.clerk(), people.applicant_actor()):
        assert not queries.may_open(by)
        with pytest.raises(Refused):
            queries.desk_reports(by=by)
        with pytest.raises(Missing):
            queries.report_for(draft.pk, by=by)
    with pytest.raises(Missing):
        queries.report_for(draft.pk, by=make.contributor())
    assert queries.report_for(draft.pk, by=make.leader()).pk == draft.pk


def test_pages_of_the_staff_list_hold_every_report_once() -> None:
    for week in range(3):
        first = make.FIRST + make.timedelta(weeks=week)
        make.opened(first, first + make.timedelta(days=4))
    stored(text_of_issue_24())
    stored(text_of_issue_24(9).replace("（7月18日—7月22日）\n", ""))
    for size in (1, 2, 5):
        seen: list[UUID] = []
        after = ""
        while True:
            page = queries.desk_reports(by=make.editor(), after=after, size=size)
            seen += [row.id for row in page.rows]
            after = page.following
            if not after:
                break
        assert len(seen) == len(set(seen)) == 5
    days = [row.last_day or row.issued_on for row in queries.desk_reports(by=make.editor()).rows]
    assert days == sorted(days, key=str, reverse=True)


@pytest.mark.parametrize(
    "parts",
    [
        ["x", "y"],
        ["2022-05-13", "y"],
        ["2022-05-13", "\x00"],
        ["2022-13-01", str(UUID(int=1))],
        ["2022-05-13"],
    ],
)
def test_a_link_of_the_staff_list_that_was_tampered_with_is_told(client: Client, parts: list[str]) -> None:
    make.opened()
    by = make.editor()
    after = paging.encode(parts)
    with pytest.raises(Invalid, match="翻页链接"):
        queries.desk_reports(by=by, after=after)
    assert as_(client, by).get("/desk/reports", {"after": after}).status_code == 422


def test_the_statements_of_the_pages_are_pinned(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that suddenly asks more is a page that became slow. What registers ask is pinned in their rooms."""
    installed(monkeypatch)
    pages = addresses()
    as_(client, make.editor())
    client.get(pages["desk-reports"])
    counts = {}
    for name in (
        "desk-reports",
        "desk-report-contribute",
        "desk-report-versions",
        "desk-report-version",
        "reports",
        "report",
    ):
        with sql.counting() as statements:
            assert client.get(pages[name]).status_code == 200
        counts[name] = len(statements)
    assert counts == {
        "desk-reports": 3, "desk-report-contribute": 8, "desk-report-versions": 3, "desk-report-version": 4,
        "reports": 3, "report": 4,
    }  # fmt: skip
