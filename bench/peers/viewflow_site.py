# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""The peer "Viewflow" in a shell of DRF: where a case stands is kept by its process and tasks, every write has its audit row beside.

Tasks are handled from code, which costs it less than its own pages with their assignment and start would.
"""

from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import transaction
from django.urls import path
from peer_site import Bearer, Case, CaseSerializer, Event, StepSerializer, advanced, new_number
from rest_framework import views
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response
from viewflow.workflow import STATUS
from viewflow_peer.flows import CaseFlow
from viewflow_peer.models import CaseProcess


class Filing(views.APIView):
    """POST a new case."""

    authentication_classes = (Bearer,)

    def post(self, request: Any) -> Response:
        """File, and begin its process."""
        if not request.user.has_perm("auth.add_case"):
            raise PermissionDenied
        sent = CaseSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            case = sent.save(number=new_number())
            CaseFlow.start.run(number=case.number)
            Event.objects.create(
                case=case, kind="filed", actor=request.user, data=sent.validated_data["answers"]
            )
        return Response({"receipt": {"case_no": case.number}, "case": CaseSerializer(case).data}, status=201)


class Stepping(views.APIView):
    """POST a step of a case."""

    authentication_classes = (Bearer,)

    def post(self, request: Any, number: str, action: str) -> Response:
        """Do the task that waits, if it is this one."""
        if not request.user.has_perm("auth.change_case"):
            raise PermissionDenied
        sent = StepSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        with transaction.atomic():
            case = Case.objects.select_for_update().get(number=number)
            process = CaseProcess.objects.get(case_number=number)
            node = CaseFlow.instance.node(action)
            task = process.task_set.filter(flow_task=node, status=STATUS.NEW).first()
            if task is None or not advanced(case, action):
                raise ValidationError({"state": case.state})
            node.run(task, user=request.user, note=sent.validated_data.get("note", ""))
            case.save()
            Event.objects.create(case=case, kind=action, actor=request.user, data=dict(sent.validated_data))
        return Response({"case": CaseSerializer(case).data})


urlpatterns = [path("cases", Filing.as_view()), path("cases/<str:number>/<str:action>", Stepping.as_view())]
application = get_wsgi_application()
