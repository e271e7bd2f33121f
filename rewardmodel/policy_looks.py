"""Looks at a policy during and after training: scores on the evaluation prompts, and its words.

The same prompts and the same random numbers every time, so that what differs is the policy.
Nothing here changes a weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rewardmodel.alarms import Alarm
from rewardmodel.models import Policy
from rewardmodel.policy_keeping import BestPolicy
from rewardmodel.ppo_figures import Measured
from rewardmodel.rollouts import draw
from rewardmodel.sample import EncodedPrompt
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


def look(trainer: PolicyGradientTrainer) -> list[Alarm]:
    """Measure the policy on the held-out prompts where that is due; keep it if it is the best.

    Between iterations only, and once for each policy, however often the run was interrupted. Where
    the last policy is the result, it is measured by whoever concludes the run.
    """
    config, position = trainer.config, trainer.position
    if position.update or position.rollouts is not None or not trainer.evaluation:
        return []
    at_the_end = position.iteration == config.iterations
    due = position.iteration % config.evaluate_every_iterations == 0
    if not (due or at_the_end) or (at_the_end and config.keep != "best"):
        return []
    if trainer.best is not None and trainer.best.looked_at == trainer.step:
        return []
    if config.keep != "best" and trainer.watch.looked_at(trainer.step):
        return []
    assert trainer.before is not None
    measured = measure(trainer) if position.iteration else trainer.before
    figures = measured.figures()
    trainer.run.events.metric(trainer.step, figures)
    if config.keep == "best":
        trainer.best = BestPolicy.better(trainer.best, measured, trainer.step, trainer)
    return trainer.watch.after_look(trainer.step, figures)


def show_samples(trainer: PolicyGradientTrainer) -> None:
    """Greedy completions of the same few prompts, for a person to read; once at a step."""
    with gathered(trainer.policy):
        _show_samples(trainer)


def _show_samples(trainer: PolicyGradientTrainer) -> None:
    prompts = (trainer.evaluation or trainer.training)[: trainer.config.followed_prompts]
    if not (prompts and trainer.processes.is_first) or trainer.shown_at == trainer.step:
        return
    trainer.shown_at = trainer.step
    if trainer.reference_words is None:
        with trainer.reference.speaking() as reference:
            trainer.reference_words = _words(trainer, reference, prompts)
    now = _words(trainer, trainer.policy, prompts)
    for prompt, before, after in zip(prompts, trainer.reference_words, now, strict=True):
        trainer.run.events.write(
            "sample",
            step=trainer.step,
            prompt_id=prompt.row.id,
            prompt=prompt.row.prompt[-1].content,
            before=before[0],
            completion=after[0],
            reference_score=before[1],
            score=after[1],
        )


def _words(
    trainer: PolicyGradientTrainer, policy: Policy, prompts: Sequence[EncodedPrompt]
) -> list[tuple[str, float]]:
    """What a policy says to each prompt when it always takes the likeliest token, and its score."""
    config = trainer.config
    ids = [prompt.ids for prompt in prompts]
    completions = draw(
        policy,
        ids,
        trainer.plan.model_copy(update={"strategy": "greedy", "samples_per_prompt": 1}),
        seed=config.seed,
        keys=[prompt.row.id for prompt in prompts],
        microbatch_tokens=config.microbatch_tokens,
    )
    scores = trainer.scorer(ids, completions).tolist()
    codec = trainer.policy.codec
    return [
        (codec.decode_completion(prompt.ids, completion.ids), score)
        for prompt, completion, score in zip(prompts, completions, scores, strict=True)
    ]
