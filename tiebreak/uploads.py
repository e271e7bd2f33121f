"""Files to the server: in pieces, each checked, going on where an earlier try was cut off."""

from __future__ import annotations

import hashlib
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from tiebreak.errors import ApiError, Damaged
from tiebreak.operations import Operations
from tiebreak.schema import (
    ImportRequestRequest,
    PlanRequestRequest,
    Preview,
    Run,
    Upload,
    VersionImportRequest,
)

PIECE = 4 << 20
Progress = Callable[[int, int], None]
"""Called with how much is done, and of how much."""


def silent(done: int, total: int) -> None:
    """Nobody watches."""


class Uploads(Operations):
    """What takes a file in several requests."""

    def upload(self, project_id: str, path: Path | str, progress: Progress = silent) -> Upload:
        """Bring a file over. Called again for the same content after a cut, it sends only the rest.

        `progress` counts bytes. Raises Damaged where the server holds something else.
        """
        path = Path(path)
        with path.open("rb") as file:
            fingerprint = hashlib.file_digest(file, "sha256").hexdigest()
            size = file.tell()
            there = self.uploads_create(
                project_id, {"filename": path.name, "bytes": size, "fingerprint": fingerprint}
            )
            progress(there["received"], size)
            while there["received"] < size:
                before = there["received"]
                there = self._piece(there, file)
                progress(there["received"], size)
                if there["received"] <= before:
                    raise Damaged(f"{path.name}: the server takes no more after {before} bytes")
        return there

    def _piece(self, there: Upload, file: IO[bytes]) -> Upload:
        """Send the next piece; the server's count says where it begins."""
        file.seek(there["received"])
        data = file.read(PIECE)
        if not data:
            raise Damaged(f"{there['filename']} became shorter while it was sent")
        try:
            return self.uploads_receive(
                there["id"],
                data,
                offset=there["received"],
                sha256=hashlib.sha256(data).hexdigest(),
            )
        except ApiError as error:
            if error.code != "out_of_order":
                raise
            return self.uploads_retrieve(there["id"])  # ask where to go on

    def preview_file(
        self,
        project_id: str,
        path: Path | str,
        plan: PlanRequestRequest | None = None,
        progress: Progress = silent,
    ) -> Preview:
        """How the server reads a file: its format and first rows. Nothing is imported."""
        upload = self.upload(project_id, path, progress)
        return self.uploads_preview(upload["id"], plan)

    def import_file(
        self,
        project_id: str,
        path: Path | str,
        wish: ImportRequestRequest,
        *,
        progress: Progress = silent,
        idempotency_key: str | None = None,
    ) -> Run:
        """Bring a file over and start its import, or with `dry_run` (the default) its check.

        `wish` says where rows go (`prompt_set` or `prompt_set_name` with `purpose`), and what was not
        detected rightly. The run's issues name every line that was refused.
        """
        upload = self.upload(project_id, path, progress)
        return self.uploads_import(upload["id"], wish, idempotency_key=idempotency_key)

    def import_version(
        self,
        project_id: str,
        source: Path | str,
        wish: VersionImportRequest,
        progress: Progress = silent,
    ) -> Run:
        """Bring a model directory, or an archive of one, over and start its import.

        The run fails with the file and the rule where something may not be part of a model.
        """
        source = Path(source)
        if source.is_file():
            upload = self.upload(project_id, source, progress)
            return self.uploads_import_version(upload["id"], wish)
        with tempfile.TemporaryDirectory(prefix="tiebreak-") as folder:
            archive = Path(folder) / f"{source.resolve().name}.tar"
            with tarfile.open(archive, "w", dereference=True) as packed:
                for path in sorted(source.rglob("*")):
                    if path.is_file():
                        packed.add(path, path.relative_to(source).as_posix())
            upload = self.upload(project_id, archive, progress)
        return self.uploads_import_version(upload["id"], wish)
