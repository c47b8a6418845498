"""The door: options before and after the command, errors in both forms, exit codes."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mes_conformity.cli import help as help_commands
from mes_conformity.cli import main as main_module
from mes_conformity.cli.main import error_text
from mes_conformity.foundation.errors import ConformityError, InvalidInput, Location
from mes_conformity.foundation.i18n import using


def program(*argv: str, **kwargs: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "mes_conformity", *argv], capture_output=True, text=True, check=False, **kwargs
    )


def test_version_alone_is_answered_at_once() -> None:
    done = program("--version")
    assert (done.returncode, done.stdout) == (0, "mes-conformity 0.1.0\n")


def test_version_with_other_options_is_the_same(run: Any) -> None:
    assert run("--lang", "en", "--version").out == "mes-conformity 0.1.0\n"


def test_without_a_command_the_help_is_shown(run: Any) -> None:
    result = run()
    assert result.code == 2
    assert "Commandes :" in result.out + result.err


@pytest.mark.parametrize(("lang", "word"), [("fr", "Afficher cette aide."), ("en", "Show this message and exit.")])
def test_help_speaks_the_language(run: Any, lang: str, word: str) -> None:
    result = run("help", "--help", lang=lang)
    assert result.code == 0
    assert word in result.out


@pytest.mark.parametrize(
    "argv",
    [
        ("--format", "json", "help", "exit-codes"),
        ("help", "exit-codes", "--format", "json"),
        ("help", "exit-codes", "--format=json"),
    ],
)
def test_global_options_stand_before_and_after_the_command(run: Any, argv: tuple[str, ...]) -> None:
    document = run(*argv).json()
    assert document["schema_version"] == 1
    assert document["exit_codes"][0]["name"] == "OK"


def test_the_later_option_wins(run: Any) -> None:
    assert run("--format", "json", "help", "formats", "--format", "text").out.startswith("nom")


@pytest.mark.parametrize(
    ("variables", "word"),
    [
        ({"MES_CONFORMITY_LANG": "en"}, "meaning"),
        ({"MES_CONFORMITY_LANG": "", "LANG": "en_GB.UTF-8"}, "meaning"),
        ({"MES_CONFORMITY_LANG": "", "LC_ALL": "fr_FR.UTF-8", "LANG": "en_GB"}, "sens"),
        ({"MES_CONFORMITY_LANG": "", "LANG": "C"}, "sens"),
    ],
)
def test_the_language_comes_from_the_environment(run: Any, variables: dict[str, str], word: str) -> None:
    assert word in run("help", "formats", variables=variables).out


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (("nope",), "commande inconnue : nope"),
        (("hepl",), "commande inconnue"),
        (("help", "--nope"), "option inconnue : --nope"),
        (("help", "formats", "extra"), "argument en trop : extra"),
        (("help", "formats", "--lang", "de"), "valeur refusée pour --lang"),
        (("--color", "pink", "help", "formats"), "valeur refusée pour --color"),
        (("catalogue", "explain"), "il manque"),
        (("sandbox", "serve", "--port", "abc"), "valeur refusée pour"),
        (("help", "formats", "--lang"), "ligne de commande refusée"),
    ],
)
def test_a_wrong_command_line_is_told_in_french_with_code_2(run: Any, argv: tuple[str, ...], words: str) -> None:
    result = run(*argv)
    assert result.code == 2
    assert words in result.err
    assert result.out == ""


def test_an_error_is_one_json_document_with_the_same_code(run: Any) -> None:
    result = run("nope", "--format", "json")
    assert result.code == 2
    assert result.json()["error"]["code"] == "USE002"
    assert set(result.json()["error"]["message"]) == {"fr", "en"}
    assert result.err == ""


def test_a_missing_folder_is_told(run: Any) -> None:
    result = run("-C", "nowhere", "help", "formats")
    assert result.code == 3
    assert "USE004" in result.err


@pytest.fixture
def raising(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Make `help formats` raise what a test wants."""

    def install(error: BaseException) -> None:
        def explode(*_args: object) -> None:
            raise error

        monkeypatch.setattr(help_commands, "_list", explode)

    return install


def test_an_interruption_is_130(run: Any, raising: Any) -> None:
    raising(KeyboardInterrupt())
    result = run("help", "formats")
    assert result.code == 130
    assert "interrompu" in result.err


def test_a_reader_that_left_is_no_error(run: Any, raising: Any) -> None:
    raising(BrokenPipeError())
    assert run("help", "formats").code == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("command", [("help", "exit-codes"), ("catalogue", "list"), ("config", "path")])
def test_an_output_that_cannot_be_written_is_told_on_the_other(command: tuple[str, str], form: str) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "mes_conformity", *command, "--format", form, "--lang", "fr"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
        )
    assert (done.returncode, done.stderr.splitlines()[0]) == (
        3,
        "erreur[STO003] : la sortie n'a pas pu être écrite",
    )
    assert "Traceback" not in done.stderr


def test_a_bug_is_logged_and_named_without_a_traceback(run: Any, raising: Any) -> None:
    raising(RuntimeError("secret-detail"))
    result = run("help", "formats")
    assert result.code == 70
    assert "Traceback" not in result.err
    assert "secret-detail" not in result.err
    log = Path(result.err.split("joignez ")[1].split(" à votre")[0])
    assert "secret-detail" in log.read_text()
    log.unlink()


