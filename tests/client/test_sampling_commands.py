"""`tiebreak mixes | ask | runs estimate, queue, priority, radar | versions lineage, push, servers`."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection

from annotation.registry.models import ModelVersion
from annotation.runs.models import MixDraw, Run, Trial
from annotation.runs.services import trying
from tests.annotation.runs.loop import go, start
from tests.annotation.runs.test_mixes import plan, prompts
from tests.annotation.runs.test_trials import part
from tests.cast import Cast
from tests.client.test_command import Ran, plain
from tests.client.test_loop_commands import SignIn
from tiebreak import Client


@pytest.fixture
def tiebreak(capsys: pytest.CaptureFixture[str]) -> Ran:
    return Ran(capsys)


@pytest.fixture
def answering(policy: ModelVersion) -> Iterator[Callable[[str], None]]:
    """Somebody who answers the trials that wait, as a worker does."""
    text, end = ["The cat sat."], threading.Event()

    def work() -> None:
        try:
            while not end.wait(0.05):
                for key in Trial.objects.filter(state="queued").values_list("pk", flat=True):
                    lease = trying.claim_trial(key, "a test")
                    assert lease is not None
                    trying.answer_trial(lease, [part(policy, *text)])
        finally:
            connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    yield lambda words: text.__setitem__(0, words)
    end.set()
    worker.join()


def test_a_policy_is_asked_and_what_it_writes_cannot_steer_the_terminal(
    tiebreak: Ran,
    signed_in: SignIn,
    policy: ModelVersion,
    answering: Callable[[str], None],
) -> None:
    signed_in()
    code, out, err = tiebreak("ask", "Where is the cat?", "--policy", "policy/1", "-n", "1")
    assert (code, out.splitlines()) == (0, ["policy/1", "    The cat sat."]), err
    answering("\x1b[2Jgone")
    code, out, _ = tiebreak("ask", "And now?", "--policy", "policy/1", "--temperature", "0")
    assert (code, "\x1b" in out, "gone" in out) == (0, False, True)
    assert Trial.objects.order_by("-id")[0].decoding["strategy"] == "greedy"
    assert tiebreak("ask", "Who?", "--policy", "policy/9")[0] == 4
    assert tiebreak("ask", "Who?", "--policy", "policy/1", "-n", "99")[0] == 1


def test_a_mix_is_made_and_drawn_from_once(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, policy: ModelVersion, tmp_path: Path
) -> None:
    signed_in()
    prompts(cast, 3)
    file = tmp_path / "mix.json"
    file.write_text('{"name": "daily",\n "rows": [}')
    code, _, err = tiebreak("mixes", "make", str(file))
    assert (code, "mix.json is no JSON" in err, "line 2" in err) == (2, True, True)
    row = {"policy": "promoted", "plan": str(plan(cast).pk), "count": 2}
    file.write_text(json.dumps({"name": "daily", "rows": [row]}))
    made = tiebreak.json("mixes", "make", str(file))
    assert (made["name"], made["version"]) == ("daily", 1)
    key = "0192f0c1-7a3b-7c4d-8e5f-000000000002"
    named = next(iter(cast.project.prompt_sets.values_list("name", flat=True)))
    wish = ("mixes", "draw", "daily", "--prompts", named, "--limit", "2", "--key", key)
    first, again = tiebreak.json(*wish), tiebreak.json(*wish)
    assert (first["id"], first["prompts"]) == (again["id"], 2)
    assert MixDraw.objects.count() == 1
    code, out, _ = tiebreak("mixes", "draws", "daily")
    assert (code, out.splitlines()[1].split("\t")[1]) == (0, "2")
    assert [one["name"] for one in tiebreak.json("mixes", "list")] == ["daily"]
    assert tiebreak("mixes", "draws", "weekly")[0] == 4


def test_a_plan_of_beams_is_made(tiebreak: Ran, signed_in: SignIn, cast: Cast) -> None:
    signed_in()
    wish = ("plans", "make", "beams", "-n", "3", "--strategy", "beam")
    rules = ("--no-repeat-ngram", "4", "--repetition-penalty", "1.2")
    made = tiebreak.json(*wish, *rules)
    assert (made["strategy"], made["num_beams"]) == ("beam", 3)
    assert (made["no_repeat_ngram"], made["repetition_penalty"]) == (4, 1.2)
    wide = ("plans", "make", "wide", "-n", "2", "--strategy", "beam", "--num-beams", "5")
    assert tiebreak.json(*wide)["num_beams"] == 5
    code, _, err = tiebreak(
        "plans", "make", "few", "-n", "4", "--strategy", "beam", *wide[-2:-1], "2"
    )
    assert (code, "num_beams" in err) == (1, True)
    sampled = tiebreak.json("plans", "make", "warm", "-n", "4")
    assert (sampled["strategy"], sampled["num_beams"]) == ("sample", 1)


def test_waiting_runs_are_looked_at_moved_and_estimated(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, client: Client, policy: ModelVersion
) -> None:
    signed_in()
    for _ in range(2):
        assert tiebreak("runs", "start", "export", "--priority", "1")[0] == 0
    assert set(Run.objects.values_list("priority", flat=True)) == {1}
    assert tiebreak.json("runs", "priority", "2", "2")["priority"] == 2
    code, out, _ = tiebreak("runs", "queue")
    rows = [line.split("\t") for line in out.splitlines()]
    assert (code, rows[0]) == (0, ["place", "waits for", "number", "kind", "priority"])
    assert [row[2] for row in rows[1:]] == ["2", "1"]
    assert tiebreak("runs", "priority", "2", "7")[0] == 1
    found = tiebreak.json("runs", "estimate", "sft", "--policy", "policy/1", "--set", "epochs=2")
    wish: Any = {"kind": "sft", "policy_version": str(policy.pk), "config": {"epochs": 2}}
    assert found == client.runs_estimate(str(cast.project.pk), wish)
    code, out, _ = tiebreak("runs", "estimate", "sft", "--launch", "eight", "--json")
    assert (code, json.loads(out)["errors"][0]["field"]) == (1, "launch")


def test_runs_are_named_found_by_it_and_told_apart(
    tiebreak: Ran, signed_in: SignIn, cast: Cast
) -> None:
    signed_in()
    words = ("--name", "small  steps", "--note", "Once\u202e more.")
    assert tiebreak("runs", "start", "export", *words)[0] == 0
    assert tiebreak("runs", "start", "export")[0] == 0
    run = Run.objects.get(number=1)
    assert (run.name, run.note) == ("small steps", "Once\u202e more.")
    code, out, _ = tiebreak("runs", "list", "--name", "SMALL")
    rows = [line.split("\t") for line in out.splitlines()]
    assert (code, rows[0][:4]) == (0, ["number", "kind", "name", "status"])
    assert [row[:3] for row in rows[1:]] == [["1", "export", "small steps"]]
    told = tiebreak("runs", "show", "1")[1]
    assert ("Once\\u202e more." in told, "\u202e" in told) == (True, False)
    code, out, _ = tiebreak("runs", "compare", "1", "2")
    assert [line.split("\t")[0] for line in out.splitlines()] == ["what", "name"]
    for too_few_or_many in (["1"], ["1"] * 7):
        code, out, err = tiebreak("runs", "compare", *too_few_or_many)
        assert (code, out, "two to six runs" in plain(err)) == (2, "", True)
    changed = tiebreak.json("runs", "describe", "1", "--name", "")
    assert (changed["name"], changed["note"]) == ("", "Once\u202e more.")
    code, _, err = tiebreak("runs", "describe", "1")
    assert (code, "--note" in plain(err)) == (2, True)


def test_what_came_from_what_and_what_the_radar_caught_are_told(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, client: Client
) -> None:
    start(cast)
    go(cast)
    signed_in()
    code, out, _ = tiebreak("versions", "lineage")
    told = [line.split("\t")[::2] for line in out.splitlines()[1:]]
    assert code == 0
    assert ["reward/1", "policy/2"] in told
    assert tiebreak.json("versions", "lineage") == client.lineage_retrieve(str(cast.project.pk))
    number = str(Run.objects.get(kind="ppo").number)
    assert tiebreak.json("runs", "radar", number)["results"] == []
    assert tiebreak("runs", "radar", number)[0] == 0
    assert tiebreak.json("versions", "servers") == []
    assert tiebreak("versions", "serve", "none", "m", "--name", "n")[0] == 1
    code, out, _ = tiebreak("versions", "push", "policy/2", "ours", "--json")
    assert (code, json.loads(out)["code"]) == (1, "no_hub")
