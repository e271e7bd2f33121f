"""Looks at a policy during and after training: scores on the evaluation prompts, and its words.

The same prompts and the same random numbers every time, so that what differs is the policy.
Nothing here changes a weight.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rewardmodel.advantages import disagreement
from rewardmodel.alarms import Alarm, AlarmEnd
from rewardmodel.decoding import SampledCompletion
from rewardmodel.models import Policy
from rewardmodel.policy_keeping import BestPolicy
from rewardmodel.ppo_figures import Measured
from rewardmodel.rollouts import draw
from rewardmodel.sample import EncodedPrompt
from rewardmodel.scoring import ask_scorer, combined, kl_of_completions
from rewardmodel.sharding import gathered

if TYPE_CHECKING:
    from rewardmodel.policy_gradient import PolicyGradientTrainer


def measured_on(trainer: PolicyGradientTrainer) -> list[EncodedPrompt]:
    """The evaluation prompts; where none is kept out, some of training."""
    return trainer.evaluation or trainer.training[: trainer.config.minibatch_size]


def measure(trainer: PolicyGradientTrainer) -> Measured:
    """The policy on the evaluation prompts, one completion each."""
    prompts = measured_on(trainer)
    ids = [prompt.ids for prompt in prompts]
    plan = trainer.plan.model_copy(update={"samples_per_prompt": 1})
    keys = [f"eval:{prompt.row.id}" for prompt in prompts]
    with gathered(trainer.policy):
        completions = trainer.draw_for(ids, keys, plan, phase="evaluate")
        return Measured.of(trainer.score(ids, completions, 1))


def look(trainer: PolicyGradientTrainer) -> list[Alarm | AlarmEnd]:
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
    ids = [prompt.ids for prompt in prompts]
    if trainer.reference_words is None:
        with trainer.reference.speaking() as reference:
            first = _greedy(trainer, reference, prompts)
        scores = trainer.scorer(ids, first).tolist()
        trainer.reference_words = list(zip(_texts(trainer, ids, first), scores, strict=True))
    now = _greedy(trainer, trainer.policy, prompts)
    members = ask_scorer(ids, now, trainer.scorer, 1)
    rows = zip(
        prompts,
        trainer.reference_words,
        _texts(trainer, ids, now),
        combined(trainer.scorer, members).tolist(),
        kl_of_completions(trainer.policy, trainer.reference, ids, now, trainer.config),
        disagreement(members).tolist(),
        strict=True,
    )
    for prompt, before, text, score, kl, dispute in rows:
        trainer.run.events.write(
            "sample",
            step=trainer.step,
            prompt_id=prompt.row.id,
            prompt=prompt.row.prompt[-1].content,
            before=before[0],
            completion=text,
            reference_score=before[1],
            score=score,
            kl=kl,
            disagreement=dispute if len(members) > 1 else None,
        )


def _greedy(
    trainer: PolicyGradientTrainer, policy: Policy, prompts: Sequence[EncodedPrompt]
) -> list[SampledCompletion]:
    """What a policy says to each prompt when it always takes the likeliest token."""
    config = trainer.config
    return draw(
        policy,
        [prompt.ids for prompt in prompts],
        trainer.plan.model_copy(update={"strategy": "greedy", "samples_per_prompt": 1}),
        seed=config.seed,
        keys=[prompt.row.id for prompt in prompts],
        microbatch_tokens=config.microbatch_tokens,
    )


def _texts(
    trainer: PolicyGradientTrainer,
    prompts: Sequence[Sequence[int]],
    completions: Sequence[SampledCompletion],
) -> list[str]:
    decode = trainer.policy.codec.decode_completion
    return [decode(ids, one.ids) for ids, one in zip(prompts, completions, strict=True)]
