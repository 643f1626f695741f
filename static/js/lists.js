/** Lists: selection and bulk bar, opening a row, choosing columns, filters. */
"use strict";

(() => {
  const { $, $$, enhance } = suite;

  // -- selection: kept by key, so that a list swapped by htmx still shows it ----------------------

  const selected = new Map();

  enhance("[data-list]", (list) => {
    const bar = $("#bulk", list);
    if (!bar) return;
    const name = list.dataset.list || list.id;
    if (!selected.has(name)) selected.set(name, new Set());
    const keys = selected.get(name), head = $("#all", list), every = $("[data-select-all]", bar);
    const everything = $("input[name=all]", bar), filters = $("#filters", list);
    const boxes = () => $$('tbody input[type="checkbox"][name="pk"]', list);

    const show = () => {
      const here = boxes(), ticked = here.filter((box) => box.checked);
      here.forEach((box) => box.closest("tr").classList.toggle("sel", box.checked));
      bar.hidden = !keys.size;
      if (filters) filters.hidden = !bar.hidden;
      $("#bulk-n", bar).textContent = everything?.value ? numbers.tidy(every.textContent.replace(/\D/g, "")) : keys.size;
      if (every) every.hidden = Boolean(everything?.value) || ticked.length < here.length;
      if (!head) return;
      head.checked = here.length > 0 && ticked.length === here.length;
      head.indeterminate = ticked.length > 0 && !head.checked;
    };
    const tick = (box, on) => {
      box.checked = on;
      keys[on ? "add" : "delete"](box.value);
    };
    const clear = () => {
      keys.clear();
      if (everything) everything.value = "";
      boxes().forEach((box) => (box.checked = false));
      show();
    };

    let last = null;
    list.addEventListener("click", (event) => {
      const box = event.target;
      if (!box.matches('tbody input[type="checkbox"][name="pk"]')) return;
      const here = boxes();
      if (event.shiftKey && last && here.includes(last)) {
        const [from, to] = [here.indexOf(last), here.indexOf(box)].sort((a, b) => a - b);
        here.slice(from, to + 1).forEach((each) => tick(each, box.checked));
      }
      last = box;
    });
    list.addEventListener("change", (event) => {
      if (event.target === head) boxes().forEach((box) => tick(box, head.checked));
      else if (event.target.matches('tbody input[name="pk"]')) tick(event.target, event.target.checked);
      else return;
      if (everything) everything.value = "";
      show();
    });
    $("#bulk-x", bar)?.addEventListener("click", clear);
    every?.addEventListener("click", () => {
      everything.value = "1";
      show();
    });
    // The row keys travel in the form that is sent, whichever button sends it.
    const carry = (event) => {
      const form = event.target;
      $$("input[data-carried]", form).forEach((input) => input.remove());
      if (everything?.value) return;
      for (const key of keys) {
        const input = Object.assign(document.createElement("input"), { type: "hidden", name: "pk", value: key });
        input.dataset.carried = "";
        form.append(input);
      }
    };
    bar.addEventListener("submit", carry, true);
    boxes().forEach((box) => (box.checked = keys.has(box.value)));
    show();
  });

  // Coming back by the back button, the browser restores ticks that the keys know nothing of.
  addEventListener("pageshow", (event) => {
    if (event.persisted) return;
    $$("[data-list] tbody input[name=pk]:checked").forEach((box) => box.dispatchEvent(new Event("change", { bubbles: true })));
  });

  // -- a row opens its page ------------------------------------------------------------------------

  const OWN = "a, button, input, select, textarea, label, summary, [role=button], .dropdown-menu";

  const openRow = (event) => {
    const row = event.target.closest("tr[data-href]");
    if (!row || event.defaultPrevented || event.target.closest(OWN) || getSelection().toString()) return;
    if (event.button === 1 || event.ctrlKey || event.metaKey) open(row.dataset.href, "_blank", "noopener");
    else if (event.button === 0) location.assign(row.dataset.href);
  };
  document.addEventListener("click", openRow);
  document.addEventListener("auxclick", openRow);

  // -- columns: drag a name, or Alt with an arrow key, to put it elsewhere -------------------------

  enhance("[data-columns]", (form) => {
    let held = null;
    const place = (item, before) => item.parentNode.insertBefore(item, before);
    $$("label", form).forEach((item) => {
      item.draggable = true;
      item.addEventListener("dragstart", (event) => {
        held = item;
        event.dataTransfer.effectAllowed = "move";
        item.classList.add("is-held");
      });
      item.addEventListener("dragend", () => {
        item.classList.remove("is-held");
        held = null;
      });
      item.addEventListener("dragover", (event) => {
        if (!held || held === item) return;
        event.preventDefault();
        const box = item.getBoundingClientRect();
        place(held, event.clientY < box.top + box.height / 2 ? item : item.nextElementSibling);
      });
      item.addEventListener("keydown", (event) => {
        if (!event.altKey || !["ArrowUp", "ArrowDown"].includes(event.key)) return;
        event.preventDefault();
        event.stopPropagation();
        const other = event.key === "ArrowUp" ? item.previousElementSibling : item.nextElementSibling;
        if (other?.tagName !== "LABEL") return;
        place(item, event.key === "ArrowUp" ? other : other.nextElementSibling);
        event.target.focus();
      });
    });
  });

  // -- filters: empty fields stay out of the address; a picked filter shows its field alone ---------

  enhance("form[data-filter-form], form[method=get]", (form) => {
    form.addEventListener("submit", () => {
      const empty = [...form.elements].filter((each) => each.name && !each.disabled && each.value === "");
      empty.forEach((each) => (each.disabled = true));
      setTimeout(() => empty.forEach((each) => (each.disabled = false)));
    });
  });
  document.addEventListener("shown.bs.dropdown", (event) => {
    const field = $(".dropdown-menu form input:not([type=hidden]):not([type=checkbox]), .dropdown-menu form select", event.target.parentElement);
    // An async select would open its own list over the panel.
    if (field && !field.closest(".ts-wrapper") && !field.tomselect) field.focus();
  });

  enhance("[data-submit]", (control) => control.addEventListener("change", () => control.form.requestSubmit()));
})();
