"""PPO-ptx: next-token loss on texts beside the policy update (InstructGPT section 3.5).

Its gradient is added to that of the update before the optimiser's step. Texts come from a texts
file, or demonstrations from a snapshot, where only the completion is learnt.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from rewardmodel.batches import split_by_tokens
from rewardmodel.config import PolicyGradientConfig
from rewardmodel.errors import Refused
from rewardmodel.events import EventLog
from rewardmodel.left_out import counted, left_out
from rewardmodel.models import Policy
from rewardmodel.pretrain import read_documents
from rewardmodel.processes import Processes
from rewardmodel.rankings import Message, read_snapshot
from rewardmodel.sft import Row, summed_loss
from rewardmodel.sharding import idle_pass, run_pass
from rewardmodel.training import autocast, epoch_order

PART = "pretraining texts"
Named = tuple[str, Row]


class PretrainingMix:
    """Rows of text and the weight of their loss. Which rows an update sees depends on its number."""

    def __init__(
        self,
        rows: Sequence[Row],
        config: PolicyGradientConfig,
        left_out: Sequence[dict[str, Any]] = (),
    ) -> None:
        self.rows, self.config = list(rows), config
        self.left_out = list(left_out)  # texts that are not mixed in, or not whole

    def backward(self, policy: Policy, step: int, processes: Processes) -> float:
        """Add the gradients for update `step`, of this process's share of the rows.

        Returns its share of the mean loss per token, before its weight.
        """
        rows = self.rows_of(step)
        tokens = sum(len(completion) for _, completion in rows)
        chosen = processes.share(rows)
        total = 0.0
        lengths = [len(prompt) + len(ids) for prompt, ids in chosen]
        parts = list(split_by_tokens(lengths, self.config.microbatch_tokens))
        for part in processes.in_step(parts):
            if part is None:
                idle_pass(policy)
                continue
            with autocast(self.config.precision, policy.device):
                loss = run_pass(policy, partial(summed_loss, policy, [chosen[n] for n in part]))
            (loss * (self.config.pretraining_coefficient / tokens)).backward()
            total += loss.item()
        return total / tokens

    def rows_of(self, step: int) -> list[Row]:
        """The rows of an update: epoch after epoch, each in its own order."""
        found: list[Row] = []
        place = step * self.config.pretraining_batch_size
        while len(found) < self.config.pretraining_batch_size:
            epoch, offset = divmod(place, len(self.rows))
            # Negative epochs: the orders of the prompts are taken from the others.
            order = epoch_order(self.config.seed, -2 - epoch, len(self.rows))[offset:]
            order = order[: self.config.pretraining_batch_size - len(found)]
            found += [self.rows[n] for n in order]
            place += len(order)
        return found


def open_pretraining_mix(
    path: Path | None, config: PolicyGradientConfig, policy: Policy, events: EventLog
) -> PretrainingMix | None:
    """What is mixed in, if anything. Raises Refused where texts and weight do not go together."""
    if path is None:
        if config.pretraining_coefficient:
            raise Refused(
                "config_refused",
                "pretraining_coefficient: needs inputs.pretraining, texts or "
                "a snapshot with demonstrations",
            )
        return None
    if not config.pretraining_coefficient:
        raise Refused(
            "config_refused", "inputs.pretraining: has no effect with pretraining_coefficient 0"
        )
    unused: list[dict[str, Any]] = []
    limit = min(config.max_prompt_tokens + config.max_new_tokens, policy.context_tokens or 10**9)
    given = _demonstrations(path, policy) if path.is_dir() else _texts(path, policy, limit, unused)
    rows = _fitting(policy, given, limit, unused)
    if unused:
        words = f"not every row of {PART} is used whole: {counted(unused)} ({limit} tokens fit)"
        events.warning("data_left_out", words)
    if not rows:
        raise Refused("data_refused", f"inputs.pretraining: no text in {path.name}")
    return PretrainingMix(rows, config, unused)


def _texts(path: Path, policy: Policy, limit: int, unused: list[dict[str, Any]]) -> list[Named]:
    """Texts after the begin token (or the end token of the text before); dialogues' last turn.

    A text of more than `limit` tokens is several rows.

    Named by their place in the file. Dialogues without such a turn are added to `unused`.
    """
    codec = policy.codec
    first = codec.tokenizer.bos_token_id
    begin = [codec.end_id if first is None else first]
    rows: list[Named] = []
    for number, document in enumerate(read_documents(path), start=1):
        name = f"text {number}"
        if isinstance(document, str):
            blocks = _blocks(begin, codec.encode_completion(document), limit)
            rows += [(name, block) for block in blocks]
            continue
        prompt, last = document[:-1], document[-1]
        if prompt and last.role == "assistant":
            rows.append((name, _row(policy, name, prompt, last.content)))
        else:
            why = "it does not end in an answer of the assistant"
            unused.append(left_out(PART, name, "dialogues left out", why))
    return rows


def _blocks(begin: list[int], ids: list[int], limit: int) -> Iterator[Row]:
    """A text in rows of at most `limit` tokens; each goes on after the last token of the one before."""
    room = limit - len(begin)
    for start in range(0, len(ids), room):
        yield ids[start - 1 : start] if start else begin, ids[start : start + room]


def _demonstrations(folder: Path, policy: Policy) -> list[Named]:
    return [
        (one.id, _row(policy, f"row {one.id!r}", one.prompt, one.completion))
        for one in read_snapshot(folder).demonstrations
        if one.split == "train"
    ]


def _fitting(
    policy: Policy, given: Sequence[Named], limit: int, unused: list[dict[str, Any]]
) -> list[Row]:
    """Rows of at most so many tokens; adds those it cuts or leaves out to `unused`."""
    rows = []
    for name, row in given:
        kept = _cut(policy, row, limit)
        if kept[1]:
            rows.append(kept)
        if kept != row:
            why = f"{len(row[0]) + len(row[1])} tokens, {limit} fit"
            what = "texts cut" if kept[1] else "texts left out"
            unused.append(left_out(PART, name, what, why, in_part=bool(kept[1])))
    return rows


def _row(policy: Policy, name: str, prompt: Sequence[Message], completion: str) -> Row:
    return policy.codec.encode_prompt(prompt, name), policy.codec.encode_completion(completion)


def _cut(policy: Policy, row: Row, limit: int) -> Row:
    prompt = policy.codec.end_of_prompt(row[0], limit)
    return prompt, row[1][: max(0, limit - len(prompt))]
