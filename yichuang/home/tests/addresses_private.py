"""What the addresses of masked data and of the view log are tried with."""

from tests.stories.samples import Samples
from tests.stories.tables import Tables


def _auditor(samples: Samples) -> dict[str, str]:
    return {"查阅记录": "/desk/views", "查阅记录，按办件查找": f"/desk/views?case={samples.own_number}"}


def _reviewer(samples: Samples) -> dict[str, str]:
    return {"办件页，个人信息遮挡": f"/desk/cases/{samples.correcting}"}


TABLES = Tables(post_only=frozenset({"desk-reveal"}), axe={"auditor": _auditor, "reviewer.water": _reviewer})
