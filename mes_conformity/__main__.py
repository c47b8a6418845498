"""The door: `mes-conformity` and `python -m mes_conformity`."""

import sys


def entry_point() -> None:
    """Run the command line and leave with its exit code.

    `--version` alone is answered here, before anything is imported: pipelines ask it at every start.
    """
    if sys.argv[1:] == ["--version"]:
        from mes_conformity import __version__

        sys.stdout.write(f"mes-conformity {__version__}\n")
        sys.exit(0)
    from mes_conformity.cli.main import main

    sys.exit(main())


if __name__ == "__main__":
    entry_point()
