// Puts a form where its script element stands, in a frame that is as high as the form:
//   <script async src="https://…/f/join/embed.js" data-lang="nb" data-title="…"></script>
// Within the frame the same file tells the page around it how high the form is.
(() => {
  "use strict";
  const script = document.currentScript;
  const KIND = "rapport-form-height";

  const tell = () => {
    const send = () =>
      parent.postMessage({ kind: KIND, height: document.documentElement.offsetHeight }, "*");
    new ResizeObserver(send).observe(document.documentElement);
    send();
  };

  const put = () => {
    const form = new URL(script.src.replace(/\/embed\.js(?:[?#].*)?$/, ""));
    const cookie = /(?:^|; )rapport_id=([A-Za-z0-9._-]{8,64})(?:;|$)/.exec(document.cookie);
    form.searchParams.set("frame", "1");
    form.searchParams.set("lang", script.dataset.lang || document.documentElement.lang || "");
    if (cookie) form.searchParams.set("visitor", cookie[1]);
    const frame = document.createElement("iframe");
    frame.src = form.href;
    frame.title = script.dataset.title || document.title;
    frame.setAttribute("sandbox", "allow-forms allow-scripts allow-same-origin");
    // By its properties: a policy of the page may forbid style attributes.
    frame.style.width = "100%";
    frame.style.border = "0";
    frame.style.height = "40rem";
    addEventListener("message", (event) => {
      const told = event.data;
      const ours = event.source === frame.contentWindow && event.origin === form.origin;
      if (ours && told && told.kind === KIND && Number.isFinite(told.height)) {
        frame.style.height = `${Math.min(Math.max(Math.ceil(told.height), 100), 20000)}px`;
      }
    });
    script.after(frame);
  };

  if (!script) return;
  if (!("framed" in script.dataset)) put();
  else if (parent !== window) tell();
})();
