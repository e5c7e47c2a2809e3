/* A scanner of QR codes: vouchers at the desk, the site's code on a broker's phone. Where the browser reads QR codes itself it does; elsewhere (WeChat, Firefox, Safari, Chromium on
   Linux) stills of the camera's middle go to the server, one after another and at most two a second. Without a camera
   nothing is lost: a photo can be sent, a code typed. All words come from data-say-*. ES2017. */
(function () {
  "use strict";
  const box = document.querySelector("[data-scanner]");
  if (!box || !(navigator.mediaDevices && navigator.mediaDevices.getUserMedia && window.fetch)) return;

  const STILL_EVERY = 500; // milliseconds from one still to the next: the server's limit is made for this
  const LOOK_EVERY = 200; // the same where the browser looks itself
  const REST_AFTER = 60000; // a camera that was forgotten stops asking
  const STILL_SIDE = 720;
  const JPEG_QUALITY = 0.8;

  const form = document.querySelector("form[data-find]");
  const field = form.querySelector('[name="' + (box.dataset.field || "text") + '"]');
  const video = box.querySelector("video");
  const state = box.querySelector("[role=status]");
  const start = box.querySelector('[data-do="scan"]');
  const stop = box.querySelector('[data-do="stop"]');
  const canvas = document.createElement("canvas");
  let stream = null;
  let run = 0; // counts the times that the camera was opened or closed: an answer to an earlier one is not listened to

  function say(what) { state.textContent = what ? box.getAttribute("data-say-" + what) : ""; }

  function pause(milliseconds) { return new Promise(function (done) { setTimeout(done, milliseconds); }); }

  function end(what) {
    run += 1;
    if (stream) stream.getTracks().forEach(function (track) { track.stop(); });
    stream = null;
    video.srcObject = null;
    video.hidden = stop.hidden = true;
    start.hidden = false;
    say(what);
  }

  /* The square in the middle of the picture, which is what the preview shows. */
  function still() {
    const side = Math.min(video.videoWidth, video.videoHeight);
    canvas.width = canvas.height = Math.min(side, STILL_SIDE);
    const left = (video.videoWidth - side) / 2;
    const top = (video.videoHeight - side) / 2;
    canvas.getContext("2d").drawImage(video, left, top, side, side, 0, 0, canvas.width, canvas.height);
    return new Promise(function (resolve) { canvas.toBlob(resolve, "image/jpeg", JPEG_QUALITY); });
  }

  /* Readers: each gives {text}, {wait, say} when it cannot look just now, {over} when it cannot go on, or {}. */
  function reader(detector) {
    return async function () {
      const found = await detector.detect(video);
      return found.length ? { text: found[0].rawValue } : {};
    };
  }

  async function asked() {
    const body = new FormData();
    body.append("photo", await still(), "still.jpg");
    const headers = { "X-CSRFToken": document.getElementById("page-facts").dataset.csrfToken };
    let answer;
    try {
      answer = await fetch(box.dataset.scanner, { method: "POST", headers: headers, body: body, credentials: "same-origin" });
    } catch (error) {
      return { wait: 2000, say: "offline" };
    }
    if (answer.status === 204) return {};
    if (answer.status === 429 || answer.status >= 500) {
      return { wait: 1000 * (Number(answer.headers.get("Retry-After")) || 5), say: "busy" };
    }
    const told = answer.ok && !answer.redirected ? await answer.json() : null;
    return told || { over: "stale" }; // signed out meanwhile, or the page is too old
  }

  function take(text) {
    const ours = box.dataset.mark.split(" ").some(function (mark) { return text.toUpperCase().indexOf(mark.toUpperCase()) === 0; });
    if (!ours) return false; // a poster on the wall, somebody's ticket
    field.value = text;
    end("found");
    form.requestSubmit ? form.requestSubmit() : form.submit();
    return true;
  }

  async function look(read, pace) {
    const mine = run;
    const until = Date.now() + REST_AFTER;
    while (mine === run) {
      const began = Date.now();
      let seen = {};
      try {
        if (video.videoWidth) seen = await read();
      } catch (error) { // a frame that was not ready: the next one is
        seen = {};
      }
      if (mine !== run || (seen.text && take(seen.text))) return;
      if (seen.over) { end(seen.over); return; }
      if (Date.now() > until) { end("rested"); return; }
      say(seen.say || (seen.text ? "foreign" : "looking"));
      await pause(Math.max(seen.wait || 0, began + pace - Date.now()));
    }
  }

  async function begin() {
    const mine = run += 1;
    start.hidden = true;
    stop.hidden = false;
    say("starting");
    try {
      const opened = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } },
      });
      if (mine !== run) { // stopped while the browser asked
        opened.getTracks().forEach(function (track) { track.stop(); });
        return;
      }
      stream = opened;
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
    } catch (error) {
      if (mine !== run) return;
      end(error.name === "NotAllowedError" || error.name === "SecurityError" ? "refused" : "absent");
      const photo = document.querySelector("[data-photo]");
      if (photo) photo.open = true;
      return;
    }
    say("looking");
    const own = await detector();
    if (mine === run) await look(own ? reader(own) : asked, own ? LOOK_EVERY : STILL_EVERY);
  }

  /* The browser's own reader, where it has one that works: some name it and know no format. */
  async function detector() {
    try {
      const formats = await window.BarcodeDetector.getSupportedFormats();
      return formats.indexOf("qr_code") < 0 ? null : new window.BarcodeDetector({ formats: ["qr_code"] });
    } catch (error) {
      return null;
    }
  }

  box.hidden = false;
  start.addEventListener("click", begin);
  stop.addEventListener("click", function () { end(""); });
  document.addEventListener("visibilitychange", function () { if (document.hidden && stream) end(""); });
  window.addEventListener("pagehide", function () { if (stream) end(""); });
})();
