"""Measure every ratio and say which is above its target.

python -m benchmarks [NAME…]
"""

import sys

from benchmarks import assessment, catalogue, dossier, formats, peers, reports, run, sandbox, startup, validation

ALL = {
    "startup": startup.measure,
    "catalogue": catalogue.measure,
    "assessment": assessment.measure,
    "run": run.measure,
    "validation": validation.measure,
    "peers": peers.measure,
    "sandbox": sandbox.measure,
    "dossier": dossier.measure,
    "reports": reports.measure,
    "formats": formats.measure,
}


def main(names: list[str]) -> int:
    late = 0
    print(f"{'what':44}{'measured':>10}{'reference':>11}{'ratio':>8}{'target':>8}")
    for name in names or ALL:
        for row in ALL[name]():
            ratio = row.seconds / row.reference
            mark = "" if ratio <= row.target else "  above"
            late += bool(mark)
            times = f"{row.seconds * 1000:8.1f} {row.unit}{row.reference * 1000:8.1f} {row.unit}"
            print(f"{row.what:44}{times}{ratio:8.2f}{row.target:8.2f}{mark}")
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
