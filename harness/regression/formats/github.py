"""To be written."""

from harness.regression.formats.interface import CheckReport


def github(report: CheckReport, width: int = 80) -> str:
    return ""
