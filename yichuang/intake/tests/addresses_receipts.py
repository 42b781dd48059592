"""What the addresses of receipts and of filing by machines are tried with."""

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.cases.queries import by_number
from yichuang.intake.queries import fixed_receipt


def _path(samples: Samples) -> str:
    case_id = by_number(samples.own_number)
    found = fixed_receipt(case_id) if case_id else None
    assert found is not None
    return str(found.body["verify_url"])


def _code(samples: Samples) -> str:
    return _path(samples).rpartition("/")[2]


def _number(samples: Samples) -> str:
    return samples.own_number


PAGES = ("receipt-check", "receipt-json")
API = (
    "api-case", "api-case-act", "api-case-content", "api-case-receipt", "api-case-waiting", "api-case-correction",
    "api-case-supply",
)  # fmt: skip

TABLES = Tables(
    special={
        **{(name, "number"): _number for name in (*PAGES, *API)},
        **{(name, "code"): _code for name in PAGES},
    },
    axe={"": lambda s: {"核验回执": _path(s)}},
)
