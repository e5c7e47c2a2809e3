/* A button that prints its page. ES2017: WeChat's browser is old. */
(function () {
  "use strict";

  document.addEventListener("click", function (event) {
    if (event.target.closest("[data-print]")) window.print();
  });
}());
