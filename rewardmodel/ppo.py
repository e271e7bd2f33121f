"""The ppo stage: a policy trained against a reward model (InstructGPT section 3.5).

Each iteration draws completions at a plain temperature, scores them, and takes clipped steps on
policy and value model. Three invariants are asserted in every run: the ratio is 1 on the first
minibatch of an iteration, the KL is 0 before the first update where the policy starts at the
reference, and a score depends on neither padding nor company.

When the measured KL passes its ceiling the run ends well: the last policy measured below the
ceiling becomes the result, and the report says so. Dropout is off throughout.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from rewardmodel.batches import split_by_tokens
from rewardmodel.checkpoint import Checkpoint
from rewardmodel.config import DecodingConfig, PpoConfig
from rewardmodel.decoding import SampledCompletion
from rewardmodel.errors import Diverged, Refused
from rewardmodel.losses import (
    adapted_kl_coefficient,
    clipped_policy_loss,
    clipped_value_loss,
    completion_log_probs,
    kl_k3,
)
from rewardmodel.models import Policy, RewardModel, load_policy, load_reward_model
from rewardmodel.ppo_figures import Measured, compare, mean_kl, rollout_figures
from rewardmodel.rollouts import (
    RewardModelScorer,
    Rollouts,
    Scorer,
    complete_rollouts,
    draw,
    state_values,
)
from rewardmodel.rundir import Run
from rewardmodel.sample import EncodedPrompt, encode_prompts, read_prompts
from rewardmodel.text import require_same_vocabulary
from rewardmodel.training import (
    apply_update,
    derived_learning_rate,
    epoch_order,
    learning_rate_factor,
    load_module_tensors,
    load_optimizer_tensors,
    module_tensors,
    new_optimizer,
    optimizer_tensors,
    random_state,
    restore_random_state,
    start_device,
    warn_of_other_threads,
    weight_count,
)

# The N+ implementation details of RLHF with PPO (2024): 3e-6 at 1B weights.
PUBLISHED_RATE, PUBLISHED_WEIGHTS = 3e-6, 1e9
INVARIANT_TOLERANCE = 1e-3  # of a log-probability or a relative score; fp32 leaves about 1e-5


@dataclass(slots=True)
class Position:
    """Where a run stands: iteration, updates done in it, and what goes with them."""

    iteration: int = 0
    update: int = 0
    kl_coefficient: float = 0.0
    rollouts: Rollouts | None = None
    measured_kl: float | None = None  # of this very policy; None after an update


class PpoTrainer:
    """The loop, its state and its checkpoints."""

    def __init__(
        self,
        run: Run,
        config: PpoConfig,
        *,
        policy: Policy,
        reference: Policy,
        value_model: RewardModel,
        scorer: Scorer,
        prompts: Sequence[EncodedPrompt],
        starts_at_reference: bool,
    ) -> None:
        self.run, self.config = run, config
        self.policy, self.reference = policy, reference.requires_grad_(False)
        self.value_model, self.scorer = value_model, scorer
        self.starts_at_reference = starts_at_reference
        # The last prompts of a seeded order are kept out of training.
        order = epoch_order(config.seed, -1, len(prompts))
        held = min(config.evaluation_prompts, len(prompts) // 2)
        self.evaluation = [prompts[n] for n in order[len(order) - held :]]
        self.training = [prompts[n] for n in order[: len(order) - held]]
        self.rate = config.learning_rate or derived_learning_rate(
            PUBLISHED_RATE, PUBLISHED_WEIGHTS, weight_count(policy)
        )
        self.value_rate = config.value_learning_rate or 3 * self.rate
        self.policy_optimizer = new_optimizer(policy, config)
        self.value_optimizer = new_optimizer(value_model, config)
        self.minibatches = config.rollouts_per_iteration // config.minibatch_size
        self.updates_per_iteration = self.minibatches * config.inner_epochs
        self.total = config.iterations * self.updates_per_iteration
        self.position = Position(kl_coefficient=config.kl_coefficient)
        self.before: Measured | None = None
        self.shown_at: int | None = None
        self.plan = DecodingConfig(
            strategy="sample",
            temperature=config.temperature,
            samples_per_prompt=1,
            max_new_tokens=config.max_new_tokens,
        )

    # --- the loop -----------------------------------------------------------------------------

    def train(self) -> str:
        """Run to the end; returns why it ended: 'complete' or 'kl_ceiling'."""
        self.resume()
        if self.before is None:
            self.before = self.measure()
            self.show_samples()
        while self.position.iteration < self.config.iterations:
            figures = self.collect()
            if figures is None:
                return self.fall_back()
            figures |= self.update_on_rollouts()
            self.position.iteration += 1
            self.position.update = 0
            self.position.rollouts = self.position.measured_kl = None
            self.adapt_kl(figures["kl"])
            self.run.events.metric(self.step, figures)
            if self.position.iteration % self.config.sample_every_iterations == 0:
                self.show_samples()
        self.save()
        return "complete"

    @property
    def step(self) -> int:
        """Updates done since the start of the run."""
        return self.position.iteration * self.updates_per_iteration + self.position.update

    def adapt_kl(self, kl: float) -> None:
        """Move the KL coefficient if it is adaptive."""
        if self.config.kl_controller == "adaptive":
            self.position.kl_coefficient = adapted_kl_coefficient(
                self.position.kl_coefficient,
                kl,
                self.config.kl_target,
                self.config.rollouts_per_iteration,
                self.config.kl_horizon,
            )

    def leave_if_asked(self, done: int = 0) -> None:
        """Save and leave if someone asked the run to stop."""
        if self.run.stop_requested:
            self.save()
            raise self.run.interrupt(self.step)

    # --- collecting ---------------------------------------------------------------------------

    def collect(self) -> dict[str, float] | None:
        """Draw and score the rollouts of this iteration, unless a checkpoint brought them.

        None: the policy's KL is above the ceiling.
        """
        began = time.monotonic()
        if self.position.rollouts is None:
            self.leave_if_asked()
            chosen = self.iteration_prompts()
            ids = [prompt.ids for prompt in chosen]
            completions = self.draw_for(
                ids,
                [f"{self.position.iteration}:{n}" for n in range(len(ids))],
                phase="rollout",
            )
            if self.position.iteration == 0:
                self.assert_company(ids, completions)
            rollouts = complete_rollouts(
                ids,
                completions,
                reference=self.reference,
                value_model=self.value_model,
                scorer=self.scorer,
                kl_coefficient=self.position.kl_coefficient,
                config=self.config,
            )
            self.position.rollouts = rollouts
            self.position.measured_kl = mean_kl(rollouts)
            if self.position.iteration == 0 and self.starts_at_reference:
                self.assert_zero_kl(rollouts)
            if self.position.measured_kl > self.config.kl_ceiling:
                return None
            last = self.run.last_saved
            if last is None or self.step - last >= self.config.checkpoint_every_steps:
                self.save()
        figures = rollout_figures(self.position.rollouts)
        figures["kl_coefficient"] = self.position.kl_coefficient
        figures["iteration"] = float(self.position.iteration)
        figures["seconds_rollout"] = time.monotonic() - began
        return figures

    def iteration_prompts(self) -> list[EncodedPrompt]:
        """Prompts of this iteration: epoch after epoch, each in its own order."""
        chosen: list[EncodedPrompt] = []
        place = self.position.iteration * self.config.rollouts_per_iteration
        while len(chosen) < self.config.rollouts_per_iteration:
            epoch, offset = divmod(place, len(self.training))
            order = epoch_order(self.config.seed, epoch, len(self.training))[offset:]
            order = order[: self.config.rollouts_per_iteration - len(chosen)]
            chosen += [self.training[n] for n in order]
            place += len(order)
        return chosen

    def draw_for(
        self, ids: Sequence[Sequence[int]], keys: Sequence[str], phase: str
    ) -> list[SampledCompletion]:
        """Completions at the rollout temperature; leaves between batches if asked to stop."""

        def between(done: int) -> None:
            self.run.progress(phase, done, len(ids))
            self.leave_if_asked()

        return draw(
            self.policy,
            ids,
            self.plan,
            seed=self.config.seed,
            keys=keys,
            microbatch_tokens=self.config.microbatch_tokens,
            between=between,
        )

    # --- updating -----------------------------------------------------------------------------

    def update_on_rollouts(self) -> dict[str, float]:
        """The remaining updates of this iteration; mean figures over them."""
        began = time.monotonic()
        rollouts = self.position.rollouts
        assert rollouts is not None
        sums: dict[str, float] = {}
        count = 0
        while self.position.update < self.updates_per_iteration:
            self.leave_if_asked()
            epoch, number = divmod(self.position.update, self.minibatches)
            order = epoch_order(
                self.config.seed,
                self.position.iteration * self.config.inner_epochs + epoch,
                self.config.rollouts_per_iteration,
            )
            start = number * self.config.minibatch_size
            rows = order[start : start + self.config.minibatch_size]
            figures = self.update_on(rollouts, rows)
            count += 1
            for name, value in figures.items():
                sums[name] = sums.get(name, 0.0) + value
            self.run.progress("train", self.step, self.total)
        means = {name: value / max(1, count) for name, value in sums.items()}
        return {**means, "seconds_update": time.monotonic() - began}

    def update_on(self, rollouts: Rollouts, rows: Sequence[int]) -> dict[str, float]:
        """One update of policy and value model on some rows."""
        tokens = float(rollouts.completion_mask[list(rows)].sum())
        lengths = rollouts.lengths()
        sums = dict.fromkeys(
            ("policy_loss", "value_loss", "entropy", "policy_clip", "value_clip", "approx_kl"), 0.0
        )
        ratio_error = ratio_max = 0.0
        for chunk in split_by_tokens([lengths[n] for n in rows], self.config.microbatch_tokens):
            part = rollouts.take([rows[n] for n in chunk])
            parts, ratio = self.backward_on(part, tokens)
            for name, value in parts.items():
                sums[name] += value
            real = ratio[part.completion_mask]
            ratio_error = max(ratio_error, float((real - 1).abs().max()))
            ratio_max = max(ratio_max, float(real.max()))
        if self.position.update == 0 and not ratio_error <= INVARIANT_TOLERANCE:
            raise Diverged(
                "invariant_ratio",
                f"on the first minibatch of iteration {self.position.iteration} a ratio is "
                f"{ratio_error:.2e} from 1 (> {INVARIANT_TOLERANCE}): the policy that is updated "
                "is not the one that drew the completions",
            )
        figures = {name: value / tokens for name, value in sums.items()}
        for name in ("policy_loss", "value_loss"):
            if not math.isfinite(figures[name]):
                raise Diverged("non_finite", f"{name} became {figures[name]} at {self.step}")
        return {**figures, "ratio_max": ratio_max, **self.apply()}

    def backward_on(self, part: Rollouts, tokens: float) -> tuple[dict[str, float], Tensor]:
        """Add the gradients of some rows; sums over their tokens, and the ratios."""
        mask, batch = part.completion_mask, part.batch()
        train_policy = self.position.iteration >= self.config.value_only_iterations
        with torch.set_grad_enabled(train_policy):
            log_probs, entropy = completion_log_probs(
                self.policy.completion_logits(batch), part.completion_ids, self.config.temperature
            )
            policy_loss = clipped_policy_loss(
                log_probs, part.log_probs, part.advantages, mask, self.config.ratio_clip
            )
        if train_policy:
            (policy_loss.loss / tokens).backward()
        value_loss = clipped_value_loss(
            state_values(self.value_model, batch),
            part.values,
            part.returns,
            mask,
            self.config.value_clip,
        )
        (value_loss.loss / tokens).backward()
        sums = {
            "policy_loss": policy_loss.loss.item(),
            "value_loss": value_loss.loss.item(),
            "entropy": (entropy.detach() * mask).sum().item(),
            "policy_clip": policy_loss.clipped.sum().item(),
            "value_clip": value_loss.clipped.sum().item(),
            "approx_kl": (kl_k3(part.log_probs, log_probs.detach()) * mask).sum().item(),
        }
        return sums, policy_loss.ratio

    def apply(self) -> dict[str, float]:
        """Step both optimisers and count the update."""
        factor = learning_rate_factor(
            self.step,
            self.total,
            warmup_fraction=self.config.warmup_fraction,
            shape=self.config.schedule,
        )
        figures = {"learning_rate": self.rate * factor}
        if self.position.iteration >= self.config.value_only_iterations:
            figures["policy_gradient_norm"] = apply_update(
                self.policy, self.policy_optimizer, self.rate * factor, self.config
            )
        figures["value_gradient_norm"] = apply_update(
            self.value_model, self.value_optimizer, self.value_rate * factor, self.config
        )
        self.position.update += 1
        self.position.measured_kl = None
        return figures

    # --- invariants ---------------------------------------------------------------------------

    def assert_company(
        self, prompts: Sequence[Sequence[int]], completions: Sequence[SampledCompletion]
    ) -> None:
        """A score must not depend on padding or on the rest of the batch."""
        if not isinstance(self.scorer, RewardModelScorer):
            return
        difference = self.scorer.company_difference(prompts[:8], completions[:8])
        if not difference <= INVARIANT_TOLERANCE:
            raise Diverged(
                "invariant_score",
                f"a score changes by {difference:.2e} (> {INVARIANT_TOLERANCE}, relative) with "
                "padding or company: the reward model's masks or positions are wrong",
            )

    def assert_zero_kl(self, rollouts: Rollouts) -> None:
        """Before the first update the policy must say what the reference says."""
        difference = (rollouts.log_probs - rollouts.reference) * rollouts.completion_mask
        largest = float(difference.abs().max())
        if not largest <= INVARIANT_TOLERANCE:
            raise Diverged(
                "invariant_kl",
                f"before the first update policy and reference differ by {largest:.2e} "
                f"(> {INVARIANT_TOLERANCE}) in a log-probability, though they are one model",
            )

    # --- measuring ----------------------------------------------------------------------------

    @torch.no_grad()
    def measure(self) -> Measured:
        """Complete each evaluation prompt once, always with the same random numbers."""
        prompts = self.evaluation or self.training[: self.config.minibatch_size]
        ids = [prompt.ids for prompt in prompts]
        completions = self.draw_for(ids, [f"eval:{p.row.id}" for p in prompts], phase="evaluate")
        rollouts = complete_rollouts(
            ids,
            completions,
            reference=self.reference,
            value_model=self.value_model,
            scorer=self.scorer,
            kl_coefficient=0.0,
            config=self.config,
        )
        return Measured(
            scores=rollouts.scores.tolist(),
            kl=mean_kl(rollouts),
            stop_rate=float(rollouts.stopped.float().mean()),
            tokens_mean=float(rollouts.completion_mask.sum(dim=1).float().mean()),
        )

    def show_samples(self) -> None:
        """Greedy completions of the same few prompts, for a person to read."""
        prompts = (self.evaluation or self.training)[: self.config.followed_prompts]
        if not prompts or self.shown_at == self.step:
            return
        self.shown_at = self.step
        plan = DecodingConfig(
            strategy="greedy", samples_per_prompt=1, max_new_tokens=self.config.max_new_tokens
        )
        ids = [prompt.ids for prompt in prompts]
        completions = draw(
            self.policy,
            ids,
            plan,
            seed=self.config.seed,
            keys=[prompt.row.id for prompt in prompts],
            microbatch_tokens=self.config.microbatch_tokens,
        )
        scores = self.scorer(ids, completions).tolist()
        for prompt, completion, score in zip(prompts, completions, scores, strict=True):
            self.run.events.write(
                "sample",
                step=self.step,
                prompt=prompt.row.prompt[-1].content,
                completion=self.policy.codec.decode_completion(prompt.ids, completion.ids),
                score=score,
            )

    # --- checkpoints --------------------------------------------------------------------------

    def save(self) -> None:
        """Everything a restart needs, the rollouts in hand included."""
        tensors = {
            "policy": module_tensors(self.policy),
            "value": module_tensors(self.value_model),
            "policy_optimizer": optimizer_tensors(self.policy_optimizer),
            "value_optimizer": optimizer_tensors(self.value_optimizer),
            "random": random_state(),
        }
        if self.position.rollouts is not None:
            tensors["rollouts"] = self.position.rollouts.to_tensors()
        state = {
            "iteration": self.position.iteration,
            "update": self.position.update,
            "kl_coefficient": self.position.kl_coefficient,
            "measured_kl": self.position.measured_kl,
            "before": self.before.to_json() if self.before else None,
        }
        self.run.save_checkpoint(self.step, tensors, state)

    def resume(self) -> None:
        """Continue from the newest sound checkpoint, if there is one."""
        found = self.run.load_checkpoint()
        self.run.started(found.step if found else None)
        if found:
            warn_of_other_threads(self.run, found)
            self.load(found)

    def load(self, found: Checkpoint) -> None:
        """Put a checkpoint's state back."""
        load_module_tensors(self.policy, found.tensors["policy"])
        load_module_tensors(self.value_model, found.tensors["value"])
        load_optimizer_tensors(self.policy_optimizer, found.tensors["policy_optimizer"])
        load_optimizer_tensors(self.value_optimizer, found.tensors["value_optimizer"])
        restore_random_state(found.tensors["random"])
        saved = found.tensors.get("rollouts")
        state = found.state
        self.position = Position(
            iteration=state["iteration"],
            update=state["update"],
            kl_coefficient=state["kl_coefficient"],
            measured_kl=state["measured_kl"],
            rollouts=Rollouts.from_tensors(saved, self.policy.device) if saved else None,
        )
        self.before = Measured(**state["before"]) if state["before"] else None

    def fall_back(self) -> str:
        """Return to the newest checkpoint whose policy was measured below the KL ceiling."""
        kl, ceiling = self.position.measured_kl, self.config.kl_ceiling
        at = self.step
        found = self.run.load_checkpoint(accept=lambda state: state["measured_kl"] is not None)
        if found is None:
            raise Diverged(
                "kl_ceiling",
                f"the KL is {kl:.1f} nats per completion (ceiling {ceiling}) and no checkpoint of "
                "a policy measured below it is left",
            )
        self.load(found)
        self.run.events.warning(
            "kl_ceiling",
            f"after {at} updates the KL was {kl:.1f} nats per completion (ceiling {ceiling}); "
            f"the result is the policy after {found.step} updates",
        )
        return "kl_ceiling"


