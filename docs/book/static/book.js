// The book's only script: panels move through pictures drawn beforehand, questions reply, answers stay in the browser.
// No library, no request: pages are opened from a disk. What is said comes with the page.

const PHONE = window.matchMedia("(max-width: 600px)");

function make(tag, name, parent, attributes = {}) {
  const element = document.createElement(tag);
  if (name) element.className = name;
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  parent?.append(element);
  return element;
}

function button(parent, text, act, name = "") {
  const made = make("button", `book-button ${name}`.trim(), parent, { type: "button" });
  made.textContent = text;
  // A button that is off keeps the keyboard's focus: it only says so.
  made.addEventListener("click", () => made.getAttribute("aria-disabled") !== "true" && act());
  return made;
}

const ended = (text) => (/[?!]$/.test(text) ? text : `${text}.`);
const off = (element, isOff) => element.setAttribute("aria-disabled", String(Boolean(isOff)));
const dataOf = (section) => JSON.parse(section.querySelector(":scope > script").textContent);

// While a hand is held, `moved` hears where the pointer is.
function hold(hand, moved) {
  let held = false;
  hand.addEventListener("pointerdown", (event) => {
    event.preventDefault();
    hand.setPointerCapture(event.pointerId);
    hand.focus();
    held = true;
  });
  hand.addEventListener("pointermove", (event) => held && moved(event));
  for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) hand.addEventListener(kind, () => (held = false));
}

// ---- what is kept

const store = {
  prefix: "alsteach-book ",
  kept: new Map(),
  works: (() => {
    try {
      localStorage.setItem("alsteach-book", "1");
      localStorage.removeItem("alsteach-book");
      return true;
    } catch {
      return false;
    }
  })(),
  get(name) {
    if (!this.works) return this.kept.get(name) ?? {};
    try {
      return JSON.parse(localStorage.getItem(this.prefix + name)) ?? {};
    } catch {
      return {};
    }
  },
  put(name, more) {
    const entry = { ...this.get(name), ...more };
    this.kept.set(name, entry);
    try {
      if (this.works) localStorage.setItem(this.prefix + name, JSON.stringify(entry));
    } catch {
      this.works = false; // full: from now on until the page is closed
    }
    document.dispatchEvent(new CustomEvent("answered"));
  },
  get answered() {
    const known = this.works ? Object.keys(localStorage) : [...this.kept.keys()].map((key) => this.prefix + key);
    return known.filter((key) => key.startsWith(this.prefix) && !key.includes(".html")).length;
  },
  clear() {
    this.kept.clear();
    if (!this.works) return;
    Object.keys(localStorage).filter((key) => key.startsWith(this.prefix)).forEach((key) => localStorage.removeItem(key));
  },
};

// ---- a panel

class Moving {
  static all = new Map(); // by the panel's key

  constructor(section) {
    this.section = section;
    Object.assign(this, dataOf(section));
    const find = (name) => section.querySelector(`:scope > .moving-${name}`);
    this.figure = find("picture");
    this.image = this.figure.querySelector("img");
    this.source = this.figure.querySelector("source");
    this.overlay = this.figure.querySelector(".moving-hands");
    // What differs from the picture below it: most of a picture stays as a control moves.
    this.over = make("img", "moving-over", null, { alt: "", "aria-hidden": "true" });
    this.overlay.before(this.over);
    this.finding = find("finding");
    this.numbers = find("numbers");
    this.control = find("control");
    this.hand = make("div", "moving-hand moving-main", this.overlay, { "aria-hidden": "true" }); // the keyboard has the slider
    hold(this.hand, (event) => {
      const usable = this.usable().filter((i) => this.handOf(i));
      this.move(usable[this.nearest(event, usable.map((i) => this.handOf(i)))]);
    });
    this.hand.addEventListener("pointerdown", () => this.fetchAll());
    this.guesses = new Map(); // step -> where on the path it was locked, or null if skipped
    Moving.all.set(section.dataset.panel, this);
    if (this.other) document.addEventListener("guessed", () => this.show());
    this.keptAs = `${location.pathname.split("/").pop()} ${section.id}`;
    const kept = store.get(this.keptAs);
    for (const [step, at] of Object.entries(kept.guesses ?? {})) this.guesses.set(Number(step), at);
    this.buildWalk(find("walk"));
    section.classList.add("moving-ready");
    this.go(this.opens);
    PHONE.addEventListener("change", () => this.show());
    new ResizeObserver(() => this.holdRoom()).observe(section);
  }

