"""The kinds of files that a list can be had as."""

from collections.abc import Mapping

from .spreadsheets import CSV, XLSX

MIMETYPES: Mapping[str, str] = {"csv": CSV, "xlsx": XLSX, "parquet": "application/vnd.apache.parquet"}
"""By the ending of the file's name."""

FORMATS: tuple[str, ...] = ("xlsx", "csv")
"""What this installation writes."""
