"""Files of rows become what a run takes, and bad rows are named."""

from __future__ import annotations

import gzip
import json
import resource
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from rewardmodel.__main__ import app
from rewardmodel.errors import EXIT_REFUSED
from rewardmodel.pretrain import read_documents
from rewardmodel.rankings import DirectComparison, read_snapshot
from rewardmodel.sample import read_prompts

CUT_GZIP = gzip.compress(b'{"prompt": "a"}\n', mtime=0)[:-9]


def write(path: Path, rows: list[Any]) -> Path:
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if path.suffix == ".gz":
        path.write_bytes(gzip.compress(lines.encode()))
    else:
        path.write_text(lines)
    return path


def call(*words: str | Path) -> Result:
    return CliRunner().invoke(app, [str(word) for word in words])


def test_rankings_become_a_snapshot_with_their_order(tmp_path: Path) -> None:
    row = {"id": "a", "prompt": "q", "completions": ["x", "y", "z"], "ranking": [[2], [0]]}
    path = write(tmp_path / "r.jsonl.gz", [row, {**row, "id": "b", "labeler": "w"}])
    result = call(
        "snapshot", "--rankings", path, "--out", tmp_path / "s", "--validation-fraction", "0"
    )
    assert "2 train rankings" in result.output
    first, second = read_snapshot(tmp_path / "s").rankings
    assert (first.tiers, first.unranked) == (((2,), (0,)), (1,))
    assert second.labeler == "w"


def test_a_prompt_is_on_one_side_whatever_its_rows(tmp_path: Path) -> None:
    rows = [
        {"id": f"{n}-{copy}", "prompt": f"q{n}", "completion": f"answer {copy}"}
        for n in range(60)
        for copy in range(2)
    ]
    path = write(tmp_path / "d.jsonl", rows)
    call(
        "snapshot",
        "--demonstrations",
        path,
        "--out",
        tmp_path / "s",
        "--validation-fraction",
        "0.3",
    )
    sides: dict[str, set[str]] = {}
    for one in read_snapshot(tmp_path / "s").demonstrations:
        sides.setdefault(one.prompt[0].content, set()).add(one.split)
    assert all(len(side) == 1 for side in sides.values())
    held = sum("validation" in side for side in sides.values())
    assert 8 <= held <= 28  # of 60 prompts, 0.3 held out: 18 give or take three spreads of 3.5


def test_references_templates_and_contrasts(tmp_path: Path) -> None:
    rows = [
        {"prompt": f"document {n}", "reference": [{"question": f"why {n}?"}, f"what {n}?"]}
        for n in range(5)
    ]
    path = write(tmp_path / "d.jsonl", rows)
    words = ("--template", "Ask about: {prompt}", "--characters", "8", "--contrast", "2")
    result = call("snapshot", "--demonstrations", path, "--out", tmp_path / "s", *words)
    assert result.exit_code == 0, result.output
    snapshot = read_snapshot(tmp_path / "s")
    assert {one.prompt[0].content for one in snapshot.demonstrations} == {"Ask about: document"}
    assert len(snapshot.demonstrations) == 10
    call("snapshot", "--demonstrations", path, "--out", tmp_path / "t", "--contrast", "2")
    whole = read_snapshot(tmp_path / "t")
    own = {(d.prompt, d.completion) for d in whole.demonstrations}
    assert len(whole.rankings) >= 8
    for ranking in whole.rankings:
        assert ranking.tiers[0] == (0,)
        assert (ranking.prompt, ranking.completions[0]) in own
        for wrong in ranking.completions[1:]:
            assert (ranking.prompt, wrong) not in own


