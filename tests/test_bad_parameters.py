"""Bad parameters, files and paths at every door: code 2, one message, nothing run and nothing written.

A new command is covered by a line in `NAMES`, `VERSIONS`, `READ` or `WRITTEN`; a test says which option has none.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import typing

import pytest
from published_versions import show, write_version

from cadre_research import cli, paths
from cadre_research.errors import InputError, ParameterError
from cadre_research.reporting.execution import NotebookRun
from cadre_research.reporting.notebooks import run_notebook

ROOT = paths.project_root()
NOTEBOOK = "03-age-structure-forecast"
SCRIPT = "__import__('os').system('touch PWNED')"
ESCAPES = "\x1b[31mred\x1b]0;title\x07"

# Where a scenario, rank or lever is named, with {} in its place.
NAMES = {
    "forecast SCENARIO": ("forecast", "{}"),
    "forecast --promotion-rate": ("forecast", "status-quo", "--promotion-rate", "{}=0.1"),
    "require SCENARIO": ("require", "{}"),
    "attain SCENARIO": ("attain", "{}"),
    "new-scenario ID": ("new-scenario", "{}", "--title-en", "T", "--title-zh", "T", "--reason", "R", "--yes"),
    "new-scenario --base": (
        "new-scenario",
        "x",
        "--base",
        "{}",
        "--title-en",
        "T",
        "--title-zh",
        "T",
        "--reason",
        "R",
        "--yes",
    ),
    "report --scenario": ("report", "--output", "out", "--scenario", "{}"),
}
# Where a version of the report is named: those of a folder alone, and any whose path is given.
SHELF = ("--output", "shelf")
OWN_VERSIONS = {f"{name} VERSION": (name, "{}", *SHELF) for name in ("rollback", "pin", "unpin")}
VERSIONS = {
    **OWN_VERSIONS,
    **{f"{name} VERSION": (name, "{}", *SHELF) for name in ("verify", "replay")},
    "diff A": ("diff", "{}", "latest", *SHELF),
    "diff B": ("diff", "latest", "{}", *SHELF),
}
# Where a file or folder to read is named.
REGISTER = ("report", "--output", "out", "--as-of", "2017-12-31")
READ = {
    "check DATA": ("check", "{}"),
    "backtest --stocks": ("backtest", "--stocks", "{}", "--flows", "flows.csv"),
    "backtest --flows": ("backtest", "--stocks", "stocks.csv", "--flows", "{}"),
    "backtest --ladder": ("backtest", "--stocks", "stocks.csv", "--flows", "flows.csv", "--ladder", "{}"),
    "register check FILE": ("register", "check", "{}"),
    "register check --ladder": ("register", "check", "r.csv", "--ladder", "{}"),
    "register template --ladder": ("register", "template", "t.csv", "--ladder", "{}"),
    "sweep FILE": ("sweep", "{}"),
    "diff --output": ("diff", "a", "b", "--output", "{}"),
    "status --output": ("status", "--output", "{}"),
    **{f"{name} --output": (name, "--output", "{}") for name in ("versions", "rollback", "verify", "replay")},
    **{f"{name} --output": (name, "latest", "--output", "{}") for name in ("pin", "unpin")},
    "replay --register": ("replay", "--register", "{}"),
    "report --register": (*REGISTER, "--register", "{}"),
    "report --ladder": (*REGISTER, "--register", "r.csv", "--ladder", "{}"),
    "report --targets": (*REGISTER, "--register", "r.csv", "--targets", "{}"),
    "report --retirement": (*REGISTER, "--register", "r.csv", "--retirement", "{}"),
    "report --assumptions": (*REGISTER, "--register", "r.csv", "--assumptions", "{}"),
}
# Where a file or folder to write is named.
WRITTEN = {
    "attain --plan": ("attain", "--horizon", "1", "--plan", "{}"),
    "backtest --out": ("backtest", "--stocks", "stocks.csv", "--flows", "flows.csv", "--out", "{}"),
    "register template FILE": ("register", "template", "{}"),
    "register synthesise --out": ("register", "synthesise", "--out", "{}"),
    "sweep --out": ("sweep", "sweep.toml", "--out", "{}"),
    "status --prometheus": ("status", "--prometheus", "{}"),
    "replay --into": ("replay", "--into", "{}"),
    "report --output": ("report", "--output", "{}"),
}

SCHEMES = {
    "http": "http://example.org/a.csv",
    "https": "https://example.org/a.csv",
    "HTTPS": "HTTPS://example.org/a.csv",
    "file": "file:///etc/passwd",
    "s3": "s3://bucket/a.csv",
    "gs": "gs://bucket/a.csv",
    "ftp": "ftp://example.org/a.csv",
    "data": "data:text/csv;base64,QQ==",
    "javascript": "javascript:alert(1)",
    "one slash": "http:/example.org/a.csv",
}
# No text of these is a path, whatever is read or written there.
NO_PATHS = {
    "nothing": "",
    "a blank": "  ",
    "a null": "a\0.csv",
    "encoded dots": "%2e%2e/a.csv",
    "encoded slash": "..%2Fa.csv",
    "encoded null": "a.csv%00.csv",
    "another machine": r"\\server\share\a.csv",
    "another machine, slashes": "//server/share/a.csv",
    "a home": "~/a.csv",
    "somebody's home": "~nobody-of-this-name/a.csv",
    "too long": "a" * 300 + ".csv",
    "too deep": "a/" * 3000 + "a.csv",
}
# Names under which nothing is put in place, though something might be read.
NO_NEW_NAMES = {
    "backslashes": r"..\..\a.csv",
    "escapes": f"{ESCAPES}.csv",
    "two lines": "a\nError: b.csv",
    "a trailing dot": "a.csv.",
    "dots": ".../a.csv",
    "a trailing blank": "a.csv ",
    "a link to a file elsewhere": "link.csv",
}
TRAVERSALS = {
    "up": "../../secret",
    "up to a scenario": "../scenarios/status-quo",
    "absolute": "/etc/passwd",
    "encoded": "%2e%2e%2fsecret",
    "twice encoded": "%252e%252e%252fsecret",
    "another machine": r"\\server\share\status-quo",
    "backslashes": r"..\..\secret",
    "a home": "~/status-quo",
    "a null": "status-quo\0",
    "trailing dots": "status-quo..",
    "null-ish": "/dev/null",
    "a device": "NUL",
    "overlong dots": "....//....//secret",
}
CODE = {
    "a shell": "$(touch PWNED)",
    "backticks": "`touch PWNED`",
    "python": SCRIPT,
    "a template": "{{ 7 * 7 }}",
    "a format": "{0.__class__.__mro__}",
    "percent": "%(x)s%n",
    "a formula": "=cmd|' /c calc'!A0",
    "a page": "<script>alert(1)</script>",
    "markup": "[bold red]status-quo[/]",
    "two lines": "status-quo\nError: all is well",
    "escapes": ESCAPES,
    "backwards": "\u202eouq-sutats",
    "a look-alike": "status‐quo",
    "full width": "ｓｔａｔｕｓ－ｑｕｏ",
    "capitals": "Status-Quo",
    "a blank": " ",
    "nothing": "",
    "None": "None",
    "nan": "nan",
    "very long": "a" * 5000,
}

VALUES = [
    (("forecast", "statusquo"), "Did you mean status-quo?"),
    (("forecast",), "Missing argument 'scenario'"),
    (("forecast", "status-quo", "rate-08"), "rate-08"),
    (("forecast", "status-quo", "--horizon", "0"), "given 0, expected a whole number"),
    (("forecast", "status-quo", "--horizon", "31"), "given 31, expected a whole number"),
    (("forecast", "status-quo", "--horizon", "nan"), "--horizon"),
    (("forecast", "status-quo", "--horizon", "9" * 5000), "--horizon"),
    (("forecast", "status-quo", "--promotion-rate", "nan"), "given nan, expected a decimal number from 0 to 1"),
    (("forecast", "status-quo", "--promotion-rate", "1e400"), "given inf, expected a decimal number from 0 to 1"),
    (("forecast", "status-quo", "--promotion-rate", "staff=-inf"), "given -inf, expected a decimal number"),
    (("forecast", "status-quo", "--promotion-rate", "8%"), "given '8%', expected a decimal number"),
    (("forecast", "status-quo", "--promotion-rate", SCRIPT), "expected a decimal number"),
    (
        ("forecast", "status-quo", "--promotion-rate", "county-deputy=0.1", "--promotion-rate", "0.2"),
        "expected one number",
    ),
    (("forecast", "status-quo", "--young-share", "nan"), "given nan, expected a decimal number from 0 to 1"),
    (
        ("forecast", "status-quo", "--young-share", "1.0000001"),
        "given 1.0000001, expected a decimal number from 0 to 1",
    ),
    (("forecast", "status-quo", "--replicates", "1"), "--replicates"),
    (("forecast", "status-quo", "--replicates", "5", "--draws", "10001"), "--draws"),
    (("forecast", "status-quo", "--age-line", "Strict!"), "--age-line"),
    (("forecast", "status-quo", "--language", "fr"), "--language"),
    (("forecast", "status-quo", "--horizonn", "5"), "--horizonn"),
    (("forecast", "status-quo", f"--{ESCAPES}", "5"), "No such option"),
    (("forecast", "status-quo", "--promotion-rate", "12"), "12 of 100 is written 0.12."),
    (("new-scenario", "x", "--yes"), "--yes: expected with it --title-en, --title-zh, --reason."),
    (("new-scenario", "--yes"), "--yes: expected with it ID, "),
    (("new-scenario", "x", "--horizon", "2027"), "given 2027, expected a whole number"),
    (("forecasts", "status-quo"), "forecasts"),
    ((ESCAPES,), "No such command"),
    (("require", "--lever", "promotion"), "Did you mean promotion-rate?"),
    (("require", "--lever", "promotion-rate:../../secret"), "'../../secret' is not known"),
    (("require", "--lever", f"promotion-rate:{ESCAPES}"), "is not known"),
    (("require", "--lever", ""), "is not known"),
    (("require", "--lever", "young-share:county-deputy"), "is not known"),
    (("require", "--horizon", "5", "--horizon", "31"), "given 31, expected a whole number"),
    (("require", "--surely", "--draws", "1"), "--draws"),
    (("attain", "--releases", "101"), "--releases"),
    (("attain", "--releases", "-0.1"), "--releases"),
    (("attain", "--releases", "nan"), "--releases"),
    (("attain", "--population", "everybody"), "--population"),
    (("attain", "--plan", "no-such-folder/plan.csv"), "in a folder that exists"),
    (("attain", "--plan", "plan.csv.exe"), "ending in .csv"),
    (("attain", "--plan", "plan.csv", "--horizon", "0"), "given 0, expected a whole number"),
    (("report", "--output", "out", "--workers", "0"), "--workers"),
    (("report", "--output", "out", "--draws", "1e9"), "--draws"),
    (("report", "--output", "out", "--as-of", "2017-12-31"), "expected with --register FILE only"),
    (("report", "--output", "out", "--register", "r.csv"), "expected --as-of DATE"),
    (("report", "--output", "out", "--register", "r.csv", "--as-of", "31.12.2017"), "--as-of"),
    (("register", "check", "r.csv", "--as-of", "2017-02-30"), "--as-of"),
    (("register", "check", "r.csv", "--encoding", "utf-7"), "Declare utf-8-sig"),
    (("register", "check", "r.csv", "--date-format", "%(x)s"), "%(x)s"),
    (("register", "check", "r.exe"), "R002"),
    (("register", "synthesise", "--out", "register.csv"), "expected a name that begins with synthetic-register"),
    (("register", "synthesise", "--out", "synthetic-register.csv", "--years", "41"), "--years"),
    (("register", "synthesise", "--out", "synthetic-register.csv", "--seed", "-1"), "--seed"),
    (("backtest", "--stocks", "stocks.csv", "--flows", "flows.csv", "--out", "r.csv"), "expected a folder"),
    (("backtest", "--stocks", "stocks.csv", "--flows", "flows.csv", "--history", "0"), "--history"),
    (("backtest", "--stocks", "stocks.csv"), "--flows"),
    (("list", "secrets"), "secrets"),
    (("check", "r.csv"), "cannot be read"),
    (("check", "no-such-folder"), "cannot be read (No such file or directory)"),
]

# File of the data folder, what is replaced in it, and by what; None for the whole of it.
LADDER, TARGETS, ASSUMPTIONS = (f"facts/{name}.toml" for name in ("ladder", "targets", "assumptions"))
STATUS_QUO, RATE = "scenarios/status-quo.toml", "scenarios/rate-08.toml"
DATA = [
    (STATUS_QUO, None, b"", "key id: missing"),
    (STATUS_QUO, None, b"\xff\xfe\x00", "not a valid UTF-8 TOML file"),
    (STATUS_QUO, None, b"a = 1\na = 2\n", "not a valid UTF-8 TOML file"),
    (STATUS_QUO, None, b"[promotion]\n[promotion]\n", "not a valid UTF-8 TOML file"),
    (STATUS_QUO, None, b"a = " + b"[" * 100_000, "not a valid UTF-8 TOML file"),
    (STATUS_QUO, None, b"a = " + b"{b = " * 3_000 + b"1" + b"}" * 3_000, "not a valid UTF-8 TOML file"),
    (STATUS_QUO, None, b"a" + b".a" * 50_000 + b" = 1", "not a valid UTF-8 TOML file"),
    (STATUS_QUO, None, b"a = " + b"9" * 5_000, "not a valid UTF-8 TOML file"),
    (STATUS_QUO, None, b"#" * 1_000_001, "1,000,001 bytes given, at most 1,000,000 expected"),
    (STATUS_QUO, None, b"root:x:0:0::/:/bin/sh\n", "not a valid UTF-8 TOML file"),
    (STATUS_QUO, b'id = "status-quo"', b'id = "../../x"', "key id: given '../../x'"),
    (STATUS_QUO, b'id = "status-quo"', b'id = "another"', "expected 'status-quo', the name of the file"),
    (STATUS_QUO, b'id = "status-quo"', b'id = "status-quo\\u0000"', "key id: given"),
    (STATUS_QUO, b"format = 1", b"format = 2", "key format: given 2"),
    (STATUS_QUO, b"format = 1", b"format = 1\nformmat = 1", "key formmat: unknown name. Did you mean format?"),
    (STATUS_QUO, b"format = 1", b'format = 1\n"\\u001b[31m" = 1', r"key \x1b[31m: unknown name"),
    (STATUS_QUO, b"format = 1", b"format = 1\n" + b'"' + SCRIPT.encode() + b'" = 1', "unknown name"),
    (RATE, b"rate_per_year = 0.08", b"rate_per_year = nan", "key promotion.rate_per_year: given nan"),
    (RATE, b"rate_per_year = 0.08", b"rate_per_year = -inf", "key promotion.rate_per_year: given -inf"),
    (RATE, b"rate_per_year = 0.08", b"rate_per_year = 8", "key promotion.rate_per_year: given 8"),
    (RATE, b"rate_per_year = 0.08", b'rate_per_year = "0.08"', "key promotion.rate_per_year: given '0.08'"),
    (RATE, b"rate_per_year = 0.08", b"rate_per_year = true", "key promotion.rate_per_year: given True"),
    (RATE, b"rate_per_year = 0.08", b"rate_per_year = 0.08\nyoung_share = 0.5\nyoung_share = 0.6", "not a valid UTF-8"),
    (RATE, b"rate_per_year = 0.08", b"rate_per_year_by_rank = { county = 0.08 }", "Did you mean county-"),
    ("scenarios/Rate 08.toml", None, b"format = 1", "a scenario's file name is its id"),
    (f"scenarios/{ESCAPES}.toml", None, b"format = 1", "a scenario's file name is its id"),
    (LADDER, None, b"format = 1", "missing; this key is required"),
    (TARGETS, b"format = 1", b"format = 1\n[[target]]\n", "Did you mean targets?"),
    (ASSUMPTIONS, b"format = 1", b'format = "1"', "key format: given '1'"),
]

# What is replaced in a sweep that can be run, and by what; None for the whole of it.
RATES = b"promotion_rate_per_year = { from = 0.04, to = 0.12, count = 9 }"
SWEEPS = [
    (None, b"", "key id: missing"),
    (None, b"\xff\xfe\x00", "not a valid UTF-8 TOML file"),
    (None, b"root:x:0:0::/:/bin/sh\n", "not a valid UTF-8 TOML file"),
    (None, b"a = " + b"[" * 100_000, "not a valid UTF-8 TOML file"),
    (None, b"a = " + b"{b = " * 3_000 + b"1" + b"}" * 3_000, "not a valid UTF-8 TOML file"),
    (None, b"a" + b".a" * 50_000 + b" = 1", "not a valid UTF-8 TOML file"),
    (None, b"a = " + b"9" * 5_000, "not a valid UTF-8 TOML file"),
    (None, b"#" * 1_000_001, "1,000,001 bytes given, at most 1,000,000 expected"),
    (b"format = 1", b"format = 1\nformat = 1", "not a valid UTF-8 TOML file"),
    (b"[axes]", b"[axes]\n[axes]", "not a valid UTF-8 TOML file"),
    (b"format = 1", b"format = 2", "key format: given 2"),
    (b"format = 1", b"format = 1\nscenario = 1", "key scenario: unknown name. Did you mean scenarios?"),
    (b"format = 1", b"format = 1\n" + b'"' + SCRIPT.encode() + b'" = 1', "unknown name"),
    (b"format = 1", b'format = 1\n"\\u001b[31m" = 1', r"key \x1b[31m: unknown name"),
    *(
        (b'"promotion-policy"', f"'{text}'".encode(), "key id: given")
        for text in ("../../x", "/etc/passwd", "~/x", "http://example.org/x", "a/b", "a.b", "A", " ", "", "x" * 65)
    ),
    (b'"promotion-policy"', rb'"a\u0000"', "key id: given"),
    (b'"promotion-policy"', rb'"..\\..\\x"', "key id: given"),
    (b'"promotion-policy"', b"7", "key id: given 7"),
    (b'["status-quo", ', b'["../scenarios/status-quo", ', "key scenarios[1]: given '../scenarios/status-quo'"),
    (b'["status-quo", ', b'["status-qou", ', "'status-qou' is not known. Did you mean status-quo?"),
    (b'["status-quo", ', b'["no-retirement-delay", ', "key scenarios: expected each value once"),
    (b'["status-quo", ', b'[["status-quo"], ', "key scenarios[1]: input should be a valid string"),
    (b'["status-quo", "no-retirement-delay"]', b'"status-quo"', "key scenarios: given 'status-quo'"),
    (b"[5, 10]", b"[]", "key horizons_years: tuple should have at least 1 item"),
    (b"[5, 10]", b"[5, 5]", "key horizons_years: expected each value once"),
    (b"[5, 10]", b"[0]", "key horizons_years[1]: given 0"),
    (b"[5, 10]", b"[31]", "key horizons_years[1]: given 31"),
    (b"[5, 10]", b"[nan]", "key horizons_years[1]: given nan"),
    (b"[axes]", b"replicates = -1\n[axes]", "key replicates: given -1"),
    (b"[axes]", b"replicates = 1e3\n[axes]", "key replicates: given 1000.0"),
    (b"[axes]", b"seed = 9223372036854775808\n[axes]", "key seed: given 9223372036854775808"),
    (b"[axes]", b"axes = 1\n[axis]", "key axes: given 1"),
    (RATES, b"promotion_rate_per_year = [nan]", "key axes.promotion_rate_per_year[1]: given nan"),
    (RATES, b"promotion_rate_per_year = [0.1, -inf]", "key axes.promotion_rate_per_year[2]: given -inf"),
    (RATES, b"promotion_rate_per_year = [1e400]", "key axes.promotion_rate_per_year[1]: given inf"),
    (RATES, b"promotion_rate_per_year = [8]", "key axes.promotion_rate_per_year[1]: given 8"),
    (RATES, b'promotion_rate_per_year = ["0.08"]', "key axes.promotion_rate_per_year[1]: given '0.08'"),
    (RATES, b"promotion_rate_per_year = [true]", "key axes.promotion_rate_per_year[1]: given True"),
    (RATES, b"promotion_rate_per_year = [0.1, 0.1]", "key axes.promotion_rate_per_year: expected each value once"),
    (RATES, b"promotion_rate_per_year = 0.1", "key axes.promotion_rate_per_year: given 0.1; expected a list"),
    (b"count = 9", b"count = 1000000000000", "count: given 1000000000000, expected a whole number from 2"),
    (b"count = 9", b"count = nan", "count: given nan, expected a whole number from 2"),
    (b"count = 9", b"count = 99999", "settings given, at most 100,000 expected"),
    (b"from = 0.04", b"from = nan", "from below to"),
    (b"to = 0.12", b"to = inf", "from below to"),
    (b"count = 9", b"counts = 9", "unknown name 'counts'. Did you mean count?"),
    (b"2/3", b"__import__('os').system('touch PWNED')", 'expected a share such as 0.25 or "1/6"'),
    (b"2/3", b"2/0", 'expected a share such as 0.25 or "1/6"'),
    (b'"strict"', b'"strict!"', "key axes.age_line[2]: given 'strict!'"),
    (b"[axes]", b"[axes.assumptions]\n'../../x' = [0.1]\n[axes]", "key axes.assumptions.../../x"),
    (b"[axes]", b"[axes.assumptions]\nresignatio = [0.001]\n[axes]", "Did you mean resignation?"),
    (b"[axes]", b"[axes.assumptions]\nresignation = [9]\n[axes]", "given 9 to 9, expected 0.0005 to 0.004"),
    (
        b"[axes]",
        b"[axes.promotion_rate_per_year_by_rank]\nmayor = [0.1]\n[axes]",
        "rank 'mayor' is none with promotions",
    ),
]

PARAMETERS = [
    ({"horizon_year": 5}, "Did you mean horizon_years?"),
    ({SCRIPT: 1}, "is not a parameter of this notebook"),
    ({f"x=1\n{SCRIPT}#": 1}, "is not a parameter of this notebook"),
    ({ESCAPES: 1}, "is not a parameter of this notebook"),
    ({"": 1}, "is not a parameter of this notebook"),
    ({"scenario": "../../x"}, "scenario: given '../../x'"),
    ({"scenario": "http://example.org/x"}, "scenario: given 'http://example.org/x'"),
    ({"scenario": SCRIPT}, "scenario: given"),
    ({"scenario": "a\0"}, r"scenario: given 'a\x00'"),
    ({"scenario": ["status-quo"]}, "scenario: given ['status-quo']"),
    ({"horizon_years": float("nan")}, "horizon_years: given nan"),
    ({"horizon_years": "5"}, "horizon_years: given '5'"),
    ({"horizon_years": 10**400}, "horizon_years: given 1000"),
    ({"promotion_rate_per_year": float("inf")}, "promotion_rate_per_year: given inf"),
    ({"young_share_of_promotions": {"share": 0.5}}, "young_share_of_promotions: given {'share': 0.5}"),
    ({"draws": True}, "draws: given True"),
    ({"replicates": None}, "replicates: given None"),
    ({"language": "zh\n"}, r"language: given 'zh\n'"),
]

STARTS = re.compile(r"subprocess\.Popen|os\.(system|exec|fork|forkpty|posix_spawn|spawn)|socket\.(connect|getaddrinfo)")
CHANGES = {"os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.symlink", "os.link", "os.truncate", "shutil.rmtree"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT
# Folder of a report's versions, in the working folder; nothing is published there.
OUT = "out"
seen = None
# What should not happen goes no further: a forecast or a report would take minutes.
STOPS = True


def watch(event, arguments):
    """Note what is started, asked of the network or written in the project and the test's folder."""
    if seen is None:
        return
    if STARTS.fullmatch(event):
        note(event, str(arguments[:1])[:200])
    elif event in CHANGES or (event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES):
        path = os.fsdecode(arguments[0]) if isinstance(arguments[0], str | bytes | os.PathLike) else ""
        path = os.path.abspath(path) if path else ""
        ours = path.startswith((str(ROOT), os.getcwd())) and "__pycache__" not in path
        # A report notes in its own folder that a run failed.
        if ours and not path.startswith((str(ROOT / ".venv"), os.path.join(os.getcwd(), OUT))):
            note(event, path)


