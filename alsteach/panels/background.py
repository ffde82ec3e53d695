"""Work that takes longer than a blink: one daemon thread at a time, a progress bar, and a Stop that stops."""

from __future__ import annotations

import threading

import ipywidgets as widgets


class Stopped(Exception):
    """Raised inside a job that is no longer wanted."""


class Job:
    """What a running computation sees of the outside."""

    def __init__(self, report):
        self._wanted = True
        self._report = report

    def report(self, share: float) -> None:
        """Show progress (0 to 1); raise `Stopped` if a newer request or Stop has made this job pointless."""
        if not self._wanted:
            raise Stopped
        self._report(self, share)

    @property
    def wanted(self) -> bool:
        return self._wanted

    def stop(self) -> None:
        self._wanted = False


class Background:
    """Runs the newest request only: an older one is told to stop, and whatever it returns is dropped."""

    def __init__(self):
        self._lock = threading.RLock()
        self._job = None
        self._handing_over = False  # while ``done`` has a result in hand, nobody who waits may go on
        self._idle = threading.Event()
        self._idle.set()
        self.bar = widgets.FloatProgress(
            min=0,
            max=1,
            value=0,
            description="Working",
            layout=widgets.Layout(flex="0 1 420px", min_width="140px"),
        )
        self.stop_button = widgets.Button(description="Stop", tooltip="Stop this computation")
        self.stop_button.on_click(lambda _: self.cancel("Stopped; the picture is the one from before."))
        self.note = widgets.Label("")
        self.stop_button.layout = widgets.Layout(flex="0 1 148px")
        parts = [self.bar, self.stop_button, self.note]
        self.view = widgets.HBox(parts, layout=widgets.Layout(max_width="100%"))
        self._hide("")

    def _hide(self, note: str) -> None:
        self.bar.layout.visibility = self.stop_button.layout.visibility = "hidden"
        self.note.value = note

    def _progress(self, job: Job, share: float) -> None:
        if job is self._job and (share - self.bar.value > 0.02 or share >= 1):
            self.bar.value = min(share, 1.0)

    def start(self, work, done) -> Job:
        """Run ``work(job)`` in a daemon thread and hand its result (or the exception it raised) to ``done``."""
        with self._lock:
            if self._job is not None:
                self._job.stop()
            job = self._job = Job(self._progress)
            self._idle.clear()
            self.bar.value, self.note.value = 0.0, ""
            self.bar.layout.visibility = self.stop_button.layout.visibility = "visible"
        threading.Thread(target=self._run, args=(job, work, done), daemon=True).start()
        return job

    def _run(self, job: Job, work, done) -> None:
        try:
            result = work(job)
        except Stopped:
            return
        except Exception as problem:  # handed on: a thread has nobody else to tell
            result = problem
        with self._lock:
            if job is not self._job or not job._wanted:
                return
            job.stop()  # done with: nobody waits for it any more, not even what ``done`` calls
            self._handing_over = True
            try:
                done(result)
            finally:
                self._handing_over = False
                if self._job in (job, None):
                    self._job = None
                    self._hide("")
                    self._idle.set()

    def cancel(self, note: str = "") -> None:
        """Stop what runs, at once; the last picture stays."""
        with self._lock:
            if self._job is not None:
                self._job.stop()
                self._job = None
            self._hide(note)
            if not self._handing_over:
                self._idle.set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until nothing runs."""
        return self._idle.wait(timeout)