def test_labelled_texts_are_ranked_by_label(tmp_path: Path) -> None:
    rows = [{"text": f"t{n}", "label": n % 3, "split": "train"} for n in range(30)]
    rows.append({"text": "other", "label": 9, "split": "dev"})
    path = write(tmp_path / "l.jsonl", rows)
    words = ("--where", "split=train", "--group-size", "5", "--lead", " ")
    result = call("snapshot", "--labelled", path, "--out", tmp_path / "s", *words)
    assert result.exit_code == 0, result.output
    labels = {f" t{n}": n % 3 for n in range(30)}
    rankings = read_snapshot(tmp_path / "s").rankings
    seen = [text for ranking in rankings for text in ranking.completions]
    assert len(seen) == len(set(seen)) == 5 * len(rankings) > 20
    for ranking in rankings:
        tiers = [{labels[ranking.completions[n]] for n in tier} for tier in ranking.tiers]
        assert all(len(tier) == 1 for tier in tiers)
        order = [tier.pop() for tier in tiers]
        assert order == sorted(order, reverse=True)


def test_references_that_a_prompt_cannot_keep_are_told(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "prompt": "one", "reference": ["r"]},
        {"id": "b", "prompt": "several", "reference": ["r", "s"]},
        {"id": "c", "prompt": "an object", "reference": {"answer": 4}},
        {"id": "d", "prompt": "none"},
    ]
    path = write(tmp_path / "x.jsonl", rows)
    result = call("prompts", path, "--out", tmp_path / "p.jsonl")
    assert "the references of 2 prompts are left out" in result.output
    found = read_prompts(tmp_path / "p.jsonl")
    assert [row.reference for row in found] == ["r", None, None, None]


def test_a_snapshot_without_a_row_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", [])
    result = call("snapshot", "--rankings", path, "--out", tmp_path / "s")
    assert result.exit_code == EXIT_REFUSED
    assert "the snapshot would be empty" in " ".join(result.output.split())
    assert not (tmp_path / "s").exists()


def test_what_was_written_before_outlives_a_full_disk(tmp_path: Path) -> None:
    path = write(tmp_path / "x.jsonl", [{"text": f"{n} " + "word " * 20} for n in range(500)])
    written = tmp_path / "t.jsonl"
    assert call("texts", path, "--out", written, "--limit", "2").exit_code == 0
    before = written.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))  # as a disk with a page left
    try:
        result = call("texts", path, "--out", written)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert result.exit_code == 1
    assert "a file cannot be read or written: [Errno 27] File too large" in result.output
    assert written.read_bytes() == before
    assert sorted(one.name for one in tmp_path.iterdir()) == ["t.jsonl", "x.jsonl"]


def test_prompts_and_texts_are_read_by_the_stages(tmp_path: Path) -> None:
    rows = [
        {"id": "a", "text": "one two three four five"},
        {"id": "b", "text": "one two three other"},
        {"id": "c", "prompt": "whole", "reference": "r"},
    ]
    path = write(tmp_path / "x.jsonl", rows)
    result = call("prompts", path, "--out", tmp_path / "p.jsonl", "--first-words", "3")
    assert "2 prompts" in result.output  # the same beginning counts once
    found = read_prompts(tmp_path / "p.jsonl")
    assert [(row.prompt[0].content, row.reference) for row in found] == [
        ("one two three", None),
        ("whole", "r"),
    ]
    call("texts", path, "--out", tmp_path / "t.jsonl", "--limit", "1", "--skip", "1")
    assert read_documents(tmp_path / "t.jsonl") == ["one two three other"]
    call("texts", path, "--out", tmp_path / "t.jsonl", "--skip", "2")
    [dialogue] = read_documents(tmp_path / "t.jsonl")
    assert [message.content for message in dialogue if not isinstance(message, str)] == [
        "whole",
        "r",
    ]


def ranked(**fields: Any) -> str:
    """A line that is right but for these fields."""
    return json.dumps({"prompt": "q", "completions": ["a", "b"], "ranking": [[0], [1]], **fields})


@pytest.mark.parametrize("command", ["prompts", "texts"])
def test_a_file_that_is_read_is_never_written_over(tmp_path: Path, command: str) -> None:
    path = write(tmp_path / "rows.jsonl", [{"prompt": "q", "reference": "a", "note": "mine"}])
    before = path.read_bytes()
    result = call(command, path, "--out", tmp_path / "." / "rows.jsonl")
    assert result.exit_code == EXIT_REFUSED, result.output
    assert path.read_bytes() == before