def note(*happened):
    seen.append(happened)
    if STOPS:
        raise AssertionError(f"not before everything given is checked: {happened}")


# It cannot be taken away again; it does nothing while nothing is watched.
sys.addaudithook(watch)


def tree(folder):
    """Everything in a folder: names, where links lead, and contents."""
    return {
        path.relative_to(folder).as_posix(): os.readlink(path)
        if path.is_symlink()
        else hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(folder.rglob("*"))
        if OUT not in path.relative_to(folder).parts or path.name in ("latest", "versions")
    }


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A working folder inside another that nothing may reach, with a link that leads out."""
    folder = tmp_path / "outside" / "work"
    folder.mkdir(parents=True)
    (tmp_path / "outside" / "secret").write_text("secret", encoding="utf-8")
    (folder / "link.csv").symlink_to("../secret")
    (folder / "r.csv").write_text("id\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    monkeypatch.setenv("COLUMNS", "400")
    # Two versions, one of which is up, and one that lies elsewhere.
    for shelf, days in (("shelf", (1, 2)), ("elsewhere", (3,))):
        first, *_ = [write_version(folder / shelf, day) for day in days]
        show(folder / shelf, first)
    return folder


@pytest.fixture
def untouched(place, tmp_path):
    """Nothing is run, fetched or written while the test goes on."""
    global seen
    before, seen = tree(tmp_path), []
    try:
        yield
        found = list(seen)
    finally:
        seen = None
    assert found == []
    assert tree(tmp_path) == before


@pytest.fixture
def refused(untouched, monkeypatch, capsys):
    """Run the command line as `main` does, and give its one message."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["cadre-research", *arguments])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        said = capsys.readouterr()
        assert ended.value.code == 2, said.err
        assert said.out == ""
        return one_message(said.err)

    return run


