"""The notebooks of the documentation run as they are written, cell after cell, against the real server."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from annotation.labeling.models import Item, Ranking
from annotation.registry.models import ModelVersion
from tests.cast import Cast
from tests.client.conftest import token_of
from tests.e2e.server import Server

FOLDER = Path(__file__).parents[2] / "docs" / "notebooks"


def cells(path: Path) -> list[str]:
    found = json.loads(path.read_text(encoding="utf-8"))["cells"]
    assert all(not one.get("outputs") for one in found), "notebooks are kept without outputs"
    return ["".join(one["source"]) for one in found if one["cell_type"] == "code"]


@pytest.mark.usefixtures("at_work", "policy")
def test_the_way_from_a_file_to_a_reward_model(
    server: Server, cast: Cast, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TIEBREAK_URL", server.url)
    monkeypatch.setenv("TIEBREAK_TOKEN", token_of(cast.ml))
    names: dict[str, Any] = {}
    for number, cell in enumerate(cells(FOLDER / "reward-model.ipynb")):
        exec(compile(cell, f"cell {number}", "exec"), names)
    assert Item.objects.filter(prompt__prompt_set__name="notebook", is_imported=False).count() == 3
    assert Ranking.objects.count() == 20
    version = ModelVersion.objects.get(kind="reward")
    assert version.made_by.snapshot.counts["rankings"] == 20
    assert "succeeded" in capsys.readouterr().out