def test_a_snapshot_is_not_written_over_the_rows_it_is_made_from(tmp_path: Path) -> None:
    folder = tmp_path / "s"
    folder.mkdir()
    row = {"prompt": "q", "completions": ["a", "b"], "ranking": [[0], [1]], "note": "mine"}
    path = write(folder / "rankings.jsonl", [row])
    before = path.read_bytes()
    assert call("snapshot", "--rankings", path, "--out", folder).exit_code == EXIT_REFUSED
    assert path.read_bytes() == before


def test_what_is_refused_leaves_the_file_that_was_there(tmp_path: Path) -> None:
    out = write(tmp_path / "out.jsonl", [{"id": "1", "prompt": "earlier"}])
    before = out.read_bytes()
    bad = write(tmp_path / "bad.jsonl", [{"prompt": "x"}, {"promt": "y"}])
    assert call("prompts", bad, "--out", out).exit_code == EXIT_REFUSED
    assert out.read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} == {"out.jsonl", "bad.jsonl"}


@pytest.mark.parametrize("words", [("prompts",), ("texts", "--field", "prompt")])
def test_a_choice_that_leaves_no_row_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    path = write(tmp_path / "rows.jsonl", [{"id": 1, "prompt": "q"}])
    command, *others = words
    result = call(command, path, *others, "--where", "id=2", "--out", tmp_path / "out.jsonl")
    assert result.exit_code == EXIT_REFUSED
    assert "no row is left" in result.output.replace("\n", " ")
    assert not (tmp_path / "out.jsonl").exists()


def test_a_template_without_a_place_for_the_prompt_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"prompt": "a"}, {"prompt": "b"}])
    result = call("prompts", path, "--template", "Q: {promt}", "--out", tmp_path / "out.jsonl")
    assert result.exit_code == EXIT_REFUSED
    assert "{prompt}" in result.output


def test_a_field_of_texts_that_a_row_lacks_is_named_and_one_it_has_is_cut(tmp_path: Path) -> None:
    path = write(tmp_path / "rows.jsonl", [{"prompt": "abcdef", "reference": "z"}])
    misspelt = call("texts", path, "--field", "promt", "--out", tmp_path / "out.jsonl")
    assert misspelt.exit_code == EXIT_REFUSED
    assert "line 1: promt: must be a text, found nothing" in misspelt.output
    call("texts", path, "--field", "prompt", "--characters", "3", "--out", tmp_path / "out.jsonl")
    assert (tmp_path / "out.jsonl").read_text() == '{"text": "abc"}\n'


@pytest.mark.parametrize("word", ["good=true", "good=True"])
def test_rows_are_chosen_by_what_json_says(tmp_path: Path, word: str) -> None:
    rows = [{"id": "a", "prompt": "a", "good": True}, {"id": "b", "prompt": "b", "good": False}]
    path = write(tmp_path / "rows.jsonl", rows)
    call("prompts", path, "--where", word, "--out", tmp_path / "out.jsonl")
    assert [row.id for row in read_prompts(tmp_path / "out.jsonl")] == ["a"]


def test_a_row_called_0_keeps_its_name(tmp_path: Path) -> None:
    rows = [{"id": n, "prompt": f"q{n}", "completion": "a"} for n in range(2)]
    path = write(tmp_path / "rows.jsonl", rows)
    call("snapshot", "--demonstrations", path, "--out", tmp_path / "s")
    assert [one.id for one in read_snapshot(tmp_path / "s").demonstrations] == ["0:0", "1:0"]


def test_prompts_of_several_files_have_ids_of_their_own(tmp_path: Path) -> None:
    """Files of one name in two folders, whose rows have no ids; then rows that share an id."""
    for name in ("en", "zh"):
        (tmp_path / name).mkdir()
        write(tmp_path / name / "train.jsonl", [{"prompt": f"{name} {n}"} for n in range(2)])
    files = [tmp_path / name / "train.jsonl" for name in ("en", "zh")]
    assert call("prompts", *files, "--out", tmp_path / "out.jsonl").exit_code == 0
    assert len({row.id for row in read_prompts(tmp_path / "out.jsonl")}) == 4
    for path in files:
        write(path, [{"id": 7, "prompt": path.parent.name}])
    result = call("prompts", *files, "--out", tmp_path / "out.jsonl")
    assert result.exit_code == EXIT_REFUSED
    assert "'7' is that of" in result.output.replace("\n", " ")


