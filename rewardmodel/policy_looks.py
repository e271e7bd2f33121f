"""Looks at a policy during and after training: scores on the evaluation prompts, and its words.

The same prompts and the same random numbers every time, so that what differs is the policy.
Nothing here changes a weight.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rewardmodel.policy_keeping import BestPolicy
from rewardmodel.ppo_figures import Measured
from rewardmodel.rollouts import draw
from rewardmodel.sharding import gathered

if TYPE_CHECKING:
    from rewardmodel.policy_gradient import PolicyGradientTrainer


def measure(trainer: PolicyGradientTrainer) -> Measured:
    """The policy on the evaluation prompts, one completion each."""
    prompts = trainer.evaluation or trainer.training[: trainer.config.minibatch_size]
    ids = [prompt.ids for prompt in prompts]
    plan = trainer.plan.model_copy(update={"samples_per_prompt": 1})
    keys = [f"eval:{prompt.row.id}" for prompt in prompts]
    with gathered(trainer.policy):
        completions = trainer.draw_for(ids, keys, plan, phase="evaluate")
        return Measured.of(trainer.score(ids, completions, 1))


def look_for_best(trainer: PolicyGradientTrainer) -> None:
    """Measure the policy where the best one is to be kept, and keep it if it is that.

    Between iterations only, and once for each policy, however often the run was interrupted.
    """
    config, position = trainer.config, trainer.position
    if config.keep != "best" or position.update or position.rollouts is not None:
        return
    due = position.iteration % config.evaluate_every_iterations == 0
    if not (due or position.iteration == config.iterations):
        return
    if trainer.best is not None and trainer.best.looked_at == trainer.step:
        return
    assert trainer.before is not None
    measured = measure(trainer) if position.iteration else trainer.before
    figures = {"evaluation_score": measured.score, "evaluation_kl": measured.kl}
    trainer.run.events.metric(trainer.step, figures)
    trainer.best = BestPolicy.better(trainer.best, measured, trainer.step, trainer)


def show_samples(trainer: PolicyGradientTrainer) -> None:
    """Greedy completions of the same few prompts, for a person to read; once at a step."""
    with gathered(trainer.policy):
        _show_samples(trainer)


def _show_samples(trainer: PolicyGradientTrainer) -> None:
    config = trainer.config
    prompts = (trainer.evaluation or trainer.training)[: config.followed_prompts]
    if not (prompts and trainer.processes.is_first) or trainer.shown_at == trainer.step:
        return
    trainer.shown_at = trainer.step
    ids = [prompt.ids for prompt in prompts]
    plan = trainer.plan.model_copy(update={"strategy": "greedy", "samples_per_prompt": 1})
    completions = draw(
        trainer.policy,
        ids,
        plan,
        seed=config.seed,
        keys=[prompt.row.id for prompt in prompts],
        microbatch_tokens=config.microbatch_tokens,
    )
    scores = trainer.scorer(ids, completions).tolist()
    for prompt, completion, score in zip(prompts, completions, scores, strict=True):
        trainer.run.events.write(
            "sample",
            step=trainer.step,
            prompt=prompt.row.prompt[-1].content,
            completion=trainer.policy.codec.decode_completion(prompt.ids, completion.ids),
            score=score,
        )
