# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""What the peers have in common: settings, a case with its history, people with tokens and permissions, and the two requests
as those in Django REST framework answer them.

One transaction a write with the row locked, and one audit row a write. No law's clock, no hash chain, no client keys, no receipts, no
figures: a peer does less than the house. `PEER_SITE` names the module whose addresses are served; its `prepare()` makes tables and
people and prints what the load needs.
"""

import json
import os
import sys
from importlib.util import find_spec
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings

URL = urlsplit(os.environ["DATABASE_URL"])
SITE = os.environ["PEER_SITE"]
# A peer with tables of its own is a package beside its site.
OWN = {"viewflow_site": ["viewflow", "viewflow.workflow", "viewflow_peer"]}.get(SITE, [])
settings.configure(
    SECRET_KEY="bench",  # noqa: S106 - a site that lives for a minute
    ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF=SITE, USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "rest_framework",
        "rest_framework.authtoken", *OWN,
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": URL.path.lstrip("/"), "USER": unquote(URL.username or ""),
            "PASSWORD": unquote(URL.password or ""), "HOST": unquote(URL.netloc.rpartition("@")[2].rpartition(":")[0]), "PORT": URL.port, "CONN_MAX_AGE": 600,
        }
    },
    REST_FRAMEWORK={"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]},
    VIEWFLOW={"AUTOREGISTER": False},
)  # fmt: skip
assert not OWN or find_spec("viewflow")
django.setup()

from django.contrib.auth.models import Permission, User  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection, models, transaction  # noqa: E402
from django.urls import path  # noqa: E402
from rest_framework import serializers, views  # noqa: E402
from rest_framework.authentication import TokenAuthentication  # noqa: E402
from rest_framework.authtoken.models import Token  # noqa: E402
from rest_framework.exceptions import PermissionDenied, ValidationError  # noqa: E402
from rest_framework.response import Response  # noqa: E402

MOVES = {
    "accept": ("received", "review"), "propose": ("review", "deciding"), "decide": ("deciding", "decided"),
    "deliver": ("decided", "delivered"),
}  # fmt: skip


class Case(models.Model):
    """A case with what a list of cases shows."""

    number = models.CharField(max_length=40, unique=True)
    item_code = models.CharField(max_length=40)
    department = models.CharField(max_length=40, db_index=True)
    applicant_name = models.CharField(max_length=200)
    applicant_number = models.CharField(max_length=40, db_index=True)
    state = models.CharField(max_length=20, default="received", db_index=True)
    answers = models.JSONField(default=dict)
    filed_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)
    version = models.IntegerField(default=1)

    class Meta:
        app_label = "auth"
        db_table = "peer_case"


class Event(models.Model):
    """One line of a case's history."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=40)
    actor = models.ForeignKey(User, on_delete=models.PROTECT)
    at = models.DateTimeField(auto_now_add=True)
    data = models.JSONField(default=dict)

    class Meta:
        app_label = "auth"
        db_table = "peer_event"


class CaseSerializer(serializers.ModelSerializer):
    """A case as it is sent and answered."""

    class Meta:
        model = Case
        fields = ("number", "item_code", "department", "applicant_name", "applicant_number", "state", "answers",
                  "filed_at", "changed_at", "version")  # fmt: skip
        read_only_fields = ("number", "state", "filed_at", "changed_at", "version")


class StepSerializer(serializers.Serializer):
    """What a step is sent with."""

    note = serializers.CharField(max_length=2000, allow_blank=True, required=False)


class Bearer(TokenAuthentication):
    """Tokens under the usual word."""

    keyword = "Bearer"


def new_number() -> str:
    """The next number of a case."""
    with connection.cursor() as cursor:
        cursor.execute("select nextval('peer_number')")
        return f"P{cursor.fetchone()[0]:010d}"


def advanced(case: Any, action: str) -> bool:
    """Move a locked case by the table of moves, in memory; False where the table has no such move."""
    source, target = MOVES[action]
    if case.state != source:
        return False
    case.state, case.version = target, case.version + 1
    return True


class Filing(views.APIView):
    """POST a new case. A peer that keeps a process of its own beside the case begins it in `begun`."""

    authentication_classes = (Bearer,)

    def post(self, request: Any) -> Response:
        """File."""
        if not request.user.has_perm("auth.add_case"):
            raise PermissionDenied
        sent = CaseSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            case = sent.save(number=new_number())
            self.begun(case)
            Event.objects.create(
                case=case, kind="filed", actor=request.user, data=sent.validated_data["answers"]
            )
        return Response({"receipt": {"case_no": case.number}, "case": CaseSerializer(case).data}, status=201)

    def begun(self, case: Any) -> None:
        """What is written beside a new case."""


class Stepping(views.APIView):
    """POST a step of a case. A peer that keeps a process of its own runs it in `ran`."""

    authentication_classes = (Bearer,)

    def post(self, request: Any, number: str, action: str) -> Response:
        """Step."""
        if not request.user.has_perm("auth.change_case"):
            raise PermissionDenied
        sent = StepSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            case = Case.objects.select_for_update().get(number=number)
            if not self.ran(case, action, request.user):
                raise ValidationError({"state": case.state})
            case.save()
            Event.objects.create(case=case, kind=action, actor=request.user, data=dict(sent.validated_data))
        return Response({"case": CaseSerializer(case).data})

    def ran(self, case: Any, action: str, user: Any) -> bool:  # noqa: ARG002 - what a process wants to know
        """Move the locked case; whether it was this step's turn."""
        return advanced(case, action)


def addresses(filing: Any = Filing, stepping: Any = Stepping) -> list[Any]:
    """The two addresses of the load."""
    return [path("cases", filing.as_view()), path("cases/<str:number>/<str:action>", stepping.as_view())]


def prepare() -> None:
    """Tables, eight people with a token each."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        for model in (Case, Event, *getattr(sys.modules[SITE], "TABLES", ())):
            editor.create_model(model)
    with connection.cursor() as cursor:
        cursor.execute("create sequence peer_number")
    people = ContentType.objects.get_for_model(User)
    tokens = []
    for place in range(8):
        user = User.objects.create(username=f"officer{place}")
        for name in ("add_case", "change_case"):
            permission, _ = Permission.objects.get_or_create(
                codename=name, content_type=people, defaults={"name": name}
            )
            user.user_permissions.add(permission)
        tokens.append(Token.objects.create(user=user).key)
    json.dump(tokens, sys.stdout)
