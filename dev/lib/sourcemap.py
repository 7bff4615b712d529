"""Write the sources that a source map holds as files.

sourcemap.py MAP DIRECTORY; each source keeps its path below the directory that all have in common.
"""

from __future__ import annotations

import json
import posixpath
import sys
from pathlib import Path


def sources(map: Path) -> dict[str, str]:
    """Return the text of each source by its path below their common directory."""
    held = json.loads(map.read_text())
    paths = [_short(posixpath.normpath(source)) for source in held["sources"]]
    common = posixpath.commonpath(paths)
    return {
        posixpath.relpath(path, common): text
        for path, text in zip(paths, held["sourcesContent"], strict=True)
    }


def _short(path: str) -> str:
    """Return a source's path without where a package manager kept the package that it is of."""
    _, modules, inside = path.rpartition("/node_modules/")
    return f"../node_modules/{inside}" if modules else path


def main(map: Path, directory: Path) -> int:
    """Write the files; the status is 1 when a path would leave the directory."""
    for path, text in sources(map).items():
        if path.startswith("..") or posixpath.isabs(path):
            print(f"sourcemap.py: {path} is outside of what the map is about", file=sys.stderr)
            return 1
        target = directory / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text)
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
