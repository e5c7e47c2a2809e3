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

  async function go(box) {
    const form = box.closest("form");
    try {
      const options = await asked(box);
      const made = await navigator.credentials[box.dataset.passkey](options);
      form.elements[box.dataset.field].value = packed(made);
      form.requestSubmit();
    } catch (error) {
      if (error.message === "over") say(box, box.querySelector('[role="status"]').dataset.over);
      else if (error instanceof TypeError) say(box, box.querySelector('[role="status"]').dataset.lost);
      else say(box, box.querySelector('[role="status"]').dataset.cancelled);
    }
  }

  function show() {
    document.querySelectorAll("[data-passkey]").forEach(function (box) { box.hidden = !usable; });
  }

  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-passkey-go]");
    if (button) go(button.closest("[data-passkey]"));
  });
  document.addEventListener("htmx:afterSettle", show);
  show();
}());
