"""Who files in the tests, and what: made inside the site's own database by the product's own test helpers."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from tests.faults.filing import Account, Bodies, attachment
from yichuang.directory.models import Account as Person
from yichuang.directory.queries import actor_named
from yichuang.directory.tests.machines import token_of
from yichuang.intake.tests import factories as make
from yichuang.kernel.actor import Actor
from yichuang.workdays.queries import now

APPLICANT = {
    "kind": "company", "name": "示例科技有限公司", "paper_type": "001", "paper_number": make.COMPANY_CODES[0],
    "phone": "13800000000",
}  # fmt: skip


@dataclass(frozen=True)
class Cast:
    """A portal that files for others, and somebody else who must learn nothing of it."""

    portal: Account
    stranger: Account


def of_the_demo() -> Cast:
    """Tokens for two accounts of the demo province."""
    return Cast(_account(actor_named("clerk")), _account(actor_named("company")))


def of_a_scratch_site() -> Cast:
    """An offered item, and tokens for a window and for an applicant, on an empty migrated database."""
    make.offer()
    return Cast(_account(make.window_clerk()), _account(make.applicant()))


def _account(actor: Actor) -> Account:
    assert actor.id is not None
    assert Person.objects.filter(pk=actor.id).exists()
    return Account(token_of(actor, at=now())[1], str(actor.id))


def bodies(*, files: int = 1) -> Bodies:
    """Complete filings of 取水许可, each unlike any other; `files` materials come as files, the rest on paper."""
    # Files are kept by their hash: one that was filed before would be there whatever goes wrong.
    run = uuid4().hex

    def body(serial: int) -> dict[str, Any]:
        materials: list[dict[str, Any]] = [
            attachment(code, f"{code} {run} {serial}") if number < files else {"code": code, "paper": True}
            for number, code in enumerate(make.REQUIRED)
        ]
        return {
            "item_code": make.WATER,
            "channel": "2",
            "applicant": APPLICANT,
            "answers": make.answers(reason=f"新建城镇供水工程，第{serial}次演练。"),
            "materials": materials,
        }

    return body
