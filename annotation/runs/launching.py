"""On how many processes a run is started: the accelerate configurations that a deployment offers.

`ACCELERATE_CONFIGS` names a folder of YAML files as `accelerate config` writes them; what a file says is
looked at here, before anything is started, and frozen with the run. Loads neither accelerate nor torch.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings

from annotation.runs.kinds import invalid

LARGEST = 64_000
MOST_PROCESSES = 1024
LAUNCHABLE = ("sft", "reward", "ppo", "rloo", "grpo", "dpo")
# distributed type -> the class of worker that it needs
TYPES = {"NO": "", "MULTI_CPU": "cpu", "MULTI_GPU": "gpu", "FSDP": "gpu"}
# What is done here and nothing else; where a file says something else the run would not be what it says.
ONLY: dict[str, tuple[object, ...]] = {
    "compute_environment": ("LOCAL_MACHINE",),
    "mixed_precision": ("no", None),
}
WHY = {
    "mixed_precision": "the run's own `precision` decides",
}
FSDP: dict[str, tuple[object, ...]] = {
    "fsdp_version": (2,),
    "fsdp_auto_wrap_policy": ("TRANSFORMER_BASED_WRAP",),
    "fsdp_offload_params": (False,),
    "fsdp_activation_checkpointing": (False,),
}
# Fields that change nothing here; where processes meet, and which host is which, the workers decide.
OTHERS = frozenset(
    {
        *("debug", "downcast_bf16", "enable_cpu_affinity", "gpu_ids", "main_process_ip"),
        *(
            "main_process_port",
            "machine_rank",
            "main_training_function",
            "rdzv_backend",
            "same_network",
        ),
        *("tpu_env", "tpu_use_cluster", "tpu_use_sudo", "use_cpu", "fsdp_config"),
    }
)
KNOWN = OTHERS | set(ONLY) | {"distributed_type", "num_machines", "num_processes"}


class Unusable(Exception):
    """A file that no run can be started with; the message names file and field."""


@dataclass(frozen=True)
class Launch:
    """What one file says: so many processes, on so many hosts together. `text` is the file."""

    name: str
    distributed_type: str
    processes: int
    mixed_precision: str
    sha256: str
    text: str
    machines: int = 1

    @property
    def needs(self) -> str:
        """The class of worker that can start it; empty: any."""
        return TYPES[self.distributed_type]

    @property
    def owners(self) -> int:
        """How many processes share gradients and optimiser: all of them where the network is sharded."""
        return self.processes if self.distributed_type == "FSDP" else 1


def folder() -> Path | None:
    """Where the files lie; None where the deployment offers none."""
    return settings.ENV.accelerate_configs


def offered() -> Iterator[tuple[str, Launch | None, str]]:
    """Every file by name: what it says, or why it cannot be used."""
    where = folder()
    if where is None or not where.is_dir():
        return
    for path in sorted([*where.glob("*.yaml"), *where.glob("*.yml")]):
        try:
            yield path.stem, read(path), ""
        except Unusable as error:
            yield path.stem, None, str(error)


def chosen(name: str, kind: str) -> Launch:
    """The configuration of this name for a run. Raises Invalid naming file and field."""
    if kind not in LAUNCHABLE:
        raise invalid("launch", f"launch: a run of kind {kind} is one process", "unknown")
    for found, launch, problem in offered():
        if found == name:
            if launch is None:
                raise invalid("launch", f"launch: {problem}", "unusable")
            return launch
    known = ", ".join(found for found, _, _ in offered())
    if not known:
        raise invalid("launch", f"launch: there is no configuration {name!r}: none is offered here")
    raise invalid("launch", f"launch: there is no configuration {name!r} (offered: {known})")


def read(path: Path) -> Launch:
    """What a file says. Raises Unusable."""
    try:
        content = path.read_bytes()
        if len(content) > LARGEST:
            raise Unusable(f"{path.name}: it is larger than {LARGEST} bytes")
        text = content.decode()
        values = yaml.safe_load(text)
    except (OSError, UnicodeDecodeError) as error:
        raise Unusable(f"{path.name}: it cannot be read ({type(error).__name__})") from None
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        if where is None:
            raise Unusable(f"{path.name}: it is not YAML") from None
        raise Unusable(f"{path.name}, line {where.line + 1}: it is not YAML") from None
    if not isinstance(values, dict):
        raise Unusable(f"{path.name}: it holds no fields")
    _check(path.name, values)
    return Launch(
        name=path.stem,
        distributed_type=str(values["distributed_type"]),
        processes=int(values["num_processes"]),
        mixed_precision=str(values.get("mixed_precision") or "no"),
        sha256=hashlib.sha256(content).hexdigest(),
        text=text,
        machines=int(values.get("num_machines", 1)),
    )


def _check(name: str, values: dict[Any, Any]) -> None:
    for field in values:
        if field not in KNOWN:
            raise Unusable(f"{name}: {field}: there is no such field, or nothing here would do it")
    kind = values.get("distributed_type")
    # YAML reads a bare NO as false
    if kind is False:
        kind = values["distributed_type"] = "NO"
    if kind not in TYPES:
        raise Unusable(f"{name}: distributed_type: {kind!r}; one of {', '.join(TYPES)}")
    if values.get("mixed_precision") is False:
        values["mixed_precision"] = "no"
    _only(name, values, ONLY)
    count, machines = _number(name, values, "num_processes"), _number(name, values, "num_machines")
    if count % machines:
        raise Unusable(f"{name}: num_processes: {count}; a multiple of num_machines, {machines}")
    if kind == "NO" and count != 1:
        raise Unusable(f"{name}: num_processes: {count}; distributed_type NO is one process")
    sharding = values.get("fsdp_config") or {}
    if kind == "FSDP":
        if not isinstance(sharding, dict):
            raise Unusable(f"{name}: fsdp_config: it holds no fields")
        _only(name, {"fsdp_version": 1, **sharding}, FSDP)
    elif sharding:
        raise Unusable(f"{name}: fsdp_config: distributed_type {kind} does not shard")


def _number(name: str, values: dict[Any, Any], field: str) -> int:
    found = values.get(field, 1 if field == "num_machines" else None)
    if not isinstance(found, int) or isinstance(found, bool) or not 1 <= found <= MOST_PROCESSES:
        raise Unusable(f"{name}: {field}: {found!r}; a whole number from 1 to {MOST_PROCESSES}")
    return found


def _only(name: str, values: dict[Any, Any], allowed: dict[str, tuple[object, ...]]) -> None:
    for field, options in allowed.items():
        if field in values and values[field] not in options:
            words = " or ".join(str(option) for option in options if option is not None)
            told = f"{name}: {field}: {values[field]!r} is not done here, {words} is"
            if field in WHY:
                told = (
                    f"{name}: {field}: {values[field]!r} is not done here, {words} is; {WHY[field]}"
                )
            raise Unusable(told)


def frozen(launch: Launch) -> dict[str, Any]:
    """As it is kept with a run."""
    return asdict(launch)
