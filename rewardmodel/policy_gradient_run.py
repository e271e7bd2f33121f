"""A policy-gradient run from its inputs to its report: the same for PPO, RLOO and GRPO."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import torch

from rewardmodel.config import PolicyGradientConfig
from rewardmodel.errors import Refused
from rewardmodel.groups import prompt_key
from rewardmodel.known_prompts import known_too_well
from rewardmodel.learners import Learner
from rewardmodel.left_out import rows_not_whole, write_left_out
from rewardmodel.models import Policy, load_policy, verify_saved_policy
from rewardmodel.policy_gradient import PolicyGradientTrainer
from rewardmodel.policy_keeping import fall_back, take_best
from rewardmodel.policy_looks import measure, measured_on, show_samples
from rewardmodel.policy_update import refuse_idle_processes
from rewardmodel.ppo_figures import compare
from rewardmodel.pretraining_mix import open_pretraining_mix
from rewardmodel.processes import Processes
from rewardmodel.reward_sources import (
    SOURCES,
    open_reward_models,
    open_reward_source,
    refuse_other_than_one,
    reward_folders,
)
from rewardmodel.rundir import Run
from rewardmodel.sample import (
    PromptRow,
    encode_prompts,
    prompt_row,
    read_prompts,
    refuse_no_room,
)
from rewardmodel.scoring import Reference
from rewardmodel.sharding import gathered
from rewardmodel.text import require_same_tokens
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
    readers = [policy_folder, reference_folder, *reward_folders(run)]
    refuse_no_room(readers, config.max_new_tokens)
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
    unused += known_too_well(prompts, source.prompts)
    counts = rows_not_whole(unused)
    unused += pretraining.left_out if pretraining else []
    if processes.is_first:
        write_left_out(run.directory, unused)
    return report | counts


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
    require_same_tokens(policy.codec, reference.codec)
    return reference


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
    difference = _publish(trainer)
    assert trainer.before is not None
    asked = [prompt_key(prompt.row.prompt) for prompt in measured_on(trainer)]
    return {
        "ended": ended,
        **({"alarm": trainer.stopped_by.to_json()} if trainer.stopped_by else {}),
        "updates": trainer.step,
        "kept_updates": trainer.step if trainer.kept is None else trainer.kept,
        "learning_rate": trainer.learner.rate,
        "value_learning_rate": trainer.learner.value_rate,
        "kl_coefficient": trainer.position.kl_coefficient,
        "training_prompts": len(trainer.training),
        "round_trip_difference": difference,
        "evaluation": compare(trainer.before, after, trainer.config.seed, asked),
    }


def _publish(trainer: PolicyGradientTrainer) -> float:
    """Save the policy and have the first process verify what was saved; how far it was off."""
    policy = trainer.policy
    with gathered(policy):
        saved = trainer.run.publish_model(policy.save)
        if not trainer.processes.is_first:
            return 0.0
        shortest = sorted((prompt.ids for prompt in trainer.training), key=len)[:8]
        rows = [[*ids, policy.codec.end_id] for ids in shortest]
        return verify_saved_policy(saved, policy, rows)
