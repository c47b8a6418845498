"""Each named fault deviates, at its place only: a probe sees it, and sees nothing wrong on the sound sandbox."""

import time
from collections.abc import Callable, Mapping
from dataclasses import fields

import httpx
import pytest
from exchange_probes import EXCHANGE_PROBES
from joserfc.jwk import ECKey
from sandbox_assertions import presented, signed
from sandbox_partner import (
    DEVICE_OID,
    VERIFIER,
    Identity,
    Partner,
    bundle,
    claims,
    diagnostics,
    returned,
    weight,
    with_device,
)

from mes_conformity.foundation.errors import UsageError
from mes_conformity.sandbox.behaviour import Behaviour
from mes_conformity.sandbox.faults import FAULTS, behaviour

Probe = Callable[[Partner, Identity], bool]


def _without(*path: str | int) -> Probe:
    """Whether a bundle without this element is accepted."""

    def probe(partner: Partner, identity: Identity) -> bool:
        sent = with_device(identity)
        target = sent["entry"]
        for step in path[:-1]:
            target = target[step]
        del target[path[-1]]
        return partner.write(identity, sent).status_code == 200

    return probe


def _bmi(partner: Partner, identity: Identity) -> bool:
    sent = weight(identity)
    sent["resource"]["code"]["coding"][0]["code"] = "39156-5"
    sent["resource"]["meta"]["profile"] = [
        "https://fhir.monespacesante.fr/ref/mesure/StructureDefinition/mes-observation-bmi"
    ]
    sent["resource"]["valueQuantity"] |= {"unit": "kg/m2", "code": "kg/m2"}
    return partner.write(identity, bundle(sent)).status_code == 200


def _glucose(partner: Partner, identity: Identity) -> bool:
    sent = weight(identity)
    sent["resource"]["code"]["coding"][0]["code"] = "2345-7"
    sent["resource"]["meta"]["profile"] = [
        "https://fhir.monespacesante.fr/ref/mesure/StructureDefinition/mes-observation-glucose"
    ]
    sent["resource"]["valueQuantity"] |= {"unit": "mg/dL", "code": "mg/dL"}
    return partner.write(identity, bundle(sent)).status_code == 200


def _refused_write(partner: Partner, identity: Identity) -> httpx.Response:
    sent = weight(identity)
    del sent["resource"]["valueQuantity"]
    return partner.write(identity, bundle(sent))


def _write(partner: Partner, identity: Identity, **headers: str) -> int:
    return partner.write(identity, bundle(weight(identity)), **headers).status_code


def _expired(partner: Partner, identity: Identity) -> bool:
    partner.advance(301)
    return partner.last(identity).status_code != 401


def _refused_consent(action: str) -> Callable[[Partner, Identity], httpx.Response]:
    def answer(partner: Partner, identity: Identity) -> httpx.Response:
        partner.consent(identity, **{action: "refused"})
        return partner.last(identity) if action == "read" else partner.write(identity, bundle(weight(identity)))

    return answer


def _foreign(partner: Partner, identity: Identity) -> int:
    return partner.last(identity, **{"subject.identifier": partner.pair().subject}).status_code


def _revoked(partner: Partner, identity: Identity) -> bool:
    client = partner.client
    auth = (client["client_id"], client["client_secret"])
    partner.http.post("/revoke", data={"token": identity.tokens["access_token"]}, auth=auth)
    return partner.last(identity).status_code == 200


def _suspended(partner: Partner, identity: Identity) -> bool:
    partner.control("PUT", "service-status", {"status": "SUSPENDUE"})
    return partner.last(identity).status_code == 200


def _ended(partner: Partner, identity: Identity) -> bool:
    partner.http.delete(f"/pairings/{identity.tokens['pairingId']}", headers=identity.headers)
    return partner.last(identity).status_code == 200


def _entries(response: httpx.Response) -> list[dict]:  # type: ignore[type-arg]
    return list(response.json().get("entry", []))


