"""What the figures of findings draw agrees with the frames they are given, in both languages."""

import io
import warnings
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_hex
from matplotlib.container import BarContainer
from matplotlib.text import Text

from cadre_research.errors import ParameterError, UnknownNameError
from cadre_research.findings.after import after_the_horizon
from cadre_research.findings.age_structure import target_shares
from cadre_research.reporting import figures
from cadre_research.reporting.figures import multiples, style
from cadre_research.reporting.names import display_names
from cadre_research.reporting.wording import probability, word

LANGUAGES = ("en", "zh")
TARGETS = ("county-level", "section-chief", "county-principal", "county-deputy", "section-deputy", "section-level")
LABELS = {"scenario": "rate-12", "age_line": "inclusive", "population": "level"}
QUANTILES = (0.025, 0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.975)
SIXTH = 1 / 6


def fan_frame(targets=TARGETS, last=2027):
    """Fans that widen with the years; the n-th target's median ends at 0.05 n above 0.02."""
    rows = [
        {"target": target, **LABELS, "year": year, "quantile": quantile}
        | {"share": 0.07 + (0.05 * n - 0.05) * (year - 2017) / 10 + (quantile - 0.5) * 0.012 * (year - 2016)}
        for n, target in enumerate(targets)
        for quantile in QUANTILES
        for year in range(2017, last + 1)
    ]
    return pd.DataFrame(rows).assign(share=lambda frame: frame["share"].clip(lower=0.0))


def probability_frame(targets=TARGETS):
    rows = [
        {"target": target, **LABELS, "horizon_years": years, "probability": 0.11 * n, "probability_se": 0.013 * n}
        for n, target in enumerate(targets)
        for years in (5, 10)
    ]
    return pd.DataFrame(rows)


def frontier_frame(targets=TARGETS, lever_x="promotion-rate", lever_y="young-share"):
    """Share 3 x y + 0.02 n, from 0 to 0.9 and beyond."""
    x, y = (grid.ravel() for grid in np.meshgrid(np.linspace(0, 0.3, 7), np.linspace(0, 1, 6), indexing="ij"))
    levers = {"lever_x": lever_x, "value_x": x, "lever_y": lever_y, "value_y": y}
    frames = [
        pd.DataFrame({"target": target, "horizon_years": 10, **levers, "share": 2 * x * y + 0.02 * n})
        for n, target in enumerate(targets)
    ]
    return pd.concat(frames, ignore_index=True).assign(reached=lambda f: f["share"] >= SIXTH, **LABELS)


def curve_frame(targets=TARGETS, levers=("promotion-rate",), horizons=(5, 10)):
    rows = [
        {"lever": lever, "value": value, "target": target, "horizon_years": years, **LABELS}
        | {"probability": min(1.0, (1.3 - 0.2 * n) * value / 0.3), "probability_se": 0.04}
        for lever in levers
        for n, target in enumerate(targets)
        for years in horizons
        for value in np.linspace(0, 0.3, 16)
    ]
    return pd.DataFrame(rows)


def required_frame(targets=TARGETS, levers=("promotion-rate",), horizons=(5, 10)):
    """The last target is reached by no value."""
    rows = []
    for lever in levers:
        for n, target in enumerate(targets):
            for years in horizons:
                there = n < 5
                value = 0.12 + 0.02 * n + 0.001 * years if there else np.nan
                surely = value + 0.04 if n < 2 else np.nan
                rows.append(
                    {"target": target, "horizon_years": years, "lever": lever, "value": value, **LABELS}
                    | {"value_for_90_percent": surely, "value_for_90_percent_low": surely - 0.02}
                    | {"value_for_90_percent_high": np.nan, "fails_again_at": 0.29 if n == 4 else np.nan}
                    | {"reachable": there, "best_value": 0.3, "best_share": 0.15}
                )
    return pd.DataFrame(rows)