  // The tallest finding holds the room, or on a phone the slider would move away under the finger.
  holdRoom() {
    const width = this.finding.clientWidth;
    if (!width || width === this.heldFor) return;
    this.heldFor = width;
    const all = make("p", "moving-finding moving-all");
    all.style.width = `${width}px`;
    const findings = this.tracks.flatMap(({ states }) => states.flatMap((state) => [state.finding, state.marked ?? ""]));
    const asked = this.steps.filter((step) => step.guess);
    for (const text of new Set([...findings, ...asked.map((step) => step.guess.finding)])) make("span", "", all).textContent = text;
    for (const { guess, track, state } of asked) {
      const stands = this.onPath(guess).locked.reduce((best, text) => (text.length > best.length ? text : best), "");
      const last = make("span", "", all);
      last.textContent = this.tracks[track].states[state].finding;
      make("b", "moving-stands", last).textContent = ` ${stands}`;
    }
    this.finding.before(all);
    this.finding.style.minHeight = `${all.getBoundingClientRect().height}px`;
    all.remove();
  }

  buildWalk(walk) {
    this.back = button(walk, this.words.back, () => this.go(this.step - 1));
    this.forth = button(walk, this.words.next, () => this.go(this.step + 1), "book-first");
    this.place = make("span", "moving-place", walk);
    this.caption = make("span", "moving-caption", walk, { "aria-live": "polite" });
    // All captions lie over one another, so that the longest holds the room and nothing below jumps.
    this.caption.replaceChildren();
    this.longest = this.steps.reduce((best, step) => (step.caption.length > best.length ? step.caption : best), "");
    for (const name of ["moving-unseen", "moving-said"]) make("span", name, this.caption, name === "moving-unseen" ? { "aria-hidden": "true" } : {});
    this.caption.firstChild.textContent = `${ended(this.steps[0].name)} ${this.longest}`;
  }

  get open() {
    return Boolean(this.steps[this.step].guess) && !this.guesses.has(this.step);
  }

  get states() {
    return this.tracks[this.track].states;
  }

  go(step) {
    if (step < 0 || step >= this.steps.length) return;
    this.step = step;
    ({ track: this.track, state: this.state } = this.steps[step]);
    this.put = { span: this.tracks[this.track].span, at: this.states[this.state].at };
    this.tellStep();
    this.show();
  }

  tellStep() {
    const { name, caption } = this.steps[this.step];
    const said = this.caption.lastChild;
    said.replaceChildren();
    make("b", "", said).textContent = ended(name);
    said.append(` ${caption}`);
    this.place.textContent = this.words.place[this.step];
    off(this.back, this.open || this.step === 0);
    off(this.forth, this.open || this.step + 1 === this.steps.length);
  }

  // On a phone a slider has the places that are drawn for a phone.
  usable() {
    return this.states.map((_, i) => i).filter((i) => !PHONE.matches || this.states[i].narrow);
  }

  show() {
    const guess = this.steps[this.step].guess;
    const shown = this.open ? guess : this.states[this.state];
    this.source.setAttribute("srcset", this.link + (shown.narrow ?? shown.wide));
    this.image.src = this.link + shown.wide;
    const over = PHONE.matches ? shown.narrow_over : shown.wide_over;
    this.over.hidden = !over;
    if (over) this.over.src = this.link + over;
    const finding = this.findingOf(shown);
    this.image.alt = this.words.alternative.replace("…", () => [finding, ...shown.numbers].join(" "));
    this.finding.textContent = finding;
    const list = this.numbers.querySelector("ul");
    list.replaceChildren();
    for (const text of shown.numbers) make("li", "", list).textContent = text;
    this.numbers.hidden = shown.numbers.length === 0;
    for (const one of [...this.overlay.children]) if (one !== this.hand) one.remove(); // it may be held just now
    this.showControl();
    this.showHands();
    const standing = this.state === this.steps[this.step].state && this.track === this.steps[this.step].track;
    if (this.open) this.askGuess(guess);
    else if (guess && standing && this.guesses.get(this.step) != null) this.showGuess();
    else this.markGuess(this.tracks[this.track].guess);
  }

