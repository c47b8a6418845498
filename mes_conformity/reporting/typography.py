"""French signs stay on the line of the word they go with: « : », « ; », « ! », « ? » and the quotation marks.

Source: Lexique des règles typographiques en usage à l'Imprimerie nationale (these signs take an unbreakable space).
"""

import re
from typing import Final

NO_BREAK: Final = "\N{NO-BREAK SPACE}"
_LOOSE: Final = re.compile(r"(?<=«) | (?=[:;!?»](?:[\s.,;)»]|$))")


def bound(text: str, mark: str = NO_BREAK) -> str:
    """`text` with `mark` in place of each space that no line may break at."""
    return _LOOSE.sub(mark, text)
