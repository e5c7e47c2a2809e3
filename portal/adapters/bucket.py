"""Files in a bucket that speaks S3, for installations on several machines; needs the extra `s3`.

Address, region and credentials come from the environment in Amazon's own names (`AWS_ENDPOINT_URL`, `AWS_REGION`,
`AWS_ACCESS_KEY_ID` …), which every such service documents.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from ..config import Config
from .files import Files, FolderFiles, Vault, check_name, context_of

_RETRY = {"max_retries": 2, "retry_timeout": timedelta(seconds=10)}
"""A request waits for it, and on SQLite so does everybody who writes."""


def open_files(config: Config, vault: Vault) -> Files:
    """Where this installation keeps its blobs. Raises BucketUnavailable."""
    return BucketFiles(config.files_url, vault) if config.files_url else FolderFiles(config.files_dir, vault)


class BucketUnavailable(RuntimeError):
    """The bucket cannot be used: the extra is missing or its address cannot be read."""


class BucketFiles:
    """Files under a prefix of a bucket, sealed by the vault before they leave this machine."""

    def __init__(self, url: str, vault: Vault) -> None:
        """`url` is `s3://bucket/prefix`. Raises BucketUnavailable; whether the bucket answers shows at first use."""
        self._vault = vault
        self._store = _open(url)

    def put(self, name: str, content: bytes) -> None:
        self._store.put(check_name(name), self._vault.seal(content, context_of(name)))

    def get(self, name: str) -> bytes:
        sealed = bytes(self._store.get(check_name(name)).bytes())
        return self._vault.open(sealed, context_of(name))

    def delete(self, name: str) -> None:
        with suppress(FileNotFoundError):  # some services mind, others do not
            self._store.delete(check_name(name))

    def written_before(self, instant: datetime) -> Iterator[str]:
        for page in self._store.list():
            yield from (entry["path"] for entry in page if entry["last_modified"] < instant)


def _open(url: str) -> Any:
    try:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ImportError as error:
        raise BucketUnavailable("files in a bucket need the extra `s3`") from error
    try:
        return S3Store.from_url(url, retry_config=_RETRY)
    except (BaseError, ValueError) as error:
        raise BucketUnavailable(f"the bucket {url} cannot be used: {str(error).splitlines()[0]}") from error
