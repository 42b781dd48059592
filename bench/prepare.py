"""Catalogue, people and tokens for the bench: `python -m bench.prepare`, in the environment of the database under test.

Writes to standard output what the load needs: the token of everybody who acts, and for each matter that is filed online its
code, its department and a body that its form accepts.
"""

import json
import os
import sys
from dataclasses import replace
from datetime import datetime
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402

from yichuang.cases.flow import Channel  # noqa: E402
from yichuang.catalogue.commands import import_packaged_lists, load_departments, load_divisions, load_guides  # noqa: E402
from yichuang.catalogue.models import Authorisation  # noqa: E402
from yichuang.catalogue.queries import FilingGuide, filing_guide, most_used  # noqa: E402
from yichuang.catalogue.rules.form_faults import example_answers  # noqa: E402
from yichuang.catalogue.rules.guide import materials_for  # noqa: E402
from yichuang.directory.commands.tokens import make_token  # noqa: E402
from yichuang.directory.flow import Capability  # noqa: E402
from yichuang.directory.models import Account, Applicant  # noqa: E402
from yichuang.directory.queries import actor_named  # noqa: E402
from yichuang.home.commands import load_people, publish_manuals  # noqa: E402
from yichuang.home.commands.demo_authorisations import open_to_window  # noqa: E402
from yichuang.journal.commands import make_partitions_ahead  # noqa: E402
from yichuang.kernel.actor import SYSTEM  # noqa: E402
from yichuang.workdays.commands import load_packaged  # noqa: E402
from yichuang.workdays.queries import now  # noqa: E402

APPLICANTS = 8
DAYS = 30


def token(username: str, at: datetime) -> str:
    """A token for one's own account, with everything that the account may do."""
    actor = actor_named(username)
    manager = replace(actor, capabilities=actor.capabilities | {str(Capability.TOKEN_MANAGE)})
    assert actor.id is not None
    return make_token(
        actor.id, name="性能测试", scopes=actor.capabilities, days=DAYS, by=manager, at=at
    ).secret


def matter(found: FilingGuide) -> dict[str, Any]:
    """One matter: code, department, and the body of a filing whose form is complete; materials come on paper."""
    answers = example_answers(found.guide.form)
    papers = [{"code": one.code, "paper": True} for one in materials_for(found.guide, answers) if one.copies]
    return {
        "item_code": found.item_code, "department": found.guide.department, "answers": answers, "materials": papers,
        "levels": [str(one) for one in found.guide.handling.levels],
    }  # fmt: skip


def prepared(at: datetime) -> dict[str, Any]:
    """Load what a province begins with, and give what the load needs to know of it."""
    make_partitions_ahead(at)
    load_packaged(at, SYSTEM)
    load_divisions()
    load_departments(at)
    import_packaged_lists(by=SYSTEM, at=at)
    load_guides(at)
    load_people(secret=settings.SECRET_KEY, at=at)
    publish_manuals(at=at)
    open_to_window(at=at)
    authorised = set(Authorisation.objects.filter(withdrawn_from=None).values_list("item__code", flat=True))
    guides = [filing_guide(line.code) for line in most_used(limit=200) if line.code in authorised]
    matters = [matter(one) for one in guides]
    departments = sorted({one["department"] for one in matters})
    staff = [f"{post}.{code}" for code in departments for post in ("reviewer", "head")]
    people = ["clerk", "company", *(f"company.{number}" for number in range(2, APPLICANTS + 1)), *staff]
    applicants = {
        account.username: account.applicant_id for account in Account.objects.filter(username__in=people)
    }
    companies = {
        one.pk: one for one in Applicant.objects.filter(pk__in=[pk for pk in applicants.values() if pk])
    }
    return {
        "tokens": {name: token(name, at) for name in people},
        "applicants": {
            name: {
                "kind": companies[pk].kind, "name": companies[pk].name, "paper_type": companies[pk].paper_type,
                "paper_number": companies[pk].paper_number, "phone": companies[pk].phone,
            }
            for name, pk in applicants.items() if pk
        },
        "matters": matters, "channel": str(Channel.WINDOW),
    }  # fmt: skip


if __name__ == "__main__":
    json.dump(prepared(now()), sys.stdout, ensure_ascii=False)
