"""Every page of a report as a reader has it: from the disk, on a phone or a screen, by mouse, keyboard or ear."""

import re
from collections import Counter
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe

from browser.screens import LANGUAGES, NARROW, WIDE

pytestmark = pytest.mark.browser

KILOBYTE = 1000
# Panels of the project's own scenarios; a report of fewer is counted up to as many.
SCENARIOS = 13
PAINTED = """new Promise(tell => new PerformanceObserver(seen => seen.getEntriesByName("first-contentful-paint")
    .forEach(one => tell(one.startTime))).observe({type: "paint", buffered: true}))"""
GRAVE = ("serious", "critical")
# A page of each kind, without the language in its name.
KINDS = ("index", "assumptions", "model", "pages/forecast-rate-08-10", "pages/levers", "pages/units")


def of(report, name, language):
    return report / f"{name}{'.zh' if language == 'zh' else ''}.html"


def chosen(page):
    """Scenario whose panel shows, by what can be seen."""
    (panel,) = page.locator("section.of:visible").all()
    (name,) = re.findall(r"\bof-(\S+)", panel.get_attribute("class"))
    return name


class Links(HTMLParser):
    """Links and anchors of a page."""

    def __init__(self, page):
        super().__init__()
        self.links, self.anchors = [], []
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if "id" in given:
            self.anchors.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])


def test_every_link_leads_somewhere(report):
    read = {path: Links(path) for path in report.rglob("*.html")}
    assert len(read) > 20
    for path, links in read.items():
        assert links.links, path.name
        for link in links.links:
            address = urlsplit(link)
            target = (path.parent / unquote(address.path)).resolve() if address.path else path
            assert target.is_file(), f"{path.name}: {link}"
            assert not address.fragment or address.fragment in read[target].anchors, f"{path.name}: {link}"
        assert [name for name, times in Counter(links.anchors).items() if times > 1] == [], path.name


@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["screen", "phone"])
def test_every_page_opens_without_the_network_and_fits_the_screen(opened, pages, size):
    for path in pages:
        with opened(path, size) as page:
            assert page.heard == [], path.name
            assert page.locator("h1").count() == 1, path.name
            too_wide = page.evaluate("document.scrollingElement.scrollWidth - window.innerWidth")
            assert too_wide <= 0, f"{path.name} is {too_wide} px wider than {size[0]} px"


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_chooser_shows_the_panel_of_each_scenario(opened, report, language):
    with opened(of(report, "index", language)) as page:
        names = page.locator("input.pick").evaluate_all("all => all.map(one => one.value)")
        assert chosen(page) == names[0]
        for name in [*names[1:], names[0]]:
            page.locator(f"label[for=s-{name}]").click()
            assert chosen(page) == name
        # By keyboard: the first one, then the next.
        page.locator(f"#s-{names[0]}").focus()
        page.keyboard.press("ArrowDown")
        assert chosen(page) == names[1]


def test_the_switch_leads_to_the_same_page_in_the_other_language_and_back(opened, pages):
    for path in pages:
        if ".zh." in path.name:
            continue
        with opened(path) as page:
            before = page.url.partition("#")[0]
            for language, name in (("zh-Hans", path.name.replace(".html", ".zh.html")), ("en", path.name)):
                page.locator(".language a:visible").click()
                assert page.evaluate("document.documentElement.lang") == language
                assert page.url.partition("#")[0].endswith(f"/{name}")
            assert page.url.partition("#")[0] == before
            assert page.heard == [], path.name


def test_the_switch_and_the_way_back_keep_the_scenario(opened, report):
    with opened(of(report, "index", "en")) as page:
        page.locator("label[for=s-rate-08]").click()
        page.locator(".language a:visible").focus()
        with page.expect_navigation():
            page.keyboard.press("Enter")
        assert page.evaluate("document.documentElement.lang") == "zh-Hans"
        assert chosen(page) == "rate-08"
        page.locator("label[for=s-status-quo]").click()
        assert chosen(page) == "status-quo"
    with opened(of(report, "pages/forecast-rate-08-5", "zh")) as page:
        page.locator("header.top > a").click()
        assert chosen(page) == "rate-08"


@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("zh", "light"), ("en", "dark")])
@pytest.mark.parametrize("name", KINDS)
def test_nobody_is_shut_out(opened, report, name, language, scheme):
    """No serious or critical finding of axe-core: contrast, names, headings, tables, what the keyboard reaches."""
    with opened(of(report, name, language), color_scheme=scheme) as page:
        for folded in page.locator("details").all()[:2]:
            folded.locator("summary").first.click()
        found = [
            f"{one['id']}: {node['html'][:150]} {node['failureSummary']}"
            for one in Axe().run(page).response["violations"]
            if one["impact"] in GRAVE
            for node in one["nodes"][:3]
        ]
        assert found == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_is_light_and_says_its_answer_at_once(opened, report, language):
    path = of(report, "index", language)
    with opened(path, java_script_enabled=False) as page:
        assert page.locator("p.answer").inner_text()
        panels = page.locator("section.of").count()
    with opened(path) as page:
        # The page's own policy lets no script wait in it.
        painted = page.evaluate(PAINTED)
        embedded = page.locator("section.of img").evaluate_all("all => all.map(one => one.src.length)")
    weight = path.stat().st_size
    full = weight + (SCENARIOS - panels) * max(embedded)
    print(f"\n{path.name}: {weight / KILOBYTE:.0f} kB with {panels} scenarios, first answer after {painted:.0f} ms")
    assert full < 1000 * KILOBYTE


def test_in_print_each_sheet_of_a_unit_begins_a_page(opened, report):
    with opened(of(report, "pages/units", "en")) as page:
        page.emulate_media(media="print")
        breaks = page.locator("h3.sheet").evaluate_all("all => all.map(one => getComputedStyle(one).breakBefore)")
        assert len(breaks) == 12
        assert set(breaks) == {"page"}
        assert not page.locator("details.code:visible").count()
