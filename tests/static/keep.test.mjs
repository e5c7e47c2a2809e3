import assert from "node:assert/strict";
import { test } from "node:test";
import { page, run, tell } from "./page.mjs";

const FORM = `
  <form data-kept data-lost="No network">
    <input class="form-control" name="name"><input class="form-control" name="phone" value="138">
    <input type="checkbox" name="consent"><p class="send-state" hidden></p>
  </form>`;
const HOUR = 3_600_000;

function opened(kept) {
  const window = page(FORM, { prepare(made) { if (kept) made.sessionStorage.setItem("typed", kept); } });
  run(window, "keep.js");
  return { window, form: window.document.forms[0] };
}

test("what is typed is kept, consents are not", () => {
  const { window, form } = opened();
  form.elements.name.value = "林一";
  form.elements.consent.checked = true;
  tell(window, form.elements.name, "input");
  const { at, ...typed } = JSON.parse(window.sessionStorage.getItem("typed"));
  assert.deepEqual(typed, { name: "林一", phone: "138" });
  assert.ok(at <= Date.now());
});

for (const [age, said] of [[HOUR - 60_000, "林一"], [HOUR + 60_000, ""]]) {
  test(`after ${age / 60_000} minutes the name reads "${said}"; what the server filled in stays`, () => {
    const { form } = opened(JSON.stringify({ at: Date.now() - age, name: "林一", phone: "139" }));
    assert.equal(form.elements.name.value, said);
    assert.equal(form.elements.phone.value, "138");
  });
}

test("what cannot be read is as if it were not there", () => {
  assert.equal(opened("{").form.elements.name.value, "");
});

test("the thanks forget it", () => {
  const window = page("<p>Thanks</p>", { prepare: (made) => made.sessionStorage.setItem("typed", "{}") });
  run(window, "keep.js", { "data-forget": "" });
  assert.equal(window.sessionStorage.getItem("typed"), null);
});

for (const [online, sent] of [[false, false], [true, true]]) {
  test(`${online ? "with" : "without"} a network it is ${sent ? "" : "not "}sent`, () => {
    const { window, form } = opened();
    Object.defineProperty(window.navigator, "onLine", { value: online });
    assert.equal(tell(window, form, "submit"), sent);
    assert.equal(form.querySelector(".send-state").hidden, sent);
  });
}
