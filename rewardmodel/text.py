"""Between texts and token ids: rendering a prompt, encoding and decoding a completion.

A tokenizer with a chat template renders prompts by it. One without gets the plain form: a single
user message is the text itself (the completion continues it); several messages become
"role: content" paragraphs ending in "assistant:". Sampled ids are never decoded and encoded again
on the way to an update; text made here is for people, files and reward-model training.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from transformers import AutoTokenizer
from transformers.utils import logging as transformers_logging

from rewardmodel.errors import Refused
from rewardmodel.loading import refusing
from rewardmodel.rankings import Message, prompt_to_json
from rewardmodel.rendering import TemplateFailed, render
from rewardmodel.spelt_tokens import SpeltTokens

# Warnings about lengths are ours to give, with counts, and bars belong to the command line.
transformers_logging.set_verbosity_error()
transformers_logging.disable_progress_bar()

CONTEXT_TOKENS = 8  # of a prompt: what a completion's first token may depend on to be spelt
MOST_SPECIAL = 10_000  # each is looked for in every text
CHARACTER_BYTES = 4  # at most, in UTF-8
UNREADABLE = "\ufffd"


class TextCodec:
    """A tokenizer with the conventions above."""

    def __init__(self, tokenizer: Any) -> None:
        if tokenizer.eos_token_id is None:
            raise Refused("model_refused", "the tokenizer has no end-of-text token (eos_token)")
        special = sum(one.special for one in tokenizer.added_tokens_decoder.values())
        if special > MOST_SPECIAL:
            words = f"the tokenizer has {special} special tokens, more than {MOST_SPECIAL}"
            raise Refused("model_refused", words)
        self.tokenizer = tokenizer
        self.end_id: int = tokenizer.eos_token_id
        # What fills the unused places of a batch. Masks are explicit everywhere, so any id will do.
        self.fill_id: int = (
            self.end_id if tokenizer.pad_token_id is None else tokenizer.pad_token_id
        )
        self._adds_prefix = self._plain("\nx")[len(self._plain("\n")) :] != self._plain("x")
        self._spelt = SpeltTokens(tokenizer)

    @property
    def folder(self) -> str:
        """Name of the folder that the tokenizer was read from."""
        return Path(str(self.tokenizer.name_or_path)).name

    def encode_prompt(self, prompt: Sequence[Message], row: str = "") -> list[int]:
        """Token ids of a prompt, ready for a completion to follow. Never empty.

        row: where it stands, for a refusal by the chat template.
        Special tokens spelt out in a message stay plain text, as in completions, so that a turn that
        was drawn reads the same in the prompts after it.
        """
        if self.tokenizer.chat_template:
            hidden, meant = self._spelt.hide(prompt, str(self.tokenizer.chat_template))
            text = self._rendered(hidden, row)
            if not meant:
                return self._ordinary(text)
            return self._spelt.encode(text, meant, self._ordinary, self._plain, self._continuing)
        ids = self._plain(_plain_prompt(prompt))
        first = self.tokenizer.bos_token_id
        if first is not None:
            return [first, *ids]
        return ids or [self.end_id]

    def end_of_prompt(self, ids: list[int], limit: int) -> list[int]:
        """The last `limit` token ids of a prompt that is longer, its begin token kept before them."""
        if len(ids) <= limit:
            return ids
        begins = limit > 1 and ids[0] == self.tokenizer.bos_token_id
        return [ids[0], *ids[1 - limit :]] if begins else ids[-limit:]

    def encode_completion(self, text: str, *, with_end: bool = True) -> list[int]:
        """Token ids of a completion and, by default, the end token.

        Special tokens spelt out in the text stay plain text: a labeler or a policy cannot forge
        an end of turn.
        """
        ids = self._continuing(text)
        return [*ids, self.end_id] if with_end else ids

    def decode_completion(self, prompt_ids: Sequence[int], ids: Sequence[int]) -> str:
        """Text of sampled ids as it continues the prompt, special tokens left out.

        Where a character is one token for each of its bytes, decoders turn a whole run of such tokens into
        replacement characters if one byte of it is wrong: the context begins with a whole character, and
        a last character that is not all there is decoded apart from what stands before it.
        """
        context, before = self._context(prompt_ids)
        for missing in range(min(CHARACTER_BYTES, len(ids))):
            whole = list(ids[: len(ids) - missing])
            both = self._decoded(context + whole)
            text = both[len(before) :] if both.startswith(before) else self._decoded(whole)
            if not missing:
                as_drawn = text
            if not text.endswith(UNREADABLE):
                return text + UNREADABLE if missing else text
        return as_drawn if ids else ""

    def _context(self, prompt_ids: Sequence[int]) -> tuple[list[int], str]:
        """The last tokens of a prompt, from the beginning of a character on, and their text."""
        prompt = list(prompt_ids)
        for more in range(CHARACTER_BYTES):
            context = prompt[-CONTEXT_TOKENS - more :]
            text = self._decoded(context)
            if not text.startswith(UNREADABLE):
                break
        return context, text

    def _decoded(self, ids: Sequence[int]) -> str:
        with _unbroken():
            return str(self.tokenizer.decode(list(ids), skip_special_tokens=True))

    def _rendered(self, prompt: Sequence[Message], row: str) -> str:
        try:
            template = (
                self.tokenizer.get_chat_template()
            )  # raises where none of several is the default
            return render(template, prompt_to_json(prompt), self.tokenizer.special_tokens_map)
        except (ValueError, TemplateFailed) as error:
            words = f"the chat template refuses a prompt: {error}"
            if row:
                words = f"the chat template refuses the prompt of {row}: {error}"
            raise Refused("data_refused", words) from error

    def _ordinary(self, text: str) -> list[int]:
        """Special tokens in the text become tokens."""
        with _unbroken():
            return list(self.tokenizer(text, add_special_tokens=False)["input_ids"])

    def _plain(self, text: str) -> list[int]:
        with _unbroken():
            encoded = self.tokenizer(text, add_special_tokens=False, split_special_tokens=True)
            return list(encoded["input_ids"])

    def _continuing(self, text: str) -> list[int]:
        """As `_plain`, without the space that SentencePiece-style tokenizers put before a text."""
        if not self._adds_prefix:
            return self._plain(text)
        newline = self._plain("\n")
        ids = self._plain("\n" + text)
        return ids[len(newline) :] if ids[: len(newline)] == newline else self._plain(text)


@contextmanager
def _unbroken() -> Iterator[None]:
    """Tokenizers panic, past every `except Exception`, where a pattern of theirs backtracks without end."""
    try:
        yield
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # not to be imported from anywhere
            raise
        raise Refused("model_refused", f"the tokenizer breaks on a text: {error}") from error


def _plain_prompt(prompt: Sequence[Message]) -> str:
    if len(prompt) == 1 and prompt[0].role == "user":
        return prompt[0].content
    turns = [f"{message.role}: {message.content}" for message in prompt]
    return "\n\n".join([*turns, "assistant:"])


def load_codec(directory: Path) -> TextCodec:
    """The tokenizer beside a model's weights; local files only, no code from the directory."""
    with refusing(f"no usable tokenizer in the model folder {directory.name!r}"):
        tokenizer = AutoTokenizer.from_pretrained(
            str(directory), local_files_only=True, trust_remote_code=False
        )
    return TextCodec(tokenizer)


