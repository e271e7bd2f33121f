"""A house for a benchmark in the browser: a migrated database of its own, Django on it, a Chromium."""

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from annotation.local.environment import REPOSITORY, settings
from annotation.local.services import LocalServices


@contextlib.contextmanager
def house() -> Iterator[None]:
    """PostgreSQL with durable commits as `make up` starts it; gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="tiebreak-bench-"))
    folder.chmod(0o711)  # as root the servers run as another account
    services = LocalServices(folder, durable=True)
    try:
        with services:
            os.environ.update(settings(services.data, services.env))
            os.environ["DJANGO_SETTINGS_MODULE"] = "annotation.settings"
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
            manage = [sys.executable, "manage.py", "migrate", "--no-input", "-v", "0"]
            subprocess.run(manage, cwd=REPOSITORY, check=True, env=os.environ)
            import django

            django.setup()
            yield
    finally:
        services.destroy()


def chromium() -> str | None:
    """The first browser found on the path."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next(filter(None, map(shutil.which, names)), None)
