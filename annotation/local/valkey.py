"""A Valkey server of our own, run in the foreground as a child.

It carries the queue's messages. Nothing in it is a fact: losing it costs seconds. It still asks
for a password, because every account of the machine can reach a loopback port.
"""

from __future__ import annotations

import json
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import redis

from annotation.local import leftovers
from annotation.local.account import Account
from annotation.local.children import Child
from annotation.local.errors import LocalError
from annotation.local.postgres import PLAIN_ENV
from annotation.local.state import write_private


@dataclass
class Valkey:
    """One server whose files lie in `home/valkey`."""

    home: Path
    server: Path
    account: Account
    port: int
    password: str
    log: Path
    durable: bool = True

    @property
    def folder(self) -> Path:
        return self.home / "valkey"

    @property
    def url(self) -> str:
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    def child(self) -> Child:
        return Child(
            name="valkey",
            command=[str(self.server), str(self.folder / "valkey.conf")],
            log=self.log,
            env=PLAIN_ENV,
            account=self.account,
            death_signal=signal.SIGTERM,
            before_start=self.prepare,
        )

    def prepare(self) -> None:
        """Write the settings, and end a server that outlived its supervisor."""
        if not self.folder.exists():
            self.folder.mkdir(mode=0o700)
            self.account.owns(self.folder)
        leftovers.end(lambda: leftovers.running_program(self.server, self.folder), 10.0)
        settings = {
            "bind": "127.0.0.1",
            "port": self.port,
            "requirepass": self.password,
            "dir": json.dumps(str(self.folder), ensure_ascii=False),
            "appendonly": "yes" if self.durable else "no",
            "appendfsync": "everysec",
            "save": '""',
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        path = self.folder / "valkey.conf"
        write_private(path, "".join(f"{name} {value}\n" for name, value in settings.items()))
        self.account.owns(path)

    def wait_until_ready(self, child: Child, seconds: float = 60.0) -> None:
        """Return when the server answers. Raises LocalError with the end of its log."""
        deadline = time.monotonic() + seconds
        client = redis.Redis.from_url(self.url, socket_timeout=5)
        try:
            while True:
                try:
                    client.ping()
                    return
                except redis.RedisError as error:
                    if not child.running or time.monotonic() > deadline:
                        words = child.last_words() or str(error)
                        raise LocalError(f"Valkey did not start:\n{words}") from error
                time.sleep(0.02)
        finally:
            client.close()
