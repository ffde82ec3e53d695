// Steps, picture and finding of a panel. The kernel sends all of it in one message ("shown", PNG included); nothing is
// put into the page before the picture is decoded, so picture and words change at one moment. See panels/panel.py.

function make(tag, className, parent, attributes = {}) {
  const element = document.createElement(tag);
  element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  parent?.append(element);
  return element;
}

function put(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

// "p < 0.05" and "12.5 %" are never torn at the end of a line.
function pieces(text) {
  return text.split(/(\bp [<=] [\d.]*\d|\d[\d.,]* %)/).map((piece, i) => {
    if (i % 2 === 0) return piece;
    const span = make("span", "alsteach-whole", null);
    span.textContent = piece;
    return span;
  });
}

// The longest text so far keeps its room unseen: what stands below does not jump when a shorter one comes.
function holdRoom(element, text) {
  const unseen = element.querySelector(".alsteach-unseen");
  if (text.length > unseen.textContent.length) unseen.textContent = text;
}

// A path is rows of x, y (parts of the figure, y upwards) and value.
function nearest(path, x, y, width, height) {
  let best = { distance: Infinity, part: 0, value: path[0]?.[2] };
  for (let i = 0; i < Math.max(path.length - 1, 1); i += 1) {
    const [x0, y0, v0] = path[i];
    const [x1, y1, v1] = path[Math.min(i + 1, path.length - 1)];
    const [dx, dy] = [(x1 - x0) * width, (y1 - y0) * height];
    const [px, py] = [(x - x0) * width, (y - y0) * height];
    const along = dx * dx + dy * dy;
    const part = along ? Math.min(Math.max((px * dx + py * dy) / along, 0), 1) : 0;
    const distance = (px - part * dx) ** 2 + (py - part * dy) ** 2;
    if (distance < best.distance) {
      best = { distance, x: x0 + part * (x1 - x0), y: y0 + part * (y1 - y0), value: v0 + part * (v1 - v0), near: i + Math.round(part) };
    }
  }
  return best;
}

function placeOf(path, value) {
  for (let i = 0; i + 1 < path.length; i += 1) {
    const [x0, y0, v0] = path[i];
    const [x1, y1, v1] = path[i + 1];
    if (value >= Math.min(v0, v1) && value <= Math.max(v0, v1)) {
      const part = v1 === v0 ? 0 : (value - v0) / (v1 - v0);
      return { x: x0 + part * (x1 - x0), y: y0 + part * (y1 - y0) };
    }
  }
  const [x, y] = path.reduce((best, row) => (Math.abs(row[2] - value) < Math.abs(best[2] - value) ? row : best));
  return { x, y };
}

const REACH = 24; // pixels within which a mark belongs to the hand that is clicked
const LATE = 1000; // milliseconds after which a picture is shown before it is decoded
const STILL = 4; // pixels that a click may wander

// Newest wins: while the kernel answers one value, of all others that come only the last is kept.
class Line {
  constructor(model, settled) {
    this.model = model;
    this.number = 0;
    this.waiting = null;
    this.next = null;
    this.heard = (message) => {
      if (message.answered !== this.waiting) return;
      this.waiting = null;
      if (this.next) this.send(this.next);
      else settled();
    };
    model.on("msg:custom", this.heard);
  }
  send(message) {
    if (this.waiting !== null) {
      this.next = message;
      return;
    }
    this.next = null;
    this.number += 1;
    this.waiting = `${this.number}-${Math.random()}`;
    this.model.send({ ...message, number: this.waiting });
  }
  close() {
    this.model.off("msg:custom", this.heard);
  }
}

class View {
  constructor(model, el) {
    this.model = model;
    this.words = model.get("words");
    this.fixed = model.get("fixed");
    this.line = new Line(model, () => this.shown && this.putHands(this.shown));
    this.hands = new Map();
    this.held = null;
    this.latest = 0;
    el.classList.add("alsteach-view");
    this.build(el);
    this.changed = () => this.show();
    model.on("change:shown", this.changed);
    this.observer = new ResizeObserver(() => this.measure());
    this.observer.observe(this.place);
    // Simulations out of sight wait after their first picture.
    this.seen = false;
    this.sight = new IntersectionObserver((places) => {
      if (!places.some((place) => place.isIntersecting)) return;
      this.seen = true;
      this.sight.disconnect();
      if (this.asked) this.model.send({ do: "seen" });
    });
    this.sight.observe(this.place);
    this.show();
    this.measure();
  }

  build(el) {
    const { words } = this;
    const steps = make("div", "alsteach-steps", el);
    this.steps = steps;
    const walk = make("div", "alsteach-walk", steps);
    this.back = this.button(walk, words.back, () => this.move(-1));
    this.forth = this.button(walk, words.next, () => this.move(1));
    this.forth.classList.add("alsteach-first");
    this.ordinal = make("span", "alsteach-place", walk);
    this.told = make("div", "alsteach-told", steps);
    put(make("span", "alsteach-unseen", this.told, { "aria-hidden": "true" }), this.fixed.longest);
    this.caption = make("span", "alsteach-caption", this.told, { "aria-live": "polite" });
    this.place = make("div", "alsteach-place-of-picture", el);
    this.figure = make("figure", "alsteach-figure alsteach-picture-2", this.place);
    this.image = make("img", "", this.figure, { alt: "" });
    this.image.hidden = true;
    this.overlay = make("div", "alsteach-overlay", this.figure);
    this.finding = make("div", "alsteach-finding", el);
    const held = make("div", "alsteach-held", this.finding);
    make("span", "alsteach-unseen", held, { "aria-hidden": "true" });
    this.said = make("span", "alsteach-said-2", held);
    const below = make("div", "alsteach-below", el);
    this.answer = make("div", "alsteach-answer", below);
    this.lock = this.button(this.answer, words.lock, () => this.lockGuess());
    this.lock.classList.add("alsteach-first");
    this.button(this.answer, words.skip, () => this.model.send({ do: "skip" }));
    this.answer.hidden = true;
    this.numbers = make("details", "alsteach-numbers", below);
    put(make("summary", "", this.numbers), words.numbers);
    this.list = make("ul", "", this.numbers);
    this.numbers.hidden = true;
    this.working = make("div", "alsteach-working", below);
    this.workingText = make("span", "", this.working, { role: "status" });
    this.button(this.working, words.stop, () => this.model.send({ do: "stop" }));
    this.working.hidden = true;
  }

  button(parent, text, act) {
    const button = make("button", "alsteach-button", parent, { type: "button" });
    button.textContent = text;
    button.addEventListener("click", () => {
      if (button.getAttribute("aria-disabled") !== "true") act();
    });
    return button;
  }

  // A button that is off keeps the keyboard's focus: it only says so.
  off(button, isOff) {
    button.setAttribute("aria-disabled", isOff ? "true" : "false");
  }

  move(by) {
    this.model.send({ do: "move", by });
  }

  // The width of the picture for the room there is, or null where there is none yet.
  wanted() {
    const { widest, narrowest, widths } = this.fixed;
    const room = this.place.clientWidth;
    return room ? Math.max(Math.min(Math.floor(room / widths) * widths, widest), narrowest) : null;
  }

  measure() {
    const { narrow, height, phone_height: low } = this.fixed;
    const width = this.wanted();
    if (!width) return;
    if (this.image.hidden) {
      // The place of the first picture is kept free.
      this.figure.style.width = `${Math.min(width, this.place.clientWidth)}px`;
      this.figure.style.aspectRatio = `${width} / ${width < narrow ? low : height}`;
      this.show();
    }
    const asked = `${width} ${window.devicePixelRatio}`;
    if (asked !== this.asked) {
      this.asked = asked;
      this.model.send({ do: "width", width, sharpness: window.devicePixelRatio || 1, seen: this.seen });
    }
  }

  async show() {
    const shown = this.model.get("shown");
    if (!shown || !("finding" in shown)) return;
    if (shown.early && shown.width !== this.wanted()) return; // drawn before it was asked for, and for another screen
    this.latest += 1;
    const turn = this.latest;
    let image = null;
    if (shown.png) {
      image = new Image(shown.width, shown.height);
      image.src = URL.createObjectURL(new Blob([shown.png], { type: "image/png" }));
      try {
        await Promise.race([image.decode(), new Promise((late) => setTimeout(late, LATE))]);
      } catch {
        // Shown all the same: a browser may refuse to decode what is out of sight, or put it off.
      }
      if (turn !== this.latest) {
        URL.revokeObjectURL(image.src);
        return;
      }
      const before = this.image;
      image.style.maxWidth = "100%";
      image.style.height = "auto";
      before.replaceWith(image);
      if (before.src.startsWith("blob:")) URL.revokeObjectURL(before.src);
      this.image = image;
      this.figure.style.width = `${shown.width}px`;
      this.figure.style.aspectRatio = "auto";
    }
    this.shown = shown;
    this.image.alt = shown.alternative;
    this.figure.classList.toggle("alsteach-refused", shown.refused);
    this.finding.classList.toggle("alsteach-refused", shown.refused);
    this.tellFinding(shown.finding, shown.guess?.stands ?? "");
    this.working.hidden = !shown.working;
    put(this.workingText, shown.working);
    this.tellNumbers(shown.numbers);
    this.tellStep(shown);
    this.putHands(shown);
  }

  tellFinding(finding, stands) {
    const text = stands ? `${finding} ${stands}` : finding;
    holdRoom(this.finding, text);
    if (this.said.textContent === text) return;
    this.said.replaceChildren(...pieces(stands ? `${finding} ` : finding));
    if (stands) put(make("span", "alsteach-stands", this.said), stands);
  }

  tellNumbers(numbers) {
    this.numbers.hidden = numbers.length === 0;
    while (this.list.children.length > numbers.length) this.list.lastChild.remove();
    numbers.forEach((text, i) => put(this.list.children[i] ?? make("li", "", this.list), text));
  }

  tellStep({ step, guess }) {
    this.steps.hidden = !("name" in step);
    if (this.steps.hidden) return;
    const open = Boolean(guess?.open);
    put(this.ordinal, step.place);
    const text = `${step.name}: ${step.caption}`;
    if (this.caption.dataset.text !== text) {
      this.caption.dataset.text = text;
      this.caption.replaceChildren(make("b", "", null), ...pieces(` ${step.caption}`));
      this.caption.firstChild.textContent = /[?!.]$/.test(step.name) ? step.name : `${step.name}.`;
    }
    this.off(this.back, open || step.index === 0);
    this.off(this.forth, open || step.index + 1 === step.of);
  }

  // ---- the hand on the picture

  putHands(shown) {
    const open = Boolean(shown.guess?.open);
    this.answer.hidden = !open;
    const reachable = (shown.handles ?? []).filter((handle) => handle.path.length);
    const wanted = new Map(reachable.map((handle) => [handle.name, handle]));
    if (open && shown.path?.length) wanted.set("?guess", { path: shown.path, start: shown.start, guess: true });
    for (const [name, hand] of this.hands) {
      if (!wanted.has(name)) {
        hand.element.remove();
        hand.here?.remove();
        this.hands.delete(name);
      }
    }
    for (const [name, handle] of wanted) {
      const hand = this.hands.get(name) ?? this.newHand(name, handle);
      hand.path = handle.path;
      if (handle.guess) this.moveGuess(hand, hand.value);
      else if (this.held !== hand && this.line.waiting === null) this.putAt(hand.element, placeOf(handle.path, handle.value));
    }
    this.putMarks(shown.marks ?? []);
  }

  newHand(name, handle) {
    const element = make("div", "alsteach-hand", this.overlay);
    const hand = { name, element, path: handle.path };
    this.hands.set(name, hand);
    if (handle.guess) {
      element.classList.add("alsteach-guess-hand");
      const values = handle.path.map((row) => row[2]);
      for (const [key, value] of Object.entries({ tabindex: 0, role: "slider", "aria-label": this.words.drag_guess,
        "aria-valuemin": Math.min(...values), "aria-valuemax": Math.max(...values) })) element.setAttribute(key, value);
      hand.here = make("span", "alsteach-here", this.overlay, { "aria-hidden": "true" });
      hand.value = handle.path[Math.round(handle.start * (handle.path.length - 1))][2];
      this.off(this.lock, true);
      element.addEventListener("keydown", (event) => this.guessKey(event, hand));
    } else {
      element.setAttribute("aria-hidden", "true"); // the keyboard has the control
    }
    element.addEventListener("pointerdown", (event) => this.grab(event));
    element.addEventListener("pointermove", (event) => {
      if (this.held !== hand) return;
      hand.moved ||= Math.hypot(event.clientX - hand.from[0], event.clientY - hand.from[1]) > STILL;
      if (hand.moved) this.drag(event, hand);
    });
    element.addEventListener("pointerup", () => {
      if (this.held === hand && !hand.moved) this.markUnder(hand)?.click();
    });
    const leave = () => {
      element.classList.remove("alsteach-held");
      if (this.held === hand) this.held = null;
    };
    for (const kind of ["pointerup", "pointercancel", "lostpointercapture"]) element.addEventListener(kind, leave);
    return hand;
  }

  // Hands may lie over each other: the nearest is meant, whichever is on top.
  grab(event) {
    event.preventDefault();
    const away = ({ element }) => {
      const box = element.getBoundingClientRect();
      return Math.hypot(event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2);
    };
    const hand = [...this.hands.values()].reduce((best, other) => (away(other) < away(best) ? other : best));
    hand.element.setPointerCapture(event.pointerId);
    hand.element.classList.add("alsteach-held");
    if (hand.here) hand.element.focus();
    hand.moved = Boolean(hand.here);
    hand.from = [event.clientX, event.clientY];
    this.held = hand;
  }

  // A click on a hand that stands on a mark is the mark's click; just after a drag the mark may lag a little behind.
  markUnder(hand) {
    const middle = (element) => {
      const box = element.getBoundingClientRect();
      return [box.left + box.width / 2, box.top + box.height / 2];
    };
    const [x, y] = middle(hand.element);
    const away = (mark) => Math.hypot(middle(mark)[0] - x, middle(mark)[1] - y);
    const marks = [...this.overlay.querySelectorAll(".alsteach-mark")];
    const near = marks.reduce((best, mark) => (best && away(best) <= away(mark) ? best : mark), null);
    return near && away(near) < REACH ? near : undefined;
  }

  drag(event, hand) {
    const box = this.image.getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width;
    const y = 1 - (event.clientY - box.top) / box.height;
    const spot = nearest(hand.path, x, y, box.width, box.height);
    if (hand.here) {
      this.off(this.lock, false);
      this.moveGuess(hand, spot.value);
      return;
    }
    this.putAt(hand.element, spot);
    this.line.send({ do: "handle", name: hand.name, value: spot.value });
  }

  putAt(element, { x, y }) {
    element.style.left = `${100 * x}%`;
    element.style.top = `${100 * (1 - y)}%`;
  }

  moveGuess(hand, value) {
    hand.value = value;
    const spot = placeOf(hand.path, value);
    const near = nearest(hand.path, spot.x, spot.y, 1, 1).near;
    const text = this.shown.here[near];
    for (const element of [hand.element, hand.here]) this.putAt(element, spot);
    put(hand.here, text);
    const room = (1 - spot.x) * this.image.clientWidth;
    hand.here.classList.toggle("alsteach-left", room < hand.here.offsetWidth + 24);
    hand.element.setAttribute("aria-valuenow", value);
    hand.element.setAttribute("aria-valuetext", text);
  }

  guessKey(event, hand) {
    const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10, Home: -Infinity, End: Infinity }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const spot = placeOf(hand.path, hand.value);
    const near = nearest(hand.path, spot.x, spot.y, 1, 1).near;
    const next = Math.min(Math.max(near + by, 0), hand.path.length - 1);
    this.off(this.lock, false);
    this.moveGuess(hand, hand.path[next][2]);
  }

  lockGuess() {
    this.model.send({ do: "lock", value: this.hands.get("?guess").value });
  }

  putMarks(marks) {
    const old = [...this.overlay.querySelectorAll(".alsteach-mark")];
    marks.forEach((mark, i) => {
      const button = old[i] ?? make("button", "alsteach-mark", this.overlay, { type: "button" });
      button.onclick = () => this.model.send({ do: "mark", mark: mark.mark, value: mark.value });
      button.setAttribute("aria-label", mark.label);
      this.putAt(button, mark);
    });
    old.slice(marks.length).forEach((button) => button.remove());
  }

  close() {
    this.observer.disconnect();
    this.sight.disconnect();
    this.line.close();
    this.model.off("change:shown", this.changed);
    if (this.image.src.startsWith("blob:")) URL.revokeObjectURL(this.image.src);
  }
}

export default {
  render({ model, el }) {
    const view = new View(model, el);
    return () => view.close();
  },
};