def attainable_frame(targets=(*TARGETS, "all-six"), horizons=(5, 10)):
    """Best share 0.10 + 0.01 n and 0.01 more for each release per 100 posts, less 0.02 if held."""
    rows = [
        {"target": target, "horizon_years": years, "hold": hold, "releases_per_100_posts": float(budget), **LABELS}
        | {"best_share": 0.10 + 0.01 * n + 0.01 * budget + 0.004 * (years - 5) - 0.02 * hold}
        for n, target in enumerate(targets)
        for years in horizons
        for hold in (False, True)
        for budget in range(0, 21, 5)
    ]
    frame = pd.DataFrame(rows).assign(binding_rules="", candidates_per_post=3.0)
    return frame.assign(reachable=frame["best_share"] >= SIXTH)


def plan_frame(years=10):
    steps = {"section-chief": "section-chief-no-post", "county-deputy": "county-deputy-no-post"}
    rows = []
    for year in range(2018, 2018 + years):
        for rank, aside in steps.items():
            for age in (29, 31, 33):
                rows.append((year, "promotion", "section-deputy", rank, "men", age, 3, 40.0 + age))
            rows.append((year, "release", rank, aside, "women", 55, 8, 25.0))
        rows.append((year, "recruitment", None, "staff", "men", 23, 0, 1200.0))
    columns = ["year", "kind", "from_rank", "to_rank", "group", "age_years", "years_in_rank", "persons"]
    return pd.DataFrame(rows, columns=columns)


LONG = "一项名称很长很长很长很长很长很长很长很长很长很长很长很长的假设"
TITLES = {
    "one": {"en": LONG, "zh": LONG},
    "two": {"en": "The second", "zh": "第二项假设"},
    "three": {"en": "The third", "zh": "第三项假设"},
    "nothing": {"en": "One that moves nothing", "zh": "不改变占比的假设"},
}


def sensitivity_frame(central=0.15):
    """Four assumptions: one turns the verdict, one has no opening at its low end, the last moves nothing."""
    ends = {"one": (-0.03, 0.04), "two": (np.nan, 0.01), "three": (-0.004, -0.002), "nothing": (0.0, 0.0)}
    rows = [
        {"target": "section-level", "horizon_years": 5, "assumption": name, **LABELS}
        | {"low": 31.0, "value": 34.0, "high": 13000.0}
        | {"share_at_low": central + low, "share_at_central": central, "share_at_high": central + high}
        | {"swing": float(np.ptp([x for x in (low, 0.0, high) if np.isfinite(x)]))}
        | {"turns": name == "one", "turning_value": 36.8 if name == "one" else np.nan}
        | {"turns_within_range": True if name == "one" else pd.NA}
        for name, (low, high) in ends.items()
    ]
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def after(study):
    return after_the_horizon(study, "rate-12")


@pytest.fixture(scope="module")
def central(study):
    return target_shares(study.forecast("rate-12", 10))


@pytest.fixture(scope="module")
def built(study, after, central):
    """Every figure in a language, by name."""

    def build(language):
        names = display_names(study, language)
        return {
            "fan": figures.fan_chart(fan_frame(), names, language, central, probability_frame()),
            "frontier": figures.lever_frontier(frontier_frame(), names, language),
            "levers": figures.lever_curves(curve_frame(), required_frame(), names, language),
            "attainability": figures.attainability_curve(attainable_frame(), names, language),
            "plan": figures.optimal_plan_picture(plan_frame(), names, language, scenario="rate-12"),
            "tornado": figures.tornado_chart(
                sensitivity_frame(), names, language, target="section-level", horizon_years=5, titles=TITLES
            ),
            "after": figures.after_the_horizon_chart(after.shares, after.promotions, names, language),
        }

    return {language: build(language) for language in LANGUAGES}


NAMES = ("fan", "frontier", "levers", "attainability", "plan", "tornado", "after")


def of_target(frame, target):
    return frame[frame["target"] == target]


def texts(figure):
    return [text.get_text().replace("\n", " ") for text in figure.findobj(Text)]


def written(axes, gid):
    return [text.get_text() for text in axes.texts if text.get_gid() == gid]


def of_gid(axes, gid):
    return [line for line in axes.lines if line.get_gid() == gid]


def panel(figure, title):
    (axes,) = [axes for axes in figure.axes if axes.get_title("left") == title]
    return axes


