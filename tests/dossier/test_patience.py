"""What a stranger's dossier may ask of this machine has an end, and nothing of it is left behind."""

import subprocess
import sys
import threading

import pytest

from mes_conformity.dossier.patience import within
from mes_conformity.foundation.errors import InvalidInput

TRACED = """
import sys
sys.settrace(lambda *_event: lambda *_line: None)
from mes_conformity.dossier.patience import within
from mes_conformity.foundation.errors import InvalidInput
with within(5):
    sum(range(1000))
try:
    with within(0.2):
        while True:
            sum(range(1000))
except InvalidInput as error:
    print(error.code)
print(sum(range(1000)))
"""


def endless() -> None:
    while True:
        try:
            sum(range(1000))
        except Exception:  # noqa: BLE001 - what judges hostile data catches these
            continue


def test_what_has_no_end_is_stopped() -> None:
    with pytest.raises(InvalidInput) as caught, within(0.2):
        endless()
    assert caught.value.code == "DOS029"


def test_what_ends_in_time_goes_on() -> None:
    with within(5):
        found = sum(range(1000))
    assert found == 499500


def test_it_works_in_any_thread() -> None:
    codes: list[str] = []

    def work() -> None:
        try:
            with within(0.2):
                endless()
        except InvalidInput as error:
            codes.append(error.code)

    thread = threading.Thread(target=work)
    thread.start()
    thread.join(20)
    assert codes == ["DOS029"]


def test_a_program_that_is_traced_goes_on_afterwards() -> None:
    """Under Python 3.11 an interruption that is taken back, and not taken, leaves a traced program in a loop."""
    done = subprocess.run([sys.executable, "-c", TRACED], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.split() == ["DOS029", "499500"]
