"""A version goes to the hub: every byte checked, a README with its origin, one commit.

Large files go first, one by one, and those that are there already are passed over by the hub's own
library; a push that was killed is begun again and ends with the same commit or, where nothing differs,
with none. The token is read here, goes into one header, and is taken out of what the hub says.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from annotation.accounts.services import record
from annotation.registry import store
from annotation.registry.cache import Hold
from annotation.registry.models import ModelVersion
from annotation.runs.model_card import readme
from annotation.runs.models import Run
from annotation.runs.services import lifecycle
from annotation.runs.services.lifecycle import Lease, LeaseLost
from annotation.runs.version_facts import facts_of
from rewardmodel.errors import Refused
from workers.heartbeat import Heartbeat
from workers.jobs import Stopped, safe_point
from workers.served.keys import without


def push(lease: Lease, run: Run, heart: Heartbeat) -> None:
    """Push the run's version and end the run. Raises LeaseLost, Stopped or ArtifactDamaged."""
    version = run.policy_version or run.reward_version
    assert version is not None
    token = ""
    try:
        token = _token()
        with Hold() as hold:
            folder = store.verified(version.artifact, hold)
            report = _pushed(lease, run, heart, version, folder, token)
    except Refused as error:
        lifecycle.fail(lease, code=error.code, message=error.message)
        return
    heart.check()
    with transaction.atomic():
        record(actor=run.requested_by, action="version.pushed", thing=version, after=report)
        lifecycle.succeed(lease, report=report)


def _pushed(
    lease: Lease, run: Run, heart: Heartbeat, version: ModelVersion, folder: Path, token: str
) -> dict[str, Any]:
    """What stands on the hub now. Raises Refused for what the hub will not have."""
    from huggingface_hub import CommitOperationAdd, HfApi
    from huggingface_hub.errors import HfHubHTTPError
    from huggingface_hub.utils.tqdm import disable_progress_bars

    repository = run.config["repository"]
    if not repository.startswith(f"{settings.ENV.hub_organisation}/"):
        raise Refused("no_hub", "The worker's deployment names another organisation of the hub.")
    files = version.artifact.files
    sums = "".join(f"{sha256}  {path}\n" for path, sha256 in sorted(files.items()))
    additions = [
        CommitOperationAdd("README.md", readme(facts_of(version)).encode()),
        CommitOperationAdd(store.SUMS, sums.encode()),
        *(CommitOperationAdd(path, folder / path) for path in sorted(files)),
    ]
    disable_progress_bars()
    api = HfApi(endpoint=settings.ENV.hub_endpoint, token=token)
    try:
        _tell(lease, "create", 0, len(additions))
        api.create_repo(repository, private=run.config["private"], exist_ok=True)
        for number, addition in enumerate(additions):
            safe_point(heart)
            _tell(lease, "upload", number, len(additions))
            api.preupload_lfs_files(repository, [addition], free_memory=False)
        safe_point(heart)
        _tell(lease, "commit", len(additions), len(additions))
        words = f"{version.kind} {version.number} of Tiebreak, {version.artifact_id[:12]}"
        made = api.create_commit(repository, additions, commit_message=words)
    except HfHubHTTPError as error:
        told = without(token, str(error))
        status = error.response.status_code if error.response is not None else 0
        if status in (400, 401, 403, 404, 409, 413, 422):
            raise Refused("hub_refused", told) from None
        raise HubAway(told) from None
    except (LeaseLost, Stopped):
        raise
    except Exception as error:  # of several libraries; whatever it says may hold the token
        raise HubAway(without(token, f"{type(error).__name__}: {error}")) from None
    return {
        "repository": repository,
        "url": f"{settings.ENV.hub_endpoint}/{repository}",
        "commit": str(made.oid),
        "digest": version.artifact_id,
        "files": len(additions),
    }


class HubAway(Exception):
    """The hub cannot be reached, or fails; the run is tried again."""


def _tell(lease: Lease, phase: str, done: int, total: int) -> None:
    lifecycle.write(lease, phase=phase, progress_done=done, progress_total=total)


def _token() -> str:
    """From the file or the variable. Raises Refused where there is none."""
    path = os.environ.get("HUB_TOKEN_FILE")
    try:
        token = Path(path).read_text().strip() if path else os.environ.get("HUB_TOKEN", "").strip()
    except (OSError, UnicodeDecodeError) as error:
        words = f"this worker cannot read its HUB_TOKEN_FILE: {type(error).__name__}"
        raise Refused("no_hub", words) from None
    if not token or not token.isascii() or not token.isprintable():
        raise Refused("no_hub", "this worker has no usable HUB_TOKEN")
    return token
