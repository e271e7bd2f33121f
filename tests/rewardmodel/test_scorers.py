"""Where scores come from: ensembles, functions and services, and what they are refused for."""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch

from rewardmodel.config import PpoConfig, RewardConfig, RlooConfig
from rewardmodel.configfile import read_config
from rewardmodel.decoding import SampledCompletion
from rewardmodel.errors import EXIT_REFUSED, Refused, RunError
from rewardmodel.groups import prompt_key
from rewardmodel.models import load_policy, new_reward_model
from rewardmodel.ppo import run_ppo
from rewardmodel.reward import run_reward
from rewardmodel.reward_sources import (
    ALLOWED_URLS,
    TRAINING_PROMPTS,
    prompt_digest,
    refuse_address,
    reward_model_scorer,
)
from rewardmodel.rloo import run_rloo
from rewardmodel.rundir import Run
from rewardmodel.sample import EncodedPrompt, PromptRow
from rewardmodel.scorers import EnsembleScorer, RewardModelScorer
from rewardmodel.text_scorers import HttpScorer, RewardGroup, TextScorer, load_function
from tests.rewardmodel.conftest import CPU, ask, events_of, open_run, write_run

QUICK: dict[str, Any] = {
    "iterations": 1,
    "rollouts_per_iteration": 8,
    "minibatch_size": 8,
    "inner_epochs": 1,
    "max_new_tokens": 4,
    "evaluation_prompts": 2,
    "followed_prompts": 0,
}
COMPLETIONS = [
    SampledCompletion([9, 1], [0.0, 0.0], "stop"),
    SampledCompletion([7], [0.0], "length"),
]

Answer = Callable[[dict[str, Any]], tuple[int, bytes]]


def by_length(body: dict[str, Any]) -> tuple[int, bytes]:
    """Scores each completion by its number of characters."""
    scores = [[len(one["text"]) for one in group["completions"]] for group in body["groups"]]
    return 200, json.dumps({"scores": scores}).encode()


class Service:
    """An HTTP scorer in a thread. `answers` are used up one by one, the last one for ever."""

    def __init__(self) -> None:
        self.answers: list[Answer] = [by_length]
        self.requests: list[dict[str, Any]] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                service.requests.append(body)
                left = service.answers
                status, content = (left.pop(0) if len(left) > 1 else left[0])(body)
                self.send_response(status)
                if status == 302:
                    self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            def log_message(self, *arguments: Any) -> None:
                """Quiet."""

        class Server(ThreadingHTTPServer):
            def handle_error(self, request: Any, client_address: Any) -> None:
                """Quiet: a client that gave up hangs up."""

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/score"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def service() -> Iterator[Service]:
    made = Service()
    yield made
    made.server.shutdown()
    made.server.server_close()


def groups() -> list[RewardGroup]:
    return [
        RewardGroup(ask("one"), "one", ("a", "bbb"), ("stop", "length")),
        RewardGroup(ask("two"), "two", ("cc",), ("stop",)),
    ]


def text_scorer(policy_folder: Path, ask_for_scores: Any) -> TextScorer:
    codec = load_policy(policy_folder, CPU).codec
    prompts = [EncodedPrompt(PromptRow("p", ask("one"), None), [5])]
    return TextScorer(ask_for_scores, "function tests:it", prompts, codec)


# --- ensembles ----------------------------------------------------------------------------------


def test_several_reward_models_score_as_one(policy_folder: Path, tmp_path: Path) -> None:
    folders = [tmp_path / str(seed) for seed in (1, 2, 3)]
    alone = []
    for seed, folder in enumerate(folders, start=1):
        made = new_reward_model(policy_folder, CPU, seed=seed)
        made.save(folder)
        alone.append(RewardModelScorer(made, 1000)([[5], [6]], COMPLETIONS))
    policy = load_policy(policy_folder, CPU)
    members = torch.stack(alone)
    for rule, expected in (("mean", members.mean(dim=0)), ("min", members.min(dim=0).values)):
        config = PpoConfig.model_validate({"ensemble_score": rule})
        scorer = reward_model_scorer(folders, config, policy, CPU)
        assert isinstance(scorer, EnsembleScorer)
        assert scorer([[5], [6]], COMPLETIONS).tolist() == pytest.approx(expected.tolist())
        assert scorer.company_difference([[5], [6]], COMPLETIONS) < 1e-4
    assert isinstance(reward_model_scorer(folders[:1], PpoConfig(), policy, CPU), RewardModelScorer)


