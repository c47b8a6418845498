"""A dossier changed in any way, anywhere, signed or not: never accepted, never a traceback."""

import random
from collections.abc import Callable

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from mes_conformity.dossier import container, signing
from mes_conformity.dossier.keys import Signer
from mes_conformity.dossier.verify import verify_bytes

EACH, EACH_UNSIGNED = 2_000, 400
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
Mutation = Callable[[bytes, random.Random], bytes]


@pytest.fixture(scope="module")
def signed(sealed: bytes) -> bytes:
    return signing.sign(sealed, Signer(KEY))


def one_byte(raw: bytes, chance: random.Random) -> bytes:
    mutated = bytearray(raw)
    mutated[chance.randrange(len(raw))] ^= chance.randrange(1, 256)
    return bytes(mutated)


def truncation(raw: bytes, chance: random.Random) -> bytes:
    start, end = sorted((chance.randrange(len(raw)), chance.randrange(len(raw))))
    return chance.choice((raw[:end], raw[start + 1 :], raw[:start] + raw[end + 1 :]))


def insertion(raw: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(raw) + 1)
    copied = chance.randrange(len(raw))
    added = chance.choice((chance.randbytes(chance.randrange(1, 60)), raw[copied : copied + 90]))
    return raw[:at] + added + raw[at:]


def addition(raw: bytes, chance: random.Random) -> bytes:
    files = dict(container.unpack(raw))
    folder = chance.choice(("evidence", "artefacts", "cases/MES-W-01", "report", "suites/unit"))
    return container.pack({**files, f"{folder}/{chance.randrange(10**9)}.json": chance.randbytes(chance.randrange(40))})


def renaming(raw: bytes, chance: random.Random) -> bytes:
    files = dict(container.unpack(raw))
    old = chance.choice([name for name in sorted(files) if "/" in name])
    return container.pack({name if name != old else f"{old}{chance.randrange(10**6)}": files[name] for name in files})


@pytest.mark.parametrize("mutation", [one_byte, truncation, insertion, addition, renaming])
@pytest.mark.parametrize(("kind", "count"), [("intact", EACH), ("intact_unsigned", EACH_UNSIGNED)])
def test_no_mutation_is_accepted(signed: bytes, sealed: bytes, mutation: Mutation, kind: str, count: int) -> None:
    raw = signed if kind == "intact" else sealed
    assert verify_bytes(raw, "x").verdict == kind
    assert container.pack(dict(container.unpack(raw))) == raw  # packing again is no mutation of its own
    chance = random.Random(mutation.__name__)
    for _number in range(count):
        mutated = mutation(raw, chance)
        assert verify_bytes(mutated, "x").verdict == "altered", mutated.hex()
