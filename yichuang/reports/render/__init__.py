"""The weekly report as web page, plain text, Word, PDF and OFD, and the signatures of its files."""

from yichuang.gateways.documents.report import report_docx, report_ofd, report_pdf, report_txt
from yichuang.reports.render.files import Format, Rendered, official, render
from yichuang.reports.render.page import report_html
from yichuang.reports.render.signing import SIGNED_PDF, sign_issue, signature_holds, signed_files, store

__all__ = [
    "SIGNED_PDF",
    "Format",
    "Rendered",
    "official",
    "render",
    "report_docx",
    "report_html",
    "report_ofd",
    "report_pdf",
    "report_txt",
    "sign_issue",
    "signature_holds",
    "signed_files",
    "store",
]
