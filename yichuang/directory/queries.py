"""Reads of the directory: actors, departments, posts, staff, applicants."""

from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Applicant, Department, Post, Region
from yichuang.kernel import bigrams, sql
from yichuang.kernel.actor import ANONYMOUS, Actor

APPLICANT_CAPABILITIES = frozenset({str(Capability.CASE_APPLY)})


def actor_of(account_id: UUID | None) -> Actor:
    """The actor behind a signed-in account, with the capabilities of the post held now. One statement.

    An account or a post that was switched off yields the anonymous actor: rights end at the next request.
    """
    if account_id is None:
        return ANONYMOUS
    row = sql.one(
        "select a.display_name, a.is_staff, p.name, p.capabilities, p.everywhere, p.department_id, a.applicant_id "
        "from directory_account a left join directory_post p on p.id = a.post_id and p.is_active "
        "where a.id = %(id)s and a.is_active and (p.id is not null or a.applicant_id is not null)",
        {"id": account_id},
    )
    if row is None:
        return ANONYMOUS
    if not row[1]:
        return Actor(
            kind="applicant",
            name=row[0],
            id=account_id,
            capabilities=APPLICANT_CAPABILITIES,
            applicant_id=row[6],
        )
    return Actor(
        kind="staff",
        name=row[0],
        id=account_id,
        post=row[2],
        capabilities=frozenset(row[3]),
        everywhere=row[4],
        department_id=row[5],
    )


def actor_named(username: str) -> Actor:
    """The actor of a user name; anonymous when there is none."""
    found = Account.objects.filter(username=username).values_list("id", flat=True).first()
    return actor_of(found)


def departments(*, active_only: bool = True) -> QuerySet[Department]:
    """All departments by code. Their names are public."""
    found = Department.objects.select_related("region").order_by("region_id", "code")
    return found.filter(is_active=True) if active_only else found


def department(department_id: UUID) -> Department | None:
    """One department."""
    return Department.objects.filter(pk=department_id).select_related("region").first()


def department_names() -> dict[UUID, str]:
    """Short names by id, for tables."""
    return dict(Department.objects.values_list("id", "short_name"))


def posts(department_id: UUID | None = None) -> QuerySet[Post]:
    """Posts, of one department or of all."""
    found = Post.objects.select_related("department").order_by("department__code", "name")
    return found if department_id is None else found.filter(department_id=department_id)


def staff(department_id: UUID | None = None) -> QuerySet[Account]:
    """Staff accounts, of one department or of all."""
    found = Account.objects.filter(is_staff=True).select_related("post__department").order_by("username")
    return found if department_id is None else found.filter(post__department_id=department_id)


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody to whom work can be handed."""

    id: UUID
    name: str
    post: str


def colleagues(department_id: UUID, capability: str) -> list[Colleague]:
    """Active staff of a department who hold a capability, by name."""
    found = sql.rows(
        "select a.id, a.display_name, p.name from directory_account a join directory_post p on p.id = a.post_id "
        "where a.is_active and p.is_active and p.department_id = %(department)s "
        "and %(capability)s = any(p.capabilities) order by a.display_name, a.id",
        {"department": department_id, "capability": str(capability)},
    )
    return [Colleague(*row) for row in found]


def applicant(applicant_id: UUID) -> Applicant | None:
    """One applicant."""
    return Applicant.objects.filter(pk=applicant_id).first()


def applicant_by_paper(paper_number: str) -> Applicant | None:
    """The applicant with an identity number or credit code (upper case, as printed)."""
    return Applicant.objects.filter(paper_number=paper_number.strip().upper()).first()


def applicants_matching(text: str, *, by: Actor, limit: int = 20) -> list[Applicant]:
    """Applicants whose name or paper number matches; for staff who may search cases."""
    by.require(Capability.CASE_SEARCH)
    words = bigrams.query(text)
    if not words:
        return []
    return list(Applicant.objects.extra(where=["search @@ %s::tsquery"], params=[words]).order_by("name")[:limit])


def region(code: str) -> Region | None:
    """One division."""
    return Region.objects.filter(pk=code).first()


def regions_below(parent: str) -> QuerySet[Region]:
    """The divisions directly below one."""
    return Region.objects.filter(parent_id=parent).order_by("code")
