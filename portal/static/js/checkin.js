/* Checking in, enrolling one's own face, and confirming another's: leads through the shots of the challenge, holds them, and sends them until they have arrived; and asks
   the device for its position when its owner wants to send it. Without this file the form still works: its photos come
   from the inputs, and its word is the one it came with. ES2017: WeChat's browser is old. */
(function () {
  "use strict";

  const WAITS = [1, 2, 4, 8]; // seconds between tries; the last one stays
  const GIVE_UP = 12000; // milliseconds that one try may take

  function token() { return document.getElementById("page-facts").dataset.csrfToken; }

  function pause(seconds) { return new Promise(function (resolve) { setTimeout(resolve, seconds * 1000); }); }

  function ask(url, fields) {
    return fetch(url, { method: "POST", headers: { "X-CSRFToken": token() }, body: new URLSearchParams(fields) })
      .then(function (response) { return response.json(); });
  }

  async function digest(file) {
    const hash = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    return Array.from(new Uint8Array(hash)).map(function (byte) { return ("0" + byte.toString(16)).slice(-2); }).join("");
  }

  class Challenge {
    constructor(box) {
      this.box = box;
      this.form = box.closest("form");
      this.video = box.querySelector("video");
      this.canvas = box.querySelector("canvas");
      this.stream = null;
      this.ends = 0; // when the word in the form ends, by this device's clock
      this.tries = 0;
      this.sent = false; // at least one try has left: its answer may have been lost
      box.querySelectorAll(".live-only").forEach(function (part) { part.hidden = false; });
      this.files(false);
      this.on("open", () => this.start());
      this.on("take", () => this.take());
      this.on("other", () => this.turnCamera());
      box.querySelectorAll('[name="pictures"]').forEach((radio) => radio.addEventListener("change", () => this.mark()));
      this.form.setAttribute("hx-request", '{"timeout":' + GIVE_UP + "}");
      this.mark();
    }

    /* ---- Small parts ---- */

    button(name) { return this.box.querySelector('[data-do="' + name + '"]'); }
    on(name, action) { this.button(name).addEventListener("click", action); }
    field(name) { return this.form.querySelector('[name="' + name + '"]'); }
    get each() {
      const each = this.box.querySelector('[name="pictures"][value="each"]'); // not where one is alone
      return Boolean(each && each.checked);
    }

    get steps() {
      return ["straight"].concat(this.box.dataset.sideUrl ? ["turned"] : [], this.each ? ["client"] : []);
    }

    say(what, seconds) {
      const words = what ? this.box.getAttribute("data-say-" + what) : "";
      this.box.querySelector(".challenge-words").textContent = words.replace("{seconds}", seconds);
    }

    /* The inputs and the button that sends them: only where the camera of the page cannot be used. */
    files(shown) {
      this.box.querySelector(".challenge-files").hidden = !shown;
      this.form.querySelector(".form-actions").hidden = !shown;
    }

    mark() {
      const steps = this.steps;
      const client = this.box.querySelector('[data-step="client"]');
      if (client) client.hidden = !this.each;
      this.box.querySelectorAll("[data-step]").forEach((item) => {
        const place = steps.indexOf(item.dataset.step);
        item.classList.toggle("done", this.step !== undefined && place < this.step);
        if (place === this.step) item.setAttribute("aria-current", "step");
        else item.removeAttribute("aria-current");
      });
    }

    /* `idle`: nothing yet; `live`: preview; `wait`: preview, but not to be shot; `held`: the last shot, being sent. */
    show(scene) {
      const live = scene === "live" || scene === "wait";
      this.box.querySelector(".photo-stage").hidden = scene === "idle";
      this.video.hidden = !live;
      this.canvas.hidden = scene !== "held";
      this.box.querySelector(".challenge-time").hidden = scene === "idle";
      const choice = this.box.querySelector(".challenge-choice");
      if (choice) choice.hidden = scene !== "idle";
      this.button("open").hidden = scene !== "idle";
      this.button("take").hidden = !live;
      this.button("take").disabled = scene === "wait";
      this.button("other").hidden = scene !== "live";
      if (scene !== "wait") this.arrow(null);
    }

    /* Only over a mirrored preview: there his left is on the left. */
    arrow(side) {
      const arrow = this.box.querySelector(".challenge-arrow");
      arrow.hidden = !side || this.facing !== "user";
      arrow.classList.toggle("to-the-right", side === "right");
    }

    /* ---- The camera ---- */

    async open(facing) {
      this.close();
      this.facing = facing;
      this.stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: facing, width: { ideal: 1600 }, height: { ideal: 1200 } },
      });
      this.video.srcObject = this.stream;
      this.video.classList.toggle("mirrored", facing === "user");
      await this.video.play();
    }

    close() {
      if (this.stream) this.stream.getTracks().forEach(function (track) { track.stop(); });
      this.stream = null;
    }

    turnCamera() { return this.open(this.facing === "user" ? "environment" : "user").catch((error) => this.without(error)); }

    without(error) {
      this.close();
      clearInterval(this.ticking);
      this.show("idle");
      this.box.querySelectorAll(".live-only:not(.challenge-words)").forEach(function (part) { part.hidden = true; });
      this.say(error.name === "NotAllowedError" || error.name === "SecurityError" ? "refused" : "absent");
      this.field("in_page").value = "";
      this.files(true);
    }

    /* ---- The way through ---- */

    get consents() { return this.box.dataset.consent.split(" ").filter(Boolean); }

    consented() { return !this.consents.length || this.consents.some((name) => this.field(name) && this.field(name).checked); }

    /* What a guardian has still to write down: asked for now, since the photos would be lost by asking afterwards. */
    get lacking() {
      const agrees = this.field("guardian_consent");
      if (!agrees || !agrees.checked) return null;
      if (!this.field("guardian_name").value.trim()) return this.field("guardian_name");
      return this.form.querySelector('[name="guardian_relation"]:checked') ? null : this.field("guardian_relation");
    }

    async start() {
      const lacking = this.lacking;
      if (lacking) {
        this.say("guardian");
        lacking.focus();
        return;
      }
      if (!this.consented()) {
        this.say("consent");
        this.field(this.consents[0]).focus();
        return;
      }
      this.button("open").disabled = true;
      this.say("starting");
      try {
        const word = await ask(this.box.dataset.nonceUrl, { nonce: this.sent ? this.field("nonce").value : "" });
        if (word.made) { window.location.assign(word.made); return; }
        this.field("nonce").value = word.nonce;
        this.countDown(word.seconds);
      } catch (error) {
        this.say("offline");
        return;
      } finally {
        this.button("open").disabled = false;
      }
      try {
        await this.open(this.box.dataset.facing);
      } catch (error) { this.without(error); return; }
      this.step = 0;
      this.tries = 0;
      this.sent = false;
      this.field("in_page").value = "yes";
      this.look(this.each ? "alone" : "straight");
      this.box.scrollIntoView({ block: "start" });
    }

    /* Ready for the next shot. */
    look(words) {
      this.mark();
      this.show("live");
      this.say(words);
      this.button("take").focus({ preventScroll: true });
    }

    async take() {
      const step = this.steps[this.step];
      this.show("wait");
      const file = await window.portalCamera.toJpeg(this.video, this.video.videoWidth, this.video.videoHeight, this.canvas);
      this.hold({ straight: "photo", turned: "turned", client: "client_photo" }[step], file);
      this.step += 1;
      const next = this.steps[this.step];
      if (!next) this.send();
      else if (next === "turned") await this.askSide(file);
      else await this.open("environment").then(() => this.look("client"), (error) => this.without(error));
    }

    hold(name, file) {
      const transfer = new DataTransfer();
      transfer.items.add(file);
      this.field(name).files = transfer.files;
    }

    /* The side is told against the first shot. On a bad network it is asked for again, as long as there is time. */
    async askSide(file) {
      this.say("asking");
      const fields = { nonce: this.field("nonce").value, sha256: await digest(file) };
      for (let tries = 0; Date.now() < this.ends; tries += 1) {
        try {
          const answer = await ask(this.box.dataset.sideUrl, fields);
          if (!answer.side) { this.late(); return; }
          this.look(answer.side);
          this.arrow(answer.side);
          return;
        } catch (error) {
          console.warn(error);
          await pause(WAITS[Math.min(tries, WAITS.length - 1)]);
        }
      }
    }

    send() {
      this.close();
      this.mark();
      this.show("held");
      this.say("sending");
      this.sent = true;
      this.form.querySelector('.form-actions button[type="submit"]').click();
    }

    /* Nothing came back, a part of the portal is away, or the server is busy. What is sent twice is one showing. A busy server has noted when the photos
       came; otherwise they are too old once the time is over. */
    async sendAgain(noted) {
      const wait = WAITS[Math.min(this.tries, WAITS.length - 1)];
      this.tries += 1;
      this.noted = this.noted || noted;
      if (!this.noted && Date.now() + wait * 1000 >= this.ends) { this.late(); return; }
      this.say("again", wait);
      await pause(wait);
      if (document.contains(this.box)) this.send();
    }

    late() {
      this.close();
      clearInterval(this.ticking);
      ["photo", "turned", "client_photo"].map((name) => this.field(name)).filter(Boolean).forEach((field) => { field.value = ""; });
      this.step = undefined;
      this.noted = false;
      this.mark();
      this.show("idle");
      this.say("late");
    }

    countDown(seconds) {
      this.ends = Date.now() + seconds * 1000;
      const bar = this.box.querySelector(".challenge-time progress");
      const line = this.box.querySelector('[role="timer"]');
      bar.max = seconds;
      clearInterval(this.ticking);
      const tick = () => {
        const left = Math.max(0, Math.ceil((this.ends - Date.now()) / 1000));
        bar.value = left;
        line.textContent = this.box.getAttribute("data-say-left-over").replace("{seconds}", left);
        if (!document.contains(this.box)) { this.close(); clearInterval(this.ticking); }
        else if (left === 0 && this.stream) this.late();
      };
      this.ticking = setInterval(tick, 500);
      tick();
    }
  }

  const challenges = new Map();

  function enhance() {
    challenges.forEach(function (challenge, box) {
      if (!document.contains(box)) { challenge.close(); challenges.delete(box); }
    });
    if (!navigator.mediaDevices || !navigator.mediaDevices.getUserMedia || !window.portalCamera.canHoldFiles()) return;
    document.querySelectorAll("[data-challenge]").forEach(function (box) {
      if (!challenges.has(box)) challenges.set(box, new Challenge(box));
    });
  }

  function challengeOf(form) {
    const box = form && form.closest && form.closest("form") && form.closest("form").querySelector("[data-challenge]");
    return box ? challenges.get(box) : undefined;
  }

  ["htmx:sendError", "htmx:timeout"].forEach(function (name) {
    document.addEventListener(name, function (event) {
      const challenge = challengeOf(event.detail.elt);
      if (challenge && challenge.sent) challenge.sendAgain(false);
    });
  });

  document.addEventListener("htmx:beforeSwap", function (event) {
    const request = event.detail.requestConfig;
    const challenge = challengeOf(request && request.elt);
    const xhr = event.detail.xhr;
    if (challenge && challenge.sent && xhr.status >= 502 && xhr.status <= 504) {
      event.detail.shouldSwap = false;
      challenge.sendAgain(xhr.status === 503 && !xhr.getResponseHeader("Portal-Interrupted"));
    }
  });

  /* Who takes the photo by the input gets a fresh word when the phone's camera opens. Where the network fails, the older one
     stays: the server judges it by its age. */
  document.addEventListener("click", function (event) {
    const input = event.target.closest('[data-challenge] input[name="photo"]');
    if (!input) return;
    ask(input.closest("[data-challenge]").dataset.nonceUrl, {})
      .then(function (word) { input.form.querySelector('[name="nonce"]').value = word.nonce; })
      .catch(function (error) { console.warn(error); });
  });

  /* ---- Position ------------------------------------------------------------------------------------------------ */

  const ROUGH = 100; // metres: a site that is set by less misplaces the circle around it

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
      const system = form.querySelector('select[name="system"]'); // a site is set, and browsers say WGS-84
      if (system) {
        system.value = "wgs84";
        form.querySelector('[name="pasted"]').value = ""; // it would go before, and in another system
      }
      const metres = Math.round(position.coords.accuracy);
      const rough = here.dataset.sayRough && metres > ROUGH;
      line.textContent = rough ? here.dataset.sayRough.replace("{m}", metres) : here.dataset.sayKnown;
    }, unknown, { enableHighAccuracy: true, timeout: 10000, maximumAge: here.dataset.sayRough ? 0 : 30000 });
  }

  document.addEventListener("click", function (event) {
    const locator = event.target.closest("[data-locate]");
    if (locator) locate(locator);
  });

  document.addEventListener("DOMContentLoaded", enhance);
  document.addEventListener("htmx:afterSettle", enhance);
  window.addEventListener("pagehide", function () { challenges.forEach(function (challenge) { challenge.close(); }); });
}());
