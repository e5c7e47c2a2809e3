import assert from "node:assert/strict";
import { test } from "node:test";
import { page, run } from "./page.mjs";

const LANDING = `<form data-gift="95EHYFAH"><button>Get my gift</button><a class="btn" hidden>Show my gift</a></form>`;
const KEY = "gift 95EHYFAH";
const TODAY = new Date().toDateString();

function landing(kept) {
  const window = page(LANDING, { prepare(made) { if (kept) made.localStorage.setItem(KEY, kept); } });
  run(window, "gift.js");
  const form = window.document.forms[0];
  return { another: !form.querySelector("button").hidden, mine: form.querySelector("a").getAttribute("href") };
}

test("the gift's page remembers its address for the day", () => {
  const window = page(`<p data-gift-of="95EHYFAH"></p>`);
  run(window, "gift.js");
  assert.deepEqual(JSON.parse(window.localStorage.getItem(KEY)), { day: TODAY, at: "/" });
});

test("who took a gift today is led to it", () => {
  assert.deepEqual(landing(JSON.stringify({ day: TODAY, at: "/r/gift/x" })), { another: false, mine: "/r/gift/x" });
});

for (const [why, kept] of [
  ["nobody who is new", undefined],
  ["not on another day", JSON.stringify({ day: "Sun Mar 01 2026", at: "/r/gift/x" })],
  ["not by what cannot be read", "{"],
]) {
  test(`${why} is`, () => assert.deepEqual(landing(kept), { another: true, mine: null }));
}
