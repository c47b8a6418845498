"""A publisher's client in small, as it should be, and wrong in one way on demand: what `listen` cases are proven with.

It pairs one person, writes measures until the target says that the consent is withdrawn, and comes back later when it
is asked to.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from mes_conformity.harness import pairing, samples
from mes_conformity.harness.login import Speaker
from mes_conformity.suites.evidence import Request, Response

if TYPE_CHECKING:
    from mes_conformity.foundation.environment import Environment
    from mes_conformity.harness.listening import Heard
    from mes_conformity.harness.targets import Target
    from mes_conformity.harness.transports import Transport
    from mes_conformity.validators.contract import Contract

BEHAVIOURS: Final = (
    "without-pkce", "plain-pkce", "without-state", "repeated-state", "without-nonce", "other-redirect",
    "without-verifier", "repeated-code", "token-in-address", "without-id-token", "other-media-type", "impatient",
    "storming", "deaf-to-refusal",
)  # fmt: skip
_WRITES: Final = 6
_LATER: Final = {429: "impatient", 503: "storming"}  # who does not wait after which answer


@dataclass
class SampleClient:
    """The client of `target`, with one of BEHAVIOURS or none."""

    target: Target
    contracts: Mapping[str, Contract]
    env: Environment
    transport: Transport
    behaviour: str = ""
    _speaker: Speaker = field(init=False)

    def __post_init__(self) -> None:
        named = {"contract": _of(self.contracts, "mes-measures"), "pairing": _of(self.contracts, "mes-pairing")}
        self._speaker = Speaker(self.target, named, self.env, self.transport)

    def run(self) -> None:
        """Pair, write, stop where the consent is withdrawn."""
        tokens = self._paired()
        if "access_token" not in tokens:
            return
        identity = pairing.identity(self._speaker, tokens, {})
        refused = 0
        for _number in range(_WRITES):
            response = self._write(identity)
            if response.status in _LATER:
                if self.behaviour != _LATER[response.status]:
                    time.sleep(float(response.header("retry-after") or 1))
                response = self._write(identity)
            refused += response.status == 403
            if refused and (self.behaviour != "deaf-to-refusal" or refused > 1):
                return

    def _paired(self) -> dict[str, Any]:
        person = pairing.person_of(self._speaker, self.target.users[0], {})
        asked = pairing.demand(self._speaker, self._wishes())
        if self.behaviour in ("repeated-state", "other-redirect"):
            pairing.authorize(self._speaker, asked, person)
            asked = pairing.demand(self._speaker, {"state": asked.state} if self.behaviour == "repeated-state" else {})
        grant = pairing.authorize(self._speaker, asked, person)
        if not grant["code"]:
            return {}
        tokens = self._exchanged(grant)
        if self.behaviour == "repeated-code":
            self._exchanged(grant)
        return tokens

    def _wishes(self) -> dict[str, Any]:
        omitted = {
            "without-pkce": ["code_challenge", "code_challenge_method"],
            "without-state": ["state"],
            "without-nonce": ["nonce"],
        }
        wishes: dict[str, Any] = {"omit": omitted.get(self.behaviour, [])}
        if self.behaviour == "plain-pkce":
            wishes["code_challenge_method"] = "plain"
        if self.behaviour == "other-redirect":
            wishes["redirect_uri"] = "https://ailleurs.exemple.invalid/retour"
        return wishes

    def _exchanged(self, grant: Mapping[str, Any]) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code",
            "code": grant["code"],
            "redirect_uri": grant["redirect_uri"],
            "code_verifier": grant["verifier"],
            "client_id": self.target.client["client_id"],
            "client_secret": self.target.client["client_secret"],
        }
        if self.behaviour == "without-verifier":
            del form["code_verifier"]
        headers = (("Accept", "application/json"), ("Content-Type", pairing.FORM))
        address = pairing.endpoint(self._speaker, "token_path")
        return pairing.json_object(self._speaker.answer(Request("POST", address, headers, urlencode(form).encode())))

    def _write(self, identity: Mapping[str, Any]) -> Response:
        contract = self._speaker.contracts["contract"]
        oid = str(self.target.client.get("solution_oid", ""))
        sample = samples.build(contract, samples.Wish(measure="weight"), identity, oid, self.env.new_id)
        media_type = str(contract.get("media_type"))
        headers = [
            ("Authorization", f"Bearer {identity['access_token']}"),
            ("Accept", media_type),
            ("Content-Type", "application/json" if self.behaviour == "other-media-type" else media_type),
        ]
        if self.behaviour != "without-id-token":
            headers.append((str(contract.get("id_token_header")), str(identity["id_token"])))
        address = self.target.url + str(contract.get("fhir_path"))
        if self.behaviour == "token-in-address":
            address += f"?access_token={identity['access_token']}"
        return self._speaker.answer(Request("POST", address, tuple(headers), json.dumps(sample["bundle"]).encode()))


def heard(contracts: Mapping[str, Contract], env: Environment, behaviour: str = "") -> tuple[Heard, ...]:
    """What the client sends to a sandbox of its own when it behaves so; it is made to wait only where that is the
    point."""
    from mes_conformity.harness.listening import Trials, listening
    from mes_conformity.harness.transports import LiveTransport
    from mes_conformity.sandbox.embedded import Sandbox

    trials = Trials() if behaviour in ("", *_LATER.values()) else Trials(busy_at=0, down_at=0)
    with (
        Sandbox.start(tls=False, env=env) as sandbox,
        listening(sandbox, _of(contracts, "mes-measures"), env, trials=trials) as (door, target),
    ):
        transport = LiveTransport(now=env.now)
        try:
            SampleClient(target, contracts, env, transport, behaviour).run()
        finally:
            transport.close()
        return tuple(door.heard)


def _of(contracts: Mapping[str, Contract], name: str) -> Contract:
    return next(contract for contract in contracts.values() if contract.id == name)
