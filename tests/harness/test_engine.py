"""A run from end to end: scripted answers for what can go wrong, the embedded sandbox for what goes right."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from harness_partner import URL, Script, json_answer
from harness_partner import target as nowhere

from mes_conformity.foundation.environment import Environment
from mes_conformity.foundation.errors import InvalidInput
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.harness import engine, run_store
from mes_conformity.harness.casework import Artefact
from mes_conformity.harness.engine import Pace, RunResult, Service, exit_code
from mes_conformity.harness.selection import Selection
from mes_conformity.harness.targets import Target, from_descriptor
from mes_conformity.sandbox.embedded import Sandbox
from mes_conformity.suites.evaluation import evaluate
from mes_conformity.suites.evidence import Exchange, Failure, Request, Response
from mes_conformity.suites.loader import Library, from_documents, read_documents, shipped_root

CONTRACTS = {name: raw for name, raw in read_documents(shipped_root()).items() if name.startswith("contracts/")}
HEAD = """\
schema_version: 1
suite: essai
kind: KIND
contract: mes-measures@1.5.2
contracts: {pairing: mes-pairing@2.1.0}
title: {fr: Essai, en: Trial}
cases:
"""
CASE = """\
  - id: {id}
    title: {{fr: Cas, en: Case}}
    subject: {subject}
    basis: {basis}
    requirements: [x-a]
    source: essai
    broken_by: [x]
    remedy: {{fr: r, en: r}}
    {more}
    steps:
{steps}
"""
GET = "      - request: {method: GET, path: /x}\n        expect: {status: 200}"


def case(case_id: str, steps: str = GET, *, subject: str = "target", basis: str = "published", more: str = "") -> str:
    return CASE.format(id=case_id, steps=steps, subject=subject, basis=basis, more=more)


def library(*cases: str, kind: str = "connection") -> Library:
    text = HEAD.replace("KIND", kind) + "".join(cases)
    return from_documents({f"{kind}/essai.yaml": text.encode(), **CONTRACTS})


def always(response: Response | None) -> Callable[[Request], Response | None]:
    return lambda _request: response


class Playground:
    """Runs small suites against a scripted target."""

    def __init__(self, env: Environment) -> None:
        self.env = env
        self.script = Script(always(json_answer("{}")))
        self.service = Service()
        self.target: Target | None = nowhere()
        self.root: Path | None = env.cwd

    def run(self, *cases: str, kind: str = "connection", **keys: Any) -> RunResult:
        selection = keys.pop("selection", Selection())
        return engine.run(
            library(*cases, kind=kind),
            selection,
            self.service,
            self.env,
            target=self.target,
            transport=self.script,
            root=self.root,
            **keys,
        )


@pytest.fixture
def play(env: Environment) -> Playground:
    return Playground(env)


def outcomes(result: RunResult) -> dict[str, str]:
    return {entry["id"]: entry["outcome"] for entry in result.entries}


def reasons(result: RunResult) -> dict[str, str | None]:
    return {entry["id"]: (entry["reason"] or {}).get("code") for entry in result.entries}


def test_what_passes_is_kept_in_its_folder(play: Playground) -> None:
    result = play.run(case("T-01"))
    assert (outcomes(result), result.state, result.exit_code) == ({"T-01": "passed"}, "complete", ExitCode.OK)
    assert result.folder is not None
    assert run_store.read(result.folder) == result.document
    assert result.document["run"]["target"] == {"name": "essai", "url": URL, "kind": "file"}


def test_nothing_is_kept_without_a_root(play: Playground) -> None:
    play.root = None
    result = play.run(case("T-01"))
    assert result.folder is None
    assert result.document["summary"]["passed"] == 1


def test_the_listener_hears_each_case(play: Playground) -> None:
    heard: list[str] = []
    play.run(case("T-01"), case("T-02"), listener=lambda entry: heard.append(entry["id"]))
    assert heard == ["T-01", "T-02"]


def test_a_case_whose_ground_failed_is_inconclusive(play: Playground) -> None:
    play.script.answers = lambda request: json_answer("{}", 500 if request.url.endswith("/x") else 200)
    other = GET.replace("/x", "/y")
    result = play.run(case("T-01"), case("T-02", other, subject="service", more="after: [T-01]"))
    assert outcomes(result) == {"T-01": "failed", "T-02": "skipped"}
    assert reasons(result)["T-02"] == "prerequisite_missing"
    assert result.exit_code == ExitCode.INCONCLUSIVE


def test_a_ground_that_was_left_out_is_not_held_against(play: Playground) -> None:
    cases = (case("T-01"), case("T-02", more="after: [T-01]"))
    result = play.run(*cases, selection=Selection(ids=("T-02",), ground=False))
    assert outcomes(result) == {"T-02": "passed"}


def test_what_does_not_apply_is_skipped_with_its_reason(play: Playground) -> None:
    play.service = Service(facts={"reading": False})
    result = play.run(case("T-01", more="applicability: {fact: reading, is: true}"), case("T-02"))
    assert reasons(result) == {"T-01": "not_applicable", "T-02": None}


def test_without_a_target_connection_cases_wait(play: Playground) -> None:
    play.target = None
    result = play.run(case("T-01"))
    assert reasons(result) == {"T-01": "prerequisite_missing"}
    assert result.exit_code == ExitCode.INCONCLUSIVE


def test_nothing_to_run_is_inconclusive(play: Playground) -> None:
    assert play.run(case("T-01"), selection=Selection(expression="nothing")).exit_code == ExitCode.INCONCLUSIVE


@pytest.mark.parametrize(
    ("entries", "state", "expected"),
    [
        ([("passed", "service", False)], "complete", 0),
        ([("passed", "service", False), ("failed", "service", True)], "complete", 0),
        ([("failed", "service", False)], "complete", 1),
        ([("failed", "service", False), ("failed", "target", False)], "complete", 5),
        ([("failed", "target", True)], "complete", 5),
        ([("passed", "target", False), ("error", "service", False)], "complete", 5),
        ([("skipped", "service", False)], "complete", 5),
        ([("passed", "service", False)], "interrupted", 130),
    ],
)
def test_exit_codes(entries: list[tuple[str, str, bool]], state: str, expected: int) -> None:
    shaped = [{"outcome": outcome, "subject": subject, "advisory": advisory} for outcome, subject, advisory in entries]
    assert exit_code(shaped, state) == expected


def test_a_target_that_is_down_is_asked_once(play: Playground) -> None:
    play.script.answers = always(None)
    result = play.run(*(case(f"T-{number:02}") for number in range(5)))
    assert set(outcomes(result).values()) == {"error"}
    assert set(reasons(result).values()) == {"transport_refused"}
    assert len(play.script.sent) == 1


def test_a_target_that_is_down_is_replayed_as_such(play: Playground) -> None:
    play.script.answers = always(None)
    made = library(case("T-01"))
    result = play.run(case("T-01"))
    assert result.folder is not None
    entry, records = run_store.read_case(result.folder, "T-01")
    assert evaluate(made.case("T-01"), records, made.contracts, {}).outcome == entry["outcome"] == "error"


def test_a_case_that_wants_a_failure_is_not_fooled_by_a_target_that_is_down(play: Playground) -> None:
    play.script.answers = always(None)
    wants = "      - request: {method: GET, path: /x}\n        expect: {failure: FAILURE}"
    result = play.run(case("T-01", wants.replace("FAILURE", "refused")), case("T-02", wants.replace("FAILURE", "none")))
    assert outcomes(result) == {"T-01": "skipped", "T-02": "failed"}


def test_a_target_that_goes_away_stops_the_rest(play: Playground) -> None:
    play.script.answers = lambda _request: json_answer("{}") if len(play.script.sent) < 3 else None
    result = play.run(*(case(f"T-{number:02}") for number in range(4)))
    assert list(outcomes(result).values()) == ["passed", "error", "error", "error"]
    assert len(play.script.sent) == 4


class Slow(Script):
    """A target that never answers in time."""

    def send(self, request: Request, *, timeout: float | None = None) -> Exchange:
        self.sent.append(request)
        return Exchange(request, None, Failure("timeout", f"{timeout} s"), "", 1)


def test_a_slow_target_has_two_chances(play: Playground) -> None:
    play.script = Slow(always(None))
    result = play.run(case("T-01"), case("T-02"))
    assert set(reasons(result).values()) == {"transport_timeout"}
    assert len(play.script.sent) == 2


def test_an_interruption_keeps_what_was_done(play: Playground) -> None:
    def stop(entry: dict[str, Any]) -> None:
        if entry["id"] == "T-02":
            raise KeyboardInterrupt

    result = play.run(*(case(f"T-{number:02}") for number in range(1, 5)), listener=stop)
    assert (result.state, result.exit_code) == ("interrupted", ExitCode.INTERRUPTED)
    assert result.folder is not None
    kept = run_store.read(result.folder)
    assert ([entry["id"] for entry in kept["cases"]], kept["run"]["state"]) == (["T-01", "T-02"], "interrupted")


REAL = b'{"i": "urn:oid:1.2.250.1.213.1.4.8", "v": "279035121518956"}'


def production() -> bytes:
    number = "2790351215189"
    return REAL.replace(b"279035121518956", f"{number}{97 - int(number) % 97:02d}".encode())


def test_an_artefact_of_a_real_person_stops_before_anything(play: Playground) -> None:
    play.service = Service(artefacts=(Artefact("a.json", "measure-bundle", production()),))
    with pytest.raises(InvalidInput) as caught:
        play.run(case("T-01"))
    assert caught.value.code == "RUN003"
    assert play.script.sent == []


def test_an_answer_about_a_real_person_stops_and_keeps_the_rest(play: Playground) -> None:
    def answers(request: Request) -> Response:
        return json_answer(production().decode() if request.url.endswith("/y") else "{}")

    play.script.answers = answers
    with pytest.raises(InvalidInput):
        play.run(case("T-01"), case("T-02", GET.replace("/x", "/y")))
    folder = run_store.latest(play.env.cwd)
    assert folder is not None
    assert [entry["id"] for entry in run_store.read(folder)["cases"]] == ["T-01"]
    assert not (folder / "cases/T-02").exists()


def test_a_bad_expression_is_told_before_anything_is_sent(play: Playground) -> None:
    with pytest.raises(InvalidInput) as caught:
        play.run(case("T-01", "      - request: {method: GET, path: /x}\n        expect: {fhirpath: ['a.(']}"))
    assert caught.value.code == "SUI010"
    assert play.script.sent == []


def test_tokens_stay_with_the_target(play: Playground) -> None:
    away = "      - request: {method: GET, path: 'https://ailleurs.invalid/x'}\n        expect: {status: 200}"
    result = play.run(case("T-01", away))
    assert (outcomes(result)["T-01"], reasons(result)["T-01"]) == ("error", "foreign_host")
    assert all(request.url.startswith(URL) for request in play.script.sent)


def test_a_variable_without_value_is_an_error(play: Playground) -> None:
    steps = """\
      - request: {method: GET, path: /x}
        as: first
      - request: {method: GET, path: "/${first.body.name}"}
        expect: {status: 200}"""
    assert reasons(play.run(case("T-01", steps))) == {"T-01": "variable_missing"}


def test_captures_feed_the_requests_that_follow(play: Playground) -> None:
    play.script.answers = always(json_answer('{"id": "7", "list": [1, 2]}', Location="Observation/7"))
    steps = """\
      - request: {method: GET, path: /x}
        capture: {id: {json: /id}, place: {header: Location}, all: {fhirpath: list}}
      - request: {method: GET, path: "/y/${id}/${place}"}
        expect: {status: 200}"""
    assert outcomes(play.run(case("T-01", steps))) == {"T-01": "passed"}
    assert play.script.sent[-1].url == f"{URL}/y/7/Observation/7"


def test_what_a_suite_sends_as_a_secret_is_never_kept(play: Playground) -> None:
    play.script.answers = always(json_answer('{"echo": "jeton-invente-42"}'))
    steps = """\
      - request: {method: GET, path: /x, auth: {access_token: jeton-invente-42}}
        expect: {status: 200}"""
    result = play.run(case("T-01", steps))
    assert result.folder is not None
    kept = "".join(path.read_text() for path in result.folder.rglob("*") if path.is_file())
    assert "jeton-invente-42" not in kept
    assert kept.count("[redacted:") >= 2


def test_credentials_of_the_target_are_never_kept(play: Playground) -> None:
    play.script.answers = always(json_answer('{"echo": "secret-fictif mot-de-passe-fictif"}'))
    steps = """\
      - request: {method: POST, path: /x, form: {client_secret: $client.client_secret}}
        expect: {status: 200}"""
    result = play.run(case("T-01", steps))
    assert result.folder is not None
    kept = "".join(path.read_text() for path in result.folder.rglob("*") if path.is_file())
    assert "secret-fictif" not in kept
    assert "mot-de-passe-fictif" not in kept
    assert b"secret-fictif" in play.script.sent[-1].body


def test_an_action_that_needs_the_control_interface_is_skipped_without_it(play: Playground) -> None:
    play.target = replace(nowhere(), control_url=None)
    result = play.run(
        case("T-01", "      - use: new_user\n        expect: {present: [{json: /login}]}"),
        case("T-02", more="needs: [control]"),
    )
    assert set(reasons(result).values()) == {"prerequisite_missing"}


def test_an_action_that_does_not_understand_ends_in_a_reason(play: Playground, monkeypatch: pytest.MonkeyPatch) -> None:
    from mes_conformity.harness import actions

    def broken(*_args: object) -> None:
        raise KeyError("nope")

    monkeypatch.setitem(actions.ACTIONS, "new_user", replace(actions.ACTIONS["new_user"], run=broken))  # type: ignore[arg-type]
    result = play.run(case("T-01", "      - use: new_user\n        expect: {present: [{json: /login}]}"))
    assert reasons(result) == {"T-01": "action_failed"}


def test_an_action_without_an_answer_says_the_transport(play: Playground) -> None:
    play.script.answers = lambda request: json_answer("{}") if request.url == f"{URL}/" else None
    result = play.run(case("T-01", "      - use: new_user\n        expect: {present: [{json: /login}]}"))
    assert reasons(result) == {"T-01": "transport_refused"}


LOOK = "      - use: artefact\n        expect: {equals: [{json: /content/id, to: 1}]}"
EACH = "for_each: measure-bundle"


def artefact(name: str, content: bytes, kind: str = "measure-bundle") -> Artefact:
    return Artefact(f"artefacts/{name}", kind, content)


def test_unit_cases_need_no_target_and_see_every_artefact(play: Playground) -> None:
    play.target = None
    play.service = Service(artefacts=(artefact("a.json", b'{"id": 1}'), artefact("b.json", b'{"id": 2}')))
    result = play.run(case("T-01", LOOK, subject="service", more=EACH), kind="unit")
    assert outcomes(result) == {"T-01": "failed"}
    assert result.exit_code == ExitCode.FINDINGS
    assert [item["path"] for item in result.document["artefacts"]] == ["artefacts/a.json", "artefacts/b.json"]


def test_no_artefact_of_the_kind_is_said(play: Playground) -> None:
    result = play.run(case("T-01", LOOK, subject="service", more=EACH), kind="unit")
    assert reasons(result) == {"T-01": "prerequisite_missing"}


def test_no_artefact_that_is_concerned_is_said(play: Playground) -> None:
    play.service = Service(artefacts=(artefact("a.json", b'{"id": 1}'),))
    result = play.run(case("T-01", LOOK, subject="service", more=f"{EACH}\n    where: id = 2"), kind="unit")
    assert reasons(result) == {"T-01": "not_applicable"}


def test_the_first_artefact_of_a_kind_can_be_used(play: Playground) -> None:
    play.service = Service(artefacts=(artefact("a.json", b'{"id": 1}'),))
    steps = LOOK.replace("- use: artefact", "- use: artefact\n        with: {kind: measure-bundle}")
    assert outcomes(play.run(case("T-01", steps, subject="service"), kind="unit")) == {"T-01": "passed"}


@pytest.mark.parametrize("inputs", ["", "\n        with: {kind: measure-bundle}"])
def test_an_artefact_that_is_not_there_is_a_prerequisite(play: Playground, inputs: str) -> None:
    steps = LOOK.replace("- use: artefact", "- use: artefact" + inputs)
    assert reasons(play.run(case("T-01", steps, subject="service"), kind="unit")) == {"T-01": "prerequisite_missing"}


def test_an_unreadable_artefact_has_no_content(play: Playground) -> None:
    play.service = Service(artefacts=(artefact("a.json", b"{"),))
    steps = LOOK.replace("{json: /content/id, to: 1}", "{json: /content, to: null}")
    assert outcomes(play.run(case("T-01", steps, subject="service", more=EACH), kind="unit")) == {"T-01": "passed"}


# --- pace ------------------------------------------------------------------------------------------------------------


def test_the_record_is_the_same_whatever_the_number_of_jobs(play: Playground) -> None:
    heard: list[list[str]] = []
    cases = [case(f"T-{number:02}", more="after: [T-00]" if number else "") for number in range(12)]
    kept = []
    for jobs in (1, 8):
        heard.append([])
        result = play.run(*cases, jobs=jobs, listener=lambda entry: heard[-1].append(entry["id"]))
        assert result.folder is not None
        assert [entry["id"] for entry in result.entries] == [f"T-{number:02}" for number in range(12)]
        kept.append([{**entry, "duration_ms": 0} for entry in run_store.read(result.folder)["cases"]])
    assert heard[0] == heard[1]
    assert kept[0] == kept[1]


def test_an_interruption_with_jobs_keeps_what_was_done(play: Playground) -> None:
    def stop(entry: dict[str, Any]) -> None:
        if entry["id"] == "T-02":
            raise KeyboardInterrupt

    result = play.run(*(case(f"T-{number:02}") for number in range(1, 30)), listener=stop, jobs=2)
    assert (result.state, result.exit_code) == ("interrupted", ExitCode.INTERRUPTED)
    assert result.folder is not None
    kept = [entry["id"] for entry in run_store.read(result.folder)["cases"]]
    assert kept[:2] == ["T-01", "T-02"]
    assert len(kept) < 29


def test_a_real_person_stops_a_run_with_jobs_too(play: Playground) -> None:
    play.script.answers = lambda request: json_answer(production().decode() if request.url.endswith("/y") else "{}")
    with pytest.raises(InvalidInput) as caught:
        play.run(*(case(f"T-{number:02}") for number in range(9)), case("T-10", GET.replace("/x", "/y")), jobs=3)
    assert caught.value.code == "RUN003"


def test_nothing_more_is_started_after_so_many_failures(play: Playground) -> None:
    play.script.answers = lambda request: json_answer("{}", 500 if request.url.endswith("/x") else 200)
    result = play.run(*(case(f"T-{number:02}") for number in range(6)), pace=Pace(stop_after=2))
    assert list(outcomes(result).values()) == ["failed"] * 2 + ["skipped"] * 4
    assert set(list(reasons(result).values())[2:]) == {"not_selected"}


def test_a_failure_that_does_not_count_stops_nothing(play: Playground) -> None:
    """Or a run cut short by an advisory failure would end as one that passed."""
    play.script.answers = lambda request: json_answer("{}", 500 if request.url.endswith("/y") else 200)
    advisory = case("T-01", GET.replace("/x", "/y"), subject="service", basis="assumption")
    result = play.run(advisory, case("T-02"), pace=Pace(stop_after=1))
    assert outcomes(result) == {"T-01": "failed", "T-02": "passed"}


def test_a_run_that_lasts_too_long_says_what_it_did_not_judge(play: Playground) -> None:
    made = library(case("T-01"))
    result = play.run(case("T-01"), pace=Pace(run_s=0.0))
    assert reasons(result) == {"T-01": "run_timeout"}
    assert result.folder is not None
    _entry, records = run_store.read_case(result.folder, "T-01")
    assert evaluate(made.case("T-01"), records, made.contracts, {}).outcome == "error"
    assert result.exit_code == ExitCode.INCONCLUSIVE


def test_a_case_that_lasts_too_long_is_an_error(play: Playground) -> None:
    result = play.run(case("T-01"), pace=Pace(case_s=0.0))
    assert reasons(result) == {"T-01": "case_timeout"}


def test_the_time_of_a_case_bounds_its_requests(play: Playground) -> None:
    limits: list[float | None] = []

    class Timed(Script):
        def send(self, request: Request, *, timeout: float | None = None) -> Exchange:
            limits.append(timeout)
            return super().send(request)

    play.script = Timed(always(json_answer("{}")))
    play.run(case("T-01", GET.replace("path: /x", "path: /x, timeout_s: 90")), case("T-02"), pace=Pace(case_s=5.0))
    asked = [limit for limit in limits[1:] if limit is not None]
    assert len(asked) == 2
    assert all(4 < limit <= 5 for limit in asked)


def test_a_request_that_the_end_of_the_case_cut_is_not_held_against_the_target(play: Playground) -> None:
    """Or a case that judges transport would fail, because we did not wait."""

    class Cut(Script):
        def send(self, request: Request, *, timeout: float | None = None) -> Exchange:
            if timeout is None or not request.url.endswith("/x"):
                return super().send(request)
            time.sleep(timeout)
            return Exchange(request, None, Failure("timeout", "total"), "2026-11-22T12:00:00Z", 1)

    play.script = Cut(always(json_answer("{}")))
    judging = "      - request: {method: GET, path: /x}\n        expect: {failure: [refused]}"
    result = play.run(case("T-01", judging), pace=Pace(case_s=0.1))
    assert (outcomes(result), reasons(result)) == ({"T-01": "error"}, {"T-01": "case_timeout"})


def test_settings_that_are_wrong_are_an_error_of_every_connection_case(play: Playground) -> None:
    wrong = {"fr": "le secret est refusé", "en": "the secret is refused"}
    result = play.run(case("T-01"), misconfigured=wrong)
    assert reasons(result) == {"T-01": "configuration"}
    assert result.entries[0]["reason"]["fr"] == "le secret est refusé"
    assert play.script.sent == []


def busy(times: int) -> Callable[[Request], Response | None]:
    left = iter(range(times))

    def answers(request: Request) -> Response:
        if request.url.endswith("/x") and next(left, None) is not None:
            return json_answer("{}", 429, Retry_After="0")
        return json_answer("{}")

    return answers


def test_a_target_that_is_busy_is_asked_again_and_it_shows(play: Playground) -> None:
    play.script.answers = busy(2)
    result = play.run(case("T-01"))
    assert outcomes(result) == {"T-01": "passed"}
    assert result.folder is not None
    _entry, records = run_store.read_case(result.folder, "T-01")
    statuses = [record.exchange.response.status for record in records if record.exchange and record.exchange.response]
    assert statuses == [429, 429, 200]
    assert [record.supporting for record in records] == [True, True, False]


def test_patience_has_an_end(play: Playground) -> None:
    play.script.answers = busy(10**6)
    result = play.run(case("T-01"), pace=Pace(patience_s=0.2))
    assert outcomes(result) == {"T-01": "failed"}
    assert len(play.script.sent) == 1 + 1 + 4


def test_a_case_about_the_limit_is_not_asked_again(play: Playground) -> None:
    play.script.answers = busy(1)
    assert outcomes(play.run(case("T-01", GET.replace("200", "429")))) == {"T-01": "passed"}
    assert len(play.script.sent) == 2


def test_a_case_that_listens_is_not_played_where_nobody_listened(play: Playground) -> None:
    result = play.run(case("T-01", subject="service"), kind="listen")
    assert reasons(result) == {"T-01": "prerequisite_missing"}
    assert "test listen" in result.entries[0]["reason"]["fr"]


# --- with the embedded sandbox ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox.start() as running:
        yield running


@pytest.fixture
def embedded(sandbox: Sandbox) -> Target:
    sandbox.reset()
    return from_descriptor(sandbox.descriptor, "embedded", "embedded", "embedded")


def replayed(result: RunResult, made: Library, artefacts: dict[str, bytes]) -> dict[str, tuple[str, list[Any]]]:
    assert result.folder is not None
    found = {}
    for entry in result.entries:
        _entry, records = run_store.read_case(result.folder, entry["id"])
        verdict = evaluate(made.case(entry["id"]), records, made.contracts, artefacts)
        found[entry["id"]] = (verdict.outcome, [check.to_json() for check in verdict.checks])
    return found


def test_a_real_run_passes_is_replayed_the_same_and_keeps_no_secret(embedded: Target, tmp_path: Path) -> None:
    made = from_documents(read_documents(shipped_root()))
    env = replace(Environment.system(), cwd=tmp_path)
    chosen = Selection(ids=("MES-W-01", "MES-W-12", "MES-A-20", "MES-P-01"))
    result = engine.run(made, chosen, Service(), env, target=embedded, root=tmp_path)
    assert set(outcomes(result).values()) == {"passed"}
    assert replayed(result, made, {}) == {entry["id"]: (entry["outcome"], entry["checks"]) for entry in result.entries}
    assert result.folder is not None
    kept = "".join(path.read_text() for path in result.folder.rglob("*") if path.is_file())
    for secret in (embedded.client["client_secret"], *(user["password"] for user in embedded.users), "eyJ"):
        assert secret not in kept


def test_the_artefact_of_a_service_is_addressed_and_replayed(embedded: Target, tmp_path: Path) -> None:
    bundle = {
        "resourceType": "Bundle",
        "entry": [{"resource": {"subject": {"identifier": {"system": "urn:oid:1.1", "value": "idpe-1"}}}}],
    }
    item = artefact("a.json", json.dumps(bundle).encode())
    steps = """\
      - use: artefact
        with: {identity: $identity}
        as: sent
        expect:
          equals:
            - {json: /content/entry/0/resource/subject/identifier/value, to: $identity.idpe}
            - {fhirpath: Bundle.entry.resource.subject.identifier.system, to: $identity.assign_auth}"""
    made = library(case("T-01", steps, subject="service", more=f"{EACH}\n    needs: [paired_identity]"))
    env = replace(Environment.system(), cwd=tmp_path)
    result = engine.run(made, Selection(), Service(artefacts=(item,)), env, target=embedded, root=tmp_path)
    assert outcomes(result) == {"T-01": "passed"}
    assert replayed(result, made, {item.sha256: item.raw})["T-01"][0] == "passed"


@pytest.mark.parametrize(("oid", "outcome"), [(None, "skipped"), ("1.2.840.10004.1", "passed")])
def test_a_case_may_need_the_oid_of_the_solution(play: Playground, oid: str | None, outcome: str) -> None:
    play.target = None
    play.service = Service(solution_oid=oid, artefacts=(artefact("a.json", b'{"id": 1}'),))
    steps = LOOK.replace("- use: artefact", "- use: artefact\n        with: {kind: measure-bundle}")
    result = play.run(case("T-01", steps, subject="service", more="needs: [solution_oid]"), kind="unit")
    assert outcomes(result) == {"T-01": outcome}
