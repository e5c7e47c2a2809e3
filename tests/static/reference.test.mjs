/* The reference of the partner interface: narrowed by words, and a request tried in the sandbox. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { page, run, tell } from "./page.mjs";

const KEY = "pk_test_abc";
const PAGE = `
  <div data-reference data-base="https://portal.example/api/v1" data-prefix="/api/v1"
       data-live="no test key" data-keyless="a key first" data-odd="no JSON" data-away="no answer">
    <input data-search><input data-key>
    <p data-none hidden></p>
    <section data-room><section data-operation data-said="release POST /registrations/{registration_id}/release">
      <form data-try data-method="POST" data-path="/registrations/{registration_id}/release">
        <input name="part" data-name="registration_id"><input name="query" data-name="expand">
        <textarea name="body">{"reason": "It's over"}</textarea><button>Send</button><p data-wrong></p>
        ${["status", "headers", "answer", "curl", "python"].map((name) => `<div data-part hidden><code data-shows="${name}"></code></div>`).join("")}
      </form></section></section>
    <section data-room><section data-operation data-said="listDeals GET /deals"></section></section>
  </div>`;

function opened(answer) {
  const calls = [];
  const prepare = (window) => {
    window.fetch = (path, asked) => { calls.push({ path, ...asked }); return answer(); };
  };
  const window = page(PAGE, { prepare });
  run(window, "reference.js");
  const one = (selector) => window.document.querySelector(selector);
  const send = async () => {
    tell(window, one("form"), "submit");
    while (one("button").disabled) { await new Promise((done) => setTimeout(done)); }
  };
  return { window, one, calls, send };
}

const yes = () => Promise.resolve({
  status: 200, headers: new Map([["portal-version", "2026-12-02"]]), text: () => Promise.resolve("{\"id\":\"reg_1\"}"),
});

test("operations are found by a word of theirs", () => {
  const { window, one } = opened(yes);
  const hidden = () => Array.from(window.document.querySelectorAll("[data-operation]"), (each) => each.hidden);
  const wanted = (text) => { one("[data-search]").value = text; tell(window, one("[data-search]"), "input"); };
  wanted("DEALS");
  assert.deepEqual(hidden(), [true, false]);
  assert.deepEqual(Array.from(window.document.querySelectorAll("[data-room]"), (each) => each.hidden), [true, false]);
  wanted("nothing");
  assert.equal(one("[data-none]").hidden, false);
  wanted("");
  assert.deepEqual(hidden(), [false, false]);
});

for (const [key, said] of [["", "a key first"], ["pk_live_abc", "no test key"]]) {
  test(`with the key “${key}” nothing is sent`, async () => {
    const { one, calls, send } = opened(yes);
    one("[data-key]").value = key;
    await send();
    assert.equal(one("[data-wrong]").textContent, said);
    assert.equal(calls.length, 0);
  });
}

test("a request is sent, and shown as a command and as a program", async () => {
  const { one, calls, send } = opened(yes);
  one("[data-key]").value = KEY;
  one("[name=part]").value = "reg/1";
  one("[name=query]").value = "broker";
  await send();
  const [call] = calls;
  assert.equal(call.path, "/api/v1/registrations/reg%2F1/release?expand=broker");
  assert.equal(call.credentials, "omit");
  assert.equal(call.headers.Authorization, `Bearer ${KEY}`);
  assert.match(call.headers["Idempotency-Key"], /^[0-9a-f]{24}$/);
  assert.equal(call.body, "{\"reason\":\"It's over\"}");
  const shown = (name) => one(`[data-shows=${name}]`).textContent;
  assert.equal(shown("status"), "200");
  assert.equal(shown("headers"), "portal-version: 2026-12-02");
  assert.equal(shown("answer"), "{\n  \"id\": \"reg_1\"\n}");
  assert.match(shown("curl"), /^curl 'https:\/\/portal\.example\/api\/v1\/registrations\/reg%2F1\/release\?expand=broker'/);
  assert.ok(shown("curl").includes("-d '{\"reason\":\"It'\\''s over\"}'"));
  assert.ok(shown("python").includes("httpx.post("));
  assert.ok(![shown("curl"), shown("python")].some((text) => text.includes(KEY)), "the key stands in neither");
  assert.equal(one("[data-part]").hidden, false);
});

test("what cannot be read, and an answer that does not come, are said", async () => {
  const { one, calls, send } = opened(() => Promise.reject(new Error("away")));
  one("[data-key]").value = KEY;
  one("textarea").value = "{";
  await send();
  assert.deepEqual([one("[data-wrong]").textContent, calls.length], ["no JSON", 0]);
  one("textarea").value = "{}";
  await send();
  assert.equal(one("[data-wrong]").textContent, "no answer");
});
