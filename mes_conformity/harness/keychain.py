"""The keyring of the system: the only place where the program keeps a secret. Nothing ever goes to a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mes_conformity.foundation.errors import AuthError
from mes_conformity.foundation.i18n import both

if TYPE_CHECKING:
    from types import ModuleType

SERVICE: Final = "mes-conformity"


def available() -> bool:
    """Whether this machine has a keyring that keeps what it is given."""
    return _module() is not None


def _module() -> ModuleType | None:
    try:
        import keyring
        from keyring.backends import fail, null
    except ImportError:
        return None
    backend: Any = keyring.get_keyring()
    return None if isinstance(backend, fail.Keyring | null.Keyring) else keyring


def _required() -> Any:
    module = _module()
    if module is None:
        raise AuthError(
            "AUT003",
            both("il n'y a pas de trousseau sur cette machine : rien n'y est lu ni gardé"),
            hint=both("installez `mes-conformity[keyring]` et un trousseau, ou donnez le secret par une variable "
                      "d'environnement"),
        )  # fmt: skip
    return module


def get(entry: str) -> str | None:
    """What the keyring holds under `entry`, None for nothing. Raises AuthError `AUT003`, `AUT004` (it refuses)."""
    value: str | None = _asked("get_password", entry)
    return value


def put(entry: str, value: str) -> None:
    """Keep `value` under `entry`. Raises AuthError `AUT003`, `AUT004`."""
    _asked("set_password", entry, value)


def forget(entry: str) -> None:
    """Remove `entry`, if it is there. Raises AuthError `AUT003`, `AUT004`."""
    if get(entry) is not None:
        _asked("delete_password", entry)


def _asked(question: str, *values: str) -> Any:
    module = _required()
    from keyring.errors import KeyringError

    try:
        return getattr(module, question)(SERVICE, *values)
    except KeyringError as error:
        message = both("le trousseau refuse : {reason}", reason=type(error).__name__)
        raise AuthError("AUT004", message, hint=both("déverrouillez le trousseau, puis relancez")) from None
