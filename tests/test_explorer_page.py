"""The explorer's page: whole without the network or scripts, its scripts listed, its names text."""

import base64
import json
import re
import zlib
from html.parser import HTMLParser

import numpy as np
import pytest
from explorers import few, named, page_of
from test_hostile_names import ALLOWED, HOSTILE

from cadre_research import paths
from cadre_research.errors import PublicationError
from cadre_research.evidence.targets import AGE_LINES
from cadre_research.findings.refinement import Grid
from cadre_research.findings.study import Study
from cadre_research.findings.surface import HOW_MANY, REFORMS
from cadre_research.reporting import explorer
from cadre_research.reporting.explored import SHARE_STEP, explorer_content, find_surfaces, packed
from cadre_research.reporting.explorer_page import WORDS
from cadre_research.reporting.provenance import write_manifest
from cadre_research.reporting.scripts import EXPLORER, listed_scripts, script_hash, scripts_policy
from cadre_research.reporting.templates import TEMPLATES
from cadre_research.reporting.verify import outside_addresses, verify_report
from cadre_research.reporting.wording import percent

LARGEST_BYTES = 3_000_000


class Parts(HTMLParser):
    """Scripts, table cells and tags of a page."""

    def __init__(self, page):
        super().__init__()
        self.scripts, self.tags, self.cells, self._in = [], [], [], None
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._in = tag
        if tag == "script":
            self.scripts.append("")
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_data(self, data):
        if self._in == "script":
            self.scripts[-1] += data
        elif self.cells:
            self.cells[-1] += data

    def handle_endtag(self, tag):
        self._in = None if tag == "script" else self._in


@pytest.fixture(scope="module")
def surfaces(study):
    return few(study)


@pytest.fixture(scope="module")
def page(study, surfaces):
    return page_of(study, surfaces=surfaces)


def unpacked(small):
    """What the page's script does."""
    raw = zlib.decompress(base64.b64decode(small["data"]))
    low, high = np.frombuffer(raw, np.uint8).reshape(2, -1).astype(np.int64)
    whole = (low + 256 * high).reshape(small["shape"])
    for axis in (1, 0):
        whole = np.cumsum(whole, axis=axis)
    whole = (whole + 32768) % 65536 - 32768
    return np.where(whole == -32768, np.nan, whole * small["step"])


def test_a_grid_comes_back_from_its_small_form_to_half_a_step():
    values = np.random.default_rng(1).random((4, 3, 5, 2))
    values[1, 2, 3, 1] = np.nan
    grid = Grid(np.arange(4.0), np.arange(3.0), values)
    assert unpacked(packed(grid, SHARE_STEP)) == pytest.approx(values, abs=SHARE_STEP / 2 + 1e-12, nan_ok=True)


def test_the_page_holds_the_grids_of_every_reading_and_both_laws(surfaces, page):
    content = json.loads(Parts(page).scripts[0])
    for line in AGE_LINES:
        for how_many in HOW_MANY:
            found = unpacked(content["surfaces"][line][how_many]["shares"])
            assert found == pytest.approx(surfaces[line, how_many].shares.values, abs=SHARE_STEP)
            assert found.shape[2:] == (len(REFORMS), len(content["years"]), len(content["targets"]))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_without_its_script_the_page_says_so_and_shows_the_status_quo(study, surfaces, language):
    page = page_of(study, language, surfaces)
    shares = surfaces["inclusive", "release-rate"].shares.values[0, 0, 0]
    cells = [cell.strip() for cell in Parts(page).cells]
    for place in range(len(study.evidence.targets.targets)):
        at = cells.index(percent(shares[0, place], language))
        assert cells[at + 1] == percent(shares[-1, place], language)
        assert cells[at + 2].startswith("✗")
    assert {"en": "Without JavaScript", "zh": "需启用JavaScript"}[language] in page
    # What needs the script is hidden by the style sheet until the script shows it.
    assert "body:not(.live) .needs-script" in page


@pytest.mark.slow
def test_the_whole_page_is_small_enough_to_send(study):
    assert len(page_of(study, surfaces=find_surfaces(study)).encode()) < LARGEST_BYTES