ASKED = [{"role": "user", "content": "q"}]
GOOD, BAD = {"role": "assistant", "content": "good"}, {"role": "assistant", "content": "bad"}


@pytest.mark.parametrize(
    "row",
    [
        {"prompt": "q", "chosen": "good", "rejected": "bad"},
        {"prompt": ASKED, "chosen": [GOOD], "rejected": [BAD]},
        {"chosen": [*ASKED, GOOD], "rejected": [*ASKED, BAD]},
        {"prompt": "q", "chosen": [*ASKED, GOOD], "rejected": [*ASKED, BAD]},
    ],
)
def test_pairs_as_other_trainers_write_them_are_rankings(
    tmp_path: Path, row: dict[str, Any]
) -> None:
    path = write(tmp_path / "pairs.jsonl", [row, {**row, "tie": True, "weight": 0.5}])
    assert call("snapshot", "--rankings", path, "--out", tmp_path / "s").exit_code == 0
    strict, tied = read_snapshot(tmp_path / "s").rankings
    assert [(m.role, m.content) for m in strict.prompt] == [("user", "q")]
    assert strict.completions == ("good", "bad")
    assert (strict.tiers, tied.tiers, tied.weight) == (((0,), (1,)), ((0, 1),), 0.5)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"chosen": "a", "rejected": "b"}, "prompt: is missing, and chosen is a text"),
        ({"chosen": [GOOD], "rejected": [BAD]}, "prompt: is missing, and chosen has nothing"),
        (
            {"chosen": [*ASKED, GOOD], "rejected": [{"role": "user", "content": "r"}, BAD]},
            "rejected: answers another prompt than chosen",
        ),
        ({"prompt": "r", "chosen": [*ASKED, GOOD], "rejected": [BAD]}, "chosen: begins with other"),
        (
            {"prompt": "q", "chosen": ASKED, "rejected": [BAD]},
            "chosen: must end with the assistant",
        ),
    ],
)
def test_a_pair_that_answers_no_one_prompt_is_refused(
    tmp_path: Path, row: dict[str, Any], said: str
) -> None:
    path = write(tmp_path / "pairs.jsonl", [row])
    result = call("snapshot", "--rankings", path, "--out", tmp_path / "s")
    assert result.exit_code == EXIT_REFUSED
    assert said in result.output.replace("\n", " ")


def test_chats_as_messages_are_demonstrations_prompts_and_texts(tmp_path: Path) -> None:
    chat = [{"role": "system", "content": "be brief"}, *ASKED, GOOD]
    path = write(tmp_path / "chats.jsonl", [{"id": "c", "messages": chat}])
    call("snapshot", "--demonstrations", path, "--out", tmp_path / "s")
    (shown,) = read_snapshot(tmp_path / "s").demonstrations
    assert [message.content for message in shown.prompt] == ["be brief", "q"]
    assert shown.completion == "good"
    call("prompts", path, "--out", tmp_path / "p.jsonl")
    (asked,) = read_prompts(tmp_path / "p.jsonl")
    assert (asked.id, asked.prompt, asked.reference) == ("c", shown.prompt, "good")
    call("texts", path, "--out", tmp_path / "t.jsonl")
    assert json.loads((tmp_path / "t.jsonl").read_text()) == {"messages": chat}


