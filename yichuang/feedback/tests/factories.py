"""Ratings and complaints for tests: finished services, people who handle, people who review."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from yichuang.cases.queries import CaseRow
from yichuang.cases.tests import factories as cases
from yichuang.directory.flow import Capability
from yichuang.directory.models import Department
from yichuang.directory.tests import factories as people
from yichuang.feedback.commands.complaints import ComplaintForm, take_complaint
from yichuang.feedback.commands.ratings import RatingForm, give_rating
from yichuang.feedback.flow.complaints import ComplaintWay
from yichuang.feedback.flow.ratings import RatingChannel, Served
from yichuang.feedback.models import Complaint, Rating
from yichuang.feedback.queries.rated import Service, service_by, token_of
from yichuang.kernel.actor import ANONYMOUS, Actor
from yichuang.kernel.times import SHANGHAI

# A Thursday; the case of `service` was filed on Thursday 5 May 2022 and delivered six days later.
FILED = datetime(2022, 5, 5, 10, 0, tzinfo=SHANGHAI)
AT = FILED + timedelta(days=7)


def key() -> str:
    """A fresh client key."""
    return uuid4().hex


def service(case: CaseRow | None = None) -> Service:
    """A delivered case, as a service that can be rated."""
    return service_by(token_of(Served.CASE, (case or cases.delivered()).id))


def form(level: int = 4, **changes: Any) -> RatingForm:
    """What somebody says."""
    return replace(RatingForm(level, RatingChannel.MOBILE, "等了很久"), **changes)


def rating(level: int = 4, *, at: datetime = AT, **changes: Any) -> Rating:
    """A rating of a delivered case of the water department."""
    return give_rating(service(), form(level, **changes), at=at, key=key())


def rated(
    level: int = 4, *, at: datetime = AT, where: Department | None = None, window: UUID | None = None, **changes: Any
) -> Rating:  # fmt: skip
    """A rating of a case whose history does not matter: quick, by the real command."""
    department = where or people.department()
    given = Service(
        Served.CASE, uuid4(), "取水许可", "取水许可", department.pk, window, ready=True, day=at.date()
    )
    return give_rating(given, form(level, **changes), at=at, key=key())


def handler(where: Department | None = None, username: str = "handler") -> Actor:
    """Somebody of the department who follows up."""
    post = people.post(where or people.department(), "好差评", [Capability.FEEDBACK_HANDLE])
    return people.staff(username, post)


def centre() -> Department:
    """The centre's office."""
    return people.department("政务服务中心办公室", "902", "川政务")


def reviewer(username: str = "checker") -> Actor:
    """Somebody of the centre who reviews, and handles too."""
    both = [Capability.FEEDBACK_REVIEW, Capability.FEEDBACK_HANDLE]
    return people.staff(username, people.post(centre(), "督办", both, everywhere=True))


def desk(username: str = "stuckdesk") -> Actor:
    """The clerk of the 办不成事 window."""
    post = people.post(centre(), "办不成事窗口", [Capability.FEEDBACK_HANDLE], everywhere=True)
    return people.staff(username, post)


def auditor() -> Actor:
    """Somebody who looks at signals."""
    post = people.post(centre(), "审计", [Capability.INTEGRITY_READ], everywhere=True)
    return people.staff("auditing", post)


def other() -> Actor:
    """A handler of another department."""
    return handler(people.department("经济和信息化厅", "120", "川经信"), "elsewhere")


def brought(**changes: Any) -> ComplaintForm:
    """What somebody brings."""
    return replace(ComplaintForm("complaint", "窗口让我下午再来", phone="13800000000"), **changes)


def complaint(*, at: datetime = AT, **changes: Any) -> Complaint:
    """A complaint from outside."""
    return take_complaint(brought(**changes), ComplaintWay.ONLINE, by=ANONYMOUS, at=at, key=key())
