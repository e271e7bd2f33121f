"""What goes out is what came in: the same weak orders, byte for byte, and a fixed point."""

import gzip
import json
from io import StringIO
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annotation.accounts.models import AuditEvent
from annotation.corpus.exports import encode, in_order
from annotation.corpus.models import Prompt, PromptSet
from annotation.labeling.management.commands import import_rows
from annotation.labeling.models import Ranking
from annotation.projects.models import Project
from tests.annotation.corpus.files import given_out, line_of, ranking, take_in, write
from tests.annotation.labeling.work import Labeling, demonstration_item, ranking_item
from tests.cast import Cast, client_for

pytestmark = pytest.mark.django_db


def full_ranking() -> dict[str, Any]:
    """A row with every field the format knows, nothing in its usual order."""
    return ranking(
        1,
        item="i1",
        lang="zh",
        judge="human",
        criterion="fluency",
        prompt=[{"role": "system", "content": ""}, {"role": "user", "content": "一\u2028二"}],
        completions=["", "b", "b", "𝄞", "e", "\r\n"],
        systems=["s1", "", "s1", "s2", "s3", "s4"],
        scores=[1.0, None, 2, 1e-07, -3.25, 10**20],
        ranking=[[3], [2, 0]],
        unranked=[5, 1],
        cannot_judge=[4],
        unacceptable_below=1,
        direct=[
            {"better": 3, "worse": 2, "tie": False, "strength": 3},
            {"better": 2, "worse": 0, "tie": True, "strength": None},
        ],
        grades=[None, {"overall": 1}, {"helpful": 7, "真实": 4}, None, None, None],
        spans=[
            [],
            [],
            [
                {"start": 0, "end": 2, "quote": "𝄞", "flag": None, "note": ""},
                {"start": 3, "end": 9, "quote": "\u202e said", "flag": "unsafe", "note": "no"},
            ],
            [],
            [],
            [],
        ],
        mode="guided",
        reading=[None, {"visible_ms": 0, "read_percent": 100}, None, None, None, None],
        unread_accepted=True,
        flags=[[], ["unsafe", "off topic"], [], [], [], []],
        notes=["", "", "good", "", "", ""],
        note="all in all\n",
        active_ms=12_345,
        presented=[5, 4, 3, 2, 1, 0],
        meta={"deep": [{"er": [True, False, None, ""]}], "": "empty key"},
        anything="else",
    )


def test_a_row_with_every_field_comes_back_as_it_was(cast: Cast, tmp_path: Path) -> None:
    row = full_ranking()
    take_in(cast.project, write(tmp_path / "a", [row]))
    (back,) = given_out(cast.project)
    assert back == row
    assert list(back)[:5] == ["id", "item", "source", "lang", "judge"]


def test_a_prompt_comes_back_in_the_spelling_of_its_own_row(cast: Cast, tmp_path: Path) -> None:
    chat = [{"role": "user", "content": "Same?"}]
    rows = [ranking(1, prompt="Same?"), ranking(2, prompt=chat), ranking(3, prompt="Same?")]
    take_in(cast.project, write(tmp_path / "a", rows))
    assert given_out(cast.project) == rows


@st.composite
def weak_orders(draw: st.DrawFn) -> dict[str, Any]:
    """Ranking rows with K = 2..9, ties, blanks, and indices in any order within a tier."""
    k = draw(st.integers(2, 9))
    order = draw(st.permutations(range(k)))
    places = draw(st.lists(st.integers(-1, k), min_size=k, max_size=k))
    tiers: dict[int, list[int]] = {}
    for index, place in zip(order, places, strict=True):
        tiers.setdefault(place, []).append(index)
    unranked = tiers.pop(-1, [])
    return {
        "prompt": draw(st.sampled_from(["p1", "p2"])),
        "completions": draw(st.lists(st.sampled_from(["", "x", "y"]), min_size=k, max_size=k)),
        "labeler": draw(st.sampled_from(["w1", "w2", "w3"])),
        "ranking": [tiers[place] for place in sorted(tiers)],
        "unranked": unranked or ...,
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(weak_orders(), min_size=1, max_size=25), st.integers(1, 9))
def test_random_weak_orders_come_back_byte_for_byte(
    cast: Cast, tmp_path: Path, orders: list[dict[str, Any]], batch_lines: int
) -> None:
    project = Project.objects.create(name=f"weak {uuid4()}", language="en")
    rows = [ranking(number, **order) for number, order in enumerate(orders)]
    file = write(tmp_path / "a", rows)
    counts, issues = take_in(project, file, batch_lines=batch_lines)
    assert (counts.added, issues) == (len(rows), [])
    back = given_out(project)
    assert [json.dumps(row["ranking"]) for row in back] == [
        json.dumps(row["ranking"]) for row in rows
    ]
    assert back == rows


