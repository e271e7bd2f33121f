"""A PostgreSQL server of our own: made once, run in the foreground as a child.

Listens on the loopback address only, asks for a password, and has no unix socket (its path would
be limited to about a hundred characters). The application's role is no superuser, as in
production; it owns its database and may create others, which tests do.
"""

from __future__ import annotations

import contextlib
import locale
import os
import shutil
import signal
import time
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from annotation.local import leftovers
from annotation.local.account import Account
from annotation.local.children import Child
from annotation.local.errors import LocalError
from annotation.local.state import write_private

ROLE = DATABASE = "tiebreak"
PLAIN_ENV = {"PATH": os.defpath, "LANG": "C", "LC_ALL": "C", "TZ": "UTC"}


@dataclass
class Postgres:
    """One cluster in `home/postgres`; `durable=False` trades crash safety for speed in tests."""

    home: Path
    bin: Path
    account: Account
    port: int
    admin_password: str
    password: str
    log: Path
    durable: bool = True

    @property
    def cluster(self) -> Path:
        return self.home / "postgres"

    @property
    def url(self) -> str:
        return f"postgres://{ROLE}:{self.password}@127.0.0.1:{self.port}/{DATABASE}"

    def child(self) -> Child:
        return Child(
            name="postgres",
            command=[str(self.bin / "postgres"), "-D", str(self.cluster), *self._settings()],
            log=self.log,
            env=PLAIN_ENV,
            account=self.account,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            death_signal=signal.SIGINT,
            grace=60.0,
            before_start=self.prepare,
        )

    def _settings(self) -> list[str]:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "log_lock_waits": "on",
            "cluster_name": "tiebreak",
        }
        if not self.durable:
            settings |= dict.fromkeys(("fsync", "synchronous_commit", "full_page_writes"), "off")
        return [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]

    def prepare(self) -> None:
        """Make the cluster if there is none, and clear what a killed server left behind."""
        if not self.cluster.exists():
            self._initialise()
        leftovers.end(lambda: leftovers.working_in(self.cluster), 20.0, signal.SIGINT)
        # nobody works in the cluster and we hold its lock: a pid file names a stranger by now
        if Path("/proc/self").exists():
            (self.cluster / "postmaster.pid").unlink(missing_ok=True)

    def _initialise(self) -> None:
        """Run initdb beside the final place, then move it there: a cut-short one is never used."""
        unfinished = self.home / "postgres.part"
        shutil.rmtree(unfinished, ignore_errors=True)
        unfinished.mkdir(mode=0o700)
        self.account.owns(unfinished)
        password_file = self.home / ".postgres-password"
        write_private(password_file, self.admin_password)
        self.account.owns(password_file)
        maker = Child(
            name="initdb",
            command=[
                str(self.bin / "initdb"),
                f"--pgdata={unfinished}",
                "--username=postgres",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C",
                f"--lc-ctype={_character_locale()}",
                "--locale-provider=builtin",
                "--builtin-locale=C.UTF-8",
                "--data-checksums",
                *([] if self.durable else ["--no-sync"]),
            ],
            log=self.log,
            env=PLAIN_ENV,
            account=self.account,
        )
        try:
            maker.start()
            if not maker.wait(300.0) or maker.process is None or maker.process.returncode:
                maker.kill_group()
                raise LocalError(f"initdb failed:\n{maker.last_words()}")
        finally:
            password_file.unlink()
        unfinished.rename(self.cluster)

    def wait_until_ready(self, child: Child, seconds: float = 120.0) -> None:
        """Return when the server takes our role's connections. Raises LocalError with its log."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                with psycopg.connect(
                    host="127.0.0.1",
                    port=self.port,
                    user="postgres",
                    password=self.admin_password,
                    dbname="postgres",
                    connect_timeout=5,
                    autocommit=True,
                ) as connection:
                    self._ensure_database(connection)
                return
            except psycopg.OperationalError as error:
                if not child.running or time.monotonic() > deadline:
                    words = child.last_words() or str(error)
                    raise LocalError(f"PostgreSQL did not start:\n{words}") from error
            time.sleep(0.05)

    def _ensure_database(self, connection: psycopg.Connection) -> None:
        role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
        if not connection.execute("select 1 from pg_roles where rolname = %s", [ROLE]).fetchone():
            connection.execute(sql.SQL("create role {} login createdb").format(role))
            if not self.durable:  # so that tests may empty tables that refuse to lose rows
                connection.execute(
                    sql.SQL("grant set on parameter session_replication_role to {}").format(role)
                )
        connection.execute(
            sql.SQL("alter role {} password {}").format(role, sql.Literal(self.password))
        )
        known = "select 1 from pg_database where datname = %s"
        if not connection.execute(known, [DATABASE]).fetchone():
            connection.execute(sql.SQL("create database {} owner {}").format(database, role))


def _character_locale() -> str:
    """A system locale that knows letters beyond ASCII; pg_trgm asks it what a word is made of."""
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        for name in ("C.UTF-8", "en_US.UTF-8"):
            with contextlib.suppress(locale.Error):
                locale.setlocale(locale.LC_CTYPE, name)
                return name
        return "C"
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
