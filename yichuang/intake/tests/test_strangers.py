"""Every address of this room by everybody whose business it is not: nothing read, nothing changed, nothing learnt."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import URLPattern, reverse

from yichuang.cases.flow import Channel
from yichuang.catalogue.tests.factories import departments
from yichuang.directory.models import Account
from yichuang.directory.tests import factories as people
from yichuang.intake import commands
from yichuang.intake.models import Application, Draft, DraftMaterial, Material
from yichuang.intake.pages import BULK_PAGES, follow, urlpatterns
from yichuang.intake.queries import Receipt
from yichuang.intake.rules.codes import spelled
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.kernel import sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.web import requirement

pytestmark = pytest.mark.django_db

SECRET = "不可外传的取水理由"


@pytest.fixture(autouse=True)
def _a_monday_in_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT)


@dataclass(frozen=True)
class Matter:
    """What belongs to the company and to one clerk: drafts, a filed case, one that waits for its correction."""

    draft: UUID
    draft_file: UUID
    window_draft: UUID
    window_file: UUID
    filed: Receipt
    material: UUID
    correcting: Receipt


@pytest.fixture
def matter(db: None) -> Matter:
    """The company's and the clerk's own, with words that nobody else may read."""
    by, clerk = make.applicant(), make.window_clerk()
    draft = make.complete(by)
    make.fill(draft.pk, by, reason=SECRET)
    source = make.complete(by)
    make.fill(source.pk, by, reason=SECRET)
    filed = commands.file_draft(source.pk, key=make.key(), by=by, at=make.AT)
    at_window = commands.begin_draft(
        make.WATER, by=clerk, at=make.AT, channel=Channel.WINDOW, applicant_id=make.company().pk
    )
    commands.save_section(at_window.pk, "purpose", {"reason": SECRET}, 1, by=clerk, at=make.AT)
    scan = commands.add_material(at_window.pk, make.REQUIRED[0], make.pdf(), by=clerk, at=make.AT)
    return Matter(
        draft.pk,
        draft.materials.all()[0].pk,
        at_window.pk,
        scan,
        filed,
        Material.objects.filter(case_id=filed.case_id)[0].id,
        make.asked_to_correct(by),
    )


def addresses(found: Matter) -> Iterator[tuple[str, str]]:
    """Every address of the room that leads to something of the matter: (name, path)."""
    for pattern in urlpatterns:
        name = str(pattern.name)
        if set(pattern.pattern.converters) & {"draft_id", "case_id"}:
            yield name, reverse(name, kwargs=arguments(pattern, found))


def arguments(pattern: URLPattern, found: Matter) -> dict[str, Any]:
    """The arguments by which an address leads to the matter."""
    window = str(pattern.name).startswith("window-draft")
    of_draft = "draft_id" in pattern.pattern.converters
    file = (found.window_file if window else found.draft_file) if of_draft else found.material
    known: dict[str, Any] = {
        "draft_id": found.window_draft if window else found.draft,
        "case_id": found.correcting.case_id if pattern.name == "my-correction" else found.filed.case_id,
        "material_id": file,
        "code": "purpose",
    }
    return {name: known[name] for name in pattern.pattern.converters}


TABLES = (
    "intake_draft", "intake_draftmaterial", "intake_application", "intake_material", "cases_case", "cases_work",
    "journal_fact", "directory_applicant",
)  # fmt: skip


def picture() -> dict[str, object]:
    """Every row that a stranger might touch."""
    return {
        table: sql.rows(f"select count(*), md5(string_agg(t::text, '|' order by t::text)) from {table} t")
        for table in TABLES
    }


def hostile(found: Matter) -> dict[str, Any]:
    """A body that fits every form of the room at once."""
    return {
        "client_key": make.key(), "declared": "yes", "act": "send", "note": "冒充", "edit": "900000000", "tab": "t",
        "reason": "冒充者写的", "draft": str(found.draft), "papers_shown": "1", "paper": list(make.REQUIRED),
        make.REQUIRED[0]: SimpleUploadedFile("冒充.pdf", make.PDF),
    }  # fmt: skip


def other_account() -> Actor:
    """A second account of the same company: its drafts are its own, its cases are the company's."""
    return people.applicant_actor(make.company(), "company-second")


def other_clerk() -> Actor:
    """Another clerk at the same window."""
    held = Account.objects.get(username="window").post
    assert held is not None
    return people.staff("window-second", held)


