"""Keep the code of an edition that is closed, so that tests can start conversations with it.

    python -m tests.upgrade.keep 1 [COMMIT]

Packs the packages of a commit (the present one, if none is named) into this folder. Run it once, when an edition is
closed, and never again for the same edition. A wheel of the same files would be nearly twice as large.
"""

import lzma
import subprocess
import sys
import tarfile
from pathlib import Path

HERE = Path(__file__).parent
PACKAGES = ("policies", "workflows", "activities", "worker", "migrations")


def packed(edition: int) -> Path:
    """Return the file with an edition's packages."""
    return HERE / f"edition-{edition}.tar.xz"


def keep(edition: int, commit: str) -> None:
    """Pack the packages of a commit. Raises CalledProcessError where git does not know it."""
    archive = ["git", "-C", str(HERE.parents[1]), "archive", commit, *PACKAGES]
    content = subprocess.run(archive, check=True, capture_output=True).stdout
    packed(edition).write_bytes(lzma.compress(content, preset=lzma.PRESET_EXTREME | 9))


def unpack(edition: int, folder: Path) -> Path:
    """Unpack an edition's packages into a folder, which is returned."""
    with tarfile.open(packed(edition)) as archive:
        archive.extractall(folder, filter="data")
    return folder


if __name__ == "__main__":
    keep(int(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "HEAD")
