"""Departments, posts, staff, applicants, divisions."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import DEFAULT_DB_ALIAS
from django.db.models import Q, QuerySet

from yichuang.directory.flow import Capability
from yichuang.directory.models import Account, Applicant, Department, Post, Region
from yichuang.kernel import bigrams, paging, sql
from yichuang.kernel.actor import Actor
from yichuang.kernel.paging import Page
from yichuang.kernel.scope import within

CANDIDATES = 500
# Whose cases a search lists; whoever fits beyond is asked for by more words.
MOST_FOUND = 20


def departments(*, active_only: bool = True) -> QuerySet[Department]:
    """All departments by code. Their names are public."""
    found = Department.objects.select_related("region").order_by("region_id", "code")
    return found.filter(is_active=True) if active_only else found


def departments_page(
    *, text: str = "", active_only: bool = True, after: str = "", size: int = 50
) -> Page[Department]:
    """Departments by region and code, those whose name or code holds the text. One statement a page."""
    found = departments(active_only=active_only)
    if text:
        found = found.filter(
            Q(name__icontains=text) | Q(short_name__icontains=text) | Q(code__icontains=text)
        )
    cursor = paging.decode(after, parts=2)
    if cursor is not None:
        region, code = cursor
        found = found.filter(Q(region_id__gt=region) | Q(region_id=region, code__gt=code))
    return paging.cut(list(found[: size + 1]), size=size, key=lambda d: (d.region_id, d.code), after=after)


def department(department_id: UUID) -> Department | None:
    """One department."""
    return Department.objects.filter(pk=department_id).select_related("region").first()


def department_names() -> dict[UUID, str]:
    """Short names by id, for tables."""
    return dict(sql.rows("/*one plan*/ select id, short_name from directory_department order by code"))


def departments_within(post: Post) -> list[UUID]:
    """The departments whose division lies at or below that of a post's department; its own alone where it reaches no more."""
    if not post.reach_region:
        return [post.department_id]
    found = sql.rows(sql.statement(__file__, "within"), {"department": post.department_id})
    return [row[0] for row in found]


def beyond(post: Post | None, *, by: Actor) -> bool:
    """Whether a post goes further than the actor may give or take: in the departments it reaches, or in clearance."""
    if post is None or by.everywhere:
        return False
    reached = post.everywhere or not all(map(by.reaches, departments_within(post)))
    return reached or post.clearance > by.clearance


def posts(department_id: UUID | None = None) -> QuerySet[Post]:
    """Posts, of one department or of all."""
    found = Post.objects.select_related("department").order_by("department__code", "name")
    return found if department_id is None else found.filter(department_id=department_id)


def staff(department_id: UUID | None = None) -> QuerySet[Account]:
    """Staff accounts, of one department or of all."""
    found = Account.objects.filter(is_staff=True).select_related("post__department").order_by("username")
    return found if department_id is None else found.filter(post__department_id=department_id)


def staff_page(*, by: Actor, text: str = "", after: str = "", size: int = 50) -> Page[Account]:
    """Staff within the actor's reach by user name, those whose name or user name holds the text."""
    by.require(Capability.DIRECTORY_MANAGE)
    found = staff().filter(within(by, "post__department_id"))
    if text:
        found = found.filter(Q(username__icontains=text) | Q(display_name__icontains=text))
    cursor = paging.decode(after, parts=1)
    if cursor is not None:
        found = found.filter(username__gt=cursor[0])
    return paging.cut(
        list(found[: size + 1]), size=size, key=lambda account: (account.username,), after=after
    )


def post(post_id: UUID) -> Post | None:
    """One post."""
    return Post.objects.filter(pk=post_id).select_related("department").first()


def staff_member(account_id: UUID) -> Account | None:
    """One member of staff with the post."""
    return staff().filter(pk=account_id).first()


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


