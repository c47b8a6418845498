"""mes-conformity: declare, demonstrate and replay conformity to the Mon espace santé referencing requirements.

The program rests on one idea: a verdict is a pure function of the catalogue, the test suites and the evidence.
`docs/architecture.md` draws the house.
"""

__version__ = "0.1.0"