def one_message(text):
    """The message of stderr, without the frame the options' own checks put around it."""
    assert "Traceback" not in text
    assert len(re.findall(r"^(Error: |╭─ Error )", text, re.MULTILINE)) == 1
    assert all(sign.isprintable() for sign in text.replace("\n", ""))
    return re.sub(r"\s+", " ", re.sub(r"[│╭╮╰╯─]", "", text))


def filled(command, text):
    return [part.replace("{}", text) for part in command]


def each(commands, *texts):
    """Every command with every text."""
    return [
        pytest.param(command, text, id=f"{name}: {kind}")
        for name, command in commands.items()
        for kinds in texts
        for kind, text in kinds.items()
    ]


@pytest.mark.parametrize(("command", "text"), each(READ | WRITTEN, SCHEMES))
def test_an_address_is_no_file_and_is_never_fetched(command, text, refused):
    said = refused(*filled(command, text))
    assert f"given {text!r}, expected a file or folder on this machine; an address is never fetched" in said


@pytest.mark.parametrize(("command", "text"), each(READ | WRITTEN, NO_PATHS))
def test_what_is_no_path_is_refused(command, text, refused):
    said = refused(*filled(command, text))
    assert f"given {text[:50]!r}"[:-1] in said or "given '  '" in f"{said}".replace("' '", "'  '")
    assert "expected a file or folder on this machine; " in said


