# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""The peer "SpiffWorkflow" in a shell of DRF: where a case stands is kept by a BPMN workflow that is read, run and written with every step."""

from itertools import pairwise
from typing import Any

import peer_site
from django.core.wsgi import get_wsgi_application
from django.db import models
from peer_site import MOVES, Case
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


class Filing(peer_site.Filing):
    """Begins the workflow of a case."""

    def begun(self, case: Any) -> None:
        """The first task waits."""
        workflow = BpmnWorkflow(SPEC)
        workflow.do_engine_steps()
        Kept.objects.create(case=case, written=BpmnWorkflowSerializer(REGISTRY).serialize_json(workflow))


class Stepping(peer_site.Stepping):
    """Runs the task that waits, if it is this one."""

    def ran(self, case: Any, action: str, user: Any) -> bool:
        """The workflow is read, the task run, and the workflow written."""
        serializer = BpmnWorkflowSerializer(REGISTRY)
        kept = Kept.objects.get(case=case)
        workflow = serializer.deserialize_json(kept.written)
        ready = {task.task_spec.name: task for task in workflow.get_tasks(state=TaskState.READY)}
        if action not in ready or not super().ran(case, action, user):
            return False
        ready[action].run()
        workflow.do_engine_steps()
        kept.written = serializer.serialize_json(workflow)
        kept.save()
        return True


urlpatterns = peer_site.addresses(Filing, Stepping)
application = get_wsgi_application()