def rank_in_the_browser(cast: Cast) -> None:
    """Two people rank one item and one writes a demonstration, through the HTTP API."""
    item = ranking_item(cast.project, k=4, needed=2)
    demonstration_item(cast.project)
    for person, cut in ((cast.labeler, 1), (cast.second_labeler, None)):
        at_work = Labeling(person, cast.project)
        for _ in range(2):
            answer = at_work.claim()
            if answer.status_code == 204:
                continue
            work = answer.json()
            if work["item"]["kind"] == "demonstration":
                url = f"/api/v1/slots/{work['slot_id']}/submissions/{work['slot_id']}"
                body = {"lease_token": work["lease_token"], "text": "The ideal answer."}
                assert at_work.client.put(url, body, format="json").status_code == 201
                continue
            a, b, c, d = (one["id"] for one in work["completions"])
            sent = at_work.submit(
                work,
                tiers=[[c, a], [b]],
                cannot_judge=[d],
                unacceptable_below=cut,
                direct=[{"better": c, "worse": a, "is_tie": False, "strength": 1}],
                grades={c: {"overall": 6}},
                reading={a: {"visible_ms": 1500, "read_percent": 80}},
                spans={b: [{"start": 0, "end": 3, "quote": "Ans"}]},
                note="close",
                active_ms=4200,
            )
            assert sent.status_code == 201, sent.content
    assert item.rankings.count() == 2


def test_what_people_ranked_here_goes_out_without_their_names(cast: Cast) -> None:
    rank_in_the_browser(cast)
    rows = given_out(cast.project)
    assert len(rows) == 2
    for row in rows:
        shown = [row["completions"][index] for index in row["presented"]]
        c, a, b, d = (row["completions"].index(shown[n]) for n in (2, 0, 1, 3))
        assert row["ranking"] == [sorted([a, c]), [b]]
        assert row["cannot_judge"] == [d]
        assert row["direct"] == [{"better": c, "worse": a, "tie": False, "strength": 1}]
        assert row["grades"][c] == {"overall": 6}
        assert row["grades"][a] is None
        assert row["reading"][a] == {"visible_ms": 1500, "read_percent": 80}
        assert row["spans"][b] == [{"start": 0, "end": 3, "quote": "Ans", "flag": None, "note": ""}]
        assert row["mode"] == "tiers"
        assert (row["note"], row["active_ms"], row["guideline"]) == ("close", 4200, 1)
    assert rows[0]["labeler"] != rows[1]["labeler"]
    assert [row.get("unacceptable_below") for row in rows] == [1, None]
    text = json.dumps([rows, given_out(cast.project, "demonstrations")])
    assert "second_labeler" not in text
    assert str(cast.labeler.id) not in text


def test_export_import_export_is_a_fixed_point(cast: Cast, tmp_path: Path) -> None:
    take_in(cast.project, write(tmp_path / "a", [full_ranking(), ranking(2), ranking(3, id=...)]))
    rank_in_the_browser(cast)
    for kind, purpose in (
        ("prompts", "evaluation"),
        ("completions", "evaluation"),
        ("rankings", "reward"),
        ("demonstrations", "sft"),
    ):
        first = given_out(cast.project, kind)
        assert first
        other = Project.objects.create(name=f"copy of {kind}", language="en")
        file = write(tmp_path / kind, [line_of(row) for row in first], packed=True)
        counts, issues = take_in(other, file, kind, purpose=purpose)
        assert (counts.added, issues) == (len(first), [])
        found = given_out(other, kind)
        if kind == "completions":  # their keys do not tell which of a prompt's came first
            found, first = (sorted(rows, key=line_of) for rows in (found, first))
        assert found == first
        again, issues = take_in(other, file, kind)
        assert (again.added, again.already, issues) == (0, len(first), [])


