"""One sandbox for each module, brought back to its start before each test."""

from collections.abc import Iterator

import httpx
import pytest
from sandbox_partner import Identity, Partner

from mes_conformity.sandbox.embedded import Sandbox


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
