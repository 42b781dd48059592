"""Following a case through its whole life: as its applicant, by its code, and as a stranger."""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from django.urls import reverse

from yichuang.cases import commands as cases
from yichuang.cases.flow import Action, Outcome
from yichuang.catalogue.tests.factories import departments
from yichuang.directory.tests import factories as people
from yichuang.intake import queries
from yichuang.intake.pages.follow import reading_actor
from yichuang.intake.queries import Receipt
from yichuang.intake.rules.codes import spelled
from yichuang.intake.tests import factories as make
from yichuang.intake.tests.conftest import browser
from yichuang.intake.tests.test_pages import read, words
from yichuang.kernel.actor import SYSTEM, Actor
from yichuang.kernel.errors import Missing

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _ten_days_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("config.front_door.now", lambda: make.AT + 10 * DAY)


def reviewer() -> Actor:
    """A reviewer of the water authority."""
    return people.reviewer(departments()["water"])


def head() -> Actor:
    """Its head."""
    return people.head(departments()["water"])


def accepted(made: Receipt, at: datetime = make.AT + DAY) -> None:
    """The window accepts."""
    cases.accept(made.case_id, by=make.window_clerk(), at=at, key=make.key())


def proposed(made: Receipt) -> None:
    """A reviewer proposes, in words that stay inside."""
    accepted(made)
    cases.propose(
        made.case_id,
        outcome=Outcome.GRANTED,
        opinion="内部意见不外传",
        by=reviewer(),
        at=make.AT + 2 * DAY,
        key=make.key(),
    )


def paused(made: Receipt) -> None:
    """A procedure that does not count."""
    accepted(made)
    cases.pause(
        made.case_id,
        ground="expert_review",
        expected_days=10,
        by=reviewer(),
        at=make.AT + 2 * DAY,
        key=make.key(),
    )


def decided(made: Receipt) -> None:
    """The head decides."""
    proposed(made)
    cases.endorse(made.case_id, opinion="同意", by=SYSTEM, at=make.AT + 3 * DAY, key=make.key())
    cases.decide(made.case_id, outcome=Outcome.GRANTED, by=head(), at=make.AT + 3 * DAY, key=make.key())


def delivered(made: Receipt) -> None:
    """The result is handed over."""
    decided(made)
    cases.deliver(
        made.case_id,
        method="window",
        receiver="张示例",
        by=make.window_clerk(),
        at=make.AT + 4 * DAY,
        key=make.key(),
    )


def refused(made: Receipt) -> None:
    """Refused at the door."""
    cases.refuse_acceptance(
        made.case_id, ground="not_competent", reason="属于市级权限", where_instead="成都市水务局",
        by=make.window_clerk(), at=make.AT + DAY, key=make.key(),
    )  # fmt: skip


def correcting(made: Receipt) -> None:
    """A correction is asked for."""
    make.ask(made.case_id, make.AT + DAY)


def withdrawn(made: Receipt) -> None:
    """The applicant withdraws."""
    cases.withdraw(made.case_id, by=make.applicant(), at=make.AT + DAY, key=make.key())


LIFE: list[tuple[Callable[[Receipt], None], str, str, bool]] = [
    (accepted, "水利厅正在审查，应于", "受理通知书", True),
    (proposed, "水利厅正在审查，应于", "受理通知书", True),
    (paused, "正在进行专家评审，预计", "特别程序告知书", True),
    (decided, "水利厅已作出准予许可的决定", "准予行政许可决定书", False),
    (delivered, "已办完：准予许可", "送达回证", False),
    (refused, "水利厅不予受理", "不予受理决定书", False),
    (correcting, "请在 6月10日 前补正 2 项内容", "一次性补正告知书", True),
    (withdrawn, "您已撤回申请", "", False),
]


@pytest.mark.parametrize(("live", "sentence", "paper", "can_withdraw"), LIFE)
def test_every_state_as_its_applicant_and_by_its_code(
    live: Callable[[Receipt], None], sentence: str, paper: str, can_withdraw: bool
) -> None:
    made = make.filed()
    live(made)
    own = read(browser(make.applicant()), reverse("my-case", args=[made.case_id]))
    assert sentence in words(own)
    assert paper in own
    assert (reverse("my-withdraw", args=[made.case_id]) in own) is can_withdraw
    guest = browser()
    asked = guest.post(reverse("follow"), {"number": made.number.lower(), "code": spelled(made.follow_code)})
    followed = read(guest, asked["Location"])
    assert sentence in words(followed)
    assert reverse("my-withdraw", args=[made.case_id]) not in followed
    assert "新建城镇供水工程" not in followed
    for page in (own, followed):
        assert "内部意见不外传" not in page
        assert "提出审查意见" not in page
        assert "（示例）" not in words(page).replace("（演示地址）", "")