@pytest.mark.parametrize(("command", "text"), each(WRITTEN, NO_NEW_NAMES))
def test_nothing_is_put_in_place_under_such_a_name(command, text, refused):
    said = refused(*filled(command, text))
    assert f"given {text!r}, expected a file or folder on this machine; " in said


@pytest.mark.parametrize(("command", "text"), each(NAMES | VERSIONS, SCHEMES, TRAVERSALS, CODE))
def test_a_name_is_looked_up_and_never_used_as_a_path_or_run(command, text, refused):
    said = refused(*filled(command, text))
    assert "is not known" in said or "expected " in said
    # What follows an equals sign is taken for the rate.
    given = repr(text[:60])[1:-1].strip()
    as_rate = "=" in text and "expected a decimal number" in said
    assert as_rate or given in said or given in said.replace(r"\'", "'")


@pytest.mark.parametrize(("command", "text"), each(VERSIONS, NO_PATHS))
def test_a_version_that_is_no_path_is_not_looked_for(command, text, refused):
    said = refused(*filled(command, text))
    as_path = "expected a file or folder on this machine; " in said
    assert as_path == ("/" in text or "\\" in text)
    assert as_path or re.search(f"version {re.escape(repr(' '.join(text.split()) or text[:1]))} is not known", said)


@pytest.mark.parametrize("command", VERSIONS.values(), ids=VERSIONS)
def test_the_beginning_of_two_versions_is_neither_of_them(command, refused):
    assert "version '2026': 2 versions begin so: " in refused(*filled(command, "2026"))


