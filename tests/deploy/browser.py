"""One student at a real browser: logs in through the hub's form, runs the notebook, moves the slider by its key."""

from __future__ import annotations

import time

from tests.browser.lab import CHROMIUM_FLAGS, Page
from tests.deploy.hub import Hub

# From the key press to the moment another picture than before has been decoded, by the browser's own clock.
WATCH = """([handle, area]) => {
    const shown = () => area.querySelector('figure img')?.getAttribute('src');
    const before = shown();
    let pressed = null;
    handle.addEventListener('keydown', () => { pressed = performance.now(); }, {capture: true, once: true});
    window.alsteachMoved = new Promise(done => {
        const watch = new MutationObserver(async () => {
            if (!shown() || shown() === before) return;
            watch.disconnect();
            await area.querySelector('figure img').decode().catch(() => null);
            done((performance.now() - pressed) / 1000);
        });
        watch.observe(area, {subtree: true, childList: true, attributes: true});
        setTimeout(() => { watch.disconnect(); done(null); }, 300000);
    });
}"""


class _SignedIn:
    """A browser whose every new page belongs to the student who signed in."""

    def __init__(self, chromium, state):
        self._chromium, self._state = chromium, state

    def new_context(self, **options):
        return self._chromium.new_context(storage_state=self._state, **options)


def sign_in(chromium, hub: Hub, name: str) -> tuple[_SignedIn, float]:
    """Fill in the form and wait for JupyterLab; return the browser and the seconds from the press to JupyterLab."""
    from playwright.sync_api import Error as PlaywrightError

    context = chromium.new_context()
    try:
        page = context.new_page()
        page.goto(f"{hub.address}/hub/login")
        page.fill("#username_input", name)
        page.fill("#password_input", hub.password)
        started = time.monotonic()
        page.click("#login_submit")
        try:
            page.locator(".jp-NotebookPanel").first.wait_for(timeout=300_000)
        except PlaywrightError as error:
            raise RuntimeError(f"{name} sees {page.inner_text('body')[:300]!r}") from error
        return _SignedIn(chromium, context.storage_state()), time.monotonic() - started
    finally:
        context.close()


def sit_at_a_browser(chromium_path: str, hub: Hub, name: str, what, how, ready, wait_for_others) -> dict:
    """Do what a student does; ``ready()`` says that the notebook has run, ``wait_for_others()`` that all have."""
    from playwright.sync_api import sync_playwright

    (notebook, label), (moves, every) = what, how
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        signed_in, start_seconds = sign_in(chromium, hub, name)
        page = Page(signed_in, f"{hub.address}/user/{name}{{path}}", notebook)
        started = time.monotonic()
        page.run_all()
        run_seconds = time.monotonic() - started
        panel = page.panel("A slope instead of groups")
        handle = panel.handle(label)
        handle.focus()
        ready()
        wait_for_others()
        seconds, shown, beat = [], [], time.monotonic()
        for number in range(moves):
            page.page.wait_for_timeout(max(0.0, beat + number * every - time.monotonic()) * 1000)
            page.page.evaluate(WATCH, [handle.element_handle(), panel.box.element_handle()])
            handle.press("ArrowRight")
            took = page.page.evaluate("window.alsteachMoved")
            if took is not None:
                seconds.append(took)
            number_box = panel.box.locator(f'.alsteach-setting:has(.widget-label:text-is("{label}")) input')
            shown.append((float(number_box.last.input_value()), panel.text()))
        errors = page.errors() + page.outside
        page.close(kernel_too=False)  # the hub counts what it has used
        chromium.close()
    if errors:
        raise RuntimeError(f"{name}: {errors[0]}")
    return {"start_s": start_seconds, "run_all_s": run_seconds, "seconds": seconds, "shown": shown}


def read_at_a_browser(chromium_path: str, hub: Hub, name: str, notebook: str, panels: int) -> dict:
    """Open a page to read on the student's own server; return what it shows, and after how long."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=CHROMIUM_FLAGS)
        signed_in, _ = sign_in(chromium, hub, name)
        page = signed_in.new_context().new_page()
        page.set_default_timeout(300_000)
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        started = time.monotonic()
        page.goto(f"{hub.address}/user/{name}/voila/render/notebooks/{notebook}")
        page.locator("figure.alsteach-picture-2 img[src^=blob]").first.wait_for()
        first = time.monotonic() - started
        page.locator(".alsteach-panel-2").nth(panels - 1).wait_for()
        errors = page.locator('[data-mime-type$="stderr"], [data-mime-type$="error"]')
        found = {
            "first_s": first,
            "panels": page.locator(".alsteach-panel-2").count(),
            "code": page.locator(".jp-CodeCell .jp-InputArea").all_inner_texts(),
            "errors": errors.all_inner_texts(),
            "outside": [url for url in asked if not url.startswith((hub.address, "data:", "blob:"))],
        }
        chromium.close()
    return found
