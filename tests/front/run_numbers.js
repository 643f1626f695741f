/** Reads cases as JSON from the standard input and answers what static/js/numbers.js makes of them. */
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const vm = require("node:vm");

const source = fs.readFileSync(path.join(__dirname, "../../static/js/numbers.js"), "utf8");
const numbers = vm.runInNewContext(`${source}; numbers`);

const CALLS = {
  document({ lines, discount, decimals, includesTax }) {
    const amounts = lines.map((line) => numbers.lineAmounts(line, { decimals, includesTax }));
    const off = numbers.parse(discount);
    const totals = numbers.documentTotals(amounts.filter(Boolean), numbers.round(off.n, off.d, decimals));
    const shown = (each) => each && ["net", "tax", "gross"].map((part) => numbers.format(each[part], decimals));
    return { lines: amounts.map(shown), totals: shown(totals) };
  },
  tidy: (text) => numbers.tidy(text),
  clean: (text) => numbers.clean(text),
};

const cases = JSON.parse(fs.readFileSync(0, "utf8"));
process.stdout.write(JSON.stringify(cases.map(([call, argument]) => CALLS[call](argument))));
