/* A stand's gift is one for everybody: a phone that has taken today's is led to it, instead of to another one.
   The page's own storage remembers its address for the day. Without it the page works as it does for a new phone. */
(function () {
  "use strict";
  const taken = document.querySelector("[data-gift-of]");
  const form = document.querySelector("form[data-gift]");
  const today = new Date().toDateString();

  function remember(code) {
    try {
      localStorage.setItem(`gift ${code}`, JSON.stringify({ day: today, at: location.pathname }));
    } catch (error) {
      return; // storage is switched off
    }
  }

  function remembered(code) {
    try {
      const found = JSON.parse(localStorage.getItem(`gift ${code}`) || "{}");
      return found.day === today ? found.at : "";
    } catch (error) {
      return "";
    }
  }

  if (taken) remember(taken.dataset.giftOf);
  const address = form && remembered(form.dataset.gift);
  if (!address) return;
  const link = form.querySelector("a");
  link.href = address;
  link.hidden = false;
  form.querySelector("button").hidden = true;
}());
