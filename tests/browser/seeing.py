"""What a page looks like to axe and to a ruler: findings of accessibility, overlaps, and the theme it is read in."""

from __future__ import annotations

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
