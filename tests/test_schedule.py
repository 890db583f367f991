"""One report a period: whatever clocks, time zones and how many schedulers do, and whoever is killed when."""

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

import pytest
from scheduled import FIRST, build, made, make, scheduler

from cadre_research.errors import BusyError, NotebookError, ParameterError, PublicationError, RunError
from cadre_research.reporting import run_log, schedule
from cadre_research.reporting.outputs_folder import latest_report, versions
from cadre_research.reporting.provenance import verify_manifest
from cadre_research.reporting.publish import publish, staging
from cadre_research.reporting.recorded_run import recorded
from cadre_research.reporting.run_log import read_log
from cadre_research.reporting.schedule import NothingDue, period_of, periods_done, utc_day

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
ZONES = ["Asia/Shanghai", "Europe/Berlin", "America/New_York", "Pacific/Kiritimati"]


def published(outputs):
    return [run for run in read_log(outputs).runs if run.outcome == "published"]


# --- periods


@pytest.mark.parametrize(
    ("kind", "day", "expected"),
    [
        ("day", date(2024, 2, 29), "2024-02-29"),
        ("month", date(2026, 12, 31), "2026-12"),
        # Weeks around the turn of a year, from the calendar: the year of a week is that of its Thursday.
        ("week", date(2024, 12, 30), "2025-W01"),
        ("week", date(2021, 1, 3), "2020-W53"),
        ("week", date(2021, 1, 4), "2021-W01"),
    ],
)
def test_the_period_of_a_day(kind, day, expected):
    assert period_of(day, kind) == expected


def test_every_day_of_a_period_has_its_name_and_no_other_day():
    days = [date(2020, 1, 1) + count * DAY for count in range(3000)]
    for kind, lengths in (("week", {7}), ("month", {28, 29, 30, 31})):
        pieces = [(name, len(list(same))) for name, same in groupby(period_of(day, kind) for day in days)]
        # In one piece each: a name does not come back.
        assert len(dict(pieces)) == len(pieces)
        assert {length for _, length in pieces[1:-1]} == lengths


def test_an_instant_without_a_time_zone_and_an_unknown_period_are_refused():
    with pytest.raises(ParameterError, match="without a time zone"):
        utc_day(datetime(2026, 11, 26))
    with pytest.raises(ParameterError, match=r"given 'monthly'. Did you mean month\?"):
        period_of(date(2026, 11, 26), "monthly")


def test_the_day_is_that_of_universal_time():
    late = datetime(2026, 12, 1, 7, 30, tzinfo=ZoneInfo("Asia/Shanghai"))
    assert utc_day(late) == date(2026, 11, 30)
    assert utc_day(schedule.utc_now()) in {datetime.now(UTC).date(), datetime.now(UTC).date() - DAY}


def test_periods_done_are_a_set():
    assert periods_done([], "day") == frozenset()
    assert periods_done([date(2031, 5, 1), date(2026, 11, 26)], "month") == {"2031-05", "2026-11"}


# --- clocks


def test_a_period_is_made_once_and_a_missed_one_is_made_up_for_once(tmp_path):
    """Hourly calls; the machine is off from 3 January to 10 April."""
    first = datetime(2027, 1, 1, tzinfo=UTC)
    on = [first + count * HOUR for count in range(48)]
    again = [datetime(2027, 4, 10, 9, tzinfo=UTC) + count * HOUR for count in range(30)]
    assert made(tmp_path, "month", [*on, *again]) == [on[0], again[0]]
    assert len(versions(tmp_path)) == len(published(tmp_path)) == 2


def test_a_clock_set_back_makes_no_period_twice(tmp_path):
    days = [FIRST, FIRST + DAY, FIRST, FIRST - DAY, FIRST + DAY, FIRST, FIRST + 2 * DAY]
    # Only the day before the first had none yet.
    assert made(tmp_path, "day", days) == [days[0], days[1], days[3], days[6]]


