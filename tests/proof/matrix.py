"""The whole matrix of rights: every address by every method, everybody of the demo, own and others' objects."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Matrix:
    """How many questions were asked, and how many were answered otherwise than the policy says."""

    questions: int
    wrong: int
    passed: bool
    shown: str


def prove_matrix() -> Matrix:
    """Run the matrix whole, in a process of its own: it needs the test cluster and the demo."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "told.json"
        environment = dict(os.environ, YICHUANG_PROOF="1", YICHUANG_PROOF_FILE=str(told))
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-n0",
            "-p",
            "no:randomly",
            "--show-capture=no",
            "tests/stories/test_matrix.py",
        ]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
        found = (
            json.loads(told.read_text(encoding="utf-8")) if told.exists() else {"questions": 0, "wrong": 0}
        )
    passed = done.returncode == 0
    return Matrix(found["questions"], found["wrong"], passed, "" if passed else done.stdout[-8000:])
