/* Ticked rows: their count and sum beside the button, and the arrow-free way through them: J and K go from tick to tick
   (space sets it, O opens the row). Without this script the form sends what is ticked all the same. ES2017. */
(function () {
  "use strict";
  const form = document.querySelector("form[data-ticks]");
  if (!form) return;
  const ticks = Array.from(form.querySelectorAll('input[type="checkbox"][data-fen]'));
  const all = form.querySelector("[data-all]");

  function money(fen) {
    // whole numbers all the way: yuan and fen are put together as text
    const yuan = String(Math.floor(fen / 100)).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
    return "¥" + yuan + "." + String(fen % 100).padStart(2, "0");
  }

  function show() {
    const on = ticks.filter(function (tick) { return tick.checked; });
    const fen = on.reduce(function (sum, tick) { return sum + Number(tick.dataset.fen); }, 0);
    form.querySelectorAll("[data-count]").forEach(function (place) { place.textContent = String(on.length); });
    form.querySelectorAll("[data-sum]").forEach(function (place) { place.textContent = money(fen); });
    form.querySelectorAll("[data-needs-ticks]").forEach(function (button) { button.disabled = on.length === 0; });
    if (all) {
      all.checked = on.length === ticks.filter(function (tick) { return !tick.disabled; }).length;
      all.indeterminate = on.length > 0 && !all.checked;
    }
  }

  /* The tax on several is not the sum of each one's: what is ticked is asked for together, and the last answer counts. */
  let asked = 0;
  function showTax(on) {
    if (!form.dataset.tax) return;
    const mine = ++asked;
    const query = on.map(function (tick) { return "reward=" + encodeURIComponent(tick.value); }).join("&");
    fetch(form.dataset.tax + "?" + query).then(function (answer) {
      if (!answer.ok) throw new Error("no tax");
      return answer.json();
    }).then(function (told) {
      if (mine !== asked) return;
      form.querySelectorAll("[data-tax-said]").forEach(function (place) { place.textContent = told.said; });
      form.querySelectorAll("[data-tax-of]").forEach(function (place) { place.textContent = told.rows[place.dataset.taxOf] || "–"; });
    }).catch(function () { /* what was said of all of them stands; the posting itself does not depend on it */ });
  }

  function step(by) {
    const live = ticks.filter(function (tick) { return !tick.disabled; });
    const next = live[live.indexOf(document.activeElement) + by] || live[by > 0 ? 0 : live.length - 1];
    if (next) next.focus();
  }

  form.addEventListener("change", function (event) {
    if (event.target === all) {
      ticks.forEach(function (tick) { if (!tick.disabled) tick.checked = all.checked; });
    }
    show();
    showTax(ticks.filter(function (tick) { return tick.checked; }));
  });

  document.addEventListener("keydown", function (event) {
    const typing = /^(textarea|select)$/i.test(event.target.tagName) ||
      (event.target.tagName === "INPUT" && event.target.type !== "checkbox");
    if (typing || event.altKey || event.ctrlKey || event.metaKey) return;
    const row = document.activeElement && document.activeElement.closest("tr");
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "o" && row && row.querySelector("a")) row.querySelector("a").click();
  });

  show();
})();
