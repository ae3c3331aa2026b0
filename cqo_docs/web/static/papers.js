// Asks how far a task is; without this, the page loads itself again.
"use strict";

const place = document.getElementById("progress");
if (place) {
  const said = document.getElementById("said");
  const ask = async () => {
    try {
      const answer = await fetch(place.dataset.ask, { credentials: "same-origin" });
      // The company was deleted meanwhile: the page says so.
      if (answer.status === 404) return location.reload();
      const told = await answer.json();
      if (told.over) return location.replace(told.there);
      if (said.textContent !== told.said) said.textContent = told.said;
    } catch { /* the server may be busy: it is asked again */ }
    setTimeout(ask, Number(place.dataset.seconds) * 1000);
  };
  setTimeout(ask, 300);
}
