/* The review queue by keyboard: Alt with a letter follows the link that names it. A key alone does nothing, so that no
   letter that is typed or spoken decides over a showing. */
(function () {
  "use strict";
  document.addEventListener("keydown", function (event) {
    if (!event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const link = document.querySelector('a[data-key="' + event.code + '"]');
    if (!link) return;
    event.preventDefault();
    link.click();
  });
})();
