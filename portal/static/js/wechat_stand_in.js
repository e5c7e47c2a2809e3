/* WeChat's script as development has it: the same calls, and the same refusals, told to the stand-in at /dev/wechat. */
(function () {
  "use strict";

  const waiting = [];
  let page = null;
  let failed = function () {};

  function tell(card) {
    return fetch("/dev/wechat/told", {
      method: "POST",
      credentials: "omit",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ page: page, card: card })
    }).then(function (answer) {
      return answer.json().then(function (said) {
        if (!answer.ok) throw said;
        return said;
      });
    });
  }

  function share(where, api) {
    return function (card) {
      if (!page || page.jsApiList.indexOf(api) < 0) return failed({ errMsg: api + ":permission denied" });
      return tell(Object.assign({ where: where }, card)).catch(failed);
    };
  }

  window.wx = {
    config: function (given) {
      page = Object.assign({ address: location.href.split("#")[0] }, given);
      tell(null).then(function () { waiting.forEach(function (call) { call(); }); }, function (said) { failed(said); });
    },
    ready: function (call) { waiting.push(call); },
    error: function (call) { failed = call; },
    updateAppMessageShareData: share("friend", "updateAppMessageShareData"),
    updateTimelineShareData: share("moments", "updateTimelineShareData")
  };
})();
