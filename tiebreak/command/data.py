"""Prompts in, items for labelers, judgments out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, cast, get_args

import typer

from tiebreak.client import Client
from tiebreak.command.account import Json, ProjectOption, here
from tiebreak.command.output import (
    Column,
    bytes_bar,
    day,
    print_json,
    run_bar,
    say,
    share,
    show_one,
    show_rows,
)
from tiebreak.downloads import Rows
from tiebreak.finding import checked_id
from tiebreak.schema import (
    DatasetDetail,
    ImportRequestRequest,
    NewDatasetRequest,
    PlanRequestRequest,
    Preview,
    Run,
)

ROWS: tuple[Rows, ...] = get_args(Rows)
COUNTED = ("rankings", "demonstrations", "prompts", "labelers", "train", "validation")
File = Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)]
FormatOption = Annotated[str | None, typer.Option(help="Format, where it is detected wrongly.")]
KindOption = Annotated[
    str | None,
    typer.Option(help="What rows become: prompts, completions, rankings, demonstrations."),
]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="Wait for the end.")]

prompts = typer.Typer(no_args_is_help=True, help="Prompt sets and what is in them.")
items = typer.Typer(no_args_is_help=True, help="What labelers are handed.")
export = typer.Typer(no_args_is_help=True, help="Rows and datasets out of a project.")
snapshot = typer.Typer(no_args_is_help=True, help="Judgments frozen for training.")


def _plan(format: str | None, kind: str | None) -> PlanRequestRequest:
    given = {"format": format, "kind": kind}
    return cast(PlanRequestRequest, {name: value for name, value in given.items() if value})


def finish(client: Client, run: Run, wait: bool, as_json: bool) -> Run:
    """Wait for a run if that is wanted, and show it."""
    if wait:
        with run_bar() as look:
            run = client.wait(run["id"], progress=look)
    if as_json:
        print_json(run)
    return run


@prompts.command("sets")
def prompt_sets(project: ProjectOption = None, as_json: Json = False) -> None:
    """The prompt sets of a project."""
    client, key = here(project)
    names = ("name", "version", "purpose", "language", "prompt_count", "id")
    show_rows(client.prompt_sets_list(key), [(name, name) for name in names], as_json)


@prompts.command("list")
def prompts_list(
    prompt_set: Annotated[str, typer.Argument(help="Name or id of the set.")],
    search: Annotated[str | None, typer.Option(help="Only prompts with these words.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only prompts with this tag.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """The prompts of a set."""
    client, key = here(project)
    found = client.prompt_set(key, prompt_set)
    rows = client.prompts_list(found["id"], search=search, tag=tag)
    columns: Any = [
        ("id", "id"),
        ("completions", "completion_count"),
        ("judgments", "judgment_count"),
        ("prompt", lambda row: row["messages"][-1]["content"][:80]),
    ]
    show_rows(rows, columns, as_json)


@prompts.command("preview")
def preview(
    file: File,
    format: FormatOption = None,
    kind: KindOption = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """How the server reads a file: format, columns, first rows. Imports nothing; takes the role admin."""
    client, key = here(project)
    with bytes_bar(file.name) as moved:
        found = client.preview_file(key, file, _plan(format, kind), moved)
    if as_json:
        print_json(found)
    else:
        _show_preview(found)


def _show_preview(found: Preview) -> None:
    print(f"{found['file']['container']}, read as {found['format']}; rows become {found['kind']}")
    if found["broken"]:
        print(f"broken: {found['broken']['message']}")
    columns: Any = [
        ("line", "line"),
        ("prompt", lambda row: row["prompt"][-1]["content"][:60] if row["prompt"] else ""),
        ("completions", lambda row: len(row["completions"])),
        ("refused", lambda row: row["issue"]["message"] if row["issue"] else ""),
    ]
    show_rows(found["rows"], columns, False)


@prompts.command("import")
def import_(
    file: File,
    into: Annotated[str, typer.Option("--set", help="Prompt set; made where there is none.")],
    purpose: Annotated[
        str | None, typer.Option(help="Of a new set: sft, reward, rl or evaluation.")
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only say what would be refused.")] = False,
    format: FormatOption = None,
    kind: KindOption = None,
    wait: Wait = True,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Bring a file in: JSONL, JSON, CSV, Parquet, plain or gzip; prompts, completions or judgments.

    It takes the role admin. Cut off, the same command goes on where it stopped. Rows that are there
    already are left alone. Lines that are refused are listed with `tiebreak runs issues`; the others
    are imported.
    """
    client, key = here(project)
    wish: Any = {**_plan(format, kind), "prompt_set_name": into, "dry_run": check}
    if purpose:
        wish["purpose"] = purpose
    with bytes_bar(file.name) as moved:
        run = client.import_file(key, file, cast(ImportRequestRequest, wish), progress=moved)
    run = finish(client, run, wait, as_json)
    if as_json:
        return
    told: dict[str, Any] = run["report"] if wait else {"run": run["number"]}
    if check:
        told = {"would be added" if name == "added" else name: n for name, n in told.items()}
        say("This is a check: nothing is imported.")
    show_one(told, False)