@pytest.mark.parametrize("command", VERSIONS.values(), ids=VERSIONS)
def test_where_nothing_was_published_no_version_is_known(command, refused):
    for text in ("latest", "20260101T000000Z-00000001"):
        said = refused(*filled(command[:-1], text), "nothing")
        assert ": nothing has been published to nothing yet. Make a report first" in said


@pytest.mark.parametrize("command", OWN_VERSIONS.values(), ids=OWN_VERSIONS)
@pytest.mark.parametrize("text", ["elsewhere/latest", "shelf/../elsewhere/versions/20260103T000000Z-00000003"])
def test_what_is_done_to_a_version_is_done_to_those_of_one_folder(command, text, refused):
    said = refused(*filled(command, text))
    assert f"version {text!r}: lies outside shelf/versions, expected one of the versions there." in said


@pytest.mark.parametrize(
    ("old", "new", "said"), SWEEPS, ids=[f"{place}: {said}" for place, (*_, said) in enumerate(SWEEPS)]
)
def test_a_bad_sweep_is_refused_with_its_place(old, new, said, place, request):
    content = (ROOT / "sweeps" / "promotion-policy.toml").read_bytes()
    assert old is None or content.count(old) >= 1
    (place / "sweep.toml").write_bytes(new if old is None else content.replace(old, new, 1))
    message = request.getfixturevalue("refused")("sweep", "sweep.toml", "--out", "made")
    assert "sweep.toml" in message
    assert said in message
    assert "root:x" not in message


