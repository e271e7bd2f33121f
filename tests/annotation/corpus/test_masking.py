"""A system that tells its own name is masked; ordinary sentences about names are left alone."""

import gzip
import json
import time

import pytest

from annotation.corpus.masking import shown, shown_or_none
from tests.shared import shared

ENGLISH = [
    ("I am GPT-4.", "I am [name]."),
    ("Hello! I'm Claude-v2, how can I help?", "Hello! I'm [name], how can I help?"),
    ("I’m ChatGPT and I like tea.", "I’m [name] and I like tea."),
    ("I am the Falcon-v2 model.", "I am the [name] model."),
    (
        "I'm Claude, an AI assistant made by Anthropic.",
        "I'm [name], an AI assistant made by [name].",
    ),
    ("My name is Vicuna.", "My name is [name]."),
    ("You can call me Open Assistant!", "You can call me [name]!"),
    ("I am Gemini, a large language model.", "I am [name], a large language model."),
    (
        "As an AI language model trained by OpenAI, I can't.",
        "As an AI language model trained by [name], I can't.",
    ),
    (
        "I am ChatGPT, a large language model trained by OpenAI.",
        "I am [name], a large language model trained by [name].",
    ),
    (
        "I'm an AI assistant created by Some Startup to help.",
        "I'm an AI assistant created by [name] to help.",
    ),
    ("I was created by Google DeepMind.", "I was created by [name]."),
    ("I am an assistant called Nimbus.", "I am an assistant called [name]."),
    ("As ChatGPT, I have no opinion.", "As [name], I have no opinion."),
    ("I am a chatbot based on LLaMA 2.", "I am a chatbot based on [name]."),
    ("My developer is OpenAI.", "My developer is [name]."),
]
CHINESE = [
    ("我是通义千问。", "我是[名称]。"),
    ("您好，我是 ChatGPT，很高兴为您服务。", "您好，我是 [名称]，很高兴为您服务。"),
    ("我是由百度开发的人工智能助手。", "我是由[名称]开发的人工智能助手。"),
    (
        "我是通义千问，由阿里云开发的AI助手。",
        "我是[名称]，由[名称]开发的AI助手。",
    ),
    ("我是一个由OpenAI训练的大型语言模型。", "我是一个由[名称]训练的大型语言模型。"),
    ("我叫文心一言。", "我叫[名称]。"),
    ("你可以叫我豆包。", "你可以叫我[名称]。"),
    ("我是人工智能助手Open Assistant，请讲。", "我是人工智能助手[名称]，请讲。"),
    ("作为ChatGPT，我没有情感。", "作为[名称]，我没有情感。"),
    (
        "作为一个由清华大学开发的语言模型，我不能回答。",
        "作为一个由[名称]开发的语言模型，我不能回答。",
    ),
    ("我是来自百度的AI助手。", "我是来自[名称]的AI助手。"),
    ("我的开发者是OpenAI。", "我的开发者是[名称]。"),
    ("我是Qwen2.5-72B，有什么可以帮您？", "我是[名称]，有什么可以帮您？"),
]
LEFT_ALONE = [
    "I am Robert.",
    "I am a student.",
    "I am Claude Monet, and I paint water lilies.",
    "Claude Monet was born in Paris.",
    "I'm Kimi, from Finland.",
    "I'm a Gemini, born in June.",
    "I am Belle's brother.",
    "I am at Google, where I work on search.",
    "I am eager to help Amazon grow.",
    "I was raised by Robert and Claude.",
    "I was trained by my mother.",
    "I think ChatGPT was developed by OpenAI.",
    "As an AI language model, I cannot feel.",
    "As Google grew, I grew with it.",
    "As a model for Vogue photographed by Annie Leibovitz, she travelled.",
    "GPT-4 is a language model trained by OpenAI.",
    "I am B2 in English and live near the A-10.",
    "I am Covid-19 negative.",
    "My name is Alice.",
    "我是学生。",
    "我是小明，来自百度公司附近的小区。",
    "我是书生，不是将军。",
    "我是一个人工智能语言模型。",
    "我是ChatGPT的忠实用户。",
    "我是由父母养大的。",
    "我是一个由大众共同协作开发的开源AI助手项目。",
    "作为AI语言模型，我不能提供建议。",
    "作为由Google开发的浏览器，Chrome很快。",
    "百度由李彦宏创建。",
    "ChatGPT由OpenAI开发。",
    "我觉得通义千问不错。",
    "",
]


@pytest.mark.parametrize(("text", "masked"), ENGLISH + CHINESE)
def test_a_system_that_names_itself_is_masked(text: str, masked: str) -> None:
    assert shown(text) == masked
    assert shown(masked) == masked
    assert shown_or_none(text) == masked


@pytest.mark.parametrize("text", LEFT_ALONE)
def test_ordinary_sentences_stay_as_they_are(text: str) -> None:
    assert shown(text) == text
    assert shown_or_none(text) is None


def test_only_the_name_goes_from_a_longer_answer() -> None:
    text = (
        "Sure!\n\n```python\nprint('I am fine')\n```\nI'm GPT-4o, by the way. I am Robert's friend."
    )
    assert shown(text) == text.replace("GPT-4o", "[name]")


@pytest.mark.parametrize(
    "text",
    [
        "I am a " * 30_000,
        "I am an AI " * 20_000,
        "我是" * 100_000,
        "作为由" * 60_000,
        "I am a" + "a" * 200_000,
    ],
    ids=["I am a", "I am an AI", "我是", "作为由", "one long word"],
)
def test_hostile_texts_take_no_longer_than_long_ones(text: str) -> None:
    started = time.process_time()
    shown(text)
    assert time.process_time() - started < 5


def test_few_real_texts_are_masked_and_each_speaks_of_itself() -> None:
    texts = {text for name in ("oasst_zh", "oasst_en", "autoj_pairs") for text in _texts(name)}
    masked = [text for text in texts if shown(text) != text]
    assert 0 < len(masked) < 0.05 * len(texts)
    assert all(
        any(word in text.lower() for word in ("我", "i am", "i'm", "as ")) for text in masked
    )
    sentiments = {text for name in ("e2e_rankme", "wmt12_rnk") for text in _texts(name)}
    assert [text for text in sentiments if shown(text) != text] == []


def _texts(folder: str) -> list[str]:
    found: list[str] = []
    for path in shared(f"data/{folder}").glob("*.jsonl.gz"):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                found += json.loads(line)["completions"]
    return found
