"""The address where everybody checks an issued file."""

from tests.stories.tables import Tables

TABLES = Tables(axe={"": lambda samples: {"report-verify": f"/reports/{samples.slug}/verify"}})
