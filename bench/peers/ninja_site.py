# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""The peer "ninja + ORM": the same case in django-ninja, its schemas checked by pydantic, its rows by the ORM."""

# Settings first: ninja looks at them while it is imported.
from peer_site import Case, Event, advanced, new_number

# isort: split
from datetime import datetime
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.urls import path
from ninja import NinjaAPI, Schema
from ninja.errors import HttpError
from ninja.security import HttpBearer
from rest_framework.authtoken.models import Token


class Filed(Schema):
    """What a filing is sent with."""

    item_code: str
    department: str
    applicant_name: str
    applicant_number: str
    answers: dict[str, str]


class Told(Schema):
    """A case as it is answered."""

    number: str
    item_code: str
    department: str
    applicant_name: str
    applicant_number: str
    state: str
    answers: dict[str, str]
    filed_at: datetime
    changed_at: datetime
    version: int


class Receipt(Schema):
    """The number that a filing got."""

    case_no: str


class Answer(Schema):
    """What every write answers."""

    case: Told
    receipt: Receipt | None = None


class Step(Schema):
    """What a step is sent with."""

    note: str = ""


class Bearer(HttpBearer):
    """Tokens from the database."""

    def authenticate(self, request: Any, token: str) -> Any:  # noqa: ARG002 - how the library calls it
        """The person of a token, or None."""
        found = Token.objects.select_related("user").filter(key=token).first()
        return found.user if found else None


api = NinjaAPI(auth=Bearer(), docs_url=None)


@api.post("cases", response={201: Answer})
def file(request: Any, sent: Filed) -> tuple[int, dict[str, Any]]:
    """File."""
    if not request.auth.has_perm("auth.add_case"):
        raise HttpError(403, "no")
    with transaction.atomic():
        case = Case.objects.create(number=new_number(), **sent.dict())
        Event.objects.create(case=case, kind="filed", actor=request.auth, data=sent.answers)
    return 201, {"case": case, "receipt": {"case_no": case.number}}


@api.post("cases/{number}/{action}", response=Answer)
def step(request: Any, number: str, action: str, sent: Step) -> dict[str, Any]:
    """Step."""
    if not request.auth.has_perm("auth.change_case"):
        raise HttpError(403, "no")
    with transaction.atomic():
        case = Case.objects.select_for_update().get(number=number)
        if not advanced(case, action):
            raise HttpError(409, case.state)
        case.save()
        Event.objects.create(case=case, kind=action, actor=request.auth, data=sent.dict())
    return {"case": case}


urlpatterns = [path("", api.urls)]
application = get_wsgi_application()
