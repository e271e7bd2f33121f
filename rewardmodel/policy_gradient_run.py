"""A policy-gradient run from its inputs to its report: the same for PPO, RLOO and GRPO."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from rewardmodel.config import PolicyGradientConfig
from rewardmodel.errors import Refused
from rewardmodel.learners import Learner
from rewardmodel.left_out import left_out, rows_left_out, write_left_out
from rewardmodel.models import Policy, load_policy
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.policy_keeping import fall_back, take_best
from rewardmodel.policy_looks import measure, show_samples
from rewardmodel.policy_update import refuse_idle_processes
from rewardmodel.ppo_figures import compare
from rewardmodel.pretraining_mix import open_pretraining_mix
from rewardmodel.processes import Processes
from rewardmodel.reward_sources import (
    SOURCES,
    open_reward_models,
    open_reward_source,
    refuse_other_than_one,
)
from rewardmodel.rundir import Run
from rewardmodel.sample import (
    EncodedPrompt,
    PromptRow,
    encode_prompts,
    prompt_row,
    read_prompts,
)
from rewardmodel.scoring import Reference
from rewardmodel.sharding import gathered
from rewardmodel.text import require_same_vocabulary
from rewardmodel.training import start_processes

MakeLearner = Callable[[Policy, Sequence[Path], Processes], Learner]


def run_policy_gradient(
    run: Run, config: PolicyGradientConfig, make_learner: MakeLearner
) -> dict[str, Any]:
    """Load the inputs, train, and report. `make_learner` gets the policy and the reward folders."""
    run.refuse_unknown_inputs(("policy", "prompts", "reference", "pretraining", *SOURCES))
    policy_folder = run.input("policy")
    reference_folder = run.optional_input("reference") or policy_folder
    refuse_other_than_one(run)
    processes = start_processes(config)
    rows = _agreed_prompts(run, processes)
    device = processes.device
    refuse_idle_processes(processes, config)
    policy = load_policy(policy_folder, device)
    other = _other_policy(reference_folder, policy) if reference_folder != policy_folder else None
    reward_models = open_reward_models(run, policy, device)
    prompts, unused = encode_prompts(
        rows,
        policy,
        max_prompt_tokens=config.max_prompt_tokens,
        max_new_tokens=config.max_new_tokens,
        events=run.events,
        # and PPO's value network, which starts from one of them or from the policy
        also_read_by=[*reward_models, *([] if other is None else [other])],
    )
    source = open_reward_source(run, config, policy, prompts, reward_models)
    if len(source.prompts) < 2:
        raise Refused(
            "data_refused", f"at least 2 usable prompts are needed, found {len(source.prompts)}"
        )
    run.events.data_read("prompts", used=len(source.prompts), given=len(rows))
    pretraining = open_pretraining_mix(
        run.optional_input("pretraining"), config, policy, run.events
    )
    learner = make_learner(policy, source.folders, processes)
    if other is not None:
        reference = Reference(other.to(device))
    elif config.lora_rank:
        reference = Reference(policy, adapters=True)
    else:
        reference = Reference(load_policy(policy_folder, device))
    trainer = PolicyGradientTrainer(
        run,
        config,
        learner,
        reference=reference,
        scorer=source.scorer,
        prompts=source.prompts,
        starts_at_reference=reference_folder == policy_folder,
        pretraining=pretraining,
        processes=processes,
    )
    report = conclude(trainer)
    unused += _known_too_well(prompts, source.prompts)
    unused += pretraining.left_out if pretraining else []
    if processes.is_first:
        write_left_out(run.directory, unused)
    return report | {"left_out": rows_left_out(unused)}


def _agreed_prompts(run: Run, processes: Processes) -> list[PromptRow]:
    """The prompts that the first process reads, for all.

    Each host has a file of its own, and one written a little later may hold others: the n-th
    prompt must be the same one wherever completions are drawn, scored and learnt from.
    """

    def read() -> list[dict[str, Any]]:
        return [row.to_json() for row in read_prompts(run.input("prompts"))]

    return [prompt_row(row) for row in processes.ask_first(read)]


def _other_policy(folder: Path, policy: Policy) -> Policy:
    """A reference that is not the policy itself; on the CPU, for the policy is not sharded yet."""
    reference = load_policy(folder, torch.device("cpu"))
    require_same_vocabulary(policy.codec, reference.codec)
    return reference


def _known_too_well(
    fitting: Sequence[EncodedPrompt], used: Sequence[EncodedPrompt]
) -> list[dict[str, Any]]:
    """Prompts that fit and are not used all the same."""
    kept = {prompt.row.id for prompt in used}
    why = "the reward model was trained on it"
    return [
        left_out("prompts", prompt.row.id, "prompts dropped", why)
        for prompt in fitting
        if prompt.row.id not in kept
    ]


def conclude(trainer: PolicyGradientTrainer) -> dict[str, Any]:
    """Train, measure the result, save it, and report."""
    ended = trainer.train()
    if trainer.best is not None:
        take_best(trainer)
    after = measure(trainer)
    if trainer.evaluation and trainer.kept is None:
        trainer.run.events.metric(trainer.step, after.figures())  # the curve ends with the result
    if ended == "complete" and after.kl > trainer.config.kl_ceiling:
        trainer.position.measured_kl = after.kl
        ended = fall_back(trainer)
        after = measure(trainer)
    show_samples(trainer)
    with gathered(trainer.policy):
        trainer.run.publish_model(trainer.policy.save)
    assert trainer.before is not None
    return {
        "ended": ended,
        **({"alarm": trainer.stopped_by.to_json()} if trainer.stopped_by else {}),
        "updates": trainer.step,
        "kept_updates": trainer.step if trainer.kept is None else trainer.kept,
        "learning_rate": trainer.learner.rate,
        "value_learning_rate": trainer.learner.value_rate,
        "kl_coefficient": trainer.position.kl_coefficient,
        "training_prompts": len(trainer.training),
        "evaluation": compare(trainer.before, after, trainer.config.seed),
    }
