"""Measure what a user waits for beside what they would do instead, in one run, as ratios.

Machines are noisy: implementations are run in turn and the ratio of the medians is what counts. Writes
outputs/benchmarks.csv (workload, implementation, seconds, ratio_to_ours, cpu_seconds, machine) and prints it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import pandas as pd

from benchmarks import (
    expected_forecast,
    full_report,
    lever_frontier,
    linear_programme,
    parameter_sweep,
    register,
    replicates,
    units,
)
from benchmarks.machine import machine
from benchmarks.measure import Row
from cadre_research.paths import outputs_dir

WORKLOADS = {
    "replicates": replicates.measure,
    "scaling": replicates.measure_scaling,
    "drawing": replicates.measure_drawing,
    "units": units.measure,
    "forecast": expected_forecast.measure,
    "frontier": lever_frontier.measure,
    "sweep": parameter_sweep.measure,
    "programme": linear_programme.measure,
    "register": register.measure,
    "report": full_report.measure,
}


def main() -> None:
    """Run the workloads and keep the table."""
    options = argparse.ArgumentParser(prog="make bench", description=__doc__)
    options.add_argument("--rounds", type=int, help="times each implementation is run: 3, or 1 if quick")
    options.add_argument("--only", choices=WORKLOADS, action="append", help="measure this workload; can be repeated")
    options.add_argument("--quick", action="store_true", help="shorter runs")
    kept = outputs_dir() / "benchmarks.csv"
    options.add_argument("--output", type=Path, default=kept, help="keep the table here instead")
    given = options.parse_args()
    rounds = max(1, given.rounds or (1 if given.quick else 3))
    rows = []
    for name in given.only or WORKLOADS:
        print(f"\n-- {name} --", flush=True)
        rows += WORKLOADS[name](rounds, given.quick)
    table = pd.DataFrame(rows, columns=Row._fields).assign(machine=machine())
    given.output.parent.mkdir(parents=True, exist_ok=True)
    table.to_csv(given.output, index=False)
    print()
    print(table.drop(columns="machine").to_string(index=False, float_format="{:.4g}".format, na_rep="-"))
    print(f"\n{table['machine'].iloc[0]}; kept in {given.output.parent.name}/{given.output.name}")


if __name__ == "__main__":
    main()
