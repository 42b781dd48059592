"""Templates are compiled once for a machine and not by every process: what was compiled lies in a folder of `var`.

To compile all of them takes 2.7 seconds of a processor; the pages that were asked for first in a fresh process waited for that. What lies
there is code, so the folder belongs to the account that runs the site and to nobody else; without such a folder, on a full
disk or after a torn write each process compiles for itself, and no page fails.
"""

import hashlib
import logging
import os
import stat
from importlib.metadata import version
from pathlib import Path

from jinja2 import Environment
from jinja2.bccache import Bucket, FileSystemBytecodeCache

log = logging.getLogger(__name__)
FOLDER = "templates"
# What writes the code and what the code calls: another version of either makes other code of the same source.
COMPILERS = ("jinja2", "markupsafe")


class KeptTemplates(FileSystemBytecodeCache):
    """Compiled templates in a folder, each with a checksum of its source and of what else shapes the code."""

    def __init__(self, folder: Path, made_by: bytes) -> None:
        super().__init__(str(folder), "%s.compiled")
        self._made_by = made_by

    def get_source_checksum(self, source: str) -> str:
        """Another environment, or another version of what compiles, makes other code of the same source."""
        return hashlib.sha256(self._made_by + source.encode()).hexdigest()

    def load_bytecode(self, bucket: Bucket) -> None:
        """What was kept, or nothing where it cannot be read."""
        try:
            super().load_bytecode(bucket)
        except Exception as error:
            # Whatever is wrong with the file, the template itself is there.
            log.warning("a compiled template cannot be read and is made anew: %s", error)
            bucket.reset()

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep it where that is possible."""
        try:
            super().dump_bytecode(bucket)
        except OSError as error:
            log.warning("a compiled template cannot be kept: %s", error)


def compilers() -> bytes:
    """The versions of what compiles the templates."""
    return "".join(f"{name} {version(name)}\n" for name in COMPILERS).encode()


def kept_in(var: Path, made_by: Path) -> KeptTemplates | None:
    """The templates kept below `var`; `made_by`: the source of the environment. None where the folder is not ours alone."""
    folder = var / FOLDER
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        made_from = made_by.read_bytes() + compilers()
    except OSError:
        return None
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        log.warning("%s is open to others: compiled templates are not kept", folder)
        return None
    return KeptTemplates(folder, made_from)


def compile_all(environment: Environment) -> int:
    """Load every template into the environment, compiled before or now. How many there are."""
    names = environment.list_templates(extensions=["html"])
    for name in names:
        environment.get_template(name)
    return len(names)
