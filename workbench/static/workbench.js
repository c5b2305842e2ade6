"use strict";
// What pages do beyond links and forms. Everything but the keys works without it.
(() => {
  const find = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });
  const money = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  // A choice is shown at once.
  const filters = find("[data-filters]");
  if (filters) {
    filters.addEventListener("change", (event) => {
      if (event.target.matches("select")) filters.requestSubmit();
    });
    // Empty fields would only lengthen the address.
    filters.addEventListener("submit", () => {
      for (const field of all("select, input", filters)) field.disabled = field.value === "";
    });
  }

  // What is under way is looked at again until it is not.
  const underWay = find("[data-refresh]");
  if (underWay) {
    const look = async () => {
      try {
        const answer = await fetch(underWay.dataset.refresh);
        const said = new DOMParser().parseFromString(await answer.text(), "text/html");
        const found = answer.ok && find(`#${underWay.id}`, said);
        if (found) {
          const isOver = !("refresh" in found.dataset);
          // At the end there is more to see; where a form may be half filled in it stays as it is.
          if (isOver && "more" in underWay.dataset) { location.assign(underWay.dataset.refresh); return; }
          underWay.replaceChildren(...found.childNodes);
          if (isOver) return;
        }
      } catch { /* The workbench may be restarting: ask again. */ }
      setTimeout(look, 2000);
    };
    setTimeout(look, 2000);
  }

  const list = find("[data-worklist]");
  if (!list) return;

  // Views are addresses under a name, in this browser only.
  const VIEWS = "plenish views";
  const readViews = () => {
    try { return JSON.parse(localStorage.getItem(VIEWS)) || {}; } catch { return {}; }
  };
  const showViews = () => {
    const shown = find("[data-view-list]");
    const kept = readViews();
    shown.replaceChildren(...Object.keys(kept).sort().map((name) => {
      const line = document.createElement("li");
      const link = document.createElement("a");
      link.href = `/worklist?${kept[name]}`;
      link.textContent = name;
      const gone = document.createElement("button");
      gone.type = "button";
      gone.className = "plain";
      gone.textContent = "Forget";
      gone.setAttribute("aria-label", `Forget ${name}`);
      gone.addEventListener("click", () => {
        const left = readViews();
        delete left[name];
        localStorage.setItem(VIEWS, JSON.stringify(left));
        showViews();
      });
      line.append(link, " ", gone);
      return line;
    }));
  };
  find("[data-view-keep]").addEventListener("click", () => {
    const name = find("#view-name").value.trim();
    if (!name) { find("#view-name").focus(); return; }
    const asked = find("input[name=asked]", list).value;
    const group = new URLSearchParams(location.search).get("group");
    const kept = group ? `${asked}&group=${encodeURIComponent(group)}` : asked;
    localStorage.setItem(VIEWS, JSON.stringify({ ...readViews(), [name]: kept }));
    showViews();
  });
  showViews();
  const rows = all("[data-row]", list);
  const boxOf = (row) => find("input[type=checkbox]", row);
  const every = find("[data-all]", list);
  const help = find("[data-help]");
  let at = -1;

  const fitting = find("[data-all-fitting]", list);
  const total = () => {
    const chosen = rows.filter((row) => boxOf(row).checked);
    const isWhole = Boolean(fitting?.checked);
    const add = (held, name) => held.reduce((sum, row) => sum + Number(row.dataset[name]), 0);
    const sum = (name) => isWhole ? Number(fitting.dataset[name]) : add(chosen, name);
    find('[data-sum="lines"]').textContent = whole.format(isWhole ? sum("lines") : chosen.length);
    find('[data-sum="units"]').textContent = whole.format(sum("units"));
    find('[data-sum="value"]').textContent = money.format(sum("value"));
    find('[data-sum="benefit"]').textContent = money.format(sum("benefit"));
    for (const budget of all("[data-budget]")) {
      const own = chosen.filter((row) => row.dataset.department === budget.dataset.budget);
      const spent = isWhole ? Number(budget.dataset.fitting) : add(own, "spends");
      budget.hidden = isWhole ? spent === 0 : own.length === 0;
      find("[data-budget-left]", budget).textContent = money.format(budget.dataset.left - spent);
    }
    // Units and days are given to what was looked at, not to all that fit.
    for (const button of all("[value=defer], [value=override]", list)) button.disabled = isWhole;
    every.checked = rows.length > 0 && chosen.length === rows.length;
    every.indeterminate = chosen.length > 0 && chosen.length < rows.length;
  };

  const goTo = (place) => {
    if (!rows.length) return;
    rows[at]?.classList.remove("is-at");
    at = Math.max(0, Math.min(rows.length - 1, place));
    rows[at].classList.add("is-at");
    find("[data-open]", rows[at]).focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const decide = (name) => {
    if (!fitting?.checked && !rows.some((row) => boxOf(row).checked) && at >= 0) boxOf(rows[at]).checked = true;
    total();
    const reason = find("[data-reason]");
    const code = name === "reject" ? find("[data-code]") : null;
    if (code?.value === "") { code.focus(); return; }
    if (reason.value.trim() === "") { reason.focus(); return; }
    list.requestSubmit(find(`[data-${name}]`));
  };

  list.addEventListener("change", (event) => {
    if (event.target === every) for (const row of rows) boxOf(row).checked = every.checked;
    total();
  });
  const keys = {
    j: () => goTo(at + 1),
    k: () => goTo(at - 1),
    x: () => { if (at >= 0) { boxOf(rows[at]).checked = !boxOf(rows[at]).checked; total(); } },
    o: () => { if (at >= 0) find("[data-open]", rows[at]).click(); },
    a: () => decide("approve"),
    r: () => decide("reject"),
    "/": () => find("[data-search]").focus(),
    "?": () => help.showModal(),
  };
  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape" && typing) event.target.blur();
    if (typing || event.ctrlKey || event.metaKey || event.altKey || help.open) return;
    if (keys[event.key]) { event.preventDefault(); keys[event.key](); }
  });
  total();
})();