def test_a_clock_that_was_once_ahead_keeps_no_period_from_being_made(tmp_path):
    ahead = datetime(2031, 5, 7, tzinfo=UTC)
    months = [datetime(2026 + count // 12, 1 + count % 12, 3, tzinfo=UTC) for count in range(10, 20)]
    assert made(tmp_path, "month", [months[0], ahead, *months]) == [months[0], ahead, *months[1:]]


def test_what_is_done_is_remembered_longer_than_the_runs(tmp_path, monkeypatch):
    monkeypatch.setattr(run_log, "KEEP", 3)
    days = [FIRST + count * DAY for count in range(5)]
    assert made(tmp_path, "day", days) == days
    assert [run.day for run in read_log(tmp_path).runs] == [day.date() for day in days[2:]]
    assert made(tmp_path, "day", days) == []


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the time zone of a process cannot be set there")
@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    "turn", [datetime(2026, 3, 7), datetime(2026, 3, 28), datetime(2026, 10, 24), datetime(2026, 10, 31)]
)
def test_in_every_time_zone_and_at_every_change_of_the_hour_a_day_is_made_once(tmp_path, monkeypatch, zone, turn):
    """Instants are taken from the local clock, an hour apart, through the nights that are an hour shorter or longer."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    try:
        begin = int(turn.replace(tzinfo=UTC).timestamp())
        instants = [datetime.fromtimestamp(begin + 3600 * count).astimezone() for count in range(72)]
        assert len({instant.utcoffset() for instant in instants}) <= 2
        found = made(tmp_path, "day", instants)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert [utc_day(instant) for instant in found] == [turn.date() + count * DAY for count in range(3)]


def test_the_changes_of_the_hour_tried_are_real_ones():
    def offsets(zone, turn):
        return {(turn + count * HOUR).astimezone(ZoneInfo(zone)).utcoffset() for count in range(72)}

    for zone, turns in {"America/New_York": [(3, 7), (10, 31)], "Europe/Berlin": [(3, 28), (10, 24)]}.items():
        for month, day in turns:
            assert len(offsets(zone, datetime(2026, month, day, tzinfo=UTC))) == 2


def test_a_run_counts_for_the_period_in_which_it_was_let_in(tmp_path):
    """Begun at five to midnight of the last day; the next month's comes all the same."""
    clock = [datetime(2026, 11, 30, 23, 55, tzinfo=UTC)]

    def slow(folder):
        clock[0] += 10 * timedelta(minutes=1)
        build(folder)

    with recorded(tmp_path, "report", "month", now=lambda: clock[0]) as run:
        publish(tmp_path, slow, verify_manifest, within=run)
    assert [run.period for run in published(tmp_path)] == ["2026-11"]
    assert made(tmp_path, "month", [clock[0]]) == clock


# --- what counts


def test_a_report_that_was_made_by_hand_counts_and_one_of_something_else_does_not(tmp_path):
    make(tmp_path, None, FIRST)
    assert made(tmp_path, "month", [FIRST + HOUR]) == []
    make(tmp_path, None, FIRST + 30 * DAY, asked="one scenario")
    assert made(tmp_path, "month", [FIRST + 30 * DAY + HOUR]) == [FIRST + 30 * DAY + HOUR]


def test_without_a_period_a_report_is_always_made(tmp_path):
    for _ in range(3):
        make(tmp_path, None, FIRST)
    assert len(published(tmp_path)) == 3


def broken(folder):
    raise NotebookError("05-what-it-would-take: the kernel died in code cell 2.")


def tried(outputs, instants, inputs="same", once_per="month", build=broken):
    """Call as a timer does at each instant; returns those at which work was begun, whatever came of it."""
    begun = []

    def noted(folder):
        begun.append(instant)
        build(folder)

    for instant in instants:
        try:
            make(outputs, once_per, instant, noted, made_from=lambda: inputs)
        except (NotebookError, RunError, NothingDue):
            continue
    return begun


def test_what_fails_three_times_from_the_same_is_tried_once_a_day_until_something_changes(tmp_path):
    hours = [FIRST + count * HOUR for count in range(60)]
    # Three hours running, then a day after the third and a day after that.
    assert tried(tmp_path, hours) == [hours[place] for place in (0, 1, 2, 26, 50)]
    with pytest.raises(RunError) as told:
        make(tmp_path, "month", hours[-1], made_from=lambda: "same")
    assert told.value.exit_code == 4
    assert str(told.value) == (
        "The report of 2026-11 failed 5 times from the same data, notebooks and code. It is tried again after "
        "2026-11-29 05:00 UTC, or when one of them has changed; without --once-per at once. The last time: "
        "05-what-it-would-take: NotebookError: the kernel died in code cell 2."
    )
    # Nothing is recorded of a call that was too early.
    assert [run.outcome for run in read_log(tmp_path).runs] == ["failed"] * 5
    # What changed is tried at once, and three times again; the next period too.
    assert tried(tmp_path, hours[-1:] * 5, "mended a little") == hours[-1:] * 3
    assert tried(tmp_path, [FIRST + 30 * DAY]) == [FIRST + 30 * DAY]
    assert tried(tmp_path, hours[-2:], "mended", build=build) == hours[-2:-1]
    assert made(tmp_path, "month", hours, made_from=lambda: "same") == []


def test_runs_that_were_killed_and_a_clock_set_back_are_counted_as_they_should_be(tmp_path):
    hours = [FIRST + count * HOUR for count in range(4)]
    assert tried(tmp_path, hours) == hours[:3]
    log = (tmp_path / run_log.LOG).read_text(encoding="utf-8")
    (tmp_path / run_log.LOG).write_text(log.replace('"failed"', '"died"'), encoding="utf-8")
    assert tried(tmp_path, hours[3:]) == []
    # Set back behind the failures: nobody can say how long a day from then is.
    assert tried(tmp_path, [FIRST - HOUR]) == [FIRST - HOUR]
    # By hand it is made whenever it is asked for, and then the period is done.
    make(tmp_path, None, hours[3], made_from=lambda: "same")
    assert tried(tmp_path, hours[3:], build=build) == []
    assert len(published(tmp_path)) == 1


def test_a_period_whose_run_failed_is_tried_again(tmp_path):
    def fail(folder):
        raise NotebookError("05-what-it-would-take: the kernel died in code cell 2.")

    with pytest.raises(NotebookError):
        make(tmp_path, "week", FIRST, fail)
    assert made(tmp_path, "week", [FIRST + HOUR, FIRST + 2 * HOUR]) == [FIRST + HOUR]


def test_a_report_found_unchanged_makes_a_period_done(tmp_path):
    make(tmp_path, "day", FIRST)
    with recorded(tmp_path, "report", "day", now=lambda: FIRST + DAY) as run, staging(tmp_path, run) as folder:
        assert folder.is_dir()
    last = read_log(tmp_path).runs[-1]
    assert (last.outcome, last.version, last.exit_code) == ("unchanged", latest_report(tmp_path).name, 0)
    assert made(tmp_path, "day", [FIRST + DAY + HOUR]) == []


def test_so_does_one_found_unchanged_before_anything_asked_for_the_lock(tmp_path):
    version = make(tmp_path, "day", FIRST)
    with recorded(tmp_path, "report", "day", now=lambda: FIRST + DAY):
        pass
    last = read_log(tmp_path).runs[-1]
    assert (last.outcome, last.version, last.period) == ("unchanged", version.name, "2026-11-27")
    assert made(tmp_path, "day", [FIRST + DAY + HOUR]) == []
    with recorded(tmp_path / "other", "report", now=lambda: FIRST):
        pass
    assert read_log(tmp_path / "other").runs[-1].outcome == "failed"


def test_what_is_said_when_nothing_is_due_names_period_and_version(tmp_path):
    version = make(tmp_path, "week", FIRST)
    with pytest.raises(
        NothingDue, match=f"report of 2026-W48 is there already: version {version.name}, 2026-11-26 03:00"
    ):
        make(tmp_path, "week", FIRST + HOUR)
    assert len(read_log(tmp_path).runs) == 1


def test_a_log_that_cannot_be_read_stops_what_may_come_only_once_and_nothing_else(tmp_path):
    make(tmp_path, "day", FIRST)
    (tmp_path / "runs.json").write_text('{"format": 1, "runs": [{', encoding="utf-8")
    with pytest.raises(PublicationError, match=r"(?s)runs\.json: not a log of runs.*move it away"):
        make(tmp_path, "day", FIRST + DAY)
    said = []
    make(tmp_path, None, FIRST + DAY, note=said.append)
    assert len(versions(tmp_path)) == 2
    assert "could not be recorded" in said[0]


# --- many at once


@pytest.mark.skipif(sys.platform == "win32", reason="two runs at once are not prevented there")
def test_of_eight_schedulers_at_once_one_makes_the_report_of_each_period(tmp_path):
    rounds = 25
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(8)
    workers = [context.Process(target=scheduler, args=(tmp_path, n, rounds, barrier)) for n in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(120)
    assert [worker.exitcode for worker in workers] == [0] * 8
    told = [line.split(" ", 1) for n in range(8) for line in (tmp_path / f"scheduler-{n}").read_text().splitlines()]
    made_on = Counter(day for day, said in told if said == "made")
    assert made_on == {str(day): 1 for day in range(rounds)}
    others = [said for _, said in told if said != "made"]
    assert len(others) == 7 * rounds
    assert [said for said in others if not said.startswith("nothing due: ")] == []
    assert [run.day for run in published(tmp_path)] == [FIRST.date() + count * DAY for count in range(rounds)]
    assert len(versions(tmp_path)) == rounds
    verify_manifest(tmp_path / "latest")
    assert not [path.name for path in tmp_path.iterdir() if path.name.startswith((".staging", ".latest", ".runs.json"))]


SLOW = """
import sys, time
from datetime import datetime
from pathlib import Path
import scheduled
def slow(folder):
    print("building", flush=True)
    time.sleep(60)
outputs, once_per, asked = Path(sys.argv[1]), sys.argv[2] or None, sys.argv[3]
scheduled.make(outputs, once_per, build=slow, asked=asked)
"""


def at_work(outputs, once_per="month", asked="report"):
    command = [sys.executable, "-c", SLOW, str(outputs), once_per or "", asked]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=with_tests())
    assert run.stdout.readline() == "building\n"
    return run


def with_tests():
    return {**os.environ, "PYTHONPATH": os.path.dirname(__file__)}


@pytest.mark.skipif(sys.platform == "win32", reason="two runs at once are not prevented there")
@pytest.mark.parametrize("once_per", ["month", None])
def test_who_finds_the_period_s_report_being_made_stands_back_and_says_who_is_at_it(tmp_path, once_per):
    with at_work(tmp_path, once_per) as other:
        try:
            with pytest.raises(
                NothingDue, match=f"Process {other.pid} has been making the report of 2026-11 since 2026"
            ):
                make(tmp_path, "month", FIRST + HOUR)
            for asked, once, later in (("other", "month", HOUR), ("report", "day", DAY), ("report", None, HOUR)):
                with pytest.raises(BusyError, match=rf"another run \(process {other.pid}\)"):
                    make(tmp_path, once, FIRST + later, asked=asked)
        finally:
            other.kill()
    refused = [run for run in read_log(tmp_path).runs if run.outcome == "refused"]
    assert [run.exit_code for run in refused] == [BusyError.exit_code] * 3
    assert made(tmp_path, "month", [FIRST + 2 * HOUR]) == [FIRST + 2 * HOUR]
    assert next(run.outcome for run in read_log(tmp_path).runs) == "died"


DIES_AT_STEP = """
import os, signal, sys
from pathlib import Path
import scheduled
outputs, left = Path(sys.argv[1]), int(sys.argv[2])
watched = {"open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.truncate", "fcntl.flock"}
def count(event, arguments):
    global left
    if event in watched and (event == "fcntl.flock" or any(str(outputs) in str(one) for one in arguments)):
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(count)
scheduled.make(outputs, "day")
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal there")
def test_killed_before_every_step_a_period_still_comes_once(tmp_path):
    """A first report is up; the next day's run is killed, and the timer calls again."""
    step, ended, came_of_killed = 0, None, 0
    while ended != 0:
        step += 1
        assert step < 200
        outputs = tmp_path / str(step)
        make(outputs, "day", FIRST - DAY)
        run = subprocess.run(
            [sys.executable, "-c", DIES_AT_STEP, str(outputs), str(step)],
            env=with_tests(),
            capture_output=True,
            text=True,
        )
        ended = run.returncode
        assert ended in (0, -signal.SIGKILL), run.stderr
        up = latest_report(outputs).name
        again = made(outputs, "day", [FIRST, FIRST + HOUR])
        runs = [run for run in published(outputs) if run.day == FIRST.date()]
        # Either the one that was killed had put it in place, or the next one did; never both.
        assert len(runs) == 1
        assert len(again) == (up == published(outputs)[0].version)
        assert runs[0].version == latest_report(outputs).name
        came_of_killed += not again
        verify_manifest(outputs / "latest")
        assert not read_log(outputs).unfinished()
    assert step > 20
    # The last one was not killed.
    assert came_of_killed > 2
