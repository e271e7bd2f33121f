"""JSON arrays, CSV in three encodings, Parquet, gzip: read as a stream, row by row, faults and all."""

import gzip
import json
import resource
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from annotation.corpus.incoming.files import FileKind, file_kind, read_file
from annotation.corpus.lines import BrokenFile, Line

NAMES = "问题,回答\r\n"
ROWS = '天空为什么蓝？,"瑞利散射，\r\n与波长有关"\r\n\r\n第二,"他说""好"""\r\n'
EXPECTED = [
    (2, {"问题": "天空为什么蓝？", "回答": "瑞利散射，\n与波长有关"}),
    (4, {"问题": "第二", "回答": '他说"好"'}),
]


def kept(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def read(path: Path, after: int = 0) -> list[Line]:
    return list(read_file(path, file_kind(path), after=after))


def values(lines: list[Line]) -> list[tuple[int, Any]]:
    return [
        (line.number, json.loads(line.data) if isinstance(line.data, bytes) else line.data)
        for line in lines
    ]


@pytest.mark.parametrize(
    ("codec", "encoding"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("gb18030", "gb18030"),
        ("gbk", "gb18030"),
        ("utf-16", "utf-16"),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_a_csv_is_read_in_the_encoding_it_was_saved_in(
    tmp_path: Path, codec: str, encoding: str, packed: bool
) -> None:
    data = (NAMES + ROWS).encode(codec)
    path = kept(tmp_path / "x", gzip.compress(data) if packed else data)
    assert file_kind(path) == FileKind("csv", packed, encoding, ",")
    assert values(read(path)) == EXPECTED
    assert values(read(path, after=2)) == EXPECTED[1:]


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_the_one_that_divides_the_rows_evenly(
    tmp_path: Path, delimiter: str
) -> None:
    text = "".join(
        delimiter.join(row) + "\n" for row in (("a", "b"), ("1, 2; 3", "x"), ("4", "y"))
    ).replace("1, 2; 3", '"1, 2; 3"')
    path = kept(tmp_path / "x.csv", text.encode())
    assert file_kind(path).delimiter == delimiter
    assert values(read(path))[1] == (3, {"a": "4", "b": "y"})


@pytest.mark.parametrize("mark", ["sep=;\r\n", '"sep=;"\n', "SEP=;\n"])
def test_the_line_by_which_excel_is_told_the_delimiter_is_no_row(tmp_path: Path, mark: str) -> None:
    path = kept(tmp_path / "x.csv", ("\ufeff" + mark + "q;a, b\n1;2, 3\n").encode())
    assert file_kind(path).delimiter == ";"
    assert values(read(path)) == [(2, {"q": "1", "a, b": "2, 3"})]


@pytest.mark.parametrize(
    ("codec", "named"),
    [
        ("gb18030", "GB18030"),
        ("gbk", "GB18030"),
        ("utf-16", "UTF-16"),
        ("utf-16-le", "UTF-16"),
        ("utf-16-be", "UTF-16"),
        ("latin-1", "Latin-1"),
    ],
)
@pytest.mark.parametrize("array", [False, True])
def test_json_in_another_encoding_is_refused_once_and_the_encoding_named(
    tmp_path: Path, codec: str, named: str, array: bool
) -> None:
    question = "Où est le café, à côté?" if codec == "latin-1" else "天空为什么是蓝色的，abc？"
    rows = [{"prompt": f"{question} {n}"} for n in range(3)]
    lines = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    text = json.dumps(rows, ensure_ascii=False) if array else lines
    with pytest.raises(BrokenFile, match=f"JSON in {named}.*save it as UTF-8") as broken:
        file_kind(kept(tmp_path / "x", text.encode(codec)))
    assert broken.value.rule == "not_utf8"


def test_a_bad_line_among_good_ones_does_not_make_the_file_another_encoding(tmp_path: Path) -> None:
    good = '{"prompt": "问"}\n'.encode()
    path = kept(tmp_path / "x", good + b'{"prompt": "\xff\xfe"}\n' * 3)
    assert file_kind(path) == FileKind("jsonl")
    ascii_rows = b'{"prompt": "plain"}\n' * 30
    assert file_kind(kept(path, ascii_rows + b'{"prompt": "\xff"}\n')) == FileKind("jsonl")
    cut = b'{"prompt": "' + "问".encode() * 200_000 + b'"}'
    assert file_kind(kept(path, cut)) == FileKind("jsonl")


def test_chinese_that_begins_late_in_a_file_is_found(tmp_path: Path) -> None:
    late = b"q,a\n" + b"plain,text\n" * 60_000 + "问,答\n".encode("gb18030")
    assert file_kind(kept(tmp_path / "x.csv", late)).encoding == "gb18030"


def test_bad_rows_of_a_csv_are_named_and_the_rest_goes_on(tmp_path: Path) -> None:
    rows = [b"q,a", b"1,x", b"2,\xff\xfe", b"3,x,y", b"4", b"5," + b"x" * 1_100_000, b"6,z"]
    text = "q,a\n中,文\n".encode() + b"\n".join(rows[1:])
    found = read(kept(tmp_path / "x.csv", text))
    faults = {line.number: line.fault[0] for line in found if line.fault}
    assert faults == {4: "bad_encoding", 5: "wrong_length", 7: "too_long"}
    assert [line.data for line in found if not line.fault] == [
        {"q": "中", "a": "文"},
        {"q": "1", "a": "x"},
        {"q": "4"},
        {"q": "6", "a": "z"},
    ]


def test_a_json_array_is_read_element_by_element(tmp_path: Path) -> None:
    rows = [{"prompt": f"问 {n} " + "x" * 5000, "deep": [{"a": [n]}]} for n in range(200)]
    for indent in (None, 2):
        text = json.dumps(rows, indent=indent, ensure_ascii=False)
        path = kept(tmp_path / "x.json", b"\xef\xbb\xbf" + text.encode())
        assert file_kind(path).container == "json"
        assert values(read(path)) == list(enumerate(rows, start=1))
        assert values(read(path, after=198)) == [(199, rows[198]), (200, rows[199])]


@pytest.mark.parametrize("text", ['[{"a": 1}, {"a": ', '[{"a": 1}, {"a" 2}]', '[{"a": 1}, oops]'])
def test_a_broken_array_says_after_which_element_it_breaks_off(tmp_path: Path, text: str) -> None:
    lines = read_file(kept(tmp_path / "x.json", text.encode()), FileKind("json"))
    assert next(lines).number == 1
    with pytest.raises(BrokenFile) as broken:
        next(lines)
    assert (broken.value.line, broken.value.rule) == (2, "bad_json")


def parquet(path: Path, rows: list[dict[str, Any]], packed: bool = False) -> Path:
    pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=300)
    return kept(path, gzip.compress(path.read_bytes())) if packed else path


@pytest.mark.parametrize("packed", [False, True])
def test_parquet_is_read_by_row_group_and_from_any_row(tmp_path: Path, packed: bool) -> None:
    rows: list[dict[str, Any]] = [
        {"prompt": f"q{n}", "messages": [{"role": "user", "content": str(n)}], "n": n}
        for n in range(1000)
    ]
    rows[1] = rows[1] | {"prompt": None}
    path = parquet(tmp_path / "x.parquet", rows, packed)
    assert file_kind(path) == FileKind("parquet", packed)
    found = values(read(path))
    assert found[0] == (1, rows[0])
    assert found[1] == (2, {name: rows[1][name] for name in ("messages", "n")})
    assert len(found) == 1000
    assert values(read(path, after=650))[0] == (651, rows[650])


def test_a_small_parquet_file_that_swells_to_any_size_is_refused(tmp_path: Path) -> None:
    """200 MiB that stand in it once, and that sixty of its rows say: 12 GB."""
    told = pa.DictionaryArray.from_arrays(
        pa.array([0] * 60 + [1] * 200, pa.int32()), pa.array(["x" * (200 << 20), "a"])
    )
    path = tmp_path / "x.parquet"
    table = pa.table({"prompt": told})
    pq.write_table(table, path, compression="zstd", dictionary_pagesize_limit=1 << 30)
    assert path.stat().st_size < 10_000
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    with pytest.raises(BrokenFile) as broken:
        list(read_file(path, file_kind(path)))
    assert (broken.value.rule, broken.value.line) == ("expands_too_much", 1)
    assert max(before, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss) < 5 << 20  # KiB


def test_a_table_row_that_does_not_end_is_not_read_into_memory(tmp_path: Path) -> None:
    """Every cell holds a line break, so that the whole file is one row."""
    path = tmp_path / "x.csv"
    path.write_bytes(b"prompt,answer\nWhy?,So\n" + b'"\n",' * (2 << 20))
    rows = read_file(path, file_kind(path))
    assert next(rows).data == {"prompt": "Why?", "answer": "So"}
    with pytest.raises(BrokenFile) as broken:
        next(rows)
    assert (broken.value.rule, broken.value.line) == ("bad_csv", 3)


def test_a_damaged_parquet_file_is_refused_in_words(tmp_path: Path) -> None:
    path = parquet(tmp_path / "x.parquet", [{"a": "b"}] * 10)
    with pytest.raises(BrokenFile, match="Parquet") as broken:
        read(kept(path, path.read_bytes()[:-20]))
    assert broken.value.rule == "bad_parquet"


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "empty"),
        (b"PK\x03\x04xxxx", "Excel"),
        (b"\x28\xb5\x2f\xfdxx", "zstd"),
        (b'{\n  "a": 1\n}\n', "several lines"),
        (b"\x00\x01\x02", "no text"),
    ],
)
def test_a_file_of_another_kind_is_refused_in_words(tmp_path: Path, data: bytes, word: str) -> None:
    with pytest.raises(BrokenFile, match=word):
        file_kind(kept(tmp_path / "x", data))
