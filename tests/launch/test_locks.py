"""Lock and package files: every package hashed, no address of any registry."""

import json
import re

import pytest

from .conftest import ROOT

REQUIREMENTS = sorted(path.name for path in ROOT.glob("requirements*.txt"))
FUNDING = re.compile(r"https://(github\.com/sponsors|opencollective\.com|tidelift\.com)/")


def test_the_four_lists_are_there() -> None:
    assert REQUIREMENTS == [
        "requirements-dev.txt",
        "requirements-node.txt",
        "requirements-postgres.txt",
        "requirements.txt",
    ]


@pytest.mark.parametrize("name", REQUIREMENTS)
def test_every_requirement_is_pinned_and_hashed_and_no_line_leads_anywhere(name: str) -> None:
    text = (ROOT / name).read_text()
    assert not re.search(r"https?://|^-|/(opt|tmp|home|root)/", text, re.MULTILINE)
    for requirement in re.split(r"\n(?=\S)", text.strip()):
        assert re.match(r"[A-Za-z0-9._-]+(\[[a-z,]+\])?==\S+", requirement), requirement[:60]
        assert "--hash=sha256:" in requirement, requirement[:60]


def test_what_runs_is_part_of_what_is_developed_with() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[^\s#]+==[^\s;\\]+", (ROOT / name).read_text(), re.MULTILINE))

    assert pins("requirements.txt") < pins("requirements-dev.txt")


def test_npm_files_hold_no_address_except_funding() -> None:
    for name in ("package.json", "package-lock.json", ".npmrc"):
        found = re.findall(r"https?://\S+", (ROOT / name).read_text())
        assert [address for address in found if not FUNDING.match(address)] == []


def test_npm_packages_are_exact_and_checked() -> None:
    wanted = json.loads((ROOT / "package.json").read_text())["dependencies"]
    locked = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert wanted["htmx.org"].startswith("2."), "4 is another library under the same name"
    for name, version in wanted.items():
        assert locked[f"node_modules/{name}"]["version"] == version
    assert all("integrity" in package for path, package in locked.items() if path)
    assert all("resolved" not in package for package in locked.values())


def test_npm_runs_no_scripts_of_packages() -> None:
    assert "ignore-scripts=true" in (ROOT / ".npmrc").read_text().split()
