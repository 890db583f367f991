"""What figures and tables of estimated rates show agrees with the estimates, in both languages."""

import io
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from simulated_panels import RETIREMENT, ladder, probabilities, simulate

from cadre_research.errors import ParameterError
from cadre_research.evidence.estimates import TakeUp
from cadre_research.evidence.estimation import estimate
from cadre_research.reporting.figures.rates import (
    calibration_chart,
    rates_chart,
    rates_footer,
    recruits_chart,
    residuals_chart,
)
from cadre_research.reporting.rate_summaries import (
    coefficient_summary,
    hazard_names,
    notes_summary,
    recruits_summary,
    take_up_summary,
)

LANGUAGES = ("en", "zh")
NAMES = {
    "en": {"clerk": "Clerk", "officer": "Officer", "chief": "Chief", "resigned": "Resigned", "women": "Women"},
    "zh": {"clerk": "科员", "officer": "副科级", "chief": "正科级", "resigned": "辞职", "women": "女"},
}
FIGURES = ("rates", "calibration", "residuals", "recruits")
PROMOTION = "promotion-clerk-officer"


@pytest.fixture(scope="module")
def estimates(make_evidence):
    return estimate(simulate(probabilities(), 3), make_evidence(ladder(), retirement=RETIREMENT))


@pytest.fixture(scope="module")
def built(estimates):
    def build(language):
        ways = hazard_names(estimates.hazards, NAMES[language], language)
        footer = rates_footer(2007, 2017, True, language)
        return {
            "rates": rates_chart(
                estimates.rates, estimates.observed, ways, language, years=(2007, 2017), footer=footer
            ),
            "calibration": calibration_chart(estimates.calibration, ways, language, footer=footer),
            "residuals": residuals_chart(estimates.residuals, ways, language, footer=footer),
            "recruits": recruits_chart(
                estimates.recruitment.yearly, estimates.recruitment.forecast, language, footer=footer
            ),
        }

    return {language: build(language) for language in LANGUAGES}


def texts(figure):
    return [text.get_text().replace("\n", " ") for text in figure.findobj(Text)]


def lines(axes):
    return {line.get_label(): line for line in axes.lines}


def panel(figure, title):
    (axes,) = [axes for axes in figure.axes if axes.get_title("left").replace("\n", " ") == title]
    return axes


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", FIGURES)
def test_no_glyph_is_missing_and_no_text_leaves_the_figure(built, name, language):
    figure, picture = built[language][name], io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(picture, format="png")
    width, height = figure.canvas.get_width_height()
    ticks = {tick for axes in figure.axes for tick in (*axes.get_xticklabels(), *axes.get_yticklabels())}
    for text in figure.findobj(Text):
        if text.get_text() and text not in ticks:
            box = text.get_window_extent()
            assert -1 <= box.x0 < box.x1 <= width + 1, text
            assert -1 <= box.y0 < box.y1 <= height + 1, text


@pytest.mark.parametrize("name", FIGURES)
def test_every_word_of_a_chinese_figure_is_chinese(built, name):
    found = [text for text in texts(built["zh"][name]) if any(letter.isascii() and letter.isalpha() for letter in text)]
    assert found == []


@pytest.mark.parametrize("name", FIGURES)
def test_the_footer_says_what_estimates_rest_on(built, name):
    assert "Estimated from a synthetic register, 2007 to 2017: nobody in it is real." in texts(built["en"][name])
    assert rates_footer(2007, 2017, False, "zh") == "由干部数据库估计，2007—2017年。"


def test_curves_bands_and_dots_are_those_of_the_frames(built, estimates):
    axes = panel(built["en"]["rates"], "Promotion: Clerk → Officer")
    rates, seen = (frame.query("hazard == @PROMOTION") for frame in (estimates.rates, estimates.observed))
    np.testing.assert_allclose(lines(axes)["estimated"].get_xydata(), rates[["age_years", "rate"]] * [1, 100])
    np.testing.assert_allclose(lines(axes)["observed"].get_xydata(), seen[["age_years", "observed"]] * [1, 100])
    (band,) = [drawn for drawn in axes.collections if drawn.get_gid() == "band-95"]
    extent = band.get_datalim(axes.transData)
    assert (extent.ymin, extent.ymax) == pytest.approx((100 * rates["low_95"].min(), 100 * rates["high_95"].max()))


