"""The sample stage: every prompt once, whatever happened in between."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from rewardmodel.config import SampleConfig
from rewardmodel.errors import Interrupted, Refused
from rewardmodel.sample import finished_prompts, read_prompts, run_sample
from tests.rewardmodel.conftest import events_of, left_out_of, open_run, write_run


def config(**settings: Any) -> SampleConfig:
    return SampleConfig(
        **{
            "device": "cpu",
            "samples_per_prompt": 3,
            "max_new_tokens": 6,
            "prompts_per_batch": 5,
            **settings,
        }
    )


def start(folder: Path, policy: Path, prompts: Path, **settings: Any) -> dict[str, Any]:
    write_run(folder, "sample", {"policy": policy, "prompts": prompts})
    return run_sample(open_run(folder, "sample"), config(**settings))


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "completions.jsonl").open()]


def test_every_prompt_gets_its_completions_in_order(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    report = start(tmp_path / "run", policy_folder, prompts)
    rows = lines(tmp_path / "run")
    assert [(row["prompt_id"], row["sample_index"]) for row in rows] == [
        (f"p{n}", sample) for n in range(12) for sample in range(3)
    ]
    assert (report["prompts"], report["completions"]) == (12, 36)
    assert {row["finish_reason"] for row in rows} <= {"stop", "length"}
    assert all(1 <= row["token_count"] <= 6 for row in rows)


def test_a_torn_file_is_cut_and_finished_to_the_same_bytes(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    start(tmp_path / "whole", policy_folder, prompts)
    whole = (tmp_path / "whole" / "completions.jsonl").read_bytes()
    for cut in (0, 10, whole.index(b'"p4"') + 40, len(whole) - 3):
        folder = write_run(tmp_path / f"cut{cut}", "sample", {})
        (folder / "completions.jsonl").write_bytes(whole[:cut])
        shutil.copy(tmp_path / "whole" / "drawn_with.json", folder)
        start(folder, policy_folder, prompts)
        assert (folder / "completions.jsonl").read_bytes() == whole


def test_a_prompt_counts_as_finished_only_with_all_its_completions(tmp_path: Path) -> None:
    path = tmp_path / "completions.jsonl"
    rows = [{"prompt_id": "a"}, {"prompt_id": "a"}, {"prompt_id": "b"}]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    assert finished_prompts(path, 2) == {"a"}
    assert [row["prompt_id"] for row in lines(tmp_path)] == ["a", "a"]


def test_asked_to_stop_it_keeps_what_is_done(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    folder = write_run(tmp_path / "run", "sample", {"policy": policy_folder, "prompts": prompts})
    run = open_run(folder, "sample")
    run._on_progress = lambda phase, done, total: setattr(run, "_stop_requested", done >= 5)
    with pytest.raises(Interrupted):
        run_sample(run, config())
    assert {row["prompt_id"] for row in lines(folder)} == {f"p{n}" for n in range(5)}
    start(folder, policy_folder, prompts)
    assert len(lines(folder)) == 36
    assert events_of(folder, "started")[-1]["resumed_from"] == 5


def stopped(folder: Path, policy: Path, prompts: Path) -> Path:
    """A run that was stopped after its first batch of five prompts."""
    write_run(folder, "sample", {"policy": policy, "prompts": prompts})
    run = open_run(folder, "sample")
    run._on_progress = lambda phase, done, total: setattr(run, "_stop_requested", done >= 5)
    with pytest.raises(Interrupted):
        run_sample(run, config())
    return folder


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"temperature": 0.5}, "temperature: 1.0 then, 0.5 now"),
        ({"samples_per_prompt": 4}, "samples_per_prompt: 3 then, 4 now"),
    ],
)
def test_a_restart_with_other_settings_is_refused_and_leaves_the_file(
    policy_folder: Path, prompts: Path, tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    folder = stopped(tmp_path / "run", policy_folder, prompts)
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    with pytest.raises(Refused, match=rf"inputs \({words}\), and going on would mix the two"):
        start(folder, policy_folder, prompts, **settings)
    assert before == {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_restart_with_other_prompts_is_refused(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    folder = stopped(tmp_path / "run", policy_folder, prompts)
    more = tmp_path / "more.jsonl"
    more.write_text(prompts.read_text() + '{"id": "more", "prompt": "question more"}\n')
    with pytest.raises(Refused, match=r"\(inputs.prompts: other contents\)"):
        start(folder, policy_folder, more)


def test_a_restart_may_decode_fewer_prompts_side_by_side(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    start(tmp_path / "whole", policy_folder, prompts)
    folder = stopped(tmp_path / "run", policy_folder, prompts)
    start(folder, policy_folder, prompts, prompts_per_batch=2)
    assert lines(folder) == lines(tmp_path / "whole")


def test_completions_of_unknown_settings_are_refused(
    policy_folder: Path, prompts: Path, tmp_path: Path
) -> None:
    folder = stopped(tmp_path / "run", policy_folder, prompts)
    (folder / "drawn_with.json").unlink()
    with pytest.raises(Refused, match=r"drawn_with.json is missing.*Start in another folder"):
        start(folder, policy_folder, prompts)
    (folder / "completions.jsonl").write_bytes(b"")
    assert start(folder, policy_folder, prompts, temperature=0.5)["prompts"] == 12


def test_prompts_that_are_too_long_are_counted(policy_folder: Path, tmp_path: Path) -> None:
    prompts = tmp_path / "prompts.jsonl"
    rows = [{"id": "long", "prompt": "word " * 100}, {"id": "short", "prompt": "word"}]
    prompts.write_text("".join(json.dumps(row) + "\n" for row in rows))
    report = start(tmp_path / "run", policy_folder, prompts)
    assert (report["prompts"], report["prompts_left_out"]) == (1, 1)
    [unused] = left_out_of(tmp_path / "run")
    assert (unused["part"], unused["what"]) == ("prompts", "prompts dropped")
    assert unused["reason"].endswith("tokens, 122 fit")
    [warning] = events_of(tmp_path / "run", "warning")
    assert "1 of 2 prompts are longer than 122 tokens" in warning["message"]
    [read] = events_of(tmp_path / "run", "data_read")
    assert (read["rows"], read["used"], read["given"]) == ("prompts", 1, 2)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ('{"id": 3, "prompt": "x"}', "line 1: id: 3 must be a text"),
        ('{"id": "a"}', "line 1: prompt: must be a text or a non-empty list"),
        ('{"id": "a", "prompt": [{"role": "boss", "content": ""}]}', r"prompt\[0\].role: 'boss'"),
        ('{"id": "a", "prompt": "x"}\n{"id": "a", "prompt": "y"}', "line 2: id: 'a' occurs twice"),
        ("[1]", "line 1: must be an object"),
        ("", "there are no prompts"),
    ],
)
def test_a_bad_prompts_file_is_refused_by_line_and_field(
    tmp_path: Path, line: str, words: str
) -> None:
    path = tmp_path / "prompts.jsonl"
    path.write_text(line)
    with pytest.raises(Refused, match=words):
        read_prompts(path)
