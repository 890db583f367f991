"""Forecast the age structure of a cadre service and judge whether its targets for young cadres are reachable."""

__version__ = "0.1.0"