def test_a_bug_is_told_even_where_no_log_can_be_written(
    run: Any, raising: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    raising(RuntimeError("x"))
    monkeypatch.setattr("tempfile.NamedTemporaryFile", lambda *_a, **_k: (_ for _ in ()).throw(OSError("full")))
    result = run("help", "formats", "--format", "json")
    assert result.code == 70
    assert result.json()["error"]["code"] == "BUG001"


def test_the_log_holds_no_value_of_an_option(run: Any, raising: Any, tmp_path: Path) -> None:
    raising(RuntimeError("x"))
    result = run("-C", tmp_path, "help", "formats")
    log = Path(result.err.split("joignez ")[1].split(" à votre")[0])
    assert str(tmp_path) not in log.read_text().split("Traceback")[0]
    log.unlink()


def test_an_error_has_place_expectation_and_remedy() -> None:
    error = InvalidInput(
        "ASM003",
        {"fr": "la preuve a changé", "en": "the evidence changed"},
        location=Location("assessment.yaml", 48, 9),
        about=(("exigence", "x-urb-hds"),),
        expected="1111",
        obtained="9f3a",
        hint={"fr": "relancez", "en": "run again"},
    )
    assert error_text(error) == (
        "erreur[ASM003] : la preuve a changé\n"
        "  exigence : x-urb-hds\n"
        "  fichier  : assessment.yaml, ligne 48, colonne 9\n"
        "  attendu  : 1111\n"
        "  obtenu   : 9f3a\n"
        "conseil : relancez"
    )
    with using("en"):
        assert error_text(error).startswith("error[ASM003]: the evidence changed")


def test_an_error_never_repaints_the_terminal() -> None:
    assert "\x1b" not in error_text(ConformityError("X001", "\x1b[31mred", location=Location("a\x07", 3)))


def test_interrupting_the_real_process_is_130(tmp_path: Path) -> None:
    code = "import os, signal; from mes_conformity.cli import help as h, main\n"
    code += "h._list = lambda *a: os.kill(os.getpid(), signal.SIGINT)\n"
    code += "import sys; sys.exit(main.main(['help', 'formats']))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 130
    assert "Traceback" not in done.stderr


def test_a_closed_pipe_ends_quietly() -> None:
    if os.name != "posix":
        pytest.skip("pipes of a shell")
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m mes_conformity help exit-codes --format json | head -1"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "{\n"
    assert "Traceback" not in done.stderr


def test_the_module_answers_its_own_exit_code(monkeypatch: pytest.MonkeyPatch) -> None:
    from mes_conformity import __main__

    monkeypatch.setattr(sys, "argv", ["mes-conformity", "help", "nope"])
    with pytest.raises(SystemExit) as caught:
        __main__.entry_point()
    assert caught.value.code == 2


def test_only_what_is_needed_is_imported_for_help() -> None:
    code = "import sys; from mes_conformity.cli.main import main; main(['--help']); "
    code += "print([m for m in ('rich', 'yaml', 'httpx', 'jsonschema', 'starlette', 'jinja2') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_signals_are_left_as_they_were() -> None:
    before = signal.getsignal(signal.SIGINT)
    main_module.main(["help", "nope", "--format", "json"])
    assert signal.getsignal(signal.SIGINT) is before


def test_json_errors_are_told_for_the_joined_form_too(run: Any) -> None:
    assert json.loads(run("nope", "--format=json").out)["error"]["code"] == "USE002"


def test_settings_come_from_a_file(run: Any, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("schema_version: 1\nlang: en\naccessible: true\n")
    assert run("help", "formats", "--config", "settings.yaml").out.startswith("name: mes-conformity.yaml\n")


def test_an_option_wins_over_the_settings(run: Any, tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("schema_version: 1\nformat: json\n")
    assert run("--config", "settings.yaml", "help", "formats").json()["formats"]
    assert run("--config", "settings.yaml", "--format", "text", "help", "formats").out.startswith("nom")


@pytest.mark.parametrize(("text", "code"), [("schema_version: 1\nlang: de\n", "SCH001"), ("a: [", "YAM001")])
def test_settings_that_are_not_valid_are_told(run: Any, tmp_path: Path, text: str, code: str) -> None:
    (tmp_path / "settings.yaml").write_text(text)
    result = run("help", "formats", "--config", "settings.yaml")
    assert result.code == 3
    assert f"[{code}]" in result.err


def test_settings_that_are_not_there_are_told(run: Any) -> None:
    assert "STO002" in run("--config", "none.yaml", "help", "formats").err


@pytest.mark.parametrize(
    ("line", "named"),
    [
        ("status", ("status",)),
        ("--lang en -C catalogue status --format json", ("status",)),
        ("-q test run -C status", ("test",)),
        ("--format=json help formats", ("help",)),
        ("statsu", main_module.COMMANDS),
        ("--help", main_module.COMMANDS),
        ("", main_module.COMMANDS),
    ],
)
def test_only_the_command_that_is_named_is_built(line: str, named: tuple[str, ...]) -> None:
    assert main_module._named(line.split()) == named


def test_an_unknown_command_is_told_with_the_one_that_resembles_it(run: Any) -> None:
    assert "catalogue" in run("catalog").err
