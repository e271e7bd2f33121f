"""The locked requirements: complete, exact, for every supported Python, and free of torch."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from annotation.local.lock import TARGETS, walk

ROOT = Path(__file__).resolve().parents[3]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def pins(name: str) -> dict[str, Requirement]:
    lines = (ROOT / name).read_text().splitlines()
    found = [Requirement(line) for line in lines if line and line[0] not in "#-"]
    return {canonicalize_name(one.name): one for one in found}


BASE = pins("requirements.lock")
ALL = BASE | pins("requirements-dev.lock")


@pytest.mark.parametrize(
    ("wanted", "locked"),
    [
        pytest.param(PROJECT["dependencies"], BASE, id="requirements.lock"),
        pytest.param(PROJECT["optional-dependencies"]["dev"], ALL, id="requirements-dev.lock"),
    ],
)
def test_what_the_project_asks_for_is_pinned(
    wanted: list[str], locked: dict[str, Requirement]
) -> None:
    for requirement in map(Requirement, wanted):
        name = canonicalize_name(requirement.name)
        if name == "torch":
            continue
        assert name in locked, f"{name} is not locked; run make lock"
        (pin,) = locked[name].specifier
        assert pin.operator == "=="
        assert requirement.specifier.contains(pin.version), f"{locked[name]}: run make lock"


def test_torch_and_its_parts_are_left_to_the_first_step() -> None:
    assert [name for name in ALL if re.match(r"torch|triton|nvidia-|cuda-", name)] == []
    makefile = (ROOT / "Makefile").read_text()
    asked = next(one for one in PROJECT["dependencies"] if one.startswith("torch"))
    assert asked in makefile
    assert asked in (ROOT / "Dockerfile").read_text()


def test_no_index_or_hash_is_named() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        assert "://" not in text
        assert "--hash" not in text
        assert "index" not in text


def test_what_only_an_older_python_needs_is_found() -> None:
    # redis asks for it only before Python 3.11.3, which is what Debian 12 brings
    requires = {"redis": ['async-timeout>=4 ; python_full_version < "3.11.3"'], "async-timeout": []}
    needing = {
        target["python_full_version"]
        for target in TARGETS
        if "async-timeout" in {one.name for one in walk(["redis"], requires, target)}
    }
    assert needing == {"3.11.2"}
    assert str(BASE["async-timeout"].marker) == 'python_full_version < "3.11.3"'


def test_extras_bring_their_packages_and_unasked_ones_do_not() -> None:
    requires = {"psycopg": ['psycopg-binary ; extra == "binary"', 'tests ; extra == "test"']}
    found = {one.name for one in walk(["psycopg[binary]"], requires, TARGETS[0])}
    assert found == {"psycopg", "psycopg-binary"}
