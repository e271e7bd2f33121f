"""The command line teaches, prepares runs, refuses in words, and obeys Ctrl-C."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from tokenizers import Tokenizer
from tokenizers.decoders import ByteFallback, Fuse, Sequence
from tokenizers.models import BPE
from transformers import PreTrainedTokenizerFast
from typer.testing import CliRunner, Result

from rewardmodel.__main__ import app
from rewardmodel.config import STAGES, DecodingConfig, EvaluateConfig, schemas
from rewardmodel.configfile import read_config
from rewardmodel.decoding import decode
from rewardmodel.distribution import token_text, walk
from rewardmodel.errors import EXIT_INTERRUPTED, EXIT_REFUSED
from rewardmodel.evaluate import run_evaluate
from rewardmodel.guide import GUIDES, example_inputs
from rewardmodel.models import Policy, load_policy, new_reward_model
from rewardmodel.text import TextCodec
from tests.rewardmodel.conftest import CPU, events_of, one_long_prompt, open_run, write_run

PROGRAM = [sys.executable, "-m", "rewardmodel"]


def call(*words: str | Path) -> Result:
    """The command line in this process."""
    return CliRunner().invoke(app, [str(word) for word in words])


def said(result: Result) -> str:
    """What was printed, wherever lines were broken."""
    return " ".join(result.output.split())


@pytest.mark.parametrize("stage", STAGES)
def test_help_says_what_goes_in_and_what_comes_out(stage: str) -> None:
    shown = call(stage, "--help").output
    guide = GUIDES[stage]
    assert all(name in shown for name in guide.known())
    assert "report.json" in shown
    assert "MANIFEST.json" in shown
    assert f"python -m rewardmodel new {stage}" in shown
    assert ("leaves a checkpoint" in shown) == ("checkpoints/" in shown)


@pytest.mark.parametrize("stage", STAGES)
def test_the_example_of_a_stages_help_can_be_typed(
    stage: str, tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    new_reward_model(policy_folder, CPU, seed=0).save(tmp_path / "reward")
    row = {"id": "a", "prompt": "Why?", "text": "Because.", "completions": []}
    (tmp_path / "rows.jsonl").write_text(json.dumps(row))
    there = {"policy": policy_folder, "snapshot": snapshot, "reward_model": tmp_path / "reward"}
    named = example_inputs(stage)
    assert named
    words = [
        word
        for name in named
        for word in (f"--{name.replace('_', '-')}", there.get(name, tmp_path / "rows.jsonl"))
    ]
    made = call("new", stage, "--run", tmp_path / "run", *words)
    assert made.exit_code == 0, made.output


@pytest.mark.parametrize("stage", STAGES)
def test_explain_names_every_setting_with_its_range_and_reason(stage: str) -> None:
    shown = " ".join(call("explain", stage).output.split())
    for name, field in schemas()[stage]["properties"].items():
        assert f"{name} = " in shown
        assert " ".join(field["why_default"].split()) in shown
    assert "a whole number >= " in shown


def test_one_setting_can_be_asked_for_and_a_wrong_name_is_answered() -> None:
    shown = call("explain", "dpo", "beta")
    assert shown.output.startswith("beta = 0.1   (score per nat; a number > 0 and <= 100)")
    assert "label_smoothing" not in shown.output
    refused = call("explain", "dpo", "betta")
    assert refused.exit_code == EXIT_REFUSED
    assert "betta: dpo has no such setting" in refused.output
    assert call("explain", "dop").exit_code == EXIT_REFUSED


def test_a_new_evaluation_may_name_an_earlier_reward_model(
    tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    for number, name in enumerate(("now", "before")):
        new_reward_model(policy_folder, CPU, seed=number).save(tmp_path / name)
    folders = ("--reward-model", tmp_path / "now", "--baseline-reward-model", tmp_path / "before")
    made = call("new", "evaluate", "--run", tmp_path / "run", "--snapshot", snapshot, *folders)
    assert made.exit_code == 0, made.output
    config, inputs = read_config(tmp_path / "run", "evaluate")
    assert isinstance(config, EvaluateConfig)
    assert inputs["baseline_reward_model"] == tmp_path / "before"
    report = run_evaluate(open_run(tmp_path / "run", "evaluate"), config)["reward_model"]
    assert report["baseline_reward_model"]["rankings"] == report["rankings"] == 8


def test_a_new_run_needs_no_json(tmp_path: Path, policy_folder: Path, snapshot: Path) -> None:
    run = tmp_path / "run"
    words = ("--policy", policy_folder, "--snapshot", snapshot, "--set", "beta=0.3")
    result = call("new", "dpo", "--run", run, *words, "--set", "ties=half")
    assert result.exit_code == 0, result.output
    assert f"python -m rewardmodel dpo --run {run}" in result.output
    config, inputs = read_config(run, "dpo")
    assert config.model_dump()["beta"] == 0.3
    assert config.model_dump()["ties"] == "half"
    assert inputs["snapshot"] == snapshot
    again = call("new", "dpo", "--run", run, *words)
    assert again.exit_code == EXIT_REFUSED
    assert "exists already" in again.output


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["sft", "--policy", "."], "inputs.snapshot: the sft stage needs it (--snapshot)"),
        (["sft", "--policy", ".", "--texts", "."], "inputs.texts: the sft stage has no such"),
        (["sft", "--policy", "nowhere", "--snapshot", "."], "inputs.policy: nowhere does not"),
        (["ppo", "--policy", ".", "--prompts", "."], "exactly one of reward_model, reward_models"),
        (
            ["sft", "--policy", ".", "--snapshot", ".", "--set", "epochs=0"],
            "epochs: 0 is not allowed",
        ),
        (["sft", "--policy", ".", "--snapshot", ".", "--set", "epochs"], "must look like name="),
    ],
)
def test_what_cannot_run_is_refused_before_it_is_written(
    tmp_path: Path, words: list[str], said: str
) -> None:
    result = call("new", *words, "--run", tmp_path / "run")
    assert result.exit_code == EXIT_REFUSED
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("stage", "wrong", "said"),
    [
        (
            "sft",
            {"policy": "run"},
            "inputs.policy: {tmp}/run is no model folder; {tmp}/run/model is",
        ),
        ("sft", {"snapshot": "run"}, "inputs.snapshot: {tmp}/run is no snapshot folder; make one"),
        ("sft", {"snapshot": "rows.jsonl"}, "inputs.snapshot: {tmp}/rows.jsonl is no snapshot"),
        ("ppo", {"reward_model": "run/model"}, "is a model, but no reward model (it is Llama"),
        (
            "ppo",
            {"prompts": "rows.jsonl"},
            "the first line of {tmp}/rows.jsonl has no id and no prompt",
        ),
        ("ppo", {"prompts": "empty.jsonl"}, "inputs.prompts: {tmp}/empty.jsonl has no line"),
        (
            "ppo",
            {"prompts": "run"},
            "inputs.prompts: {tmp}/run is a folder, and a file belongs here",
        ),
    ],
)
def test_an_input_of_another_kind_is_refused_before_a_directory_is_made(
    tmp_path: Path,
    policy_folder: Path,
    snapshot: Path,
    stage: str,
    wrong: dict[str, str],
    said: str,
) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "config.json").write_text('{"stage": "sft"}')
    (tmp_path / "run" / "model").symlink_to(policy_folder)
    (tmp_path / "rows.jsonl").write_text('{"text": "a"}\n')
    (tmp_path / "empty.jsonl").touch()
    right = {"policy": policy_folder, "snapshot": snapshot}
    if stage == "ppo":
        new_reward_model(policy_folder, CPU, seed=0).save(tmp_path / "reward")
        (tmp_path / "prompts.jsonl").write_text('{"id": "a", "prompt": "Why?"}\n')
        right = {
            "policy": policy_folder,
            "prompts": tmp_path / "prompts.jsonl",
            "reward_model": tmp_path / "reward",
        }
    given = right | {name: tmp_path / path for name, path in wrong.items()}
    words = [word for name, path in given.items() for word in (f"--{name.replace('_', '-')}", path)]
    made = call("new", stage, "--run", tmp_path / "made", *words)
    assert made.exit_code == EXIT_REFUSED
    assert said.format(tmp=tmp_path).replace(" ", "") in "".join(made.output.split())
    assert not (tmp_path / "made").exists()


def test_a_directory_in_which_a_start_was_refused_takes_another_config(
    tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    words = ("--run", tmp_path / "run", "--policy", policy_folder, "--snapshot", snapshot)
    assert call("new", "sft", *words).exit_code == 0
    rankings = snapshot / "demonstrations.jsonl"
    whole = rankings.read_bytes()
    rankings.write_bytes(b"{}\n")
    assert call("sft", "--run", tmp_path / "run").exit_code == EXIT_REFUSED
    rankings.write_bytes(whole)
    assert call("new", "sft", *words, "--set", "epochs=1").exit_code == 0
    events = tmp_path / "run" / "events.jsonl"
    events.write_text(events.read_text() + '{"type": "started"}\n')
    again = call("new", "sft", *words)
    assert (again.exit_code, "exists already" in again.output) == (EXIT_REFUSED, True)


def test_ctrl_c_leaves_a_checkpoint_and_the_same_command_goes_on(
    tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    inputs = {"policy": policy_folder, "snapshot": snapshot}
    folder = write_run(tmp_path / "run", "dpo", inputs, epochs=1000, prompts_per_step=8, threads=1)
    command = [*PROGRAM, "dpo", "--run", str(folder)]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 300
    while not (folder / "events.jsonl").exists() or len(events_of(folder, "metric")) < 3:
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=120)
    assert process.returncode == EXIT_INTERRUPTED
    assert "stopping after the work in hand, then saving" in said
    [stopped] = events_of(folder, "interrupted")
    assert (folder / "checkpoints" / f"step-{stopped['step']:08d}").is_dir()


def test_a_second_ctrl_c_ends_a_run_at_once_and_leaves_its_checkpoints(
    tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    """The scorer of this run would hold it for an hour."""
    (tmp_path / "slow.py").write_text("import time\ndef judge(groups):\n    time.sleep(3600)\n")
    inputs = {"policy": policy_folder, "prompts": one_long_prompt(tmp_path / "p.jsonl")}
    folder = write_run(tmp_path / "run", "rloo", inputs, iterations=1, max_new_tokens=4, threads=1)
    config = json.loads((folder / "config.json").read_text())
    config["inputs"]["reward_function"] = "slow:judge"
    (folder / "config.json").write_text(json.dumps(config))
    path = os.pathsep.join([str(tmp_path), str(Path(__file__).parents[2])])
    process = subprocess.Popen(
        [*PROGRAM, "rloo", "--run", str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    )
    deadline = time.monotonic() + 300
    while not (folder / "events.jsonl").exists() or not events_of(folder, "progress"):
        assert process.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGINT)
    time.sleep(1)
    assert process.poll() is None  # it would save first
    os.kill(process.pid, signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode not in (0, EXIT_INTERRUPTED)


def test_a_run_that_somebody_works_on_is_not_started_beside(
    tmp_path: Path, policy_folder: Path, snapshot: Path
) -> None:
    folder = write_run(tmp_path / "run", "sft", {"policy": policy_folder, "snapshot": snapshot})
    (folder / "events.jsonl").write_text('{"seq": 1}\n')
    other = os.open(folder, os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    busy = call("sft", "--run", folder)
    assert (busy.exit_code, "a process works on this run already" in said(busy)) == (
        EXIT_REFUSED,
        True,
    )
    assert (folder / "events.jsonl").read_text() == '{"seq": 1}\n'  # it is the other's
    os.close(other)
    assert call("sft", "--run", folder).exit_code == 0


def test_a_complete_run_is_told_apart_from_one_of_another_stage(tmp_path: Path) -> None:
    (tmp_path / "MANIFEST.json").write_text('{"stage": "reward", "files": {}}')
    (tmp_path / "report.json").write_text("{}")
    assert "is complete already" in said(call("reward", "--run", tmp_path))
    other = call("sft", "--run", tmp_path)
    assert other.exit_code == EXIT_REFUSED
    assert "holds a complete run of the stage reward" in said(other)
    (tmp_path / "MANIFEST.json").write_text("{")
    damaged = call("reward", "--run", tmp_path)
    assert (damaged.exit_code, "is damaged" in said(damaged)) == (EXIT_REFUSED, True)


def test_a_kind_of_model_that_there_is_not_is_refused(policy_folder: Path) -> None:
    assert call("check-model", policy_folder, "--kind", "policy").exit_code == 0
    assert call("check-model", policy_folder, "--kind", "rewrad").exit_code != 0


@pytest.mark.parametrize(
    "words", [("--max-new-tokens", "2"), ("--completion", "mat"), ("--max-new-tokens", "128")]
)
def test_tokens_beyond_what_the_network_reads_are_refused(
    policy_folder: Path, words: tuple[str, str]
) -> None:
    """The tiny policy reads 128 tokens; a prompt of 128 letters is longer."""
    shown = call("tokens", "--model", policy_folder, "--prompt", "z?" * 64, *words)
    assert shown.exit_code == EXIT_REFUSED
    assert "128" in said(shown)


def test_the_published_greedy_text_comes_out_token_by_token(shared_folder: Path) -> None:
    model = shared_folder / "models" / "stories260K"
    golden = json.loads((model / "golden.json").read_text())
    ids = golden["greedy_token_ids_first_64"]
    policy = load_policy(model, CPU)
    plan = DecodingConfig(strategy="greedy", samples_per_prompt=1, max_new_tokens=63)
    steps = list(walk(policy, ids[:1], plan, alternatives=2))
    assert [step.chosen.id for step in steps] == ids[1:]
    assert all(step.rank == 1 for step in steps)
    text = "".join(step.chosen.text for step in steps)
    assert golden["published_greedy_text"].startswith(text.strip())


def test_what_is_shown_is_what_sampling_draws(policy: Policy) -> None:
    plan = DecodingConfig(samples_per_prompt=1, max_new_tokens=12, top_k=30, temperature=0.8)
    prompt = [5, 6, 7, 8]
    [[drawn]] = decode(policy, [prompt], plan, seed=3, keys=["k"])
    steps = list(walk(policy, prompt, plan, seed=3, key="k"))
    assert [step.chosen.id for step in steps] == drawn.ids
    assert [step.kept for step in steps] == [30] * len(steps)
    for step, log_prob in zip(steps, drawn.log_probs, strict=True):
        assert step.chosen.probability_after == pytest.approx(2.718281828**log_prob, rel=1e-4)


def test_a_part_of_a_character_is_shown_as_its_bytes(policy: Policy) -> None:
    tokenizer = policy.codec.tokenizer
    first, space = tokenizer.convert_tokens_to_ids(["é", "Ġ"])  # names of the bytes E9 and 20
    assert token_text(policy.codec, [], first) == "<0xE9>"
    assert token_text(policy.codec, [], space) == " "
    end = policy.codec.end_id
    assert token_text(policy.codec, [], end) == tokenizer.convert_ids_to_tokens(end)


def test_a_byte_that_the_vocabulary_names_itself_is_shown_by_its_name() -> None:
    model = BPE({"<unk>": 0, "a": 1, "<0xC3>": 2, "<0xA9>": 3}, [], byte_fallback=True)
    tokenizer = Tokenizer(model)
    tokenizer.decoder = Sequence([ByteFallback(), Fuse()])  # as Llama 2 and Gemma have it
    codec = TextCodec(PreTrainedTokenizerFast(tokenizer_object=tokenizer, eos_token="<unk>"))
    assert codec.decode_completion([], [2, 3]) == "é"
    assert [token_text(codec, [], token) for token in (1, 2, 3)] == ["a", "<0xC3>", "<0xA9>"]


def test_each_filter_is_named_for_what_it_cuts(policy: Policy) -> None:
    plan = DecodingConfig(
        samples_per_prompt=1, max_new_tokens=1, top_k=4, top_p=0.5, no_repeat_ngram=1
    )
    [step] = walk(policy, [5, 6, 7], plan, alternatives=1000)
    everything = [step.chosen, *step.others]
    assert sum(one.probability for one in everything) == pytest.approx(1, abs=1e-4)
    fates = {one.id: one.fate for one in everything}
    assert {fates[token] for token in (5, 6, 7)} == {"no_repeat_ngram"}
    counts = {fate: list(fates.values()).count(fate) for fate in set(fates.values())}
    assert counts["kept"] == step.kept
    assert counts["kept"] + counts["top_p"] == 4
    assert counts["top_k"] == len(everything) - 4 - 3
    cut = sum(one.probability for one in everything if one.fate != "kept")
    assert step.probability_cut == pytest.approx(cut, abs=1e-5)


def test_a_given_text_is_looked_at_without_its_end(policy_folder: Path) -> None:
    result = call(
        *("tokens", "--model", policy_folder, "--prompt", "question", "--completion", "zz cat"),
        "--json",
    )
    shown = json.loads(result.output)
    assert "".join(step["chosen"]["text"] for step in shown["steps"]) == "zz cat"
    policy = load_policy(policy_folder, CPU)
    assert shown["tokens"] == len(policy.codec.encode_completion("zz cat", with_end=False))
    assert shown["log_prob"] < 0
    refused = call("tokens", "--model", policy_folder, "--strategy", "beam")
    assert refused.exit_code == EXIT_REFUSED
    drawn = call("tokens", "--model", policy_folder, "--top-k", "5", "--max-new-tokens", "2")
    assert "cut by top-k" in drawn.output
    assert "perplexity" in drawn.output


OUT_OF_RANGE = """
import sys
from rewardmodel.config import schemas
from rewardmodel.configfile import parse
from rewardmodel.errors import Refused
import rewardmodel.__main__
count = 0
for stage, schema in schemas().items():
    for name, field in schema["properties"].items():
        for option in field.get("anyOf", [field]):
            bound = option.get("minimum", option.get("exclusiveMinimum"))
            if bound is None:
                continue
            value = bound - 1
            try:
                parse(stage, {name: value})
            except Refused as error:
                assert f"{name}: {value!r} is not allowed" in error.message, error.message
                assert f"> {bound}" in error.message or f">= {bound}" in error.message
                count += 1
            else:
                raise AssertionError(f"{stage}.{name} took {value}")
assert count > 150, count
assert "torch" not in sys.modules and "transformers" not in sys.modules
"""


def test_every_number_of_every_stage_is_refused_out_of_range_before_torch_is_loaded() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", OUT_OF_RANGE], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
