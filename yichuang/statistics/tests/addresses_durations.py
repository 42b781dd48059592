"""What the pages of the steps' time are tried with."""

from tests.stories.tables import Tables

PERIOD = "?first=2026-05-01&last=2026-06-10"
TABLES = Tables(
    axe={
        "leader": lambda samples: {
            "durations": f"/desk/durations{PERIOD}",
            "durations-cases": f"/desk/durations/cases{PERIOD}",
        }
    }
)
