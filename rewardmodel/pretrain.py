"""A small policy from nothing: a byte-level BPE tokenizer and a tiny Llama, learnt from texts.

For demonstrations and tests, where no pretrained policy is at hand. Texts are joined end to end
and cut into blocks, so a block may hold the end of one text and the start of another.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from torch import Tensor
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from rewardmodel.config import PretrainConfig
from rewardmodel.errors import Refused
from rewardmodel.losses import next_token_loss
from rewardmodel.models import PAD_TOKEN, Policy
from rewardmodel.rankings import InvalidRow, Message, parse_prompt, read_jsonl
from rewardmodel.rundir import Run
from rewardmodel.text import TextCodec
from rewardmodel.training import (
    UpdateLoop,
    epoch_order,
    stable_seed,
    start_device,
    weight_count,
)

BEGIN_TOKEN, END_TOKEN = "<|begin|>", "<|end|>"
ROLE_TOKENS = ("<|system|>", "<|user|>", "<|assistant|>")
CHAT_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}"
    "{{ '<|' + message['role'] + '|>' + message['content'] + eos_token }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)
HELD_OUT_SHARE = 0.05
HELD_OUT_BLOCKS = 64

Document = str | tuple[Message, ...]


def read_documents(path: Path) -> list[Document]:
    """Texts and dialogues of a texts file. Raises Refused naming the line."""
    documents: list[Document] = []
    for number, row in read_jsonl(path):
        try:
            if isinstance(row.get("text"), str):
                documents.append(row["text"])
            elif "messages" in row:
                documents.append(parse_prompt(row["messages"], "messages"))
            else:
                raise InvalidRow("needs a field text or messages")
        except InvalidRow as error:
            raise Refused("data_refused", f"{path.name}, line {number}: {error}") from error
    if not documents:
        raise Refused("data_refused", f"{path.name}: there are no texts in it")
    return documents


def train_tokenizer(documents: list[Document], config: PretrainConfig) -> TextCodec:
    """A byte-level BPE tokenizer with a chat template; any text round-trips."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            # Without this a Chinese sentence is one word, and BPE learns whole sentences.
            pre_tokenizers.Split("\n", behavior="isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=config.vocabulary_size,
        min_frequency=2,
        max_token_length=16,
        special_tokens=[PAD_TOKEN, BEGIN_TOKEN, END_TOKEN, *ROLE_TOKENS],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    texts = (
        text
        for document in documents
        for text in ([document] if isinstance(document, str) else [m.content for m in document])
    )
    tokenizer.train_from_iterator(texts, trainer)
    fast = PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        pad_token=PAD_TOKEN,
        bos_token=BEGIN_TOKEN,
        eos_token=END_TOKEN,
        additional_special_tokens=list(ROLE_TOKENS),
        model_max_length=config.context_tokens,
        clean_up_tokenization_spaces=False,
    )
    fast.chat_template = CHAT_TEMPLATE
    return TextCodec(fast)


def document_ids(codec: TextCodec, document: Document) -> list[int]:
    """Token ids of a document as the policy will meet it: begin, content, end."""
    if isinstance(document, str):
        begin = codec.tokenizer.bos_token_id
        return [begin, *codec.encode_completion(document)]
    ids = [codec.tokenizer.bos_token_id]
    for message in document:
        # as the chat template has it; a tool's turn has no token of its own
        role = codec.tokenizer(f"<|{message.role}|>", add_special_tokens=False)["input_ids"]
        ids += [*role, *codec.encode_completion(message.content)]
    return ids


