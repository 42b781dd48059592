"""Work that goes on in threads of its own while a block runs: begun together, told when to stop, waited for to the end."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

Work = Callable[[threading.Event], object]


@contextmanager
def beside(works: Sequence[Work]) -> Iterator[None]:
    """Do all of these while the block runs. Each gets an event that is set when the block has ended, and has ended itself after it.

    Where the block went well, the first error of a work is raised; where it did not, its own error is what is told.
    """
    stop, errors = threading.Event(), list[BaseException]()

    def run(work: Work) -> None:
        try:
            work(stop)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    if errors:
        raise errors[0]
