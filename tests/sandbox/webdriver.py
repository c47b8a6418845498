"""A headless Chromium driven by its own driver, over the WebDriver protocol (W3C) and nothing else."""

import base64
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

TAB, ENTER, SPACE, DOWN, SHIFT = "\ue004", "\ue007", " ", "\ue015", "\ue008"
_AXE = "axe-core/axe.min.js"
_ROOT = Path(__file__).parents[2]


def chromium() -> str | None:
    """The browser, where there is one."""
    names = ("chromium", "chromium-browser", "google-chrome")
    return next((path for name in names if (path := shutil.which(name))), None)


def driver() -> str | None:
    """Its driver (Debian: chromium-driver)."""
    return shutil.which("chromedriver")


def axe() -> str | None:
    """The source of axe-core, where npm put it: here, or for the whole machine; `AXE_CORE` may name the file."""
    places = [os.environ.get("AXE_CORE", ""), _ROOT / "node_modules" / _AXE]
    places += [Path(root) / "node_modules" / _AXE for root in ("/usr/lib", "/usr/local/lib")]
    return next((Path(place).read_text("utf-8") for place in places if place and Path(place).is_file()), None)


class Browser:
    """One window."""

    def __init__(self, http: httpx.Client, session: str) -> None:
        self._http, self._session = http, session

    def call(self, method: str, path: str, data: Any = None) -> Any:
        answer = self._http.request(method, f"/session/{self._session}/{path}", json=data)
        value = answer.json()["value"]
        assert answer.status_code == 200, value
        return value

    def open(self, url: str) -> None:
        self.call("POST", "url", {"url": url})

    @property
    def url(self) -> str:
        return str(self.call("GET", "url"))

    def run(self, script: str, *arguments: Any) -> Any:
        return self.call("POST", "execute/sync", {"script": script, "args": list(arguments)})

    def press(self, *keys: str) -> None:
        """Press and release keys, one after the other, on whatever has the focus."""
        actions = [{"type": kind, "value": key} for text in keys for key in text for kind in ("keyDown", "keyUp")]
        self.call("POST", "actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def focus(self) -> str:
        """What has the focus: its id, else its text, else its tag."""
        return str(self.run("const e = document.activeElement; return e.id || e.innerText.trim() || e.tagName"))

    def heading(self) -> str:
        return str(self.run("return document.querySelector('h1')?.innerText ?? ''"))

    def wait_for(self, heading: str) -> None:
        """Until the page has this main heading."""
        limit = time.monotonic() + 10
        while heading not in self.heading():
            assert time.monotonic() < limit, f"{heading!r} not reached: {self.heading()!r} at {self.url}"

    def wait_for_errors(self) -> None:
        """Until the page tells what is to correct: its heading is that of the page before."""
        limit = time.monotonic() + 10
        while not self.run("return document.getElementById('erreurs') !== null"):
            assert time.monotonic() < limit, f"no error is told at {self.url}"

    def violations(self, source: str) -> list[str]:
        """What axe-core finds against WCAG 2.2 A and AA and its own best practices: `rule: target`."""
        tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
        run = "axe.run(document, {runOnly: arguments[0]}).then(r => arguments[1](r.violations))"
        script = f"{source};{run}"
        found = self.call("POST", "execute/async", {"script": script, "args": [tags]})
        return [f"{item['id']}: {node['target']}" for item in found for node in item["nodes"]]

    def tell(self, command: str, **parameters: Any) -> Any:
        """A command of the Chrome DevTools Protocol."""
        return self.call("POST", "goog/cdp/execute", {"cmd": command, "params": parameters})

    def emulate(self, *, media: str = "", scheme: str = "light", width: int = 0, height: int = 1000) -> None:
        """Be a screen or `print`, light or dark, of this width in CSS pixels (0: the window's)."""
        wanted = {"prefers-color-scheme": scheme, "prefers-reduced-motion": "reduce"}
        features = [{"name": name, "value": value} for name, value in wanted.items()]
        self.tell("Emulation.setEmulatedMedia", media=media, features=features)
        self.tell(
            "Emulation.setDeviceMetricsOverride",
            width=width, height=height if width else 0, deviceScaleFactor=1, mobile=False,
        )  # fmt: skip

    def needed_width(self, width: int) -> int:
        """How wide the page is where the window has only this width (WCAG 2.2, 1.4.10 asks for 320 to be enough)."""
        narrow = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": True}
        self._devtools("Emulation.setDeviceMetricsOverride", narrow)
        needed = int(self.run("return document.documentElement.scrollWidth"))
        self._devtools("Emulation.clearDeviceMetricsOverride", {})
        return needed

    def _devtools(self, command: str, parameters: dict[str, Any]) -> None:
        self.call("POST", "goog/cdp/execute", {"cmd": command, "params": parameters})

    def picture(self, path: Path) -> None:
        """A picture of the window."""
        path.write_bytes(base64.b64decode(self.call("GET", "screenshot")))


@contextmanager
def started(folder: Path, *, width: int = 900, height: int = 1000) -> Iterator[Browser]:
    """A browser of its own, with a profile in `folder`, until the end of the block."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen([str(driver()), f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60, trust_env=False) as http:
            session = _session(http, folder, width, height)
            try:
                yield Browser(http, session)
            finally:
                http.delete(f"/session/{session}")
    finally:
        process.terminate()
        process.wait(10)


def _session(http: httpx.Client, folder: Path, width: int, height: int) -> str:
    limit = time.monotonic() + 20
    while True:
        try:
            http.get("/status")
            break
        except httpx.TransportError:
            assert time.monotonic() < limit, "the driver does not answer"
            time.sleep(0.05)
    flags = [
        "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--lang=fr",
        "--hide-scrollbars", f"--window-size={width},{height}", f"--user-data-dir={folder}", "--no-first-run",
        "--disable-background-networking",
    ]  # fmt: skip
    capabilities = {
        "browserName": "chrome",
        "acceptInsecureCerts": True,
        "goog:chromeOptions": {"args": flags, "binary": chromium()},
    }  # fmt: skip
    answer = http.post("/session", json={"capabilities": {"alwaysMatch": capabilities}}).json()["value"]
    assert "sessionId" in answer, answer
    return str(answer["sessionId"])
