/**
 * The condition of a flow of an object type: the editor over the hidden field `[data-condition]` that holds it as JSON.
 *
 * The attribute is the address that tells the fields of the object type that the form's `subject` names.
 */
"use strict";

(() => {
  const { $, enhance } = suite;

  enhance("textarea[data-condition]", (area) => {
    const box = $("[data-condition-box]", area.parentElement), subject = area.form.elements.subject;

    async function show() {
      if (!subject.value) return box.replaceChildren(area.dataset.chooseSubject ?? "");
      const [, binding] = location.pathname.match(/\/(\d+)\/edit\//) ?? [];
      const query = new URLSearchParams({ subject: subject.value, ...(binding ? { binding } : {}) });
      const response = await fetch(`${area.dataset.condition}?${query}`, { headers: { Accept: "application/json" } });
      if (!response.ok) return suite.toast(suite.problemText(response.status, await response.text()));
      const condition = area.value && area.value !== "null" ? JSON.parse(area.value) : null;
      flowConditions.draw(box, {
        ...(await response.json()),
        condition: condition?.kind ? condition : null,
        onChange(changed) {
          area.value = changed ? JSON.stringify(changed) : "";
        },
      });
    }

    subject.addEventListener("change", () => {
      // Fields of another object type mean nothing here.
      area.value = "";
      show();
    });
    show();
  });
})();
