"""Pages of HTML as PDF, by the Chromium that is installed."""

from __future__ import annotations

from pathlib import Path

from .chromium import find_chromium

FOOTER = (
    '<div style="font: 8pt sans-serif; width: 100%; text-align: center">'
    '<span class="title"></span> · page <span class="pageNumber"></span> of <span class="totalPages"></span></div>'
)


def print_pages(pages: list[Path]) -> list[Path]:
    """Print each HTML file to a PDF beside it; return the PDFs, or an empty list where nothing can print."""
    browser_path = find_chromium()
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        return []
    if not browser_path:
        return []
    printed = []
    arguments = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu"]  # Chromium as root needs them
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=arguments)
        try:
            page = browser.new_page()
            for path in pages:
                page.goto(Path(path).resolve().as_uri())
                target = Path(path).with_suffix(".pdf")
                page.pdf(
                    path=str(target),
                    prefer_css_page_size=True,
                    print_background=True,
                    display_header_footer=True,
                    header_template="<span></span>",
                    footer_template=FOOTER,
                    tagged=True,  # for those who have it read aloud
                )
                printed.append(target)
        finally:
            browser.close()
    return printed
