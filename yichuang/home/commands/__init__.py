"""The demo province: plainly fictional people, and a month of work done by the real commands."""

from yichuang.home.commands.demo_people import DEMO_ACCOUNTS, demo_password, load_people
from yichuang.home.commands.demo_work import DemoWork, simulate

__all__ = ["DEMO_ACCOUNTS", "DemoWork", "demo_password", "load_people", "simulate"]
