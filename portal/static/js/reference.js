/* The reference: narrowed by what is typed, and "try it". A request is sent to the sandbox with the key in its field, which is
   kept nowhere; a live key is not sent. No cookie goes along. */
(function () {
  "use strict";

  const root = document.querySelector("[data-reference]");
  if (!root) { return; }
  const words = root.dataset;
  const operations = Array.from(root.querySelectorAll("[data-operation]"));

  /* The filter: what stands in an operation's heading, address or sentence. */

  const search = root.querySelector("[data-search]");
  const none = root.querySelector("[data-none]");

  function narrow() {
    const wanted = search.value.trim().toLowerCase();
    operations.forEach(function (one) { one.hidden = !one.dataset.said.toLowerCase().includes(wanted); });
    root.querySelectorAll("[data-room]").forEach(function (room) {
      room.hidden = !room.querySelector("[data-operation]:not([hidden])");
    });
    none.hidden = operations.some(function (one) { return !one.hidden; });
  }

  search.addEventListener("input", narrow);

  /* A request out of the fields of an operation. */

  function value(form, name) { return Array.from(form.querySelectorAll("[name='" + name + "']")); }

  function address(form) {
    let path = form.dataset.path;
    value(form, "part").forEach(function (field) {
      path = path.replace("{" + field.dataset.name + "}", encodeURIComponent(field.value.trim()));
    });
    const asked = value(form, "query").filter(function (field) { return field.value.trim() !== ""; })
      .map(function (field) { return field.dataset.name + "=" + encodeURIComponent(field.value.trim()); });
    return path + (asked.length ? "?" + asked.join("&") : "");
  }

  function files(form) {
    return value(form, "file").reduce(function (found, field) {
      return found.concat(Array.from(field.files).map(function (file) { return { name: field.dataset.name, file: file }; }));
    }, []);
  }

  function random() {
    return Array.from(window.crypto.getRandomValues(new Uint8Array(12)), function (one) {
      return one.toString(16).padStart(2, "0");
    }).join("");
  }

  function request(form) {
    const path = address(form);
    const asked = { method: form.dataset.method, path: words.prefix + path, url: words.base + path, headers: [] };
    asked.headers.push(["Accept-Language", document.documentElement.lang.slice(0, 2)]);
    if (asked.method !== "GET") { asked.headers.push(["Idempotency-Key", random()]); }
    const body = form.querySelector("[name='body']");
    asked.files = files(form);
    if (asked.files.length || form.dataset.form) {
      asked.fields = body ? Object.entries(JSON.parse(body.value)) : [];
    } else if (body) {
      asked.headers.push(["Content-Type", "application/json"]);
      asked.body = JSON.stringify(JSON.parse(body.value));
    }
    return asked;
  }

  function sent(asked, key) {
    const headers = { Authorization: "Bearer " + key };
    asked.headers.forEach(function (one) { headers[one[0]] = one[1]; });
    let body = asked.body;
    if (asked.fields) {
      body = new window.FormData();
      asked.fields.forEach(function (one) { body.append(one[0], String(one[1])); });
      asked.files.forEach(function (one) { body.append(one.name, one.file); });
    }
    return window.fetch(asked.path, { method: asked.method, headers: headers, body: body, credentials: "omit", cache: "no-store" });
  }

  /* The same as a command and as a program. */

  function inShell(text) { return "'" + text.replace(/'/g, "'\\''") + "'"; }

  function curl(asked) {
    const lines = ["curl " + (asked.method === "POST" && !asked.body && !asked.fields ? "-X POST " : "") + inShell(asked.url),
      "-H \"Authorization: Bearer $KEY\""];
    asked.headers.forEach(function (one) { lines.push("-H " + inShell(one[0] + ": " + one[1])); });
    if (asked.body) { lines.push("-d " + inShell(asked.body)); }
    (asked.fields || []).forEach(function (one) { lines.push("-F " + inShell(one[0] + "=" + one[1])); });
    asked.files.forEach(function (one) { lines.push("-F " + inShell(one.name + "=@" + one.file.name)); });
    return lines.join(" \\\n  ");
  }

  function python(asked) {
    const said = [JSON.stringify(asked.url)];
    const headers = ["\"Authorization\": f\"Bearer {key}\""].concat(asked.headers.map(function (one) {
      return JSON.stringify(one[0]) + ": " + JSON.stringify(one[1]);
    }));
    said.push("headers={" + headers.join(", ") + "}");
    if (asked.body) { said.push("content=" + JSON.stringify(asked.body) + ".encode()"); }
    if (asked.fields) {
      const fields = asked.fields.map(function (one) { return JSON.stringify(one[0]) + ": " + JSON.stringify(String(one[1])); });
      said.push("data={" + fields.join(", ") + "}");
      said.push("files=[" + asked.files.map(function (one) {
        return "(" + JSON.stringify(one.name) + ", open(" + JSON.stringify(one.file.name) + ", \"rb\"))";
      }).join(", ") + "]");
    }
    return "import httpx\n\nanswer = httpx." + asked.method.toLowerCase() + "(\n    " + said.join(",\n    ") +
      ",\n)\nprint(answer.status_code, answer.json())";
  }

  /* What is shown of it. */

  function show(form, name, text) {
    const place = form.querySelector("[data-shows='" + name + "']");
    place.textContent = text;
    place.closest("[data-part]").hidden = text === "";
  }

  function pretty(text) {
    try { return JSON.stringify(JSON.parse(text), null, 2); } catch (error) { return text; }
  }

  function say(form, text) {
    form.querySelector("[data-wrong]").textContent = text;
  }

  function tell(form, answer) {
    return answer.text().then(function (text) {
      const headers = [];
      answer.headers.forEach(function (held, name) { headers.push(name + ": " + held); });
      show(form, "status", String(answer.status));
      show(form, "headers", headers.join("\n"));
      show(form, "answer", pretty(text));
    });
  }

  function attempt(form) {
    const key = root.querySelector("[data-key]").value.trim();
    let asked;
    say(form, "");
    if (!key.startsWith("pk_test_")) { say(form, key ? words.live : words.keyless); return Promise.resolve(); }
    try { asked = request(form); } catch (error) { say(form, words.odd); return Promise.resolve(); }
    show(form, "curl", curl(asked));
    show(form, "python", python(asked));
    return sent(asked, key).then(function (answer) { return tell(form, answer); }, function () { say(form, words.away); });
  }

  root.querySelectorAll("[data-try]").forEach(function (form) {
    const button = form.querySelector("button");
    form.addEventListener("submit", function (event) {
      event.preventDefault();
      button.disabled = true;
      attempt(form).then(function () { button.disabled = false; });
    });
  });
})();
