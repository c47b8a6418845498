"""`help exit-codes | environment | formats | accessibility`: what one looks up, generated where it can be."""

import typer

from mes_conformity.cli.app import Context, command, group
from mes_conformity.foundation.exit_codes import ExitCode
from mes_conformity.foundation.i18n import Text, _, both, pick

_CODES: dict[ExitCode, Text] = {
    ExitCode.OK: both("fait, rien à redire"),
    ExitCode.FINDINGS: both("non-conformité, test du service en échec, rejeu différent ou livraison refusée"),
    ExitCode.USAGE: both("arguments incorrects, ou question impossible à poser"),
    ExitCode.INVALID_INPUT: both("référentiel, évaluation, suite, espace ou dossier invalide ou altéré"),
    ExitCode.AUTH: both("identifiants absents ou refusés"),
    ExitCode.INCONCLUSIVE: both("cible injoignable ou contraire à sa spécification, tests en erreur, rien à jouer"),
    ExitCode.INCOMPLETE: both("évaluation incomplète alors qu'elle devait être complète"),
    ExitCode.CONFLICT: both("verrouillé, modifié entre-temps, ou version différente"),
    ExitCode.INTERNAL: both("défaut de l'outil ; le journal est nommé"),
    ExitCode.INTERRUPTED: both("interrompu (^C)"),
}

_VARIABLES: tuple[tuple[str, Text], ...] = (
    ("MES_CONFORMITY_LANG", both("langue des messages : fr ou en")),
    ("NO_COLOR", both("sans couleur")),
    ("COLUMNS", both("largeur de l'affichage")),
    ("SOURCE_DATE_EPOCH", both("instant fixe, pour des fichiers identiques à l'octet près")),
    ("MES_CONFORMITY_SEED", both("graine de ce que `test run` tire au sort, face à une cible de cette machine")),
)

_FORMATS: tuple[tuple[str, Text], ...] = (
    ("mes-conformity.yaml", both("l'espace de travail : service, référentiel, artefacts, cibles")),
    ("assessment.yaml", both("l'autoévaluation : faits, réponses, preuves, constats, dérogations, actions")),
    ("journal.jsonl", both("le journal : une ligne par changement, chaînées par empreinte")),
    ("referencing.yaml", both("le parcours de la demande : ce qui a été consigné, sans jamais être réécrit")),
    ("reports/runs/", both("les exécutions : un dossier par cas, échanges au format HAR 1.2")),
    ("*.mesdossier.zip", both("le dossier de recette : tout ce qu'il faut pour vérifier et rejouer")),
    (
        "settings.yaml",
        both("les réglages de la ligne de commande, de la personne ou donnés par --config (`config path`)"),
    ),
    ("gate.yaml", both("ce qu'une livraison doit avoir (`gate --policy`)")),
)


def build() -> typer.Typer:
    """The group `help`."""
    app = group(_("Aide par sujet : codes de sortie, variables, fichiers, accessibilité."))

    @command(app, "exit-codes", _("Les codes de sortie."))
    def exit_codes(ctx: Context) -> None:
        codes = [{"code": int(code), "name": code.name, "meaning": meaning} for code, meaning in _CODES.items()]
        rows = [(str(int(code)), code.name, pick(meaning)) for code, meaning in _CODES.items()]
        ctx.emit({"exit_codes": codes}, lambda: ctx.table((_("code"), _("nom"), _("sens")), rows))

    @command(app, "environment", _("Les variables d'environnement lues."))
    def environment(ctx: Context) -> None:
        _list(ctx, "variables", _VARIABLES)

    @command(app, "formats", _("Les fichiers lus et écrits."))
    def formats(ctx: Context) -> None:
        _list(ctx, "formats", _FORMATS)

    @command(app, "accessibility", _("L'usage avec un lecteur d'écran, sans couleur, sur un terminal étroit."))
    def accessibility(ctx: Context) -> None:
        text = both(
            "`--accessible` écrit une ligne par information, sans tableau ni barre de progression.\n"
            "`NO_COLOR=1` ou `--color never` retire la couleur, qui n'est jamais le seul signe.\n"
            "Les questions sont des lignes numérotées ; les mots sont acceptés à la place des chiffres.\n"
            "Le rapport HTML se lit sans script, au clavier et avec un lecteur d'écran."
        )
        ctx.emit({"accessibility": text}, pick(text))

    return app


def _list(ctx: Context, key: str, entries: tuple[tuple[str, Text], ...]) -> None:
    document = [{"name": name, "description": text} for name, text in entries]
    rows = [(name, pick(text)) for name, text in entries]
    ctx.emit({key: document}, lambda: ctx.table((_("nom"), _("sens")), rows))
