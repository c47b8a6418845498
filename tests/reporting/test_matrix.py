from mes_conformity.reporting.matrix import matrices
from mes_conformity.reporting.model import Report


def test_every_link_of_a_case_is_a_cell(report: Report) -> None:
    found = {(row.entry["id"], name) for item in matrices(report) for row in item.rows for _gap, name in row.cells}
    assert found == {(entry["id"], name) for entry in report.run["cases"] for name in entry["requirements"]}


def test_cells_stand_under_their_requirement(report: Report) -> None:
    for item in matrices(report):
        columns = [name for name, _label in item.columns]
        for row in item.rows:
            at = -1
            for gap, name in row.cells:
                at += gap + 1
                assert columns[at] == name
            assert at + 1 + row.empty == len(columns)


def test_columns_follow_the_catalogue(report: Report) -> None:
    order = [item.id for item in (*report.requirements, *report.set_apart)]
    for item in matrices(report):
        places = [order.index(name) for name, _label in item.columns]
        assert places == sorted(places)
