"""Words of campaigns: special works with a target and a day."""

from enum import StrEnum


class CampaignState(StrEnum):
    """Whether a campaign runs."""

    RUNNING = "running"
    CLOSED = "closed"

    @property
    def label(self) -> str:
        """The state in Chinese."""
        return {CampaignState.RUNNING: "进行中", CampaignState.CLOSED: "已结束"}[self]


# Cases in these states do not count: the filing came to nothing.
NOT_COUNTED = ("refused", "terminated")
# After these facts of a case its filing has come to nothing.
ENDED_FACTS = ("case.refused", "case.withdrawn", "case.terminated")
# Facts that change how a campaign stands.
COUNTED_FACTS = ("case.filed", "case.accepted", "case.decided", "case.delivered", *ENDED_FACTS)
# The pace is the mean of this many working days.
PACE_DAYS = 5
REMINDER_GAP = 3
MOST_FILERS = 200
MOST_MILESTONES = 50
