"""In which order the cases of a plan are played, and how many at a time.

A case starts when those of its `after` are over. One that changes the target for everybody (its clock, its status)
is played alone, after the others: what it leaves behind must not reach them. The order is the same whatever the
number of threads, and results are told from the thread that called: whoever writes them needs no lock.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from mes_conformity.suites.action_names import ACTION_NAMES

if TYPE_CHECKING:
    from mes_conformity.harness.selection import Planned
    from mes_conformity.suites.model import Case

Result = TypeVar("Result")
Work = Callable[[], Result]
_CONTROL: Final = ("/_sandbox", "$target.control_url", "${target.control_url}")


def changes_the_target(case: Case) -> bool:
    """Whether a case changes the target for everybody: by an action, or by a request to its control interface."""
    return any(
        ACTION_NAMES[step.action].alone
        if step.action is not None
        else str((step.request or {}).get("path", "")).startswith(_CONTROL)
        for step in case.steps
    )


def in_order(planned: Sequence[Planned]) -> list[Planned]:
    """The plan as it is played: last the cases that change the target, and those that stand on them."""
    late: set[str] = set()
    for item in planned:
        if changes_the_target(item.case) or not late.isdisjoint(item.case.after):
            late.add(item.case.id)
    return sorted(planned, key=lambda item: item.case.id in late)


def drive(
    items: Sequence[Planned],
    jobs: int,
    prepare: Callable[[Planned], Work[Result]],
    conclude: Callable[[Planned, Result], None],
    interrupt: Callable[[], None],
) -> None:
    """Play `items` (in the order of `in_order`), `jobs` at a time.

    `prepare` and `conclude` are called in this thread, when an item may start and when its result is there; the work
    in between on another one. Whatever ends it early (^C, an error) first calls `interrupt`, so that the work under
    way ends soon, then concludes what was done.
    """
    if jobs == 1:
        for item in items:
            conclude(item, prepare(item)())
        return
    with ThreadPoolExecutor(jobs, "mes-conformity-case") as pool:
        _Driver(items, jobs, pool, prepare, conclude).run(interrupt)


class _Driver(Generic[Result]):
    def __init__(
        self,
        items: Sequence[Planned],
        jobs: int,
        pool: ThreadPoolExecutor,
        prepare: Callable[[Planned], Work[Result]],
        conclude: Callable[[Planned, Result], None],
    ) -> None:
        self._waiting = list(items)
        self._open = {item.case.id for item in items}
        self._jobs, self._pool = jobs, pool
        self._prepare, self._conclude = prepare, conclude
        self._running: dict[Future[Result], Planned] = {}
        self._over: SimpleQueue[Future[Result]] = SimpleQueue()
        self._alone = False

    def run(self, interrupt: Callable[[], None]) -> None:
        try:
            while self._waiting or self._running:
                for item in list(self._startable()):
                    self._start(item)
                self._collect(self._over.get())
        except BaseException:
            interrupt()
            self._pool.shutdown(cancel_futures=True)
            for future in [future for future in self._running if not future.cancelled() and not future.exception()]:
                self._collect(future)
            raise

    def _startable(self) -> Iterator[Planned]:
        """What may start now: as many as there are free places, or one that is played alone."""
        free = self._jobs - len(self._running)
        if self._alone or free == 0:
            return
        for item in self._waiting:
            if not self._open.isdisjoint(item.case.after):
                continue
            if changes_the_target(item.case):
                if free == self._jobs:
                    yield item
                    return
                continue
            yield item
            free -= 1
            if free == 0:
                return

    def _start(self, item: Planned) -> None:
        self._waiting.remove(item)
        self._alone = changes_the_target(item.case)
        future = self._pool.submit(self._prepare(item))
        self._running[future] = item
        future.add_done_callback(self._over.put)

    def _collect(self, future: Future[Result]) -> None:
        """Conclude what is over. Raises what its work raised."""
        item = self._running.pop(future)
        self._alone = False
        result = future.result()
        self._open.discard(item.case.id)
        self._conclude(item, result)
