import assert from "node:assert/strict";
import { test } from "node:test";
import { page, run, tell } from "./page.mjs";

const PAGE = `
  <div id="page-facts" data-csrf-token="token"></div><div id="announcer"></div>
  <form class="filters" data-once><button type="submit">Send</button></form>
  <form id="kept" data-resilient data-once data-lost="Lost" data-silent="Unknown" data-again="Again in {seconds}">
    <p class="send-state" hidden></p><div class="form-actions"><button type="submit">Send</button></div>
  </form>
  <details data-dismiss open><summary>More</summary><button data-close>Close</button></details>`;

/* The page with a clock that stands until `later(seconds)`. */
function opened() {
  const ticking = new Map();
  const window = page(PAGE, { prepare(made) {
    made.Math.random = () => 0;
    made.setInterval = (call) => { ticking.set(ticking.size + 1, call); return ticking.size; };
    made.clearInterval = (number) => { ticking.delete(number); };
  } });
  run(window, "portal.js");
  const later = (seconds) => { for (let at = 0; at < seconds; at += 1) [...ticking.values()].forEach((call) => call()); };
  return { window, kept: window.document.getElementById("kept"), one: (what) => window.document.querySelector(what), later };
}

const answer = (kept, status, header) => ({
  requestConfig: { elt: kept }, xhr: { status, getResponseHeader: () => header }, shouldSwap: true,
});

test("a form is sent once, until the page comes back", () => {
  const { window, one } = opened();
  const form = one(".filters");
  form.addEventListener("submit", (event) => event.preventDefault());
  let heard = 0;
  form.addEventListener("submit", () => { heard += 1; });
  tell(window, form, "submit");
  tell(window, form, "submit");
  assert.equal(heard, 1);
  tell(window, window, "pageshow");
  tell(window, form, "submit");
  assert.equal(heard, 2);
});

test("htmx's requests carry the token, and a filter's address only what was chosen", () => {
  const { window, one } = opened();
  const formData = new window.FormData();
  formData.set("state", "open");
  formData.set("q", "");
  const detail = { headers: {}, elt: one(".filters"), formData };
  tell(window, window.document, "htmx:configRequest", detail);
  assert.equal(detail.headers["X-CSRFToken"], "token");
  assert.deepEqual([...formData.keys()], ["state"]);
});

test("where a part is away the form stays, says when, and sends itself", () => {
  const { window, kept, later } = opened();
  let pressed = 0;
  kept.querySelector("button").addEventListener("click", (event) => { pressed += 1; event.preventDefault(); });
  const detail = answer(kept, 503, "2");
  tell(window, window.document, "htmx:beforeSwap", detail);
  assert.equal(detail.shouldSwap, false);
  assert.equal(kept.querySelector(".send-state").textContent, "Again in 2");
  later(1);
  assert.equal(kept.querySelector(".send-state").textContent, "Again in 1");
  assert.equal(pressed, 0);
  later(1);
  assert.equal(pressed, 1);
});

for (const [status, header, swapped, said] of [
  [200, null, true, ""], [500, null, true, ""], [502, null, false, "Unknown"], [503, null, true, ""], [504, null, false, "Unknown"],
]) {
  test(`an answer ${status} without a time ${swapped ? "is shown" : "leaves the form"}`, () => {
    const { window, kept } = opened();
    const detail = answer(kept, status, header);
    tell(window, window.document, "htmx:beforeSwap", detail);
    assert.equal(detail.shouldSwap, swapped);
    assert.equal(kept.querySelector(".send-state").textContent, said);
  });
}

test("a lost network is said, and the next try takes it back", () => {
  const { window, kept } = opened();
  tell(window, kept, "htmx:sendError", { elt: kept });
  assert.deepEqual([kept.querySelector(".send-state").textContent, kept.querySelector(".send-state").hidden], ["Lost", false]);
  tell(window, kept, "htmx:beforeRequest", { elt: kept });
  assert.equal(kept.querySelector(".send-state").hidden, true);
});

test("Escape and the close button close what is open, and the focus goes back", () => {
  for (const close of [
    (window) => window.document.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Escape" })),
    (window) => window.document.querySelector("[data-close]").click(),
  ]) {
    const { window, one } = opened();
    close(window);
    assert.equal(one("details").open, false);
    assert.equal(window.document.activeElement, one("summary"));
  }
});

test("beside a button for files stands what was chosen", () => {
  const { window, one } = opened();
  one("form").insertAdjacentHTML("beforeend", `<span class="file-pick" data-none="None" data-many="{number} files">
    <input type="file" multiple><span class="file-name">None</span></span>`);
  const input = one(".file-pick input");
  const choose = (...names) => {
    Object.defineProperty(input, "files", { configurable: true, value: names.map((name) => ({ name })) });
    tell(window, input, "change");
    return one(".file-name").textContent;
  };
  assert.equal(choose("a.csv"), "a.csv");
  assert.equal(choose("a.csv", "b.csv"), "2 files");
  assert.equal(choose(), "None");
});
