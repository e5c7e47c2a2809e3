/* The page of an interruption asks again by itself: the same page, or the form that was sent. Not all at once: each waits
   up to half as long again. ES2017: WeChat's browser is old. */
(function () {
  "use strict";

  const form = document.querySelector("form[data-again]");
  if (!form) return;
  const line = form.querySelector('[role="status"]');
  let left = Math.ceil(Number(form.dataset.again) * (1 + Math.random() / 2));

  function again() {
    if (form.method === "post") form.submit();
    else window.location.reload();
  }

  function tick() {
    line.textContent = form.dataset.says.replace("{seconds}", left);
    line.hidden = false;
    left -= 1;
    if (left < 0) again();
    else setTimeout(tick, 1000);
  }

  tick();
}());
