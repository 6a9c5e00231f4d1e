// A chat for your page, without dependencies: <script src="https://<intake>/v1/chat/widget.js" data-chat="<tenant>/<account>"></script>
(function () {
  "use strict";
  const script = document.currentScript;
  const base = new URL(script.src).origin + "/v1/chat/" + script.dataset.chat + "/";
  const key = "amends-chat:" + script.dataset.chat;
  const word = (name, fallback) => script.dataset[name] || fallback;
  let session = JSON.parse(localStorage.getItem(key) || "null");

  const make = (tag, props) => Object.assign(document.createElement(tag), props);
  const box = make("section", {});
  box.setAttribute("aria-label", word("title", "Chat with us"));
  const log = make("div", { tabIndex: 0 });
  log.setAttribute("role", "log");
  log.setAttribute("aria-live", "polite");
  log.setAttribute("aria-label", word("log", "Conversation"));
  log.style.cssText = "overflow:auto;max-height:20rem";
  const status = make("p", {});
  status.setAttribute("role", "status");
  const form = make("form", {});
  const label = make("label", { textContent: word("label", "Your message"), htmlFor: "amends-chat-text" });
  const text = make("textarea", { id: "amends-chat-text", required: true, maxLength: 8000, rows: 3 });
  form.append(label, text, make("button", { textContent: word("send", "Send") }));
  box.append(log, status, form);
  script.after(box);

  const keep = () => localStorage.setItem(key, JSON.stringify(session));
  const show = (author, words) => {
    const line = make("p", {});
    line.append(make("strong", { textContent: author + ": " }), words);
    log.append(line);
    log.scrollTop = log.scrollHeight;
  };
  const post = (what, body) =>
    fetch(base + what, {
      method: "POST",
      headers: { "content-type": "application/json", ...(session ? { authorization: "Bearer " + session.token } : {}) },
      body: JSON.stringify(body),
    });

  async function begin() {
    if (session && Date.parse(session.endsAt) > Date.now()) return;
    const answer = await fetch(base + "sessions", { method: "POST" });
    if (!answer.ok) throw new Error("no session");
    const told = await answer.json();
    session = { token: told.token, endsAt: told.ends_at, last: "0" };
    keep();
  }

  async function listen() {
    for (;;) {
      try {
        const headers = { authorization: "Bearer " + session.token, "last-event-id": session.last };
        const answer = await fetch(base + "events", { headers });
        if (answer.status === 401) { session = null; await begin(); continue; }
        if (answer.ok) await read(answer.body.getReader());
      } catch (lost) { /* the network is away: come again below */ }
      await new Promise((done) => setTimeout(done, 1000));
    }
  }

  async function read(reader) {
    const decoder = new TextDecoder();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      const events = (rest + decoder.decode(value, { stream: true })).split("\n\n");
      rest = events.pop();
      for (const event of events) take(event);
    }
  }

  function take(event) {
    const field = (name) => (event.split("\n").find((one) => one.startsWith(name + ": ")) || "").slice(name.length + 2);
    if (field("event") !== "line") return;
    const line = JSON.parse(field("data"));
    show(line.author || word("us", "We"), line.text);
    session.last = field("id");
    keep();
    post("receipts", { line_id: line.line_id }).catch(() => {});
  }

  let listening = false;
  const hear = () => { if (!listening) { listening = true; listen(); } };
  let pending = null; // the same id until it was taken: a second try is no second message
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (!pending || pending.text !== text.value) pending = { id: crypto.randomUUID(), text: text.value };
    try {
      await begin();
      const answer = await post("messages", pending);
      if (!answer.ok) throw new Error("not taken");
      show(word("you", "You"), pending.text);
      pending = null;
      text.value = "";
      status.textContent = "";
      hear();
    } catch (failed) {
      status.textContent = word("failed", "That was not sent. Please try again.");
    }
    text.focus();
  });
  text.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey) { event.preventDefault(); form.requestSubmit(); }
  });
  if (session) begin().then(hear, () => {});
})();
