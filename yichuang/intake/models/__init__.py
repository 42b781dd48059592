"""Tables of intake: what one files, and files of many filings."""

from yichuang.intake.models.bulk import BulkMapping, BulkRow, BulkRun
from yichuang.intake.models.core import (
    Application,
    Draft,
    DraftMaterial,
    FixedReceipt,
    Material,
    ReceiptSignature,
)

__all__ = [
    "Application",
    "BulkMapping",
    "BulkRow",
    "BulkRun",
    "Draft",
    "DraftMaterial",
    "FixedReceipt",
    "Material",
    "ReceiptSignature",
]
