/* Has WeChat show a card for this page, by what its own tag says; without WeChat's script the page is as good. */
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
    }).catch(function () { });
  }

  const sdk = document.createElement("script");
  sdk.src = told.sdk;
  sdk.async = true;
  sdk.onload = begin;
  document.head.append(sdk);
})();