  // Where another panel's guess is spoken of, once it is locked.
  findingOf(shown) {
    const guessed = shown.marked && Moving.all.get(this.other)?.locked;
    return guessed == null ? shown.finding : shown.marked.replace("…", () => guessed.toLocaleString("en-US"));
  }

  get locked() {
    const [[step, part] = []] = [...this.guesses].filter(([, kept]) => kept !== null);
    if (step === undefined) return null;
    const { path } = this.onPath(this.steps[step].guess);
    return path[this.at(path, part)][2];
  }

  showControl() {
    const track = this.tracks[this.track];
    const usable = this.usable();
    const key = `${this.track} ${this.open} ${usable.length}`;
    if (key !== this.controlKey) {
      this.controlKey = key;
      this.control.replaceChildren();
      this.input = null;
      if (!this.open && track.states.length > 1) this.buildControl(track, usable);
      if (!this.open && track.second) this.buildSecond(track.second);
    }
    if (!this.open && track.second) {
      const { off: reason = "" } = this.states[this.state];
      this.second.disabled = Boolean(reason);
      this.reason.textContent = reason;
    }
    if (!this.input) return;
    const { label } = this.states[this.state];
    if (this.input.tagName === "SELECT") {
      this.input.value = this.state;
      return;
    }
    this.input.value = Math.max(usable.indexOf(this.state), 0);
    this.input.setAttribute("aria-valuetext", label);
    this.output.textContent = label;
  }

  buildControl(track, usable) {
    const row = make("label", "moving-row", this.control);
    make("span", "", row).textContent = track.label;
    if (!track.slides) {
      this.input = make("select", "", row);
      usable.forEach((i) => {
        make("option", "", this.input, { value: i }).textContent = track.states[i].label;
      });
      this.input.addEventListener("change", () => {
        const { turn } = this.states[Number(this.input.value)];
        if (turn) this.turn(...turn, track.label);
        else this.move(Number(this.input.value));
      });
      return;
    }
    this.input = make("input", "", row, { type: "range", min: 0, max: usable.length - 1, step: 1 });
    this.output = make("output", "", row);
    this.output.style.setProperty("--longest", `${Math.max(...usable.map((i) => track.states[i].label.length))}ch`);
    this.input.addEventListener("input", () => this.move(usable[Number(this.input.value)]));
    for (const kind of ["pointerdown", "focus"]) this.input.addEventListener(kind, () => this.fetchAll(), { once: true });
  }

  fetchAll() {
    this.usable().forEach((i) => {
      const { wide, narrow, wide_over, narrow_over } = this.states[i];
      new Image().src = this.link + (PHONE.matches ? narrow_over ?? narrow : wide_over ?? wide);
    });
  }

  buildSecond({ label, labels, tick, at }) {
    const row = make("label", "moving-row", this.control);
    make("span", "", row).textContent = label;
    this.second = tick ? make("input", "", row, { type: "checkbox" }) : make("select", "", row);
    if (tick) this.second.checked = at === 1;
    else {
      labels.forEach((text, i) => (make("option", "", this.second, { value: i }).textContent = text));
      this.second.value = at;
    }
    this.reason = make("span", "moving-reason", row);
    this.second.addEventListener("change", () => {
      const [track, state] = this.tracks[this.track].second.to[Number(tick ? this.second.checked : this.second.value)];
      this.turn(track, state, label);
    });
  }

