"""Every address of this room: who may open it, by which method, and what a post needs."""

from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.urls import URLPattern, reverse

from yichuang.directory.tests import factories as people
from yichuang.intake.models import Draft
from yichuang.intake.pages import DRAFT_PAGES, urlpatterns
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.kernel.web import PUBLIC, SIGNED_IN, requirement

pytestmark = pytest.mark.django_db

SOME = UUID(int=7)
ARGUMENTS: dict[str, object] = {
    "draft_id": SOME, "case_id": SOME, "material_id": SOME, "code": "applicant", "number": "1",
    "item_code": "nothing", "pending_id": SOME, "opinion_id": SOME, "shared_id": SOME,
    "bulk_item": "nothing", "bulk_id": SOME,
}  # fmt: skip
POSTS = {"-save", "-questions", "-remove", "-file", "-discard"}


def address(pattern: URLPattern) -> str:
    """An address of a pattern with arguments that lead nowhere."""
    names = pattern.pattern.converters
    return reverse(str(pattern.name), kwargs={name: ARGUMENTS[name] for name in names})


@pytest.mark.parametrize("pattern", urlpatterns, ids=lambda one: str(one.name))
def test_every_address_declares_who_may_open_it(pattern: URLPattern) -> None:
    wanted = requirement(pattern.callback)
    assert wanted
    response = browser().get(address(pattern))
    if wanted == PUBLIC:
        assert response.status_code in (200, 302, 404)
    else:
        assert response.status_code == 302
        assert response["Location"].startswith("/sign-in?next=")


GUARDED = [one for one in urlpatterns if requirement(one.callback) not in (PUBLIC, SIGNED_IN)]


@pytest.mark.parametrize("pattern", GUARDED, ids=lambda one: str(one.name))
def test_a_capability_that_is_not_held_shuts_the_door(pattern: URLPattern) -> None:
    reviewer = browser(people.reviewer())
    assert reviewer.get(address(pattern)).status_code == 403
    assert reviewer.post(address(pattern)).status_code == 403


@pytest.mark.parametrize("suffix", sorted(POSTS))
def test_what_writes_is_not_a_link(site: Client, suffix: str) -> None:
    arguments: dict[str, list[object]] = {
        "-save": [SOME, "a"],
        "-questions": [SOME, "a"],
        "-remove": [SOME, SOME],
    }
    assert site.get(reverse(f"draft{suffix}", args=arguments.get(suffix, [SOME]))).status_code == 405


@pytest.mark.parametrize("page", ["draft-file", "draft-discard", "draft-materials"])
def test_a_post_without_a_client_key_is_refused_and_changes_nothing(site: Client, page: str) -> None:
    draft = make.complete(make.applicant())
    before = Draft.objects.get(pk=draft.pk)
    response = site.post(reverse(page, args=[draft.pk]), {"declared": "yes", "act": "onward"})
    assert response.status_code == 422
    after = Draft.objects.get(pk=draft.pk)
    assert (after.edit, after.case_id) == (before.edit, None)


@pytest.mark.parametrize("name", ["file-start", "my-withdraw"])
def test_a_start_or_withdrawal_without_a_client_key_is_refused(site: Client, name: str) -> None:
    made = make.filed()
    target = make.WATER if name == "file-start" else made.case_id
    assert site.post(reverse(name, args=[target])).status_code == 422


def test_a_forged_form_without_csrf_token_is_refused(db: None) -> None:
    draft = make.complete(make.applicant())
    client = Client(enforce_csrf_checks=True)
    client.force_login(
        people.account_of(make.applicant()), backend="django.contrib.auth.backends.ModelBackend"
    )
    response = client.post(
        reverse("draft-file", args=[draft.pk]), {"client_key": make.key(), "declared": "yes"}
    )
    assert response.status_code == 403
    assert Draft.objects.get(pk=draft.pk).case_id is None


def test_the_draft_stands_twice_with_the_same_pages() -> None:
    # The window files by an address of the halls, which records its acceptance too.
    names = {str(pattern.name) for pattern in urlpatterns} | {"window-draft-file"}
    assert reverse("window-draft-file", args=[uuid4()])
    for _, _, suffix in DRAFT_PAGES:
        assert {f"draft{suffix}", f"window-draft{suffix}"} <= names


def test_a_clerk_who_knows_an_applicants_draft_cannot_open_it_at_the_window(desk: Client) -> None:
    draft = make.draft(make.applicant())
    assert desk.get(reverse("window-draft", args=[draft.pk])).status_code == 404
    assert desk.get(reverse("window-draft-check", args=[draft.pk])).status_code == 404


def test_a_file_name_cannot_leave_its_place(site: Client) -> None:
    draft = make.complete(make.applicant())
    made = draft.materials.all()[0]
    made.name = '../../etc/"passwd\r\nX-Evil: 1.pdf'
    made.save(update_fields=["name"])
    from_store = site.get(reverse("draft-file-of", args=[draft.pk, made.pk]))
    # The file of this test was never stored: the store says so, and no header was forged.
    assert from_store.status_code == 404
    assert "X-Evil" not in from_store.headers
