"""What an upload would become under a person's choices, and its first rows under that plan."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from annotation.corpus.incoming.choice import Choice, choose
from annotation.corpus.incoming.preview import SHOWN, preview_row
from annotation.corpus.models import PromptSet
from annotation.labeling.imports import importer_for
from annotation.lib.errors import Conflict
from annotation.runs import upload_files
from annotation.runs.models import Upload


def plan_of(upload: Upload, chosen: dict[str, Any]) -> Choice:
    """The plan for a complete upload. Raises Invalid, Conflict or Refused."""
    if not upload.is_complete:
        raise Conflict("not_complete", "The file is not here completely (any more).")
    path = upload_files.on_this_disk(upload)
    if path is None:
        raise Conflict("not_complete", "The file is not here completely (any more).")
    return choose(path, upload.filename, chosen)


def preview(upload: Upload, chosen: dict[str, Any]) -> dict[str, Any]:
    """What PreviewSerializer shows. Writes nothing."""
    choice = plan_of(upload, chosen)
    detected, plan = choice.detected, choice.plan
    importer = importer_for(plan.kind, PromptSet(project=upload.project))
    broken = None
    if detected.broken is not None:
        broken = {"field": "", "rule": detected.broken[0], "message": detected.broken[1]}
    return {
        "file": detected.file.as_dict(),
        "looked_at": detected.looked_at,
        "file_columns": detected.columns,
        "examples": detected.examples(),
        "formats": [asdict(match) for match in detected.formats],
        "format": plan.format,
        "kind": plan.kind,
        "kinds": choice.kinds,
        "columns": plan.columns or detected.guessed,
        "rows": [preview_row(line, plan, importer) for line in detected.lines[:SHOWN]],
        "broken": broken,
    }