@pytest.mark.parametrize("kind", ["link", "folder", "endless"])
def test_a_sweep_that_is_no_file_or_leads_elsewhere_is_refused_and_not_quoted(kind, place, request):
    file = place / "sweep.toml"
    {
        "link": lambda: file.symlink_to("../secret"),
        "folder": file.mkdir,
        "endless": lambda: file.symlink_to("/dev/zero"),
    }[kind]()
    message = request.getfixturevalue("refused")("sweep", "sweep.toml", "--out", "made")
    assert "sweep.toml: " in message
    assert "secret" not in message


@pytest.mark.parametrize(("arguments", "said"), VALUES, ids=lambda value: " ".join(value)[:60] if value else "")
def test_a_bad_value_is_refused_by_name(arguments, said, refused):
    assert said in refused(*arguments)


@pytest.mark.parametrize(("file", "old", "new", "said"), DATA, ids=[f"{file}: {said}" for file, _, _, said in DATA])
def test_a_bad_data_file_is_refused_with_its_place(file, old, new, said, place, request):
    for part in ("facts", "scenarios"):
        shutil.copytree(paths.data_dir() / part, place / "data" / part)
    spoiled = place / "data" / file
    if old is None:
        spoiled.write_bytes(new)
    else:
        content = spoiled.read_bytes()
        assert old in content
        spoiled.write_bytes(content.replace(old, new, 1))
    message = request.getfixturevalue("refused")("check", "data")
    assert said in message
    assert "root:x" not in message


