/**
 * Requests: finding a form among the cards, and a form that computes and shows fields while it is filled in.
 *
 * `<input data-filter-cards="#where">` hides the cards (`[data-card]`) without the words that are typed.
 * `<form data-compute="<address>">`: what is entered is sent there after each change; the answer fills what is computed
 * and says which parts (`[data-asked=<key>]`) are there.
 */
"use strict";

(() => {
  const { $, $$, enhance, text, toast } = suite;

  enhance("[data-filter-cards]", (input) => {
    const root = $(input.dataset.filterCards);
    input.addEventListener("input", () => {
      const words = input.value.trim().toLowerCase();
      for (const card of $$("[data-card]", root)) card.hidden = !card.dataset.card.toLowerCase().includes(words);
      for (const group of $$("[data-card-group]", root)) group.hidden = !$("[data-card]:not([hidden])", group);
      $("[data-no-cards]").hidden = Boolean($("[data-card]:not([hidden])", root));
    });
  });

  enhance("form[data-compute]", (form) => {
    let asked = 0, waiting;

    const show = (place, value) => {
      place.value = value ? numbers.tidy(value) : place.matches("output") ? "—" : "";
    };

    async function compute() {
      const turn = ++asked;
      const entered = new FormData(form);
      for (const input of $$("input[type=file]", form)) entered.delete(input.name);
      const response = await fetch(form.dataset.compute, { method: "POST", body: entered });
      if (!response.ok) throw new Error(suite.problemText(response.status, await response.text()));
      const { values, shown } = await response.json();
      if (turn !== asked) return;
      for (const [name, value] of Object.entries(values)) {
        const place = form.elements[name];
        if (place) show(place, value);
      }
      for (const part of $$("[data-asked]", form)) part.hidden = !shown.includes(part.dataset.asked);
    }

    const soon = () => {
      clearTimeout(waiting);
      waiting = setTimeout(() => compute().catch((error) => toast(error.message || text("offline"))), 250);
    };
    for (const output of $$("output", form)) show(output, output.value.replace("—", ""));
    for (const kind of ["input", "change", "suite:changed"]) form.addEventListener(kind, soon);
  });
})();
