"""What a page looks like to axe and to a ruler: accessibility, overlaps, what of a panel's contract is broken."""

from __future__ import annotations

import pytest

from tests.panels.states import LAPTOP, LONG, PHONE, ROOM_ON_A_PHONE

OURS = (".alsteach-panel", ".alsteach-quiz", ".alsteach-my-progress")
# ipywidgets gives the handle of a slider no accessible name and no way to set one from Python (its label is beside it,
# and the number box of the same control carries the label for screen readers).
NOT_OURS = {"aria-input-field-name": "noUi-handle"}
OVERLAPS = """panel => {
    const found = [], seen = e => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().width > 2;
    const name = e => (e.textContent || e.getAttribute('title') || e.className).trim().slice(0, 40);
    const wanted = '.widget-label, .slider-container, input, select, button, img, figcaption';
    const parts = [...panel.querySelectorAll(wanted)]
        // Hands and marks lie on the picture, and on each other where a hand stands on a mark.
        .filter(e => seen(e) && !e.closest('details') && !e.matches('.alsteach-hand, .alsteach-mark'));
    const boxes = parts.map(e => e.getBoundingClientRect()), edge = panel.getBoundingClientRect();
    for (let i = 0; i < parts.length; i++) {
        const a = boxes[i];
        if (a.right > edge.right + 1 || a.left < edge.left - 1) found.push(`${name(parts[i])}: outside its panel`);
        if (parts[i].matches('.widget-label') && parts[i].scrollWidth > parts[i].clientWidth + 1)
            found.push(`${name(parts[i])}: cut or spilling`);
        for (let j = i + 1; j < parts.length; j++) {
            const b = boxes[j];
            const wide = Math.min(a.right, b.right) - Math.max(a.left, b.left);
            const high = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
            if (wide > 1 && high > 1 && !parts[i].contains(parts[j]))
                found.push(`${name(parts[i])} overlaps ${name(parts[j])}: ${wide.toFixed()} × ${high.toFixed()} px`);
        }
    }
    if (panel.scrollWidth > panel.clientWidth + 1) found.push('wider than its cell');
    return found;
}"""


SEEN_AT_ONCE, WHOLE = 500, 600  # px
SETTLED = """box => {
    const image = box.querySelector('figure.alsteach-figure img');
    const place = box.querySelector('.alsteach-place-of-picture');
    const wanted = Math.max(Math.min(Math.floor(place.clientWidth / 40) * 40, 760), 280) * devicePixelRatio;
    return place.clientWidth > 0 && image.complete && Math.abs(image.naturalWidth - wanted) < 2
        && box.querySelector('.alsteach-working').hidden;
}"""
# What to know of a panel that does not come to rest.
STANDS = """box => {
    const image = box.querySelector('figure.alsteach-figure img');
    const {session} = jupyterapp.shell.currentWidget.sessionContext;
    return {
        room: box.querySelector('.alsteach-place-of-picture').clientWidth, sharpness: devicePixelRatio,
        width: image.naturalWidth, complete: image.complete, hidden: image.hidden,
        working: box.querySelector('.alsteach-working').textContent,
        ended: box.querySelector('.alsteach-working').hidden,
        finding: box.querySelector('.alsteach-said-2').textContent,
        kernel: session?.kernel?.status, connection: session?.kernel?.connectionStatus,
    };
}"""
SEEN = """async box => {
    const of = place => box.querySelector(place), rect = place => of(place).getBoundingClientRect();
    const image = of('figure.alsteach-figure img');
    const bytes = new Uint8Array(await (await fetch(image.src)).arrayBuffer());
    let hash = 0;
    for (const byte of bytes) hash = (31 * hash + byte) | 0;
    const wide = [];
    for (let e = of('.alsteach-body'); !e.matches('.jp-WindowedPanel-outer'); e = e.parentElement)
        if (e.clientWidth && e.scrollWidth > e.clientWidth + 1)
            wide.push(`${e.className}: ${e.scrollWidth} > ${e.clientWidth}`);
    const controls = [...box.querySelectorAll('.alsteach-controls > .alsteach-setting')]
        .filter(e => e.checkVisibility());
    const stands = of('.alsteach-stands')?.textContent ?? '';
    return {
        hash, wide, controls: controls.length,
        together: rect('.alsteach-finding').bottom - rect('.alsteach-steps').top,
        whole: box.getBoundingClientRect().height,
        right: box.getBoundingClientRect().right, window: innerWidth,
        scale: image.getBoundingClientRect().width * devicePixelRatio / image.naturalWidth,
        width: Math.round(image.naturalWidth / devicePixelRatio),
        alternative: image.alt,
        name: of('.alsteach-caption b').textContent,
        caption: of('.alsteach-caption').textContent.slice(of('.alsteach-caption b').textContent.length).trim(),
        finding: of('.alsteach-said-2').textContent.replace(stands, '').trim(),
    };
}"""