def picture(figure, kind="png"):
    data = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(data, format=kind)
    return data.getvalue()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_no_glyph_is_missing_and_no_text_leaves_the_figure(built, name, language):
    figure = built[language][name]
    assert picture(figure).startswith(b"\x89PNG")
    width, height = figure.canvas.get_width_height()
    ticks = {tick for axes in figure.axes for tick in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    for text in figure.findobj(Text):
        if not text.get_text() or text in ticks or not text.get_visible():
            continue
        box = text.get_window_extent()
        assert -1 <= box.x0 < box.x1 <= width + 1, text
        assert -1 <= box.y0 < box.y1 <= height + 1, text


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_a_chinese_figure_is_chinese(built, name):
    found = [text for text in texts(built["zh"][name]) if any(letter.isascii() and letter.isalpha() for letter in text)]
    assert found == []


@pytest.mark.parametrize("name", NAMES)
def test_the_footer_says_what_the_opening_rests_on(built, name):
    assert any("calibrated to two surveyed shares" in text for text in texts(built["en"][name]))


@pytest.mark.parametrize("name", NAMES)
def test_no_panel_is_empty(built, name):
    for axes in built["en"][name].axes:
        assert axes.has_data(), axes.get_title("left")


@pytest.mark.parametrize("name", NAMES)
def test_panel_titles_do_not_touch(built, name):
    figure = built["en"][name]
    figure.draw_without_rendering()
    boxes = [
        title.get_window_extent()
        for axes in figure.axes
        for title in (axes.title, axes._left_title)
        if title.get_text()
    ]
    for n, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[n + 1 :])


# Fan


def test_bands_and_lines_go_through_the_quantiles_and_the_central_path(built, central):
    for axes, target in zip(built["en"]["fan"].axes, TARGETS, strict=True):
        wide = fan_frame().pipe(of_target, target).pivot(index="year", columns="quantile", values="share")
        lines = {line.get_label(): line for line in axes.lines}
        np.testing.assert_allclose(lines["median"].get_ydata(), 100 * wide[0.5])
        path = central.query("population == 'level'").pipe(of_target, target)
        np.testing.assert_allclose(lines["central"].get_ydata(), 100 * path["share"])
        assert lines["central"].is_dashed()
        bands = {band.get_gid(): band.get_datalim(axes.transData) for band in axes.collections}
        for width, low, high in ((50, 0.25, 0.75), (80, 0.1, 0.9), (95, 0.025, 0.975)):
            assert bands[f"band-{width}"].ymin == pytest.approx(100 * wide[low].min())
            assert bands[f"band-{width}"].ymax == pytest.approx(100 * wide[high].max())
        assert written(axes, "median") == [f"{100 * wide[0.5].iloc[-1]:.1f}"]
        assert written(axes, "central") == [f"{100 * path['share'].iloc[-1]:.1f}"]


def test_the_probability_of_the_last_year_is_printed_with_its_error(built):
    found = [written(axes, "probability") for axes in built["en"]["fan"].axes]
    expected = [probability(0.11 * n, 0.013 * n, "en") for n in range(6)]
    assert found == [[f"reached in 2027: {text}"] for text in expected]


def test_the_fan_title_counts_the_groups_more_likely_than_not(built, study):
    """Of the probabilities 0, 11, …, 55 % one is above a half; of the medians without them three end above a sixth."""
    assert "12 per 100 posts a year: in 2027, one sixth is more likely than not in 1 of 6 groups" in texts(
        built["en"]["fan"]
    )
    alone = figures.fan_chart(fan_frame(), display_names(study, "en"))
    assert any("more likely than not in 3 of 6" in text for text in texts(alone))


def test_a_fan_of_one_target_with_its_own_goal(study):
    figure = figures.fan_chart(fan_frame(TARGETS[:1], 2019), display_names(study, "en"), goals={"county-level": 0.2})
    assert any("20.0\N{NO-BREAK SPACE}%" in text for text in texts(figure))
    assert "one sixth" not in " ".join(texts(figure))
    assert picture(figure)


def test_fans_that_cannot_be_drawn_are_refused(study, central):
    names = display_names(study, "en")
    with pytest.raises(ParameterError, match="given without rows to draw"):
        figures.fan_chart(fan_frame().iloc[:0], names)
    with pytest.raises(ParameterError, match="rows of one scenario only"):
        figures.fan_chart(pd.concat([fan_frame(), fan_frame().assign(scenario="status-quo")]), names)
    with pytest.raises(ParameterError, match="expected the scenario of the fan"):
        figures.fan_chart(fan_frame(), names, "en", central.assign(scenario="status-quo"))
    with pytest.raises(ParameterError, match="without the quantile"):
        figures.fan_chart(fan_frame().query("quantile != 0.5"), names)
    with pytest.raises(UnknownNameError, match="language 'fr'"):
        figures.fan_chart(fan_frame(), names, "fr")