def test_completions_of_one_prompt_score_as_if_they_were_alone(policy_folder: Path) -> None:
    reward_model = new_reward_model(policy_folder, CPU, seed=1)
    scorer = RewardModelScorer(reward_model, 1000)
    long = list(range(10, 50))
    prompts = [long, long, long, [5], [5], long]
    drawn = [SampledCompletion([n, n + 1, 1][: 1 + n % 3], [], "stop") for n in range(20, 26)]
    alone = [float(scorer([prompt], [one])[0]) for prompt, one in zip(prompts, drawn, strict=True)]
    assert scorer(prompts, drawn).tolist() == pytest.approx(alone, abs=1e-5)
    assert len(set(alone)) == 6


def test_a_run_with_several_reward_models_logs_their_disagreement(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    inputs: dict[str, Any] = {"policy": str(policy_folder), "prompts": str(prompts)}
    inputs["reward_models"] = []
    for seed in (1, 2):
        new_reward_model(policy_folder, CPU, seed=seed).save(tmp_path / str(seed))
        inputs["reward_models"].append(f"../{seed}")
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "config.json").write_text(
        json.dumps({"stage": "ppo", "inputs": inputs, "config": {"device": "cpu", **QUICK}})
    )
    run_ppo(open_run(folder, "ppo"), PpoConfig(device="cpu", **QUICK))
    assert events_of(folder, "metric")[0]["values"]["score_disagreement"] > 0


# --- functions ----------------------------------------------------------------------------------


def test_a_function_sees_whole_groups_as_text(policy_folder: Path) -> None:
    seen: list[RewardGroup] = []

    def judge(given: Sequence[RewardGroup]) -> list[list[float]]:
        seen.extend(given)
        return [[1.0, 2.0]]

    scorer = text_scorer(policy_folder, judge)
    assert scorer([[5], [5]], COMPLETIONS).tolist() == [1.0, 2.0]
    [group] = seen
    assert (group.messages, group.text) == (ask("one"), "one")
    assert group.finish_reasons == ("stop", "length")
    codec = scorer.codec
    assert group.completions == tuple(codec.decode_completion([5], c.ids) for c in COMPLETIONS)


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (None, "a list of numbers for each group, not None"),
        ([["high", "low"]], "a list of numbers for each group"),
        ([[1.0]], r"one score for each completion: 1 groups with \[2\] completions, not 1 with"),
        ([[1.0, 2.0], [3.0]], "not 2 with"),
        ([[1.0, float("nan")]], "finite numbers, not nan"),
        ([[1.0, float("inf")]], "finite numbers, not inf"),
    ],
)
def test_a_bad_answer_is_refused_in_words(policy_folder: Path, answer: Any, words: str) -> None:
    with pytest.raises(Refused, match=words) as caught:
        text_scorer(policy_folder, lambda given: answer)([[5], [5]], COMPLETIONS)
    assert caught.value.code == "scorer_refused"
    assert "function tests:it must answer" in caught.value.message


