"""What has to happen every so often. Any number of schedulers and workers may do it at once."""

from __future__ import annotations

from annotation.celery import app
from annotation.corpus import sets
from annotation.corpus.indexing import take_fingerprints as take
from annotation.labeling import assigning, pace, selectors
from annotation.labeling.services import mark_stale as mark_stale_gold
from annotation.labeling.services import sweep_expired_leases
from annotation.projects.figures import find_large as find_large_projects
from annotation.projects.figures import refresh as refresh_figures
from annotation.quality import overview
from annotation.quality.review import guidelines
from annotation.runs import dispatch
from annotation.runs.services import automatic, erasing, radar, receiving, trials
from annotation.runs.services import reconcile as reconciling

# These declare what is counted of large projects (projects/figures.py).
COUNTERS = (sets, assigning, pace, selectors, overview, guidelines)


@app.task(name=dispatch.RECONCILE)  # type: ignore[untyped-decorator]
def reconcile() -> None:
    """Reap dead leases, settle what waited, send hints again; finish deletions of people."""
    reconciling.reconcile()
    erasing.go_on()


@app.task(name=dispatch.ADVANCE_ROUNDS)  # type: ignore[untyped-decorator]
def advance_rounds() -> None:
    """Move automatic rounds on as far as they go now."""
    automatic.advance_all()


@app.task(name=dispatch.SWEEP_RADAR)  # type: ignore[untyped-decorator]
def sweep_radar() -> None:
    """Ask people about outputs of policies in training that look too good."""
    radar.sweep()


@app.task(name=dispatch.SWEEP_LEASES)  # type: ignore[untyped-decorator]
def sweep_leases() -> None:
    """Reopen slots of labelers whose lease ran out."""
    sweep_expired_leases()


@app.task(name=dispatch.COUNT_AGAIN)  # type: ignore[untyped-decorator]
def count_again() -> None:
    """Take the counts of large projects anew that somebody read since they are too old."""
    refresh_figures()


@app.task(name=dispatch.FIND_LARGE)  # type: ignore[untyped-decorator]
def find_large() -> None:
    """Count the projects that became large."""
    find_large_projects()


@app.task(name=dispatch.MARK_STALE)  # type: ignore[untyped-decorator]
def mark_stale() -> None:
    """Take gold of past policies out of use, and back into use when one is promoted again."""
    mark_stale_gold()


@app.task(name=dispatch.CLEAN_UPLOADS)  # type: ignore[untyped-decorator]
def clean_uploads() -> None:
    """Delete files whose import is done, uploads that were left, and old trials of the playground."""
    receiving.clean_uploads()
    trials.sweep_trials()


@app.task(name=dispatch.TAKE_FINGERPRINTS)  # type: ignore[untyped-decorator]
def take_fingerprints() -> None:
    """Make new prompts quick to find, and compare them with the others."""
    take()