def test_a_project_recognises_its_own_rows(cast: Cast, tmp_path: Path) -> None:
    rank_in_the_browser(cast)
    for kind in ("completions", "rankings", "demonstrations"):
        first = given_out(cast.project, kind)
        file = write(tmp_path / kind, [line_of(row) for row in first])
        counts, issues = take_in(cast.project, file, kind)
        assert (counts.added, counts.already, issues) == (0, len(first), [])
        assert given_out(cast.project, kind) == first


def test_taken_back_rankings_stay_here(cast: Cast, tmp_path: Path) -> None:
    take_in(cast.project, write(tmp_path / "a", [ranking(1), ranking(2)]))
    Ranking.objects.filter(source_id="r1").update(state="withdrawn")
    assert given_out(cast.project) == [ranking(2)]


@pytest.mark.parametrize("size", [0, 1, 200, 201])
def test_chunks_neither_lose_nor_double_a_row(cast: Cast, tmp_path: Path, size: int) -> None:
    rows = [{"id": str(n), "prompt": f"p{n}"} for n in range(size)]
    take_in(cast.project, write(tmp_path / "a", rows), "prompts")
    assert given_out(cast.project, "prompts") == rows


# --- over HTTP --------------------------------------------------------------------------------
def download(cast: Cast, name: str, **query: str) -> tuple[Any, bytes]:
    url = f"/api/v1/projects/{cast.project.id}/exports/{name}"
    answer = client_for(cast.ml).get(url, query)
    body = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return answer, body


def test_the_download_is_the_file_that_was_imported(cast: Cast, tmp_path: Path) -> None:
    rows = [ranking(n, scores=[1.0, n / 7, None]) for n in range(300)]
    take_in(cast.project, write(tmp_path / "a", rows), name="pilot")
    answer, body = download(cast, "rankings.jsonl")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/x-ndjson"
    assert 'filename="rankings.jsonl"' in answer["Content-Disposition"]
    assert body == b"".join(encode(in_order(row)) for row in rows)
    packed, zipped_body = download(cast, "rankings.jsonl.gz")
    assert packed["Content-Type"] == "application/gzip"
    assert gzip.decompress(zipped_body) == body
    assert AuditEvent.objects.filter(action="export.downloaded").count() == 2


def test_a_download_can_be_of_one_prompt_set(cast: Cast, tmp_path: Path) -> None:
    take_in(cast.project, write(tmp_path / "a", [ranking(1)]), name="one")
    take_in(cast.project, write(tmp_path / "b", [ranking(2)]), name="two")
    sets = cast.project.prompt_sets.order_by("name")
    _, body = download(cast, "rankings.jsonl", prompt_set=str(sets[1].id))
    assert [json.loads(line)["id"] for line in body.splitlines()] == ["r2"]
    foreign = cast.other_project.prompt_sets.create(name="x", purpose="rl", language="en")
    assert download(cast, "rankings.jsonl", prompt_set=str(foreign.id))[0].status_code == 404
    assert download(cast, "rankings.jsonl", prompt_set="x")[0].status_code == 400


@pytest.mark.parametrize(
    "name", ["rankings.csv", "users.jsonl", "..%2Fsecret", "rankings.jsonl.gz.gz"]
)
def test_there_is_no_other_download(cast: Cast, name: str) -> None:
    assert download(cast, name)[0].status_code == 404


def test_labelers_cannot_download(cast: Cast) -> None:
    url = f"/api/v1/projects/{cast.project.id}/exports/rankings.jsonl"
    assert client_for(cast.labeler).get(url).status_code == 403
    assert client_for(cast.reviewer).get(url).status_code == 403


# --- on the command line ----------------------------------------------------------------------
def test_the_commands_import_and_export_a_file(cast: Cast, tmp_path: Path) -> None:
    rows = [ranking(n) for n in range(5)]
    file, out = write(tmp_path / "pilot.jsonl.gz", rows, packed=True), tmp_path / "out.jsonl.gz"
    said = StringIO()
    call_command("import_rows", "Answers", str(file), stdout=said)
    assert "pilot.jsonl.gz" in said.getvalue()
    assert "pilot v1" in said.getvalue()
    call_command("export_rows", "Answers", "rankings", out=out, stdout=StringIO())
    assert gzip.decompress(out.read_bytes()) == b"".join(encode(in_order(row)) for row in rows)
    to_terminal = StringIO()
    call_command("export_rows", "Answers", "prompts", prompt_set="pilot", stdout=to_terminal)
    assert len(to_terminal.getvalue().splitlines()) == 5
    assert AuditEvent.objects.get(action="import.finished").after["added"] == 5


