/* Passkeys, where the browser has them: what the device signs goes into the form's own field, and the form is sent.
   Without them the button never shows, and a code is typed. ES2017: WeChat's browser is old. */
(function () {
  "use strict";

  const usable = Boolean(window.PublicKeyCredential && navigator.credentials && navigator.credentials.get);

  function bytes(text) {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, function (letter) { return letter.charCodeAt(0); });
  }

  function letters(buffer) {
    const plain = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(plain).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  function unpacked(options) {
    options.challenge = bytes(options.challenge);
    if (options.user) options.user.id = bytes(options.user.id);
    (options.allowCredentials || []).concat(options.excludeCredentials || []).forEach(function (one) {
      one.id = bytes(one.id);
    });
    return options;
  }

  function packed(made) {
    const response = {};
    ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"].forEach(function (name) {
      if (made.response[name]) response[name] = letters(made.response[name]);
    });
    return JSON.stringify({
      id: made.id,
      rawId: letters(made.rawId),
      type: made.type,
      response: response,
      clientExtensionResults: made.getClientExtensionResults(),
    });
  }

  async function asked(box) {
    const token = document.getElementById("page-facts").dataset.csrfToken;
    const answer = await fetch(box.dataset.url, {
      method: "POST",
      credentials: "same-origin",
      headers: { "X-CSRFToken": token, Accept: "application/json" },
    });
    if (!answer.ok) throw new Error("over");
    return { publicKey: unpacked(await answer.json()) };
  }

  function say(box, words) {
    const line = box.querySelector('[role="status"]');
    line.textContent = words;
    line.hidden = false;
  }

  function answerField(box) { return box.closest("form").elements[box.dataset.field]; }

  function failure(error, words) {
    if (error.message === "over") return words.over;
    if (error.name === "InvalidStateError") return words.there;
    return error instanceof TypeError ? words.lost : words.cancelled;
  }

  async function answered(box) {
    const options = await asked(box);
    return packed(await navigator.credentials[box.dataset.passkey](options));
  }

  /* One question at a time: a second one would end the first. */
  async function go(box) {
    if (box.dataset.asking === "yes") return;
    box.dataset.asking = "yes";
    try {
      answerField(box).value = await answered(box);
      send(box.closest("form"));
    } catch (error) {
      say(box, failure(error, box.querySelector('[role="status"]').dataset));
    }
    box.dataset.asking = "";
  }

  function send(form) {
    if (form.requestSubmit) form.requestSubmit();
    else form.submit();
  }

  /* A page has one filled button: where the passkey is offered, it is that. */
  function yields(form) {
    const typed = form.querySelector(".form-actions .btn-primary");
    if (!typed) return;
    typed.classList.remove("btn-primary");
    typed.classList.add("btn-outline-primary");
  }

  /* The back button brings a kept page, and with it an answer that was spent. */
  function show() {
    document.querySelectorAll("[data-passkey]").forEach(function (box) {
      box.hidden = !usable;
      answerField(box).value = "";
      if (usable && box.dataset.passkey === "get") yields(box.closest("form"));
    });
  }

  /* Enter in the name of a new passkey asks the device too: without its answer there is nothing to send. The Enter
     that ends a word of an input method is none. */
  document.addEventListener("keydown", function (event) {
    const form = event.key === "Enter" && !event.isComposing && event.target.matches("input") && event.target.form;
    const box = form && form.querySelector('[data-passkey="create"]');
    if (!box || !usable) return;
    event.preventDefault();
    go(box);
  });

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-passkey-go]");
    if (button) go(button.closest("[data-passkey]"));
  });
  document.addEventListener("htmx:afterSettle", show);
  window.addEventListener("pageshow", show);
  show();
}());
