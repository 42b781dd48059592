"""The demo province: plainly fictional people, and a month of work done by the real commands."""

from collections.abc import Callable

from yichuang.home.commands.demo_authorisations import load_authorisations
from yichuang.home.commands.demo_bulk import load_bulk
from yichuang.home.commands.demo_exchange import load_exchange
from yichuang.home.commands.demo_feedback import load_feedback
from yichuang.home.commands.demo_lives import load_lives
from yichuang.home.commands.demo_manuals import publish_manuals
from yichuang.home.commands.demo_people import DEMO_ACCOUNTS, demo_password, load_people
from yichuang.home.commands.demo_photos import picture
from yichuang.home.commands.demo_programmes import load_programmes
from yichuang.home.commands.demo_report import draft_report
from yichuang.home.commands.demo_reviewers import load_reviewers
from yichuang.home.commands.demo_rounds import load_rounds
from yichuang.home.commands.demo_scores import load_scores
from yichuang.home.commands.demo_windows import load_windows
from yichuang.home.commands.demo_work import DemoWork, simulate

REGISTERS: tuple[Callable[..., str], ...] = (
    load_authorisations,
    load_windows,
    load_rounds,
    load_feedback,
    load_programmes,
    load_scores,
    load_reviewers,
    load_exchange,
)

__all__ = [
    "DEMO_ACCOUNTS",
    "REGISTERS",
    "DemoWork",
    "demo_password",
    "draft_report",
    "load_bulk",
    "load_lives",
    "load_people",
    "picture",
    "publish_manuals",
    "simulate",
]
