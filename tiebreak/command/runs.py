"""Runs: start, name, look, follow, stop."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from tiebreak.client import Client
from tiebreak.command.account import Json, ProjectOption, here
from tiebreak.command.data import Wait, finish
from tiebreak.command.figures import duration, leaves, number, size
from tiebreak.command.output import (
    Column,
    bytes_bar,
    clean,
    day,
    json_of,
    print_json,
    run_bar,
    say,
    show_one,
    show_rows,
)
from tiebreak.schema import (
    PatchedRunChangeRequest,
    Run,
    RunAlarm,
    RunEstimate,
    RunRequestKindEnum,
    RunRequestRequest,
)
from tiebreak.waiting import ENDED

Named = Annotated[str, typer.Argument(help="Number or id of the run.")]
Ref = Annotated[str | None, typer.Option(help="Id, or number.")]
Policy = Annotated[str | None, typer.Option(help="policy/NUMBER, or id.")]
Reward = Annotated[str | None, typer.Option(help="reward/NUMBER, or id.")]
Prompts = Annotated[str | None, typer.Option(help="Prompt set: name or id.")]
Plan = Annotated[str | None, typer.Option(help="Sampling plan: name or id.")]
Pairs = Annotated[
    list[str] | None, typer.Option("--set", help="A setting as name=value; give it often.")
]
Config = Annotated[Path | None, typer.Option(help="Settings as a JSON file.", exists=True)]
Launch = Annotated[
    str, typer.Option(help="An accelerate configuration of the deployment, by name.")
]
Needs = Annotated[str, typer.Option(help="cpu or gpu; empty: any worker.")]
runs = typer.Typer(no_args_is_help=True, help="Sampling, training, evaluation: background work.")
VERDICTS = {
    "fits": "it fits",
    "tight": "it may not fit: with shorter texts, a smaller microbatch or LoRA it may",
    "impossible": "it cannot run there: take a smaller model, or a LoRA rank above 0",
    "unknown": "no worker has said yet how much it has",
}
# of a run, what --json alone prints, and what is told in other words
UNTOLD = (
    *("project_id", "provenance", "phase", "progress_done", "progress_total", "tries", "priority"),
    *("next_try_at", "requested_by", "cancel_requested", "created_at", "left_out", "alarms"),
)


def settings(pairs: list[str], file: Path | None) -> dict[str, Any]:
    """Settings from a file and from name=value; a value is JSON, or a text where it is none."""
    found: dict[str, Any] = json_of(file) if file else {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals:
            raise typer.BadParameter(f"{pair!r}: write name=value")
        try:
            found[name] = json.loads(value)
        except ValueError:
            found[name] = value
    return found


@runs.command("kinds")
def kinds(
    kind: Annotated[str | None, typer.Argument(help="Only this kind.")] = None,
    as_json: Json = False,
) -> None:
    """What can be started; of one kind, or with --json, the JSON schema of every setting."""
    from tiebreak.command.account import client

    found = client().run_kinds_retrieve()
    if kind is not None and kind not in found:
        raise typer.BadParameter(f"one of {', '.join(sorted(found))}")
    if kind is not None or as_json:
        print_json(found if kind is None else found[kind])
    else:
        print("\n".join(sorted(found)))


@runs.command("start")
def start(
    kind: Annotated[
        str,
        typer.Argument(
            help="Such as reward or ppo; see `tiebreak runs kinds`.",
            autocompletion=lambda: list(get_args(RunRequestKindEnum)),
        ),
    ],
    snapshot: Ref = None,
    policy: Policy = None,
    reward: Reward = None,
    prompts: Prompts = None,
    plan: Plan = None,
    after: Annotated[str | None, typer.Option(help="Begin when this run has succeeded.")] = None,
    pairs: Pairs = None,
    config: Config = None,
    launch: Launch = "",
    needs: Needs = "",
    priority: Annotated[
        int, typer.Option(help="-2: last of the project's waiting runs … 2: first.")
    ] = 0,
    name: Annotated[str, typer.Option(help="What it is called, for people alone.")] = "",
    note: Annotated[str, typer.Option(help="What there is to say about it.")] = "",
    key: Annotated[str | None, typer.Option(help="A UUID; the same one starts once.")] = None,
    wait: Annotated[bool, typer.Option("--wait", help="Wait for the end.")] = False,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Start a run. An input left out is what the run of --after makes.

    A policy or reward model left out without --after is the promoted one, but not in an evaluation.
    Snapshot, prompt set and sampling plan have no default: name them.

    tiebreak runs start reward --snapshot 3 --set epochs=1 --wait
    """
    client, here_ = here(project)
    wish: dict[str, Any] = {"kind": kind, "config": settings(pairs or [], config)}
    wish |= _inputs(client, here_, snapshot, policy, reward, prompts, plan, after)
    wish |= _place(launch, needs)
    more = {"priority": priority, "name": name, "note": note}
    wish |= {field: said for field, said in more.items() if said}
    run = client.start_run(here_, cast(RunRequestRequest, wish), idempotency_key=key)
    run = finish(client, run, wait, as_json)
    if not as_json:
        show_one({name: run[name] for name in ("number", "kind", "status", "id")}, False)


