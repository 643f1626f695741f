/**
 * The organisation chart: a department dropped on another one starts a reorganisation in which it belongs there.
 *
 * `[data-reorganise]` on the tree is the address of a new reorganisation, `[data-department]` on a row its key. On
 * touch screens and by keyboard the same is entered in the form that the address opens.
 */
"use strict";

(() => {
  const { $$, enhance } = suite;

  enhance("[data-reorganise]", (tree) => {
    const rows = $$("[data-department]", tree);
    const itemOf = (row) => row.closest('[role="treeitem"]');
    // A department belongs neither to itself nor to one below it, nor again where it is.
    const mayTake = (target, moved) =>
      moved && !itemOf(moved).contains(itemOf(target)) && itemOf(moved).parentElement.closest('[role="treeitem"]') !== itemOf(target);
    let moved = null;

    rows.forEach((row) => {
      row.draggable = true;
      row.addEventListener("dragstart", (event) => {
        moved = row;
        event.dataTransfer.effectAllowed = "move";
        event.dataTransfer.setData("text/plain", row.dataset.department);
      });
      row.addEventListener("dragend", () => {
        moved = null;
        rows.forEach((each) => each.classList.remove("is-over"));
      });
      row.addEventListener("dragover", (event) => {
        if (!mayTake(row, moved)) return;
        event.preventDefault();
        row.classList.add("is-over");
      });
      row.addEventListener("dragleave", () => row.classList.remove("is-over"));
      row.addEventListener("drop", (event) => {
        if (!mayTake(row, moved)) return;
        event.preventDefault();
        const query = new URLSearchParams({ department: moved.dataset.department, parent: row.dataset.department });
        location.assign(`${tree.dataset.reorganise}?${query}`);
      });
    });
  });
})();
