"""Client libraries that were not written here, of another ecosystem, use the sandbox without a special case.

`npm install -g openid-client fhir-kit-client` brings them.
"""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from mes_conformity.sandbox.embedded import Sandbox

ROOTS = [Path(root) / "node_modules" for root in ("/usr/lib", "/usr/local/lib", Path(__file__).parents[2])]
PACKAGES = ("openid-client", "fhir-kit-client")
MODULES = next((root for root in ROOTS if all((root / name).is_dir() for name in PACKAGES)), None)

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("node") is None, reason="no node on this machine"),
    pytest.mark.skipif(MODULES is None, reason=f"not installed: npm install -g {' '.join(PACKAGES)}"),
]


def test_another_oauth_client_pairs_and_another_fhir_client_writes_searches_and_reads(
    served: Sandbox, tmp_path: Path
) -> None:
    script = Path(shutil.copy(Path(__file__).with_name("independent_client.mjs"), tmp_path))
    (tmp_path / "node_modules").symlink_to(str(MODULES))  # node seeks packages beside the script
    done = subprocess.run(["node", str(script), served.url], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {
        "fhirVersion": "4.0.1",
        "scope": "openid mesures.lecture mesures.ecriture",
        "written": "201 Created",
        "found": 1,
        "read": 71.5,
        "again": 1,
        "refused": 401,
    }
