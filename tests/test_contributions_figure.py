"""The picture of contributions draws what its frame says, a panel a target, in both languages."""

import io
import warnings

import pandas as pd
import pytest
from matplotlib.container import BarContainer
from matplotlib.text import Text

from cadre_research.errors import ParameterError
from cadre_research.reporting import figures

MEASURES = {"lists": 0.04, "rule": 0.11, "condition": -0.03, "dust": -1e-12}
NAMES = {
    "en": {"first": "First group", "second": "Second group", "plan": "The plan", "lists": "Lists", "rule": "Rule"}
    | {"condition": "Condition", "dust": "Nothing"},
    "zh": {"first": "甲类", "second": "乙类", "plan": "规划", "lists": "名单", "rule": "规则"}
    | {"condition": "条件", "dust": "无"},
}


def frame(**changes):
    """Contributions at 5 and 10 years, half as much at 5; the first group reaches one sixth at 10 only."""
    rows = [
        {
            "target": target,
            "population": population,
            "horizon_years": horizon,
            "measure": measure,
            "contribution": value * (0.5 if horizon == 5 else 1) * (2 if population == "posts" else 1),
            "contribution_se": 0.0,
            "share_without": 0.05,
            "share_with": {("first", 5): 0.11, ("first", 10): 1 / 6}.get((target, horizon), 0.1),
            "method": "exact",
            "scenario": "plan",
            "age_line": "inclusive",
        }
        for target in ("first", "second")
        for population in ("level", "posts")
        for horizon in (5, 10)
        for measure, value in MEASURES.items()
    ]
    return pd.DataFrame(rows).assign(**changes)


def drawn(given=None, language="en", **named):
    given = frame() if given is None else given
    return figures.contributions_chart(given, NAMES[language], language, baseline_year=2017, **named)


def containers(axes):
    return {c.patches[0].get_gid(): c.patches for c in axes.containers if isinstance(c, BarContainer)}


@pytest.mark.parametrize(("population", "times"), [("level", 1), ("posts", 2)])
def test_bars_are_as_long_as_the_contributions(population, times):
    for axes in drawn(population=population).axes:
        bars = containers(axes)
        assert list(bars) == ["contribution-5", "contribution-10"]
        lengths = [bar.get_width() for bar in bars["contribution-10"]]
        assert lengths == pytest.approx([100 * times * value for value in MEASURES.values()])
        assert [bar.get_width() for bar in bars["contribution-5"]] == pytest.approx([half / 2 for half in lengths])


def test_every_bar_has_its_value_at_its_end_and_nought_has_no_side():
    axes = drawn().axes[0]
    values = [text for text in axes.texts if text.get_gid() == "value"]
    assert [text.get_text() for text in values[4:]] == ["+4.0", "+11.0", "\N{MINUS SIGN}3.0", "0.0"]
    assert [text.get_ha() for text in values[4:]] == ["left", "left", "right", "left"]
    assert [text.xy[0] for text in values[4:]] == pytest.approx([4, 11, -3, 0])


def test_a_panel_says_whether_its_target_is_reached_and_from_where_to_where():
    first, second = (axes.get_title(loc="left").splitlines() for axes in drawn().axes)
    assert " ".join(first[:-2]) == "First group: one sixth reached in 2027 only"
    assert first[-2:] == ["2022: 5.0 → 11.0 %", "2027: 5.0 → 16.7 %"]
    assert " ".join(second[:-2]) == "Second group: one sixth not reached"


def test_a_target_of_its_own_is_what_a_panel_speaks_of():
    first, second = drawn(goals={"first": 0.3, "second": 0.09}).axes
    assert "30.0" in first.get_title(loc="left")
    assert "not reached" in first.get_title(loc="left").replace("\n", " ")
    assert "not" not in second.get_title(loc="left")


def test_the_title_names_the_measure_that_adds_most():
    title = next(text.get_text() for text in drawn().texts).replace("\n", " ")
    assert title.startswith("The plan: Rule adds most to 2 of 2 groups after 10 years; with all measures 1 of them")


def test_of_a_sampled_division_the_error_is_told():
    told = [text.get_text().replace("\n", " ") for text in drawn(frame(method="sampled", contribution_se=0.004)).texts]
    assert any("within ±0.8 points" in text for text in told)
    assert not any("±" in text.get_text() for text in drawn().texts)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_glyph_is_missing_and_no_text_leaves_the_figure(language):
    figure = drawn(language=language)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(io.BytesIO(), format="png")
    figure.draw_without_rendering()
    width, height = figure.canvas.get_width_height()
    # Of ticks there are some beyond the axes, which are not drawn.
    ticks = {tick for axes in figure.axes for tick in axes.get_xticklabels()}
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible() and text not in ticks:
            box = text.get_window_extent()
            assert -1 <= box.x0 <= box.x1 <= width + 1, text
            assert -1 <= box.y0 <= box.y1 <= height + 1, text
    said = "".join(text.get_text() for text in figure.findobj(Text))
    assert any(letter.isascii() and letter.isalpha() for letter in said) is (language == "en")


def test_values_do_not_lie_on_each_other():
    figure = drawn()
    figure.draw_without_rendering()
    for axes in figure.axes:
        boxes = [text.get_window_extent() for text in axes.texts if text.get_gid() == "value"]
        for place, box in enumerate(boxes):
            assert not any(box.overlaps(other) for other in boxes[place + 1 :])


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (frame().iloc[:0], "given without rows to draw"),
        (frame().drop(columns="share_with"), "given without share_with"),
        (pd.concat([frame(), frame(scenario="other")]), "rows of one scenario only"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given, said):
    with pytest.raises(ParameterError, match=said):
        drawn(given)
