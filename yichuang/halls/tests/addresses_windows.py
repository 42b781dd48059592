"""What stands at the window's own addresses, and who gets what there."""

from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.flow import Capability
from yichuang.halls.models import HandOver, Staffing, Window
from yichuang.halls.queries.acts import KEEPERS, READERS, SHEET_READERS
from yichuang.kernel.actor import Actor


def sheet(samples: Samples) -> UUID:
    """A sheet of the demo for the water department, one that is not signed yet before the others."""
    found = HandOver.objects.order_by("state", "act_id").values_list("act_id", flat=True)
    return found[0]


def register(by: Actor, samples: Samples) -> int:
    """Those who keep the register or read figures."""
    return 200 if any(map(by.can, READERS)) else 403


def sheets(by: Actor, samples: Samples) -> int:
    """Those who keep the register or receive for a department."""
    return 200 if any(map(by.can, SHEET_READERS)) else 403


def act(by: Actor, samples: Samples) -> int:
    """A sheet for the water department: its keepers, and those who receive there."""
    department = HandOver.objects.get(pk=sheet(samples)).act.department_id
    part = any(map(by.can, KEEPERS)) or by.can(Capability.CASE_CLAIM)
    return 200 if part and by.reaches(department) else 404


TABLES = Tables(
    parameters={
        "window_id": lambda s: Window.objects.order_by("code")[0].pk,
        "staffing_id": lambda s: Staffing.objects.order_by("since")[0].pk,
        "act_id": sheet,
        "answer": lambda s: "receive",
    },
    post_only=frozenset(
        {"window-seat", "desk-window-staff", "desk-staffing-end", "desk-act-cancel", "desk-act-receipt"}
    ),
    answers={
        "desk-acts": register,
        "desk-hand-overs": sheets,
        "desk-act-page": act,
        "desk-act-signature": lambda by, s: 404,
    },
    axe={
        "clerk": lambda s: {
            "综窗": "/desk/window",
            "咨询": "/desk/window/consult",
            "流转": "/desk/window/hand-over",
            "颁发": "/desk/window/issue",
            "办件登记": "/desk/hall/acts",
            "交接单": f"/desk/hall/acts/{sheet(s)}",
        },
        "coordinator": lambda s: {
            "大厅窗口": "/desk/hall/windows",
            "一个窗口": f"/desk/hall/windows/{Window.objects.order_by('code')[0].pk}",
            "补录": "/desk/window/enter",
        },
    },
)
