/**
 * Boards: cards dragged, or moved by Alt and an arrow key, from lane to lane.
 *
 * `.board[data-board][data-move-url]`, lanes `[data-lane=<value>]`, cards `[data-card=<pk>][data-version]`. After a
 * move htmx fetches the board again, so that sums, order and versions are the server's.
 */
"use strict";

(() => {
  const { $, $$, enhance, post, toast } = suite;

  const digits = (text) => text.replace(/\D/g, "");
  const cardOf = (pk) => $(`#board [data-card="${pk}"]`);

  async function redraw(focused = "") {
    await htmx.ajax("GET", location.href, { target: "#board", swap: "outerHTML" });
    const card = focused && cardOf(focused);
    if (!card) return;
    card.tabIndex = 0;
    card.focus();
  }

  /** Tell the server; whatever it refuses is undone by drawing the board again. */
  async function move(board, card, lane, isByKey) {
    const pk = card.dataset.card;
    card.setAttribute("aria-busy", "true");
    try {
      const answer = await post(board.dataset.moveUrl, { pk: digits(pk), lane, version: digits(card.dataset.version ?? "") });
      if (answer.needs) {
        const next = new URLSearchParams({ next: location.pathname + location.search });
        suite.openSheet(`${answer.needs}?${next}`, () => redraw(pk));
        return;
      }
    } catch (error) {
      toast(error.message);
    }
    await redraw(isByKey ? pk : "");
  }

  enhance("[data-board]", (board) => {
    const lanes = [...$$("[data-lane]", board), ...$$("[data-board-ends] [data-lane]")];
    const lanesAt = (lane, step) => lanes[lanes.indexOf(lane) + step];

    lanes.forEach((lane) =>
      Sortable.create(lane, {
        group: "board",
        draggable: "[data-card]",
        // A card on its way still has its old version.
        filter: "[aria-busy=true]",
        preventOnFilter: false,
        sort: false,
        animation: 120,
        delay: 180,
        delayOnTouchOnly: true,
        forceFallback: true,
        fallbackTolerance: 4,
        ghostClass: "is-slot",
        fallbackClass: "is-drag",
        scrollSensitivity: 80,
        onAdd: ({ item, to }) => move(board, item, to.dataset.lane, false),
      }),
    );

    $$("[data-card]", board).forEach((card) => {
      card.tabIndex = 0;
      card.addEventListener("keydown", (event) => {
        if (card.ariaBusy === "true" || !event.altKey || !["ArrowLeft", "ArrowRight"].includes(event.key)) return;
        event.preventDefault();
        const lane = lanesAt(card.closest("[data-lane]"), event.key === "ArrowRight" ? 1 : -1);
        if (!lane) return;
        lane.append(card);
        move(board, card, lane.dataset.lane, true);
      });
    });
  });
})();
