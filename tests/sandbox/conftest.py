"""One sandbox for each module, brought back to its start before each test."""

import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mes_conformity.sandbox.embedded import Sandbox

sys.path.insert(0, str(Path(__file__).parent))

from sandbox_partner import Identity, Partner


@pytest.fixture(scope="module")
def served() -> Iterator[Sandbox]:
    with Sandbox.start(tls=False) as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def _http(served: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=served.url, timeout=10, trust_env=False) as http:
        yield http


@pytest.fixture
def partner(served: Sandbox, _http: httpx.Client) -> Partner:
    served.reset()
    return Partner(served.descriptor, _http)


@pytest.fixture
def identity(partner: Partner) -> Identity:
    """Someone who granted everything."""
    return partner.pair()
