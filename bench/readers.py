"""Who reads in P6 and what: sessions of staff, and for each the addresses of lists, of cases and of the figures.

`python -m bench.readers` in the environment of the database under test. The cases are real ones that the load of P1 has just
brought to their end; the ballast has no words and no answers to show.
"""

import json
import os
import sys
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402

from yichuang.directory.models import Account  # noqa: E402
from yichuang.kernel import sql  # noqa: E402

BACKEND = "django.contrib.auth.backends.ModelBackend"
LISTS = ("/desk?tab=in_hand", "/desk?tab=to_accept", "/desk?tab=done", "/desk?tab=in_hand&overdue=1")
MOST_CASES = 200


def cookie(account: Account) -> str:
    """A session as sign-in makes it."""
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    return str(store.session_key)


def readers() -> list[dict[str, Any]]:
    """A reader for each department in which cases have been decided."""
    found: dict[str, list[str]] = {}
    for department, case_id in sql.rows(
        "select department_id, id from cases_case where number not like 'S%%' and number not like 'V%%' order by id desc limit 20000"
    ):
        found.setdefault(str(department), []).append(f"/desk/cases/{case_id}")
    made = []
    for account in Account.objects.filter(username__startswith="reviewer.").select_related("post"):
        assert account.post is not None
        cases = found.get(str(account.post.department_id), [])[:MOST_CASES]
        if cases:
            paths = {"list": LISTS, "detail": cases, "figures": ["/desk/figures"]}
            made.append({"cookie": cookie(account), "paths": paths})
    return made


def of_lists() -> list[dict[str, Any]]:
    """Readers of lists and figures alone, on a site without cases."""
    return [
        {"cookie": cookie(account), "paths": {"list": LISTS, "figures": ["/desk/figures"]}}
        for account in Account.objects.filter(username__startswith="reviewer.")
    ]


if __name__ == "__main__":
    json.dump(of_lists() if "--lists" in sys.argv else readers(), sys.stdout)
