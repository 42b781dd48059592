"""Who reads in P6 and what: sessions of staff, and for each the addresses of lists, of cases and of the figures; `--printing`: who
draws charts and prints reports in P7.

`python -m bench.readers` in the environment of the database under test. The cases are real ones that the load of P1 has just
brought to their end; the ballast has no words and no answers to show.
"""

import json
import os
import sys
from datetime import timedelta
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.conf import settings  # noqa: E402
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.middleware.csrf import CSRF_ALLOWED_CHARS, CSRF_SECRET_LENGTH  # noqa: E402
from django.utils.crypto import get_random_string  # noqa: E402

from yichuang.directory.models import Account  # noqa: E402
from yichuang.kernel import sql  # noqa: E402
from yichuang.kernel.times import local_day  # noqa: E402
from yichuang.reports.models import Report, ReportForm  # noqa: E402
from yichuang.reports.rules.form import CHARTS  # noqa: E402
from yichuang.workdays.queries import now  # noqa: E402

BACKEND = "django.contrib.auth.backends.ModelBackend"
LISTS = ("/desk?tab=in_hand", "/desk?tab=to_accept", "/desk?tab=done", "/desk?tab=in_hand&overdue=1")
MOST_CASES = 200
# Charts are drawn of so many days up to yesterday: longer ones are told in words alone.
PERIODS = range(14, 94, 2)


def cookie(account: Account) -> str:
    """What the browser of somebody who has signed in sends with every page: the session, and the secret of the forms."""
    store = SessionStore()
    store[SESSION_KEY] = str(account.pk)
    store[BACKEND_SESSION_KEY] = BACKEND
    store[HASH_SESSION_KEY] = account.get_session_auth_hash()
    store.create()
    secret = get_random_string(CSRF_SECRET_LENGTH, CSRF_ALLOWED_CHARS)
    return f"{settings.SESSION_COOKIE_NAME}={store.session_key}; {settings.CSRF_COOKIE_NAME}={secret}"


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


def printing() -> list[dict[str, Any]]:
    """The editor of the report: its draft with both charts as PDF and DOCX, and the figures of periods that all differ, each with a
    chart of its own. The report is the demonstration's."""
    report = Report.objects.select_related("form").order_by("-id")[0]
    ReportForm.objects.filter(pk=report.form.pk).update(data={**report.form.data, "charts": list(CHARTS)})
    editor = Account.objects.get(username="report.editor")
    today = local_day(now())
    spans = [f"first={today - timedelta(days=days)}&last={today - timedelta(days=1)}" for days in PERIODS]
    paths = {
        "report": [f"/desk/reports/{report.pk}/download.{form}" for form in ("pdf", "docx")],
        "charts": [f"/desk/figures?{span}" for span in spans],
    }
    return [{"cookie": cookie(editor), "paths": paths}]


MODES = {"": readers, "--lists": of_lists, "--printing": printing}

if __name__ == "__main__":
    json.dump(MODES["".join(sys.argv[1:2])](), sys.stdout)