# Frontier

SWAPPED = {f"{what}_{axis}": f"{what}_{other}" for what in ("lever", "value") for axis, other in ("xy", "yx")}


def test_the_thick_line_runs_where_the_share_is_one_sixth(built):
    for n, axes in enumerate(built["en"]["frontier"].axes):
        thick = [lines for lines in axes.collections if np.allclose(lines.get_linewidth(), 2.0)]
        (line,) = thick
        vertices = np.concatenate([path.vertices for path in line.get_paths()])
        # On the straight lines between the grid's points, so only nearly on the curve.
        shares = 2 * vertices[:, 0] / 100 * vertices[:, 1] / 100 + 0.02 * n
        np.testing.assert_allclose(shares, SIXTH, atol=0.004)


def test_the_one_third_rule_is_marked_on_either_axis(study, built):
    for axes in built["en"]["frontier"].axes:
        assert np.allclose(of_gid(axes, "one-third")[0].get_ydata(), 100 / 3)
    turned = frontier_frame(TARGETS[:1], "release-rate").rename(columns=SWAPPED)
    (axes,) = figures.lever_frontier(turned, display_names(study, "zh"), "zh").axes
    assert np.allclose(of_gid(axes, "one-third")[0].get_xdata(), 100 / 3)
    assert "三分之一规则" in [text.get_text() for text in axes.texts]


def test_a_rule_beyond_the_values_tried_is_not_marked(study):
    figure = figures.lever_frontier(
        frontier_frame(TARGETS[:1], "young-share", "release-rate"), display_names(study, "en")
    )
    assert of_gid(figure.axes[0], "one-third") == []
    assert not any("one-third rule" in text for text in texts(figure))


def test_panels_without_a_line_say_why(study):
    frame = frontier_frame(TARGETS[:3])
    frame.loc[frame["target"] == TARGETS[0], "share"] = 0.1
    frame.loc[frame["target"] == TARGETS[1], "share"] = 0.2
    frame.loc[frame["target"] == TARGETS[2], "share"] = np.nan
    frame["reached"] = frame["share"] >= SIXTH
    for language in LANGUAGES:
        figure = figures.lever_frontier(frame, display_names(study, language), language)
        notes = [written(axes, "no-line")[0].replace("\n", " ") for axes in figure.axes]
        assert "10.0" in notes[0]
        assert "20.0" in notes[1]
        assert notes[2] in ("nobody in this group, or not shown", "该群体无人，或不公布")
        assert picture(figure)


def test_the_title_counts_groups_that_some_pair_brings_there(built):
    assert any("brings 6 of 6 groups to one sixth" in text for text in texts(built["en"]["frontier"]))


def test_frontiers_that_cannot_be_drawn_are_refused(study):
    names = display_names(study, "en")
    with pytest.raises(ParameterError, match="expected 2 of each lever"):
        figures.lever_frontier(frontier_frame().query("value_x == 0"), names)
    with pytest.raises(ParameterError, match="given without reached"):
        figures.lever_frontier(frontier_frame().drop(columns="reached"), names)
    with pytest.raises(ParameterError, match="rows of one horizon_years only"):
        figures.lever_frontier(pd.concat([frontier_frame(), frontier_frame().assign(horizon_years=5)]), names)


# Lever curves


def test_curves_hold_the_probabilities_and_marks_the_required_values(built):
    for n, (axes, target) in enumerate(zip(built["en"]["levers"].axes, TARGETS, strict=True)):
        curves = of_gid(axes, "curve")
        assert len(curves) == 2
        expected = curve_frame().query("horizon_years == 5").pipe(of_target, target)["probability"]
        np.testing.assert_allclose(curves[0].get_ydata(), 100 * expected)
        marks = required_frame().pipe(of_target, target)
        for gid, column in (("expected", "value"), ("sure", "value_for_90_percent"), ("fails", "fails_again_at")):
            drawn = sorted(float(line.get_xdata()[0]) for line in of_gid(axes, gid))
            assert drawn == pytest.approx(sorted(100 * marks[column].dropna()))
        values = [f"{100 * value:.1f}" for value in sorted(marks["value"].dropna())]
        assert written(axes, "expected-value") == values
        assert len(written(axes, "sure-value")) == (2 if n < 2 else 0)