def far_reviewer() -> Actor:
    """A reviewer of a department that has nothing to do with it."""
    return people.reviewer(departments()["commerce"], "reviewer.far")


def follower_by_code(found: Matter) -> Client:
    """Somebody who is not signed in and has shown the code of the filed case."""
    guest = browser()
    sent = {"number": found.filed.number, "code": found.filed.follow_code}
    assert guest.post(reverse("follow"), sent).status_code == 302
    return guest


def follower_signed_in(found: Matter) -> Client:
    """Another company that has shown the code."""
    client = browser(make.stranger())
    sent = {"number": found.filed.number, "code": found.filed.follow_code}
    assert client.post(reverse("follow"), sent).status_code == 302
    return client


Strangers = dict[str, Callable[[Matter], Client]]
STRANGERS: Strangers = {
    "anonymous": lambda _: browser(),
    "another company": lambda _: browser(make.stranger()),
    "a person": lambda _: browser(make.person()),
    "a reviewer elsewhere": lambda _: browser(far_reviewer()),
    "follower by code": follower_by_code,
    "another company with the code": follower_signed_in,
}


def trespasses(client: Client, found: Matter) -> list[str]:
    """The addresses that gave something to a stranger, or let him change something."""
    before, wrong = picture(), []
    for name, path in addresses(found):
        for response in (client.get(path), client.post(path, hostile(found))):
            turned_away = response.status_code in (403, 404, 405) or to_sign_in(response)
            if not turned_away or SECRET in response.content.decode(errors="replace"):
                wrong.append(f"{name}: {response.status_code}")
    return wrong + [f"changed: {table}" for table, rows in picture().items() if rows != before[table]]


def to_sign_in(response: Any) -> bool:
    """Whether somebody is asked to sign in first."""
    return response.status_code == 302 and str(response["Location"]).startswith("/sign-in")


@pytest.mark.parametrize("who", sorted(STRANGERS))
def test_what_belongs_to_others_is_not_there(matter: Matter, who: str) -> None:
    assert trespasses(STRANGERS[who](matter), matter) == []


def test_the_owner_reaches_what_strangers_cannot(matter: Matter) -> None:
    """The control: the same addresses answer their owner, so a refusal above is a refusal of the stranger."""
    own, clerk = browser(make.applicant()), browser(make.window_clerk())
    for name, path in addresses(matter):
        client = clerk if name.startswith("window") else own
        status = client.get(path).status_code
        # The files of this test stand in no store, but their rows are found.
        wanted = (404,) if name.endswith("-file-of") or name == "material-file" else (200, 405)
        assert status in wanted, name