def findings(page) -> tuple[list[str], set[str]]:
    """Return serious and critical findings of axe in what is ours, and the rules that found something in order."""
    from axe_playwright_python.sync_playwright import Axe

    places = [[place] for place in OURS if page.locator(place).count()]
    answer = Axe().run(page, {"include": places}, options={"resultTypes": ["violations", "passes"]}).response
    found = [
        f"{rule['id']}: {node['html'][:160]}; {node['failureSummary'][:200]}"
        for rule in answer["violations"]
        if rule["impact"] in ("serious", "critical")
        for node in rule["nodes"]
        if NOT_OURS.get(rule["id"], "\0") not in node["html"]
    ]
    return found, {rule["id"] for rule in answer["passes"]}


def overlaps(page) -> list[str]:
    """Return which controls, labels and pictures of the visible panels lie on one another or outside their panel."""
    found = []
    for box in page.locator(".alsteach-panel:visible").all():
        box.scroll_into_view_if_needed()
        title = box.locator(".alsteach-title").text_content()
        found += [f"{title}: {what}" for what in box.evaluate(OVERLAPS)]
    return found


def take_theme(page, name: str) -> None:
    """Choose a theme from the menu, and wait until the page has it."""
    page.locator('.lm-MenuBar-itemLabel:text-is("Settings")').click()
    page.locator('.lm-Menu-itemLabel:text-is("Theme")').click()
    page.locator(f'.lm-Menu-itemLabel:text-is("{name}")').click()
    page.locator(f'body[data-jp-theme-name="{name}"]').wait_for(state="attached")


def findings_in(page, theme: str) -> list[str]:
    """Return what axe finds in a theme; the page is light again afterwards."""
    if theme.endswith("Dark"):
        take_theme(page, theme)
    try:
        found, in_order = findings(page)
    finally:
        if theme.endswith("Dark"):
            take_theme(page, "JupyterLab Light")
    assert {"color-contrast", "image-alt", "button-name"} <= in_order, "axe saw too little"
    return found


def settle(page, box, name: str) -> None:
    """Wait until a panel's picture fits its place and nothing is being computed."""
    box.scroll_into_view_if_needed()
    from playwright.sync_api import TimeoutError as NothingHappened

    try:
        page.wait_for_function(f"box => ({SETTLED})(box)", arg=box.element_handle(), timeout=1000 * LONG)
        return
    except NothingHappened:
        pass  # what stands there is said, and not waited for again
    pytest.fail(f"{name} does not come to rest: {box.evaluate(STANDS)}")


def see(page, box, name: str) -> dict:
    """Return what a panel at rest shows, measured."""
    settle(page, box, name)
    return box.evaluate(SEEN)


def faults(seen: list[dict], on_a_phone: bool = False) -> list[str]:
    """Return what of the contract these steps break."""
    found = []
    for before, now in zip([None, *seen], seen, strict=False):
        measures = [
            ("words in the finding", len(now["finding"].split()), 30),
            ("words in the caption", len(now["caption"].split()), 25),
            ("words in the step's name", len(now["name"].split()), 4),
            ("controls in sight", now["controls"], 3),
        ]
        if not on_a_phone:
            measures += [
                ("px of steps, picture and finding", now["together"], SEEN_AT_ONCE),
                ("px of the whole panel", now["whole"], WHOLE),
            ]
        found += [
            f"{now['name']} {value:.0f} {what}, not {most}" for what, value, most in measures if value > most
        ]
        # Pictures of these widths, and how small their letters are, are looked at in tests/panels/test_contract.py.
        width, room = (PHONE, ROOM_ON_A_PHONE) if on_a_phone else (LAPTOP, LAPTOP)
        if now["width"] != width or now["scale"] < room / width - 0.01:
            found.append(f"{now['name']} a picture of {now['width']} px shown {now['scale']:.2f} as large")
        if now["wide"] or now["right"] > now["window"] + 1:
            found.append(f"{now['name']} sideways scrolling: {now['wide']}, right edge at {now['right']:.0f}")
        if before and before["hash"] == now["hash"]:
            found.append(f"{now['name']} the picture stays")
        if before and before["alternative"] == now["alternative"]:
            found.append(f"{now['name']} the alternative text stays")
    return found
