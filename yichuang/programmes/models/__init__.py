"""Tables of the room."""

from yichuang.programmes.models.campaigns import (
    Campaign,
    CampaignMilestone,
    CampaignVersion,
    Filer,
    FilerDay,
    FilerReminder,
    HandNumber,
)
from yichuang.programmes.models.events import Event, EventFigure, EventFile, EventVersion
from yichuang.programmes.models.tasks import (
    ExtensionRequest,
    Milestone,
    Reminder,
    Task,
    TaskFile,
    TaskList,
    TaskStep,
    TaskVersion,
)

__all__ = [
    "Campaign",
    "CampaignMilestone",
    "CampaignVersion",
    "Event",
    "EventFigure",
    "EventFile",
    "EventVersion",
    "ExtensionRequest",
    "Filer",
    "FilerDay",
    "FilerReminder",
    "HandNumber",
    "Milestone",
    "Reminder",
    "Task",
    "TaskFile",
    "TaskList",
    "TaskStep",
    "TaskVersion",
]