def test_the_refusal_says_why_and_where_to_turn() -> None:
    made = make.filed()
    refused(made)
    page = words(read(browser(make.applicant()), reverse("my-case", args=[made.case_id])))
    assert "不属于本机关职权范围。属于市级权限。请向成都市水务局申请。" in page


def test_the_correction_is_listed_with_what_is_required() -> None:
    made = make.filed()
    correcting(made)
    found = queries.followed(made.case_id, by=make.applicant(), today=make.AT.date())
    assert [line.requirement for line in found.correction] == [line["requirement"] for line in make.LINES]
    assert found.acts == {Action.ANSWER_CORRECTION, Action.WITHDRAW}
    assert found.respond_by is not None
    by_code = queries.followed(made.case_id, by=queries.follower(made.case_id), today=make.AT.date())
    assert by_code.acts == frozenset()
    assert by_code.correction == found.correction


def test_the_date_explains_itself() -> None:
    made = make.filed()
    before = queries.followed(made.case_id, by=make.applicant(), today=make.AT.date())
    assert "第三十二条" in before.why[0]
    assert before.left == 5
    accepted(made)
    after = queries.followed(made.case_id, by=make.applicant(), today=make.AT.date())
    assert any("35" in line for line in after.why)
    assert after.standing.waits_for == "水利厅"


def test_a_code_opens_one_case_only() -> None:
    first, second = make.filed(), make.filed()
    assert queries.case_by_code(first.number, first.follow_code) == first.case_id
    assert queries.case_by_code(first.number, second.follow_code) is None
    assert queries.case_by_code(second.number, first.follow_code) is None
    assert queries.case_by_code("没有", first.follow_code) is None
    guest = browser()
    guest.post(reverse("follow"), {"number": first.number, "code": first.follow_code})
    assert guest.get(reverse("follow-case", args=[first.number])).status_code == 200
    assert guest.get(reverse("follow-case", args=[second.number])).status_code == 302
    assert guest.get(reverse("my-case", args=[first.case_id])).status_code == 302


def test_a_stranger_who_is_signed_in_learns_nothing() -> None:
    made = make.filed()
    client = browser(make.stranger())
    assert client.get(reverse("follow-case", args=[made.number])).status_code == 404
    client.post(reverse("follow"), {"number": made.number, "code": made.follow_code})
    assert client.get(reverse("follow-case", args=[made.number])).status_code == 200
    assert client.get(reverse("receipt", args=[made.case_id])).status_code == 404


def test_nobody_follows_what_is_not_there() -> None:
    with pytest.raises(Missing):
        queries.follower(UUID(int=1))
    with pytest.raises(Missing):
        queries.followed(UUID(int=1), by=make.window_clerk(), today=make.AT.date())


def test_who_reads_a_case_is_whoever_has_shown_the_code(rf: object) -> None:
    made = make.filed()

    class Asking:
        """A request with a session, as far as the question goes."""

        def __init__(self, by: Actor, seen: list[str]) -> None:
            self.by, self.session = by, {"followed": seen}

    nobody = Actor(kind="anonymous", name="访客")
    seen = [str(made.case_id)]
    assert reading_actor(Asking(nobody, []), made.case_id) is None  # type: ignore[arg-type]
    guest = reading_actor(Asking(nobody, seen), made.case_id)  # type: ignore[arg-type]
    assert guest is not None
    assert guest.applicant_id == make.applicant().applicant_id
    assert guest.capabilities == frozenset()
    own = make.applicant()
    assert reading_actor(Asking(own, seen), made.case_id) is own  # type: ignore[arg-type]
    clerk = make.window_clerk()
    assert reading_actor(Asking(clerk, seen), made.case_id) is clerk  # type: ignore[arg-type]


def test_tries_are_counted_by_address() -> None:
    made = make.filed()
    guest = browser()
    for _ in range(20):
        guest.post(
            reverse("follow"), {"number": made.number, "code": "AAAAAAAAAA"}, REMOTE_ADDR="198.51.100.7"
        )
    sent = {"number": made.number, "code": made.follow_code}
    assert guest.post(reverse("follow"), sent, REMOTE_ADDR="198.51.100.7").status_code == 429
    assert guest.post(reverse("follow"), sent, REMOTE_ADDR="198.51.100.8").status_code == 302


def test_staff_see_the_inner_history_on_the_same_page() -> None:
    made = make.filed()
    proposed(made)
    page = read(browser(make.window_clerk()), reverse("my-case", args=[made.case_id]))
    assert "提出审查意见" in page
    assert reverse("my-withdraw", args=[made.case_id]) not in page
