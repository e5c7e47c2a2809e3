/* Has WeChat show a card for this page when it is shared:

     <script async src="wechat_card.js" data-sdk="…jweixin.js" data-ask="/wechat/card" data-title="…" data-text="…"
       data-picture="https://…" data-link="https://…" data-moments="https://…"></script>

   WeChat's own script is fetched after the page is there; whatever of it does not come, the page is as good without. */
(function () {
  "use strict";

  const told = document.currentScript.dataset;

  function show() {
    const shared = { title: told.title, desc: told.text, imgUrl: told.picture };
    window.wx.updateAppMessageShareData(Object.assign({ link: told.link }, shared));
    window.wx.updateTimelineShareData({ title: told.title, imgUrl: told.picture, link: told.moments });
  }

  function begin() {
    const here = location.href.split("#")[0];
    fetch(told.ask + "?url=" + encodeURIComponent(here), { credentials: "omit" }).then(function (answer) {
      if (!answer.ok) throw new Error("no card");
      return answer.json();
    }).then(function (given) {
      window.wx.ready(show);
      window.wx.config(Object.assign({ debug: false, jsApiList: ["updateAppMessageShareData", "updateTimelineShareData"] }, given));
    }).catch(function () { /* the link is shared as a link */ });
  }

  const sdk = document.createElement("script");
  sdk.src = told.sdk;
  sdk.async = true;
  sdk.onload = begin;
  document.head.append(sdk);
})();
