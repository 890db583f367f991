"""Units for reading: sheets and their bands, and the funnel plot's names, in both languages."""

import re

import numpy as np
import pandas as pd
import pytest
from matplotlib.transforms import Bbox
from scipy.stats import binom

from cadre_research.errors import ParameterError
from cadre_research.findings.appraisal import STANDINGS
from cadre_research.findings.funnel import funnel, funnel_limits, outside_funnel
from cadre_research.findings.unit_outlook import CITY, UnitOutlook
from cadre_research.reporting.figures import funnel_plot
from cadre_research.reporting.names import display_names
from cadre_research.reporting.unit_sheets import (
    banded_at_hand,
    league_summary,
    luck_summary,
    priority_summary,
    unit_names,
    unit_sheet,
)
from cadre_research.reporting.wording import LANGUAGES, word

LABELS = {"target": "county-level", "scenario": "status-quo", "horizon_years": 5, "age_line": "inclusive"}
LABELS |= {"population": "level", "threshold": 1 / 6}


@pytest.fixture(params=LANGUAGES)
def language(request):
    return request.param


@pytest.fixture
def names(study, language):
    return {**display_names(study, language), **unit_names(study.evidence.units, language)}


def appraised(**changes):
    row = {
        "unit": "lingling",
        **LABELS,
        "year": 2022,
        "headcount_now": 35.1,
        "young_now": 2.4,
        "share_now": 2.4 / 35.1,
        "share_expected": 0.15,
        "share_attainable": 0.21,
        "standing": "in-its-hands",
        "appointments_per_year": 2.0,
        "young_needed_per_year": 1.0,
        "part_in_its_hands": 1.0,
    }
    return pd.DataFrame([row | changes])


def chances(**changes):
    row = {"unit": "lingling", **LABELS, "headcount_now": 35.0, "share_now": 0.07, "share_expected": 0.12}
    row |= {"share_p05": 0.05, "share_p95": 0.2, "probability": 0.4321, "probability_se": 0.031, "draws": 40}
    return pd.DataFrame([row | changes, row | {"unit": CITY, "headcount_now": 1614.0}])


def test_a_sheet_says_what_its_table_does(names, language):
    sheet = unit_sheet(appraised(), chances(), "lingling", names, language, banded=False)
    cells = " ".join(sheet.iloc[0])
    for said in ("35", "6.8", "15.0", "43", "21.0", "2.0", "100"):
        assert said in cells
    assert list(sheet.index) == [names["county-level"]]


@pytest.mark.parametrize("standing", STANDINGS)
def test_every_standing_has_words(names, language, standing):
    sheet = unit_sheet(appraised(standing=standing), chances(), "lingling", names, language, banded=False)
    assert len(sheet.iloc[0, -1]) >= 4


def test_a_banded_sheet_shows_no_small_number(names, language):
    """Only 35 persons, rounded to ten, and the ends of bands are numbers; none follows from the unit's own."""
    sheet = unit_sheet(appraised(), chances(), "lingling", names, language, banded=True)
    numbers = {found for cell in sheet.iloc[0] for found in re.findall(r"\d+(?:\.\d+)?", cell)}
    # Fewer than 10; 3 points; 33 to 67 %; 2022 stands in a heading.
    assert numbers <= {"40", "10", "3", "33", "67"}
    # Every number within a band is said alike.
    near = appraised(headcount_now=37.0, young_now=6, share_now=0.12, share_expected=0.149, appointments_per_year=9.4)
    other = unit_sheet(near, chances(probability=0.6, probability_se=0.01), "lingling", names, language, banded=True)
    pd.testing.assert_frame_equal(sheet, other)


def test_of_a_few_persons_no_share_of_today_is_told(names, language):
    """Of a single director the band of the share would tell the age."""
    few = {"headcount_now": 2.0, "young_now": 2.0, "share_now": 1.0}
    for summary in (
        unit_sheet(appraised(**few), chances(**few), "lingling", names, language, banded=True),
        league_summary(chances(**few), names, language, banded=True),
    ):
        assert summary[word("share_now", language)].iloc[0] == "—"
    told = league_summary(chances(**few), names, language, banded=False)
    assert told[word("share_now", language)].iloc[0].startswith("100")


@pytest.mark.parametrize("banded", [False, True])
def test_what_is_missing_is_a_dash(names, language, banded):
    nothing = dict.fromkeys(
        ("share_now", "share_expected", "share_attainable", "young_needed_per_year", "part_in_its_hands"), np.nan
    )
    sheet = unit_sheet(
        appraised(**nothing, standing="empty"), chances(probability=np.nan), "lingling", names, language, banded=banded
    )
    assert (sheet.iloc[0] == "—").sum() == 6


def test_bands_are_for_registers_that_are_not_for_their_own_office(monkeypatch):
    assert not banded_at_hand()
    for name, banded in (("protected-study.json", True), ("synthetic-protected-study.json", True)):
        monkeypatch.setenv("CADRE_RESEARCH_STUDY", name)
        assert banded_at_hand() is banded
    monkeypatch.setenv("CADRE_RESEARCH_STUDY", "internal-study.json")
    assert not banded_at_hand()