def test_no_dot_lies_above_its_panel(built, estimates):
    for axes, hazard in zip(built["en"]["rates"].axes, estimates.hazards, strict=True):
        seen = estimates.observed[estimates.observed["hazard"] == hazard.name]
        assert 100 * seen["observed"].max() < axes.get_ylim()[1]


def test_what_rests_on_fewer_than_ten_is_not_drawn(estimates):
    ways = hazard_names(estimates.hazards, NAMES["en"], "en")
    few = estimates.observed.query("hazard == 'resigned'").assign(events=9.0)
    figure = rates_chart(estimates.rates.query("hazard == 'resigned'"), few, ways, years=(2007, 2017), footer="-")
    assert len(lines(figure.axes[0])["observed"].get_xdata()) == 0
    yearly = pd.DataFrame({"year": [2016, 2017], "persons": [9.0, 40.0]})
    figure = recruits_chart(yearly, estimates.recruitment.forecast, footer="-")
    assert lines(figure.axes[0])["observed"].get_xdata().tolist() == [2017]
    with pytest.raises(ParameterError, match="given without rows to draw"):
        calibration_chart(estimates.calibration.assign(events=9.0), ways, footer="-")


def test_calibration_counts_the_classes_whose_interval_holds_the_prediction(estimates):
    """Of three classes of 10, 20 and 50 in 100 predicted as 0.1, 0.2 and 0.9, two agree."""
    frame = pd.DataFrame({"predicted": [0.1, 0.2, 0.9], "observed": [0.1, 0.2, 0.5], "events": [10.0, 20.0, 50.0]})
    frame = frame.assign(hazard="resigned", persons=100.0)
    figure = calibration_chart(frame, {"resigned": "Resigned"}, footer="-")
    assert "Predicted and observed rates agree within chance in 2 of 3 classes" in texts(figure)
    np.testing.assert_allclose(lines(figure.axes[0])["observed"].get_xydata(), [[10, 10], [20, 20], [90, 50]])


def test_residuals_beyond_two_standard_deviations_are_counted():
    frame = pd.DataFrame({"hazard": "way", "age_low": [30, 31], "age_high": [30, 33], "residual": [-1.9, 2.1]})
    figure = residuals_chart(frame, {"way": "Way"}, footer="-")
    assert "1 of 2 residuals by age lie within two standard deviations" in texts(figure)
    np.testing.assert_allclose(lines(figure.axes[0])["residual"].get_xydata(), [[30, -1.9], [32, 2.1]])


def test_the_title_of_recruits_is_the_first_year_forecast(built, estimates):
    first = estimates.recruitment.forecast.iloc[0]
    expected = (
        f"About {first['persons']:,.0f} recruits in 2018; {first['low_95']:,.0f} to {first['high_95']:,.0f} "
        "with 95\N{NO-BREAK SPACE}% probability"
    )
    assert expected in [text.replace(" %", "\N{NO-BREAK SPACE}%") for text in texts(built["en"]["recruits"])]


def test_only_hazards_asked_for_are_drawn_and_unknown_ones_refused(estimates):
    ways = hazard_names(estimates.hazards, NAMES["en"], "en")
    figure = residuals_chart(estimates.residuals, ways, footer="-", hazards=[PROMOTION])
    assert [axes.get_title("left") for axes in figure.axes] == ["Promotion: Clerk → Officer"]
    with pytest.raises(ParameterError, match=r"given promotion, expected some of resigned"):
        residuals_chart(estimates.residuals, ways, footer="-", hazards=["promotion"])
    with pytest.raises(ParameterError, match="given without low_95"):
        rates_chart(estimates.rates.drop(columns="low_95"), estimates.observed, ways, years=(1, 2), footer="-")


# Tables


