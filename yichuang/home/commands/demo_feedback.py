"""The demo's feedback: plainly fictional, made by the real commands."""

from datetime import datetime


def load_feedback(*, at: datetime) -> str:  # noqa: ARG001 - filled by the register that it belongs to
    """Load once; what was loaded, in words (empty: it is there already)."""
    return ""
