"""Fetch one file from the network: whole, checked and with progress, or not at all."""

import hashlib
import socket
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Generator
from http.client import HTTPException, HTTPResponse
from pathlib import Path
from urllib.parse import urlsplit

from core.errors import DownloadFailed
from core.events import Event, Progress
from core.settings import Settings

CHUNK_BYTES = 1 << 17
SECONDS_BETWEEN_EVENTS = 0.05
WITHOUT_NETWORK = ("Check the connection and try again, or go on without it: the weights 'auto' and, "
                   "for resnet18, 'bundled' need no network.")


def download(url: str, target: Path, sha_prefix: str, settings: Settings) -> Generator[Event, None, str]:
    """Fetch a file whose SHA-256 starts with `sha_prefix`, and return that hash in hex.

    `target` appears whole or not at all: closing the stream, or a failure, leaves nothing behind.
    Raises DownloadFailed, offline too; a connection on which nothing arrives ends by the time-out.
    """
    if settings.offline:
        raise DownloadFailed(f"{target.name} is not on this computer, and downloads are switched off.",
                             remedy=WITHOUT_NETWORK)
    try:
        # S310 fears other schemes in addresses given by users; ours is torchvision's.
        opened = urllib.request.urlopen(url, timeout=settings.download_timeout_seconds)  # noqa: S310
        with opened as response:
            target.parent.mkdir(parents=True, exist_ok=True)
            return (yield from _receive(response, target, sha_prefix))
    except (OSError, HTTPException) as error:
        host, reason = urlsplit(url).hostname, _reason(error, settings)
        raise DownloadFailed(f"{target.name} could not be downloaded from {host}: {reason}.",
                             remedy=WITHOUT_NETWORK) from error


def _receive(response: HTTPResponse, target: Path, sha_prefix: str) -> Generator[Event, None, str]:
    partial = target.with_name(f"{target.name}.{uuid.uuid4().hex}.partial")
    total, done, told, digest = response.length or 0, 0, 0.0, hashlib.sha256()
    try:
        with partial.open("xb") as file:
            # read1 returns what has come, so that a slow link tells its progress and can be cancelled.
            while chunk := response.read1(CHUNK_BYTES):
                file.write(chunk)
                digest.update(chunk)
                done += len(chunk)
                if time.monotonic() - told >= SECONDS_BETWEEN_EVENTS or done == total:
                    told = time.monotonic()
                    yield Progress("downloading weights", done, max(total, done), "bytes")
        if done < total:
            raise OSError(f"the connection ended after {done} of {total} bytes")
        if not digest.hexdigest().startswith(sha_prefix):
            raise OSError("what arrived is not the file that was published (its SHA-256 differs)")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)
    return digest.hexdigest()


def _reason(error: OSError | HTTPException, settings: Settings) -> str:
    if isinstance(error, urllib.error.HTTPError):
        return f"the server answered {error.code} ({error.reason})"
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, socket.gaierror):
        return "its address was not found, so there seems to be no network"
    if isinstance(cause, TimeoutError):
        return f"nothing arrived for {settings.download_timeout_seconds:g} seconds"
    return getattr(cause, "strerror", None) or str(cause) or type(cause).__name__
