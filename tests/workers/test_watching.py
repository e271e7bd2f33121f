"""What a run's watchers are given of its trainer: the log without secrets, alarms once, its origin."""

from __future__ import annotations

from pathlib import Path

import pytest

from workers.logs import end_of
from workers.redaction import redacted
from workers.tail import made_with, unused_rows, with_alarms

# Values that look like secrets and are none.
ENVIRONMENT = {
    "HF_TOKEN": "not-a-real-value-1",
    "SERVICE_PASSWORD": "tr0ub4dor&3",
    "DATABASE_URL": "postgres://me:pw@db/t",
    "SHORT_KEY": "1",
    "HOME": "/home/me",
}


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("step 1 of 10, loss 0.25", "step 1 of 10, loss 0.25"),
        ("asked with not-a-real-value-1.", "asked with [hidden]."),
        ("it says tr0ub4dor&3", "it says [hidden]"),
        ("no connection to postgres://me:pw@db/t", "no connection to [hidden]"),
        ("GET https://me:other@host/x failed", "GET https://[hidden]@host/x failed"),
        ("Authorization: Bearer abcdefgh12345", "Authorization: Bearer [hidden]"),
        ("login with hf_abcdefghijklm", "login with [hidden]"),
        ("api_key=hunter2, then on", "api_key=[hidden], then on"),
        ('File "/srv/app/rewardmodel/ppo.py", line 3', 'File "…/ppo.py", line 3'),
        ("see https://docs.example/a/b and 1/2", "see https://docs.example/a/b and 1/2"),
        ("\x1b[31mred\x1b[0m \x07bell", "red bell"),
        ("10 %\r50 %\r100 %", "100 %"),
    ],
)
def test_secrets_folders_and_terminal_codes_are_taken_out(line: str, kept: str) -> None:
    assert redacted(line, ENVIRONMENT) == kept


def test_terminal_codes_without_an_end_do_not_hold_up_whoever_reads_a_log() -> None:
    assert redacted("\x1b]" * 200_000, {}) == "]" * 200_000
    assert redacted("\x1b]0;the title\x07the text", {}) == "the text"


def test_the_last_lines_are_kept_whole_and_it_is_said_that_there_are_more(tmp_path: Path) -> None:
    log = tmp_path / "trainer.log"
    log.write_text("".join(f"line {n}\n" for n in range(300)))
    text, cut = end_of(log)
    assert (text.splitlines()[0], text.splitlines()[-1], cut) == ("line 100", "line 299", True)
    log.write_text("x" * 70_000 + "\nthe end\n")
    assert end_of(log) == ("the end\n", True)
    log.write_text("one\nhalf")
    assert end_of(log) == ("one\nhalf", False)


def test_an_alarm_stands_once_with_its_run_as_it_was_first_raised() -> None:
    told = {"type": "alarm", "code": "length", "stops": False, "since": 8, "step": 40}
    first = with_alarms([], [told, {"type": "metric", "step": 48}])
    assert [(one["code"], one["since"]) for one in first] == [("length", 8)]
    later = with_alarms(first, [{**told, "since": 16}, {**told, "code": "entropy"}])
    assert [(one["code"], one["since"]) for one in later] == [("length", 8), ("entropy", 8)]


def test_where_an_alarm_is_over_stands_with_it_until_it_is_back() -> None:
    told = {"type": "alarm", "code": "length", "stops": False, "since": 8, "step": 40}
    end = {"type": "alarm_end", "code": "length", "step": 80, "until": 72}
    known = with_alarms([], [told])
    assert [(one["since"], one["until"]) for one in known] == [(8, None)]
    over = with_alarms(known, [end])
    assert [(one["since"], one["step"], one["until"]) for one in over] == [(8, 40, 72)]
    back = with_alarms(over, [{**end, "step": 120, "until": None}])
    assert [(one["since"], one["until"]) for one in back] == [(8, None)]
    assert with_alarms([], [end]) == []


def test_what_a_run_was_made_with_is_gathered_from_its_events() -> None:
    events = [
        {"type": "memory", "total_bytes": 9, "parts": {"weights": 9}, "seq": 1},
        {"type": "started", "versions": {"torch": "2"}, "hardware": {"cores": 2}},
        {"type": "finished", "report": {}, "peak_bytes": {"host": 7}},
    ]
    assert made_with(events) == {
        "memory": {"total_bytes": 9, "parts": {"weights": 9}},
        "versions": {"torch": "2"},
        "hardware": {"cores": 2},
        "peak_bytes": {"host": 7},
    }


def test_the_last_word_counts_on_what_is_not_used() -> None:
    told = {"type": "data_read", "rows": "rankings", "used": 88, "given": 500, "used_in_part": 7}
    events = [{**told, "used": 0}, told, {"type": "metric", "step": 1}]
    assert unused_rows(events) == {
        "rows": "rankings",
        "left_out": 412,
        "used_in_part": 7,
        "of": 500,
    }
    assert unused_rows([{**told, "used": "all"}]) is None
