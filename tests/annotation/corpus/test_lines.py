"""Reading lines: plain and gzip, bounded, and honest about damage."""

import gzip
import itertools
from pathlib import Path

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from annotation.corpus import lines
from annotation.corpus.lines import BrokenFile, Line, read_lines, split_lines


def test_plain_and_gzip_files_give_the_same_lines(tmp_path: Path) -> None:
    data = "一\r\n\n  \n二\n".encode()
    plain, packed = tmp_path / "a", tmp_path / "b"
    plain.write_bytes(data)
    packed.write_bytes(gzip.compress(data))
    expected = [Line(1, "一\r".encode()), Line(4, "二".encode())]
    assert list(read_lines(plain)) == list(read_lines(packed)) == expected


def test_the_last_line_needs_no_end_and_a_byte_order_mark_is_no_content(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"\xef\xbb\xbf{}\n{}")
    assert list(read_lines(file)) == [Line(1, b"{}"), Line(2, b"{}")]


def test_reading_goes_on_after_a_line(tmp_path: Path) -> None:
    file = tmp_path / "a"
    file.write_bytes(b"a\nb\nc\n")
    assert list(read_lines(file, after=2)) == [Line(3, b"c")]
    assert list(read_lines(file, after=9)) == []


@given(
    st.lists(st.binary(max_size=12).filter(lambda piece: b"\n" not in piece), max_size=8),
    st.integers(1, 7),
    st.integers(1, 9),
)
def test_lines_do_not_depend_on_where_the_stream_is_cut(
    written: list[bytes], step: int, longest: int
) -> None:
    data = b"\n".join(written)
    assume(not data.startswith(lines.BOM))
    chunks = (data[at : at + step] for at in range(0, len(data), step))
    found = list(split_lines(chunks, max_line=longest))
    if not written or not written[-1]:
        written = written[:-1]  # nothing stands after the last line end
    assert found == [
        Line(number, None if len(line) > longest else line)
        for number, line in enumerate(written, 1)
    ]


def test_a_line_without_end_costs_no_memory() -> None:
    endless = itertools.chain(itertools.repeat(b"x" * 1000, 100_000), [b"\nshort\n"])
    assert list(split_lines(endless, max_line=5000)) == [Line(1, None), Line(2, b"short")]


def until_broken(file: Path) -> tuple[list[Line], BrokenFile]:
    """The lines before the file breaks off, and what was said about it."""
    found: list[Line] = []
    try:
        found.extend(read_lines(file))
    except BrokenFile as error:
        return found, error
    pytest.fail("the file was read to its end")


def test_a_cut_off_gzip_file_gives_its_good_lines_and_then_says_so(tmp_path: Path) -> None:
    file = tmp_path / "a.gz"
    rows = b"".join(b'{"n": %d}\n' % (number * 7919 % 1_000_003) for number in range(200_000))
    file.write_bytes(gzip.compress(rows)[:-9000])
    found, broken = until_broken(file)
    assert broken.rule == "bad_gzip"
    assert broken.line == len(found) + 1 > 100_000
    assert rows.startswith(b"\n".join(line.data or b"" for line in found))


def test_a_file_that_explodes_is_left_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "RATIO_FROM", 1024 * 1024)
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(b"{}\n" * 4_000_000))
    found, broken = until_broken(file)
    assert broken.rule == "expands_too_much"
    assert len(found) < 1_000_000
