"""Digests: SHA-256 of bytes, of files, and of data in one canonical form."""

import hashlib
import json
import math
from pathlib import Path
from typing import Any

_CHUNK = 1 << 20


def sha256(data: bytes) -> str:
    """SHA-256 of `data`, 64 lower-case hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def sha256_file(path: Path) -> str:
    """SHA-256 of a file, read by pieces so that memory stays flat."""
    state = hashlib.sha256()
    with path.open("rb") as stream:
        while piece := stream.read(_CHUNK):
            state.update(piece)
    return state.hexdigest()


def canonical(data: Any) -> bytes:
    """The one byte form of JSON data: keys sorted, no spaces, UTF-8.

    A float with an integer value is written as that integer, so that `1.0` read from YAML and `1` read from JSON are
    one. Raises ValueError for NaN and infinities, TypeError for what JSON cannot hold.
    """
    return json.dumps(
        _integers(data), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    ).encode()


def _integers(data: Any) -> Any:
    if isinstance(data, float) and math.isfinite(data) and data.is_integer():
        return int(data)
    if isinstance(data, dict):
        return {_key(key): _integers(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_integers(value) for value in data]
    return data


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise TypeError(f"a key of JSON data is a string, not {type(key).__name__}")
    return key


def digest(data: Any) -> str:
    """SHA-256 of the canonical form of JSON data."""
    return sha256(canonical(data))