def run_ppo(run: Run, config: PpoConfig) -> dict[str, Any]:
    """The ppo stage: policy, reward model and prompts in, a new policy out."""
    run.refuse_unknown_inputs(("policy", "reward_model", "prompts", "reference"))
    policy_directory, reward_directory = run.input("policy"), run.input("reward_model")
    reference_directory = run.optional_input("reference") or policy_directory
    rows = read_prompts(run.input("prompts"))
    device = start_device(config)
    policy = load_policy(policy_directory, device)
    reference = load_policy(reference_directory, device)
    reward_model = load_reward_model(reward_directory, device).requires_grad_(False)
    value_model = load_reward_model(reward_directory, device)
    require_same_vocabulary(policy.codec, reward_model.codec)
    require_same_vocabulary(policy.codec, reference.codec)
    prompts = encode_prompts(
        rows,
        policy,
        max_prompt_tokens=config.max_prompt_tokens,
        max_new_tokens=config.max_new_tokens,
        events=run.events,
    )
    if len(prompts) < 2:
        raise Refused("data_refused", "at least 2 usable prompts are needed, found 1")
    trainer = PpoTrainer(
        run,
        config,
        policy=policy,
        reference=reference,
        value_model=value_model,
        scorer=RewardModelScorer(reward_model, config.microbatch_tokens),
        prompts=prompts,
        starts_at_reference=reference_directory == policy_directory,
    )
    return conclude(trainer)


def conclude(trainer: PpoTrainer) -> dict[str, Any]:
    """Train, measure the result, save it, and report."""
    ended = trainer.train()
    after = trainer.measure()
    if ended == "complete" and after.kl > trainer.config.kl_ceiling:
        trainer.position.measured_kl = after.kl
        ended = trainer.fall_back()
        after = trainer.measure()
    trainer.show_samples()
    trainer.run.publish_model(trainer.policy.save)
    assert trainer.before is not None
    return {
        "ended": ended,
        "updates": trainer.step,
        "learning_rate": trainer.rate,
        "value_learning_rate": trainer.value_rate,
        "kl_coefficient": trainer.position.kl_coefficient,
        "training_prompts": len(trainer.training),
        "evaluation": compare(trainer.before, after, trainer.config.seed),
    }
