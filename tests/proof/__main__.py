"""`python -m tests.proof [--cases N]`: prints one line of JSON for each proof; exit 1 where something differs."""

import argparse
import json
import os
import sys
import time

from tests.proof.clock import prove
from tests.proof.matrix import prove_matrix

CASES = 100_000


def main(arguments: list[str]) -> int:
    """Run the whole matrix of rights, then the proof of the clock, which needs no database."""
    parser = argparse.ArgumentParser(prog="python -m tests.proof", description=__doc__)
    parser.add_argument("--cases", type=int, default=CASES, help="random histories of the clock")
    parser.add_argument("--seed", type=int, default=0, help="another seed tells other histories")
    parser.add_argument("--workers", type=int, default=min(8, os.cpu_count() or 1))
    parser.add_argument("--only", choices=["clock", "rights"], help="one of the proofs")
    asked = parser.parse_args(arguments)
    wrong = 0 if asked.only == "clock" else _rights()
    if asked.only == "rights":
        return wrong
    return max(wrong, _clock(asked))


def _rights() -> int:
    began = time.monotonic()
    found = prove_matrix()
    sys.stderr.write(found.shown)
    answer = {
        "questions": found.questions,
        "wrong": found.wrong,
        "passed": found.passed,
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    return 0 if found.passed else 1


def _clock(asked: argparse.Namespace) -> int:
    began = time.monotonic()
    found = prove(asked.cases, seed=asked.seed, workers=asked.workers)
    for line in found.shown:
        sys.stderr.write(line + "\n")
    answer = {
        "histories": found.histories,
        "differences": found.differences,
        "seconds": round(time.monotonic() - began, 1),
    }
    sys.stdout.write(json.dumps(answer) + "\n")
    return 1 if found.differences else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
