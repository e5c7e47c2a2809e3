/* Small comforts on top of pages that work without any of it. ES2017: WeChat's browser is old. */
(function () {
  "use strict";

  document.documentElement.classList.remove("no-script");

  function csrfToken() {
    return document.getElementById("page-facts").dataset.csrfToken;
  }

  function announce(text) {
    document.getElementById("announcer").textContent = text;
  }

  /* A form is sent once. */

  function markSending(form, sending) {
    form.dataset.sending = sending ? "yes" : "";
    form.querySelectorAll('button[type="submit"]').forEach(function (button) {
      button.classList.toggle("sending", sending);
      button.setAttribute("aria-disabled", String(sending));
    });
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.hasAttribute("data-once")) return;
    if (form.dataset.sending === "yes") {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    markSending(form, true);
  }, true);

  // The back button shows a kept page: its forms may be sent again.
  window.addEventListener("pageshow", function () {
    document.querySelectorAll("form[data-once]").forEach(function (form) { markSending(form, false); });
  });

  /* A lost network keeps what was typed; the same button sends it again. */

  function resilientForm(event) {
    const element = event.detail.elt;
    return element && element.closest ? element.closest("form[data-resilient]") : null;
  }

  function sayState(form, words) {
    const line = form.querySelector(".send-state");
    if (!line) return;
    line.textContent = words;
    line.classList.add("lost");
    line.hidden = false;
  }

  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const form = resilientForm(event);
      if (form) sayState(form, form.dataset.lost);
    });
  });

  /* While a part is away the page keeps all, and sends it again when the answer says; each waits up to half as long again. */
  const waiting = new WeakMap();

  function sendAgain(form, seconds) {
    let left = Math.ceil(seconds * (1 + Math.random() / 2));
    const ticking = setInterval(tick, 1000);
    waiting.set(form, ticking);
    function tick() {
      if (!document.contains(form)) clearInterval(ticking);
      else if (left <= 0) form.querySelector('.form-actions button[type="submit"]').click();
      else sayState(form, form.dataset.again.replace("{seconds}", left));
      left -= 1;
    }
    tick();
  }

  document.addEventListener("htmx:beforeSwap", function (event) {
    const request = event.detail.requestConfig;
    const form = resilientForm({ detail: { elt: request && request.elt } });
    const status = event.detail.xhr.status;
    if (!form || form.querySelector("[data-challenge]") || status < 502 || status > 504) return;
    const seconds = Number(event.detail.xhr.getResponseHeader("Retry-After"));
    if (status === 503 && !seconds) return; // nobody knows whether it was kept: the page says so
    event.detail.shouldSwap = false;
    if (seconds) sendAgain(form, seconds);
    else sayState(form, form.dataset.silent);
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    const form = resilientForm(event);
    if (form) markSending(form, false);
  });

  document.addEventListener("htmx:beforeRequest", function (event) {
    const form = resilientForm(event);
    const line = form && form.querySelector(".send-state");
    if (line) line.hidden = true;
    if (form) clearInterval(waiting.get(form));
  });

  document.addEventListener("htmx:configRequest", function (event) {
    event.detail.headers["X-CSRFToken"] = csrfToken();
    if (event.detail.elt.classList.contains("filters")) dropEmpty(event.detail.formData);
  });

  // A filtered list's address says only what was chosen.
  function dropEmpty(data) {
    Array.from(data.keys()).forEach(function (key) { if (!data.get(key)) data.delete(key); });
  }

  /* data-lost-line: a part that asks for itself says that it may be old while nothing comes. */

  function lostLine(event) {
    const name = event.detail.elt && event.detail.elt.dataset && event.detail.elt.dataset.lostLine;
    return name ? document.getElementById(name) : null;
  }

  ["htmx:sendError", "htmx:timeout", "htmx:responseError"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const line = lostLine(event);
      if (line) line.hidden = false;
    });
  });

  document.addEventListener("htmx:afterRequest", function (event) {
    const line = lostLine(event);
    if (line && event.detail.successful) line.hidden = true;
  });

  /* After a change in place: say it, and bring the focus to where the reader should go on */

  function focusErrors(root) {
    const summary = root.querySelector(".error-summary");
    if (summary) summary.focus();
    return Boolean(summary);
  }

  document.addEventListener("htmx:afterSettle", function (event) {
    const target = event.detail.target;
    if (target.id === "results") {
      const results = document.getElementById("results");
      if (results && results.dataset.said) announce(results.dataset.said);
    } else if (target === document.body) {
      window.scrollTo(0, 0);
      if (!focusErrors(document)) document.getElementById("main").focus();
    }
  });

  document.addEventListener("DOMContentLoaded", function () { focusErrors(document); });

  /* Open menus and confirmations close on Escape, and menus on a tap elsewhere */

  function close(details) {
    details.open = false;
    details.querySelector("summary").focus();
  }

  document.addEventListener("keydown", function (event) {
    if (event.key !== "Escape") return;
    const inside = document.activeElement.closest("details[data-dismiss][open]");
    const open = inside || document.querySelector("details[data-dismiss][open]");
    if (open) close(open);
  });

  document.addEventListener("click", function (event) {
    const closer = event.target.closest("[data-close]");
    if (closer) close(closer.closest("details"));
    document.querySelectorAll("details.menu[open], details.more[open]").forEach(function (details) {
      if (!details.contains(event.target)) details.open = false;
    });
  });

  /* Copy */

  function copyText(text) {
    if (navigator.clipboard && window.isSecureContext) return navigator.clipboard.writeText(text);
    const area = document.createElement("textarea");
    area.value = text;
    area.setAttribute("readonly", "");
    area.className = "visually-hidden";
    document.body.appendChild(area);
    area.select();
    const copied = document.execCommand("copy");
    area.remove();
    return copied ? Promise.resolve() : Promise.reject(new Error("copy refused"));
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    copyText(button.dataset.copy).then(function () {
      button.querySelector("span").textContent = button.dataset.copied;
      announce(button.dataset.copied);
    }, function () {
      window.prompt("", button.dataset.copy);
    });
  });

  /* Beside a button for files stands what was chosen */

  function sayFiles(input) {
    const box = input.closest(".file-pick");
    const files = Array.from(input.files || []);
    box.querySelector(".file-name").textContent = !files.length ? box.dataset.none
      : files.length > 1 ? box.dataset.many.replace("{number}", files.length) : files[0].name;
  }

  document.addEventListener("change", function (event) {
    if (event.target.closest(".file-pick")) sayFiles(event.target);
  });

  window.addEventListener("pageshow", function () {
    document.querySelectorAll(".file-pick input").forEach(sayFiles);
  });

  /* A long rail shows where one is */

  const rail = document.querySelector(".rail");
  const here = rail && rail.querySelector("[aria-current]");
  if (here) rail.scrollTop = here.offsetTop - rail.clientHeight / 2;

  /* The bell asks every half minute while its page is looked at. */

  function look() {
    const bell = document.getElementById("bell");
    if (bell && window.htmx && document.visibilityState === "visible") window.htmx.trigger(bell, "look");
  }

  setInterval(look, 30000);
  document.addEventListener("visibilitychange", look);
}());