def _source(partner: Partner, identity: Identity) -> bool:
    sent = weight(identity)
    sent["resource"]["meta"]["source"] = "urn:oid:1.2.3.4"
    return partner.write(identity, bundle(sent)).status_code == 200


def _other_resource(partner: Partner, identity: Identity) -> bool:
    patient = {"resource": {"resourceType": "Patient"}, "request": {"method": "POST", "url": "Patient"}}
    return partner.write(identity, bundle(weight(identity), patient)).status_code == 200


def _device_twice(partner: Partner, identity: Identity) -> bool:
    partner.write(identity, with_device(identity))
    second = _entries(partner.write(identity, with_device(identity)))
    return bool(second[0]["response"]["status"] != "200 OK")


def _device_of_refused(partner: Partner, identity: Identity) -> bool:
    sent = with_device(identity)
    del sent["entry"][1]["resource"]["valueQuantity"]
    partner.write(identity, sent)
    return bool(_entries(partner.write(identity, with_device(identity)))[0]["response"]["status"] == "200 OK")


def _turned(partner: Partner, identity: Identity) -> bool:
    first = _entries(partner.write(identity, with_device(identity)))[0]
    return bool(first["response"]["location"].startswith("Observation/"))


def _stored(partner: Partner, identity: Identity) -> list[float]:
    partner.write(identity, bundle(weight(identity, 71)))
    return [entry["resource"]["valueQuantity"]["value"] for entry in _entries(partner.last(identity))]


def _three(partner: Partner, identity: Identity) -> Partner:
    for day in (1, 2, 3):
        partner.write(identity, bundle(weight(identity, 60 + day, f"2026-09-0{day}T08:00:00Z")))
    return partner


def _relations(response: httpx.Response) -> set[str]:
    return {link["relation"] for link in response.json()["link"]}


def _page(partner: Partner, identity: Identity, offset: str) -> httpx.Response:
    return _three(partner, identity).all(identity, _count="1", _offset=offset)


def _include(partner: Partner, identity: Identity, **asked: str) -> bool:
    partner.write(identity, with_device(identity))
    return any(entry["search"]["mode"] == "include" for entry in _entries(partner.all(identity, **asked)))


def _other_code(partner: Partner, identity: Identity) -> bool:
    partner.write(identity, bundle(weight(identity)))
    return bool(_entries(partner.all(identity, code="8302-2")))


def _outside(partner: Partner, identity: Identity) -> bool:
    partner.write(identity, bundle(weight(identity)))
    return bool(_entries(partner.search(identity, ("date", "ge2020-01-01"), ("date", "le2020-01-02"))))


def _by_id(partner: Partner, identity: Identity) -> bool:
    location = _entries(partner.write(identity, bundle(weight(identity))))[0]["response"]["location"]
    return partner.http.get(f"/fhir/{location}", headers=identity.headers).status_code == 404


def _read_back(partner: Partner, identity: Identity) -> dict:  # type: ignore[type-arg]
    location = _entries(partner.write(identity, bundle(weight(identity))))[0]["response"]["location"]
    return dict(partner.http.get(f"/fhir/{location}", headers=identity.headers).json())


def _new_token(partner: Partner, **changes: str) -> httpx.Response:
    return partner.exchange(partner.code(**changes))


def _new_claims(partner: Partner) -> dict:  # type: ignore[type-arg]
    return claims(_new_token(partner).json()["id_token"])


def _head(partner: Partner) -> str:
    return str(_new_token(partner).json()["id_token"])


def _refuses_own_id_token(partner: Partner) -> bool:
    return partner.last(partner.pair()).status_code == 400


def _code_twice(partner: Partner, _identity: Identity) -> bool:
    code = partner.code()
    partner.exchange(code)
    return partner.exchange(code).status_code == 200


def _late_code(partner: Partner, _identity: Identity) -> bool:
    code = partner.code()
    partner.advance(61)
    return partner.exchange(code).status_code == 200


