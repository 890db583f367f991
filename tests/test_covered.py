"""What the tests covered, though some of their processes were killed while they wrote it."""

import pytest
from coverage import CoverageData
from coverage.exceptions import NoDataError

from tools import covered


@pytest.fixture
def written(tmp_path):
    """Write the lines that a process covered."""

    def write(name, lines):
        data = CoverageData(str(tmp_path / f".coverage.{name}"))
        data.add_lines({str(tmp_path / f"module_{number}.py"): lines for number in range(40)})
        data.write()
        data.close()
        return tmp_path / f".coverage.{name}"

    return write


def test_what_was_cut_off_anywhere_is_left_out_and_the_rest_counts(tmp_path, written, capsys):
    path = written("cut", [3])
    whole = path.read_bytes()
    path.unlink()
    pages = range(0, len(whole), 512)
    for number, length in enumerate(pages):
        (tmp_path / f".coverage.cut-{number}").write_bytes(whole[:length])
    written("one", [1, 2])
    written("other", [3])
    data = covered.combined(tmp_path).get_data()
    assert len(data.measured_files()) == 40
    assert {line for file in data.measured_files() for line in data.lines(file)} == {1, 2, 3}
    # Little is missing where the end alone was cut off.
    assert capsys.readouterr().out.count("left out") > 0.9 * len(pages)
    assert [path.name for path in tmp_path.glob(".coverage*")] == [".coverage"]


def test_nothing_covered_is_an_error(tmp_path):
    with pytest.raises(NoDataError):
        covered.combined(tmp_path)
