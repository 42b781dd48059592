"""What the warning of silence is tried with."""

from tests.stories.tables import Tables

TABLES = Tables(axe={"reviewer.water": lambda samples: {"逾期后果预警": "/desk/lapses?days=10"}})
