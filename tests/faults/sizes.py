"""How much each test does: a short form for every change, the usual one, and that of the promises."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """Counts; seconds where the name says so."""

    clients: int
    crowd: int
    web_kills: int
    database_kills: int
    worker_kills: int
    file_kills: int
    report_kills: int
    cut_every: int
    black_holes: int
    keys: int
    posts: int
    clerks: int
    cases: int
    rounds: int
    pairs: int
    walk_cases: int
    walk_steps: int
    numbered: int
    deciders: int
    mix_seconds: float
    acks: int
    bulk_rows: int
    bulk_kills: int
    bulk_cases: int


SHORT = Sizes(
    clients=4, crowd=8, web_kills=2, database_kills=1, worker_kills=1, file_kills=1, report_kills=2, cut_every=7, black_holes=1, keys=4,
    posts=6, clerks=12, cases=12, rounds=1, pairs=8, walk_cases=8, walk_steps=10, numbered=32, deciders=3,
    mix_seconds=1.5, acks=0, bulk_rows=600, bulk_kills=4, bulk_cases=80,
)  # fmt: skip
DEFAULT = Sizes(
    clients=8, crowd=50, web_kills=10, database_kills=6, worker_kills=3, file_kills=3, report_kills=20, cut_every=1, black_holes=2, keys=100,
    posts=20, clerks=12, cases=300, rounds=1, pairs=100, walk_cases=640, walk_steps=50, numbered=600, deciders=40,
    mix_seconds=15.0, acks=1000, bulk_rows=6000, bulk_kills=20, bulk_cases=1000,
)  # fmt: skip
FULL = Sizes(
    clients=8, crowd=50, web_kills=300, database_kills=50, worker_kills=200, file_kills=50, report_kills=200, cut_every=1, black_holes=10,
    keys=100, posts=20, clerks=12, cases=300, rounds=20, pairs=1000, walk_cases=400, walk_steps=200, numbered=20_000,
    deciders=300, mix_seconds=1800.0, acks=36_000, bulk_rows=60_000, bulk_kills=200, bulk_cases=10_000,
)  # fmt: skip
BY_NAME = {"short": SHORT, "default": DEFAULT, "full": FULL}
