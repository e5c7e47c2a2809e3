/* The camera, on top of <input type=file capture>: a live preview where the browser allows it, and every photo scaled
   down before it is sent. Where anything is missing or refused, the input stays as it is. All words come from data-say-*. */
(function () {
  "use strict";

  const LONGEST_SIDE = 1600;
  const JPEG_QUALITY = 0.85;

  function canHoldFiles() {
    try {
      return Boolean(new DataTransfer().items);
    } catch (error) { // old Safari has no constructor: the plain input is all there is
      return false;
    }
  }

  function scaled(width, height) {
    const factor = Math.min(1, LONGEST_SIDE / Math.max(width, height));
    return { width: Math.round(width * factor), height: Math.round(height * factor) };
  }

  /* Draw a video frame or a picture into the canvas, scaled, and give back a JPEG file. */
  function toJpeg(source, width, height, canvas) {
    const size = scaled(width, height);
    canvas.width = size.width;
    canvas.height = size.height;
    canvas.getContext("2d").drawImage(source, 0, 0, size.width, size.height);
    return new Promise(function (resolve, reject) {
      canvas.toBlob(function (blob) {
        if (blob) resolve(new File([blob], "photo.jpg", { type: "image/jpeg" }));
        else reject(new Error("the picture could not be encoded"));
      }, "image/jpeg", JPEG_QUALITY);
    });
  }

  function loadPicture(file) {
    return new Promise(function (resolve, reject) {
      const picture = new Image();
      picture.onload = function () { URL.revokeObjectURL(picture.src); resolve(picture); };
      picture.onerror = function () { URL.revokeObjectURL(picture.src); reject(new Error("unreadable picture")); };
      picture.src = URL.createObjectURL(file);
    });
  }

  /* For pages with a camera of their own, such as the check-in's. */
  window.portalCamera = { canHoldFiles: canHoldFiles, toJpeg: toJpeg };

  /* The photos held last, by field and page: when a form comes back in place with an error elsewhere, they are put back. */
  const held = new Map();

  function heldKey(input) { return window.location.pathname + " " + input.name; }

  class Camera {
    constructor(box) {
      this.box = box;
      this.input = box.querySelector('input[type="file"]');
      this.stage = box.querySelector(".photo-stage");
      this.video = box.querySelector("video");
      this.canvas = box.querySelector("canvas");
      this.state = box.querySelector(".photo-state");
      this.facing = box.dataset.camera;
      this.stream = null;
      this.heldSize = undefined;
      this.input.addEventListener("change", () => this.picked());
      if (navigator.mediaDevices && navigator.mediaDevices.getUserMedia && this.input.hasAttribute("capture")) this.offerLive();
      this.restore();
    }

    restore() {
      const files = held.get(heldKey(this.input));
      held.delete(heldKey(this.input));
      const returned = this.input.form && this.input.form.querySelector(".error-summary");
      if (files && returned && !this.box.classList.contains("field-invalid")) {
        this.hold.apply(this, files);
        this.picture(files[files.length - 1]).then(() => this.show("taken"));
        this.say("ready");
      }
    }

    /* A file as a JPEG within bounds, drawn on the stage. */
    async picture(file) {
      const image = await loadPicture(file);
      return toJpeg(image, image.naturalWidth, image.naturalHeight, this.canvas);
    }

    offerLive() {
      this.box.querySelector(".photo-buttons").hidden = false;
      this.on("start", () => this.start());
      this.on("shoot", () => this.shoot());
      this.on("again", () => this.start());
      this.on("turn", () => {
        this.facing = this.facing === "user" ? "environment" : "user";
        return this.start();
      });
    }

    button(name) { return this.box.querySelector('[data-do="' + name + '"]'); }

    on(name, action) { this.button(name).addEventListener("click", action); }

    say(what) { this.state.textContent = what ? this.box.getAttribute("data-say-" + what) : ""; }

    /* One of three scenes: `idle` (nothing yet), `live` (preview), `taken` (a still). */
    show(scene) {
      this.stage.hidden = scene === "idle" || Boolean(this.box.querySelector(".photo-list"));
      this.video.hidden = scene !== "live";
      this.canvas.hidden = scene !== "taken";
      this.button("start").hidden = scene !== "idle";
      this.button("shoot").hidden = scene !== "live";
      this.button("turn").hidden = scene !== "live";
      this.button("again").hidden = scene !== "taken";
    }

    async start() {
      this.stop();
      this.say("starting");
      try {
        this.stream = await navigator.mediaDevices.getUserMedia({
          audio: false,
          video: { facingMode: this.facing, width: { ideal: LONGEST_SIDE }, height: { ideal: 1200 } },
        });
        this.video.srcObject = this.stream;
        this.video.classList.toggle("mirrored", this.facing === "user");
        await this.video.play();
      } catch (error) {
        this.stop();
        this.show("idle");
        this.say(error.name === "NotAllowedError" || error.name === "SecurityError" ? "refused" : "absent");
        return;
      }
      this.show("live");
      this.say("live");
      this.box.scrollIntoView({ block: "start" });
      this.button("shoot").focus({ preventScroll: true });
    }

    stop() {
      if (this.stream) this.stream.getTracks().forEach((track) => track.stop());
      this.stream = null;
    }

    async shoot() {
      const file = await toJpeg(this.video, this.video.videoWidth, this.video.videoHeight, this.canvas);
      this.stop();
      this.hold(file);
      this.show("taken");
      this.say("taken");
      this.button("again").focus();
    }

    /* A photo from the input: scaled as well; a form that takes several keeps them all. */
    async picked() {
      const first = this.input.files[0];
      if (!first || first.size === this.heldSize) return; // some browsers report our own file as a choice
      this.stop();
      this.say("preparing");
      const choice = this.choice = {}; // a later choice overtakes this one while it is being scaled
      try {
        const files = [];
        for (const original of Array.from(this.input.files)) files.push(await this.picture(original));
        if (choice !== this.choice) return;
        this.hold.apply(this, files);
      } catch (error) {
        if (choice !== this.choice) return;
        this.letGo();
        this.say("unreadable");
        return;
      }
      this.show("taken");
      this.say("ready");
    }

    hold() {
      const transfer = new DataTransfer();
      const files = Array.from(arguments);
      files.forEach((file) => transfer.items.add(file));
      held.set(heldKey(this.input), files);
      this.heldSize = transfer.files[0].size;
      this.input.files = transfer.files;
      this.box.classList.add("holds-photo");
      this.listPictures(files);
    }

    /* Nothing is held any more. */
    letGo() {
      this.input.value = "";
      this.heldSize = undefined;
      held.delete(heldKey(this.input));
      this.box.classList.remove("holds-photo");
      this.listPictures([]);
      this.show("idle");
    }

    /* Of several pictures each is shown, and can be taken away before they are sent. */
    listPictures(files) {
      const list = this.box.querySelector(".photo-list");
      if (!list) return;
      list.textContent = "";
      list.hidden = !files.length;
      files.forEach((file, place) => {
        const row = document.createElement("li");
        const picture = new Image();
        const button = document.createElement("button");
        const number = String(place + 1);
        picture.alt = list.dataset.picture.replace("{number}", number);
        picture.onload = function () { URL.revokeObjectURL(picture.src); };
        picture.src = URL.createObjectURL(file);
        button.type = "button";
        button.className = "btn btn-quiet";
        button.textContent = list.dataset.remove;
        button.setAttribute("aria-label", list.dataset.removeNumber.replace("{number}", number));
        button.addEventListener("click", () => {
          const left = files.filter((_other, at) => at !== place);
          if (left.length) this.hold.apply(this, left);
          else this.letGo();
          this.say(left.length ? "ready" : "");
          this.input.focus();
        });
        row.append(picture, button);
        list.append(row);
      });
    }
  }

  const cameras = new Set();

  function enhance(root) {
    cameras.forEach(function (camera) { // a page swapped away must not leave its camera on
      if (!document.contains(camera.box)) { camera.stop(); cameras.delete(camera); }
    });
    if (!canHoldFiles()) return;
    root.querySelectorAll("[data-camera]:not([data-ready])").forEach(function (box) {
      box.setAttribute("data-ready", "");
      cameras.add(new Camera(box));
    });
  }

  document.addEventListener("DOMContentLoaded", function () { enhance(document); });
  document.addEventListener("htmx:afterSettle", function () { enhance(document); });
  window.addEventListener("pagehide", function () { cameras.forEach(function (camera) { camera.stop(); }); });
}());