def test_an_interval_without_an_upper_end_runs_to_the_highest_value(built):
    for line in of_gid(built["en"]["levers"].axes[0], "range"):
        assert line.get_xdata()[1] == pytest.approx(30)
    assert of_gid(built["en"]["levers"].axes[0], "range")[0].get_xdata()[0] == pytest.approx(14.5)


def test_numbers_of_values_do_not_touch(built):
    figure = built["en"]["levers"]
    figure.draw_without_rendering()
    for axes in figure.axes:
        for gid in ("sure-value", "expected-value"):
            boxes = [text.get_window_extent() for text in axes.texts if text.get_gid() == gid]
            assert all(a.x1 <= b.x0 + 1 for a, b in pairwise(boxes))


def test_the_lever_title_counts_what_is_sure_and_the_subtitle_what_is_expected(built):
    found = texts(built["en"]["levers"])
    assert "Turning the promotion rate alone makes one sixth 90 % sure in 3 of 6 groups after 10 years" in found
    assert any("a value suffices in 5 of 6 groups after 10 years" in text for text in found)


def test_one_lever_of_several_is_chosen_by_name(study):
    names = display_names(study, "en")
    levers = ("promotion-rate", "young-share", "promotion-rate:section-chief")
    curves, required = curve_frame(levers=levers), required_frame(levers=levers)
    with pytest.raises(ParameterError, match="choose it with `lever`"):
        figures.lever_curves(curves, required, names)
    with pytest.raises(ParameterError, match="given promotion-rate, young-share"):
        figures.lever_curves(curves, required, names, lever="releases")
    figure = figures.lever_curves(curves, required, names, lever="promotion-rate:section-chief")
    assert any("promotion rate (Section chiefs)" in text for text in texts(figure))


def test_lever_curves_of_one_target_and_horizon_without_required_values(study):
    figure = figures.lever_curves(
        curve_frame(TARGETS[:1], horizons=(10,)).assign(probability_se=np.nan), None, display_names(study, "zh"), "zh"
    )
    (axes,) = figure.axes
    assert len(of_gid(axes, "curve")) == 1
    assert picture(figure)


# Attainability


def test_attainability_curves_hold_the_best_shares_and_dashes_mean_holding(built):
    names = (*TARGETS, "all-six")
    for axes, target in zip(built["en"]["attainability"].axes, names, strict=True):
        frame = attainable_frame().pipe(of_target, target)
        curves = of_gid(axes, "curve")
        assert [line.is_dashed() for line in curves] == [False, True, False, True]
        for line, (_, here) in zip(curves, frame.groupby(["horizon_years", "hold"]), strict=True):
            np.testing.assert_allclose(line.get_ydata(), 100 * here["best_share"])
    assert built["en"]["attainability"].axes[-1].get_title("left") == "All at once"


def test_the_releases_from_which_a_target_is_reached_are_marked(built):
    """County level: 0.10 + 0.01 b = 1/6 at b = 6.67, held 8.67; after ten years 0.02 higher, so two less."""
    axes = built["en"]["attainability"].axes[0]
    assert written(axes, "crossing-value") == ["4.7", "6.7", "6.7", "8.7"]
    drawn = sorted(float(line.get_xdata()[0]) for line in of_gid(axes, "crossing"))
    assert drawn == pytest.approx([14 / 3, 20 / 3, 20 / 3, 26 / 3])


def test_a_curve_above_the_line_from_the_start_has_no_mark(study):
    frame = attainable_frame(TARGETS[:1]).assign(best_share=lambda f: f["best_share"] + 0.2, reachable=True)
    figure = figures.attainability_curve(frame, display_names(study, "en"))
    assert of_gid(figure.axes[0], "crossing") == []
    assert any("1 of 1 groups to one sixth, with 0 posts freed per 100 a year as with 20" in t for t in texts(figure))


