"""Which version this is: as it is installed, and so as `pyproject.toml` says."""

from importlib.metadata import version

VERSION = version("portal")
