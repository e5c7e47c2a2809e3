/* A page without a browser, for the tests of portal/static/js: HTML in, the scripts run in it as a browser would. */
import { readFileSync } from "node:fs";
import { JSDOM } from "jsdom";

const SCRIPTS = new URL("../../portal/static/js/", import.meta.url);

/* The window of a page with `body`. `prepare` sees it before any script does, and puts in what jsdom has not. */
export function page(body, { lang = "en", prepare = () => {} } = {}) {
  const html = `<!doctype html><html lang="${lang}" class="no-script"><body>${body}</body></html>`;
  const { window } = new JSDOM(html, { url: "https://portal.example/", runScripts: "dangerously" });
  prepare(window);
  return window;
}

/* Run a script of ours in the page, with these attributes on its tag. */
export function run(window, name, attributes = {}) {
  const script = window.document.createElement("script");
  for (const [key, value] of Object.entries(attributes)) script.setAttribute(key, value);
  script.textContent = readFileSync(new URL(name, SCRIPTS), "utf8");
  window.document.body.append(script);
}

/* Tell an element of an event that goes up to the document; false where somebody prevented what would follow. */
export function tell(window, element, name, detail) {
  return element.dispatchEvent(new window.CustomEvent(name, { bubbles: true, cancelable: true, detail }));
}
