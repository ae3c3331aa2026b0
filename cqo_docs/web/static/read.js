// The paragraph that an address names is opened; one explanation is open at a time.
"use strict";

const paragraphs = [...document.querySelectorAll("details.line")];
for (const one of paragraphs) {
  one.addEventListener("toggle", () => {
    if (one.open) for (const other of paragraphs) if (other !== one) other.open = false;
  });
}
const named = () => {
  let id = location.hash.slice(1);
  try { id = decodeURIComponent(id); } catch { /* as it is */ }
  const place = id && document.getElementById(id);
  if (place && place.tagName === "DETAILS") {
    place.open = true;
    place.scrollIntoView({ block: "center" });
    place.firstElementChild.focus({ preventScroll: true });
  }
};
addEventListener("hashchange", named);
named();
