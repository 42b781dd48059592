# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""The peer "DRF + ORM": a case with its history in Django REST framework, written as its tutorials write: tokens from the database,
model permissions, serializers, the row locked.
"""

from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.urls import path
from peer_site import Bearer, Case, CaseSerializer, Event, StepSerializer, advanced, new_number
from rest_framework import views
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response


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
            case = sent.save(number=new_number())
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
            if not advanced(case, action):
                raise ValidationError({"state": case.state})
            case.save()
            Event.objects.create(case=case, kind=action, actor=request.user, data=dict(sent.validated_data))
        return Response({"case": CaseSerializer(case).data})


urlpatterns = [path("cases", Filing.as_view()), path("cases/<str:number>/<str:action>", Stepping.as_view())]
application = get_wsgi_application()
