
"use strict";
(() => {
  const byId = (id) => document.getElementById(id);

  // Opens the details that the fragment of the address names.
  const reveal = () => {
    const target = location.hash && byId(location.hash.slice(1));
    if (!target) return;
    const inside = target.matches("details") ? target : target.querySelector("details");
    if (inside) inside.open = true;
    target.scrollIntoView();
  };
  addEventListener("hashchange", reveal);

  // Details are printed open.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const item of opened) item.open = true;
  });
  addEventListener("afterprint", () => {
    for (const item of opened) item.open = false;
    opened = [];
  });

  const table = byId("table");
  if (!table) return reveal();
  const groups = Array.from(table.tBodies);
  const size = groups[0].rows.length;
  // Rows that are not shown are removed from the page.
  const rows = groups.flatMap((group) => Array.from(group.rows));
  const heads = Array.from(table.tHead.rows[0].cells);
  const form = byId("filter");
  const status = byId("shown");
  const number = new Intl.NumberFormat("en");
  const worst = ["info", "low", "medium", "high", "critical"];

  // The text of a row is read for the first search.
  const texts = new Array(rows.length);
  const textOf = (index) => (texts[index] ??= rows[index].textContent.toLowerCase());

  // The rows in the order in which they are shown, and which of them are.
  let order = rows.map((_, index) => index);
  const shown = new Array(rows.length).fill(true);

  // Lays the rows that are shown into the groups, all of which but the last are full, so that the
  // browser need not lay out what is out of sight to know its height.
  const show = () => {
    const list = order.filter((index) => shown[index]).map((index) => rows[index]);
    groups.forEach((group, number) => {
      const part = list.slice(number * size, (number + 1) * size);
      group.hidden = part.length === 0;
      group.replaceChildren(...part);
    });
  };

  const filter = () => {
    const words = byId("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const boxes = Array.from(form.elements.severity.length ? form.elements.severity : [form.elements.severity]);
    const levels = new Set(boxes.filter((box) => box.checked).map((box) => String(worst.indexOf(box.value))));
    const least = Number(byId("confidence").value);
    const rule = byId("rule").value;
    const liveness = byId("liveness")?.value;
    let count = 0;
    let changed = false;
    rows.forEach((row, index) => {
      const data = row.dataset;
      const match =
        levels.has(data.severity) &&
        Number(data.confidence) >= least &&
        (!rule || data.rule === rule) &&
        (!liveness || data.liveness === liveness) &&
        words.every((word) => textOf(index).includes(word));
      changed ||= shown[index] !== match;
      shown[index] = match;
      if (match) count += 1;
    });
    if (changed) show();
    const all = number.format(rows.length);
    status.textContent =
      count === rows.length
        ? `${all} ${count === 1 ? "finding" : "findings"}`
        : `${number.format(count)} of ${all} findings`;
  };

  const collator = new Intl.Collator("en", { numeric: true });
  const levelKeys = new Set(["severity", "confidence"]);
  let current = { key: "severity", down: true };

  const sort = (key, down) => {
    const column = heads.findIndex((head) => head.dataset.key === key);
    const value = levelKeys.has(key)
      ? (row) => Number(row.dataset[key])
      : (row) => (key === "what" ? row.cells[column].querySelector("summary") : row.cells[column]).textContent;
    const keyed = rows.map((row, index) => ({ index, value: value(row) }));
    const compare = levelKeys.has(key) ? (a, b) => a - b : collator.compare;
    keyed.sort((a, b) => {
      // Unknown values come last in either direction.
      if ((a.value === "") !== (b.value === "")) return a.value === "" ? 1 : -1;
      const order = compare(a.value, b.value);
      return (down ? -order : order) || a.index - b.index;
    });
    order = keyed.map((item) => item.index);
    show();
    for (const head of heads) head.removeAttribute("aria-sort");
    heads[column].setAttribute("aria-sort", down ? "descending" : "ascending");
    byId("sort").value = key;
    current = { key, down };
  };

  for (const head of heads) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
  }
  table.tHead.addEventListener("click", (event) => {
    const head = event.target.closest("th");
    if (!head) return;
    const key = head.dataset.key;
    // Levels are sorted from the highest, texts from A.
    sort(key, key === current.key ? !current.down : levelKeys.has(key));
  });

  let pending = 0;
  form.addEventListener("input", (event) => {
    if (event.target.id === "sort") return sort(event.target.value, levelKeys.has(event.target.value));
    cancelAnimationFrame(pending);
    pending = requestAnimationFrame(filter);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () =>
    setTimeout(() => {
      filter();
      sort("severity", true);
    }),
  );
  const openAll = byId("open");
  openAll.addEventListener("click", () => {
    const open = openAll.textContent === "Open all";
    rows.forEach((row, index) => {
      if (shown[index] || !open) row.querySelector("details").open = open;
    });
    openAll.textContent = open ? "Close all" : "Open all";
  });

  form.hidden = false;
  // A browser that goes back keeps the values of the form.
  filter();
  reveal();
})();