def test_all_at_once_is_judged_by_the_smallest_goal(study):
    frame = attainable_frame(("county-level", "all-six"))
    figure = figures.attainability_curve(frame, display_names(study, "en"), goals={"county-level": 0.12})
    for axes in figure.axes:
        assert np.allclose(of_gid(axes, "goal")[0].get_ydata(), 12)


def test_the_footer_names_the_rule_on_candidates(study, built):
    assert any("At least 3 eligible for every promotion" in text for text in texts(built["en"]["attainability"]))
    free = attainable_frame(TARGETS[:1], (10,)).assign(candidates_per_post=np.nan)
    figure = figures.attainability_curve(free, display_names(study, "en"))
    assert any("No least number of candidates" in text for text in texts(figure))
    with pytest.raises(ParameterError, match="without rows"):
        figures.attainability_curve(free.iloc[:0], display_names(study, "en"))


# Plan


def test_totals_of_a_year_are_written_above_and_below(built):
    figure = built["en"]["plan"]
    axes = panel(figure, "County level, deputies")
    assert written(axes, "total-promotion") == ["+213"] * 10
    assert written(axes, "total-release") == ["\N{MINUS SIGN}25"] * 10
    assert written(panel(figure, "Staff: recruits"), "total-recruitment") == ["+1,200"] * 10


def test_cells_stand_at_their_year_and_age_and_darken_with_the_persons(built):
    axes = panel(built["en"]["plan"], "Section chiefs")
    cells = {gid: [] for gid in ("promotion", "release")}
    for container in axes.containers:
        assert isinstance(container, BarContainer)
        cells[container[0].get_gid()] += list(container)
    assert sorted({bar.get_y() + 0.5 for bar in cells["promotion"]}) == [29, 31, 33]
    assert {bar.get_y() + 0.5 for bar in cells["release"]} == {55}
    assert all(bar.get_x() == round(bar.get_x()) for bar in cells["promotion"])
    assert all(bar.get_x() < round(bar.get_x() + 0.43) for bar in cells["release"])
    brightness = [
        sum(int(to_hex(bar.get_facecolor())[n : n + 2], 16) for n in (1, 3, 5)) for bar in cells["promotion"][:3]
    ]
    assert brightness == sorted(brightness, reverse=True)
    assert brightness[0] > brightness[-1]


def test_the_plan_title_tells_totals_and_the_median_age(built):
    title = "4,260 promotions and 500 releases in 10 years; half of the promoted are 31 or younger"
    assert title in texts(built["en"]["plan"])


def test_a_plan_without_releases_fills_the_years_and_an_empty_one_is_refused(study):
    names = display_names(study, "zh")
    plan = plan_frame(3).query("kind == 'promotion'")
    figure = figures.optimal_plan_picture(plan, names, "zh", young_age_years={"section-chief": 35})
    widths = {round(bar.get_width(), 6) for axes in figure.axes for group in axes.containers for bar in group}
    assert widths == {0.86}
    assert len(of_gid(figure.axes[0], "young")) == 1
    assert of_gid(figure.axes[1], "young") == []
    with pytest.raises(ParameterError, match="without rows"):
        figures.optimal_plan_picture(plan.assign(persons=0.0), names)
    only = figures.optimal_plan_picture(plan_frame(3).query("kind == 'release'"), display_names(study, "en"))
    assert "Nobody promoted in 3 years, 150 releases" in texts(only)


# Tornado


def test_bars_run_from_the_central_share_to_the_ends(built):
    (axes,) = built["en"]["tornado"].axes
    ends = {"end-low": [], "end-high": []}
    for container in axes.containers:
        for bar in container:
            assert bar.get_x() == pytest.approx(15.0)
            ends[bar.get_gid()].append(bar.get_width())
    assert ends["end-low"] == pytest.approx([-3.0, -0.4])
    assert ends["end-high"] == pytest.approx([4.0, 1.0, -0.2])
    assert written(axes, "value-low") == ["31", "31"]
    assert written(axes, "value-high") == ["13,000"] * 3
    assert written(axes, "turns") == ["turns at 36.8"]