def test_whatever_training_reads_of_a_ranking_is_kept(tmp_path: Path) -> None:
    row = {
        "id": "r1",
        "source": "round-3",
        "lang": "en",
        "prompt": "q1",
        "completions": ["a", "b", "c", "d"],
        "ranking": [[0], [1]],
        "unranked": [3],
        "cannot_judge": [2],
        "unacceptable_below": 1,
        "direct": [
            {"better": 2, "worse": 0, "strength": 3},
            {"better": 1, "worse": 3, "tie": True, "strength": None},
        ],
        "labeler": "w12",
        "weight": 0.25,
        "split": "validation",
        "mode": "best_worst",
        "content_check": "a field of their own",
    }
    path = write(tmp_path / "r.jsonl", [row, {**row, "id": "r2", "weight": 0}])
    words = ("--out", tmp_path / "s", "--validation-fraction", "0")
    result = call("snapshot", "--rankings", path, *words)
    assert result.exit_code == 0, result.output
    first, second = read_snapshot(tmp_path / "s").rankings
    assert (first.id, first.source, first.lang, first.labeler) == ("r1", "round-3", "en", "w12")
    assert (first.tiers, first.unranked, first.unacceptable_below) == (((0,), (1,)), (3, 2), 1)
    assert first.direct == (
        DirectComparison(better=2, worse=0, strength=3),
        DirectComparison(better=1, worse=3, tie=True, strength=1),
    )
    assert (first.weight, second.weight) == (0.25, 0)
    assert (first.split, second.split) == ("validation", "validation")


def test_what_one_row_says_of_the_split_holds_for_all_rows_of_its_prompt(tmp_path: Path) -> None:
    """Also where it comes last, and for demonstrations with rankings of the same prompt."""
    ranking = {"completions": ["x", "y"], "ranking": [[0], [1]]}
    rankings = [{"prompt": p, **ranking} for p in ("p", "p", "other", "shown")]
    rankings[1]["split"] = "validation"
    shown = {"prompt": "shown", "completion": "z", "split": "validation", "author": "w1"}
    result = call(
        "snapshot",
        *("--rankings", write(tmp_path / "r.jsonl", rankings)),
        *("--demonstrations", write(tmp_path / "d.jsonl", [shown])),
        *("--out", tmp_path / "s", "--validation-fraction", "0"),
    )
    assert result.exit_code == 0, result.output
    found = read_snapshot(tmp_path / "s")
    assert [one.split for one in found.rankings] == ["validation", "validation", "train"] + [
        "validation"
    ]
    assert [(one.split, one.author) for one in found.demonstrations] == [("validation", "w1")]


def test_a_prompt_that_two_rows_put_on_both_sides_is_refused_with_both(tmp_path: Path) -> None:
    lines = [ranked(split="train"), ranked(), ranked(split="validation")]
    (tmp_path / "r.jsonl").write_text("\n".join(lines))
    result = call("snapshot", "--rankings", tmp_path / "r.jsonl", "--out", tmp_path / "s")
    assert result.exit_code == EXIT_REFUSED
    said = " ".join(result.output.split())
    assert "r.jsonl, line 3: split: 'validation', but with r.jsonl, line 1" in said
    assert not (tmp_path / "s").exists()


