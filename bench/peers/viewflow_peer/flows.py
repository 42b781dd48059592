# mypy: ignore-errors
"""The flow of a case: filed from code, then four tasks that wait for somebody outside."""

from typing import Any

from viewflow import this
from viewflow.workflow import flow, lock
from viewflow_peer.models import CaseProcess


class CaseFlow(flow.Flow):
    """Filing, acceptance, proposal, decision, delivery."""

    process_class = CaseProcess
    lock_impl = lock.SelectForUpdateLock(nowait=False)

    start = flow.StartHandle(this.filed).Next(this.accept)
    accept = flow.Handle(this.noted).Next(this.propose)
    propose = flow.Handle(this.noted).Next(this.decide)
    decide = flow.Handle(this.noted).Next(this.deliver)
    deliver = flow.Handle(this.noted).Next(this.end)
    end = flow.End()

    def filed(self, activation: Any, number: str) -> Any:
        """A new process."""
        activation.process.case_number = number
        return activation.process

    def noted(self, activation: Any, user: Any) -> None:
        """One task done, and who did it; the note stands in the audit row, as with every peer."""
        activation.task.owner = user