def test_the_title_tells_the_widest_swing_and_what_moves_nothing_has_no_bar(built):
    for language in LANGUAGES:
        (axes,) = built[language]["tornado"].axes
        labels = ["".join(label.get_text().split()) for label in axes.get_yticklabels()]
        assert labels == ["".join(TITLES[name][language].split()) for name in ("one", "two", "three")]
    found = " ".join(texts(built["en"]["tornado"]))
    assert "from 12.0\N{NO-BREAK SPACE}% to 19.0\N{NO-BREAK SPACE}% by one assumption alone" in found
    assert "3 of 4 shown. 1 alone can turn the verdict, 1 within its range." in found


def test_a_goal_in_view_is_a_line_and_one_beyond_is_an_arrow(study, built):
    (axes,) = built["en"]["tornado"].axes
    assert of_gid(axes, "goal")[0].get_xdata()[0] == pytest.approx(100 / 6)
    asked = {"target": "section-level", "horizon_years": 5}
    names = display_names(study, "en")
    for central, arrow in ((0.04, "→"), (0.40, "←")):
        (axes,) = figures.tornado_chart(sensitivity_frame(central), names, **asked).axes
        assert of_gid(axes, "goal") == []
        assert arrow in written(axes, "goal-name")[0]


def test_as_many_bars_as_asked_for(study):
    names, asked = display_names(study, "en"), {"target": "section-level", "horizon_years": 5}
    (axes,) = figures.tornado_chart(sensitivity_frame(), names, **asked, top=1).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one"]
    with pytest.raises(ParameterError, match="top: given 0"):
        figures.tornado_chart(sensitivity_frame(), names, **asked, top=0)


@pytest.mark.parametrize("language", LANGUAGES)
def test_of_a_group_too_small_to_be_shown_there_is_a_word_and_no_tornado(study, language):
    names, asked = display_names(study, language), {"target": "section-level", "horizon_years": 5}
    figure = figures.tornado_chart(sensitivity_frame(np.nan), names, language, **asked)
    (axes,) = figure.axes
    assert written(axes, "hidden") == [word("not_shown", language)]
    assert not axes.patches
    assert picture(figure)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_fan_of_a_group_too_small_to_be_shown_is_a_word(study, language):
    names, fan = display_names(study, language), fan_frame()
    first, *others = fan["target"].unique()
    hidden = fan.assign(share=fan["share"].mask(fan["target"] == first))
    panels = figures.fan_chart(hidden, names, language).axes
    assert written(panels[0], "hidden") == [word("not_shown", language)]
    assert all(written(axes, "hidden") == [] for axes in panels[1 : 1 + len(others)])


def test_a_tornado_of_no_swing_or_without_turning_points_can_be_drawn(study):
    names, asked = display_names(study, "zh"), {"target": "section-level", "horizon_years": 5}
    still = figures.tornado_chart(sensitivity_frame().query("assumption == 'nothing'"), names, "zh", **asked)
    assert any("任何单项假设均不改变占比" in text for text in texts(still))
    assert picture(still)
    bare = sensitivity_frame().drop(columns=["turns", "turning_value", "turns_within_range"])
    assert picture(figures.tornado_chart(bare, names, "zh", **asked, titles=TITLES))


def test_tornados_that_cannot_be_drawn_are_refused(study):
    names = display_names(study, "en")
    with pytest.raises(ParameterError, match="without rows"):
        figures.tornado_chart(sensitivity_frame(), names, target="section-level", horizon_years=10)
    both = pd.concat([sensitivity_frame(), sensitivity_frame().assign(scenario="status-quo")])
    asked = {"target": "section-level", "horizon_years": 5}
    with pytest.raises(ParameterError, match="rows of one scenario only"):
        figures.tornado_chart(both, names, **asked)
    assert picture(figures.tornado_chart(both, names, **asked, scenario="status-quo"))


# After the horizon


def test_courses_are_drawn_through_their_shares_and_promotions(built, after):
    panels = built["en"]["after"].axes
    level = after.shares.query("population == 'level'")
    groups = [*level.groupby("target", sort=False), *after.promotions.groupby("rank", sort=False)]
    for axes, (_, here) in zip(panels, groups, strict=True):
        column, unit = ("share", 100) if "share" in here else ("promotions", 1)
        lines = {line.get_label(): line for line in axes.lines}
        for course, path in here.groupby("course"):
            np.testing.assert_allclose(lines[course].get_ydata(), unit * path.sort_values("year")[column])


