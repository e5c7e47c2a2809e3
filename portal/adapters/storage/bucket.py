"""Files in a bucket that speaks S3, for installations on several machines; needs the extra `s3`.

Address, region and credentials come from the environment in Amazon's own names (`AWS_ENDPOINT_URL`, `AWS_REGION`,
`AWS_ACCESS_KEY_ID` …), which every such service documents.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta
from typing import Any

from ...config import Config
from ...crypto import KEY_ID_BYTES, key_id_of
from ...outages import NoAnswer
from .files import FileGone, Files, FolderFiles, Vault, check_name, context_of
from .outgoing import SpooledFiles

_WAIT = {"AWS_CONNECT_TIMEOUT": "2s", "AWS_TIMEOUT": "5s"}
"""Where the environment says nothing else. They are put there, since options given by hand would replace all of it."""
_RETRY: Any = {"max_retries": 1, "retry_timeout": timedelta(seconds=3)}
"""Who looks at a photo waits for it; a try that took all of its time is not repeated."""


def open_files(config: Config, vault: Vault) -> Files:
    """Where this installation keeps its blobs. What goes to a bucket waits for it on this machine's disk. Raises
    BucketUnavailable."""
    if not config.files_url:
        return FolderFiles(config.files_dir, vault)
    return SpooledFiles(BucketFiles(config.files_url, vault), config.data_dir / "outgoing", vault)


class BucketUnavailable(RuntimeError):
    """The bucket cannot be used: the extra is missing or its address cannot be read."""


class BucketFiles:
    """Files under a prefix of a bucket, sealed by the vault before they leave this machine. Its methods raise NoAnswer
    within seconds where the bucket does not answer."""

    def __init__(self, url: str, vault: Vault) -> None:
        """`url` is `s3://bucket/prefix`. Raises BucketUnavailable; whether the bucket answers shows at first use."""
        self._vault = vault
        self._store = _open(url)

    def put(self, name: str, content: bytes) -> None:
        self.put_sealed(check_name(name), self._vault.seal(content, context_of(name)))

    def put_sealed(self, name: str, sealed: bytes) -> None:
        """`put`, of what the vault sealed already."""
        with _answering():
            self._store.put(name, sealed)

    def get(self, name: str) -> bytes:
        try:
            with _answering():
                sealed = bytes(self._store.get(check_name(name)).bytes())
        except FileNotFoundError as error:
            raise FileGone(name) from error
        return self._vault.open(sealed, context_of(name))

    def delete(self, name: str) -> None:
        with _answering(), suppress(FileNotFoundError):  # some services mind, others do not
            self._store.delete(check_name(name))

    def written_before(self, instant: datetime) -> Iterator[str]:
        with _answering():
            for page in self._store.list():
                yield from (entry["path"] for entry in page if entry["last_modified"] < instant)

    def key_of(self, name: str) -> str:
        try:
            with _answering():
                return key_id_of(bytes(self._store.get_range(check_name(name), start=0, end=KEY_ID_BYTES)))
        except FileNotFoundError as error:
            raise FileGone(name) from error

    def seal_anew(self, name: str) -> bool:
        from obstore.exceptions import PreconditionError

        try:
            with _answering():
                found = self._store.get(check_name(name))
                sealed, version = bytes(found.bytes()), found.meta["e_tag"]
        except FileNotFoundError as error:
            raise FileGone(name) from error
        if self._vault.sealed_newly(sealed):
            return False
        anew = self._vault.seal(self._vault.open(sealed, context_of(name)), context_of(name))
        with _answering():
            try:
                self._store.put(name, anew, mode={"e_tag": version})
            except (FileNotFoundError, PreconditionError):
                return False  # it was erased, or put anew, meanwhile
        return True


@contextmanager
def _answering() -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except FileNotFoundError:
        raise
    except BaseError as error:
        raise NoAnswer("the bucket") from error


def _open(url: str) -> Any:
    try:
        from obstore.exceptions import BaseError
        from obstore.store import S3Store
    except ImportError as error:
        raise BucketUnavailable("files in a bucket need the extra `s3`") from error
    for name, wait in _WAIT.items():
        os.environ.setdefault(name, wait)
    try:
        return S3Store.from_url(url, retry_config=_RETRY)
    except (BaseError, ValueError) as error:
        raise BucketUnavailable(f"the bucket {url} cannot be used: {str(error).splitlines()[0]}") from error
