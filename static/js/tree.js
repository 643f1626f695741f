/**
 * Trees: branches fold by click or keyboard, as a tree view of the system does.
 *
 * `ul[role=tree][data-tree]` of `li[role=treeitem]`, branches with `aria-expanded` and a `ul[role=group]`.
 */
"use strict";

(() => {
  const { $, $$, enhance } = suite;

  enhance("[data-tree]", (tree) => {
    const items = () => $$('[role="treeitem"]', tree).filter((item) => item.offsetParent);
    const parentOf = (item) => item.parentElement.closest('[role="treeitem"]');
    const link = (item) => $(":scope > .tree-row a", item);

    const fold = (item, isOpen) => {
      if (!item.hasAttribute("aria-expanded")) return;
      item.setAttribute("aria-expanded", String(isOpen));
      $(":scope > [role=group]", item).hidden = !isOpen;
    };
    const go = (item) => {
      if (!item) return;
      $$('[tabindex="0"]', tree).forEach((each) => (each.tabIndex = -1));
      item.tabIndex = 0;
      item.focus();
    };

    $$('[role="treeitem"]', tree).forEach((item, index) => {
      item.tabIndex = index ? -1 : 0;
      const anchor = link(item);
      if (anchor) anchor.tabIndex = -1;
      if (item.getAttribute("aria-expanded") === "false") fold(item, false);
    });

    tree.addEventListener("click", (event) => {
      const button = event.target.closest("[data-toggle-node]");
      if (!button) return;
      const item = button.closest('[role="treeitem"]');
      fold(item, item.getAttribute("aria-expanded") !== "true");
      go(item);
    });

    tree.addEventListener("keydown", (event) => {
      const item = event.target.closest('[role="treeitem"]');
      if (!item || event.altKey || event.ctrlKey || event.metaKey) return;
      const all = items(), at = all.indexOf(item), open = item.getAttribute("aria-expanded");
      const keys = {
        ArrowDown: () => go(all[at + 1]),
        ArrowUp: () => go(all[at - 1]),
        Home: () => go(all[0]),
        End: () => go(all.at(-1)),
        ArrowRight: () => (open === "false" ? fold(item, true) : open === "true" && go(all[at + 1])),
        ArrowLeft: () => (open === "true" ? fold(item, false) : go(parentOf(item))),
        Enter: () => link(item)?.click(),
        "*": () => $$(":scope > [role=treeitem]", item.parentElement).forEach((each) => fold(each, true)),
      };
      if (!keys[event.key]) return;
      event.preventDefault();
      keys[event.key]();
    });
  });

  // Buttons of the page that open or fold the whole tree.
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-tree-all]");
    if (!button) return;
    const isOpen = button.dataset.treeAll === "open";
    $$("[data-tree] [aria-expanded]").forEach((item) => {
      item.setAttribute("aria-expanded", String(isOpen));
      $(":scope > [role=group]", item).hidden = !isOpen;
    });
  });
})();
