"""Where things stand: the checkout, `var/`, and the spare folder for a server that cannot reach `var/`."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

SPARE_ROOT = Path("/var/lib/yichuang")


@dataclass(frozen=True)
class Places:
    """The folders and files of one checkout."""

    root: Path
    var: Path
    spare_root: Path = SPARE_ROOT

    @property
    def venv(self) -> Path:
        """The virtual environment of the checkout."""
        return self.root / ".venv"

    @property
    def python(self) -> Path:
        """The interpreter of the virtual environment."""
        return self.venv / "bin" / "python"

    @property
    def command(self) -> Path:
        """The console script."""
        return self.venv / "bin" / "yichuang"

    @property
    def assets(self) -> Path:
        """Fetched front-end files (`public/`) and fonts (`fonts/`)."""
        return self.root / "var" / "assets"

    @property
    def logs(self) -> Path:
        """Logs of the children and of installing."""
        return self.var / "log"

    @property
    def run_file(self) -> Path:
        """What a running site tells other programs about itself."""
        return self.var / "run.json"

    @property
    def spare(self) -> Path:
        """Where root's server keeps its data when its user cannot reach `var/`."""
        return self.spare_root / hashlib.sha256(str(self.root).encode()).hexdigest()[:12]


def checkout() -> Places:
    """The places of the checkout that this file belongs to; `YICHUANG_VAR` moves `var/`."""
    root = Path(__file__).resolve().parents[2]
    return Places(root=root, var=Path(os.environ.get("YICHUANG_VAR") or root / "var").absolute())


def make_folder(path: Path, mode: int = 0o755) -> Path:
    """Make a folder and its missing parents with exactly this mode; one that exists keeps the mode it has."""
    if not path.is_dir():
        make_folder(path.parent, mode)
        path.mkdir(exist_ok=True)
        path.chmod(mode)
    return path