  // A choice leads to another track: there to where the main control was put last, if it has the same range.
  turn(track, state, chosen) {
    this.track = track;
    const { span, at } = this.put;
    this.state = this.near(span === this.tracks[track].span ? at : this.states[state].at);
    this.show();
    // The rows are new, and the choice may stand in the other one of the two now.
    const row = [...this.control.children].find((one) => one.firstChild.textContent === chosen);
    row?.querySelector("select, input").focus();
  }

  move(state) {
    this.state = this.near(this.states[state].at);
    this.put = { span: this.tracks[this.track].span, at: this.states[this.state].at };
    this.show();
  }

  near(at) {
    const away = (i) => Math.abs(this.states[i].at - at);
    return this.usable().reduce((best, i) => (away(i) < away(best) ? i : best));
  }

  // ---- the hand on the picture, and what can be clicked

  handOf(state) {
    return this.states[state][PHONE.matches ? "hand_narrow" : "hand_wide"];
  }

  showHands() {
    const hand = this.open ? null : this.handOf(this.state);
    this.hand.hidden = !hand;
    if (hand) this.putAt(this.hand, hand);
    for (const [x, y, label, track, state] of (!this.open && this.states[this.state][PHONE.matches ? "marks_narrow" : "marks_wide"]) || []) {
      const mark = make("button", "moving-click", this.overlay, { type: "button", "aria-label": label });
      this.putAt(mark, [x, y]);
      mark.addEventListener("click", () => {
        const place = [...this.overlay.children].indexOf(mark);
        this.track = track;
        this.move(state);
        this.overlay.children[place]?.focus();
      });
    }
  }

  nearest(event, points) {
    const box = this.image.getBoundingClientRect();
    const away = ([x, y]) => Math.hypot(box.left + x * box.width - event.clientX, box.top + (1 - y) * box.height - event.clientY);
    return points.reduce((best, point, i) => (away(point) < away(points[best]) ? i : best), 0);
  }

  // ---- the guess

  onPath(guess) {
    return PHONE.matches ? guess.on_narrow : guess.on_wide;
  }

  // Positions are kept as parts of the path: both widths have their own.
  at(path, part) {
    return Math.round(part * (path.length - 1));
  }

  askGuess(guess) {
    const { path, start, here } = this.onPath(guess);
    const hand = make("div", "moving-hand", this.overlay, {
      tabindex: 0, role: "slider", "aria-label": this.words.drag_guess, "aria-valuemin": 0, "aria-valuemax": path.length - 1,
    });
    const said = make("span", "moving-here", this.overlay, { "aria-hidden": "true" });
    const row = make("div", "moving-answer", this.control);
    let now = this.at(path, this.guessing?.step === this.step ? this.guessing.part : start);
    const put = (near) => {
      now = Math.min(Math.max(near, 0), path.length - 1);
      this.putAt(hand, path[now]);
      this.putAt(said, path[now]);
      said.textContent = here[now];
      said.classList.toggle("moving-left", path[now][0] > 0.62);
      hand.setAttribute("aria-valuenow", now);
      hand.setAttribute("aria-valuetext", here[now]);
    };
    const touched = () => {
      this.guessing = { step: this.step, part: now / (path.length - 1) };
      off(lock, false);
    };
    this.control.replaceChildren(row);
    this.controlKey = null;
    const lock = button(row, this.words.lock, () => this.lock(now / (path.length - 1), path[now][2]), "book-first");
    button(row, this.words.skip, () => this.lock(null));
    off(lock, !this.guessing);
    put(now);
    hold(hand, (event) => {
      put(this.nearest(event, path));
      touched();
    });
    hand.addEventListener("keydown", (event) => {
      const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[event.key];
      if (!by) return;
      event.preventDefault();
      // Upwards is a larger value, whichever way the path runs.
      const rising = path[path.length - 1][2] >= path[0][2] ? 1 : -1;
      put(now + by * rising);
      touched();
    });
  }

  lock(part, value) {
    this.guesses.set(this.step, part);
    store.put(this.keptAs, { guesses: Object.fromEntries(this.guesses) });
    this.controlKey = null;
    this.tellStep();
    this.show();
    this.forth.focus();
    if (part !== null) this.section.dispatchEvent(new CustomEvent("guessed", { detail: value, bubbles: true }));
  }

