/* Hands a poster's file to the phone's own sharing, where the browser can:

     <button hidden data-share-file="/poster/zh.png" data-share-name="poster.png" data-share-text="…">…</button>

   The button is shown only where files can be shared; the way to download stays beside it. The file is fetched before it
   is asked for, since a browser shares only what is there in the instant of the tap. */
(function () {
  "use strict";

  const files = new Map();

  function canShare() {
    if (!navigator.canShare || !navigator.share) return false;
    return navigator.canShare({ files: [new File([""], "poster.png", { type: "image/png" })] });
  }

  function fetched(button) {
    const address = button.dataset.shareFile;
    if (!files.has(address)) {
      files.set(address, fetch(address).then(function (answer) {
        if (!answer.ok) throw new Error("no picture");
        return answer.blob();
      }).then(function (blob) {
        return new File([blob], button.dataset.shareName, { type: blob.type });
      }));
      files.get(address).catch(function () { files.delete(address); });
    }
    return files.get(address);
  }

  function show() {
    document.querySelectorAll("[data-share-file][hidden]").forEach(function (button) {
      button.hidden = false;
      const other = button.parentElement.querySelector("a[download].btn-primary");
      if (other) other.classList.replace("btn-primary", "btn-outline-primary");
      fetched(button);
    });
  }

  if (!canShare()) return;
  show();
  document.addEventListener("htmx:afterSettle", show);
  document.addEventListener("click", function (event) {
    const button = event.target.closest("[data-share-file]");
    if (!button) return;
    fetched(button).then(function (file) {
      return navigator.share({ files: [file], text: button.dataset.shareText });
    }).catch(function () { /* put away by the reader, or refused: the download is still there */ });
  });
})();
