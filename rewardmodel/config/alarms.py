"""When a run raises an alarm: the bounds that its figures are held against (`rewardmodel.alarms` and
`rewardmodel.supervised_alarms`)."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from rewardmodel.config.base import setting

GRADIENT_WHY = "norms double and halve all the time; ten times the first for so long is no noise"


class AlarmConfig(BaseModel):
    """Bounds of the figures of an iteration, each against what the run itself began with."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    alarms: Literal["stop", "warn", "off"] = setting(
        "stop",
        "What alarms do. stop: a run that diverges, or whose scores rise while the held-out ones "
        "fall, ends well with the policy of before; the others warn. warn: all only warn. off: none. "
        "The KL ceiling and a loss that is not finite end a run in any case.",
        why="what such a run would go on to learn is not worth its hours",
    )
    alarm_window: int = setting(
        5,
        "So many iterations in a row must be beyond a bound before an alarm is raised; the first so "
        "many are what later ones are compared with.",
        unit="iterations",
        why="one iteration of 64 completions is noise, five in a row are not",
        ge=1,
        le=10_000,
    )
    alarm_held_out_drop: float = setting(
        0.25,
        "How far the mean score on the evaluation prompts may fall below its best, at two looks in a "
        "row, while the scores in training rise.",
        unit="standard deviations of the first held-out scores",
        why="a quarter is more than a mean of 32 prompts with the same random numbers moves by luck",
        gt=0,
        le=100,
    )
    alarm_step_kl: float = setting(
        0.5,
        "How far the updates of one iteration may move the policy, twice in a row.",
        unit="nats per token",
        why="sound runs move by 0.001 to 0.05; others stop an iteration at 0.015 (Spinning Up)",
        gt=0,
        le=1000,
    )
    alarm_loss_ratio: float = setting(
        10.0,
        "How many times its first size the value loss or the loss on texts may reach, twice in a row. "
        "The value loss counts as no less than the variance of the first scores.",
        unit="times",
        why="a value function that knows nothing loses half that variance; ten times it is no learning",
        gt=1,
        le=1e6,
    )
    alarm_stop_rate_drop: float = setting(
        0.3,
        "How far the share of completions that end by themselves may fall.",
        unit="fraction of completions",
        why="answers that grow a little are cut off a little more often; a third more is a habit",
        gt=0,
        le=1,
    )
    alarm_length_ratio: float = setting(
        2.0,
        "How many times longer, or shorter, completions may become.",
        unit="times",
        why="reward models like length; twice as long is seldom twice as good (Stiennon 2020, app. F)",
        gt=1,
        le=1000,
    )
    alarm_spread_share: float = setting(
        0.1,
        "Least spread of the scores, of what it was at first.",
        unit="fraction of the first standard deviation",
        why="where all completions score alike, advantages are noise divided by almost nothing",
        ge=0,
        lt=1,
    )
    alarm_entropy_share: float = setting(
        0.1,
        "Least entropy per token, of what it was at first.",
        unit="fraction of the first entropy",
        why="a policy that is sure of every token no longer explores, and people see one answer",
        ge=0,
        lt=1,
    )
    alarm_explained_variance: float = setting(
        -0.1,
        "Least share of the returns' variance that the values explain, after twice the window (PPO).",
        why="below 0 the mean of all returns foretells better than the values; a tenth is for noise",
        ge=-1000,
        le=1,
    )
    alarm_gradient_ratio: float = setting(
        10.0,
        "How many times its first size the gradient norm may reach.",
        unit="times",
        why=GRADIENT_WHY,
        gt=1,
        le=1e9,
    )


class SupervisedAlarmConfig(BaseModel):
    """Bounds of the figures of an update and of a look at held-out data (sft, reward, dpo)."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    alarms: Literal["stop", "warn", "off"] = setting(
        "stop",
        "What alarms do. stop: a run that diverges ends well with weights of before; the others warn. "
        "warn: all only warn. off: none. A loss or gradient that is not finite ends a run in any case.",
        why="what such a run would go on to learn is not worth its hours",
    )
    alarm_window: int = setting(
        20,
        "So many updates in a row must be beyond a bound before an alarm is raised; the first so many "
        "are what later ones are compared with.",
        unit="updates",
        why="the loss of one update is noise, twenty in a row are not",
        ge=1,
        le=100_000,
    )
    alarm_loss_ratio: float = setting(
        2.0,
        "How many times its first size the training loss may reach.",
        unit="times",
        why="a loss that is twice that of untrained weights is no longer learning",
        gt=1,
        le=1e6,
    )
    alarm_gradient_ratio: float = setting(
        10.0,
        "How many times its first size the gradient norm may reach.",
        unit="times",
        why=GRADIENT_WHY,
        gt=1,
        le=1e9,
    )
    alarm_held_out_rise: float = setting(
        0.05,
        "How far the held-out loss may lie above that of the start, and above its best while the "
        "training loss falls: at two looks in a row, or in the result.",
        unit="fraction of that loss",
        why="a few hundred held-out pairs move by less from look to look",
        gt=0,
        le=100,
    )


class PairAlarmConfig(SupervisedAlarmConfig):
    """Bounds of the stages that learn from comparisons (reward, dpo)."""

    alarm_least_accuracy: float = setting(
        0.52,
        "Least share of the training pairs in the right order, over the last updates of an epoch.",
        unit="fraction of pairs",
        why="a coin has 0.50; people agree with each other in 0.60 to 0.80 of such pairs",
        ge=0,
        le=1,
    )