def test_the_end_of_the_programme_is_found_and_marked(built, after):
    for axes in built["en"]["after"].axes:
        assert list(of_gid(axes, "switch")[0].get_xdata()) == [2022, 2022]
    totals = after.promotions.query("course == 'returned'").groupby("year")["promotions"].sum()
    expected = f"as it ends in 2022, promotions go from {totals[2022]:,.0f} to {totals[2023]:,.0f} a year"
    assert any(expected in text for text in texts(built["en"]["after"]))


def test_courses_that_never_part_are_said_to_be_the_same(study):
    same = after_the_horizon(study, "status-quo", 2, 4)
    figure = figures.after_the_horizon_chart(same.shares, same.promotions, display_names(study, "en"))
    assert "Status quo: ending it makes no difference up to 2021" in texts(figure)
    assert all(len([t for t in axes.texts if (t.get_gid() or "").startswith("end-")]) == 1 for axes in figure.axes)


def test_shares_of_one_target_without_promotions(study, after):
    shares = after.shares.query("target == 'section-chief'").copy()
    shares.loc[shares["year"] == 2030, "share"] = np.nan
    figure = figures.after_the_horizon_chart(shares, None, display_names(study, "zh"), "zh")
    assert len(figure.axes) == 1
    assert picture(figure)
    with pytest.raises(ParameterError, match="without rows"):
        figures.after_the_horizon_chart(shares.iloc[:0], None, display_names(study, "zh"), "zh")


# What they share


def without_numbers(frame, column):
    """The first target's numbers are missing."""
    return frame.assign(**{column: frame[column].mask(frame["target"] == TARGETS[0])})


def test_a_target_without_numbers_leaves_the_others_as_they_are(study, built):
    names = display_names(study, "en")
    fan = figures.fan_chart(without_numbers(fan_frame(), "share"), names, "en", None, probability_frame())
    assert written(fan.axes[0], "median") == []
    assert written(fan.axes[1], "median") == written(built["en"]["fan"].axes[1], "median")
    levers = figures.lever_curves(without_numbers(curve_frame(), "probability"), required_frame(), names)
    best = figures.attainability_curve(without_numbers(attainable_frame(), "best_share"), names)
    assert written(best.axes[0], "crossing-value") == []
    assert written(best.axes[1], "crossing-value") == written(built["en"]["attainability"].axes[1], "crossing-value")
    for figure in (fan, levers, best):
        assert picture(figure)


def test_long_names_stay_within_their_panels(study):
    names = {**display_names(study, "en"), **{target: f"{target}, a group with a very long name" for target in TARGETS}}
    figure = figures.fan_chart(fan_frame(), names)
    figure.draw_without_rendering()
    for axes in figure.axes:
        assert (
            "\n" in axes.get_title("left")
            or axes._left_title.get_window_extent().width <= axes.get_window_extent().width
        )


def test_a_crossing_is_read_off_the_first_rise():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert multiples.crossing(x, np.array([0.1, 0.2, 0.1, 0.4]), 0.15) == pytest.approx(0.5)
    assert multiples.crossing(x, np.array([0.3, 0.2, 0.1, 0.4]), 0.15) == 0.0
    assert multiples.crossing(x, np.array([np.nan, 0.2, 0.3, 0.4]), 0.15) == 1.0
    assert np.isnan(multiples.crossing(x, np.full(4, np.nan), 0.15))


def test_horizons_have_different_colours():
    colours = multiples.horizon_colours([10, 5, 10])
    assert list(colours) == [5, 10]
    assert len(set(colours.values())) == 2
    assert colours[5] == style.YOUNG_PALE


@pytest.mark.parametrize("name", ["attainability", "plan"])
def test_a_figure_is_drawn_the_same_each_time(study, name):
    names = display_names(study, "zh")
    once, *again = (
        picture(
            figures.attainability_curve(attainable_frame(), names, "zh")
            if name == "attainability"
            else figures.optimal_plan_picture(plan_frame(), names, "zh"),
            "svg",
        )
        for _ in range(6)
    )
    assert all(each == once for each in again)