PROBE = "Why is the sky blue?\n天空为什么是蓝的？"
PROBES = (("system", "user", "assistant", "user"), ("user", "assistant", "user"), ("user",))


def require_same_tokens(policy: TextCodec, reward_model: TextCodec) -> None:
    """The reward model must read the policy's ids as the policy meant them. Raises Refused.

    One vocabulary, and one way of writing prompts: it learnt from prompts as its own template and
    begin token write them.
    """
    ours, theirs = policy.tokenizer.get_vocab(), reward_model.tokenizer.get_vocab()
    differing = [token for token, index in ours.items() if theirs.get(token) != index]
    if differing or policy.end_id != reward_model.end_id:
        raise Refused(
            "model_refused",
            "policy and reward model must share one tokenizer: "
            f"{len(differing)} of {len(ours)} tokens differ, "
            f"end tokens {policy.end_id} and {reward_model.end_id}",
        )
    if any(_written(policy, roles) != _written(reward_model, roles) for roles in PROBES):
        raise Refused(
            "model_refused",
            f"model folders {policy.folder!r} and {reward_model.folder!r} must write a conversation "
            "with the same tokens: their chat templates or begin tokens differ",
        )


def _written(codec: TextCodec, roles: Sequence[str]) -> list[int] | None:
    """A conversation of these roles as token ids; None where the template allows none such."""
    try:
        return codec.encode_prompt([Message(role, PROBE) for role in roles])
    except Refused:
        return None
