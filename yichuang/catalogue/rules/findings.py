"""What a check of a guide reports."""

from dataclasses import dataclass

ERROR = "error"
WARNING = "warning"


@dataclass(frozen=True, slots=True)
class Finding:
    """`level` error blocks publication, warning does not; `path` is where in the guide's data."""

    level: str
    path: str
    message: str


def fault(path: str, message: str) -> Finding:
    """Something that blocks publication."""
    return Finding(ERROR, path, message)


def blemish(path: str, message: str) -> Finding:
    """Something that would better be mended."""
    return Finding(WARNING, path, message)
