"""Files from the server: going on after a cut, in place only when whole, checked by their digest."""

from __future__ import annotations

import contextlib
import hashlib
import os
import tarfile
from pathlib import Path, PurePosixPath
from typing import Any, Literal
from urllib.parse import quote

from tiebreak.errors import ApiError, Damaged, Unreachable
from tiebreak.http import Download
from tiebreak.operations import Operations
from tiebreak.schema import DatasetDetail, RunFile
from tiebreak.uploads import Progress, silent

TRIES = 5
Rows = Literal["prompts", "completions", "rankings", "demonstrations"]


class Downloads(Operations):
    """What takes a file in several requests, and puts it on the disk."""

    def download_rows(
        self, project_id: str, rows: Rows, path: Path | str, *, prompt_set: str | None = None
    ) -> str:
        """All rows of one kind as JSONL, gzip where `path` ends in .gz; returns the file's SHA-256.

        The file appears under its name when it is whole.
        """
        path = Path(path)
        name: Any = f"{rows}.jsonl" + (".gz" if path.suffix == ".gz" else "")
        with self.exports_download(project_id, name, prompt_set=prompt_set) as answer:
            return _written(path, answer)

    def download_dataset(
        self, dataset_id: str, folder: Path | str, progress: Progress = silent
    ) -> DatasetDetail:
        """All files of a dataset, held against its digest. `progress` counts bytes.

        Files that are there already are not fetched again. Raises Damaged where one is not what the
        digest stands for.
        """
        folder = Path(folder)
        dataset = self.datasets_retrieve(dataset_id)
        told = dataset["card"].get("files", {})
        found: dict[str, str] = {}
        done = 0
        for name in dataset["files"]:
            path = folder.joinpath(*_safe(name))
            if not path.is_file():
                address = f"/datasets/{dataset['id']}/files/{name}"
                sha256 = told.get(name, {}).get("sha256")
                self._fetch(address, path, sha256, done, dataset["bytes"], progress)
            found[name] = _sha256_of(path)
            done += path.stat().st_size
            progress(done, dataset["bytes"])
        if digest_of(found) != dataset["digest"]:
            raise Damaged(
                f"the files in {folder} are not those of dataset {dataset['digest'][:12]}"
            )
        return dataset

    def download_version(
        self, version_id: str, path: Path | str, progress: Progress = silent
    ) -> None:
        """A model version as a tar, in place when whole. Raises Damaged where a file in it is not as the
        version's checksums say.
        """
        path = Path(path)
        files = {row["path"]: row for row in self.versions_card(version_id)["files"]}
        total = sum(row["bytes"] or 0 for row in files.values())
        part = path.with_name(path.name + ".part")
        try:
            with self.versions_archive(version_id) as answer, part.open("wb") as file:
                for piece in answer:
                    file.write(piece)
                    progress(min(file.tell(), total), total)
                os.fsync(file.fileno())
            found = {}
            with tarfile.open(part, "r:") as packed:
                for member in packed:
                    content = packed.extractfile(member)
                    assert content is not None  # the server packs files only
                    name = member.name.partition("/")[2]
                    found[name] = hashlib.sha256()
                    while block := content.read(1 << 20):
                        found[name].update(block)
            for name, row in files.items():
                if name not in found or found[name].hexdigest() != row["sha256"]:
                    raise Damaged(f"{name} in {path.name} is not the file of this version")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)

    def download_run_files(
        self, run_id: str, folder: Path | str, progress: Progress = silent
    ) -> list[RunFile]:
        """What the trainer of a run wrote for people, each file held against its SHA-256.

        Files that are there already are not fetched again. Raises Damaged where one is not the run's.
        """
        folder = Path(folder)
        rows = self.run_files_list(run_id)["results"]
        done, total = 0, sum(row["bytes"] for row in rows)
        for row in rows:
            path = folder.joinpath(*_safe(row["name"]))
            if not path.is_file():
                address = f"/runs/{run_id}/files/{row['name']}"
                self._fetch(address, path, row["sha256"], done, total, progress)
            if _sha256_of(path) != row["sha256"]:
                raise Damaged(f"{path} is not the file {row['name']} of this run")
            done += row["bytes"]
            progress(done, total)
        return rows

    def _fetch(
        self,
        address: str,
        path: Path,
        sha256: str | None,
        before: int,
        total: int,
        progress: Progress,
    ) -> None:
        """One file, through as many cuts as it takes up to TRIES without a byte.

        Raises Damaged, and keeps nothing of it, where it is not as its SHA-256 says.
        """
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(path.name + ".part")
        if sha256 is None:
            part.unlink(missing_ok=True)  # it may be of another file, and nothing would tell
        tried = 0
        while True:
            at = part.stat().st_size if part.is_file() else 0
            try:
                with self._rest(address, at) as answer:
                    mode = "ab" if answer.status == 206 else "wb"
                    with part.open(mode) as file:
                        for piece in answer:
                            file.write(piece)
                            progress(before + file.tell(), total)
                        os.fsync(file.fileno())
                break
            except ApiError as error:
                if error.status != 416:
                    raise
                part.unlink()  # longer than the file: it is of something else
            except Unreachable:
                tried = 1 if part.is_file() and part.stat().st_size > at else tried + 1
                if tried >= TRIES:
                    raise
        if sha256 is not None and _sha256_of(part) != sha256:
            part.unlink()  # perhaps it was begun as another file: the next try begins anew
            raise Damaged(f"what arrived as {path} is not what the server has; fetch it again")
        part.replace(path)

    def _rest(self, address: str, at: int) -> Download:
        headers = {"Range": f"bytes={at}-"} if at else {}
        return self.http.download("GET", address, headers=headers)


def digest_of(files: dict[str, str]) -> str:
    """What a set of files is called by: SHA-256 over its paths and their SHA-256, sorted."""
    listing = "".join(f"{name}\x00{sha256}\n" for name, sha256 in sorted(files.items()))
    return hashlib.sha256(listing.encode()).hexdigest()


def _sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _safe(name: str) -> tuple[str, ...]:
    """The parts of a path from outside. Raises Damaged for one that leads elsewhere."""
    parts = PurePosixPath(name).parts
    if not parts or name.startswith("/") or ".." in parts or "\\" in name:
        raise Damaged(f"the server named a file {quote(name)}; that is no place in this folder")
    return parts


def _written(path: Path, answer: Download) -> str:
    part = path.with_name(path.name + ".part")
    digest = hashlib.sha256()
    try:
        with part.open("wb") as file:
            for piece in answer:
                digest.update(piece)
                file.write(piece)
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        with contextlib.suppress(FileNotFoundError):
            part.unlink()
    return digest.hexdigest()
