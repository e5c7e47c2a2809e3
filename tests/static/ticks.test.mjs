import assert from "node:assert/strict";
import { test } from "node:test";
import { page, run, tell } from "./page.mjs";

const FORM = `
  <form data-ticks>
    <input type="checkbox" data-all>
    <table>
      <tr><td><input type="checkbox" data-fen="123456705"></td><td><a href="#one">one</a></td></tr>
      <tr><td><input type="checkbox" data-fen="95"></td></tr>
      <tr><td><input type="checkbox" data-fen="100000" disabled></td></tr>
    </table>
    <span data-count></span> <span data-sum></span> <button data-needs-ticks>Approve</button>
  </form>`;

function opened() {
  const window = page(FORM);
  run(window, "ticks.js");
  const one = (selector) => window.document.querySelector(selector);
  const [first, second, disabled] = window.document.querySelectorAll("[data-fen]");
  const tick = (box, on = true) => { box.checked = on; tell(window, box, "change"); };
  return { window, one, first, second, disabled, tick };
}

test("nothing is ticked: no sum, and nothing to press", () => {
  const { one } = opened();
  assert.equal(one("[data-count]").textContent, "0");
  assert.equal(one("[data-sum]").textContent, "¥0.00");
  assert.equal(one("[data-needs-ticks]").disabled, true);
});

for (const [fen, said] of [["0", "¥0.00"], ["5", "¥0.05"], ["99999", "¥999.99"], ["100000", "¥1,000.00"], ["100000000000", "¥1,000,000,000.00"]]) {
  test(`${fen} fen are ${said}`, () => {
    const { one, first, tick } = opened();
    first.dataset.fen = fen;
    tick(first);
    assert.equal(one("[data-sum]").textContent, said);
  });
}

test("what is ticked is counted and summed to the fen", () => {
  const { one, first, second, tick } = opened();
  tick(first);
  tick(second);
  assert.equal(one("[data-count]").textContent, "2");
  assert.equal(one("[data-sum]").textContent, "¥1,234,568.00");
  assert.equal(one("[data-needs-ticks]").disabled, false);
});

test("the box above ticks all that may be ticked, and shows when it is only some", () => {
  const { one, first, second, disabled, tick } = opened();
  tick(one("[data-all]"));
  assert.deepEqual([first.checked, second.checked, disabled.checked], [true, true, false]);
  assert.equal(one("[data-all]").indeterminate, false);
  tick(second, false);
  assert.equal(one("[data-all]").checked, false);
  assert.equal(one("[data-all]").indeterminate, true);
});

test("J and K go from tick to tick, past what is disabled; never while one types a shortcut of the browser's", () => {
  const { window, first, second } = opened();
  const press = (key, more = {}) => window.document.activeElement.dispatchEvent(
    new window.KeyboardEvent("keydown", { key, bubbles: true, ...more }));
  press("j");
  assert.equal(window.document.activeElement, first);
  press("j");
  assert.equal(window.document.activeElement, second);
  press("j");
  assert.equal(window.document.activeElement, first);
  press("j", { ctrlKey: true });
  assert.equal(window.document.activeElement, first);
});