@items.command("list")
def items_list(
    state: Annotated[str | None, typer.Option(help="Such as open or done.")] = None,
    kind: Annotated[str | None, typer.Option(help="ranking or demonstration.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """What labelers are handed, newest first."""
    client, key = here(project)
    chosen: Any = {"state": state, "kind": kind}
    columns: Any = [(name, name) for name in ("id", "kind", "state", "counted", "needed")]
    columns.append(("prompt", lambda row: row["prompt_preview"][:60]))
    show_rows(client.items_list(key, **chosen), columns, as_json)


@items.command("make")
def items_make(
    prompt_set: Annotated[str, typer.Option("--set", help="Prompt set.")],
    kind: Annotated[str, typer.Option(help="ranking or demonstration.")] = "ranking",
    k: Annotated[int | None, typer.Option("-k", help="Completions of each, 2 to 9.")] = None,
    needed: Annotated[int | None, typer.Option(help="Judgments wanted of each.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Make items of a set's prompts; those that have one already are left alone."""
    client, key = here(project)
    wish: Any = {"prompt_set": client.prompt_set(key, prompt_set)["id"], "kind": kind}
    wish |= {name: value for name, value in (("k", k), ("needed", needed)) if value is not None}
    show_one(client.items_create(key, wish), as_json)


def agreement(project: ProjectOption = None, as_json: Json = False) -> None:
    """How often people agree about pairs, with a 95 % interval."""
    client, key = here(project)
    found = client.agreement_retrieve(key)
    if as_json:
        print_json(found)
        return
    interval = " to ".join(map(share, found["interval"] or []))
    print(
        f"{share(found['agreement'])} of {found['pairs']} pairs, {interval or 'too few to say'} "
        f"({found['items']} items; {found['ties_excluded']} ties left out)"
    )
    columns: Any = [
        ("labeler", "name"),
        ("pairs", "pairs"),
        ("agreement", lambda row: share(row["agreement"])),
    ]
    show_rows(found["labelers"], columns, False)


@export.command("rows")
def export_rows(
    rows: Annotated[
        str,
        typer.Argument(
            help="prompts, completions, rankings or demonstrations.",
            autocompletion=lambda: list(ROWS),
        ),
    ],
    file: Annotated[Path, typer.Argument(help="Where to; .gz packs it.")],
    prompt_set: Annotated[
        str | None, typer.Option("--set", help="Only of this prompt set.")
    ] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """All rows of one kind as JSONL, in the form that can be imported again."""
    if rows not in ROWS:
        raise typer.BadParameter(f"one of {', '.join(ROWS)}")
    client, key = here(project)
    of = client.prompt_set(key, prompt_set)["id"] if prompt_set else None
    digest = client.download_rows(key, rows, file, prompt_set=of)
    if as_json:
        print_json({"file": str(file), "sha256": digest})
    else:
        print(f"{digest}  {file}")


@export.command("list")
def export_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The datasets of a project, newest first."""
    client, key = here(project)
    columns: Any = [
        ("id", "id"),
        ("snapshot", "snapshot_number"),
        ("bytes", "bytes"),
        ("made", day),
    ]
    show_rows(client.datasets_list(key), columns, as_json)


@export.command("make")
def export_make(
    folder: Annotated[
        Path | None,
        typer.Argument(help="An empty or new folder for its files; none: only make."),
    ] = None,
    parts: Annotated[
        list[str] | None,
        typer.Option("--part", help="rankings, pairs, pairs_plain, demonstrations or consensus."),
    ] = None,
    files: Annotated[list[str] | None, typer.Option("--file", help="parquet or jsonl.")] = None,
    snapshot: Annotated[str | None, typer.Option(help="Number or id; none: freeze now.")] = None,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Write a dataset from a snapshot, and fetch it. The same wishes give the same files.

    Cut off while it fetches, `tiebreak export download` goes on.
    """
    _refuse_used(folder)
    client, key = here(project)
    wish: Any = {"parts": parts or ["pairs"], "files": files or ["parquet"]}
    if snapshot:
        wish["snapshot"] = client.snapshot_id(key, snapshot)
    run = client.datasets_start(key, cast(NewDatasetRequest, wish))["run"]
    with run_bar() as look:
        client.wait(run, progress=look)
    made = next(one for one in client.datasets_list(key) if one["run"] == run)
    if folder is not None:
        say(f"dataset {made['id']} is made")
        _fetch(client, made["id"], folder)
    show_one(made, as_json, leave_out=("options",))


def _refuse_used(folder: Path | None) -> None:
    """Before anything is asked of the server: files of other datasets must not lie between these."""
    if folder is None or not folder.exists():
        return
    if not folder.is_dir() or any(folder.iterdir()):
        raise typer.BadParameter(
            f"{folder} is in use; name an empty or new folder. A dataset that is there in part is "
            "fetched to its end by: tiebreak export download ID FOLDER"
        )


@export.command("download")
def export_download(
    dataset: Annotated[str, typer.Argument(help="Id of the dataset.")],
    folder: Annotated[Path, typer.Argument(help="Where its files go.", file_okay=False)],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Fetch a dataset and hold it against its digest. Cut off, the same command goes on."""
    client, _ = here(project)
    found = _fetch(client, dataset, folder)
    if as_json:
        print_json(found)


def _fetch(client: Client, dataset: str, folder: Path) -> DatasetDetail:
    with bytes_bar(folder.name) as moved:
        found = client.download_dataset(checked_id(dataset, "dataset"), folder, moved)
    say(f"{len(found['files'])} files in {folder}, digest {found['digest'][:12]} holds")
    return found


@snapshot.command("list")
def snapshot_list(project: ProjectOption = None, as_json: Json = False) -> None:
    """The snapshots of a project, newest first."""
    client, key = here(project)
    columns: list[Column] = [("number", "number"), ("made", day)]
    for name in COUNTED:
        columns.append((name, lambda row, name=name: row["counts"].get(name)))  # type: ignore[misc]
    columns.append(("id", "id"))
    show_rows(client.snapshots_list(key), columns, as_json)


@snapshot.command("show")
def snapshot_show(
    named: Annotated[str, typer.Argument(help="Number or id.")],
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """One snapshot."""
    client, key = here(project)
    show_one(client.snapshots_retrieve(client.snapshot_id(key, named)), as_json)


@snapshot.command("make")
def snapshot_make(
    validation_fraction: Annotated[float | None, typer.Option(help="Of the prompts.")] = None,
    adjudicated: Annotated[str | None, typer.Option(help="ignored, added or replace.")] = None,
    cut_off: Annotated[str | None, typer.Option(help="Leave later judgments out.")] = None,
    wait: Wait = True,
    project: ProjectOption = None,
    as_json: Json = False,
) -> None:
    """Freeze the judgments there are, for training; prints the snapshot with its number.

    The number is what `tiebreak runs start reward --snapshot NUMBER` takes. With --json the run that
    made it is printed; its `output_snapshot` is the id, which --snapshot takes too.
    """
    client, key = here(project)
    given = {
        "validation_fraction": validation_fraction,
        "adjudicated": adjudicated,
        "cut_off": cut_off,
    }
    config = {name: value for name, value in given.items() if value is not None}
    run = client.start_run(key, {"kind": "export", "config": config})
    run = finish(client, run, wait, as_json)
    if not as_json:
        if run["output_snapshot"]:
            show_one(client.snapshots_retrieve(run["output_snapshot"]), False)
        else:
            show_one({"run": run["number"], "status": run["status"]}, False)


def add_to(app: typer.Typer) -> None:
    """The commands of this file."""
    app.add_typer(prompts, name="prompts")
    app.add_typer(items, name="items")
    app.add_typer(snapshot, name="snapshot")
    app.add_typer(export, name="export")
    app.command()(agreement)
