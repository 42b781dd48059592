# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""The peer "SpiffWorkflow" in a shell of DRF: where a case stands is kept by a BPMN workflow that is read, run and written with every step."""

from itertools import pairwise
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db import models, transaction
from django.urls import path
from peer_site import MOVES, Bearer, Case, CaseSerializer, Event, StepSerializer, advanced, new_number
from rest_framework import views
from rest_framework.exceptions import PermissionDenied, ValidationError
from rest_framework.response import Response
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState


def diagram() -> str:
    """The life of a case in BPMN: a start, four tasks of people in a row, an end."""
    stations = ["begun", *MOVES, "over"]
    tasks = "".join(f'<bpmn:manualTask id="{name}" name="{name}"/>' for name in MOVES)
    flows = "".join(
        f'<bpmn:sequenceFlow id="to_{after}" sourceRef="{before}" targetRef="{after}"/>'
        for before, after in pairwise(stations)
    )
    return (
        '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" targetNamespace="peer">'
        f'<bpmn:process id="life" isExecutable="true"><bpmn:startEvent id="begun"/>{tasks}<bpmn:endEvent id="over"/>{flows}'
        "</bpmn:process></bpmn:definitions>"
    )


parser = BpmnParser()
parser.add_bpmn_str(diagram().encode())
SPEC = parser.get_spec("life")
REGISTRY = BpmnWorkflowSerializer.configure()


class Kept(models.Model):
    """The workflow of a case as its library writes it."""

    case = models.OneToOneField(Case, on_delete=models.PROTECT, related_name="workflow")
    written = models.TextField()

    class Meta:
        app_label = "auth"
        db_table = "peer_workflow"


TABLES = (Kept,)


class Filing(views.APIView):
    """POST a new case."""

    authentication_classes = (Bearer,)

    def post(self, request: Any) -> Response:
        """File, and begin its workflow."""
        if not request.user.has_perm("auth.add_case"):
            raise PermissionDenied
        sent = CaseSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        workflow = BpmnWorkflow(SPEC)
        workflow.do_engine_steps()
        with transaction.atomic():
            case = sent.save(number=new_number())
            Kept.objects.create(case=case, written=BpmnWorkflowSerializer(REGISTRY).serialize_json(workflow))
            Event.objects.create(
                case=case, kind="filed", actor=request.user, data=sent.validated_data["answers"]
            )
        return Response({"receipt": {"case_no": case.number}, "case": CaseSerializer(case).data}, status=201)


class Stepping(views.APIView):
    """POST a step of a case."""

    authentication_classes = (Bearer,)

    def post(self, request: Any, number: str, action: str) -> Response:
        """Run the task that waits, if it is this one."""
        if not request.user.has_perm("auth.change_case"):
            raise PermissionDenied
        sent = StepSerializer(data=request.data)
        sent.is_valid(raise_exception=True)
        serializer = BpmnWorkflowSerializer(REGISTRY)
        with transaction.atomic():
            case = Case.objects.select_for_update().get(number=number)
            kept = Kept.objects.get(case=case)
            workflow = serializer.deserialize_json(kept.written)
            ready = {task.task_spec.name: task for task in workflow.get_tasks(state=TaskState.READY)}
            if action not in ready or not advanced(case, action):
                raise ValidationError({"state": case.state})
            ready[action].data["note"] = sent.validated_data.get("note", "")
            ready[action].run()
            workflow.do_engine_steps()
            kept.written = serializer.serialize_json(workflow)
            kept.save()
            case.save()
            Event.objects.create(case=case, kind=action, actor=request.user, data=dict(sent.validated_data))
        return Response({"case": CaseSerializer(case).data})


urlpatterns = [path("cases", Filing.as_view()), path("cases/<str:number>/<str:action>", Stepping.as_view())]
application = get_wsgi_application()
