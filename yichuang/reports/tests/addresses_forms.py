"""Addresses of forms and corrections."""

from tests.stories.samples import Samples
from tests.stories.tables import Tables
from yichuang.reports.models import Erratum


def _erratum(samples: Samples) -> object:
    found = Erratum.objects.values_list("id", flat=True).first()
    return found or samples.issued


TABLES = Tables(
    parameters={"form_code": lambda s: "2022", "erratum_id": _erratum},
    special={("desk-report-errata", "report_id"): lambda s: s.issued},
    post_only=frozenset({"desk-report-form-copy", "desk-report-form-switch", "desk-report-erratum-withdraw"}),
    axe={
        "report.editor": lambda s: {
            "forms": "/desk/reports/forms",
            "form": "/desk/reports/forms/2022",
            "errata": f"/desk/reports/{s.issued}/errata",
        }
    },
)
