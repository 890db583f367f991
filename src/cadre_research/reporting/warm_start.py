"""What every notebook begins with, done once in the process that their kernels are forked from.

Importing this module does it. Nothing of it shows in a notebook: what is imported and found here would be imported and
found there, from the same files.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
from importlib import import_module

# As a kernel sets it at its start. matplotlib reads it when it is imported, and the module that it names must not be
# imported before there is a notebook: figures would be dropped without a word.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"

import pandas as pd

from cadre_research.errors import CadreResearchError
from cadre_research.findings.age_structure import target_shares
from cadre_research.findings.study import BASELINE, Study
from cadre_research.paths import study_path
from cadre_research.reporting import figures
from cadre_research.reporting.names import display_names

MODULES = (
    *("ipykernel.kernelapp", "jinja2", "matplotlib.pyplot", "pandas.io.formats.style", "pyarrow.parquet"),
    *("statsmodels.api", "cadre_research.findings.backtest", "cadre_research.findings.panel_replay"),
    *(
        f"cadre_research.reporting.{module}"
        for module in ("backtest_tables", "display", "policy_summaries", "possible", "rate_summaries", "summaries")
    ),
    "cadre_research.reporting.uncertain",
)


def _begin() -> None:
    """Calibrate the usual opening, and draw once, so that fonts are loaded."""
    study = Study.read(study_path())
    shares = target_shares(study.forecast(BASELINE, 1))
    figures.share_paths([shares], display_names(study, "en"), "en").savefig(io.BytesIO(), format="png")


for module in MODULES:
    import_module(module)
# Imported outside a notebook, pandas takes itself to be in a terminal; in a notebook it says 20.
pd.set_option("display.max_columns", 20)
# What is wrong with the data is for the notebooks to say.
with contextlib.suppress(CadreResearchError):
    _begin()
# What is there now is shared with every kernel; the collector would copy it page by page.
gc.collect()
gc.freeze()
