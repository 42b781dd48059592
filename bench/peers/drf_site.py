# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""The peer "DRF + ORM": a case with its history in Django REST framework, written as its tutorials write.

Tokens from the database, model permissions, serializers, one transaction a write with the row locked, and one audit row a
write. It has no law's clock, no hash chain, no client keys, no receipts, no figures: it does less than the house.
`drf_site.prepare()` makes tables and people and prints what the load needs; the server loads `drf_site:application`.
"""

import json
import os
import sys
from typing import Any
from urllib.parse import unquote, urlsplit

import django
from django.conf import settings

URL = urlsplit(os.environ["DATABASE_URL"])
settings.configure(
    SECRET_KEY="bench",  # noqa: S106 - a site that lives for a minute
    ALLOWED_HOSTS=["127.0.0.1"], ROOT_URLCONF="drf_site", USE_TZ=True, DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=[
        "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions", "rest_framework",
        "rest_framework.authtoken",
    ],
    MIDDLEWARE=[
        "django.middleware.security.SecurityMiddleware", "django.contrib.sessions.middleware.SessionMiddleware",
        "django.middleware.common.CommonMiddleware", "django.middleware.csrf.CsrfViewMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql", "NAME": URL.path.lstrip("/"), "USER": unquote(URL.username or ""),
            "PASSWORD": unquote(URL.password or ""), "HOST": URL.hostname, "PORT": URL.port, "CONN_MAX_AGE": 600,
        }
    },
    REST_FRAMEWORK={"DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"]},
)  # fmt: skip
django.setup()

from django.contrib.auth.models import Permission, User  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
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


class Filing(views.APIView):
    """POST a new case."""

    authentication_classes = (Bearer,)

    def post(self, request: Any) -> Response:
        """File."""
        if not request.user.has_perm("auth.add_case"):
            raise PermissionDenied
        sent = CaseSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            case = sent.save(number=_number())
            Event.objects.create(
                case=case, kind="filed", actor=request.user, data=sent.validated_data["answers"]
            )
        return Response({"receipt": {"case_no": case.number}, "case": CaseSerializer(case).data}, status=201)


class Stepping(views.APIView):
    """POST a step of a case."""

    authentication_classes = (Bearer,)

    def post(self, request: Any, number: str, action: str) -> Response:
        """Step."""
        if not request.user.has_perm("auth.change_case"):
            raise PermissionDenied
        sent = StepSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            case = Case.objects.select_for_update().get(number=number)
            source, target = MOVES[action]
            if case.state != source:
                raise ValidationError({"state": case.state})
            case.state, case.version = target, case.version + 1
            case.save()
            Event.objects.create(case=case, kind=action, actor=request.user, data=dict(sent.validated_data))
        return Response({"case": CaseSerializer(case).data})


def _number() -> str:
    with connection.cursor() as cursor:
        cursor.execute("select nextval('peer_number')")
        return f"P{cursor.fetchone()[0]:010d}"


urlpatterns = [path("cases", Filing.as_view()), path("cases/<str:number>/<str:action>", Stepping.as_view())]
application = get_wsgi_application()


def prepare() -> None:
    """Tables, eight people with a token each."""
    call_command("migrate", verbosity=0)
    with connection.schema_editor() as editor:
        editor.create_model(Case)
        editor.create_model(Event)
    with connection.cursor() as cursor:
        cursor.execute("create sequence peer_number")
    call_command("migrate", verbosity=0)
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
