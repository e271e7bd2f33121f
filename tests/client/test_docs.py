"""The commands of the documentation exist with their options, and its example of training runs as written."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer

from annotation.runs.models import Run
from tests.annotation.runs.judgments import add_rankings
from tests.cast import Cast
from tests.client.test_command import Ran, plain
from tiebreak.command import app

SignIn = Callable[..., str]
DOCS = Path(__file__).parents[2] / "docs"
PAGES = ("client.md", "ml-guide/README.md", "ml-guide/README.zh-Hans.md")
COMMAND = re.compile(r"^    (tiebreak .*)$", re.MULTILINE)


@pytest.fixture
def tiebreak(capsys: pytest.CaptureFixture[str]) -> Ran:
    return Ran(capsys)


def written(text: str) -> list[list[str]]:
    """Every command of a page, word by word; what the shell does around it is left out."""
    lines = [line for found in COMMAND.findall(text) for line in found.split(" && ")]
    asked = [re.split(r" [|<>] ", line.strip())[0] for line in lines]
    return [shlex.split(line, comments=True)[1:] for line in asked]


def parse(words: list[str]) -> None:
    """Read a command as the program would. Raises where it, or an option of it, is unknown."""
    command: Any = typer.main.get_command(app)
    rest = list(words)
    while hasattr(command, "commands"):
        command = command.commands[rest.pop(0)]
    context = command.context_class(command, info_name=words[0])
    command.make_parser(context).parse_args(args=rest)


@pytest.mark.parametrize("name", PAGES)
def test_every_command_that_is_written_exists(name: str) -> None:
    commands = written((DOCS / name).read_text(encoding="utf-8"))
    assert len(commands) >= 5
    for words in commands:
        parse(words)
    with pytest.raises(Exception, match="--no-such"):
        parse(["runs", "list", "--no-such"])


@pytest.mark.usefixtures("at_work", "policy")
def test_the_example_of_training_runs_as_written(
    tiebreak: Ran, signed_in: SignIn, cast: Cast
) -> None:
    signed_in()
    add_rankings(cast, 3)
    text = (DOCS / "client.md").read_text(encoding="utf-8")
    example = text[text.index("**4. ") : text.index("**5. ")]
    freeze, estimate, train = written(example)[:3]
    assert [words[:2] for words in (freeze, estimate, train)] == [
        ["snapshot", "make"],
        ["runs", "estimate"],
        ["runs", "start"],
    ]
    code, out, err = tiebreak(*freeze)
    assert code == 0, err
    assert re.search(r"^number +1$", out, re.MULTILINE)
    code, out, err = tiebreak(*estimate)
    assert code == 0, err
    assert re.search("^time +not known", out, re.MULTILINE)
    code, _, err = tiebreak(*train, "--wait")
    assert code == 0, err
    assert Run.objects.get(kind="reward").status == "succeeded"


def test_a_snapshot_that_is_left_out_is_asked_for(tiebreak: Ran, signed_in: SignIn) -> None:
    signed_in()
    code, _, err = tiebreak("runs", "start", "reward")
    assert (code, "snapshot: Choose a snapshot." in err) == (1, True)
    told = plain(tiebreak("runs", "start", "--help")[1])
    assert "Snapshot, prompt set and sampling plan have no default" in told
