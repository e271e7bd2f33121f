"""The programs an installation consists of, besides its database and its queue.

One list for the supervisor behind `make up` and for docker-compose.yml; a test holds the two
together.
"""

from __future__ import annotations

from dataclasses import dataclass

QUEUES = ("short", "sample", "train")


@dataclass(frozen=True)
class Program:
    """A Python program: what follows `python`, its priority and how long it may take to stop."""

    name: str
    arguments: tuple[str, ...]
    nice: int = 0
    grace: int = 10

    def command(self, python: str) -> list[str]:
        lower = ("nice", "-n", str(self.nice)) if self.nice else ()
        return [*lower, python, *self.arguments]


# Run once before anything serves, in this order.
MIGRATIONS = (
    Program("migrate", ("manage.py", "migrate", "--no-input")),
    Program("cache-table", ("manage.py", "createcachetable")),
)


# The demonstration: what a person needs to sign in comes before the web starts; the policy and its
# first completions take about a minute and come after it.
DEMO_SIGN_INS = Program("demo-sign-ins", ("-m", "workers.demo", "prepare", "--only-sign-ins"))
DEMO_WORK = Program("demo-work", ("-m", "workers.demo", "prepare"), nice=10)


def web(host: str, port: int) -> Program:
    """The web application; nothing but the loopback address or a reverse proxy reaches it."""
    return Program(
        "web",
        (
            *("-m", "granian", "--interface", "wsgi", "annotation.wsgi:application"),
            *("--host", host, "--port", str(port), "--no-ws"),
            *("--workers", "1", "--blocking-threads", "8", "--backpressure", "64"),
            *("--workers-kill-timeout", "8", "--respawn-failed-workers"),
        ),
    )


def worker(queue: str) -> Program:
    """The worker of one queue. Training yields the processor to people who are ranking.

    The sampling worker has a thread beside the one that a run takes, and does not yield: somebody in a
    chat waits for it. The process that a sampling run starts yields by itself.
    """
    short = queue == "short"
    pool = "prefork" if short else "threads"
    concurrency = "1" if queue == "train" else "2"
    return Program(
        f"worker-{queue}",
        (
            *("-m", "celery", "--app", "workers", "worker", "--queues", queue),
            *("--hostname", f"{queue}@%h", "--loglevel", "INFO"),
            *("--pool", pool, "--concurrency", concurrency),
            *("--without-gossip", "--without-mingle", "--without-heartbeat"),
        ),
        nice=10 if queue == "train" else 0,
        grace=30 if short else 110,
    )


def scheduler(schedule_file: str) -> Program:
    """The clock that sends due hints. Two of them do no harm: each tick is a row of its own."""
    return Program(
        "scheduler",
        (
            *("-m", "celery", "--app", "workers", "beat", "--loglevel", "INFO"),
            *("--schedule", schedule_file),
        ),
    )


def programs(host: str, port: int, schedule_file: str) -> list[Program]:
    """Everything that keeps running, in the order of starting."""
    return [web(host, port), *map(worker, QUEUES), scheduler(schedule_file)]
