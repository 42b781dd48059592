"""Tables of the room."""

from yichuang.programmes.models.events import *  # noqa: F403
from yichuang.programmes.models.tasks import *  # noqa: F403
from yichuang.programmes.models.campaigns import *  # noqa: F403