  showGuess() {
    const stands = this.markGuess(this.step);
    make("b", "moving-stands", this.finding).textContent = ` ${stands}`;
  }

  // Mark where the guess was locked; return what is said of it.
  markGuess(step) {
    const part = this.guesses.get(step);
    if (part == null) return "";
    const { path, locked } = this.onPath(this.steps[step].guess);
    const now = this.at(path, part);
    const mark = make("div", "moving-mark", this.overlay, { "aria-hidden": "true" });
    mark.textContent = this.words.guess_mark;
    mark.classList.toggle("moving-left", path[now][0] > 0.62);
    this.putAt(mark, path[now]);
    this.image.alt += ` ${locked[now]}`;
    return locked[now];
  }

  putAt(element, [x, y]) {
    element.style.left = `${100 * x}%`;
    element.style.top = `${100 * (1 - y)}%`;
  }
}

// ---- questions

class Question {
  constructor(section) {
    this.section = section;
    Object.assign(this, dataOf(section));
    this.id = section.dataset.item;
    this.before = section.dataset.when === "before";
    this.told = section.querySelector(".reply");
    this.solution = section.querySelector("details.solution");
    if (this.solution) this.solution.hidden = true; // after a try
    this.buttons = make("div", "question-buttons");
    this.told.before(this.buttons);
    this.build();
    this.restore();
  }

  tell(html, right) {
    this.told.innerHTML = html;
    this.told.dataset.right = right === undefined ? "" : String(right);
    if (right !== undefined) this.told.querySelector("p")?.prepend(right ? "✓ " : "✗ ");
  }

  restore() {}
}

// Choices and numbers: an answer, its reply; a prediction is noted first and compared later.
class Answered extends Question {
  build() {
    this.fields = [...this.section.querySelectorAll("input")];
    this.checkButton = button(this.buttons, this.before ? this.words.note : this.words.check, () => this.check(), "book-first");
    if (this.before) {
      this.compareButton = button(this.buttons, this.words.compare, () => this.compare());
      off(this.compareButton, true);
    }
  }

  restore() {
    const { answer, compared } = store.get(this.id);
    if (answer === undefined) return;
    this.put(answer);
    this.answered(answer);
    if (compared) this.compare();
  }

  check() {
    const answer = this.answer;
    const [right, html] = this.judge(answer);
    if (right === null) {
      this.tell(html);
      return;
    }
    store.put(this.id, { answer });
    this.answered(answer);
  }

  answered(answer) {
    if (!this.before) {
      const [right, html] = this.judge(answer);
      this.tell(html, right);
      this.solution.hidden = false;
      return;
    }
    for (const field of this.fields) field.disabled = true; // the first prediction stands
    off(this.checkButton, true);
    off(this.compareButton, false);
    this.tell(`<p>${this.words.noted}</p>${this.look}`);
  }

  compare() {
    store.put(this.id, { compared: true });
    const [right, html] = this.judge(this.answer);
    this.tell(`<p>${right ? this.words.as_predicted : this.words.otherwise}</p>${this.outcome}${html}`, right);
    this.solution.hidden = false;
  }
}

class Choice extends Answered {
  get answer() {
    return this.fields.find((field) => field.checked)?.value;
  }
  put(answer) {
    for (const field of this.fields) field.checked = field.value === answer;
  }
  judge(answer) {
    return this.replies[answer] ?? [null, `<p>${this.words.choose}</p>`];
  }
}

