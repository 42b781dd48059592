"""The signature inside a PDF (PAdES, ISO 32000-2 §12.8): appended, so that what was signed stays byte for byte."""

import io
from dataclasses import dataclass
from datetime import datetime

from yichuang.gateways.late import Late
from yichuang.gateways.signing.keys import PdfIdentity

_keys = Late("pyhanko.keys")
_incremental = Late("pyhanko.pdf_utils.incremental_writer")
_reading = Late("pyhanko.pdf_utils.reader")
_fields = Late("pyhanko.sign.fields")
_signers = Late("pyhanko.sign.signers")
_validation = Late("pyhanko.sign.validation")
_status = Late("pyhanko.sign.validation.status")
_trust = Late("pyhanko_certvalidator")
_registry = Late("pyhanko_certvalidator.registry")

_FIELD = "Signature"


@dataclass(frozen=True, slots=True)
class Checked:
    """What the signature of a PDF says: who, when, and whether it holds for the whole file as it lies there."""

    signer: str
    at: datetime | None
    holds: bool


def sign(pdf: bytes, identity: PdfIdentity, *, reason: str) -> bytes:
    """The PDF with an invisible signature that covers all of it, dated by the machine's clock."""
    signer = _signers.SimpleSigner(
        signing_cert=next(iter(_keys.load_certs_from_pemder_data(identity.certificate))),
        signing_key=_keys.load_private_key_from_pemder_data(identity.private, None),
        cert_registry=_registry.SimpleCertificateStore(),
    )
    about = _signers.PdfSignatureMetadata(
        field_name=_FIELD, md_algorithm="sha256", subfilter=_fields.SigSeedSubFilter.PADES, reason=reason
    )
    made = io.BytesIO()
    writer = _incremental.IncrementalPdfFileWriter(io.BytesIO(pdf))
    _signers.PdfSigner(about, signer=signer).sign_pdf(writer, output=made, appearance_text_params=None)
    return made.getvalue()


def check(pdf: bytes, certificate: bytes) -> Checked | None:
    """What became of the signature, trusting only this certificate (PEM); None where the file has none.

    Anything that cannot be read as a signed PDF has a signature that does not hold.
    """
    try:
        found = _reading.PdfFileReader(io.BytesIO(pdf)).embedded_signatures
        if not found:
            return None
        roots = list(_keys.load_certs_from_pemder_data(certificate))
        trust = _trust.ValidationContext(trust_roots=roots, allow_fetching=False)
        status = _validation.validate_pdf_signature(found[-1], signer_validation_context=trust)
    except Exception:
        return Checked("", None, holds=False)
    signer = status.signing_cert.subject.native.get("common_name", "")
    whole = status.coverage == _status.SignatureCoverageLevel.ENTIRE_FILE
    return Checked(signer, status.signer_reported_dt, holds=whole and bool(status.bottom_line))
