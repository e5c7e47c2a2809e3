/* What a friend types on a landing page outlives a lost network: kept in this tab for an hour, forgotten with the thanks.
   Without it the page works all the same. Consents are never filled in. */
(function () {
  "use strict";
  const KEY = "typed";
  const HOUR = 3600000;

  function stored(form) {
    return Array.from(form.querySelectorAll("input.form-control"));
  }

  function read() {
    try {
      const found = JSON.parse(sessionStorage.getItem(KEY) || "{}");
      return found.at > Date.now() - HOUR ? found : {};
    } catch (error) {
      return {}; // storage is switched off
    }
  }

  function keep(form) {
    const typed = { at: Date.now() };
    stored(form).forEach(function (field) { typed[field.name] = field.value; });
    try {
      sessionStorage.setItem(KEY, JSON.stringify(typed));
    } catch (error) {
      return; // storage is switched off: then the page is as it was without us
    }
  }

  if (document.currentScript.hasAttribute("data-forget")) {
    try { sessionStorage.removeItem(KEY); } catch (error) { return; }
    return;
  }

  const form = document.querySelector("form[data-kept]");
  if (!form) return;
  const before = read();
  stored(form).forEach(function (field) { if (!field.value && before[field.name]) field.value = before[field.name]; });
  form.addEventListener("input", function () { keep(form); });

  // Before anybody else hears of it: nothing is sent into a network that is not there.
  window.addEventListener("submit", function (event) {
    const line = form.querySelector(".send-state");
    if (event.target !== form || navigator.onLine !== false) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    line.textContent = form.dataset.lost;
    line.classList.add("lost");
    line.hidden = false;
  }, true);
}());
