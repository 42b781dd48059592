"""The signature inside a PDF (PAdES, ISO 32000-2 §12.8): appended, so that what was signed stays byte for byte."""

import io
from dataclasses import dataclass
from datetime import datetime

from pyhanko.keys import load_certs_from_pemder_data, load_private_key_from_pemder_data
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign import fields, signers
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko.sign.validation.status import SignatureCoverageLevel
from pyhanko_certvalidator import ValidationContext
from pyhanko_certvalidator.registry import SimpleCertificateStore

from yichuang.gateways.signing.keys import PdfIdentity

_FIELD = "Signature"


@dataclass(frozen=True, slots=True)
class Checked:
    """What the signature of a PDF says: who, when, and whether it holds for the whole file as it lies there."""

    signer: str
    at: datetime | None
    holds: bool


def sign(pdf: bytes, identity: PdfIdentity, *, reason: str) -> bytes:
    """The PDF with an invisible signature that covers all of it, dated by the machine's clock."""
    signer = signers.SimpleSigner(
        signing_cert=next(iter(load_certs_from_pemder_data(identity.certificate))),
        signing_key=load_private_key_from_pemder_data(identity.private, None),
        cert_registry=SimpleCertificateStore(),  # type: ignore[no-untyped-call]
    )
    about = signers.PdfSignatureMetadata(
        field_name=_FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, reason=reason
    )
    made = io.BytesIO()
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    signers.PdfSigner(about, signer=signer).sign_pdf(writer, output=made, appearance_text_params=None)
    return made.getvalue()


def check(pdf: bytes, certificate: bytes) -> Checked | None:
    """What became of the signature, trusting only this certificate (PEM); None where the file has none.

    Anything that cannot be read as a signed PDF has a signature that does not hold.
    """
    try:
        found = PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not found:
            return None
        roots = list(load_certs_from_pemder_data(certificate))
        trust = ValidationContext(trust_roots=roots, allow_fetching=False)
        status = validate_pdf_signature(found[-1], signer_validation_context=trust)
    except Exception:
        return Checked("", None, holds=False)
    signer = status.signing_cert.subject.native.get("common_name", "")
    whole = status.coverage == SignatureCoverageLevel.ENTIRE_FILE
    return Checked(signer, status.signer_reported_dt, holds=whole and bool(status.bottom_line))