class Numeric extends Answered {
  build() {
    super.build();
    this.fields[0].addEventListener("keydown", (event) => event.key === "Enter" && this.check());
  }
  get answer() {
    return this.fields[0].value.trim();
  }
  put(answer) {
    this.fields[0].value = answer;
  }
  // The same reading as on the live page: a comma may be a point, "3,700" may be 3700, "52 %" is 0.52 unless % is asked for.
  read(text) {
    let said = text.replaceAll("−", "-").replace(/[\u00a0\u202f]/g, " ").trim();
    const percent = said.endsWith("%") && this.unit !== "%";
    said = said.replace(/%$/, "").trim();
    if (this.unit && said.endsWith(this.unit)) said = said.slice(0, -this.unit.length).trim();
    said = said.replace(/(\d) (?=\d{3}\b)/g, "$1");
    const large = Math.abs(this.near[0][0]) >= 1000;
    if (/^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d*)?$/.test(said) && (large || said.split(",").length > 2 || said.includes("."))) said = said.replaceAll(",", "");
    else if (said.split(",").length === 2 && !said.includes(".")) said = said.replace(",", ".");
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(said)) return null;
    const places = said.includes(".") && !/e/i.test(said) ? said.split(".")[1].length : 0;
    return { value: Number(said) / (percent ? 100 : 1), places: places + (percent ? 2 : 0) };
  }
  judge(answer) {
    const number = this.read(answer ?? "");
    if (!number || !Number.isFinite(number.value)) return [null, `<p>${this.words.no_number}</p>`];
    const { value, places } = number;
    for (const [at, within, finer, right, html] of this.near) {
      const typed = Math.min(Math.max(this.decimals, places), this.decimals + 2);
      const reach = finer ? within * 10 ** (this.decimals - typed) : within;
      if (Math.abs(value - at) <= reach + 1e-12 * Math.abs(at)) return [right, html];
    }
    const [, html] = this.between.find(([end]) => value <= end) ?? this.between.at(-1);
    return [false, html];
  }
}

class Sorting extends Question {
  build() {
    const list = this.section.querySelector("ol.cards");
    this.table = make("div", "sorting");
    list.replaceWith(this.table);
    this.sorted = store.get(this.id).sorted ?? {};
    this.place = this.left();
    this.showCard();
  }

  left() {
    const at = this.cards.findIndex((_, i) => !(i in this.sorted));
    return at < 0 ? this.cards.length : at;
  }

  get right() {
    return this.cards.filter((card, i) => this.sorted[i] === card.box).length;
  }

  showCard() {
    this.table.replaceChildren();
    this.buttons.replaceChildren();
    this.told.replaceChildren();
    delete this.told.dataset.right;
    if (this.place >= this.cards.length) {
      this.showAll();
      return;
    }
    const card = this.cards[this.place];
    make("p", "question-label", this.table).textContent = `${this.places[this.place]} · ${this.counts[this.right]}`;
    make("div", "sorting-card", this.table, { role: "status" }).innerHTML = card.text;
    this.choices = Object.entries(this.boxes).map(([box, label]) =>
      Object.assign(button(this.buttons, label, () => this.choose(box)), { box }),
    );
  }

  choose(box) {
    if (this.place in this.sorted) return;
    const card = this.cards[this.place];
    this.sorted = { ...this.sorted, [this.place]: box };
    store.put(this.id, { sorted: this.sorted });
    for (const choice of this.choices) {
      off(choice, true);
      if (choice.box === card.box) choice.prepend("✓ ");
      else if (choice.box === box) choice.prepend("✗ ");
    }
    this.table.querySelector(".question-label").textContent = `${this.places[this.place]} · ${this.counts[this.right]}`;
    this.tell(card.said[box], box === card.box);
    const last = this.left() >= this.cards.length;
    button(this.buttons, last ? this.words.all : this.words.next, () => {
      this.place = this.left();
      this.showCard();
      this.choices?.[0]?.focus();
    }, "book-first").focus();
  }

  showAll() {
    this.solution.hidden = false;
    this.choices = null;
    for (const [box, label] of Object.entries(this.boxes)) {
      make("p", "sorting-box", this.table).textContent = label;
      const list = make("ul", "", this.table);
      this.cards.forEach((card, i) => {
        if (card.box !== box) return;
        const went = this.sorted[i] === card.box;
        const row = make("li", "", list);
        row.innerHTML = `${went ? "✓" : "✗"} ${card.text}${went ? "" : card.said[this.sorted[i]]}`;
      });
    }
    this.tell(this.all_sorted[this.right]);
  }
}

