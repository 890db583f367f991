"""What every notebook begins with, done once in the process that their kernels are forked from, and the report's parts.

Importing this module does it. Nothing of it shows in a notebook: what is imported and found here would be imported and
found there, from the same files.
"""

from __future__ import annotations

import contextlib
import gc
import io
import os
from importlib import import_module

from cadre_research.reporting.beginning import importing

# As a kernel sets it at its start. matplotlib reads it when it is imported, and the module that it names must not be
# imported before there is a notebook: figures would be dropped without a word.
os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"
# A kernel imports a debugger; nobody who reads a report's log needs to know what it cannot show.
os.environ["PYDEVD_DISABLE_FILE_VALIDATION"] = "1"

# What a kernel brings of its own accord, what notebooks name, and what either asks for only when it is used; and what
# begins the parts of a report.
MODULES = (
    "IPython.core.completerlib",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "cadre_research.evidence.panel",
    "cadre_research.findings.backtest",
    "cadre_research.findings.panel_replay",
    "cadre_research.findings.queue",
    "cadre_research.findings.side_effects",
    "cadre_research.reporting.answer",
    "cadre_research.reporting.backtest_tables",
    "cadre_research.reporting.display",
    "cadre_research.reporting.front_parts",
    "cadre_research.reporting.group_summaries",
    "cadre_research.reporting.inquiry",
    "cadre_research.reporting.measure_summaries",
    "cadre_research.reporting.new_scenario",
    "cadre_research.reporting.own_service",
    "cadre_research.reporting.parameters",
    "cadre_research.reporting.policy_summaries",
    "cadre_research.reporting.possible",
    "cadre_research.reporting.rate_summaries",
    "cadre_research.reporting.summaries",
    "cadre_research.reporting.tables",
    "cadre_research.reporting.uncertain",
    "cadre_research.reporting.unit_displays",
    "cadre_research.reporting.unit_inquiry",
    "cadre_research.reporting.unit_sheets",
    "cadre_research.reporting.warm_kernels",
    "cadre_research.reporting.worth",
    "ipykernel.debugger",
    "ipykernel.kernelapp",
    "jinja2",
    "matplotlib.pyplot",
    "pandas.core.arrays.arrow.extension_types",
    "pandas.io.formats.html",
    "pandas.io.formats.style",
    "pyarrow.dataset",
    "statsmodels.api",
)

with importing():
    import pandas as pd

    from cadre_research.errors import CadreResearchError
    from cadre_research.findings.age_structure import target_shares
    from cadre_research.findings.study import BASELINE, Study
    from cadre_research.paths import study_path
    from cadre_research.reporting import figures
    from cadre_research.reporting.names import display_names

    for module in MODULES:
        import_module(module)


def _begin() -> None:
    """Calibrate the usual opening, and draw once, so that fonts are loaded."""
    study = Study.read(study_path())
    shares = target_shares(study.forecast(BASELINE, 1))
    figures.share_paths([shares], display_names(study, "en"), "en").savefig(io.BytesIO(), format="png")


# Imported outside a notebook, pandas takes itself to be in a terminal; in a notebook it says 20.
pd.set_option("display.max_columns", 20)
# What is wrong with the data is for the notebooks to say.
with contextlib.suppress(CadreResearchError):
    _begin()
# What is there now is shared with every kernel; the collector would copy it page by page.
gc.collect()
gc.freeze()
# A picture makes thousands of objects and hardly any garbage, and a kernel lives for seconds: looked for less often.
gc.set_threshold(50_000, 10, 10)