@pytest.mark.parametrize("kind", ["link", "loop", "folder", "pipe", "endless"])
def test_a_data_file_that_is_no_file_or_leads_elsewhere_is_refused_and_not_quoted(kind, place, request):
    for part in ("facts", "scenarios"):
        shutil.copytree(paths.data_dir() / part, place / "data" / part)
    file = place / "data" / "scenarios" / "rate-08.toml"
    file.unlink()
    {
        "link": lambda: file.symlink_to("../../../secret"),
        "loop": lambda: file.symlink_to("rate-08.toml"),
        "folder": file.mkdir,
        "pipe": lambda: os.mkfifo(file),
        "endless": lambda: file.symlink_to("/dev/zero"),
    }[kind]()
    if kind == "pipe":
        # What is read of it for the comparison would wait for ever.
        code = subprocess.run(
            [sys.executable, "-m", "cadre_research", "check", "data"], capture_output=True, text=True, timeout=60
        )
        assert (code.returncode, code.stdout) == (2, "")
        assert "expected a file" in one_message(code.stderr)
        return
    message = request.getfixturevalue("refused")("check", "data")
    assert "rate-08.toml: " in message
    assert "secret" not in message


@pytest.mark.parametrize(
    "text", [*SCHEMES.values(), "~nobody-of-this-name/x", "no-such-folder", "r.csv", ESCAPES, "%2e%2e"]
)
def test_a_root_that_is_no_checkout_is_refused(text, refused, monkeypatch):
    monkeypatch.setenv(paths.ROOT_VARIABLE, text)
    said = refused("list", "scenarios")
    assert "expected a file or folder on this machine" in said or "is not a checkout of this project" in said


@pytest.mark.parametrize("text", [*SCHEMES.values(), "~nobody-of-this-name/x", "no-such.json", "r.csv", ".", ESCAPES])
def test_a_study_that_is_none_is_refused(text, refused, monkeypatch):
    monkeypatch.setenv(paths.STUDY_VARIABLE, text)
    said = refused("report", "--output", "out")
    assert "expected a file or folder on this machine" in said or "cannot be read" in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not a study of this version"),
        (b"{}", "not a study of this version"),
        (b'{"format": NaN}', "not a study of this version"),
        (b"[" * 100_000, "not a study of this version"),
        (b'{"secret": 1}', "not a study of this version"),
        (None, "100,000,001 bytes given, at most 100,000,000 expected"),
    ],
    ids=["empty", "nothing in it", "nan", "deep", "another", "huge"],
)
def test_a_bad_study_is_refused_and_not_quoted(content, said, place, request, monkeypatch):
    study = place / "study.json"
    study.write_bytes(content or b"")
    if content is None:
        os.truncate(study, 100_000_001)
    monkeypatch.setenv(paths.STUDY_VARIABLE, str(study))
    assert said in request.getfixturevalue("refused")("report", "--output", "out")


