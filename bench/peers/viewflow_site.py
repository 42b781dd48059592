# mypy: ignore-errors
# The packages of this file are installed only where the bench runs it.
"""The peer "Viewflow" in a shell of DRF: where a case stands is kept by its process and tasks, every write has its audit row beside.

Tasks are handled from code, which costs it less than its own pages with their assignment and start would.
"""

from typing import Any

import peer_site
from django.core.wsgi import get_wsgi_application
from viewflow.workflow import STATUS
from viewflow_peer.flows import CaseFlow
from viewflow_peer.models import CaseProcess


class Filing(peer_site.Filing):
    """Begins the process of a case."""

    def begun(self, case: Any) -> None:
        """The first task waits."""
        CaseFlow.start.run(number=case.number)


class Stepping(peer_site.Stepping):
    """Does the task that waits, if it is this one."""

    def ran(self, case: Any, action: str, user: Any) -> bool:
        """The task is done, the next one waits."""
        process = CaseProcess.objects.get(case_number=case.number)
        node = CaseFlow.instance.node(action)
        task = process.task_set.filter(flow_task=node, status=STATUS.NEW).first()
        if task is None or not super().ran(case, action, user):
            return False
        node.run(task, user=user)
        return True


urlpatterns = peer_site.addresses(Filing, Stepping)
application = get_wsgi_application()
