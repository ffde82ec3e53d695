"""Work in pieces, whose newest request alone counts: in a thread, or without threads between two turns of the loop."""

from __future__ import annotations

import asyncio
import threading


class Refining:
    """Draws results from a generator and hands each on, until a newer one or ``cancel`` takes its place."""

    def __init__(self, lock):
        self._lock = lock  # the panel's own: two would lock each other out
        self._current = self._show = self._latest = None
        self._at_work = False  # one worker, which turns to the newest request after its piece
        self._one_piece = False  # of each request, as long as nobody looks
        self._idle = threading.Event()
        self._idle.set()

    @property
    def busy(self) -> bool:
        return self._current is not None

    def start(self, pieces, show) -> None:
        """Hand every piece on as ``show(piece, last)``, or the exception that came instead of one."""
        with self._lock:
            self._current, self._show, self._latest = pieces, show, None
            self._idle.clear()
        self._go()

    def rest(self) -> None:
        """Do one piece of each request and no more, until somebody asks for more: ``go_on`` or ``wait``."""
        with self._lock:
            self._one_piece = True

    def go_on(self) -> None:
        """Take up what rests."""
        with self._lock:
            self._one_piece = False
        self._go()

    def _go(self) -> None:
        with self._lock:
            if self._at_work or self._current is None:
                return
            self._at_work = True
        try:
            threading.Thread(target=self._run, daemon=True).start()
        except RuntimeError:  # no threads in a browser's Python
            self._run_by_the_loop()

    def cancel(self) -> None:
        """Stop what runs; what it still returns is dropped."""
        with self._lock:
            self._current = None
            self._idle.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Wait until nothing runs."""
        self.go_on()
        return self._idle.wait(seconds)

    def _run(self) -> None:
        while self._one():
            pass

    def _run_by_the_loop(self) -> None:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._run()
            return

        def turn():
            if self._one():
                loop.call_later(0.001, turn)

        loop.call_later(0, turn)

    def _one(self) -> bool:
        """Show the next piece of the newest request; return whether there may be more to do."""
        with self._lock:
            pieces, show = self._current, self._show
            if pieces is None or (self._one_piece and self._latest is not None):
                self._at_work = False
                return False
        try:
            piece = next(pieces, None)
        except Exception as problem:  # handed on: a thread has nobody else to tell
            piece = problem
        with self._lock:
            if self._current is not pieces:
                pieces.close()
                return True
            last = piece is None or isinstance(piece, Exception) or piece.done >= piece.of
            if last:
                self._current = None
            self._latest = self._latest if piece is None else piece
            try:
                if self._latest is not None:
                    show(self._latest, last)
            except BaseException:
                self._at_work = False
                raise
            finally:
                if last and self._current is None:
                    self._idle.set()
            return True
