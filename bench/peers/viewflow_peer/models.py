# mypy: ignore-errors
"""The process of a case: what Viewflow keeps of where it stands."""

from django.db import models
from viewflow.workflow.models import Process


class CaseProcess(Process):
    """One case under way, by the number of its case."""

    case_number = models.CharField(max_length=40, unique=True)
