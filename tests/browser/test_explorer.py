"""The explorer in a browser: every control moves picture and verdict, nothing leaves, and a link leads back."""

import os
import re

import pytest
from explorers import few, named, page_of
from playwright.sync_api import sync_playwright

from cadre_research.findings.surface import REFORMS
from cadre_research.reporting.wording import percent

pytestmark = pytest.mark.browser
CHROMIUM = os.environ.get("CHROMIUM", "/usr/bin/chromium")
# Control, what it is set to, and what of the setting changes with it.
CONTROLS = [
    ("#release-rate", "10", "release-rate=10"),
    ("#young", "40", "young=40"),
    ("#horizon", "2021", "horizon=2021"),
    ("#reform", None, "reform=off"),
    ("input[name=line][value=strict]", None, "line=strict"),
    ("input[name=how][value=promotion-rate]", None, "promotion-rate=8"),
]


@pytest.fixture(scope="module")
def browser():
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def file(study, tmp_path_factory):
    path = tmp_path_factory.mktemp("report") / "explorer.html"
    path.write_text(page_of(study), encoding="utf-8")
    return path


class Opened:
    """A page in a window, with what it asked for and complained of."""

    def __init__(self, browser, file, setting="", **context):
        self.context = browser.new_context(**context)
        self.page = self.context.new_page()
        self.asked, self.said = [], []
        self.page.on("request", lambda request: self.asked.append(request.url))
        self.page.on("console", lambda message: self.said.append(message.text))
        self.page.on("pageerror", lambda error: self.said.append(str(error)))
        self.page.goto(file.as_uri() + setting)
        self.shown()

    def shown(self, told=""):
        """Wait until the page shows a setting of which `told` is part; return the whole."""
        self.page.wait_for_function("told => document.body.dataset.shown?.includes(told)", arg=told)
        return self.page.evaluate("document.body.dataset.shown")

    def set(self, control, value):
        if value is None:
            self.page.locator(control).click()
        else:
            self.page.locator(control).fill(value)

    def picture(self):
        return self.page.locator(".chart svg").evaluate_all("all => all.map(one => one.outerHTML).join()")

    def column(self, part):
        return self.page.locator(f"#rows .{part}").all_inner_texts()


@pytest.fixture
def opened(browser, file):
    made = []

    def open_at(setting="", of=file, **context):
        made.append(Opened(browser, of, setting, **context))
        return made[-1]

    yield open_at
    for one in made:
        assert [url for url in one.asked if not url.startswith(("file:", "data:", "blob:"))] == []
        assert one.said == []
        one.context.close()


def test_it_opens_from_the_disk_with_the_status_quo(opened, study):
    window = opened()
    shares = few(study)["inclusive", "release-rate"].shares.values[0, 0, 0]
    assert window.column("now") == [percent(share, "en") for share in shares[0]]
    assert window.column("then") == [percent(share, "en") for share in shares[-1]]
    assert window.page.locator(".chart svg").count() == 3
    assert "none of the 6 targets" in window.page.locator("#sentence").inner_text()
    assert not window.page.locator(".without-script").first.is_visible()


@pytest.mark.parametrize(("control", "value", "told"), CONTROLS)
def test_every_control_moves_picture_and_numbers(opened, control, value, told):
    # From a setting at which each of them matters.
    window = opened("#release-rate=4&young=60&horizon=2027")
    before = window.picture(), window.column("then"), window.page.locator("#title-shares").inner_text()
    window.set(control, value)
    window.shown(told)
    after = window.picture(), window.column("then"), window.page.locator("#title-shares").inner_text()
    assert after[0] != before[0]
    assert after[1] != before[1]
    assert told in window.page.url


def test_numbers_between_the_lines_are_those_that_python_interpolates(opened, study):
    surfaces = few(study)
    for how, line, reform, x, young, year in (
        ("release-rate", "strict", True, 3.7, 41, 2023),
        ("promotion-rate", "inclusive", False, 17.3, 66, 2026),
    ):
        setting = f"#{how}={x}&young={young}&line={line}&reform={'on' if reform else 'off'}&horizon={year}"
        window = opened(setting)
        shares = surfaces[line, how].shares.at([x / 100], [young / 100])[0, REFORMS.index(reform), year - 2017]
        shown = [float(re.match(r"[\d.]+", text)[0]) for text in window.column("then")]
        assert shown == pytest.approx([100 * share for share in shares], abs=0.07)


def test_a_verdict_stands_in_sentence_mark_and_table_alike(opened):
    window = opened("#promotion-rate=15&young=90")
    reached = [text for text in window.column("verdict") if text.startswith("✓")]
    assert reached
    assert f"{len(reached)} of 6 targets are reached" in window.page.locator("#sentence").inner_text()
    assert window.page.locator("#chart-shares svg").text_content().count("✓") == len(reached)
    assert window.page.locator("#sentence").get_attribute("aria-live") == "polite"


def test_where_a_share_is_too_close_to_its_target_no_verdict_is_given(opened, study):
    asked = float(study.evidence.targets.targets[0].share)
    window = opened()
    found = None
    for young in range(101):
        window.page.goto(window.page.url.split("#")[0] + f"#release-rate=14&young={young}")
        window.shown(f"young={young}&")
        if any(text.startswith("≈") for text in window.column("verdict")):
            found = window.column("then")[[t[0] for t in window.column("verdict")].index("≈")]
            break
    assert found is not None
    assert float(re.match(r"[\d.]+", found)[0]) == pytest.approx(100 * asked, abs=0.3)
    assert "Too close to the line" in window.page.locator("#sentence").inner_text()


