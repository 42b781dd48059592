"""What the addresses of leave are tried with."""

from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables


def _admin(samples: Samples) -> dict[str, str]:
    account = samples.account
    return {
        "请假代理": "/desk/stand-ins",
        "安排代理": f"/desk/stand-ins/new?absent={account}",
        "岗位的范围和涉密级别": f"/desk/directory/posts/{samples.post}",
    }


TABLES = Tables(
    parameters={"stand_in_id": lambda s: UUID("018091bb-1a80-7708-ba43-98d068184ed4")},
    post_only=frozenset({"stand-in-end"}),
    axe={"admin": _admin},
)