class Written extends Question {
  build() {
    this.field = this.section.querySelector("textarea");
    this.again = "again" in this.section.dataset;
    this.field.value = store.get(this.id).text ?? "";
    this.field.addEventListener("input", () => {
      store.put(this.id, { text: this.field.value });
      document.dispatchEvent(new CustomEvent("written", { detail: this }));
      this.say();
    });
    document.addEventListener("written", ({ detail }) => {
      if (detail !== this && detail.id === this.id) {
        this.field.value = detail.field.value;
        this.say();
      }
    });
    if (this.again) this.compareButton = button(this.buttons, this.words.compare, () => this.compare(), "book-first");
    this.say();
    if (this.again && store.get(this.id).compared) this.compare();
  }

  say() {
    const empty = !this.field.value.trim();
    if (this.compareButton) off(this.compareButton, empty);
    if (this.compared) return;
    const kept = store.works ? this.words.kept : this.words.not_kept;
    this.told.textContent = empty ? this.words.empty : this.again ? kept : `${kept} ${this.words.comes_back}`;
  }

  compare() {
    this.compared = true;
    store.put(this.id, { compared: true });
    this.told.innerHTML = this.model;
    make("p", "", this.told).textContent = this.words.checklist;
    this.points.forEach((point, i) => {
      const label = make("label", "written-point", this.told);
      const tick = make("input", "", label, { type: "checkbox" });
      make("span", "", label).innerHTML = point;
      tick.checked = (store.get(this.id).ticked ?? []).includes(i);
      tick.addEventListener("change", () => {
        const ticked = (store.get(this.id).ticked ?? []).filter((other) => other !== i);
        store.put(this.id, { ticked: tick.checked ? [...ticked, i] : ticked });
      });
    });
    make("p", "", this.told).textContent = this.words.better;
  }
}

const KINDS = { choice: Choice, number: Numeric, sort: Sorting, write: Written };

// What scrolls sideways on a phone is reached by keyboard too.
function reachTables() {
  for (const table of document.querySelectorAll("main table")) {
    if (table.scrollWidth > table.clientWidth) table.tabIndex = 0;
    else table.removeAttribute("tabindex");
  }
}

function start() {
  reachTables();
  addEventListener("resize", reachTables);
  // On a phone the contents lie over the page: a section chosen there is to be seen.
  const contents = document.getElementById("contents");
  contents?.addEventListener("click", (event) => event.target.closest("a") && contents.hidePopover?.());
  document.querySelectorAll("section.moving").forEach((section) => new Moving(section));
  const questions = new Map();
  document.querySelectorAll("section.question").forEach((section) => {
    const kind = KINDS[section.dataset.kind];
    if (kind) questions.set(section, new kind(section));
  });
  // A guess on a picture is the prediction beside it.
  document.querySelectorAll("div.quiz").forEach((quiz) => {
    const section = quiz.querySelector('section.question[data-kind="number"][data-when="before"]');
    const asked = questions.get(section);
    if (!asked || !quiz.querySelector("section.moving")) return;
    quiz.addEventListener("guessed", (event) => {
      if (asked.fields[0].disabled) return;
      asked.put(event.detail.toFixed(Math.max(asked.decimals, 0)));
      asked.check();
    });
  });
  const first = questions.values().next().value;
  if (first) {
    const said = make("p", "question-kept");
    said.textContent = store.works ? first.words.kept : first.words.not_kept;
    first.section.before(said);
  }
  const count = () => {
    for (const told of document.querySelectorAll(".book-answered")) told.textContent = `${told.dataset.said} ${store.answered}`;
  };
  count();
  document.addEventListener("answered", count);
  document.querySelectorAll("button.book-clear").forEach((clear) =>
    clear.addEventListener("click", () => {
      store.clear();
      count();
      const said = make("span", "", null, { role: "status" });
      said.textContent = ` ${clear.dataset.said}`;
      clear.parentNode.querySelector("span")?.remove();
      clear.after(said);
    }),
  );
}

start();