def test_a_function_is_found_by_module_and_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "my_rewards_for_a_test.py").write_text("def judge(groups): return [[4.0]]\nn = 3\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    assert load_function("my_rewards_for_a_test:judge")([]) == [[4.0]]
    for name, words in (
        ("judge", "must be module:function"),
        ("no_such_module_here:judge", "No module named"),
        ("my_rewards_for_a_test:jugde", "has no attribute 'jugde'"),
        ("my_rewards_for_a_test:n", "is no function"),
    ):
        with pytest.raises(Refused, match=words):
            load_function(name)
    sys.modules.pop("my_rewards_for_a_test", None)


def test_a_run_learns_from_a_function(
    policy_folder: Path, prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "short_answers_for_a_test.py").write_text(
        "def judge(groups):\n    return [[-len(c) for c in g.completions] for g in groups]\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))
    inputs: dict[str, Any] = {
        "policy": policy_folder,
        "prompts": prompts,
        "reward_function": "short_answers_for_a_test:judge",
    }
    folder = write_run(tmp_path / "run", "rloo", inputs, **QUICK)
    report = run_rloo(open_run(folder, "rloo"), RlooConfig(device="cpu", **QUICK))
    assert report["evaluation"]["score_before"]["value"] < 0
    assert (folder / "model" / "model.safetensors").is_file()


def test_under_a_supervisor_no_function_is_run(
    policy_folder: Path, prompts: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = tmp_path / "it_ran"
    (tmp_path / "hostile_for_a_test.py").write_text(f"open({str(marker)!r}, 'w')\njudge = print\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    inputs: dict[str, Any] = {
        "policy": policy_folder,
        "prompts": prompts,
        "reward_function": "hostile_for_a_test:judge",
    }
    folder = write_run(tmp_path / "run", "ppo", inputs)
    _, found = read_config(folder, "ppo")
    with pytest.raises(Refused, match="must not choose code to run") as caught:
        run_ppo(Run(folder, "ppo", found, supervised=True), PpoConfig(device="cpu"))
    assert caught.value.exit_code == EXIT_REFUSED
    assert not marker.exists()


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ((), "needs exactly one of .* found none"),
        (("reward_model", "reward_url"), "found reward_model and reward_url"),
    ],
)
def test_exactly_one_source_is_named(
    given: tuple[str, ...], words: str, policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    sources = {"reward_model": policy_folder, "reward_url": "http://127.0.0.1:1/"}
    inputs: dict[str, Any] = {"policy": policy_folder, "prompts": prompts}
    inputs |= {name: sources[name] for name in given}
    folder = write_run(tmp_path / "run", "ppo", inputs)
    with pytest.raises(Refused, match=words):
        run_ppo(open_run(folder, "ppo"), PpoConfig(device="cpu"))


@pytest.mark.parametrize(
    ("inputs", "words"),
    [
        ({"reward_models": "a"}, "inputs.reward_models: must be a list of paths"),
        ({"reward_models": []}, "inputs.reward_models: must be a list of paths"),
        ({"policy": ["a"]}, "inputs.policy: must be a path"),
    ],
)
def test_inputs_of_the_wrong_shape_are_refused(
    inputs: dict[str, Any], words: str, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"stage": "ppo", "inputs": inputs}))
    with pytest.raises(Refused, match=words):
        read_config(tmp_path, "ppo")


# --- services -----------------------------------------------------------------------------------


def test_a_service_is_asked_in_json(service: Service) -> None:
    assert HttpScorer(service.url, 5, 0)(groups()) == [[1, 3], [2]]
    [request] = service.requests
    assert request["groups"][0] == {
        "messages": [{"role": "user", "content": "one"}],
        "text": "one",
        "completions": [
            {"text": "a", "finish_reason": "stop"},
            {"text": "bbb", "finish_reason": "length"},
        ],
    }


def test_a_service_that_stumbles_is_asked_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("rewardmodel.text_scorers.time.sleep", pauses.append)
    service.answers = [lambda body: (503, b""), lambda body: (429, b""), by_length]
    assert HttpScorer(service.url, 5, 2)(groups()) == [[1, 3], [2]]
    assert pauses == [0.5, 1.0]
    service.answers = [lambda body: (500, b"")]
    with pytest.raises(RunError, match="did not answer in 2 tries: 500") as caught:
        HttpScorer(service.url, 5, 1)(groups())
    # A crash, so that a supervisor tries again later; not a refusal.
    assert caught.value.exit_code == 1