def able_staff(department_id: UUID, capability: str) -> list[Colleague]:
    """Active staff who may do a piece of work of a department: its own, and those whose posts reach everywhere."""
    found = sql.rows(
        "/*one plan*/ select a.id, a.display_name, p.name from directory_account a join directory_post p on p.id = a.post_id "
        "where a.is_active and p.is_active and (p.department_id = %(department)s or p.everywhere) "
        "and %(capability)s = any(p.capabilities) order by a.display_name, a.id",
        {"department": department_id, "capability": str(capability)},
    )
    return [Colleague(*row) for row in found]


def applicant(applicant_id: UUID) -> Applicant | None:
    """One applicant."""
    row = sql.one(
        "/*one plan*/ select id, kind, name, paper_type, paper_number, phone, address, legal_representative "
        "from directory_applicant where id = %(id)s",
        {"id": applicant_id},
    )
    return None if row is None else Applicant.from_db(DEFAULT_DB_ALIAS, APPLICANT_FIELDS, row)


def applicant_by_paper(paper_number: str) -> Applicant | None:
    """The applicant with an identity number or credit code (upper case, as printed)."""
    row = sql.one(
        "/*one plan*/ select id, kind, name, paper_type, paper_number, phone, address, legal_representative "
        "from directory_applicant where paper_number = %(number)s order by id limit 1",
        {"number": paper_number.strip().upper()},
    )
    return None if row is None else Applicant.from_db(DEFAULT_DB_ALIAS, APPLICANT_FIELDS, row)


APPLICANT_FIELDS = (
    "id",
    "kind",
    "name",
    "paper_type",
    "paper_number",
    "phone",
    "address",
    "legal_representative",
)


@dataclass(frozen=True, slots=True)
class Found:
    """Whose name or paper number fits: the first by name and id, and whether there are more."""

    ids: list[UUID]
    more: bool


def applicants_matching(text: str, *, by: Actor, limit: int = MOST_FOUND) -> list[Applicant]:
    """Applicants whose name or paper number matches; for staff who may search cases. One statement."""
    found = _matching(text, by, APPLICANT_FIELDS, limit)
    return [Applicant.from_db(DEFAULT_DB_ALIAS, APPLICANT_FIELDS, row) for row in found]


def applicants_found(text: str, *, by: Actor) -> Found:
    """The same, at most `MOST_FOUND`, for what goes on to read of them: asked once, for beyond `CANDIDATES` it is not said who these
    are, and so carried along by what is read in pages. One statement."""
    ids = [row[0] for row in _matching(text, by, ("id", "name"), MOST_FOUND + 1)]
    return Found(ids[:MOST_FOUND], len(ids) > MOST_FOUND)


# Where enough names begin with the text, the first of these are listed, by name: they are met along an
# index. Else whoever holds it anywhere. One character fits a tenth of a province: so many are taken as they come, then put in order.
_MATCHING = """
with named as materialized (
    select {columns} from directory_applicant
    where left(name, 100) >= left(%(begins)s::text, 100) and left(name, 100) < left(%(begins)s::text, 100) || %(last)s
      and name >= %(begins)s and name < %(begins)s || %(last)s
    order by left(name, 100), id limit %(most)s)
select * from named where (select count(*) from named) = %(most)s
union all
select * from (
    select {columns} from (select * from directory_applicant where search @@ %(words)s::tsquery limit {candidates}) fit
    where (select count(*) from named) < %(most)s order by name, id limit %(most)s) anywhere
"""
LAST_SIGN = "\U0010ffff"


def _matching(text: str, by: Actor, columns: Sequence[str], most: int) -> list[tuple[Any, ...]]:
    by.require(Capability.CASE_SEARCH)
    words = bigrams.query(text)
    if not words:
        return []
    begins = text.replace("\0", "").encode(errors="ignore").decode().strip()
    return sql.rows(
        _MATCHING.format(columns=", ".join(columns), candidates=CANDIDATES),
        {"begins": begins, "last": LAST_SIGN, "words": words, "most": most},
    )


def region(code: str) -> Region | None:
    """One division."""
    return Region.objects.filter(pk=code).first()


def regions_below(parent: str) -> QuerySet[Region]:
    """The divisions directly below one."""
    return Region.objects.filter(parent_id=parent).order_by("code")
