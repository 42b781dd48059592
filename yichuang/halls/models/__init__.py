"""Tables of the room."""

from yichuang.halls.models.windows import *  # noqa: F403
from yichuang.halls.models.rounds import *  # noqa: F403
from yichuang.halls.models.duty import *  # noqa: F403
