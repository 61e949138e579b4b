"""To be written."""

from harness.regression.formats.interface import CheckReport


def markdown(report: CheckReport, width: int = 80) -> str:
    return ""
