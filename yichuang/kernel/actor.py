"""Who acts. Passed into every command and query; nothing else decides what may be done or seen."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal
from uuid import UUID

from yichuang.kernel.errors import Refused

Kind = Literal["staff", "applicant", "anonymous", "system"]


@dataclass(frozen=True, slots=True)
class StandsFor:
    """The absent colleague in whose place a capability is held for these days."""

    account_id: UUID
    name: str


NOBODY: Mapping[str, StandsFor] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Actor:
    """One person (or the platform itself) with the capabilities held at this moment.

    `everywhere` means that the capabilities reach every department; `departments` are those that a post with the reach
    of a region reaches beside `department_id`. `clearance` (0–3) is the highest level of confidentiality that staff may
    open. `stands_for` names, for each capability that is held only in the place of an absent colleague, that colleague.
    """

    kind: Kind
    name: str
    id: UUID | None = None
    department_id: UUID | None = None
    post: str = ""
    capabilities: frozenset[str] = frozenset()
    everywhere: bool = False
    applicant_id: UUID | None = None
    departments: frozenset[UUID] = frozenset()
    clearance: int = 0
    stands_for: Mapping[str, StandsFor] = field(default_factory=lambda: NOBODY, hash=False)

    def can(self, capability: str) -> bool:
        """Whether this actor holds a capability."""
        return self.kind == "system" or capability in self.capabilities

    def require(self, capability: str) -> None:
        """Raise `Refused` unless the capability is held."""
        if not self.can(capability):
            raise Refused(
                "您的岗位没有办理这一步的权限。",
                how="请联系本部门管理员核对岗位权限，或转交有权限的同事办理。",
            )

    def reaches(self, department_id: UUID | None) -> bool:
        """Whether the actor's staff capabilities extend to a department."""
        reached = self.scope_departments
        return reached is None or department_id in reached

    @property
    def scope_departments(self) -> tuple[UUID, ...] | None:
        """The departments that lists and searches are limited to: None means all, an empty tuple none at all.

        In SQL: `(%(scope)s::uuid[] is null or x.department_id = any(%(scope)s))`.
        """
        if self.kind == "system" or (self.kind == "staff" and self.everywhere):
            return None
        if self.kind != "staff" or self.department_id is None:
            return ()
        return (self.department_id, *sorted(self.departments - {self.department_id}))

    def cleared(self, confidentiality: int) -> bool:
        """Whether staff may open what carries a level of confidentiality (0 open … 3)."""
        return self.kind == "system" or self.clearance >= confidentiality

    @property
    def signature(self) -> str:
        """How facts name the actor: never a private person's name."""
        if self.kind == "staff":
            return f"staff:{self.id}"
        if self.kind == "applicant":
            return f"applicant:{self.applicant_id}"
        return self.kind


ANONYMOUS = Actor(kind="anonymous", name="访客")
SYSTEM = Actor(kind="system", name="平台", everywhere=True, clearance=3)