def new_language_model(codec: TextCodec, config: PretrainConfig) -> LlamaForCausalLM:
    """A Llama of the given size with weights drawn from the run's seed."""
    torch.manual_seed(stable_seed("weights", config.seed))
    language_model = LlamaForCausalLM(
        LlamaConfig(
            vocab_size=len(codec.tokenizer),
            hidden_size=config.hidden_size,
            # 8/3 of the width in multiples of 16: the weights of a 4x plain network
            intermediate_size=math.ceil(config.hidden_size * 8 / 3 / 16) * 16,
            num_hidden_layers=config.layers,
            num_attention_heads=config.heads,
            num_key_value_heads=config.heads,
            max_position_embeddings=config.context_tokens,
            tie_word_embeddings=True,
            # transformers' 0.02 suits widths in the thousands; narrow layers would begin almost mute
            initializer_range=config.hidden_size**-0.5,
            pad_token_id=codec.tokenizer.pad_token_id,
            bos_token_id=codec.tokenizer.bos_token_id,
            eos_token_id=codec.end_id,
        )
    )
    language_model.eval()
    return language_model


def make_blocks(codec: TextCodec, documents: list[Document], config: PretrainConfig) -> Tensor:
    """(N, block_tokens + 1) token ids: documents in a shuffled order, joined and cut."""
    order = epoch_order(config.seed, -1, len(documents))
    stream = [index for number in order for index in document_ids(codec, documents[number])]
    width = config.block_tokens + 1
    if len(stream) < 2 * width:
        raise Refused(
            "data_refused",
            f"the texts are {len(stream)} tokens; at least {2 * width} are needed (two blocks)",
        )
    count = len(stream) // width
    return torch.tensor(stream[: count * width]).view(count, width)


def _mean_loss(policy: Policy, blocks: Tensor) -> Tensor:
    """Mean next-token loss of blocks (B, T+1)."""
    ids = blocks.to(policy.device)
    inputs, targets = ids[:, :-1], ids[:, 1:]
    logits = policy.language_model(input_ids=inputs, use_cache=False).logits.float()
    return next_token_loss(logits, targets, torch.ones_like(targets, dtype=torch.bool)) / (
        targets.numel()
    )


def run_pretrain(run: Run, config: PretrainConfig) -> dict[str, Any]:
    """The pretrain stage: texts in, policy out."""
    run.refuse_unknown_inputs(("texts",))
    documents = read_documents(run.input("texts"))
    device = start_device(config)
    codec = train_tokenizer(documents, config)
    blocks = make_blocks(codec, documents, config)
    held_out_count = max(1, min(HELD_OUT_BLOCKS, int(len(blocks) * HELD_OUT_SHARE)))
    held_out, training = blocks[:held_out_count], blocks[held_out_count:]
    policy = Policy(new_language_model(codec, config), codec).to(device)

    loop = UpdateLoop(run, config, policy, config.steps, config.learning_rate)

    def backward(step: int) -> dict[str, float]:
        chosen = _block_numbers(config, step, len(training))
        loss = _mean_loss(policy, training[chosen])
        loss.backward()
        return {"loss": loss.item()}

    loop.execute(backward)
    with torch.no_grad():
        held_out_loss = float(_mean_loss(policy, held_out))
    run.publish_model(policy.save)
    return {
        "weights": weight_count(policy),
        "vocabulary": len(codec.tokenizer),
        "documents": len(documents),
        "training_tokens": training.numel(),
        "held_out_loss": held_out_loss,
        "held_out_perplexity": math.exp(min(held_out_loss, 50)),
        "sample": _first_words(policy, config),
    }


def _block_numbers(config: PretrainConfig, step: int, count: int) -> Tensor:
    """Which blocks update `step` sees: epoch after epoch, each in its own order."""
    numbers: list[int] = []
    position = step * config.batch_size
    while len(numbers) < config.batch_size:
        epoch, offset = divmod(position, count)
        taken = epoch_order(config.seed, epoch, count)[offset:][: config.batch_size - len(numbers)]
        numbers += taken
        position += len(taken)
    return torch.tensor(numbers)


def _first_words(policy: Policy, config: PretrainConfig) -> str:
    """The likeliest continuation of an empty text: a glance at what was learnt."""
    start = [policy.codec.tokenizer.bos_token_id]
    new = policy.generate(start, max_new_tokens=min(48, config.context_tokens - 1))[0]
    return policy.codec.decode_completion(start, new)
