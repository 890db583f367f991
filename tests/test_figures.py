"""What the figures draw agrees with the frames they are given, in both languages, and nothing is left behind."""

import hashlib
import inspect
import io
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.patches import StepPatch

from cadre_research.errors import ParameterError, RunError, UnknownNameError
from cadre_research.findings.age_structure import age_structure, target_shares
from cadre_research.findings.explain import share_change
from cadre_research.findings.study import Study
from cadre_research.findings.turnover import turnover
from cadre_research.findings.verdict import verdicts
from cadre_research.paths import data_dir
from cadre_research.reporting import figures, fonts
from cadre_research.reporting.figures import style
from cadre_research.reporting.figures.looks import apart
from cadre_research.reporting.names import display_names

SCENARIOS = ("status-quo", "one-third-rule", "rate-06", "rate-12")
LANGUAGES = ("en", "zh")


@pytest.fixture(scope="module")
def study():
    return Study.read(data_dir())


@pytest.fixture(scope="module")
def forecasts(study):
    return {name: study.forecast(name, 10) for name in SCENARIOS}


@pytest.fixture(scope="module")
def shares(forecasts):
    return pd.concat([target_shares(forecast) for forecast in forecasts.values()], ignore_index=True)


@pytest.fixture(scope="module")
def judged(shares, study):
    targets = study.evidence.targets.targets
    return pd.concat([verdicts(shares, targets, years) for years in (5, 10)], ignore_index=True)


@pytest.fixture(scope="module")
def built(study, forecasts, shares, judged):
    """Every figure in a language, by name."""

    def build(language):
        names = display_names(study, language)
        chosen = forecasts["rate-12"]
        mine = shares[shares["scenario"] == "rate-12"]
        lines = figures.pyramid_lines(study, "inclusive")
        return {
            "pyramid": figures.age_pyramid(age_structure(chosen), names, language, **lines),
            "opening": figures.opening_pyramid(age_structure(chosen), names, language, **lines),
            "paths": figures.share_paths(shares, names, language),
            "two-paths": figures.share_paths([shares[shares["scenario"] == "status-quo"], mine], names, language),
            "matrix": figures.verdict_matrix(judged, names, language),
            "waterfall": figures.share_waterfall(share_change(chosen), mine, names, language),
            "flows": figures.promotions_and_releases(turnover(chosen), names, language),
        }

    return {language: build(language) for language in LANGUAGES}


NAMES = ("pyramid", "opening", "paths", "two-paths", "matrix", "waterfall", "flows")


def texts(figure):
    return [text.get_text() for text in figure.findobj(lambda artist: hasattr(artist, "get_text"))]


def bars(axes):
    return [bar for container in axes.containers if isinstance(container, BarContainer) for bar in container]


def ages(axes):
    """Lengths of a pyramid's bars by middle, of a sex and colour: each patch is every second step of its outline."""
    for patch in axes.patches:
        if isinstance(patch, StepPatch) and patch.get_fill():
            values, edges, _ = patch.get_data()
            assert not values[1::2].any()
            yield patch, dict(zip((edges[::2] + edges[1::2]) / 2, np.abs(values[::2]), strict=True))


