"""What the stages that update weights share: seeds, rates, optimiser state and the update loop.

Every random choice is a function of the run's seed and of where it is used, so a resumed run needs
no memory of the generator to make the same choices. Knows nothing of losses.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn
from torch.distributed.tensor import DTensor
from torch.utils.checkpoint import checkpoint
from transformers.modeling_layers import GradientCheckpointingLayer

from rewardmodel.alarm_watch import SupervisedWatch, logged, tell
from rewardmodel.alarms import Alarm, AlarmEnd
from rewardmodel.checkpoint import Checkpoint
from rewardmodel.checkpoint_plan import CheckpointPlan
from rewardmodel.config import StageConfig, TrainingConfig
from rewardmodel.config.alarms import SupervisedAlarmConfig
from rewardmodel.errors import Diverged, Refused
from rewardmodel.made_with import MadeWith, differences, made_with
from rewardmodel.processes import Processes, device_for, join, launched_world
from rewardmodel.provenance import code_digest
from rewardmodel.rundir import Run
from rewardmodel.sharding import gradient_norm, like, whole_groups

if TYPE_CHECKING:
    from rewardmodel.validation import Validation

NUMBER_RATE_FACTOR = 100.0


def stable_seed(*parts: object) -> int:
    """A 63-bit seed from any printable parts, the same on every machine and every start."""
    text = "\x1f".join(str(part) for part in parts)
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "replace")).digest()[:8]) >> 1


def epoch_order(seed: int, epoch: int, count: int) -> list[int]:
    """The order in which an epoch visits `count` rows."""
    generator = torch.Generator().manual_seed(stable_seed("order", seed, epoch))
    return [int(index) for index in torch.randperm(count, generator=generator)]


def start_processes(config: StageConfig) -> Processes:
    """Join the processes of this run and choose this one's device, here alone.

    On the CPU algorithms are deterministic. Seeds the global generators. Raises Refused where the
    processes are not of one version.
    """
    torch.manual_seed(config.seed)
    on_cpu = device_for(config.device).type == "cpu"
    processes = join(on_cpu)
    _refuse_other_code(processes)
    if config.threads:
        torch.set_num_threads(config.threads)
    if on_cpu:
        torch.use_deterministic_algorithms(True)
        # It would also fill memory that is about to be overwritten: a tenth of a small step.
        torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    return processes


def _refuse_other_code(processes: Processes) -> None:
    """Processes of different code would compute parts of different updates."""
    if processes.world == 1:
        return
    found = dict.fromkeys(processes.hear(code_digest()))
    if len(found) > 1:
        raise Refused(
            "config_refused",
            "the hosts run different versions of rewardmodel: the digests of its code are "
            f"{', '.join(found)}. Bring all hosts to one version.",
        )


def start_device(config: StageConfig) -> torch.device:
    """The device of a stage that runs in one process. Raises Refused under a launcher of more."""
    if launched_world() > 1:
        raise Refused(
            "config_refused",
            f"this stage runs in one process, and the launcher started {launched_world()}",
        )
    return start_processes(config).device


def autocast(precision: str, device: torch.device) -> torch.autocast:
    """The context in which an update is computed: bf16 where asked for; weights stay fp32."""
    return torch.autocast(device.type, torch.bfloat16, enabled=precision == "bf16")


@contextmanager
def weights_cast_once(network: nn.Module, precision: str) -> Iterator[None]:
    """Around an autocast pass without gradients, so that frozen weights are cast once in it.

    torch keeps a cast only of leaves that want gradients: under LoRA every frozen weight would be cast at
    every token that is drawn. In fp32 nothing is touched: there the flag chooses other kernels.
    """
    frozen = [one for one in network.parameters() if not one.requires_grad]
    chosen = frozen if precision == "bf16" else []
    for one in chosen:
        one.requires_grad_(True)
    try:
        yield
    finally:
        for one in chosen:
            one.requires_grad_(False)


def checkpoint_activations(network: nn.Module) -> int:
    """Keep only the input of each decoder layer, and compute the rest again for the gradients.

    transformers' own switch acts in training mode alone, and ours is evaluation mode, so that
    dropout is off. Gradients are the same bits. Returns the number of layers; raises Refused where
    a family marks none.
    """
    layers = [m for m in network.modules() if isinstance(m, GradientCheckpointingLayer)]
    if not layers:
        raise Refused(
            "config_refused",
            "activation_checkpointing: the layers of this family of models cannot be computed again; "
            "set it to false",
        )
    for layer in layers:
        layer.forward = _recomputed(layer.forward)
    return len(layers)


def _recomputed(forward: Callable[..., Any]) -> Callable[..., Any]:
    def run(*inputs: Any, **options: Any) -> Any:
        if not torch.is_grad_enabled():
            return forward(*inputs, **options)
        return checkpoint(
            forward, *inputs, use_reentrant=False, preserve_rng_state=False, **options
        )

    return run


def weight_count(module: nn.Module) -> int:
    """Number of weights."""
    return sum(parameter.numel() for parameter in module.parameters())


def derived_learning_rate(
    published: float, published_weights: float, weights: int, factor: float = 1.0
) -> float:
    """A published rate carried to another size: rate ~ factor/sqrt(weights), at most 1e-3."""
    return min(1e-3, factor * published * math.sqrt(published_weights / weights))


def learning_rate_factor(
    step: int, total: int, *, warmup_fraction: float, shape: str, floor: float = 0.1
) -> float:
    """Factor of the peak rate for update `step` (from 0): climb from a tenth, then `shape`.

    cosine falls to `floor`, linear to 0, constant stays.
    """
    warmup = math.ceil(total * warmup_fraction)
    if step < warmup:
        return 0.1 + 0.9 * step / warmup
    done = (step - warmup) / max(1, total - warmup)
    if shape == "cosine":
        return floor + (1 - floor) * 0.5 * (1 + math.cos(math.pi * done))
    return 1 - done if shape == "linear" else 1.0


def new_optimizer(module: nn.Module, config: TrainingConfig) -> torch.optim.AdamW:
    """AdamW; weight decay acts on matrices only, and single numbers learn faster.

    A single number beside the network (the tie parameter) would not move at a network's rate.
    """
    parameters = [parameter for parameter in module.parameters() if parameter.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in parameters if p.ndim == 1], "weight_decay": 0.0},
    ]
    numbers = [p for p in parameters if p.ndim == 0]
    if numbers:
        groups.append({"params": numbers, "weight_decay": 0.0, "rate_factor": NUMBER_RATE_FACTOR})
    # One pass over the weights instead of a dozen; it cannot take sharded and whole ones together.
    fused = not any(isinstance(parameter, DTensor) for parameter in parameters)
    betas = (config.adam_beta1, config.adam_beta2)
    return torch.optim.AdamW(groups, lr=0.0, betas=betas, eps=config.adam_epsilon, fused=fused)


def apply_update(
    module: nn.Module,
    optimizer: torch.optim.Optimizer,
    rate: float,
    config: TrainingConfig,
    check: Callable[[str, float], None] | None = None,
) -> float:
    """Clip, step, and clear the gradients; the gradient norm before clipping.

    check(name, value) refuses a norm that is not finite in words of its own. Raises Diverged.
    """
    weights = [weight for weight in module.parameters() if weight.grad is not None]
    total = gradient_norm([weight.grad for weight in weights if weight.grad is not None])
    for sharded in (True, False):
        same = [weight for weight in weights if isinstance(weight, DTensor) == sharded]
        nn.utils.clip_grads_with_norm_(same, config.max_gradient_norm, total)
    norm = float(total)
    if check is not None:
        check("gradient norm", norm)
    if not math.isfinite(norm):
        raise Diverged("non_finite", f"the gradient norm became {norm}")
    for group in optimizer.param_groups:
        group["lr"] = rate * group.get("rate_factor", 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return norm


# --- state in and out of a checkpoint ---------------------------------------------------------


def module_tensors(module: nn.Module) -> dict[str, Tensor]:
    """The weights that train, by name, tied ones once. Frozen ones come with the inputs."""
    return {
        name: parameter.data
        for name, parameter in module.named_parameters()
        if parameter.requires_grad
    }


@torch.no_grad()
def load_module_tensors(module: nn.Module, tensors: Mapping[str, Tensor]) -> None:
    """Put saved weights back. Raises Refused where the names or shapes are of another network."""
    parameters = module_tensors(module)
    if parameters.keys() != tensors.keys() or any(
        parameters[name].shape != tensor.shape for name, tensor in tensors.items()
    ):
        raise Refused("config_refused", "the checkpoint belongs to another network than the inputs")
    for name, parameter in parameters.items():
        parameter.copy_(like(tensors[name], parameter))


def optimizer_tensors(optimizer: torch.optim.Optimizer) -> dict[str, Tensor]:
    """AdamW's moments and step counts as `index.name`."""
    state = optimizer.state_dict()["state"]
    return {f"{index}.{name}": value for index, s in state.items() for name, value in s.items()}


