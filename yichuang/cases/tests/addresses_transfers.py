"""What the addresses of transfers are tried with."""

from uuid import UUID

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.cases.models import Transfer


def _transfer() -> UUID:
    return Transfer.objects.order_by("id")[0].pk


def _editor(samples: Samples) -> dict[str, str]:
    return {
        "事项转隶": "/desk/catalogue/transfers",
        "一次转隶": f"/desk/catalogue/transfers/{_transfer()}",
        "登记转隶": f"/desk/catalogue/transfers/new?item={samples.item_id}",
    }


TABLES = Tables(
    parameters={"transfer_id": lambda s: _transfer()},
    post_only=frozenset({"transfer-execute", "transfer-cancel"}),
    axe={"catalogue.editor": _editor},
)