@pytest.mark.parametrize(
    ("kind", "model"), [("prompts", Prompt), ("rankings", Ranking)], ids=["prompts", "rankings"]
)
def test_an_id_names_a_row_of_its_own_file_where_no_source_is_named(
    cast: Cast, tmp_path: Path, kind: str, model: Any
) -> None:
    order = {"completions": ["a", "b"], "ranking": [[0], [1]]} if kind == "rankings" else {}
    files = [
        write(tmp_path / f"{name}.jsonl", [{"id": "v1", "prompt": f"Of {name}?"} | order])
        for name in ("first", "second")
    ]
    for file in (*files, *files):
        call_command("import_rows", "Answers", str(file), prompt_set="one", stdout=StringIO())
    assert model.objects.count() == 2
    changed = write(files[0], [{"id": "v1", "prompt": "Another?"} | order])
    with pytest.raises(CommandError, match="1 of 1 line"):
        call_command("import_rows", "Answers", str(changed), prompt_set="one", stdout=StringIO())


def test_the_command_fails_when_lines_were_refused_unless_told_not_to(
    cast: Cast, tmp_path: Path
) -> None:
    file = write(tmp_path / "a.jsonl", [ranking(1), b"{", ranking(2)])
    said = StringIO()
    with pytest.raises(CommandError, match="1 of 3 lines"):
        call_command("import_rows", "Answers", str(file), stdout=said)
    assert "bad_json" in said.getvalue()
    assert "line 2" in said.getvalue()
    assert Ranking.objects.count() == 2
    call_command("import_rows", "Answers", str(file), allow_bad=True, stdout=said)
    assert Ranking.objects.count() == 2


def test_the_command_leaves_no_prompt_set_where_it_took_no_row(cast: Cast, tmp_path: Path) -> None:
    file = write(tmp_path / "a.jsonl", [b'{"prompt": 7}', b'{"prompt": 8}'])
    said = StringIO()
    with pytest.raises(CommandError, match="2 of 2 lines"):
        call_command("import_rows", "Answers", str(file), kind="rankings", stdout=said)
    assert not PromptSet.objects.exists()
    assert AuditEvent.objects.get(action="import.finished").after["refused"] == 2


def test_the_command_says_how_to_go_on_although_the_database_keeps_the_empty_set(
    cast: Cast, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    def is_locked(**_: object) -> None:
        raise OperationalError("canceling statement due to lock timeout")

    monkeypatch.setattr(import_rows, "run_import", is_stopped)
    monkeypatch.setattr(import_rows, "drop_unfilled", is_locked)
    file = write(tmp_path / "a.jsonl", [b'{"prompt": "Why?"}'])
    with pytest.raises(CommandError, match="go on with --after 0"):
        call_command("import_rows", "Answers", str(file), stdout=StringIO())


def test_the_command_says_what_is_missing(cast: Cast, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no project"):
        call_command("import_rows", "Nowhere", str(tmp_path))
    with pytest.raises(CommandError, match="no file"):
        call_command("import_rows", "Answers", str(tmp_path / "x"))
    with pytest.raises(CommandError, match="no prompt set"):
        call_command("export_rows", "Answers", "prompts", prompt_set="x")


def test_the_command_maps_checks_reports_and_imports(cast: Cast, tmp_path: Path) -> None:
    file, report = tmp_path / "问答.csv", tmp_path / "report.csv"
    file.write_bytes("题,甲,乙\n一,好,坏\n,好,坏\n".encode("gb18030"))
    said = StringIO()
    options: dict[str, Any] = {
        "map": ["prompt=题", "chosen=甲", "rejected=乙"],
        "report": report,
        "allow_bad": True,
        "stdout": said,
    }
    call_command("import_rows", "Answers", str(file), dry_run=True, **options)
    assert "csv, columns" in said.getvalue()
    assert "rankings" in said.getvalue()
    assert "nothing was written" in said.getvalue()
    assert not PromptSet.objects.exists()
    assert report.read_text("utf-8-sig").splitlines()[1].startswith("3,题,missing,")
    call_command("import_rows", "Answers", str(file), **options)
    assert [row["completions"] for row in given_out(cast.project)] == [["好", "坏"]]
    with pytest.raises(CommandError, match="fields are"):
        call_command("import_rows", "Answers", str(file), map=["colour=题"], stdout=said)