def _wrong_client(partner: Partner, identity: Identity) -> bool:
    form = {"grant_type": "refresh_token", "refresh_token": identity.tokens["refresh_token"]}
    return partner.token((partner.client["client_id"], "faux"), **form).status_code == 200


def _reused_refresh(partner: Partner, identity: Identity) -> bool:
    partner.refresh(identity.tokens["refresh_token"])
    return partner.refresh(identity.tokens["refresh_token"]).status_code == 200


def _renewed_identity(partner: Partner, identity: Identity) -> bool:
    renewed = partner.refresh(identity.tokens["refresh_token"]).json()["id_token"]
    return bool(claims(renewed)["idPe"] != identity.claims["idPe"])


def _no_answer(partner: Partner, _identity: Identity) -> bool:
    try:
        with partner.http.stream("GET", "/jwks") as response:
            for count, _chunk in enumerate(response.iter_bytes()):
                if count > 50:  # far beyond what a key set takes
                    return True
    except httpx.RemoteProtocolError:
        return True
    return False


def _slow(partner: Partner, _identity: Identity) -> bool:
    before = time.monotonic()
    partner.http.get("/jwks")
    return time.monotonic() - before > 2.5


def _person(partner: Partner, situation: str) -> Mapping[str, str]:
    return next(person for person in partner.descriptor["people"] if person["situation"] == situation)


def _paired(partner: Partner, person: Mapping[str, str], **form: str) -> bool:
    return partner.decide(partner.demand(), person, **form).status_code == 302


def _assertion_twice(partner: Partner, _identity: Identity) -> bool:
    assertion = signed(partner)
    presented(partner, assertion)
    return presented(partner, assertion).status_code == 200


def _writes_after_new_version(partner: Partner, identity: Identity) -> bool:
    partner.control("PUT", "service-version", {"version": "2.0"})
    return _write(partner, identity) == 200


def _writes_after_majority(partner: Partner, _identity: Identity) -> bool:
    identity = partner.pair(_person(partner, "minor"), representative="yes")
    partner.advance(21 * 86400)
    renewed = partner.identity(identity.user, partner.refresh(identity.tokens["refresh_token"]).json())
    return _write(partner, renewed) == 200


def _replayed(partner: Partner) -> int:
    """What the refresh token is worth after its code came back."""
    code = partner.code(partner.new_user())
    tokens = partner.exchange(code).json()
    partner.exchange(code)
    return partner.refresh(tokens["refresh_token"]).status_code


def _limited(partner: Partner) -> list[int]:
    """Three requests where two are allowed, and one when the limit is over."""
    partner.control("PUT", "clock", {"at": "2026-11-22T12:00:00Z"})
    partner.control("PUT", "rate-limit", {"requests": 2})
    statuses = [partner.http.get("/jwks").status_code for _ in range(3)]
    partner.advance(60)
    return [*statuses, partner.http.get("/jwks").status_code]


MIXED = {"_sort": "-date", "_count": "1"}


def _validated(partner: Partner, elements: Mapping[str, object]) -> str:
    """The severity that the validator beside the sandbox gives to a Patient."""
    address = f"{partner.descriptor['validator_url']}/Patient/$validate"
    answer = partner.http.post(address, json={"resourceType": "Patient", **elements})
    return str(answer.json()["issue"][0]["severity"])


