"""`tiebreak runs | rounds | versions | campaigns`: what they answer, and the code they leave with."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from annotation.registry.models import ModelVersion
from annotation.runs.models import JudgingCampaign, Round, Run
from tests.annotation.runs.judgments import add_rankings
from tests.annotation.runs.loop import go, interval, start
from tests.annotation.runs.test_campaigns import draw, evaluation_set, judge
from tests.annotation.runs.test_mixes import plan, version
from tests.cast import Cast
from tests.client.test_command import Ran, plain
from tiebreak import Client
from tiebreak.command.runs import _estimate_in_words

SignIn = Callable[..., str]
LOSES = {"policy": {"against_baseline": {"win_rate": interval(0.4, 0.3, 0.5)}}}


@pytest.fixture
def tiebreak(capsys: pytest.CaptureFixture[str]) -> Ran:
    return Ran(capsys)


def test_a_round_that_asks_is_seen_answered_and_its_record_read(
    tiebreak: Ran, signed_in: SignIn, client: Client, cast: Cast, tmp_path: Path
) -> None:
    key = str(cast.project.id)
    start(cast)
    assert go(cast, evaluation=LOSES).asked_at is not None
    signed_in()
    assert tiebreak.json("rounds", "list") == list(client.rounds_list(key))
    shown = tiebreak.json("rounds", "show", "1")
    assert shown["question"]["reason"] == "gate"
    code, out, _ = tiebreak("rounds", "list")
    assert (code, out.splitlines()[1].split("\t")[:3]) == (0, ["1", "asks", "evaluation"])
    code, out, _ = tiebreak("rounds", "log", "1")
    assert out.splitlines()[1].split("\t")[1:4] == ["evaluation", "asked", "gate"]

    asked = "win_rate 0.4 (0.3 to 0.5), does not hold: above 0.5 with confidence"
    assert asked in out.splitlines()[1].split("\t")[-1]
    code, out, err = tiebreak("rounds", "show", "1")
    assert (code, asked in out, "tiebreak rounds answer 1 continue" in plain(err)) == (
        0,
        True,
        True,
    )
    code, _, err = tiebreak("rounds", "close", "1")
    assert (code, "tiebreak rounds answer 1 close --words" in plain(err)) == (1, True)

    code, out, err = tiebreak("rounds", "answer", "1", "continue", "--json")
    assert (code, json.loads(out)["errors"][0]["field"]) == (1, "words")
    assert "Say why" in err
    said = tiebreak.json("rounds", "answer", "1", "continue", "--words", "people liked it")
    assert said["question"] is None
    log = tiebreak.json("rounds", "log", "1")
    assert [(row["kind"], row["words"]) for row in log][0] == ("continued", "people liked it")
    assert tiebreak("rounds", "answer", "1", "retry")[0] == 1  # it asks nothing any more
    assert tiebreak("rounds", "show", "9")[0] == 4
    assert tiebreak("rounds", "open", "--policy", "policy/9")[0] == 4

    found = tiebreak.json("rounds", "plan", "show")
    assert found == client.round_plan_retrieve(key)
    assert tiebreak.json("rounds", "plan", "move", "paused")["state"] == "paused"
    left_out = ("state", "changed_by", "changed_at", "paused_because")
    wish = {name: value for name, value in found["plan"].items() if name not in left_out}
    file = tmp_path / "plan.json"
    file.write_text(json.dumps({**wish, "judgments": 0}))
    code, out, _ = tiebreak("rounds", "plan", "save", str(file), "--json")
    assert (code, json.loads(out)["errors"][0]["field"]) == (1, "judgments")
    file.write_text(json.dumps({**wish, "judgments": 7}))
    assert tiebreak.json("rounds", "plan", "save", str(file))["judgments"] == 7
    closed = tiebreak.json("rounds", "answer", "1", "close", "--words", "enough")
    assert (closed["state"], Round.objects.get().outcome) == ("closed", "closed")
    signed_in(cast.ml, "read")
    assert tiebreak("rounds", "plan", "move", "active")[0] == 3


@pytest.mark.usefixtures("at_work")
def test_a_run_is_followed_with_its_progress_and_its_end_is_the_code(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, artifacts: Path, policy: ModelVersion
) -> None:
    signed_in()
    add_rankings(cast, 2)
    (artifacts / "behaviour.json").write_text(json.dumps({"steps": 8, "step_s": 0.05}))
    snapshot = tiebreak.json("runs", "start", "export", "--wait")
    assert snapshot["status"] == "succeeded"
    code, out, err = tiebreak("runs", "start", "reward", "--snapshot", "1", "--wait")
    assert code == 0, err
    assert "succeeded" in out
    assert err.splitlines()[-1] == "reward run 2 succeeded"
    assert "loss" not in out
    last = tiebreak.json("runs", "metrics", "2", "--name", "loss")
    assert [step for step, _ in last["loss"]] == list(range(1, 9))
    code, out, _ = tiebreak("runs", "watch", "2")
    assert (code, "accuracy" in out) == (0, True)

    (artifacts / "behaviour.json").write_text(json.dumps({"refuse": "line 3 is wrong"}))
    code, out, err = tiebreak("runs", "start", "reward", "--snapshot", "1", "--wait")
    assert code == 6
    assert "line 3 is wrong" in err
    assert tiebreak("runs", "watch", "3")[0] == 6
    assert tiebreak("runs", "cancel", "3")[0] == 1  # it has ended
    (artifacts / "behaviour.json").unlink()
    assert tiebreak("runs", "retry", "3", "--wait")[0] == 0
    assert tiebreak("runs", "retry", "3")[0] == 1
    code, out, _ = tiebreak("runs", "list", "--status", "succeeded", "--json")
    assert [run["number"] for run in json.loads(out)] == [3, 2, 1]
    assert Run.objects.get(number=3).tries == 2


@pytest.mark.usefixtures("at_work")
def test_people_read_words_and_rounded_figures(
    tiebreak: Ran, signed_in: SignIn, cast: Cast, policy: ModelVersion
) -> None:
    signed_in()
    add_rankings(cast, 3)
    assert tiebreak("snapshot", "make")[0] == 0
    wish = ("runs", "start", "reward", "--snapshot", "1", "--wait", "--set", "epochs=1")
    for learning_rate in ("1e-5", "1e-5", "3e-5"):
        assert tiebreak(*wish, "--set", f"learning_rate={learning_rate}")[0] == 0

    counts = tiebreak.json("snapshot", "list")[0]["counts"]
    heads, row = (line.split("\t") for line in tiebreak("snapshot", "list")[1].splitlines())
    assert row[heads.index("rankings")] == str(counts["rankings"])

    rows = [line.split("\t") for line in tiebreak("runs", "list")[1].splitlines()]
    assert rows[0] == ["number", "kind", "name", "status", "progress", "asked", "took", "id"]
    assert {(row[3], row[4]) for row in rows[1:]} == {("succeeded", "")}  # no phase of the past
    assert all(row[6].endswith(" s") for row in rows[1:])

    shown = dict(line.split("  ", 1) for line in tiebreak("runs", "show", "2")[1].splitlines())
    told = {name: value.strip() for name, value in shown.items()}
    assert told["snapshot"] == "1"
    assert told["policy version"] == "policy/1"
    assert told["output version"] == "reward/1"
    assert told["config.learning_rate"] == "1e-05"
    assert told["report.accuracy"] == "0.75"
    assert told["asked"].endswith("by ml")
    assert not any("{" in value for value in told.values())
    assert "phase" not in told

    seen = {"code": "length", "stops": False, "since": 8, "step": 40, "figures": {}, "message": ""}
    Run.objects.filter(number=2).update(alarms=[seen, {**seen, "until": 72}])
    told = tiebreak("runs", "show", "2")[1]
    assert re.search(
        "^alarms +length from step 8 on; length from step 8 to 72$", told, re.MULTILINE
    )

    code, out, _ = tiebreak("runs", "compare", "2", "3")
    assert code == 0
    assert out == "run 2 and run 3 do not differ: settings and results are equal.\n"
    assert tiebreak.json("runs", "compare", "2", "3") == []
    out = tiebreak("runs", "compare", "2", "4")[1]
    assert out.splitlines()[1].split("\t") == ["config.learning_rate", "1e-05", "3e-05"]

    out = tiebreak("runs", "estimate", "reward", "--snapshot", "1")[1]
    assert re.search("^time +about .* s", out, re.MULTILINE)
    assert re.search("^memory.weights +[0-9.]+ [kMG]?B$", out, re.MULTILINE)


@pytest.mark.parametrize(
    ("seconds", "past", "words"),
    [
        ([60.0, 60.0, 60.0], [12], "about 1 min, reckoned from what run 12 took"),
        (
            [60.0, 120.0, 240.0],
            [12],
            "about 2 min (1 min to 4 min), reckoned from what run 12 took",
        ),
        ([60.0, 120.0, 240.0], [12, 9], "about 2 min (1 min to 4 min), by runs 12, 9"),
    ],
)
def test_an_estimate_says_what_it_rests_on(
    seconds: list[float], past: list[int], words: str
) -> None:
    found: Any = {"machine": None, "past_runs": past, "total": None, "certain": 0, "parts": {}}
    told = _estimate_in_words(found | {"verdict": "unknown", "seconds": seconds})
    assert told["time"] == words


def test_a_plan_of_rounds_is_told_by_the_names_of_what_it_uses(
    tiebreak: Ran, signed_in: SignIn, cast: Cast
) -> None:
    found = start(cast)
    signed_in()
    lines = tiebreak("rounds", "plan", "show")[1].splitlines()
    told = {name: value.strip() for name, value in (line.split("  ", 1) for line in lines)}
    assert told["mix"] == found.mix.name
    assert told["rl prompt set"] == "rl"
    assert told["evaluation set"] == "held out"
    assert not any("{" in line for line in lines)


def test_checks_say_where_the_longer_text_would_do_as_well(
    tiebreak: Ran, signed_in: SignIn, cast: Cast
) -> None:
    start(cast)
    beside = {"accuracy_minus_length": interval(0.0, -0.1, 0.1)}
    go(cast, reward={"validation": {"accuracy": interval(0.7, 0.6, 0.8), **beside}})
    signed_in()
    said = "not better than the longer text wins, difference 0.000 (-0.100 to 0.100)"
    made = tiebreak.json("versions", "list", "--kind", "reward")[0]["number"]
    assert said in plain(tiebreak("versions", "checks", f"reward/{made}")[2])
    steps = tiebreak.json("rounds", "show", "1")["steps"]
    (gate,) = next(step["gates"] for step in steps if step["step"] == "reward")
    assert gate["passed"]
    assert gate["over_length"] == {"value": 0.0, "low": -0.1, "high": 0.1}


def test_a_check_without_a_figure_says_what_would_measure_it(
    tiebreak: Ran, signed_in: SignIn, cast: Cast
) -> None:
    start(cast)
    go(cast, evaluation={})
    signed_in()
    made = tiebreak.json("versions", "list", "--kind", "policy")[0]["number"]
    code, out, err = tiebreak("versions", "checks", f"policy/{made}")
    assert code == 1
    assert ["win_rate", "no", "not measured"] in [line.split("\t")[:3] for line in out.splitlines()]
    wanted = (
        "win_rate: no evaluation run has held this version against its parent on the evaluation"
    )
    assert wanted in plain(err)


class Person(io.StringIO):
    """Somebody at a terminal who types this."""

    def isatty(self) -> bool:
        return True


def test_a_version_comes_into_use_by_its_checks_or_with_a_reason(
    tiebreak: Ran,
    signed_in: SignIn,
    cast: Cast,
    policy: ModelVersion,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    signed_in()
    version(cast, 2)  # its files are nowhere
    code, out, _ = tiebreak("versions", "checks", "policy/2", "--json")
    assert code == 1
    assert [(one["gate"], one["passed"]) for one in json.loads(out)][0] == ("stored", False)
    assert tiebreak("versions", "checks", "policy/1")[0] == 0
    code, out, err = tiebreak("versions", "promote", "policy/2", "--json")
    assert (code, json.loads(out)["checks"]) == (1, ["stored"])
    assert "Say why" in err
    made = tiebreak.json("versions", "promote", "policy/2", "--reason", "they come tomorrow")
    assert (made["status"], made["number"]) == ("promoted", 2)
    code, out, _ = tiebreak("versions", "list", "--kind", "policy")
    rows = [line.split("\t") for line in out.splitlines()[1:]]
    assert {row[0]: row[3] for row in rows} == {"policy/1": "candidate", "policy/2": "promoted"}
    code, _, err = tiebreak("versions", "retire", "policy/1")  # nobody is there to be asked
    assert (code, "give --yes" in plain(err)) == (2, True)
    for answer, left in (("n\n", 1), ("y\n", 0)):
        monkeypatch.setattr("sys.stdin", Person(answer))
        assert tiebreak.json("versions", "show", "policy/1")["status"] == "candidate"
        code, _, err = tiebreak("versions", "retire", "policy/1")
        assert (code, "until it is restored" in err) == (left, True)
    assert tiebreak.json("versions", "show", "policy/1")["status"] == "retired"
    assert tiebreak.json("versions", "retire", "policy/1", "--yes")["status"] == "retired"
    assert "versions restore" in plain(tiebreak("versions", "retire", "--help")[1])
    assert tiebreak.json("versions", "restore", "policy/1")["status"] == "candidate"
    assert tiebreak("versions", "retire", "policy/2", "--yes")[0] == 0
    code, _, err = tiebreak("versions", "restore", "policy/2")
    assert (code, "files of this version are gone" in plain(err)) == (1, True)
    assert tiebreak("versions", "show", "policy/7")[0] == 4


def test_a_campaign_is_begun_once_reported_and_ended(
    tiebreak: Ran, signed_in: SignIn, client: Client, cast: Cast
) -> None:
    old, new = version(cast, 1, promoted=True), version(cast, 2)
    evaluation_set(cast, 3)
    plan(cast, n=1)
    signed_in()
    wish = (
        *("campaigns", "begin", "new or old", "--version", "policy/1", "--version", "policy/2"),
        *("--prompts", "for judges", "--plan", "warm"),
        *("--key", "0192f0c1-7a3b-7c4d-8e5f-000000000001"),
    )
    made, again = tiebreak.json(*wish), tiebreak.json(*wish)
    assert made["id"] == again["id"]
    assert made["comes_first"] is False
    assert [one["number"] for one in made["versions"]] == [1, 2]
    draw(JudgingCampaign.objects.get())
    judge(cast, new)
    shown = tiebreak.json("campaigns", "show", "new or old")
    assert (shown["state"], shown["judgments"]) == ("done", 3)
    assert tiebreak.json("campaigns", "list") == list(client.campaigns_list(str(cast.project.id)))
    assert tiebreak.json("campaigns", "report", "new or old") == json.loads(
        json.dumps(client.campaigns_report(made["id"]))
    )
    code, out, _ = tiebreak("campaigns", "report", "new or old")
    assert code == 0
    head, *rows = [line.split("\t") for line in out.splitlines()]
    assert head == ["one", "against", "judgments", "wins", "95 % from", "to"]
    assert [row[:3] for row in rows] in (
        [["policy/2", "policy/1", "3"]],
        [["policy/1", "policy/2", "3"]],
    )
    assert tiebreak.json("campaigns", "end", "new or old")["state"] == "ended"
    first = ("campaigns", "begin", "at once", *wish[3:11], "--first")
    assert tiebreak.json(*first)["comes_first"] is True
    assert tiebreak("campaigns", "show", "another")[0] == 4
    assert old.pk != new.pk


def test_a_shell_is_offered_the_commands_and_kinds(
    tiebreak: Ran, monkeypatch: pytest.MonkeyPatch
) -> None:
    def offered(line: str, place: int) -> list[str]:
        monkeypatch.setenv("_TIEBREAK_COMPLETE", "complete_bash")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(place))
        return tiebreak()[1].split()

    assert {"list", "show", "answer", "log", "plan"} <= set(offered("tiebreak rounds ", 2))
    assert offered("tiebreak camp", 1) == ["campaigns"]
    assert {"reward", "ppo", "dpo"} <= set(offered("tiebreak runs start ", 3))
