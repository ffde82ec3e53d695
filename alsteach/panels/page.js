// The second line of a page's top bar: how far the reader has come, and in JupyterLab a quiet page.
//
// JupyterLab numbers every cell, leaves a bar where code is folded away, and at Run All takes its reader to the end.
// Without an extension a page can change that only from inside: a style for the document, a class on its own notebook
// panel, and a look at the indicator that says when all has run.

const QUIET = "alsteach-quiet";
const PLACEHOLDER = ".jp-Cell-inputWrapper > .jp-InputPlaceholder";
const SCROLLER = ".jp-WindowedPanel-outer";
const INDICATOR = ".jp-Notebook-ExecutionIndicator";
const GLOSSARY_LINK = 'a[href*="glossary.ipynb"][href*="#cell-id="]';
const FRAMES = 30; // JupyterLab follows its last cell for some frames after it has run
const STYLE = `
.${QUIET} .jp-InputPrompt, .${QUIET} .jp-OutputPrompt, .${QUIET} .jp-OutputArea-promptOverlay { display: none; }
.${QUIET} .jp-Cell-inputWrapper:has(> .jp-InputPlaceholder) { display: none; }
.${QUIET} .jp-MarkdownCell .jp-MarkdownOutput { padding-left: 0; }
.jp-OutputArea-output:has(> .alsteach-page) { padding-right: 0; }
.${QUIET} .jp-RenderedMarkdown li { overflow-wrap: break-word; }
.alsteach-page-line { display: flex; flex-wrap: wrap; align-items: center; gap: 4px 12px; font-size: 13px;
  line-height: 1.5; padding: 4px 0; color: var(--jp-ui-font-color1, inherit); }
.alsteach-page-line progress { flex: 0 0 110px; width: 110px; }
.alsteach-page-line button { margin-left: auto; padding: 1px 10px; font: inherit; color: inherit; cursor: pointer;
  background: transparent; border: 1px solid currentColor; border-radius: 3px; }
`;

function addStyle() {
  if (document.getElementById("alsteach-page-style")) return;
  const style = Object.assign(document.createElement("style"), { id: "alsteach-page-style", textContent: STYLE });
  document.head.append(style);
  landOnTheWord();
}

/** Call `found` with the notebook panel that holds `el`, as soon as `el` stands in it. */
function whenPlaced(el, found, stop) {
  const look = () => {
    const panel = el.closest(".jp-NotebookPanel");
    if (panel) found(panel);
    return panel !== null;
  };
  if (look()) return;
  const watcher = new MutationObserver(() => look() && watcher.disconnect());
  watcher.observe(document.body, { childList: true, subtree: true });
  stop.addEventListener("abort", () => watcher.disconnect());
}

/** The indicator of this panel; a narrow window moves it into a menu outside. */
function indicators(panel) {
  const inside = panel.querySelector(INDICATOR);
  if (inside) return [inside];
  return [...document.querySelectorAll(INDICATOR)].filter((it) => !it.closest(".jp-NotebookPanel"));
}

/** Stay at the top until all cells have run, unless the reader moves. */
function stayAtTop(panel, stop) {
  const scroller = panel.querySelector(SCROLLER);
  if (!scroller) return;
  const moved = new AbortController();
  for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"])
    panel.addEventListener(kind, () => moved.abort(), { signal: moved.signal, capture: true, passive: true });
  stop.addEventListener("abort", () => moved.abort(), { signal: moved.signal });
  let rest = FRAMES;
  const hold = () => {
    if (moved.signal.aborted) return;
    scroller.scrollTop = 0;
    const running = indicators(panel).some((it) => it.dataset.status !== "idle");
    rest = running ? FRAMES : rest - 1;
    if (rest > 0) requestAnimationFrame(hold);
    else moved.abort();
  };
  hold();
}

/** Follow a link into the glossary once more when that page has unfolded: JupyterLab goes to the place its cells had
 * before they were rendered. */
function landOnTheWord() {
  const follow = (link, panel) => {
    const scroller = panel.querySelector(SCROLLER);
    const moved = new AbortController();
    for (const kind of ["wheel", "touchmove", "pointerdown", "keydown"])
      panel.addEventListener(kind, () => moved.abort(), { signal: moved.signal, capture: true, passive: true });
    let height = -1;
    let still = 0;
    const look = () => {
      if (moved.signal.aborted || panel.classList.contains("lp-mod-hidden")) return;
      still = scroller.scrollHeight === height ? still + 1 : 0;
      height = scroller.scrollHeight;
      if (still < FRAMES || panel.querySelector(".jp-MarkdownCell:not(.jp-mod-rendered)")) return requestAnimationFrame(look);
      moved.abort();
      link.click();
    };
    look();
  };
  document.addEventListener(
    "click",
    (event) => {
      const link = event.isTrusted && event.target.closest?.(GLOSSARY_LINK);
      const here = link && link.closest(".jp-NotebookPanel");
      if (!here) return;
      const known = new Set(document.querySelectorAll(".jp-NotebookPanel"));
      const watcher = new MutationObserver(() => {
        const opened = [...document.querySelectorAll(".jp-NotebookPanel")].find((panel) => !known.has(panel));
        if (!opened?.querySelector(SCROLLER)) return;
        watcher.disconnect();
        follow(link, opened);
      });
      watcher.observe(document.body, { childList: true, subtree: true });
      setTimeout(() => watcher.disconnect(), 20000);
    },
    { capture: true },
  );
}

function codeButton(labels, stop) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: labels.show });
  let panel = null;
  let opened = [];
  const quiet = (on) => {
    panel.classList.toggle(QUIET, on);
    button.textContent = on ? labels.show : labels.hide;
    button.setAttribute("aria-pressed", String(!on));
  };
  const show = () => {
    const folded = [...panel.querySelectorAll(PLACEHOLDER)];
    opened = folded.map((placeholder) => placeholder.closest(".jp-Cell"));
    for (const placeholder of folded) placeholder.querySelector(".jp-Placeholder-content").click();
  };
  const hide = () => {
    const open = opened.filter((cell) => !cell.querySelector(PLACEHOLDER));
    for (const cell of open) cell.querySelector(".jp-InputCollapser .jp-Collapser-child").click();
    opened = [];
  };
  button.addEventListener("click", () => {
    if (!panel) return;
    const on = panel.classList.contains(QUIET);
    if (on) show();
    else hide();
    quiet(!on);
  });
  return {
    button,
    place(found) {
      panel = found;
      quiet(true);
      stayAtTop(panel, stop);
    },
    leave() {
      if (panel && !panel.querySelector(".alsteach-page-line")) panel.classList.remove(QUIET);
    },
  };
}

function render({ model, el }) {
  addStyle();
  const line = Object.assign(document.createElement("div"), { className: "alsteach-page-line" });
  const bar = document.createElement("progress");
  const said = document.createElement("span");
  line.append(bar, said);
  const tell = () => {
    bar.hidden = model.get("of") === 0;
    bar.max = Math.max(model.get("of"), 1);
    bar.value = model.get("done");
    bar.setAttribute("aria-label", model.get("said"));
    said.textContent = model.get("said");
  };
  tell();
  for (const change of ["change:said", "change:done", "change:of"]) model.on(change, tell);
  el.append(line);
  const stop = new AbortController();
  const code = model.get("quiet") ? codeButton(model.get("labels"), stop.signal) : null;
  if (code) {
    line.append(code.button);
    whenPlaced(el, code.place, stop.signal);
  }
  return () => {
    for (const change of ["change:said", "change:done", "change:of"]) model.off(change, tell);
    stop.abort();
    code?.leave();
  };
}

export default { render };
