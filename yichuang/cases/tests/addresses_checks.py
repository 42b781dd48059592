"""What the work list of reviews and surveys is tried with."""

from tests.stories.tables import Tables

TABLES = Tables(
    axe={"reviewer.water": lambda samples: {"checks": "/desk/checks", "overdue": "/desk/checks?overdue=1"}}
)
