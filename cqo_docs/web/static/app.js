// A few lines that make the page quicker; everything works without them.
"use strict";

document.documentElement.classList.add("js");

const csrf = () => document.querySelector("meta[name=csrf]").content;

// A table that shows only the rows that hold what was typed.
for (const field of document.querySelectorAll("[data-filter]")) {
  const rows = document.getElementById(field.dataset.filter).tBodies[0].rows;
  field.addEventListener("input", () => {
    const wanted = field.value.trim().toLowerCase();
    for (const row of rows) row.hidden = !row.textContent.toLowerCase().includes(wanted);
  });
}

// A file that is too large is not even sent.
for (const field of document.querySelectorAll("input[type=file][data-most]")) {
  const told = document.getElementById(`${field.id}-fault`);
  field.addEventListener("change", () => {
    const large = [...field.files].some((file) => file.size > field.dataset.most * 1024 * 1024);
    told.textContent = large ? told.dataset.text : "";
    if (large) field.value = "";
  });
}

// What an address points to is never behind a closed summary.
const unfold = () => {
  const target = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
  const folded = target && target.closest("details:not([open])");
  if (folded) {
    folded.open = true;
    target.scrollIntoView();
  }
};
addEventListener("hashchange", unfold);
unfold();

// Of the steps that do not all fit, the present one is seen.
document.querySelector(".steps [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });

// “None of these” and the others exclude each other.
document.addEventListener("change", (event) => {
  const box = event.target;
  if (box.type !== "checkbox" || !box.checked || !box.closest(".choices")) return;
  for (const other of box.closest(".choices").querySelectorAll("input[type=checkbox]")) {
    if (other !== box && ("alone" in box.dataset || "alone" in other.dataset)) other.checked = false;
  }
});

// The rows of a list.
const rowsOf = (list) => [...list.querySelectorAll(":scope > [data-row]")];

const renumber = (node, path, number) => {
  const start = new RegExp(`(?<=^|\\s)${path.replace(/[.[\]]/g, "\\$&")}\\[(\\d+|__n__)\\]`, "g");
  for (const one of [node, ...node.querySelectorAll("*")]) {
    for (const { name, value } of [...one.attributes]) {
      const changed = value.replace(start, `${path}[${number}]`);
      if (changed !== value) one.setAttribute(name, changed);
    }
  }
  for (const one of node.querySelectorAll("[data-number]")) one.textContent = number + 1;
};

const isBlank = (row) =>
  [...row.querySelectorAll("input, select, textarea")].every((one) =>
    one.type === "radio" || one.type === "checkbox" ? !one.checked || !one.value : !one.value.trim());

// A form that is saved as one goes.
const form = document.querySelector("form[data-autosave]");
if (form) {
  const status = document.getElementById("saved");
  let timer = 0;
  let dirty = false;
  let stopped = false;
  let failed = false;
  let running = null;

  const place = (name, rows) => {
    const found = /^(.*?)\[(\d+)\](\..*)?$/.exec(name);
    const numbers = found && rows[found[1]];
    return numbers && numbers[found[2]] !== undefined
      ? `${found[1]}[${numbers[found[2]]}]${found[3] || ""}` : name;
  };

  const show = (news, rows) => {
    form.elements.version.value = news.version;
    for (const [path, applies] of Object.entries(news.applies)) {
      const stop = document.getElementById(`stop-${path}`);
      if (stop) stop.hidden = !applies;
    }
    for (const mark of form.querySelectorAll("[data-needed]")) {
      mark.hidden = !news.needed[mark.dataset.needed];
    }
    for (const told of form.querySelectorAll("[data-fault]")) told.dataset.next = "";
    for (const [path, texts] of Object.entries(news.faults)) {
      const own = CSS.escape(place(path, rows));
      for (const told of form.querySelectorAll(`[data-fault="${own}"]`)) {
        told.dataset.next = texts.join(" ");
      }
    }
    for (const told of form.querySelectorAll("[data-fault]")) {
      if (told.textContent !== told.dataset.next) told.textContent = told.dataset.next;
      const control = told.closest("[data-control]");
      if (control) {
        control.classList.toggle("wrong", Boolean(told.dataset.next));
        const field = document.getElementById(control.dataset.control);
        if (field && field.matches("input, select, textarea")) {
          field.toggleAttribute("aria-invalid", false);
          if (told.dataset.next) field.setAttribute("aria-invalid", "true");
        }
      }
    }
    document.getElementById("outlook").innerHTML = news.aside;
    document.getElementById("progress").innerHTML = news.progress;
    status.textContent = news.said;
  };

  const send = async () => {
    const rows = {};
    for (const list of form.querySelectorAll("[data-rows]")) {
      rows[list.dataset.rows] = rowsOf(list).flatMap((row, n) => (isBlank(row) ? [] : [n]));
    }
    dirty = false;
    status.textContent = form.dataset.saving;
    try {
      const answer = await fetch(form.action, {
        method: "POST",
        body: new FormData(form),
        headers: { "X-Requested-With": "fetch", "X-CSRFToken": csrf() },
        keepalive: true,
        redirect: "error",
      });
      const news = answer.status === 200 || answer.status === 409 ? await answer.json() : null;
      if (answer.status === 400 || answer.status === 403) throw new Error("stranger");
      if (!news) throw new Error(String(answer.status));
      failed = false;
      if (news.reload) {
        stopped = true;
        location.reload();
      } else if (news.conflict) {
        stopped = true;
        status.textContent = "";
        document.getElementById("conflict").hidden = false;
        document.getElementById("conflict").scrollIntoView({ block: "center" });
      } else {
        show(news, rows);
      }
    } catch (error) {
      dirty = true;
      failed = true;
      // A program that was started anew knows neither this window nor its form.
      const stranger = error.message === "stranger";
      status.textContent = stranger ? form.dataset.stranger : form.dataset.failed;
    }
  };

  // One at a time; what changed meanwhile is sent after it.
  const save = async () => {
    clearTimeout(timer);
    while (running) await running;
    if (stopped || !dirty) return;
    running = send();
    await running;
    running = null;
    if (failed) timer = setTimeout(save, 5000);
  };
  const soon = (delay) => {
    dirty = true;
    if (!failed) status.textContent = "";
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  };

  form.addEventListener("input", () => soon(900));
  form.addEventListener("change", () => soon(0));

  // Whatever leaves the page waits until all is saved.
  const settled = async () => {
    if (dirty || running) await save();
  };
  let letting = false;
  form.addEventListener("submit", async (event) => {
    const button = event.submitter;
    if (button && "add" in button.dataset) {
      event.preventDefault();
      addRow(button.dataset.add);
    } else if (button && "remove" in button.dataset) {
      event.preventDefault();
      removeRow(button.closest("[data-row]"));
    } else if (!letting && (dirty || running) && !stopped) {
      event.preventDefault();
      await settled();
      letting = true;
      form.requestSubmit(button);
    } else {
      stopped = true;
    }
  });
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[href]");
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey;
    if (!link || !plain || link.target || !(dirty || running) || stopped) return;
    event.preventDefault();
    await settled();
    if (!stopped) location.assign(link.href);
  });
  addEventListener("pagehide", () => {
    if (dirty && !stopped && !running) send();
  });
  addEventListener("online", save);
  // A page that a browser kept while one was elsewhere no longer knows what is saved.
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });
  addEventListener("beforeunload", (event) => {
    if (failed && dirty) event.preventDefault();
  });

  const listOf = (path) => form.querySelector(`[data-rows="${CSS.escape(path)}"]`);
  const addRow = (path) => {
    const pattern = form.querySelector(`template[data-pattern="${CSS.escape(path)}"]`);
    const row = pattern.content.firstElementChild.cloneNode(true);
    const list = listOf(path);
    renumber(row, path, rowsOf(list).length);
    list.append(row);
    row.querySelector("input, select, textarea").focus();
  };
  const removeRow = (row) => {
    const path = row.dataset.row;
    const next = row.nextElementSibling || row.previousElementSibling;
    row.remove();
    rowsOf(listOf(path)).forEach((one, number) => renumber(one, path, number));
    (next || form).querySelector("[data-remove], [data-add]")?.focus();
    soon(0);
  };
}

// batches: news of a run as it comes; at its end the page tells what came of it.
const progress = document.querySelector("[data-events]");
if (progress) {
  const source = new EventSource(progress.dataset.events);
  const put = (id, text) => {
    const place = document.getElementById(id);
    if (place.textContent !== text) place.textContent = text;
  };
  source.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    const bar = document.getElementById("progress");
    if (news.clients) {
      bar.max = news.clients;
      bar.value = news.done;
    }
    for (const [key, text] of Object.entries(news.lines)) put(`line-${key}`, text);
    put("said", news.said);
    put("part", news.part);
  });
  source.addEventListener("over", () => {
    source.close();
    location.reload();
  });
  source.addEventListener("error", () => {
    if (source.readyState === EventSource.CLOSED) setTimeout(() => location.reload(), 3000);
  });
}