def load_optimizer_tensors(optimizer: torch.optim.Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Put saved moments back."""
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    state: dict[int, dict[str, Tensor]] = {}
    for key, value in tensors.items():
        index, name = key.split(".", 1)
        of = state.setdefault(int(index), {})
        of[name] = like(value, weights[int(index)]) if value.ndim else value
    optimizer.load_state_dict({**optimizer.state_dict(), "state": state})


def random_state() -> dict[str, Tensor]:
    """The global generator, for libraries below that may draw from it."""
    return {"torch": torch.get_rng_state()}


def restore_random_state(tensors: Mapping[str, Tensor]) -> None:
    """Put the global generator back."""
    torch.set_rng_state(tensors["torch"])


# --- the update loop of sft, reward and pretrain ----------------------------------------------


class StoppedEarly(Exception):
    """Training is over before its time; the weights are those after `step` updates."""

    def __init__(self, step: int) -> None:
        super().__init__(f"stopped after {step} updates")
        self.step = step


class UpdateLoop:
    """Runs numbered updates with checkpoints, resumption, stopping, figures and alarms."""

    def __init__(
        self,
        run: Run,
        config: TrainingConfig,
        module: nn.Module,
        total: int,
        peak_rate: float,
        processes: Processes | None = None,
        validation: Validation | None = None,
    ) -> None:
        self.run, self.config, self.module, self.validation = run, config, module, validation
        self.total, self.peak_rate = total, peak_rate
        self.processes = processes or Processes(torch.device("cpu"))
        self.processes.shard(module)
        self.optimizer = new_optimizer(module, config)
        self.watch = _watch_for(config, total)
        self.plan = _plan_for(config)
        self.made_with: MadeWith | None = None
        self.stopped_by: Alarm | None = None

    def resume(self) -> int:
        """Load the newest checkpoint if there is one; the number of updates already done."""
        found, self.made_with = checkpoint_to_resume(self.run, self.processes, self.config)
        self.processes.equalize(self.module)
        if found is None:
            self.run.started(None)
            return 0
        self.run.started(found.step)
        warn_of_other_threads(self.run, found)
        self._put_back(found)
        if self.validation is not None and self.processes.is_first:
            self.validation.restore(found)
        if self.watch is not None:
            seen = logged(self.run.events.path) if self.processes.is_first else ()
            self.watch.restore(self.processes.tell(list(seen)), found.step)
        return found.step

    def _put_back(self, found: Checkpoint) -> None:
        load_module_tensors(self.module, found.tensors["weights"])
        load_optimizer_tensors(self.optimizer, found.tensors["optimizer"])
        restore_random_state(found.tensors["random"])

    def save(self, step: int) -> None:
        """Write a checkpoint of the state after `step` updates."""
        tensors = {
            "weights": module_tensors(self.module),
            "optimizer": optimizer_tensors(self.optimizer),
            "random": random_state(),
        }
        state: dict[str, Any] = {"total": self.total, "made_with": self.made_with}
        if self.validation is not None:
            state["validation"] = self.validation.to_json()
            if self.validation.best:
                tensors["best"] = self.validation.best
        tensors = whole_groups(tensors, keep=self.processes.is_first)
        self.run.save_checkpoint(step, tensors, state, self.plan.lasting(step))

    def execute(self, backward: Callable[[int], dict[str, float]]) -> None:
        """Do what is left of the updates.

        backward(step) fills the gradients with this process's share of their sum and returns
        figures of the whole update, `loss` among them. Raises Interrupted, Diverged or StoppedEarly.
        """
        done = self.resume()
        while done < self.total:
            if self.processes.any(self.run.stop_requested):
                self.save(done)
                raise self.run.interrupt(done)
            began = time.monotonic()
            figures = backward(done)
            self._refuse_non_finite(done, "loss", figures["loss"])
            rate = self.peak_rate * learning_rate_factor(
                done, self.total, warmup_fraction=self.config.warmup_fraction, shape="cosine"
            )
            self.processes.sum_gradients(self.module)
            norm = apply_update(
                self.module,
                self.optimizer,
                rate,
                self.config,
                partial(self._refuse_non_finite, done),
            )
            done += 1
            figures |= {"gradient_norm": norm, "learning_rate": rate}
            self.run.events.metric(done, {**figures, "seconds": time.monotonic() - began})
            self.run.progress("train", done, self.total)
            if self.watch is not None:  # before saving: what resumes here must have been judged
                self._raise(self.watch.after_update(done, figures))
            if done == self.total or self.plan.due(done):
                self.save(done)

    def looked(self, step: int, figures: Mapping[str, float], *, final: bool = False) -> None:
        """Held-out figures after `step` updates were measured, or had been. None of them stops."""
        if self.watch is not None:
            self._raise(self.watch.after_look(step, figures, final=final))

    def ending(self) -> dict[str, Any]:
        """For the report: whether an alarm ended the run, and which."""
        if self.stopped_by is None:
            return {"ended": "complete"}
        return {"ended": "alarm", "alarm": self.stopped_by.to_json()}

    def _raise(self, found: list[Alarm | AlarmEnd]) -> None:
        """Say what is new of alarms. Raises StoppedEarly where one of them ends the run."""
        if stopping := tell(self.run.events, found):
            self._go_back(stopping)

    def _go_back(self, alarm: Alarm) -> None:
        """To weights of before the alarm began. Raises StoppedEarly, or Diverged without any.

        Where the best weights are the result, `Validation` has them and puts them back.
        """
        if self._keeps_best():
            self.stopped_by = alarm
            raise StoppedEarly(alarm.step)
        found = self._last_before(alarm.since)
        if found is None:
            raise Diverged(
                f"alarm_{alarm.code}",
                f"stopped by its alarm: {alarm.message} No checkpoint of before is left.",
            )
        self._put_back(found)
        self.stopped_by = alarm
        raise StoppedEarly(found.step)

    def _keeps_best(self) -> bool:
        """Whether there are best weights, and the run is to end with them."""
        return self.processes.any(self.validation is not None and bool(self.validation.best))

    def _last_before(self, since: int) -> Checkpoint | None:
        """The newest lasting checkpoint of before, else the newest of any kind."""
        found = load_agreed_checkpoint(
            self.run,
            self.processes,
            lambda state: state["step"] < since and self.plan.lasts(state["step"]),
        )
        return found or load_agreed_checkpoint(
            self.run, self.processes, lambda state: state["step"] < since
        )

    def _refuse_non_finite(self, step: int, name: str, value: float) -> None:
        """Raises Diverged with its alarm raised; the last checkpoint is sound."""
        if math.isfinite(value):
            return
        alarm = Alarm("non_finite", stops=True, since=step, step=step, figures={"name": name})
        self.run.events.alarm(alarm.to_json())
        words = f"stopped by its alarm: {name} became {value} at update {step}. {alarm.message}"
        raise Diverged("non_finite", words)


def _watch_for(config: TrainingConfig, total: int) -> SupervisedWatch | None:
    """Of the stages that have alarms; pretraining has none."""
    if not isinstance(config, SupervisedAlarmConfig):
        return None
    epochs, keep = getattr(config, "epochs", 1), getattr(config, "keep", "last")
    return SupervisedWatch(config, total // epochs, keeps_best=keep == "best")


def _plan_for(config: TrainingConfig) -> CheckpointPlan:
    """With checkpoints for an alarm to go back to, where one may end the run."""
    stops = isinstance(config, SupervisedAlarmConfig) and config.alarms == "stop"
    window = getattr(config, "alarm_window", None) if stops else None
    return CheckpointPlan(config.checkpoint_every_steps, window)


def load_agreed_checkpoint(
    run: Run,
    processes: Processes,
    accept: Callable[[dict[str, Any]], bool] = lambda state: True,
) -> Checkpoint | None:
    """The newest sound checkpoint that is accepted, found by the first process and given to all.

    The others may be on hosts that do not see the run directory.
    """
    found = run.load_checkpoint(accept) if processes.is_first else None
    said = processes.tell(found and [found.step, found.state, list(found.tensors)])
    if said is None:
        return None
    step, state, names = said
    tensors = {name: processes.give(found.tensors[name] if found else None) for name in names}
    run.last_saved = step
    return Checkpoint(step, tensors, state)


def checkpoint_to_resume(
    run: Run, processes: Processes, config: StageConfig
) -> tuple[Checkpoint | None, MadeWith | None]:
    """The newest sound checkpoint, if there is one, and what those of this run are made with.

    Raises Refused where it was made with other settings or inputs.
    """
    now = made_with(run.stage, run.inputs, config) if processes.is_first else None
    found = load_agreed_checkpoint(run, processes)
    if found is not None:
        others = _others(run, found.state["made_with"], now) if now else []
        if processes.any(bool(others)):
            raise Refused(
                "config_refused",
                f"the checkpoint after {found.step} updates was made with other settings or inputs "
                f"({'; '.join(others)}), and going on would mix the two. Give what it was made "
                "with, or start in another folder.",
            )
    return found, now


def _others(run: Run, then: MadeWith, now: MadeWith) -> list[str]:
    """What of a run is not as its checkpoint has it; warns of what cannot be told."""
    if then["addresses"] != now["addresses"]:
        run.events.warning(
            "other_address",
            "scores come from another address than before: whether they are the same is not known",
        )
    return differences(then, now)


def warn_of_other_threads(run: Run, found: Checkpoint) -> None:
    """The order of additions depends on the number of threads, and so do the last bits."""
    before, now = found.state.get("threads"), torch.get_num_threads()
    if before != now:
        run.events.warning(
            "threads_changed",
            f"resumed with {now} threads after {before}: equal to rounding, not bit for bit",
        )


def describe(values: Tensor, name: str) -> dict[str, Any]:
    """Mean, spread and range of a figure, under names that sort together."""
    return {
        f"{name}_mean": float(values.mean()),
        f"{name}_std": float(values.std(unbiased=False)),
        f"{name}_min": float(values.min()),
        f"{name}_max": float(values.max()),
    }
