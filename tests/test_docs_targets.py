"""The example of docs/targets.md is a workspace that opens, and a target that can be used."""

import re
from collections.abc import Callable
from pathlib import Path

from mes_conformity.assessment.workspace import open_workspace
from mes_conformity.foundation.environment import Environment
from mes_conformity.harness.targets import resolve
from mes_conformity.suites.overriding import contracts

PAGE = Path(__file__).resolve().parent.parent / "docs" / "targets.md"
HEAD = """\
schema_version: 1
service: {publisher: Exemple, product: Exemple, version: "1"}
catalogue: {id: mes-referencement, version: 1.0.0}
"""


def test_the_example_opens_and_names_a_target(tmp_path: Path, make_env: Callable[..., Environment]) -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    (tmp_path / "mes-conformity.yaml").write_text(HEAD + found[1], encoding="utf-8")
    known = open_workspace(tmp_path).targets
    env = make_env(MES_CLIENT_SECRET="a", MES_CAMILLE="b", MES_CAMILLE_OTP="c")
    target = resolve("recette", known, env, tmp_path)
    assert (target.jobs, target.client["client_secret"], target.users[0]["otp"]) == (4, "a", "c")
    assert contracts(target.overrides)["mes-pairing@2.1.0"].get("token_path") == "/oauth2/token"
