"""The demo province: plainly fictional people, and a month of work done by the real commands."""

from yichuang.home.commands.demo_manuals import publish_manuals
from yichuang.home.commands.demo_people import DEMO_ACCOUNTS, demo_password, load_people
from yichuang.home.commands.demo_report import draft_report
from yichuang.home.commands.demo_work import DemoWork, simulate

__all__ = [
    "DEMO_ACCOUNTS",
    "DemoWork",
    "demo_password",
    "draft_report",
    "load_people",
    "publish_manuals",
    "simulate",
]
