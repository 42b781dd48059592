"""实施编码, 31 characters: credit code of the implementing body 18, level 1, national catalogue code 12."""

from yichuang.kernel.identifiers.implementation import cut
from yichuang.kernel.identifiers.verdict import Findings, Verdict

KIND = "impl31"


def check(code: str) -> Verdict:
    """Judges an implementation code; 30 characters without the level are flagged."""
    findings = Findings()
    parts = cut(code, findings, 31)
    return findings.verdict(code, KIND, parts)
