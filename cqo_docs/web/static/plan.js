// Filters at work while one types or chooses; without this, a button sends them.
"use strict";

for (const form of document.querySelectorAll("form[data-live]")) {
  let waiting = 0;
  let last = 0;
  const run = async () => {
    const given = new URLSearchParams(new FormData(form));
    for (const [name, value] of [...given]) if (!value) given.delete(name);
    const address = `${form.action.split(/[?#]/)[0]}?${given}`;
    const mine = ++last;
    const answer = await fetch(address, { credentials: "same-origin" });
    if (!answer.ok || mine !== last) return;
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
    const place = document.getElementById(form.dataset.live);
    place.replaceWith(fresh.getElementById(form.dataset.live));
    history.replaceState(null, "", `${address}#clauses`);
  };
  const soon = (milliseconds) => {
    clearTimeout(waiting);
    waiting = setTimeout(run, milliseconds);
  };
  form.addEventListener("input", (event) => soon(event.target.type === "search" ? 200 : 0));
  form.addEventListener("submit", (event) => { event.preventDefault(); soon(0); });
}