def test_either_posts_are_freed_or_a_rate_is_fixed(opened):
    window = opened()
    assert window.page.locator("#promotion-rate").is_disabled()
    window.page.locator("input[name=how][value=promotion-rate]").click()
    window.shown("promotion-rate=8")
    assert window.page.locator("#release-rate").is_disabled()
    assert "release-rate" not in window.page.url


def test_a_link_leads_back_to_the_setting_and_another_language(opened):
    window = opened()
    for control, value, _ in CONTROLS[1:]:
        window.set(control, value)
    window.page.locator("#level").select_option("section-chief")
    window.page.locator("#language").click()
    setting = window.shown("language=zh")
    window.shown("level=section-chief")
    again = opened("#" + window.page.url.split("#")[1])
    assert again.shown() == setting
    assert again.column("then") == window.column("then")
    assert again.page.evaluate("document.documentElement.lang") == "zh-Hans"


def test_the_link_can_be_copied_also_where_the_page_may_not_write_to_the_clipboard(opened):
    window = opened("#young=25")
    window.page.locator("#copy").click()
    window.page.wait_for_function("document.getElementById('copied').textContent !== ''")
    by_hand = window.page.locator("#link").is_visible()
    assert by_hand is ("leads back" in window.page.locator("#copied").inner_text())
    assert window.page.locator("#link").input_value() == window.page.url


@pytest.mark.parametrize(
    "setting",
    [
        "#young=-1",
        "#young=101",
        "#young=x",
        "#young=",
        "#horizon=1999",
        "#line=other",
        "#level=<b>",
        "#language=fr",
        "#%",
    ],
)
def test_an_address_that_cannot_be_set_shows_the_status_quo(opened, setting):
    window = opened(setting)
    assert window.column("verdict") == ["✗ not reached"] * 6


def test_back_to_the_status_quo(opened):
    window = opened("#promotion-rate=15&young=90&line=strict")
    window.page.locator("#reset").click()
    window.shown("release-rate=0&young=0&reform=on&line=inclusive")
    assert window.column("verdict") == ["✗ not reached"] * 6


def test_both_languages(opened):
    window = opened()
    window.page.locator("#language").click()
    window.shown("language=zh")
    text = window.page.locator("main").inner_text()
    assert "6项目标均未达到" in text
    assert not re.search(r"\b(reached|Target|Share|Posts)\b", text)
    window.page.locator("#language").click()
    window.shown("language=en")
    assert not re.search("[\u4e00-\u9fff]", window.page.locator("main").inner_text().replace("中文", ""))


def test_the_keyboard_reaches_and_moves_every_control(opened):
    window = opened()
    reached = set()
    for _ in range(20):
        window.page.keyboard.press("Tab")
        reached.add(window.page.evaluate("document.activeElement.id || document.activeElement.name"))
    assert {
        "language",
        "how",
        "release-rate",
        "young",
        "reform",
        "line",
        "horizon",
        "copy",
        "reset",
        "level",
    } <= reached
    window.page.locator("#young").focus()
    window.page.keyboard.press("ArrowRight")
    window.shown("young=1&")


def test_every_control_has_a_label(opened):
    window = opened()
    unlabelled = "all => all.filter(one => !one.hidden && one.id !== 'link' && !one.labels.length).map(one => one.id)"
    assert window.page.locator("input, select").evaluate_all(unlabelled) == []
    for name in ("shares", "paths", "people"):
        assert window.page.locator(f"#chart-{name}").get_attribute("aria-label")


@pytest.mark.parametrize("width", [360, 1440])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_nothing_is_wider_than_the_window(opened, width, language):
    window = opened(f"#promotion-rate=12&young=80&language={language}", viewport={"width": width, "height": 800})
    assert window.page.evaluate("document.documentElement.scrollWidth") <= width
    assert min(window.page.locator(".chart svg").evaluate_all("all => all.map(one => one.clientWidth)")) > 200


def test_colours_follow_the_light(opened):
    grounds = [
        opened(color_scheme=scheme).page.evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    ]
    assert grounds[0] != grounds[1]


def test_nothing_moves_by_itself(opened):
    window = opened(reduced_motion="reduce")
    assert window.page.evaluate("document.getAnimations().length") == 0


def test_without_scripts_the_table_of_the_status_quo_stands(browser, file, study):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(file.as_uri())
    assert page.locator(".without-script").first.is_visible()
    assert not page.locator("#controls").is_visible()
    assert page.locator("#rows tr").count() == len(study.evidence.targets.targets)
    assert page.locator("#rows .verdict").first.inner_text() == "✗ not reached"
    context.close()


@pytest.mark.parametrize(
    "name", ["</script><script>document.title='x'</script>", '"><img src=x onerror=document.title="x">']
)
def test_a_hostile_name_is_read_and_does_nothing(opened, study, tmp_path, name):
    path = tmp_path / "explorer.html"
    path.write_text(page_of(named(study, name), surfaces=few(study)), encoding="utf-8")
    window = opened(of=path)
    assert window.column("name") == [name] * 6
    assert window.page.title() != "x"
    assert window.page.locator("img").count() == 0