def test_a_slow_or_absent_service_is_given_up(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    held = threading.Event()

    def late(body: dict[str, Any]) -> tuple[int, bytes]:
        held.wait(5)
        return by_length(body)

    service.answers = [late]
    monkeypatch.setattr("rewardmodel.text_scorers.time.sleep", lambda seconds: None)
    with pytest.raises(RunError, match="did not answer in 2 tries: timed out"):
        HttpScorer(service.url, 0.1, 1)(groups())
    held.set()
    with pytest.raises(RunError, match="Connection refused"):
        HttpScorer("http://127.0.0.1:1/", 1, 0)(groups())


@pytest.mark.parametrize(
    ("status", "content", "words"),
    [
        (400, b"no", "refused: 400"),
        (302, b"", "refused: 302"),
        (200, b"<html>", r'must answer with \{"scores"'),
        (200, b'{"score": 1}', r'must answer with \{"scores"'),
        (200, b"[1]", r'must answer with \{"scores"'),
    ],
)
def test_an_answer_that_is_none_is_refused_at_once(
    service: Service, status: int, content: bytes, words: str
) -> None:
    service.answers = [lambda body: (status, content)]
    with pytest.raises(Refused, match=words):
        HttpScorer(service.url, 5, 3)(groups())
    assert len(service.requests) == 1


def test_a_run_learns_from_a_service(
    service: Service, policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    inputs: dict[str, Any] = {
        "policy": policy_folder,
        "prompts": prompts,
        "reward_url": service.url,
    }
    folder = write_run(tmp_path / "run", "rloo", inputs, **QUICK)
    report = run_rloo(open_run(folder, "rloo"), RlooConfig(device="cpu", **QUICK))
    assert report["ended"] == "complete"
    rollouts = [r for r in service.requests if len(r["groups"][0]["completions"]) == 4]
    assert len(rollouts) == 1
    assert len(rollouts[0]["groups"]) == 2


@pytest.mark.parametrize(
    ("allowed", "url", "passes"),
    [
        ("", "http://judge/", False),
        ("http://judge/", "http://judge/score", True),
        ("http://other/, http://judge/v1", "http://judge/v1/score?x=1", True),
        ("http://judge/v1", "http://judge/v10", False),
        ("http://judge/v1", "http://judge/v1/../admin", False),
        ("http://judge/v1", "http://judge/v1/%2e%2e/admin", False),
        ("http://judge", "http://judge.example.org/", False),
        ("http://judge", "http://judge:81/", False),
        ("http://judge", "http://judge@elsewhere/", False),
        ("http://judge", "https://judge/", False),
    ],
)
def test_under_a_supervisor_only_listed_addresses_are_asked(
    allowed: str, url: str, passes: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ALLOWED_URLS, allowed)
    refuse_address(url, supervised=False)
    if passes:
        refuse_address(url, supervised=True)
    else:
        with pytest.raises(Refused, match=ALLOWED_URLS):
            refuse_address(url, supervised=True)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://judge/", "judge/score", "http://"])
def test_only_http_addresses_are_asked(url: str) -> None:
    with pytest.raises(Refused, match="is no http or https address"):
        refuse_address(url, supervised=False)


# --- prompts the reward model was trained on ----------------------------------------------------


@pytest.fixture
def known(policy_folder: Path, tmp_path: Path) -> Path:
    """A reward model that says it was trained on questions 0 to 3."""
    folder = tmp_path / "known"
    new_reward_model(policy_folder, CPU, seed=1).save(folder)
    digests = sorted(prompt_digest(ask(f"question {n}")) for n in range(4))
    (folder / TRAINING_PROMPTS).write_text(json.dumps(digests))
    return folder


def start(folder: Path, known: Path, policy_folder: Path, prompts: Path, rule: str) -> Any:
    inputs = {"policy": policy_folder, "reward_model": known, "prompts": prompts}
    write_run(folder, "ppo", inputs)
    config = PpoConfig.model_validate({"device": "cpu", **QUICK, "overlapping_prompts": rule})
    return run_ppo(open_run(folder, "ppo"), config)


def test_prompts_of_reward_training_are_refused_dropped_or_allowed(
    known: Path, policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="4 of 12 prompts were used to train the reward model"):
        start(tmp_path / "refuse", known, policy_folder, prompts, "refuse")
    dropped = start(tmp_path / "drop", known, policy_folder, prompts, "drop")
    assert dropped["training_prompts"] + dropped["evaluation"]["prompts"] == 8
    assert "left out" in events_of(tmp_path / "drop", "warning")[0]["message"]
    allowed = start(tmp_path / "allow", known, policy_folder, prompts, "allow")
    assert allowed["training_prompts"] + allowed["evaluation"]["prompts"] == 12
    assert "are used" in events_of(tmp_path / "allow", "warning")[0]["message"]


def test_what_reward_training_writes_is_what_is_held_against_the_prompts(
    policy_folder: Path, snapshot: Path, prompts: Path, tmp_path: Path
) -> None:
    folder = write_run(
        tmp_path / "reward", "reward", {"policy": policy_folder, "snapshot": snapshot}
    )
    run_reward(open_run(folder, "reward"), RewardConfig(device="cpu"))
    # the snapshot ranks completions of questions 0 to 23, the prompts are questions 0 to 11
    with pytest.raises(Refused, match="12 of 12 prompts were used to train the reward model"):
        start(tmp_path / "run", folder / "model", policy_folder, prompts, "refuse")


def test_a_prompt_is_known_by_its_messages() -> None:
    # SHA-256 of "user\x1fhi", from sha256sum
    assert prompt_key(ask("hi")) == "user\x1fhi"
    expected = "3528d3941b139a95438b2dd8abd02af93d14d059941779b6cc91aca0f8e0bd5d"
    assert prompt_digest(ask("hi")) == expected
    assert prompt_digest(ask("hi ")) != expected
