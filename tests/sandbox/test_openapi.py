"""The description is that of what is served: every route, each with what it is worth, in two languages."""

import re
from typing import Any

import pytest
from sandbox_partner import Partner

from mes_conformity.sandbox.app import routes, rows
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.sandbox.operations import OPERATIONS

DISCOVERIES = {
    "openid-configuration": "OpenID Connect Discovery 1.0, §4",
    "oauth-authorization-server": "RFC 8414, §3",
}
BASES = {"published", "republished", "draft", "assumption", "tool"}


@pytest.fixture
def description(partner: Partner) -> dict[str, Any]:
    return dict(partner.http.get("/openapi.json").json())


def _operations(description: dict[str, Any]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (path, method.upper()): operation
        for path, methods in description["paths"].items()
        for method, operation in methods.items()
    }


def _routes(served: Sandbox) -> set[tuple[str, str]]:
    """What the application itself routes, its converters written as OpenAPI templates."""
    return {
        (re.sub(r":\w+}", "}", route.path), method)
        for route in routes(served._world)
        for method in (route.methods or set()) - {"HEAD"}
    }


def test_every_route_is_described_and_the_reverse(served: Sandbox, description: dict[str, Any]) -> None:
    off = {("/fhir/Patient", "GET")}  # not served unless asked for
    assert set(_operations(description)) == _routes(served) - off


def test_the_two_addresses_of_discovery_have_each_their_source(description: dict[str, Any]) -> None:
    told = {path: description["paths"][f"/.well-known/{path}"]["get"]["x-source"] for path in DISCOVERIES}
    assert told == DISCOVERIES


def test_no_route_is_left_without_words(served: Sandbox) -> None:
    assert {name for _path, _method, name in rows(served._world)} <= set(OPERATIONS)


def test_each_route_says_what_it_is_worth(description: dict[str, Any]) -> None:
    for place, operation in _operations(description).items():
        assert operation["x-basis"] in BASES, place
        assert operation["x-basis"] == "tool" or operation["x-source"], place


def test_worth_comes_from_the_contract(served: Sandbox, description: dict[str, Any]) -> None:
    contract = served._world.pairing
    operation = description["paths"][contract.get("token_path")]["post"]
    assert (operation["x-basis"], operation["x-source"]) == (
        contract.basis("token_path"),
        contract.source("token_path"),
    )


def test_only_the_control_address_is_ours(description: dict[str, Any]) -> None:
    for (path, _method), operation in _operations(description).items():
        ours = path == "/openapi.json" or path.startswith(("/_sandbox", "/validator/"))
        assert (operation["x-basis"] == "tool") == ours
        assert (operation["tags"] == ["control"]) == ours


def test_operations_have_names_of_their_own(description: dict[str, Any]) -> None:
    names = [operation["operationId"] for operation in _operations(description).values()]
    assert len(names) == len(set(names))


def test_every_reference_leads_somewhere(description: dict[str, Any]) -> None:
    for reference in set(re.findall(r"'\$ref': '#/([^']+)'", str(description))):
        node: Any = description
        for step in reference.split("/"):
            node = node[step]
        assert node


def test_every_parameter_of_a_path_is_described(description: dict[str, Any]) -> None:
    components = description["components"]["parameters"]
    for (path, _method), operation in _operations(description).items():
        listed = [
            components[p["$ref"].rpartition("/")[2]] if "$ref" in p else p for p in operation.get("parameters", [])
        ]
        assert {p["name"] for p in listed if p["in"] == "path"} == set(re.findall(r"{(\w+)}", path)), path


def test_limits_come_from_the_contract(served: Sandbox, description: dict[str, Any]) -> None:
    count = description["components"]["parameters"]["_count"]["schema"]
    assert count["maximum"] == served._world.measures.get("count_max")


def test_it_is_told_in_two_languages(partner: Partner) -> None:
    french, english = (partner.http.get("/openapi.json", params={"lang": name}).json() for name in ("fr", "en"))
    assert french["paths"]["/token"]["post"]["summary"] == "Échanger un code, ou renouveler les jetons"
    assert english["paths"]["/token"]["post"]["summary"] == "Exchange a code, or renew the tokens"


@pytest.mark.parametrize("query", ["lang=de", "lang=fr&lang=en", "lang="])
def test_another_language_is_refused(partner: Partner, query: str) -> None:
    assert partner.http.get(f"/openapi.json?{query}").status_code == 400


def test_it_is_served_under_every_connection_fault(partner: Partner) -> None:
    partner.faults("server-error")
    assert partner.http.get("/openapi.json").json()["openapi"] == "3.1.0"


@pytest.mark.parametrize(("method", "path", "allowed"), [
    ("DELETE", "/authorize", "GET, HEAD, POST"),
    ("PUT", "/fhir/Observation", "GET, HEAD"),
    ("GET", "/fhir/DocumentReference/_search", "POST"),
])  # fmt: skip
def test_a_method_that_is_not_there_is_told_which_are(partner: Partner, method: str, path: str, allowed: str) -> None:
    response = partner.http.request(method, path)
    assert (response.status_code, response.headers["allow"]) == (405, allowed)
