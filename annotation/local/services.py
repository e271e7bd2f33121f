"""PostgreSQL and Valkey together: the local ones, or those named by the environment.

`DATABASE_URL` and `REDIS_URL` win; a server named there is used and not started.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from types import TracebackType

from annotation.local.account import server_account
from annotation.local.children import Child
from annotation.local.errors import LocalError
from annotation.local.home import reachable_programs, server_home
from annotation.local.postgres import Postgres
from annotation.local.state import DataDir
from annotation.local.valkey import Valkey


class LocalServices:
    """A context in which both servers run; `env` tells programs how to reach them.

    `data_dir` is created where missing and belongs to this process until the end.
    `durable=False` is for throw-away data. Raises LocalError.
    """

    def __init__(self, data_dir: Path, *, durable: bool = True) -> None:
        self.data = DataDir(data_dir)
        self.durable = durable
        self.env: dict[str, str] = {}
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        self.children: list[Child] = []

    def __enter__(self) -> LocalServices:
        self.data.create()
        self.data.lock()
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def _choose(self) -> None:
        """Decide which servers are ours, where they live and how they are reached."""
        database, broker = os.environ.get("DATABASE_URL"), os.environ.get("REDIS_URL")
        if not (database and broker):
            account = server_account()
            home = server_home(self.data, account)
            programs = reachable_programs(home, account)
        if not database:
            self.postgres = Postgres(
                home=home,
                bin=programs.postgres_bin,
                account=account,
                port=self.data.port("postgres"),
                admin_password=self.data.secret("postgres_admin_password"),
                password=self.data.secret("postgres_password"),
                log=self.data.path / "logs" / "postgres.log",
                durable=self.durable,
            )
            database = self.postgres.url
        if not broker:
            self.valkey = Valkey(
                home=home,
                server=programs.valkey_server,
                account=account,
                port=self.data.port("valkey"),
                password=self.data.secret("valkey_password"),
                log=self.data.path / "logs" / "valkey.log",
                durable=self.durable,
            )
            broker = self.valkey.url
        self.env = {"DATABASE_URL": database, "REDIS_URL": broker}

    def start(self) -> None:
        """Start our servers and wait until they answer. The data folder must be locked by us."""
        self._choose()
        for server in (self.postgres, self.valkey):
            if server is not None:
                child = server.child()
                self.children.append(child)
                child.start()
        for server, child in zip(self._ours(), self.children, strict=True):
            server.wait_until_ready(child)

    def _ours(self) -> list[Postgres | Valkey]:
        return [server for server in (self.postgres, self.valkey) if server is not None]

    def stop(self) -> None:
        """Stop our servers, Valkey first, and let go of the data folder."""
        for child in reversed(self.children):
            child.stop()
        self.children.clear()
        self.data.unlock()

    def destroy(self) -> None:
        """Delete everything these servers kept. Only for throw-away data, after `stop`."""
        home = self.data.recall().get("system_home")
        if self.children:
            raise LocalError("stop the servers before deleting their data")
        if home:
            shutil.rmtree(home, ignore_errors=True)
        shutil.rmtree(self.data.path, ignore_errors=True)