def test_two_rows_of_one_id_are_refused_with_both(tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / f"{name}.jsonl").write_text(ranked(id="x"))
    files = [part for name in "ab" for part in ("--rankings", tmp_path / f"{name}.jsonl")]
    result = call("snapshot", *files, "--out", tmp_path / "s")
    assert result.exit_code == EXIT_REFUSED
    said = " ".join(result.output.split())
    assert "b.jsonl, line 1: id: 'x' is that of a.jsonl, line 1 too; each has its own" in said
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("x.jsonl", b'{"prompt": "a"}\n{"prompt": "\xff"}\n', "line 2: not UTF-8 at byte 13"),
        ("x.jsonl.gz", b"no gzip", "line 1: cannot be read (Not a gzipped file"),
        ("x.jsonl.gz", CUT_GZIP, "cannot be read (Compressed file"),
        ("x.jsonl", b"[" * 100_000, "line 1: nested too deep"),
        ("x.jsonl", b'{"n": ' + b"1" * 5000 + b"}", "line 1: a number has too many digits"),
        ("x.jsonl", b'{"prompt": "a"}\n{"\\ud800": 1}', "line 2: name of a field: half a char"),
    ],
)
@pytest.mark.parametrize("command", ["prompts", "texts"])
def test_a_damaged_file_is_refused_in_words(
    tmp_path: Path, command: str, name: str, content: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(content)
    result = call(command, tmp_path / name, "--out", tmp_path / "out.jsonl")
    assert result.exit_code == EXIT_REFUSED
    assert f"{name}, " in result.output
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("option", "row", "said"),
    [
        ("--labelled", {"label": 1}, "line 1: text: must be a text, found nothing"),
        ("--labelled", {"text": "a", "label": "good"}, "line 1: label: 'good' must be a number"),
        ("--demonstrations", {"prompt": "q", "completion": 5}, "completion: must be a text"),
        ("--demonstrations", {"prompt": "q", "reference": [{}]}, "reference[0].question: must be"),
    ],
)
def test_a_field_of_the_wrong_kind_is_named(
    tmp_path: Path, option: str, row: dict[str, Any], said: str
) -> None:
    result = call("snapshot", option, write(tmp_path / "x.jsonl", [row]), "--out", tmp_path / "s")
    assert result.exit_code == EXIT_REFUSED
    assert said in " ".join(result.output.split())


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "x.jsonl"),
        ("[1]", "line 2: must be an object"),
        ('{"prompt": "q", "completions": ["a"], "ranking": [[1]]}', "index 1 is outside 0..0"),
        ('{"prompt": 3, "completions": ["a"], "ranking": [[0]]}', "prompt: must be a text or"),
        ('{"prompt": "q"}', "line 2: completions: must be a list of texts"),
        ('{"prompt": oops}', "line 2: no JSON from column 12 on"),
        ('{"prompt": "a \\ud83d"}', "line 2: prompt: half a character (a lone surrogate) at"),
        ('{"prompt": "q", "weight": NaN}', "line 2: NaN is not a JSON number"),
        (ranked(completions="ab"), "line 2: completions: must be a list of texts, found str"),
        (ranked(ranking=[[0], [], [1]]), "line 2: ranking[1]: a tier must not be empty"),
        (ranked(unranked=[1]), "line 2: unranked: completion 1 is placed twice"),
        (ranked(cannot_judge="1"), "line 2: cannot_judge: must be a list, found str"),
        (ranked(weight="2"), "line 2: weight: '2' must be a number"),
        (ranked(weight=-1), "line 2: weight: -1.0 must be a finite number >= 0"),
        (ranked(split="test"), "line 2: split: 'test' must be one of train, validation"),
        (ranked(unacceptable_below=3), "line 2: unacceptable_below: 3 is outside 0..2"),
        (ranked(unaceptable_below=1), "line 2: unaceptable_below: is not a field of rankings"),
        (ranked(labeler=5), "line 2: labeler: must be a text, found int"),
        (ranked(direct=[[0, 1]]), "line 2: direct[0]: must be an object"),
        (ranked(direct=[{"better": 0, "worse": 1, "tie": "no"}]), "direct[0].tie: 'no' must be"),
        (ranked(direct=[{"better": 0, "wors": 1}]), "direct[0].wors: fields are better, worse"),
    ],
)
def test_a_bad_row_is_named(tmp_path: Path, line: str, said: str) -> None:
    good = '{"prompt": "q", "completions": ["a", "b"], "ranking": [[0], [1]]}\n'
    (tmp_path / "x.jsonl").write_text(good + line + "\n")
    result = call("snapshot", "--rankings", tmp_path / "x.jsonl", "--out", tmp_path / "s")
    assert result.exit_code == EXIT_REFUSED
    assert said in " ".join(result.output.split())
    assert not (tmp_path / "s").exists()


def test_nothing_given_and_nonsense_are_refused(tmp_path: Path) -> None:
    assert call("snapshot", "--out", tmp_path / "s").exit_code == EXIT_REFUSED
    path = write(tmp_path / "x.jsonl", [{"text": "a", "label": 1}])
    refused = call("snapshot", "--labelled", path, "--out", tmp_path / "s", "--where", "split")
    assert refused.exit_code == EXIT_REFUSED
    assert "must look like field=value" in refused.output
