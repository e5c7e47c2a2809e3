/* Checking in: a fresh word from the server whenever the camera is opened, with its countdown, and the device's position
   when its owner asks to send it. Without this file the form still works: its word is the one it came with. */
(function () {
  "use strict";

  let ends = 0; // when the word in the form ends, by this device's clock
  let ticking = null;

  function box() { return document.querySelector("[data-nonce-url]"); }

  function show(words) {
    const line = document.querySelector("[data-nonce-state]");
    if (line) line.textContent = words;
  }

  function tick() {
    const here = box();
    const left = Math.ceil((ends - Date.now()) / 1000);
    if (!here || left <= 0) {
      clearInterval(ticking);
      if (here) show(here.dataset.sayLate);
      return;
    }
    show(here.dataset.sayLeft.replace("{seconds}", left));
  }

  function countDown(seconds) {
    ends = Date.now() + seconds * 1000;
    clearInterval(ticking);
    ticking = setInterval(tick, 500);
    tick();
  }

  /* Where the network fails, the older word stays in the form: the server judges it by its age. */
  function renew() {
    const here = box();
    const token = document.getElementById("page-facts").dataset.csrfToken;
    fetch(here.dataset.nonceUrl, { method: "POST", headers: { "X-CSRFToken": token } })
      .then(function (response) {
        if (!response.ok) throw new Error("no word came: " + response.status);
        return response.json();
      })
      .then(function (answer) {
        document.querySelector('input[name="nonce"]').value = answer.nonce;
        countDown(answer.seconds);
      })
      .catch(function (error) { console.warn(error); });
  }

  function locate(button) {
    const here = button.closest("[data-place]");
    const form = button.closest("form");
    const line = here.querySelector('[role="status"]');
    const unknown = function () { line.textContent = here.dataset.sayUnknown; };
    if (!navigator.geolocation) { unknown(); return; }
    line.textContent = here.dataset.sayAsking;
    navigator.geolocation.getCurrentPosition(function (position) {
      form.querySelector('[name="latitude"]').value = position.coords.latitude;
      form.querySelector('[name="longitude"]').value = position.coords.longitude;
      line.textContent = here.dataset.sayKnown;
    }, unknown, { enableHighAccuracy: true, timeout: 10000, maximumAge: 30000 });
  }

  document.addEventListener("click", function (event) {
    const opener = event.target.closest('[data-nonce-url] [data-do="start"], [data-nonce-url] [data-do="again"], [data-nonce-url] input[type="file"]');
    if (opener) renew();
    const locator = event.target.closest("[data-locate]");
    if (locator) locate(locator);
  });
}());
