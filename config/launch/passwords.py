"""The passwords and keys of one installation, made once and kept in a file that only its owner reads."""

import json
import secrets
from dataclasses import asdict, dataclass, field
from pathlib import Path

from config.launch.machine import write_whole
from config.launch.say import Stop

ROLES = ("admin", "owner", "app", "report", "audit")


@dataclass
class Secrets:
    """`cluster` tells our data folder from one that another checkout left at the same place."""

    cluster: str
    key: str
    passwords: dict[str, str]
    port: int | None = None
    demo: list[str] = field(default_factory=list)

    @staticmethod
    def load(path: Path) -> "Secrets":
        """Read the file, or make it with fresh random values. Errors: Stop where it is there but broken."""
        try:
            return Secrets(**json.loads(path.read_text()))
        except FileNotFoundError:
            made = Secrets.fresh()
            made.save(path)
            return made
        except (ValueError, TypeError):
            raise Stop(
                f"{path} 已损坏，无法读出数据库口令；请从备份恢复该文件，或执行 make reset 重新开始。",
                f"{path} is damaged; restore it from a backup or start afresh with make reset.",
            ) from None

    @staticmethod
    def fresh() -> "Secrets":
        """New random values."""
        return Secrets(
            cluster=secrets.token_hex(8),
            key=secrets.token_urlsafe(48),
            passwords={role: secrets.token_urlsafe(24) for role in ROLES},
        )

    def save(self, path: Path) -> None:
        """Write the file whole, mode 0600."""
        write_whole(path, json.dumps(asdict(self), indent=1) + "\n")