PROBES: dict[str, Probe] = {
    "slow": _slow,
    "closes-early": _no_answer,
    "endless-answer": _no_answer,
    "answers-html": lambda p, _: p.http.get("/jwks").headers["content-type"].startswith("text/html"),
    "rate-limit-too-low": lambda p, _: 429 in {p.http.get("/jwks").status_code for _ in range(22)},
    "rate-limit-ignored": lambda p, _: 429 not in _limited(p),
    "rate-limit-endless": lambda p, _: _limited(p)[-1] == 429,
    "too-many-requests": lambda p, _: "retry-after" in p.http.get("/jwks").headers,
    "retry-after-missing": lambda p, _: p.http.get("/jwks").status_code == 429,
    "server-error": lambda p, _: p.http.get("/jwks").status_code == 500,
    "redirects-elsewhere": lambda p, _: p.http.get("/jwks").status_code == 307,
    "consent-ignored-on-write": lambda p, i: _refused_consent("write")(p, i).status_code == 200,
    "consent-ignored-on-read": lambda p, i: _refused_consent("read")(p, i).status_code == 200,
    "consent-refusal-answers-401": lambda p, i: _refused_consent("read")(p, i).status_code == 401,
    "access-token-ignored": lambda p, i: _write(p, i, Authorization="Bearer inconnu") == 200,
    "access-token-refusal-answers-403": lambda p, i: _write(p, i, Authorization="Bearer inconnu") == 403,
    "expired-token-accepted": _expired,
    "revoked-token-accepted": _revoked,
    "id-token-ignored": lambda p, i: _write(p, i, **{"X-Id-Token": "faux"}) == 200,
    "id-token-refusal-answers-401": lambda p, i: _write(p, i, **{"X-Id-Token": "faux"}) == 401,
    "oid-conflict-ignored": lambda p, i: (
        p.last(i, **{"subject.identifier": f"1.2.3|{i.claims['idPe']}"}).status_code == 200
    ),
    "subject-ignored": lambda p, i: _foreign(p, i) == 200,
    "subject-mismatch-answers-404": lambda p, i: _foreign(p, i) == 404,
    "suspended-service-accepted": _suspended,
    "pairing-removal-ignored": _ended,
    "value-missing-accepted": _without(1, "resource", "valueQuantity"),
    "bmi-accepted": _bmi,
    "profile-missing-accepted": _without(1, "resource", "meta"),
    "device-profile-missing-accepted": _without(0, "resource", "meta"),
    "glucose-rule-ignored": _glucose,
    "if-none-exist-unchecked": _without(0, "request", "ifNoneExist"),
    "device-reference-unchecked": _without(1, "resource", "device"),
    "source-unchecked": _source,
    "several-observations-accepted": lambda p, i: p.write(i, bundle(weight(i), weight(i))).status_code == 200,
    "other-resource-accepted": _other_resource,
    "subject-missing-accepted": _without(1, "resource", "subject"),
    "no-bundle-accepted": lambda p, i: p.write(i, {"resourceType": "Observation"}).status_code == 200,
    "operation-outcome-missing": lambda p, i: _refused_write(p, i).content == b"",
    "diagnostics-generic": lambda p, i: diagnostics(_refused_write(p, i)) == "Error",
    "issue-code-wrong": lambda p, i: _refused_write(p, i).json()["issue"][0]["code"] == "exception",
    "content-error-answers-400": lambda p, i: _refused_write(p, i).status_code == 400,
    "content-error-answers-200": lambda p, i: _refused_write(p, i).status_code == 200,
    "media-type-wrong": lambda p, i: p.last(i).headers["content-type"].startswith("text/plain"),
    "device-duplicated": _device_twice,
    "location-missing": lambda p, i: "location" not in _entries(p.write(i, bundle(weight(i))))[0]["response"],
    "write-not-stored": lambda p, i: _stored(p, i) == [],
    "value-altered": lambda p, i: _stored(p, i) == [72],
    "write-not-atomic": _device_of_refused,
    "answer-order-changed": _turned,
    "page-size-unlimited": lambda p, i: p.all(i, _count="101").status_code == 200,
    "modes-mixed-accepted": lambda p, i: p.all(i, **MIXED).status_code == 200,
    "no-mode-accepted": lambda p, i: p.search(i).status_code == 200,
    "last-wrong-accepted": lambda p, i: p.search(i, _sort="date").status_code == 200,
    "page-size-ignored": lambda p, i: len(_entries(_page(p, i, "0"))) == 3,
    "page-repeated": lambda p, i: _entries(_page(p, i, "1"))[0]["resource"]["valueQuantity"]["value"] == 63,
    "next-link-missing": lambda p, i: "next" not in _relations(_page(p, i, "0")),
    "previous-link-missing": lambda p, i: "previous" not in _relations(_page(p, i, "1")),
    "self-link-missing": lambda p, i: "self" not in _relations(p.all(i)),
    "last-returns-oldest": lambda p, i: _entries(_three(p, i).last(i))[0]["resource"]["valueQuantity"]["value"] == 61,
    "include-ignored": lambda p, i: not _include(p, i, _include="Observation:device"),
    "include-unasked": lambda p, i: _include(p, i),
    "total-of-the-page": lambda p, i: _page(p, i, "0").json()["total"] == 1,
    "date-ignored": _outside,
    "code-ignored": _other_code,
    "other-patient-returned": lambda p, i: bool(_entries(p.last(i))),
    "read-by-id-missing": _by_id,
    "metadata-missing": lambda p, _: p.http.get("/fhir/metadata").status_code == 404,
    "redirect-unchecked": lambda p, _: p.demand(redirect_uri="https://pirate.invalid/").status_code == 200,
    "state-dropped": lambda p, _: "state" not in returned(p.decide(p.demand(), p.new_user())),
    "pkce-optional": lambda p, _: p.demand(code_challenge=None, code_challenge_method=None).status_code == 200,
    "pkce-plain-accepted": lambda p, _: (
        p.demand(code_challenge=VERIFIER, code_challenge_method="plain").status_code == 200
    ),
    "pkce-ignored": lambda p, _: p.exchange(p.code(), code_verifier="b" * 50).status_code == 200,
    "unknown-scope-accepted": lambda p, _: p.demand(scope="openid tout").status_code == 200,
    "refusal-ignored": lambda p, _: "code" in returned(p.decide(p.demand(), p.new_user(), decision="refuse")),
    "consent-choice-ignored": lambda p, _: "mesures.ecriture" in _new_token(p, consent_write="refuse").json()["scope"],
    "discovery-missing": lambda p, _: p.http.get("/.well-known/openid-configuration").status_code == 404,
    "discovery-issuer-wrong": lambda p, _: (
        p.http.get("/.well-known/openid-configuration").json()["issuer"] != p.descriptor["issuer"]
    ),
    "jwks-empty": lambda p, _: p.http.get("/jwks").json()["keys"] == [],
    "client-unchecked": _wrong_client,
    "assertion-signature-unchecked": lambda p, _: (
        presented(p, signed(p, ECKey.generate_key("P-256"))).status_code == 200
    ),
    "assertion-audience-unchecked": lambda p, _: (
        presented(p, signed(p, aud="https://ailleurs.invalid")).status_code == 200
    ),
    "assertion-reusable": _assertion_twice,
    "code-reusable": _code_twice,
    "code-never-expires": _late_code,
    "code-redirect-unchecked": lambda p, _: p.exchange(p.code(), redirect_uri="https://x.invalid").status_code == 200,
    "refresh-not-rotated": lambda p, i: (
        p.refresh(i.tokens["refresh_token"]).json()["refresh_token"] == i.tokens["refresh_token"]
    ),
    "refresh-reuse-undetected": _reused_refresh,
    "refresh-changes-identity": _renewed_identity,
    "scope-widened": lambda p, _: "mesures.ecriture" in _new_token(p, consent_write="refuse").json()["scope"],
    "token-cacheable": lambda p, _: "cache-control" not in _new_token(p).headers,
    "expires-in-missing": lambda p, _: "expires_in" not in _new_token(p).json(),
    "id-token-wrong-signature": lambda p, _: _refuses_own_id_token(p),
    "id-token-alg-none": lambda p, _: _head(p).endswith("."),
    "id-token-wrong-issuer": lambda p, _: _new_claims(p)["iss"] != p.descriptor["issuer"],
    "id-token-wrong-audience": lambda p, _: _new_claims(p)["aud"] != p.client["client_id"],
    "id-token-expired": lambda p, _: _new_claims(p)["exp"] < time.time(),
    "nonce-dropped": lambda p, _: "nonce" not in _new_claims(p),
    "id-token-without-idpe": lambda p, _: "idPe" not in _new_claims(p),
    "unreadable-body-crashes": lambda p, i: p.write(i, b"{").status_code == 500,
    "source-not-set": lambda p, i: "source" not in _read_back(p, i)["meta"],
    "sign-in-unchecked": lambda p, _: p.decide(p.demand(), p.new_user(), password="faux").status_code == 302,
    "one-time-code-unchecked": lambda p, _: _paired(p, p.new_user(), otp="000"),
    "closed-space-accepted": lambda p, _: _paired(p, _person(p, "opposed")),
    "minor-alone-accepted": lambda p, _: _paired(p, _person(p, "minor")),
    "new-version-not-approved": _writes_after_new_version,
    "majority-not-approved": _writes_after_majority,
    "response-type-unchecked": lambda p, _: p.demand(response_type="token").status_code == 200,
    "idpe-shared": lambda p, _: p.pair().claims["idPe"] == p.pair().claims["idPe"],
    "issuer-not-told": lambda p, _: "iss=" not in p.decide(p.demand(), p.new_user()).headers["location"],
    "code-replay-without-effect": lambda p, _: _replayed(p) == 200,
    "grant-type-error-wrong": lambda p, _: p.token(grant_type="password").json()["error"] == "invalid_grant",
    "refresh-refused": lambda p, i: p.refresh(i.tokens["refresh_token"]).status_code == 400,
    "id-token-without-assign-auth": lambda p, _: "assignAuth" not in _new_claims(p),
    "validator-blind": lambda p, _: _validated(p, {"elementInconnu": 1}) == "information",
    "validator-alarmed": lambda p, _: _validated(p, {"active": True}) == "error",
    **EXCHANGE_PROBES,
}
CERTIFICATES = {"certificate-for-another-name", "certificate-expired", "certificate-untrusted"}  # test_embedded.py
OLD_TLS = {"old-tls-accepted"}  # tests/harness/test_calls.py
MUTUAL_TLS = {  # test_mutual_tls.py
    "client-certificate-ignored",
    *(f"{state}-certificate-accepted" for state in ("expired", "revoked", "unknown", "stranger")),
}