def picture(figure, kind="png"):
    written = io.BytesIO()
    figure.savefig(written, format=kind)
    return written.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_glyph_is_missing(built, name, language):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        data = picture(built[language][name])
    assert data.startswith(b"\x89PNG")


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_a_chinese_figure_is_chinese(built, name):
    """Latin letters would be a word that was forgotten; no Chinese name in the evidence has any."""
    found = [text for text in texts(built["zh"][name]) if any(letter.isascii() and letter.isalpha() for letter in text)]
    assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_text_leaves_the_figure(built, name, language):
    figure = built[language][name]
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    renderer = figure.canvas.get_renderer() if hasattr(figure.canvas, "get_renderer") else None
    shown = [text for text in figure.findobj(match=lambda a: hasattr(a, "get_text")) if text.get_text()]
    ticks = {tick for axes in figure.axes for tick in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    for text in shown:
        if text in ticks or not text.get_visible():
            continue
        box = text.get_window_extent(renderer)
        assert box.x0 >= -1, text
        assert box.x1 <= width + 1, text
        assert box.y0 >= -1, text
        assert box.y1 <= height + 1, text


@pytest.mark.parametrize("name", NAMES)
def test_the_footer_says_what_the_opening_rests_on(built, name):
    assert any("calibrated to two surveyed shares" in text.replace("\n", " ") for text in texts(built["en"][name]))


def test_young_bars_hold_the_young_of_the_frame(built, forecasts, study):
    frame = age_structure(forecasts["rate-12"]).query("year == 2027")
    oldest = figures.pyramid_lines(study, "inclusive")["oldest_young_age_years"]
    for axes, level in zip(built["en"]["pyramid"].axes, reversed(oldest), strict=True):
        here = frame[frame["level"] == level]
        by_sex = here.groupby(["sex", "age_years"])["headcount"].sum()
        drawn = {(patch.get_gid(), age): length for patch, bars in ages(axes) for age, length in bars.items()}
        young = {age for patch, bars in ages(axes) if _hex(patch) == style.YOUNG for age in bars}
        assert young == {age for _, age in drawn if age <= oldest[level]}
        assert {key: length for key, length in drawn.items() if length} == pytest.approx(dict(by_sex[by_sex > 0]))


def test_a_strict_age_line_moves_the_last_young_age(study):
    inclusive, strict = (
        figures.pyramid_lines(study, line)["oldest_young_age_years"] for line in ("inclusive", "strict")
    )
    assert {level: age - 1 for level, age in inclusive.items()} == strict


def test_a_pyramid_of_two_scenarios_is_refused(study, forecasts):
    frame = pd.concat([age_structure(forecasts[name]) for name in ("status-quo", "rate-12")])
    with pytest.raises(ParameterError, match="rows of one scenario only"):
        figures.age_pyramid(frame, display_names(study, "en"), **figures.pyramid_lines(study, "inclusive"))


def test_every_path_is_drawn_through_its_shares(built, shares):
    level = shares[shares["population"] == "level"]
    panels = built["en"]["paths"].axes
    assert len(panels) == level["target"].nunique()
    for axes, (_, here) in zip(panels, level.groupby("target", sort=False), strict=True):
        drawn = {line.get_label(): line.get_ydata() for line in axes.lines if not line.get_label().startswith("_")}
        assert set(drawn) == set(SCENARIOS)
        for scenario, path in here.groupby("scenario"):
            np.testing.assert_allclose(drawn[scenario], 100 * path.sort_values("year")["share"])


def test_one_sixth_and_the_deadline_are_marked_in_every_panel(built):
    for axes in built["en"]["two-paths"].axes:
        assert any(np.allclose(line.get_ydata(), 100 / 6) for line in axes.lines)
        assert any(list(line.get_xdata()) == [2022, 2022] for line in axes.lines)


def test_the_status_quo_is_grey_and_dashed_beside_a_chosen_scenario(built):
    lines = {line.get_label(): line for line in built["en"]["two-paths"].axes[0].lines}
    assert lines["status-quo"].get_color() == style.QUIET
    assert lines["status-quo"].is_dashed()
    assert lines["rate-12"].get_color() == style.YOUNG


def test_the_status_quo_given_twice_is_one_path(shares, study):
    mine = shares[shares["scenario"] == "status-quo"]
    figure = figures.share_paths([mine, mine], display_names(study, "en"))
    assert [line.get_label() for line in figure.axes[0].lines].count("status-quo") == 1


def test_labels_at_line_ends_do_not_overlap():
    wanted = np.array([4.0, 4.1, 4.2, 4.3, 9.0])
    placed = apart(wanted, np.full(5, 1.0))
    assert (np.diff(placed) >= 1 - 1e-5).all()
    assert abs(placed[:4].mean() - wanted[:4].mean()) < 1e-6


def test_the_matrix_says_every_share_and_marks_it_without_colour(built, judged):
    level = judged[judged["population"] == "level"]
    (axes,) = built["en"]["matrix"].axes
    marks = [text.get_text() for text in axes.texts if text.get_gid() == "mark"]
    written = [text.get_text() for text in axes.texts if text.get_gid() == "share"]
    assert marks == ["✓" if reached else "✗" for reached in level["reached"]]
    assert written == [f"{100 * share:.1f}" for share in level["share"]]
    assert level["reached"].any()
    assert not level["reached"].all()


def test_the_matrix_sets_anchored_targets_above_assumed_ones(built, study):
    names = display_names(study, "en")
    (axes,) = built["en"]["matrix"].axes
    heights = {text.get_text(): text.get_position()[1] for text in axes.texts}
    targets = study.evidence.targets.targets
    anchored = [heights[names[target.id]] for target in targets if target.provenance == "seed"]
    assumed = [heights[names[target.id]] for target in targets if target.provenance == "assumed"]
    assert max(anchored) < heights["Assumed"] < min(assumed)


def test_waterfall_bars_lead_from_the_opening_to_the_horizon(built, shares):
    level = shares[(shares["population"] == "level") & (shares["scenario"] == "rate-12")]
    ends = level.pivot(index="target", columns="year", values="share")
    for axes, target in zip(built["en"]["waterfall"].axes, level["target"].unique(), strict=True):
        whole, steps = axes.containers
        assert [bar.get_width() for bar in whole] == pytest.approx(list(100 * ends.loc[target, [2017, 2027]]))
        running = 100 * ends.loc[target, 2017]
        for bar in steps:
            assert bar.get_x() + min(bar.get_width(), 0) == pytest.approx(min(running, running + bar.get_width()))
            running += bar.get_width()
        assert running == pytest.approx(100 * ends.loc[target, 2027])


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_young_are_the_same_blue_in_every_figure(built, language):
    found = built[language]
    ends = [bar for axes in found["waterfall"].axes for bar in bars(axes)[:2]]
    assert ends
    assert {_hex(bar) for bar in ends} == {style.YOUNG}
    for name in ("pyramid", "opening"):
        for axes in found[name].axes:
            assert {_hex(patch) for patch, _ in ages(axes)} == {style.YOUNG, style.OTHER_AGES}
    for axes in found["two-paths"].axes:
        assert style.YOUNG in [line.get_color() for line in axes.get_lines()]


def test_a_waterfall_of_two_forecasts_is_refused(study, forecasts, shares):
    other = shares[shares["scenario"] == "rate-12"]
    names = display_names(study, "en")
    with pytest.raises(ParameterError, match="Give the changes and the shares of one forecast"):
        figures.share_waterfall(share_change(forecasts["status-quo"]).assign(scenario="rate-12"), other, names)


def test_promotions_stand_up_and_releases_hang_down(built, forecasts):
    flows = turnover(forecasts["rate-12"]).groupby(["rank", "flow"])["headcount"].sum()
    ranks = [rank for rank, flow in flows.index if flow == "promotion-in"]
    totals = {"up": 0.0, "down": 0.0}
    for axes in built["en"]["flows"].axes:
        heights = [bar.get_height() for bar in bars(axes)]
        totals["up"] += sum(height for height in heights if height > 0)
        totals["down"] -= sum(height for height in heights if height < 0)
    assert len(built["en"]["flows"].axes) == len(ranks)
    assert totals["up"] == pytest.approx(sum(flows[rank, "promotion-in"] for rank in ranks))
    assert totals["down"] == pytest.approx(flows.xs("release-out", level="flow").sum())
    assert totals["down"] > 0


def test_a_figure_is_the_same_bytes_each_time_and_carries_no_date(shares, study):
    names = display_names(study, "zh")
    once, again = (picture(figures.share_paths(shares, names, "zh"), "svg") for _ in range(2))
    assert hashlib.sha256(once).digest() == hashlib.sha256(again).digest()
    assert b"<dc:date>" not in once


def test_a_figure_shows_itself_at_screen_size(built):
    data, size = built["en"]["two-paths"]._repr_png_()
    assert data.startswith(b"\x89PNG")
    assert size["width"] == round(built["en"]["two-paths"].get_size_inches()[0] * 96)


def test_no_pyplot_and_so_no_figure_kept_in_memory():
    asked = "import sys; import cadre_research.reporting.figures; print('matplotlib.pyplot' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_unknown_language_is_refused_before_anything_is_drawn(shares, study):
    with pytest.raises(UnknownNameError, match="language 'fr'"):
        figures.share_paths(shares, display_names(study, "en"), "fr")


def test_a_machine_without_chinese_glyphs_is_told_what_to_install(monkeypatch):
    monkeypatch.setattr(fonts, "_packaged_family", lambda: None)
    monkeypatch.setattr(fonts, "SYSTEM_FAMILIES", ("No Such Font",))
    with pytest.raises(RunError, match="pip install pylopdf-fonts-zh-cn"):
        fonts.font_families("zh")
    assert fonts.font_families("en") == [fonts.SYMBOLS]


def test_no_figure_is_shown_or_made_by_pyplot():
    folder = Path(inspect.getfile(figures)).parent
    for path in folder.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        assert "pyplot as" not in source
        assert ".show(" not in source
    assert set(figures.__all__) <= set(dir(figures))


def _hex(bar):
    return to_hex(bar.get_facecolor()).upper()
