"""The official documents of a case, in words: pure builders of `OfficialNotice` from plain facts.

Laws cited: 行政许可法 (2019) — 32 what to do with an application, 38 decision in writing, 40 publication, 42 and 45
limits, 44 delivery, 50 renewal, 78 false material; 优化营商环境条例 36 correction told once. 行政复议法 (60 days) and
行政诉讼法 (six months) stand without article numbers, because these changed while the time limits did not.
"""

from yichuang.gateways.documents.model import NoticeItem
from yichuang.gateways.documents.notice import notice_pdf, notice_text
from yichuang.notices.flow import NoticeKind
from yichuang.notices.render.acceptance import (
    acceptance_notice,
    correction_notice,
    refusal_of_acceptance_notice,
)
from yichuang.notices.render.clock import extension_notice, special_procedure_notice, termination_notice
from yichuang.notices.render.decisions import denial_decision, grant_decision, proof_of_service
from yichuang.notices.render.facts import (
    CaseFacts,
    ClockFacts,
    DecisionFacts,
    RefusalGround,
    Remedies,
    ServiceFacts,
)
from yichuang.notices.render.frame import date_zh, document_number

__all__ = [
    "CaseFacts",
    "ClockFacts",
    "DecisionFacts",
    "NoticeItem",
    "NoticeKind",
    "RefusalGround",
    "Remedies",
    "ServiceFacts",
    "acceptance_notice",
    "correction_notice",
    "date_zh",
    "denial_decision",
    "document_number",
    "extension_notice",
    "grant_decision",
    "notice_pdf",
    "notice_text",
    "proof_of_service",
    "refusal_of_acceptance_notice",
    "special_procedure_notice",
    "termination_notice",
]
