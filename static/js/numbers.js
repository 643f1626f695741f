/**
 * Exact decimal numbers and the amounts of document lines, as `suite.documents.totals` computes them on the server.
 *
 * A number is a fraction of two BigInts; an amount is a BigInt in the smallest unit of the currency. No float.
 */
"use strict";

const numbers = (() => {
  const power = (exponent) => 10n ** BigInt(exponent);

  /** Bring what people type or paste into one form: full-width digits, separators, currency signs, spaces. */
  function clean(text) {
    return String(text)
      .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
      .replace(/[\u2212\u2013]/g, "-")
      .replace(/。/g, ".")
      .replace(/[\s,%¥$€\uffe5]/g, "");
  }

  /** Read a decimal number as a fraction `{ n, d }`; null when the text is none. */
  function parse(text) {
    const found = /^([+-]?)(\d*)(?:\.(\d*))?$/.exec(clean(text));
    if (!found || !(found[2] || found[3])) return null;
    const digits = found[3] ?? "";
    const n = BigInt(found[2] + digits || "0");
    return { n: found[1] === "-" ? -n : n, d: power(digits.length) };
  }

  /** Round `n / d` to a whole number of units of the last of `decimals` places, halves away from zero. */
  function round(n, d, decimals) {
    if (d < 0n) [n, d] = [-n, -d];
    const scaled = (n < 0n ? -n : n) * power(decimals);
    const whole = scaled / d + (2n * (scaled % d) >= d ? 1n : 0n);
    return n < 0n ? -whole : whole;
  }

  const ZERO = { n: 0n, d: 1n };

  /** The tax that a gross amount (in units) contains at a percentage (a fraction). */
  const taxWithin = (gross, percent) => round(gross * percent.n, 100n * percent.d + percent.n, 0);

  /**
   * What one line comes to, in units; null while quantity or price is missing.
   *
   * @param line texts `quantity`, `price`, `discount` (percent), `tax` (percent)
   */
  function lineAmounts(line, { decimals = 2, includesTax = false } = {}) {
    const quantity = parse(line.quantity), price = parse(line.price);
    if (!quantity || !price) return null;
    const discount = parse(line.discount ?? "") ?? ZERO, percent = parse(line.tax ?? "") ?? ZERO;
    const n = quantity.n * price.n * (100n * discount.d - discount.n);
    const amount = round(n, quantity.d * price.d * discount.d * 100n, decimals);
    if (includesTax) {
      const tax = taxWithin(amount, percent);
      return { net: amount - tax, tax, gross: amount, percent };
    }
    const tax = round(amount * percent.n, 100n * percent.d, 0);
    return { net: amount, tax, gross: amount + tax, percent };
  }

  /** Split units in proportion to weights: cumulated shares are rounded, so the parts add up. */
  function split(total, weights) {
    const whole = weights.reduce((sum, weight) => sum + weight, 0n);
    let seen = 0n, given = 0n;
    return weights.map((weight) => {
      seen += weight;
      const reached = round(total * seen, whole, 0), part = reached - given;
      given = reached;
      return part;
    });
  }

  /** What a document comes to: the sum of its lines less a discount (units) off the gross sum. */
  function documentTotals(lines, discount = 0n) {
    const gross = lines.reduce((sum, line) => sum + line.gross, 0n);
    let shown = lines;
    if (discount > 0n && discount <= gross) {
      const shares = split(discount, lines.map((line) => (line.gross > 0n ? line.gross : 0n)));
      shown = lines.map((line, index) => {
        const tax = taxWithin(shares[index], line.percent);
        return { net: line.net - (shares[index] - tax), tax: line.tax - tax, gross: line.gross - shares[index] };
      });
    }
    const sum = (part) => shown.reduce((total, line) => total + line[part], 0n);
    return { net: sum("net"), tax: sum("tax"), gross: sum("gross") };
  }

  const group = (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ",");

  /** Units as text with thousands separators, e.g. 123456n → "1,234.56". */
  function format(units, decimals = 2) {
    const digits = String(units < 0n ? -units : units).padStart(decimals + 1, "0");
    const cut = digits.length - decimals;
    const text = group(digits.slice(0, cut)) + (decimals ? `.${digits.slice(cut)}` : "");
    return units < 0n ? `-${text}` : text;
  }

  /** A typed number with thousands separators and its decimals as typed; other text stays as it is. */
  function tidy(text) {
    const cleaned = clean(text), found = /^([+-]?)(\d*)(\.\d*)?$/.exec(cleaned);
    if (!found || !parse(cleaned)) return String(text);
    return `${found[1] === "-" ? "-" : ""}${group(found[2].replace(/^0+(?=\d)/, "") || "0")}${found[3] === "." ? "" : found[3] ?? ""}`;
  }

  return { clean, documentTotals, format, lineAmounts, parse, round, split, taxWithin, tidy };
})();
