"""docker-compose.yml runs the same programs with the same settings as `make up`."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from annotation.lib.env import Environment
from annotation.local import environment, processes
from annotation.local.state import DataDir

ROOT = Path(__file__).resolve().parents[3]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
FURTHER_HOST = yaml.safe_load((ROOT / "deploy" / "worker-host.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
PROGRAMS = processes.programs("0.0.0.0", 8000, "/tmp/schedule")
# what a container must be told and programs on one machine inherit or must not have, and the other way
# round
ONLY_IN_CONTAINERS = {
    *("SECRET_KEY", "CSRF_TRUSTED_ORIGINS", "REQUIRE_MFA_FOR"),
    *("MODEL_SERVERS", "HUB_ENDPOINT", "HUB_ORGANISATION"),
}
OF_ONE_CONTAINER = {
    "web": {
        *("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET", "OIDC_NAME", "OIDC_LINK_BY_EMAIL"),
        *("SECRET_KEY_FALLBACK", "EMAIL_URL", "METRICS_TOKEN", "ACCELERATE_CONFIGS"),
    },
    "worker-train": {
        *("TIEBREAK_WORKER_CLASS", "TIEBREAK_WORKER_ADDRESS", "TIEBREAK_WORKER_PORTS"),
        "RUN_GATHER_SECONDS",
    },
}
ONLY_ON_ONE_MACHINE = {"SECRET_KEY_FILE", "TIEBREAK_LOCAL"}


def test_every_program_is_there_and_no_other() -> None:
    ours = {name for name, one in SERVICES.items() if one.get("image") == "tiebreak:local"}
    assert ours == {program.name for program in PROGRAMS} | {"migrate"}
    assert set(SERVICES) - ours == {"nginx", "postgres", "redis"}


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_commands_are_those_of_the_supervisor(program: processes.Program) -> None:
    assert SERVICES[program.name]["command"] == program.command("python")


def test_migrations_are_those_of_the_supervisor() -> None:
    steps = [" ".join(step.command("python")) for step in processes.MIGRATIONS]
    assert SERVICES["migrate"]["command"] == ["sh", "-c", " && ".join(steps)]


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_settings_are_those_of_the_supervisor(
    program: processes.Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SECRET_KEY", raising=False)
    data = DataDir(tmp_path / "data")
    data.create()
    local = environment.settings(data, {"DATABASE_URL": "", "REDIS_URL": ""}).keys()
    container = SERVICES[program.name]["environment"]
    expected = (local - ONLY_ON_ONE_MACHINE) | ONLY_IN_CONTAINERS
    assert set(container) == expected | OF_ONE_CONTAINER.get(program.name, set())


def test_a_training_worker_takes_the_same_settings_on_every_host() -> None:
    for workers in (SERVICES, FURTHER_HOST["services"]):
        container = workers["worker-train"]["environment"]
        for name in OF_ONE_CONTAINER["worker-train"]:
            assert container[name].startswith(f"${{{name}-"), "what .env says"
        assert not OF_ONE_CONTAINER["web"] & set(container)


def test_the_web_alone_reads_the_folder_of_accelerate_configurations() -> None:
    (mounted,) = set(SERVICES["web"]["volumes"]) - {"data:/data"}
    assert mounted == "${ACCELERATE_CONFIGS-./deploy/accelerate}:/accelerate:ro"
    assert SERVICES["web"]["environment"]["ACCELERATE_CONFIGS"] == "/accelerate"
    assert (ROOT / "deploy" / "accelerate").is_dir()


def test_settings_are_known_to_the_application() -> None:
    known = {name.upper() for name in Environment.model_fields}
    containers = [*SERVICES.values(), *FURTHER_HOST["services"].values()]
    ours = [one["environment"] for one in containers if one.get("image") == "tiebreak:local"]
    named = set().union(ONLY_ON_ONE_MACHINE, *ours)
    assert named <= known


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda program: program.name)
def test_containers_grant_at_least_the_time_to_stop(program: processes.Program) -> None:
    grace = SERVICES[program.name]["stop_grace_period"]
    assert int(grace.removesuffix("s")) > program.grace


def test_no_secret_has_a_default() -> None:
    text = (ROOT / "docker-compose.yml").read_text()
    variables = re.findall(r"(?<!\$)\$\{(\w+)(:\?|-)([^}]*)\}", text)
    wanted = {name for name, rule, _ in variables if rule == ":?"}
    assert wanted >= {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "SECRET_KEY"}
    assert len(variables) == len(re.findall(r"(?<!\$)\$\{", text)), "no other rule"
    optional = {name: default for name, rule, default in variables if rule == "-"}
    assert [
        optional[name] for name in optional if re.search("SECRET|PASSWORD|_URL|TOKEN", name)
    ] == [
        "",
        "",
        "",
        "",
    ]
    example = (ROOT / ".env.example").read_text()
    asked = dict(line.split("=", 1) for line in example.splitlines() if line[:1].isupper())
    assert set(asked) == wanted
    assert set(asked.values()) == {""}


def test_the_example_names_every_variable_that_is_read() -> None:
    files = [ROOT / "docker-compose.yml", *(ROOT / "deploy").glob("*.yml")]
    asked = {
        name: default
        for file in files
        for name, default in re.findall(r"(?<!\$)\$\{(\w+)(?::\?|-)([^}]*)\}", file.read_text())
    }
    example = (ROOT / ".env.example").read_text()
    named = dict(re.findall(r"^(?:# )?([A-Z][A-Z0-9_]*)=(.*)$", example, re.MULTILINE))
    assert set(named) == set(asked)
    assert {name: asked[name] for name, value in named.items() if value} == {
        name: value for name, value in named.items() if value
    }, "the defaults"


def test_no_log_fills_the_disk() -> None:
    for one in [*SERVICES.values(), *FURTHER_HOST["services"].values()]:
        assert one["logging"]["options"] == {"max-size": "10m", "max-file": "3"}


def test_only_nginx_is_reachable_from_outside() -> None:
    assert [name for name, one in SERVICES.items() if "ports" in one] == ["nginx"]
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name, one in SERVICES.items():
        if name != "nginx":
            assert one["networks"] == ["inside"], name


def test_containers_cannot_gain_rights() -> None:
    for name, one in SERVICES.items():
        assert "no-new-privileges:true" in one["security_opt"], name
    for program in PROGRAMS:
        assert SERVICES[program.name]["cap_drop"] == ["ALL"]
        assert SERVICES[program.name]["read_only"] is True


def compose_command() -> list[str] | None:
    if shutil.which("docker"):
        plugin = subprocess.run(["docker", "compose", "version"], capture_output=True)
        if plugin.returncode == 0:
            return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else None


def test_compose_accepts_the_file_and_refuses_it_without_secrets(tmp_path: Path) -> None:
    command = compose_command()
    if command is None:
        pytest.skip("no docker compose here")
    names = re.findall(r"^(\w+)=", (ROOT / ".env.example").read_text(), re.MULTILINE)
    values = dict.fromkeys(names, "x" * 64) | {"TLS_FOLDER": str(tmp_path)}
    settings = tmp_path / "env"
    settings.write_text("".join(f"{name}={value}\n" for name, value in values.items()))
    plain = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    good = [*command, "--env-file", str(settings), "config", "--quiet"]
    done = subprocess.run(good, cwd=ROOT, env=plain, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    for name in names:
        rest = {one: value for one, value in values.items() if one != name}
        settings.write_text("".join(f"{one}={value}\n" for one, value in rest.items()))
        done = subprocess.run(good, cwd=ROOT, env=plain, capture_output=True, text=True)
        assert done.returncode != 0
        assert name in done.stderr