def test_ways_are_called_by_kind_and_ranks(estimates):
    assert hazard_names(estimates.hazards, NAMES["en"], "en") == {
        "resigned": "Resigned",
        "step-aside-chief-officer": "Stepping aside: Chief",
        "promotion-officer-chief": "Promotion: Officer → Chief",
        PROMOTION: "Promotion: Clerk → Officer",
    }


def test_coefficients_are_told_as_rates_and_ratios():
    """log(-log(1 - 0.2)) = -1.49994 is a rate of 20 %, log 2 a ratio of 2."""
    cloglog = float(np.log(-np.log1p(-0.2)))
    terms = ["age 30", "age 54, group women", "years in rank 6", "group women", "rank chief"]
    frame = pd.DataFrame({"hazard": "way", "term": terms})
    frame["coefficient"] = [cloglog, cloglog, *[np.log(2.0)] * 3]
    frame = frame.assign(low_95=frame["coefficient"] - 0.1, high_95=frame["coefficient"] + 0.1)
    table = coefficient_summary(frame, {"way": "Way"}, NAMES["en"], "en")
    assert table["Term"].tolist() == [
        "rate at age 30",
        "rate at age 54, Women",
        "ratio at 6 years in rank",
        "ratio: Women",
        "ratio: Chief",
    ]
    assert table["Rate a year, or ratio"].tolist() == ["20.00\xa0%"] * 2 + ["2.00"] * 3
    assert table.iloc[3, 3] == "1.81 – 2.21"


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_of_a_note_has_words(language):
    reasons = {
        "few-events": "age",
        "pooled-group": "women",
        "pooled-rank": "chief",
        "not-identified": "years in rank",
        "no-events": "",
        "nobody-at-risk": "",
        "half-an-event": "age",
        "out-of-order": "",
        "unknown-exit": "",
        "unknown-move": "",
    }
    rows = [("resigned", reason, term, 12.0) for reason, term in reasons.items()]
    notes = pd.DataFrame(
        [*rows, ("died", "not-identified", "all", None)], columns=["hazard", "reason", "term", "persons"]
    )
    table = notes_summary(notes, {"resigned": "-", "died": "-"}, NAMES[language], language)
    assert len(table) == len(reasons) + 1
    assert not table.iloc[:, 1].str.contains("{", regex=False).any()


def test_notes_of_a_way_are_put_together_and_small_numbers_not_told():
    notes = pd.DataFrame(
        [
            ("resigned", "pooled-rank", "chief", None),
            ("resigned", "pooled-rank", "officer", None),
            ("", "unknown-exit", "", None),
            (PROMOTION, "out-of-order", "", 1200.0),
        ],
        columns=["hazard", "reason", "term", "persons"],
    )
    table = notes_summary(notes, {"resigned": "Resigned", PROMOTION: "Promotion"}, NAMES["en"], "en")
    assert table.to_numpy().tolist() == [
        ["Resigned", "taken together with the rank with most events: Chief; Officer"],
        ["All ways", "left by a way that the ladder does not have: fewer than 10"],
        ["Promotion", "outside the ladder's rules, left out: 1,200"],
    ]


def test_take_up_and_recruits_are_told_with_their_intervals():
    taken = {"early": TakeUp(value=0.25, low=0.1419, high=0.4019, persons=40)}
    titles = {"early": {"en": "Early", "zh": "提前退休"}}
    assert list(take_up_summary(taken, titles, "zh")["假设"]) == ["提前退休"]
    found = take_up_summary(taken, titles, "en")
    assert found.to_numpy().tolist() == [["Early", "25.0\xa0%", "14.2–40.2\xa0%", "40"]]
    forecast = pd.DataFrame(
        {
            "year": [2018],
            "persons": [100.4],
            "low_80": [90.0],
            "high_80": [112.0],
            "low_95": [80.0],
            "high_95": [1125.0],
        }
    )
    table = recruits_summary(forecast, "en")
    assert table.to_numpy().tolist() == [["100", "90 – 112", "80 – 1,125"]]
    assert table.index.tolist() == [2018]
