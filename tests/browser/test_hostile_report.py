"""A report whose every name and note is code elsewhere, as a browser takes it: text, and nothing that acts."""

import json
import re
from datetime import date

import pytest
from hostile import HOSTILE
from own_service import LADDER, TARGETS, made_up_register

from cadre_research.reporting.own_service import RegisterFiles
from cadre_research.reporting.report import make_report

pytestmark = pytest.mark.browser

TEXTS = re.compile(r'^(name_en|name_zh|title_en|title_zh|source|note) = "[^"]*"$', re.MULTILINE)
INERT = "script, iframe, object, embed, form, link, base, svg, math, [onload], [onerror], [ontoggle], [onfocus]"


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """A report in both languages of a service whose ranks, groups, targets, notes and units have hostile names."""
    folder = tmp_path_factory.mktemp("hostile")
    unused = iter(3 * HOSTILE)

    def named(text):
        return TEXTS.sub(lambda found: f"{found[1]} = {json.dumps(next(unused))}", text)

    for name, text in (("ladder", LADDER), ("targets", TARGETS)):
        (folder / f"{name}.toml").write_text(named(text), encoding="utf-8")
    register = made_up_register()
    # These begin with nothing that a spreadsheet would run, which a register is refused for.
    units = dict(zip(sorted(register["unit"].unique()), HOSTILE, strict=False))
    register.assign(unit=register["unit"].map(units)).to_csv(folder / "register.csv", index=False)
    files = RegisterFiles(folder / "register.csv", date(2023, 12, 31), folder / "ladder.toml", folder / "targets.toml")
    return make_report(["half-young"], "both", folder / "outputs", draws=4, replicates=2, register=files).resolve()


def test_there_are_thirty():
    assert len(set(HOSTILE)) >= 30


def test_nothing_in_it_acts_and_all_of_it_is_read(opened, hostile):
    read = ""
    for path in sorted(hostile.rglob("*.html")):
        with opened(path) as page:
            page.locator("body").hover()
            for folded in page.locator("details:visible").all():
                folded.evaluate("one => one.open = true")
            assert page.locator(INERT).count() == 0, path.name
            assert page.heard == [], path.name
            read += page.locator("body").inner_text()
    shown = [name for name in HOSTILE if name in read]
    # Names of what nobody is shown, and notes, stand nowhere.
    assert len(shown) > 15, sorted({*HOSTILE} - {*shown})
