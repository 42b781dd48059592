"""Who acts. Passed into every command and query; nothing else decides what may be done or seen."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from yichuang.kernel.errors import Refused

Kind = Literal["staff", "applicant", "anonymous", "system"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One person (or the platform itself) with the capabilities held at this moment.

    `everywhere` means that the capabilities reach every department, not only `department_id`.
    """

    kind: Kind
    name: str
    id: UUID | None = None
    department_id: UUID | None = None
    post: str = ""
    capabilities: frozenset[str] = frozenset()
    everywhere: bool = False
    applicant_id: UUID | None = None

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
        if self.kind == "system" or self.everywhere:
            return True
        return self.kind == "staff" and department_id is not None and department_id == self.department_id

    @property
    def signature(self) -> str:
        """How facts name the actor: never a private person's name."""
        if self.kind == "staff":
            return f"staff:{self.id}"
        if self.kind == "applicant":
            return f"applicant:{self.applicant_id}"
        return self.kind


ANONYMOUS = Actor(kind="anonymous", name="访客")
SYSTEM = Actor(kind="system", name="平台", everywhere=True)
