"""A process that fails and leaves another behind, which holds its outputs: `python -m yichuang.effects.tests.lingering`."""

import os
import subprocess
import sys

SECONDS = 25.0


def main() -> int:
    """Tells where it stands and whom it has left behind."""
    left = subprocess.Popen([sys.executable, "-S", "-c", f"import time; time.sleep({SECONDS})"])
    # It is not waited for.
    left.returncode = 0
    print(f"{os.getcwd()} left behind: {left.pid}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