def test_drafts_that_anybody_could_open_would_be_noticed(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: the statement forgets whose draft it is."""
    statement = sql.statement
    everybody = statement("yichuang/intake/queries/x.py", "draft").replace("and d.owner_id = %(owner)s", "")
    monkeypatch.setattr(
        sql, "statement", lambda place, name, *more: everybody if name == "draft" else statement(place, name, *more)
    )  # fmt: skip
    found = trespasses(browser(make.stranger()), matter)
    assert {"draft: 200", "draft-section: 200", "draft-check: 200"} <= set(found)
    # What writes asks a second time, in the statement itself.
    assert not [one for one in found if one.startswith("changed")]


def test_a_second_account_shares_the_cases_but_not_the_drafts(matter: Matter) -> None:
    client, before = browser(other_account()), picture()
    for name, path in addresses(matter):
        if name.startswith("draft"):
            assert client.get(path).status_code in (404, 405), name
            assert client.post(path, hostile(matter)).status_code in (404, 405), name
    assert picture() == before
    for name in ("my-case", "receipt", "receipt-calendar"):
        assert client.get(reverse(name, args=[matter.filed.case_id])).status_code == 200


def test_another_clerk_shares_the_cases_but_not_the_drafts(matter: Matter) -> None:
    client, before = browser(other_clerk()), picture()
    for name, path in addresses(matter):
        if name.startswith(("draft", "window-draft")):
            assert client.get(path).status_code in (404, 405), name
            assert client.post(path, hostile(matter)).status_code in (404, 405), name
    assert picture() == before
    assert client.get(reverse("window-receipt", args=[matter.filed.case_id])).status_code == 200


def test_not_there_and_not_yours_look_the_same(matter: Matter) -> None:
    client, nowhere = browser(make.stranger()), uuid4()
    for name, path in addresses(matter):
        if name.startswith("window"):
            continue
        missing = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", str(nowhere), path, count=1)
        here, there = client.get(path), client.get(missing)
        assert here.status_code == there.status_code
        assert bare(here) == bare(there), name


def bare(response: Any) -> str:
    """A page without what differs from one request to the next: tokens, and the address that was asked for."""
    text = re.sub(r'value="[A-Za-z0-9]{64}"', "", response.content.decode())
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text)


def test_a_follower_reads_the_course_and_nothing_that_was_filed(matter: Matter) -> None:
    for client in (follower_by_code(matter), follower_signed_in(matter)):
        page = client.get(reverse("follow-case", args=[matter.filed.number])).content.decode()
        assert "办理过程" in page
        assert SECRET not in page
        assert "撤回申请" not in page
        assert make.COMPANY_CODES[0] not in page
        assert "13800000000" not in page
        assert str(matter.material) not in page


def wrong_answers(found: Matter) -> list[tuple[int, str]]:
    """What a guesser is told: a number that exists with a wrong code, numbers and codes that are nothing."""
    tries = [
        (found.filed.number, "AAAAA-AAAAA"),
        (found.filed.number, ""),
        (found.filed.number, found.correcting.follow_code),
        (found.filed.number[:-1] + "9", found.filed.follow_code),
        ("X" * 20, found.filed.follow_code),
    ]
    told = []
    for number, code in tries:
        response = browser().post(reverse("follow"), {"number": number, "code": code})
        text = bare(response).replace(f'value="{number}"', "").replace(f'value="{code}"', "")
        told.append((response.status_code, text))
    return told


def test_a_guesser_learns_nothing_from_the_answer(matter: Matter) -> None:
    assert len(set(wrong_answers(matter))) == 1


def test_an_answer_that_names_what_is_wrong_would_be_noticed(
    matter: Matter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broken variant: a message of its own for a number that exists."""
    monkeypatch.setattr(follow, "WRONG", Telling(matter.filed.number))
    assert len(set(wrong_answers(matter))) > 1


class Telling(str):
    """Words that change with each use, as a message that depends on the number would."""

    used = 0

    def __html__(self) -> str:
        Telling.used += 1
        return f"{self}{Telling.used}"


def test_a_case_number_without_its_code_leads_to_the_question(matter: Matter) -> None:
    there = browser().get(reverse("follow-case", args=[matter.filed.number]))
    nowhere = browser().get(reverse("follow-case", args=["nothing"]))
    assert (there.status_code, nowhere.status_code) == (302, 302)
    assert there["Location"].startswith("/follow?number=")
    assert nowhere["Location"].startswith("/follow?number=")


def guesses_until_blocked(found: Matter, **headers: Any) -> int:
    """How many wrong codes one address may try before the right one is not taken any more; 100 at most."""
    for number in range(100):
        guest = browser()
        sent = {"number": found.filed.number, "code": f"AAAAA-{number:05}"}
        if guest.post(reverse("follow"), sent, **headers).status_code == 429:
            right = {"number": found.filed.number, "code": found.filed.follow_code}
            assert browser().post(reverse("follow"), right).status_code == 429
            return number
    return 100


def test_guessing_is_stopped_and_a_fresh_session_does_not_help(matter: Matter) -> None:
    assert guesses_until_blocked(matter) == follow.TRIES


def test_a_forged_address_does_not_help(matter: Matter) -> None:
    assert (
        guesses_until_blocked(matter, HTTP_X_FORWARDED_FOR=f"203.0.113.{uuid4().int % 250}") == follow.TRIES
    )


def test_without_a_limit_guessing_would_go_on(matter: Matter, monkeypatch: pytest.MonkeyPatch) -> None:
    """The broken variant."""
    monkeypatch.setattr(follow, "TRIES", 10**9)
    assert guesses_until_blocked(matter) == 100


def test_the_right_code_is_not_counted(matter: Matter) -> None:
    guest = browser()
    sent = {"number": matter.filed.number, "code": spelled(matter.filed.follow_code)}
    assert {guest.post(reverse("follow"), sent).status_code for _ in range(follow.TRIES + 5)} == {302}


@pytest.mark.parametrize("signed_in", [False, True])
def test_following_ends_with_the_session(matter: Matter, signed_in: bool) -> None:
    client = follower_signed_in(matter) if signed_in else follower_by_code(matter)
    address = reverse("follow-case", args=[matter.filed.number])
    assert client.get(address).status_code == 200
    assert client.post(reverse("sign-out")).status_code == 302
    assert client.get(address).status_code == 302
    assert follow.SESSION not in client.session


def test_signing_in_as_somebody_else_does_not_inherit_what_was_followed(matter: Matter) -> None:
    client = follower_signed_in(matter)
    other = people.account_of(make.person())
    other.set_password("demo-pass-2026")
    other.save()
    done = client.post(reverse("sign-in"), {"username": other.username, "password": "demo-pass-2026"})
    assert done.status_code == 302
    assert client.get(reverse("follow-case", args=[matter.filed.number])).status_code == 404


def test_only_the_last_fifty_followed_cases_are_remembered(matter: Matter) -> None:
    guest = browser()
    guest.get(reverse("follow"))
    session = guest.session
    session[follow.SESSION] = [str(uuid4()) for _ in range(50)]
    session.save()
    sent = {"number": matter.filed.number, "code": matter.filed.follow_code}
    assert guest.post(reverse("follow"), sent).status_code == 302
    kept = guest.session[follow.SESSION]
    assert len(kept) == follow.MOST_FOLLOWED
    assert kept[-1] == str(matter.filed.case_id)


def test_a_switched_off_account_is_out_at_the_next_request(matter: Matter) -> None:
    client = browser(make.applicant())
    assert client.get(reverse("draft", args=[matter.draft])).status_code == 200
    Account.objects.filter(username="company").update(is_active=False)
    assert to_sign_in(client.get(reverse("draft", args=[matter.draft])))
    assert to_sign_in(client.get(reverse("my-case", args=[matter.filed.case_id])))


def posts(found: Matter) -> Iterator[tuple[str, str]]:
    """Every address that takes a post, of somebody's own and of nobody's."""
    yield from addresses(found)
    yield "file-start", reverse("file-start", args=[make.WATER])
    yield "follow", reverse("follow")
    yield "register", reverse("register")
    yield "window-start", reverse("window-start")


def strict(by: Actor) -> Client:
    """A browser whose posts must bring the token, as everywhere outside of tests."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.account_of(by), backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_no_post_is_taken_from_another_site(matter: Matter) -> None:
    own, clerk, before = strict(make.applicant()), strict(make.window_clerk()), picture()
    for name, path in posts(matter):
        client = clerk if name.startswith("window") else own
        response = client.post(path, hostile(matter))
        assert response.status_code in (403, 405), name
        if response.status_code == 403:
            assert "页面已过期" in response.content.decode()
        forged = client.post(path, hostile(matter) | {"csrfmiddlewaretoken": "A" * 64})
        assert forged.status_code in (403, 405), name
    assert picture() == before
    assert Account.objects.count() == 2


def test_no_view_is_exempt_from_the_token() -> None:
    assert [one.name for one in urlpatterns if getattr(one.callback, "csrf_exempt", False)] == []


def test_no_link_changes_anything(matter: Matter) -> None:
    own, clerk = browser(make.applicant()), browser(make.window_clerk())
    before = picture()
    for name, path in addresses(matter):
        (clerk if name.startswith("window") else own).get(path, {"act": "send", "client_key": make.key()})
    after = picture()
    # Looking at the notice begins the draft that mends it; nothing else is begun, moved or ended by looking.
    assert {table for table in TABLES if after[table] != before[table]} <= {"intake_draft"}
    assert Draft.objects.filter(mends=None).count() == 4
    assert Application.objects.count() == 2
    assert DraftMaterial.objects.filter(draft_id=matter.draft).count() == 2


def test_every_address_of_the_room_is_judged_here(matter: Matter) -> None:
    """An address that is added leads to something of the matter, or is one of these that lead to nothing of anybody's."""
    judged = {name for name, _ in addresses(matter)}
    free = {"file-start", "follow", "follow-case", "my", "my-messages", "register"}
    # Judged in test_receipts.py, test_supply.py, test_bulk_pages.py, test_bulk_filed.py and with the opinions in the room of cases.
    elsewhere = {"receipt-check", "receipt-json", "supply", "desk-opinion-content", "desk-opinion-material"}
    bulk = {f"{place}-bulk{suffix}" for place in ("my", "desk") for _, _, suffix in BULK_PAGES}
    bulk |= {"desk-bulk-filed", "desk-bulk-filed-act"}
    assert {str(one.name) for one in urlpatterns} == judged | free | elsewhere | bulk
    assert all(requirement(one.callback) for one in urlpatterns)
