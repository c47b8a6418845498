"""What can be said of the journal: JRN001 to JRN004."""

from collections.abc import Iterator

from mes_conformity.assessment.ground import Ground
from mes_conformity.assessment.journal import Journal, parse_entry
from mes_conformity.assessment.workspace import JOURNAL
from mes_conformity.foundation.diagnostics import Diagnostic
from mes_conformity.foundation.errors import Location
from mes_conformity.foundation.i18n import both

SHOWN = 20


def journal_lines(ground: Ground) -> Iterator[Diagnostic]:
    """JRN001: a line of the journal was changed; JRN002: torn by a crash; JRN003: the file was edited elsewhere."""
    journal = ground.loaded.journal
    for fault in journal.faults()[:SHOWN]:
        yield Diagnostic(
            "JRN001",
            "error",
            both("la chaîne du journal est rompue : une ligne a été changée, retirée ou déplacée"),
            Location(JOURNAL, fault.line, 1),
            both("remettez le journal depuis une sauvegarde ; les réponses, elles, sont dans assessment.yaml"),
        )
    if journal.torn:
        yield Diagnostic(
            "JRN002",
            "warning",
            both("la dernière ligne du journal est coupée ; la prochaine réponse la remettra en ordre"),
            Location(JOURNAL, len(journal.lines) + 1, 1),
            both("rien à faire : aucune réponse enregistrée n'est perdue"),
        )
    if ground.loaded.outside:
        yield Diagnostic(
            "JRN003",
            "info",
            both("assessment.yaml a été modifié hors de l'outil depuis la dernière ligne du journal"),
            Location(JOURNAL, len(journal.lines), 1),
            both("rien à faire si c'est vous ; le journal le notera à la prochaine réponse"),
        )
    yield from _backwards(journal)


def _backwards(journal: Journal) -> Iterator[Diagnostic]:
    """JRN004: a line older than the one before it. The order of the lines is what counts; the clock was wrong."""
    latest = ""
    told = 0
    for number, line in enumerate(journal.lines, 1):
        entry = parse_entry(line)
        if entry is None:
            continue
        if entry.at < latest and told < SHOWN:
            told += 1
            yield Diagnostic(
                "JRN004",
                "warning",
                both("cette ligne du journal est plus ancienne que celle d'avant : l'horloge a reculé"),
                Location(JOURNAL, number, 1),
                both("vérifiez la date de l'ordinateur ; l'ordre des lignes fait foi, aucune réponse n'est perdue"),
                expected=f"≥ {latest}",
                obtained=entry.at,
            )
        latest = max(latest, entry.at)
