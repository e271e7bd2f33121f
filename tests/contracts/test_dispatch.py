"""The web and the workers know each other by name only; these names have to be the same."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from pathlib import Path

from annotation.runs import dispatch
from annotation.runs.kinds import KINDS

ROOT = Path(__file__).resolve().parents[2]


def in_a_fresh_process(code: str) -> str:
    """Output of a program, so that what this test process has loaded does not count."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_every_name_in_dispatch_is_a_task_with_these_arguments() -> None:
    from workers.celery import app

    app.loader.import_default_modules()
    names = {
        value
        for name, value in vars(dispatch).items()
        if name.isupper() and isinstance(value, str) and value.startswith("workers.")
    }
    assert names == set(dispatch.ARGUMENTS)
    for name, arguments in dispatch.ARGUMENTS.items():
        assert name in app.tasks, f"{name} is not registered"
        assert tuple(inspect.signature(app.tasks[name].run).parameters) == arguments


def test_every_periodic_task_exists_and_goes_to_a_queue_that_is_served() -> None:
    from annotation.local.processes import QUEUES as SERVED
    from workers.celery import app

    app.loader.import_default_modules()
    queues = {queue.name for queue in app.conf.task_queues}
    assert {name for name in queues if "." not in name} == set(SERVED)
    assert {name.partition(".")[0] for name in queues} == set(SERVED)
    for entry in app.conf.beat_schedule.values():
        assert entry["task"] in app.tasks
        assert entry["options"]["queue"] in queues
    assert {kind.queue for kind in KINDS.values()} <= queues


def test_the_web_application_loads_neither_torch_nor_the_workers() -> None:
    loaded = in_a_fresh_process(
        "import sys, annotation.wsgi, annotation.urls\n"
        "print([m for m in sys.modules if m.partition('.')[0] in "
        "('torch', 'transformers', 'workers', 'rewardmodel')])"
    )
    assert loaded == "[]"


def test_celery_finds_the_app_in_workers() -> None:
    found = in_a_fresh_process(
        "from celery.app.utils import find_app\n"
        "app = find_app('workers')\n"
        "app.loader.import_default_modules()\n"
        "print(sorted(n for n in app.tasks if n.startswith('workers.')))"
    )
    assert found == str(sorted(dispatch.ARGUMENTS))