def test_the_policy_lists_the_pages_scripts_and_lets_nothing_else_in(page):
    scripts = Parts(page).scripts
    policy = next(given["content"] for tag, given in Parts(page).tags if "http-equiv" in given)
    assert policy == scripts_policy(scripts)
    assert {script_hash(script) for script in scripts} == listed_scripts(page)
    allowed = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))
    assert allowed.pop("script-src").split() == [script_hash(script) for script in scripts]
    assert allowed == ALLOWED
    assert outside_addresses(page, listed_scripts(page)) == []


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_is_text_in_the_explorer(study, page, surfaces, name):
    usual, page = Parts(page), page_of(named(study, name), surfaces=surfaces)
    parts = Parts(page)
    # The same scripts and tags as ever, and the name in them as it was given.
    assert parts.scripts[1:] == usual.scripts[1:]
    assert [tag for tag, _ in parts.tags] == [tag for tag, _ in usual.tags]
    assert not [given for _, given in parts.tags if any(key.startswith("on") for key in given)]
    assert json.loads(parts.scripts[0])["targets"][0]["name"] == {"en": name, "zh": name}
    assert not re.search("[<>&\u2028]", parts.scripts[0])
    assert outside_addresses(page, listed_scripts(page)) == []


def test_every_word_that_the_script_and_the_template_ask_for_goes_along():
    script, template = ((TEMPLATES / f"explorer.{kind}").read_text("utf-8") for kind in ("js", "html.j2"))
    asked = set(re.findall(r"\bsay\(\"(\w+)\"", script)) | set(re.findall(r"\"((?:explorer|basis)_\w+)\"", script))
    asked |= set(re.findall(r"data-word=\"(\w+)\"", template)) | set(re.findall(r"{{ say\(\"(\w+)\"\) }}", template))
    asked |= {f"explorer_{name}" for name in ("shares", "paths", "people")}
    assert len(asked) > 30
    assert asked <= set(WORDS)


# --- in a report


def report(folder, page):
    """The smallest whole report, with an explorer."""
    (folder / "index.html").write_text(f"<a href='{EXPLORER}'>explorer</a>", encoding="utf-8")
    (folder / EXPLORER).write_text(page, encoding="utf-8")
    write_manifest(folder, {})
    verify_report(folder, {}, {}, [EXPLORER])


def test_a_report_with_an_explorer_is_whole(page, tmp_path):
    report(tmp_path, page)


@pytest.mark.parametrize(
    ("old", "new", "fault"),
    [
        ("</body>", "<script>1</script></body>", "does not list"),
        ("</body>", "<script>1</body>", "does not list"),
        ('"use strict";', '"use strict"; ', "does not list"),
        ("default-src 'none'; script-src ", "default-src 'none'; script-src 'unsafe-eval' ", "run no script"),
        ("default-src 'none'", "default-src 'self'", "run no script"),
        ("<head>", "<head><base href='a'>", "run no script"),
        ("</body>", "<script src='//a.b/c.js'></script></body>", "refers to //a.b/c.js"),
        ("</body>", "<p onclick='x()'>a</p></body>", "holds a script"),
    ],
)
def test_an_explorer_with_anything_else_in_it_is_refused(page, tmp_path, old, new, fault):
    assert old in page
    with pytest.raises(PublicationError, match=fault):
        report(tmp_path, page.replace(old, new))


def test_another_page_may_run_no_script_whatever_its_policy_says(page, tmp_path):
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / EXPLORER).write_text(page, encoding="utf-8")
    with pytest.raises(PublicationError, match=f"pages/{EXPLORER}: <script> found; pages run no script"):
        report(tmp_path, page)


def test_an_explorer_that_is_missing_is_missed(tmp_path):
    (tmp_path / "index.html").write_text("<p>index</p>", encoding="utf-8")
    write_manifest(tmp_path, {})
    with pytest.raises(PublicationError, match=f"{EXPLORER}: missing or empty"):
        verify_report(tmp_path, {}, {}, [EXPLORER])


def test_a_report_of_a_register_has_none(study, tmp_path, monkeypatch):
    monkeypatch.setenv(paths.STUDY_VARIABLE, str(tmp_path / "protected-study.json"))
    assert not explorer.has_explorer(study)


def test_where_the_status_quo_has_a_rate_of_its_own_there_is_none(study):
    rated = study.scenario("status-quo").overridden(0.08).model_copy(update={"id": "status-quo"})
    assert not explorer.has_explorer(Study(study.evidence, {"status-quo": rated}))
    assert explorer.has_explorer(study)


def test_the_page_is_written_beside_the_others(study, surfaces, tmp_path, monkeypatch):
    monkeypatch.setattr(explorer, "find_surfaces", lambda study: surfaces)
    explorer.write_explorer(study, "zh", tmp_path)
    assert 'lang="zh-Hans"' in (tmp_path / EXPLORER).read_text(encoding="utf-8")


def test_content_is_json_without_a_missing_number(study, surfaces):
    json.dumps(explorer_content(study, surfaces), allow_nan=False)