def test_every_fault_has_a_probe() -> None:
    assert set(PROBES) | CERTIFICATES | OLD_TLS | MUTUAL_TLS == set(FAULTS)


@pytest.mark.parametrize("name", PROBES)
def test_the_probe_sees_nothing_on_the_sound_sandbox(partner: Partner, identity: Identity, name: str) -> None:
    assert not PROBES[name](partner, identity)


@pytest.mark.parametrize("name", PROBES)
def test_the_probe_sees_its_fault(partner: Partner, identity: Identity, name: str) -> None:
    partner.faults(name)
    assert PROBES[name](partner, identity)


def test_every_field_of_the_behaviour_is_deviated_by_some_fault() -> None:
    assert {name for fault in FAULTS.values() for name in fault.overrides} == {f.name for f in fields(Behaviour)}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_changes_the_behaviour_and_is_described_twice(name: str) -> None:
    assert behaviour([name]) != Behaviour()
    assert FAULTS[name].description["fr"]
    assert FAULTS[name].description["en"]


def test_accepted_errors_add_up() -> None:
    both = behaviour(["value-missing-accepted", "bmi-accepted"])
    assert both.ignored_errors == {"value_missing", "bmi_refused"}


def test_an_unknown_fault_is_a_usage_error() -> None:
    with pytest.raises(UsageError) as caught:
        behaviour(["inconnu"])
    assert caught.value.code == "SBX001"


def test_the_device_oid_is_under_the_solutions(partner: Partner) -> None:
    assert DEVICE_OID.startswith(partner.client["solution_oid"])
