"""The loop of PPO, RLOO and GRPO: draw completions, score them, update on them, look, go on.

What the methods make of the scores is a `Learner`'s business. When the measured KL passes its
ceiling, or an alarm stops the run, it ends well with a policy of before. Three invariants are asserted in
every run (`invariants`). Dropout is off throughout.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from itertools import islice

from rewardmodel.alarm_watch import logged, tell
from rewardmodel.alarms import Alarm, best_look
from rewardmodel.checkpoint import Checkpoint
from rewardmodel.config import DecodingConfig, PolicyGradientConfig
from rewardmodel.decoding import SampledCompletion
from rewardmodel.groups import prompt_key
from rewardmodel.invariants import assert_company, assert_zero_kl
from rewardmodel.learners import Learner, Position
from rewardmodel.losses import adapted_kl_coefficient
from rewardmodel.made_with import MadeWith
from rewardmodel.policy_alarms import AlarmWatch, end_by
from rewardmodel.policy_keeping import (
    BestPolicy,
    PolicyBelow,
    fall_back,
    restored,
    restored_below,
    saved_state,
)
from rewardmodel.policy_looks import look, measure, show_samples
from rewardmodel.policy_update import update_on
from rewardmodel.ppo_figures import Measured, mean_kl, rollout_figures
from rewardmodel.pretraining_mix import PretrainingMix
from rewardmodel.processes import Processes
from rewardmodel.rollouts import Rollouts, draw_together
from rewardmodel.rundir import Run
from rewardmodel.sample import EncodedPrompt
from rewardmodel.scorers import Scorer
from rewardmodel.scoring import Reference, Scored, score_completions
from rewardmodel.sharding import gathered
from rewardmodel.training import (
    autocast,
    checkpoint_to_resume,
    epoch_order,
    warn_of_other_threads,
    weights_cast_once,
)


def keep_out(
    prompts: Sequence[EncodedPrompt], count: int, seed: int
) -> tuple[list[EncodedPrompt], list[EncodedPrompt]]:
    """Prompts to train on, and about so many to measure on: the last of a seeded order.

    All rows of one prompt are on one side, and never more than half of the rows are kept out.
    """
    rows: dict[str, list[EncodedPrompt]] = {}
    for prompt in prompts:
        rows.setdefault(prompt_key(prompt.row.prompt), []).append(prompt)
    different, most = list(rows.values()), len(prompts) // 2
    training: list[EncodedPrompt] = []
    held: list[EncodedPrompt] = []
    for place in reversed(epoch_order(seed, -1, len(different))):
        same = different[place]
        fits = len(held) < min(count, most) and len(held) + len(same) <= most
        (held if fits else training).extend(reversed(same))
    return training[::-1], held[::-1]


class PolicyGradientTrainer:
    """The loop and where it stands."""

    def __init__(
        self,
        run: Run,
        config: PolicyGradientConfig,
        learner: Learner,
        *,
        reference: Reference,
        scorer: Scorer,
        prompts: Sequence[EncodedPrompt],
        starts_at_reference: bool,
        pretraining: PretrainingMix | None = None,
        processes: Processes | None = None,
    ) -> None:
        self.processes = processes or Processes(learner.policy.device)
        learner.processes = self.processes
        self.run, self.config, self.learner = run, config, learner
        self.policy, self.reference, self.scorer = learner.policy, reference, scorer
        self.starts_at_reference, self.pretraining = starts_at_reference, pretraining
        self.training, self.evaluation = keep_out(prompts, config.evaluation_prompts, config.seed)
        if config.evaluation_prompts and not self.evaluation:
            run.events.warning(
                "nothing_kept_out",
                "no prompt can be kept out of training: one is more than half of the rows; scores "
                "before and after are of training prompts",
            )
        self.minibatches = config.rollouts_per_iteration // config.minibatch_size
        self.updates_per_iteration = self.minibatches * config.inner_epochs
        self.total = config.iterations * self.updates_per_iteration
        self.position = Position(kl_coefficient=config.kl_coefficient)
        self.before: Measured | None = None
        self.best: BestPolicy | None = None
        self.below: PolicyBelow | None = None  # where no best one is kept
        self.watch = AlarmWatch(config)
        self.made_with: MadeWith | None = None
        self.stopped_by: Alarm | None = None
        self.shown_at: int | None = None
        self.reference_words: list[tuple[str, float]] | None = None  # of the followed prompts
        self.finished = False  # training is over: what follows must not be saved
        self.kept: int | None = None  # updates of the policy that is the result; None: the last
        self.plan = DecodingConfig(
            strategy="sample",
            temperature=config.temperature,
            samples_per_prompt=config.completions_per_prompt,
            max_new_tokens=config.max_new_tokens,
        )

    # --- the loop -----------------------------------------------------------------------------

    def train(self) -> str:
        """Run to the end; returns why it ended: 'complete', 'kl_ceiling' or 'alarm'."""
        self.resume()
        if self.before is None:
            self.before = measure(self)
            show_samples(self)
        while True:
            if stopping := tell(self.run.events, look(self)):
                end_by(self, stopping)
                return "alarm"
            if self.position.iteration == self.config.iterations:
                break
            figures = self.collect()
            if figures is None:
                return fall_back(self)
            figures |= self.update_on_rollouts()
            self.position.begin_next()
            self.adapt_kl(figures["kl"])
            self.run.events.metric(self.step, figures)
            found = self.watch.after_iteration(self.step, figures)
            if stopping := tell(self.run.events, found):
                end_by(self, stopping)
                return "alarm"
            if self.position.iteration % self.config.sample_every_iterations == 0:
                show_samples(self)
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

    def leave_if_asked(self) -> None:
        """Save and leave if someone asked the run to stop."""
        if self.processes.any(self.run.stop_requested):
            if not self.finished:
                self.save()
            raise self.run.interrupt(self.run.last_saved or 0)

    # --- collecting ---------------------------------------------------------------------------

    def collect(self) -> dict[str, float] | None:
        """Draw and score the rollouts of this iteration, unless a checkpoint brought them.

        None: the policy's KL is above the ceiling.
        """
        began, speed = time.monotonic(), {}
        if self.position.rollouts is None:
            self.leave_if_asked()
            rollouts = self.new_rollouts()
            self.position.rollouts = rollouts
            tokens = float(rollouts.completion_mask.sum())
            speed["tokens_per_second"] = tokens / (time.monotonic() - began)
            self.position.measured_kl = mean_kl(rollouts)
            if self.position.iteration == 0 and self.starts_at_reference:
                assert_zero_kl(rollouts, self.config.precision)
            if self.position.measured_kl > self.config.kl_ceiling:
                # where this iteration's figures would have stood: the curve goes to what ended it
                at = self.step + self.updates_per_iteration
                self.run.events.metric(at, rollout_figures(rollouts))
                return None
            if self.config.keep != "best":
                self.below = PolicyBelow.of(self)
            if self.scheduled(self.step) or self.step == self.best_step():
                self.save()
        rollouts = self.position.rollouts
        return (
            rollout_figures(rollouts)
            | self.learner.figures(rollouts)
            | {
                "kl_coefficient": self.position.kl_coefficient,
                "iteration": float(self.position.iteration),
                "seconds_rollout": time.monotonic() - began,
            }
            | speed
        )

    def new_rollouts(self) -> Rollouts:
        """Completions of this iteration's prompts, scored and judged."""
        with gathered(*self.learner.networks().values()):
            return self._new_rollouts()

    def _new_rollouts(self) -> Rollouts:
        chosen = [prompt.ids for prompt in self.iteration_prompts()]
        size = self.config.completions_per_prompt
        keys = [f"{self.position.iteration}:{n}" for n in range(len(chosen))]
        completions = self.draw_for(chosen, keys, self.plan, phase="rollout")
        prompts = [ids for ids in chosen for _ in range(size)]
        if self.position.iteration == 0:
            assert_company(self.scorer, prompts, completions)
        scored = self.score(prompts, completions, size, self.config.precision)
        return Rollouts.of(scored, self.learner.judge(scored, self.position.kl_coefficient))

    def iteration_prompts(self) -> list[EncodedPrompt]:
        """Prompts of this iteration: epoch after epoch, each in its own order."""
        count = self.config.rollouts_per_iteration // self.config.completions_per_prompt
        chosen: list[EncodedPrompt] = []
        place = self.position.iteration * count
        while len(chosen) < count:
            epoch, offset = divmod(place, len(self.training))
            order = epoch_order(self.config.seed, epoch, len(self.training))[offset:]
            order = order[: count - len(chosen)]
            chosen += [self.training[n] for n in order]
            place += len(order)
        return chosen

    def draw_for(
        self,
        ids: Sequence[Sequence[int]],
        keys: Sequence[str],
        plan: DecodingConfig,
        phase: str,
    ) -> list[SampledCompletion]:
        """Completions under a plan; leaves between batches if asked to stop.

        Rollouts are drawn in the precision of the updates on them, what is measured in fp32.
        """
        rollout = phase == "rollout"

        def between(done: int) -> None:
            self.run.progress(phase, done, len(ids) // self.processes.world)
            if self.processes.world == 1:  # several have not the same number of batches
                self.leave_if_asked()

        precision = self.config.precision if rollout else "fp32"
        whole = weights_cast_once(self.policy, precision)
        with whole, autocast(precision, self.policy.device):
            return draw_together(
                self.processes,
                self.policy,
                ids,
                plan,
                seed=self.config.seed,
                keys=keys,
                microbatch_tokens=self.config.microbatch_tokens,
                between=between,
                value_head=self.learner.value_head if rollout else None,
            )

    def score(
        self,
        prompts: Sequence[Sequence[int]],
        completions: Sequence[SampledCompletion],
        group: int,
        precision: str = "fp32",
    ) -> Scored:
        """What reference and scorer say."""
        return score_completions(
            prompts,
            completions,
            reference=self.reference,
            scorer=self.scorer,
            config=self.config,
            group=group,
            processes=self.processes,
            precision=precision,
        )

    # --- updating -----------------------------------------------------------------------------

    def update_on_rollouts(self) -> dict[str, float]:
        """The remaining updates of this iteration; mean figures over all of its updates."""
        began = time.monotonic()
        rollouts = self.position.rollouts
        assert rollouts is not None
        while self.position.update < self.updates_per_iteration:
            self.leave_if_asked()
            self.position.count(update_on(self, rollouts, self.minibatch_rows()))
            self.run.progress("train", self.step, self.total)
        return {**self.position.means(), "seconds_update": time.monotonic() - began}

    def minibatch_rows(self) -> list[int]:
        """Rows of the next update: all completions of some prompts of the iteration."""
        size = self.config.completions_per_prompt
        epoch, number = divmod(self.position.update, self.minibatches)
        order = epoch_order(
            self.config.seed,
            self.position.iteration * self.config.inner_epochs + epoch,
            self.config.rollouts_per_iteration // size,
        )
        groups = self.config.minibatch_size // size
        chosen = order[number * groups : (number + 1) * groups]
        return [group * size + k for group in chosen for k in range(size)]

    # --- checkpoints --------------------------------------------------------------------------

    def save(self) -> None:
        """Everything a restart needs, the rollouts in hand included."""
        self.run.save_checkpoint(self.step, *saved_state(self), keep=self.lasting_steps())

    def scheduled(self, step: int) -> bool:
        """Whether an iteration begins after so many updates that is saved: one in each interval.

        A matter of the step alone: an interruption, which saves as well, moves no other checkpoint.
        """
        every, size = self.config.checkpoint_every_steps, self.updates_per_iteration
        return step % size == 0 and step // every > (step - size) // every

    def lasting_steps(self) -> set[int]:
        """Steps whose checkpoints an alarm may go back to, however many interruptions save.

        One that diverges is seen an iteration after it began.
        """
        size = self.updates_per_iteration
        begun = range(self.position.iteration * size, -1, -size)
        best = self.best_step()
        return {*islice(filter(self.scheduled, begun), 2), *([] if best is None else [best])}

    def best_step(self) -> int | None:
        """Where the policy scored best on the held-out prompts: an alarm may go back there."""
        return best_look(self.watch.looks, self.config.kl_ceiling)

    def resume(self) -> None:
        """Continue from the newest sound checkpoint, if there is one."""
        found, self.made_with = checkpoint_to_resume(self.run, self.processes, self.config)
        self.run.started(found.step if found else None)
        if found:
            warn_of_other_threads(self.run, found)
            self.load(found)

    def load(self, found: Checkpoint) -> None:
        """Put a checkpoint's state back."""
        self.position, self.before, self.best = restored(self.learner, found)
        self.below = restored_below(self, found)
        seen = logged(self.run.events.path) if self.processes.is_first else ()
        self.watch.restore(self.processes.tell(list(seen)), self.step)