# "nan" is a name like any other, and there is no such notebook.
NO_NAMES = [*SCHEMES.values(), *TRAVERSALS.values(), *(text for text in CODE.values() if text != "nan")]


@pytest.mark.parametrize("text", NO_NAMES, ids=lambda text: repr(text)[:40])
def test_a_notebook_or_page_is_a_name_and_no_path(text, untouched):
    for given in ((text, "page"), (NOTEBOOK, text)):
        with pytest.raises(InputError, match=r"^notebook or page .*: expected lower-case letters"):
            NotebookRun(*given)


def test_a_notebook_that_is_not_there_is_not_run(place, untouched):
    with pytest.raises(InputError, match="Did you mean 03-age-structure-forecast"):
        run_notebook(NotebookRun("03-age-structure-forecasts", "page"), place / "out")


@pytest.mark.parametrize(("given", "said"), PARAMETERS, ids=[said for _, said in PARAMETERS])
def test_a_bad_parameter_starts_no_kernel(given, said, place, untouched):
    with pytest.raises(ParameterError) as error:
        run_notebook(NotebookRun(NOTEBOOK, "page", given), place / "out")
    assert said in str(error.value)


def test_what_watches_would_notice(place, monkeypatch):
    """The checks above can fail."""
    global seen
    monkeypatch.setattr(sys.modules[__name__], "STOPS", False)
    seen = []
    try:
        subprocess.run([sys.executable, "-c", ""], check=True)
        (place / "new").mkdir()
        (place / "file").write_text("x", encoding="utf-8")
        (place / "file").read_text(encoding="utf-8")
    finally:
        found, seen = seen, None
    assert [event for event, _ in found] == ["subprocess.Popen", "os.mkdir", "open"]


def path_parameters():
    """Every option and argument that takes a path, as command and name, with its parser."""
    groups = [
        ("", cli.app),
        *((f"{group.typer_instance.info.name} ", group.typer_instance) for group in cli.app.registered_groups),
    ]
    for prefix, app in groups:
        for command in app.registered_commands:
            name = command.name or command.callback.__name__.rstrip("_")
            for parameter, hint in typing.get_type_hints(command.callback, include_extras=True).items():
                told = getattr(hint, "__metadata__", None)
                if told and "Path" in str(hint.__origin__):
                    given = (told[0].default, *(told[0].param_decls or ()))
                    names = [one for one in given if isinstance(one, str) and one.startswith("--")]
                    is_option = type(told[0]).__name__ == "OptionInfo"
                    own = names[0] if names else f"--{parameter.replace('_', '-')}" if is_option else parameter.upper()
                    yield f"{prefix}{name} {own}", told[0].parser


def test_every_option_that_takes_a_path_is_among_the_cases():
    """A new one has parser=path_read("--name") or path_written("--name"), and a line in READ or WRITTEN."""
    assert {name for name, _ in path_parameters()} == READ.keys() | WRITTEN.keys()
    for name, parser in path_parameters():
        with pytest.raises(ParameterError, match=f"^{re.escape(name.split()[-1])}: given 'http://x/', expected"):
            parser("http://x/")
        assert parser.__qualname__.startswith("path_written" if name in WRITTEN else "path_read"), name


@pytest.mark.parametrize(
    "arguments",
    [
        ("forecast", "../../secret"),
        ("attain", "--plan", "http://example.org/plan.csv"),
        ("report", "--output", "s3://bucket/out"),
        ("register", "check", "file:///etc/passwd"),
        ("check", f"{ESCAPES}\nError: b"),
    ],
    ids=lambda arguments: arguments[0],
)
def test_a_process_of_its_own_says_the_same(arguments, place, tmp_path):
    before = tree(tmp_path)
    done = subprocess.run(
        [sys.executable, "-m", "cadre_research", *arguments], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (2, "")
    one_message(done.stderr)
    assert done.stderr.startswith("Error: ")
    assert tree(tmp_path) == before


@pytest.mark.slow
@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        (("-p", "horizon_year", "5"), "horizon_years"),
        (("-p", "promotion_rate_per_year", "nan"), "promotion_rate_per_year"),
        (("-p", "horizon_years", "7.5"), "horizon_years"),
    ],
)
def test_plain_papermill_stops_at_a_bad_parameter_and_says_what_was_expected(parameters, said, place):
    notebook, executed = paths.notebooks_dir() / f"{NOTEBOOK}.ipynb", place / "own.ipynb"
    command = [sys.executable, "-m", "papermill", str(notebook), str(executed), "--no-progress-bar", *parameters]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert "ParameterError" in done.stderr
    assert said in done.stderr
