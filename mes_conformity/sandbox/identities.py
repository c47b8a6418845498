"""Who lives in the sandbox: fictional citizens and the clients of two fictional publishers.

Every credential here is public and worth nothing. Each citizen has an INS of the OID of tests (1.2.250.1.213.1.4.10),
with a right key: one has that which the ANS publishes for tests, the others one that nobody can have. The OIDs of
publishers are under the example arc used by the text of the measures API 1.5.2; no real solution has them.
"""

import re
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

_PORT = re.compile(r"^http://127\.0\.0\.1(:[1-9][0-9]{0,4})?(?=/)")
TEST_INS_SYSTEM = "urn:oid:1.2.250.1.213.1.4.10"

# Owner of the measures that no call may ever show: what the fault « other-patient-returned » shows.
WITNESS = "idpe-fictif-temoin"


@dataclass(frozen=True, slots=True)
class User:
    """A fictional citizen. `otp` is the one-time code, always the same here; `situation` is minor, came_of_age,
    no_space, opposed or all_refused, "" for someone of age whose space is open."""

    login: str
    password: str
    otp: str
    name: str
    birth_date: str = ""
    ins: str = ""
    situation: str = ""

    def to_json(self) -> dict[str, Any]:
        """What a test needs to sign in: `{login, password, otp, name}`."""
        return {"login": self.login, "password": self.password, "otp": self.otp, "name": self.name}


@dataclass(frozen=True, slots=True)
class Client:
    """A publisher's solution as the authorization server knows it; OIDs are bare (`1.2.3`)."""

    client_id: str
    client_secret: str
    redirect_uri: str
    solution_oid: str
    assign_auth: str
    name: str
    purpose: str
    loopback_redirect_uri: str = ""

    def returns_to(self, address: str) -> bool:
        """Whether this is the client's registered address, or its address on the person's own machine, whatever the
        port (RFC 8252, §7.3)."""
        return address == self.redirect_uri or (
            bool(self.loopback_redirect_uri) and _PORT.sub("http://127.0.0.1", address) == self.loopback_redirect_uri
        )

    def to_json(self) -> dict[str, Any]:
        """Everything a test needs to act as this client."""
        return asdict(self)


def fictional_ins(sex: int, birth_date: str) -> str:
    """A matricule INS that is nobody's: sex (1 or 2), year and month of birth (ISO date), the place of the ANS's test
    patient, and the order number 000, where those of a place and month begin at 001; key 97 − n mod 97 (INSEE, NIR).
    """
    digits = f"{sex}{birth_date[2:4]}{birth_date[5:7]}51215000"
    return f"{digits}{97 - int(digits) % 97:02d}"


def _user(number: int, login: str, otp: str, sex: int, born: str, situation: str = "") -> User:
    name = f"{login.upper()} PERSONNE-FICTIVE"
    return User(login, f"mot-de-passe-fictif-{number}", otp, name, born, fictional_ins(sex, born), situation)


USERS = (
    User("dominique", "mot-de-passe-fictif-1", "135790", "DOMINIQUE PAT-TROIS", "1979-03-28", "279035121518989"),
    _user(2, "camille", "246801", 2, "1990-01-15"),
    _user(3, "sacha", "975310", 1, "1965-07-02"),
)


def people(now: datetime) -> tuple[User, ...]:
    """One person in each situation at `now`: the minor comes of age 20 days later, the other did 10 days ago."""
    adult = now.replace(year=now.year - 18, day=min(now.day, 28))
    return (
        _user(4, "lou", "864204", 2, _day(adult + timedelta(days=20)), "minor"),
        _user(5, "noa", "864205", 1, _day(adult - timedelta(days=10)), "came_of_age"),
        _user(6, "maxence", "864206", 1, "1948-11-03", "no_space"),
        _user(7, "charlie", "864207", 1, "1982-05-19", "opposed"),
        _user(8, "alix", "864208", 2, "1971-12-24", "all_refused"),
    )


def born_before(now: float, of_age_in_days: int) -> str:
    """The birth date of somebody who is of age so many days after `now` (seconds since 1970); one more where that is
    the 29th of February, since nobody was born on that day 18 years before."""
    majority = datetime.fromtimestamp(now, UTC) + timedelta(days=of_age_in_days)
    if (majority.month, majority.day) == (2, 29):
        majority += timedelta(days=1)
    return _day(majority.replace(year=majority.year - 18))


def _day(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d")


CLIENT = Client(
    client_id="service-exemple",
    client_secret="secret-fictif-du-service-exemple",  # noqa: S106 - public on purpose, opens nothing
    redirect_uri="https://service-exemple.invalid/retour",
    solution_oid="1.2.840.10004.1.1.1.0.0.1.0.0.1",
    assign_auth="1.2.840.10004.1.1.1.0.0.1.0.0.1.2560",
    name="Service exemple (fictif)",
    purpose="Suivre vos mesures de santé avec l'application du service exemple.",
    loopback_redirect_uri="http://127.0.0.1/retour",
)
OTHER_CLIENT = Client(
    client_id="autre-service",
    client_secret="secret-fictif-de-l-autre-service",  # noqa: S106 - public on purpose, opens nothing
    redirect_uri="https://autre-service.invalid/retour",
    solution_oid="1.2.840.10004.1.1.1.0.0.1.0.0.2",
    assign_auth="1.2.840.10004.1.1.1.0.0.1.0.0.2.2560",
    name="Autre service (fictif)",
    purpose="Suivre vos mesures de santé avec l'application de l'autre service.",
)
CLIENTS = {client.client_id: client for client in (CLIENT, OTHER_CLIENT)}
