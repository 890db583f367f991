"""Which columns of a page's tables begin at the left."""

import pandas as pd
import pytest

from cadre_research.reporting.table_columns import align_words

SAID = ["each batch of promotions", "nothing, or 12", "2 % of 100 posts a year", "all"]


def table(**columns):
    return pd.DataFrame(columns, index=pd.Index([f"m{n}" for n in range(4)], name="Measure"))


def marked(html):
    """Texts of the cells that are marked."""
    return [part.partition("<")[0] for part in html.split('class="words"')[1:] for part in [part.partition(">")[2]]]


def test_a_column_of_phrases_begins_at_the_left_with_its_heading_and_numbers_do_not():
    html = align_words(table(Share=["+0.5 (from 5.9 to 22.7 %)", "1", "2", "3"], What=SAID, In=["yes"] * 4).to_html())
    assert marked(html) == ["What", "", *SAID]


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["每批提拔中年轻干部不低于1/3", "未提及"] * 2, True),
        (["是", "否"] * 2, False),
        (["✗ not reached", "✓ reached"] * 2, False),
        (["12.3 to 15.6 per 100", "4.1"] * 2, False),
        (["a &lt;b&gt; c &amp; d e f", "x"] * 2, False),
        ([""] * 4, False),
    ],
)
def test_short_words_and_numbers_stay_at_the_right(cells, words):
    assert bool(marked(align_words(table(One=cells).to_html(escape=False)))) == words


def test_headings_in_levels_and_an_index_in_levels_are_counted():
    index = pd.MultiIndex.from_product([["5 years", "10 years"], ["a", "b"]], names=["Horizon", "Measure"])
    columns = pd.MultiIndex.from_product([["Group"], ["Share", "What"]])
    frame = pd.DataFrame([[1, text] for text in SAID], index=index, columns=columns)
    assert marked(align_words(frame.to_html())) == ["What", "", *SAID]


def test_what_is_no_plain_table_stays_as_it_is():
    for html in (
        "<p>No table at all, but words.</p>",
        "<table><tbody><tr><td colspan='2'>one long cell of many words</td></tr></tbody></table>",
        "<table><tbody><tr><td>one long cell of many words</td></tr><tr><td>a</td><td>b</td></tr></tbody></table>",
        "<table><thead></thead><tbody></tbody></table>",
        "<table",
    ):
        assert align_words(html) == html