def test_other_summaries_take_their_words_from_values(names, language):
    league = league_summary(chances(), names, language, banded=False)
    assert list(league.index) == [names["lingling"], names[CITY]]
    banded = league_summary(chances(), names, language, banded=True)
    assert not any("43" in cell or "12.0" in cell for cell in banded.to_numpy().ravel())
    luck = pd.DataFrame(
        [{"unit": CITY, **LABELS, "met": 0.3, "luck": 0.71, "not_knowing": 0.28, "between_units": 0.01}]
    )
    assert "71" in luck_summary(luck, names, language).iloc[0, 1]
    effect = pd.DataFrame(
        [{"unit": "lingling", **LABELS, "share_without": 0.08, "share_with": 0.14, "share_gain": 0.06}]
    )
    fell = pd.DataFrame([{"unit": "lingling", "batches": 8.0, "batches_fell_back": 2.0, "persons_fell_back": 4.0}] * 2)
    row = priority_summary(effect, fell, names, language, banded=False).iloc[0]
    assert list(row)[2] == "+6.0"
    assert row.iloc[3].startswith("25")
    assert row.iloc[4] == "8"


def test_limits_are_binomial_quantiles():
    """Of 20 with 1/4: a tail of 1/40 lies in the step to P(X <= 1) or the next, and grows over that step."""
    share, persons = 0.25, np.array([20])
    limits = funnel_limits(persons, share)
    for name, tail in (("low_95", 0.025), ("high_95", 0.975), ("high_998", 0.999)):
        r = int(np.argmax(binom.cdf(np.arange(21), 20, share) >= tail))
        part = (binom.cdf(r, 20, share) - tail) / binom.pmf(r, 20, share)
        assert limits[name][0] == pytest.approx((r - part) / 20)
    large = funnel_limits(np.array([10**6]), share)
    assert large["high_95"][0] - share == pytest.approx(1.96 * np.sqrt(share * 0.75 / 1e6), rel=1e-2)
    with pytest.raises(ParameterError, match="at least 1"):
        funnel_limits(np.array([0]), share)


def made_up(study, share, headcount, draws=60, seed=0):
    """Units whose people are young with probabilities of their own, each on their own."""
    rng = np.random.default_rng(seed)
    persons = np.broadcast_to(np.array(headcount)[None, None, :, None], (draws, 5, len(headcount), 1))
    young = rng.binomial(persons, np.array(share)[:, None])
    target = study.evidence.targets.targets[0]
    units = tuple(unit.id for unit in study.evidence.units.units[: len(headcount)])
    key = (target.id, "level")
    return UnitOutlook("status-quo", "inclusive", (target,), units, np.array([2022]), {key: young}, {key: persons})


def test_units_that_are_alike_lie_outside_as_often_as_said(study):
    sizes = [35, 49, 18, 42, 1200]
    alike = outside_funnel(made_up(study, [0.15] * 5, sizes), 0).iloc[0]
    # 300 runs of five units, of which the largest makes the city: 5 % or a little less.
    assert 0.02 < alike["outside_95"] < 0.06
    assert alike["outside_998"] < 0.01
    assert 0.6 < alike["dispersion"] < 1.1
    unlike = outside_funnel(made_up(study, [0.05, 0.15, 0.3, 0.5, 0.15], sizes), 0).iloc[0]
    assert unlike["outside_95"] > 0.3


def crowded(study):
    """Many units outside, some of them next to each other."""
    found = made_up(study, [0.5, 0.5, 0.5, 0.52, 0.5, 0.02, 0.1, 0.1], [40, 41, 42, 43, 44, 60, 30, 900], draws=1)
    return funnel(found, "county-level", "level", 2022)


def test_those_outside_are_named_and_no_name_touches_another(study, names, language):
    frame = crowded(study)
    figure = funnel_plot(frame, names, language, footer="-")
    figure.draw_without_rendering()
    axes = figure.axes[0]
    told = [text for text in axes.texts if text.get_gid() == "unit"]
    assert sorted(text.get_text() for text in told) == sorted(
        names[unit] for unit in frame.query("outside != ''")["unit"]
    )
    assert len(told) >= 4
    boxes = [text.get_window_extent() for text in axes.texts]
    for place, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[place + 1 :])
    dots = [axes.transData.transform(at) for at in axes.collections[-1].get_offsets()]
    assert not any(Bbox(text.get_window_extent()).contains(*dot) for text in told for dot in dots)
    for word_at in axes.texts:
        assert word_at.get_window_extent().x1 <= figure.bbox.x1


def test_the_unit_of_a_sheet_is_ringed_and_named(study, names, language):
    frame = crowded(study)
    within = frame.query("outside == ''")["unit"].iloc[0]
    axes = funnel_plot(frame, names, language, unit=within, footer="-").axes[0]
    assert names[within] in [text.get_text() for text in axes.texts]
    ring = next(line for line in axes.lines if line.get_gid() == "own")
    assert len(ring.get_xdata()) == 1


def test_a_funnel_of_two_targets_is_refused(study, names, language):
    frame = crowded(study)
    with pytest.raises(ParameterError, match="one target only"):
        funnel_plot(pd.concat([frame, frame.assign(target="section-chief")]), names, language)


def test_an_outlook_without_the_year_is_refused(study):
    with pytest.raises(ParameterError, match="expected 2022"):
        funnel(made_up(study, [0.1], [40]), "county-level", "level", 2030)