@runs.command("estimate")
def estimate(
    kind: Annotated[str, typer.Argument(help="Such as reward or ppo.")],
    snapshot: Ref = None,
    policy: Policy = None,
    reward: Reward = None,
    prompts: Prompts = None,
    plan: Plan = None,
    pairs: Pairs = None,
    config: Config = None,
    launch: Launch = "",
    needs: Needs = "",
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """The memory and time that a run would take, and what that rests on. Starts nothing."""
    client, here_ = here(project)
    wish: Any = {"kind": kind, "config": settings(pairs or [], config), **_place(launch, needs)}
    wish |= _inputs(client, here_, snapshot, policy, reward, prompts, plan, None)
    found = client.runs_estimate(here_, wish)
    if as_json:
        print_json(found)
    else:
        show_one(_estimate_in_words(found), False)


def _estimate_in_words(found: RunEstimate) -> dict[str, Any]:
    """What it will take, as the form of a new run says it."""
    machine, past = found["machine"], ", ".join(map(str, found["past_runs"]))
    told = {
        "memory": f"at most about {size(found['total'])}" if found["total"] else "not known",
        "of this for certain": size(found["certain"]),
        "largest machine": "not known",
        "verdict": VERDICTS[found["verdict"]],
        "time": "not known: no run of this kind that could be compared has ended in this project yet",
        **{f"memory.{name}": size(count) for name, count in found["parts"].items()},
    }
    if machine:
        said_by = "its last run" if machine["told_by"] == "past_run" else "its worker"
        device = "GPU" if machine["on_gpu"] else "CPU"
        told["largest machine"] = f"{size(machine['bytes'])}, {device}, by {said_by}"
    if found["seconds"]:
        least, about, most = map(duration, found["seconds"])
        between = f" ({least} to {most})" if least != most else ""
        alone = len(found["past_runs"]) == 1
        rests = f"reckoned from what run {past} took" if alone else f"by runs {past}"
        told["time"] = f"about {about}{between}, {rests}"
    return told


def _place(launch: str, needs: str) -> dict[str, str]:
    return {name: said for name, said in (("launch", launch), ("needs", needs)) if said}


def _inputs(
    client: Client,
    project: str,
    snapshot: str | None,
    policy: str | None,
    reward: str | None,
    prompts: str | None,
    plan: str | None,
    after: str | None,
) -> dict[str, str]:
    """The ids behind what was named."""
    found = {}
    if snapshot:
        found["snapshot"] = client.snapshot_id(project, snapshot)
    if policy:
        found["policy_version"] = client.version(project, policy)["id"]
    if reward:
        found["reward_version"] = client.version(project, reward)["id"]
    if prompts:
        found["prompt_set"] = client.prompt_set(project, prompts)["id"]
    if plan:
        found["plan"] = client.sampling_plan(project, plan)["id"]
    if after:
        found["waits_for"] = client.run(project, after)["id"]
    return found


@runs.command("list")
def list_(
    kind: Annotated[str | None, typer.Option(help="Only of this kind.")] = None,
    status: Annotated[str | None, typer.Option(help="Only in this state.")] = None,
    name: Annotated[str | None, typer.Option(help="Only with this in their name.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """The runs of a project, newest first."""
    client, key = here(project)
    chosen: Any = {"kind": kind, "status": status, "name": name}
    columns: list[Column] = [(head, head) for head in ("number", "kind", "name", "status")]
    columns += [("progress", _progress), ("asked", day), ("took", _took), ("id", "id")]
    show_rows(client.runs_list(key, **chosen), columns, as_json)


def _progress(run: Run) -> str:
    """How far a run is that is at work; where the work of an ended one lay says nothing of it."""
    if run["status"] in ENDED or not run["phase"]:
        return ""
    of = f" of {run['progress_total']}" if run["progress_total"] else ""
    return f"{run['phase']} {run['progress_done']}{of}"


def _took(run: Run) -> str:
    """From its start to its end, in words."""
    if not run["started_at"] or not run["finished_at"]:
        return ""
    begun, ended = map(datetime.fromisoformat, (run["started_at"], run["finished_at"]))
    return duration((ended - begun).total_seconds())


@runs.command("show")
def show(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """One run: what it uses, how far it is, what came of it; --json has also what it ran on."""
    client, key = here(project)
    run = client.run(key, named)
    show_one(run if as_json else _run_in_words(client, run), as_json)


def _run_in_words(client: Client, run: Run) -> dict[str, Any]:
    """A run with its inputs and results by the names that other commands take."""
    names = _names(client, run)
    told: dict[str, Any] = {
        name: names.get(value, value) if isinstance(value, str) else value
        for name, value in run.items()
        if name not in UNTOLD
    }
    by = run["requested_by"]
    more = {
        "progress": _progress(run),
        "asked": f"{day(run)} by {by['username']}" if by else day(run),
        "took": _took(run),
        "tries": run["tries"] if run["tries"] > 1 else None,
        "priority": run["priority"] or None,
        "cancel requested": True if run["cancel_requested"] and not run["finished_at"] else None,
    }
    if (out := run["left_out"]) is not None and (out["left_out"] or out["used_in_part"]):
        in_part = f"; {out['used_in_part']} used in part" if out["used_in_part"] else ""
        more["left out"] = f"{out['left_out']} of {out['of']} {out['rows']}{in_part}"
    more["alarms"] = "; ".join(_alarm_in_words(alarm) for alarm in run["alarms"])
    first = ("number", "kind", "name", "note", "status")
    return {name: told.pop(name) for name in first} | more | told


def _alarm_in_words(alarm: RunAlarm) -> str:
    """Which one, and where it was seen."""
    last = alarm["step"] if alarm["stops"] else alarm.get("until")
    end = "on" if last is None else f"to {last}"
    return f"{alarm['code']} from step {alarm['since']} {end}"


def _names(client: Client, run: Run) -> dict[str, str]:
    """What the versions and snapshots of a run are called, by id; asked for only where it has some."""
    project, found = run["project_id"], {}
    if run["policy_version"] or run["reward_version"] or run["output_version"]:
        for one in client.versions_list(project):
            found[one["id"]] = f"{one['kind']}/{one['number']}"
    if run["snapshot"] or run["output_snapshot"]:
        for snapshot in client.snapshots_list(project):
            found[snapshot["id"]] = str(snapshot["number"])
    return found


@runs.command("watch")
def watch(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """Follow a run to its end; leaves with code 6 where it fails. Ctrl-C stops only the looking."""
    client, key = here(project)
    run = finish(client, client.run(key, named), True, as_json)
    if not as_json:
        show_one(run["report"], False)


@runs.command("log")
def log(
    named: Named,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Until its end.")] = False,
    project: ProjectOption = None,
    output: Annotated[
        bool, typer.Option("--output", help="The last lines its trainer printed instead.")
    ] = False,
    as_json: Json = False,
) -> None:
    """What a run said; with --json one event a line."""
    client, key = here(project)
    if output:
        found = client.run_log_retrieve(client.run(key, named)["id"])
        if as_json:
            print_json(found)
        else:
            print("\n".join(clean(line) for line in found["text"].splitlines()))
        return
    for event in client.events(client.run(key, named)["id"], follow=follow):
        if as_json:
            print(json.dumps(event), flush=True)
        else:
            words = json.dumps(event["payload"], ensure_ascii=False) if event["payload"] else ""
            print(f"{event['at'][:19]}  {event['type']:<14} {clean(words)}", flush=True)


@runs.command("files")
def files(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """The files that a run wrote for people: completions, a report, what was left out and why."""
    client, key = here(project)
    found = client.run_files_list(client.run(key, named)["id"])["results"]
    show_rows(found, [("name", "name"), ("bytes", "bytes"), ("sha256", "sha256")], as_json)


@runs.command("download")
def download(
    named: Named,
    folder: Annotated[Path, typer.Argument(help="Where its files go.", file_okay=False)],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Fetch these files. Models wrote what is in them: look before you open one in a browser."""
    client, key = here(project)
    run = client.run(key, named)["id"]
    with bytes_bar(folder.name) as moved:
        found = client.download_run_files(run, folder, moved)
    say(f"{len(found)} files in {folder}" if found else "this run has no files")
    if as_json:
        print_json(found)


@runs.command("samples")
def samples(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """What the policy said to the followed prompts, beside its reference; one a line with --json."""
    client, key = here(project)
    run, after = client.run(key, named)["id"], 0
    while (page := client.run_samples_list(run, after=after))["results"]:
        for one in page["results"]:
            if as_json:
                print(json.dumps(one, ensure_ascii=False), flush=True)
                continue
            print(f"step {one['step']}: {clean(one['prompt'])}")
            print(f"  before {_score(one['reference_score'])}: {clean(one['before'] or '')}")
            print(f"  after  {_score(one['score'])}: {clean(one['after'])}")
        after = page["last"]


def _score(value: float | None) -> str:
    return "-" if value is None else number(value)


@runs.command("compare")
def compare(
    named: Annotated[list[str], typer.Argument(help="Numbers or ids of two to six runs.")],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Settings that differ between runs, and their results side by side."""
    if not 2 <= len(named) <= 6:
        raise typer.BadParameter(f"two to six runs are compared, not {len(named)}")
    client, key = here(project)
    found = [client.run(key, one) for one in named]
    sides = [{**_settings_of(run), **_results_of(run, split=as_json)} for run in found]
    names = list(dict.fromkeys(name for side in sides for name in side))
    heads = [f"run {run['number']}" for run in found]
    rows = [
        {"what": name, **dict(zip(heads, (side.get(name) for side in sides), strict=True))}
        for name in names
        if any(side.get(name) != sides[0].get(name) for side in sides)
    ]
    if not rows and not as_json:
        print(f"{' and '.join(heads)} do not differ: settings and results are equal.")
        return
    show_rows(rows, [(head, head) for head in ("what", *heads)], as_json)


def _settings_of(run: Run) -> dict[str, Any]:
    """Its settings, below what it is called."""
    named = {"name": run["name"] or None}
    return named | {f"config.{name}": value for name, value in run["config"].items()}


def _results_of(run: Run, split: bool) -> dict[str, Any]:
    """Every number and word of a report by its path; lists are left out."""
    found = leaves(run["report"], "report", split=split)
    return {path: value for path, value in found if not isinstance(value, list)}


@runs.command("metrics")
def metrics(
    named: Named,
    only: Annotated[list[str] | None, typer.Option("--name", help="Only this figure.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """The figures of a run: the last of each, or all with --json."""
    client, key = here(project)
    found = client.metrics(client.run(key, named)["id"])
    found = {name: found[name] for name in sorted(found) if not only or name in only}
    if as_json:
        print_json(found)
    else:
        rows = [(name, *values[-1]) for name, values in found.items()]
        show_rows(
            rows,
            [("figure", lambda r: r[0]), ("step", lambda r: r[1]), ("value", lambda r: r[2])],
            False,
        )


@runs.command("issues")
def issues(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """The lines that an import refused: line, field, rule."""
    client, key = here(project)
    rows = client.run_issues_list(client.run(key, named)["id"])
    show_rows(rows, [(name, name) for name in ("line", "field", "rule", "message")], as_json)


@runs.command("queue")
def queue(project: ProjectOption = None, as_json: Json = False) -> None:
    """The runs that wait for a worker: their place among all projects' runs, and what they wait for."""
    client, key = here(project)
    found = client.run_queue_list(key)["results"]
    columns: Any = [("place", "place"), ("waits for", "waits_because")]
    for name in ("number", "kind", "priority"):
        columns.append((name, lambda row, name=name: row["run"][name]))
    show_rows(found, columns, as_json)


@runs.command("priority")
def priority(
    named: Named,
    value: Annotated[int, typer.Argument(help="-2: last of the project's runs … 2: first.")],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Move a run that waits forward or back in the line of its project."""
    client, key = here(project)
    run = client.runs_set_priority(client.run(key, named)["id"], {"priority": value})
    show_one(run if as_json else {"number": run["number"], "priority": run["priority"]}, as_json)


@runs.command("describe")
def describe(
    named: Named,
    name: Annotated[str | None, typer.Option(help='What it is called; "": nothing.')] = None,
    note: Annotated[
        str | None, typer.Option(help='What there is to say about it; "": nothing.')
    ] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Give a run another name or note; what is left out stays. It runs as it would without."""
    given = {field: said for field, said in (("name", name), ("note", note)) if said is not None}
    if not given:
        raise typer.BadParameter("give --name, --note or both")
    client, key = here(project)
    run = client.runs_change(client.run(key, named)["id"], cast(PatchedRunChangeRequest, given))
    told = {field: run[field] for field in ("number", "name", "note")}
    show_one(run if as_json else told, as_json)


@runs.command("radar")
def radar(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """Outputs of a policy run whose reward looked undeserved, and what people then said of them."""
    client, key = here(project)
    found = client.run_radar_retrieve(client.run(key, named)["id"])
    if as_json:
        print_json(found)
        return
    columns: Any = [(name, name) for name in ("step", "score", "reference_score", "kl")]
    columns += [("item", "item_state"), ("prompt", "prompt"), ("output", "output")]
    show_rows(found["results"], columns, False)


@runs.command("cancel")
def cancel(named: Named, project: ProjectOption = None, as_json: Json = False) -> None:
    """Ask a run to stop; what it has saved stays."""
    client, key = here(project)
    run = client.runs_cancel(client.run(key, named)["id"])
    show_one(run if as_json else {"number": run["number"], "status": run["status"]}, as_json)


@runs.command("retry")
def retry(
    named: Named, wait: Wait = False, project: ProjectOption = None, as_json: Json = False
) -> None:
    """Let a failed or cancelled run go on from its last checkpoint."""
    client, key = here(project)
    run = client.runs_retry(client.run(key, named)["id"])
    run = finish(client, run, wait, as_json)
    if not as_json:
        show_one({"number": run["number"], "status": run["status"]}, False)


@runs.command("wait")
def wait(
    named: Annotated[list[str], typer.Argument(help="Numbers or ids.")],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Wait for several runs; leaves with code 6 at the first that fails."""
    client, key = here(project)
    with run_bar() as look:
        ended = [client.wait(client.run(key, one)["id"], progress=look) for one in named]
    if as_json:
        print_json(ended)


def add_to(app: typer.Typer) -> None:
    """The commands of this file."""
    app.add_typer(runs, name="runs")
