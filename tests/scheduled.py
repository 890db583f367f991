"""A report that costs nothing, made as the real one is: recorded, under the lock, verified and put in place."""

import random
import time
from datetime import UTC, datetime, timedelta
from functools import partial

from cadre_research.errors import BusyError
from cadre_research.reporting.provenance import verify_manifest, write_manifest
from cadre_research.reporting.publish import publish
from cadre_research.reporting.recorded_run import recorded
from cadre_research.reporting.schedule import NothingDue

FIRST = datetime(2026, 11, 26, 3, tzinfo=UTC)


def build(folder, word="good"):
    (folder / "index.html").write_text(word, encoding="utf-8")
    write_manifest(folder, {})


def make(outputs, once_per=None, at=FIRST, build=build, asked="report", read=lambda: None, **options):
    """Make a report when the clock stands at `at`, data being read before it has the lock; returns its folder."""
    with recorded(outputs, asked, once_per, now=lambda: at, **options) as run:
        read()
        return publish(outputs, build, verify_manifest, keep=1000, within=run)


def made(outputs, once_per, instants, **options):
    """Call as a timer does at each instant; returns those at which a report was made."""
    found = []
    for instant in instants:
        try:
            make(outputs, once_per, instant, **options)
        except NothingDue:
            continue
        found.append(instant)
    return found


def scheduler(outputs, number, rounds, barrier):
    """One of many schedulers that all call at the same moment, a day a round; writes what became of each call."""
    moments = random.Random(number)

    def slow(folder):
        time.sleep(moments.uniform(0, 0.02))
        build(folder)

    with (outputs / f"scheduler-{number}").open("w", encoding="utf-8") as told:
        for day in range(rounds):
            barrier.wait(60)
            try:
                # Some ask for the lock when another one has it, some when it has just been let go of.
                wait = partial(time.sleep, moments.uniform(0, 0.06))
                make(outputs, "day", FIRST + timedelta(days=day), slow, read=wait)
                said = "made"
            except NothingDue as reason:
                said = f"nothing due: {reason}"
            except BusyError as fault:
                said = f"refused: {fault}"
            told.write(f"{day} {said}".splitlines()[0] + "\n")
            barrier.wait(60)
