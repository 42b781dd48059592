"""Tables of the room."""

from yichuang.feedback.models.ratings import *  # noqa: F403
from yichuang.feedback.models.complaints import *  # noqa: F403
