/* The desk's scanner: where the browser can read QR codes itself, the camera looks until it sees one and sends the form.
   Elsewhere nothing changes: a photo is read by the server, and a code can be typed. Words come from data-say-*. ES2017. */
(function () {
  "use strict";
  const box = document.querySelector("[data-scanner]");
  if (!box || !("BarcodeDetector" in window) || !(navigator.mediaDevices && navigator.mediaDevices.getUserMedia)) return;
  const LOOK_EVERY = 250;
  const form = document.querySelector("form[data-find]");
  const field = form.querySelector('[name="text"]');
  const video = box.querySelector("video");
  const say = box.querySelector("[role=status]");
  const start = box.querySelector('[data-do="scan"]');
  const stop = box.querySelector('[data-do="stop"]');
  let stream = null;

  function tell(what) { say.textContent = what ? box.getAttribute("data-say-" + what) : ""; }

  function end(what) {
    if (stream) stream.getTracks().forEach(function (track) { track.stop(); });
    stream = null;
    video.hidden = stop.hidden = true;
    start.hidden = false;
    tell(what);
  }

  async function look(detector) {
    while (stream) {
      try {
        const found = await detector.detect(video);
        if (found.length && found[0].rawValue) {
          field.value = found[0].rawValue;
          end("found");
          form.requestSubmit ? form.requestSubmit() : form.submit();
          return;
        }
      } catch (error) { // a frame that is not ready yet: the next one is
        tell("looking");
      }
      await new Promise(function (done) { setTimeout(done, LOOK_EVERY); });
    }
  }

  async function begin() {
    start.hidden = true;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { facingMode: "environment" } });
      video.srcObject = stream;
      await video.play();
    } catch (error) {
      end(error.name === "NotAllowedError" || error.name === "SecurityError" ? "refused" : "absent");
      return;
    }
    video.hidden = stop.hidden = false;
    tell("looking");
    await look(new window.BarcodeDetector({ formats: ["qr_code"] }));
  }

  window.BarcodeDetector.getSupportedFormats().then(function (formats) {
    if (formats.indexOf("qr_code") < 0) return;
    box.hidden = false;
    start.addEventListener("click", begin);
    stop.addEventListener("click", function () { end(""); });
  }, function () { /* it is named and does not work: the photo does */ });
})();
