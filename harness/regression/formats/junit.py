"""To be written."""

from harness.regression.formats.interface import CheckReport


def junit(report: CheckReport, width: int = 80) -> str:
    return ""
