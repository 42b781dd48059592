"""What the addresses of authorisations, lists, legal texts and reviews are tried with."""

from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.catalogue.models import Authorisation, Delegation, LegalText, LicenceList, ReviewTask
from yichuang.catalogue.tests.factories import WATER


def _authorisation() -> UUID:
    return Authorisation.objects.filter(item__code=WATER).order_by("id")[0].pk


def _delegation() -> UUID:
    return Delegation.objects.filter(item__code=WATER).order_by("id")[0].pk


def _list() -> UUID:
    return LicenceList.objects.order_by("id")[0].pk


def _task() -> UUID:
    return ReviewTask.objects.filter(item__code=WATER).order_by("id")[0].pk


def _editor(samples: Samples) -> dict[str, str]:
    return {
        "许可清单": "/desk/catalogue/lists",
        "一份许可清单": f"/desk/catalogue/lists/{_list()}",
        "登记新清单": "/desk/catalogue/lists/new",
        "法规": "/desk/catalogue/laws",
        "登记法规变动": "/desk/catalogue/laws/new",
        "指南复核": "/desk/catalogue/tasks",
        "一项复核": f"/desk/catalogue/tasks/{_task()}",
    }


def _coordinator(samples: Samples) -> dict[str, str]:
    return {
        "事项授权": "/desk/catalogue/authorisations",
        "一个事项的授权": f"/desk/catalogue/authorisations/{samples.item_id}",
        "授权综窗受理": "/desk/catalogue/authorisations/new",
        "授权下放": "/desk/catalogue/delegations",
        "一项授权下放": f"/desk/catalogue/delegations/{_delegation()}",
        "登记授权下放": f"/desk/catalogue/authorisations/{samples.item_id}/delegate",
    }


TABLES = Tables(
    parameters={
        "authorisation_id": lambda s: _authorisation(),
        "delegation_id": lambda s: _delegation(),
        "licence_list_id": lambda s: _list(),
        "legal_text_id": lambda s: LegalText.objects.order_by("id")[0].pk,
        "guide_task_id": lambda s: _task(),
    },
    special={("guide-task-move", "name"): lambda s: "assign"},
    post_only=frozenset(
        {
            "authorisation-withdraw", "delegation-end", "licence-list-entries", "licence-list-register",
            "guide-task-move",
        }
    ),
    axe={"catalogue.editor": _editor, "coordinator": _coordinator},
)  # fmt: skip
