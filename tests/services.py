"""A pytest plugin: throw-away PostgreSQL and Valkey for the run, before the settings load.

`DATABASE_URL` / `REDIS_URL` win. Workers of a parallel run find them set by their controller. A
run that asks only for tests of the training library starts nothing.
"""

from __future__ import annotations

import atexit
import os
import secrets
from collections.abc import Generator

import pytest

from annotation.local.throwaway import throwaway_servers

WITHOUT_SERVERS = ("tests/rewardmodel",)


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(
    early_config: pytest.Config, args: list[str]
) -> Generator[None, None, None]:
    """A wrapper, because it has to come before pytest-django reads the settings."""
    os.environ.setdefault("ALLOWED_HOSTS", "127.0.0.1,localhost,testserver")
    os.environ.setdefault("TIEBREAK_LOCAL", "1")
    if _needs_servers(early_config):
        _start()
    else:  # the settings want addresses and a key; nothing will be asked for there
        os.environ.setdefault("SECRET_KEY", secrets.token_urlsafe(64))
        os.environ.setdefault("DATABASE_URL", "postgres://none@127.0.0.1:1/none")
        os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:1/0")
    yield


def _needs_servers(config: pytest.Config) -> bool:
    options = config.known_args_namespace
    if getattr(options, "help", False) or getattr(options, "version", 0):
        return False
    if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
        return False
    root, here = config.rootpath, config.invocation_params.dir
    asked = [(here / name.partition("::")[0]).resolve() for name in options.file_or_dir]
    spared = [root / name for name in WITHOUT_SERVERS]
    return not asked or not all(
        any(path.is_relative_to(folder) for folder in spared) for path in asked
    )


def _start() -> None:
    servers = throwaway_servers()
    os.environ.update(servers.__enter__())
    owner = os.getpid()

    def finish() -> None:
        if os.getpid() == owner:  # a forked child must not stop its parent's servers
            servers.__exit__(None, None, None)

    atexit.register(finish)
