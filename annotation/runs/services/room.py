"""Whether a file that is handed in fits: into what a project may have waiting, and onto the disk."""

from __future__ import annotations

import shutil

from annotation.lib.errors import Refused
from annotation.lib.storage import is_remote
from annotation.projects.models import Project
from annotation.runs import upload_files
from annotation.runs.models import Upload

PROJECT_QUOTA = 32 << 30  # of files that wait for their import
KEPT_FREE = 1 << 30  # for the database and everything else on the disk


class NoSpace(Refused):
    status = 507


def check_room(project: Project, length: int) -> None:
    """Raises NoSpace for a file of so many bytes that would be too much."""
    waiting = list(
        Upload.objects.filter(gone_at__isnull=True).values_list("project_id", "bytes", "received")
    )
    of_project = sum(size for owner, size, _ in waiting if owner == project.pk)
    if of_project + length > PROJECT_QUOTA:
        message = (
            f"Files of this project that wait for their import hold {gib(of_project)} already; "
            f"with this one they would exceed {gib(PROJECT_QUOTA)}. Import or discard some first."
        )
        raise NoSpace("quota", message)
    if is_remote():
        return
    promised = sum(size - received for _, size, received in waiting)
    free = shutil.disk_usage(upload_files.folder()).free - promised - KEPT_FREE
    if length > free:
        message = (
            f"The server has room for {gib(max(0, free))} more, this file holds {gib(length)}."
        )
        raise NoSpace("no_space", message)


def gib(size: int) -> str:
    return f"{size / (1 << 30):.1f} GiB"
