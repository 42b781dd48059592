"""What the pages of figures, efficiency and scores answer to whom."""

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.directory.models import Department
from yichuang.kernel.actor import Actor


def _water(samples: Samples) -> object:
    return Department.objects.get(short_name="水利厅").pk


def _of_water(by: Actor, samples: Samples) -> int:
    return 200 if by.reaches(Department.objects.get(short_name="水利厅").pk) else 404


def _not_yet(by: Actor, samples: Samples) -> int:
    return 503


PERIOD = "?first=2026-05-01&last=2026-06-10"
TABLES = Tables(
    parameters={"score_department_id": _water},
    queries={
        "desk-efficiency-cases": "?claim=mean_days",
        "desk-efficiency-cases-csv": "?claim=mean_days",
    },
    post_only=frozenset({"desk-indicators-save", "desk-indicator-enter"}),
    # The demo has no monthly files until somebody exports them: the page says so, the file is not there yet.
    answers={"desk-scores-of": _of_water, "desk-analysis-csv": _not_yet},
    axe={
        "leader": lambda samples: {
            "balance": f"/desk/figures/balance{PERIOD}",
            "efficiency": f"/desk/figures/efficiency{PERIOD}",
            "efficiency-cases": f"/desk/figures/efficiency/cases{PERIOD}&claim=mean_days",
            "efficiency-items": "/desk/figures/efficiency/items",
            "scores": f"/desk/figures/scores{PERIOD}",
            "late": "/desk/figures/late?first=2020-01-01&last=2022-12-31",
            "recounts": "/desk/figures/recounts",
        },
        "supervisor": lambda samples: {
            "score-of-one": f"/desk/figures/scores/department/{_water(samples)}{PERIOD}",
            "analysis": "/desk/analysis",
            "indicators": "/desk/figures/scores/indicators",
            "indicator-entries": "/desk/figures/scores/entries",
        },
    },
)
