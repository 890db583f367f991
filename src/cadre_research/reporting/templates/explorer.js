/* The explorer: reads what is chosen, interpolates on grids that the model filled beforehand, and redraws.
 *
 * It fetches nothing and stores nothing: all it knows stands in the page, in #content (numbers and names) and #charts
 * (Vega-Lite). Names reach the page as text alone. The setting stands in the address behind #, so that a link tells it.
 */
"use strict";

(async () => {
  const content = JSON.parse(document.getElementById("content").textContent);
  const charts = JSON.parse(document.getElementById("charts").textContent);
  const byId = (id) => document.getElementById(id);
  const form = byId("controls");
  const [firstYear, lastYear] = [content.years[0], content.years[content.years.length - 1]];

  // --- grids

  /** Undo what `packed` did: bytes, numbers, and from differences back to values. */
  async function unpacked(grid) {
    const bytes = Uint8Array.from(atob(grid.data), (sign) => sign.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    const planes = new Uint8Array(await new Response(stream).arrayBuffer());
    const count = planes.length / 2;
    const values = new Int16Array(count);
    for (let at = 0; at < count; at += 1) values[at] = planes[at] | (planes[count + at] << 8);
    const each = grid.shape.slice(2).reduce((product, length) => product * length, 1);
    const row = grid.y.length * each;
    // An Int16Array wraps around, as the differences did.
    for (let at = 0; at < count; at += 1) if (at % row >= each) values[at] += values[at - each];
    for (let at = row; at < count; at += 1) values[at] += values[at - row];
    return { ...grid, values, each, row };
  }

  /** Line below a place, and how far it is from there to the next, 0 to 1. */
  function cell(lines, place) {
    let low = lines.length - 2;
    while (low > 0 && lines[low] > place) low -= 1;
    return [low, Math.min(1, Math.max(0, (place - lines[low]) / (lines[low + 1] - lines[low])))];
  }

  /** Function that gives the value `offset` places into what stands at a setting; NaN where one beside it is missing. */
  function reader(grid, x, y) {
    const [column, partX] = cell(grid.x, x);
    const [line, partY] = cell(grid.y, y);
    const start = column * grid.row + line * grid.each;
    const corners = [
      [start, (1 - partX) * (1 - partY)],
      [start + grid.each, (1 - partX) * partY],
      [start + grid.row, partX * (1 - partY)],
      [start + grid.row + grid.each, partX * partY],
    ].filter(([, weight]) => weight > 0);
    return (offset) =>
      corners.reduce((sum, [from, weight]) => {
        const value = grid.values[from + offset];
        return sum + (value === -32768 ? NaN : weight * value * grid.step);
      }, 0);
  }

  const surfaces = {};
  for (const [line, grids] of Object.entries(content.surfaces)) {
    surfaces[line] = {};
    for (const [lever, pair] of Object.entries(grids)) {
      surfaces[line][lever] = { shares: await unpacked(pair.shares), people: await unpacked(pair.people) };
    }
  }

  /** Share [year][target] under a setting. */
  function sharesUnder(setting) {
    const grid = surfaces[setting.line][setting.how].shares;
    const read = reader(grid, setting[setting.how] / 100, setting.young / 100);
    const [, , , years, targets] = grid.shape;
    const reform = content.reforms.indexOf(setting.reform) * years * targets;
    return content.years.map((_, year) => content.targets.map((_, one) => read(reform + year * targets + one)));
  }

  /** Persons [sex][band] of a level in a year. */
  function peopleUnder(setting, year, level) {
    const grid = surfaces[setting.line][setting.how].people;
    const read = reader(grid, setting[setting.how] / 100, setting.young / 100);
    const [, , , years, levels, sexes, bands] = grid.shape;
    const start = ((content.reforms.indexOf(setting.reform) * years + year) * levels + level) * sexes * bands;
    const largest = content.levels[level].largest[setting.line];
    return content.sexes.map((_, sex) =>
      Array.from({ length: bands }, (_, band) => largest * read(start + sex * bands + band)),
    );
  }

  // --- the setting, in the form and in the address

  const NUMBERS = ["release-rate", "promotion-rate", "young", "horizon"];
  const usual = { ...readForm(), language: document.documentElement.lang.slice(0, 2) };
  let language = usual.language;

  function readForm() {
    const chosen = new FormData(form);
    return {
      how: chosen.get("how"),
      "release-rate": Number(byId("release-rate").value),
      "promotion-rate": Number(byId("promotion-rate").value),
      young: Number(byId("young").value),
      reform: byId("reform").checked,
      line: chosen.get("line"),
      horizon: Number(byId("horizon").value),
      level: byId("level").value,
    };
  }

  function writeForm(setting) {
    for (const name of NUMBERS) byId(name).value = setting[name];
    for (const name of ["how", "line"]) {
      for (const choice of form.elements[name]) choice.checked = choice.value === setting[name];
    }
    byId("reform").checked = setting.reform;
    byId("level").value = setting.level;
  }

  /** The part of the address behind #; only the lever that counts stands in it. */
  function written(setting) {
    const told = new URLSearchParams({
      [setting.how]: setting[setting.how],
      young: setting.young,
      reform: setting.reform ? "on" : "off",
      line: setting.line,
      horizon: setting.horizon,
      level: setting.level,
      language,
    });
    return `#${told}`;
  }

  /** Take the setting from the address; what is not known or out of range there stays as usual. */
  function readAddress() {
    const told = new URLSearchParams(location.hash.slice(1));
    const setting = { ...usual };
    for (const name of NUMBERS) {
      const input = byId(name);
      const value = told.get(name) === null || told.get(name).trim() === "" ? NaN : Number(told.get(name));
      if (value >= Number(input.min) && value <= Number(input.max)) setting[name] = value;
    }
    if (told.has("promotion-rate")) setting.how = "promotion-rate";
    if (told.has("reform")) setting.reform = told.get("reform") !== "off";
    if (told.get("line") in content.surfaces) setting.line = told.get("line");
    if (content.levels.some((level) => level.id === told.get("level"))) setting.level = told.get("level");
    if (Object.keys(content.words).includes(told.get("language"))) language = told.get("language");
    writeForm(setting);
  }

  // --- words

  const say = (key, values = {}) =>
    content.words[language][key].replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
  const percent = (share) =>
    Number.isNaN(share) ? "—" : `${(100 * share).toFixed(1)}${language === "zh" ? "" : "\u00a0"}%`;
  const listed = (names) => names.join(say("semicolon"));

  const MARKS = { yes: ["✓", "reached"], no: ["✗", "not_reached"], close: ["≈", "explorer_close"] };
  const marked = (verdict) => `${MARKS[verdict][0]} ${say(MARKS[verdict][1])}`;

  /** Yes or no; where the interpolation cannot tell, close. */
  function judged(share, asked) {
    if (Number.isNaN(share)) return "no";
    if (Math.abs(share - asked) < content.within) return "close";
    return share >= asked ? "yes" : "no";
  }

  function bandName(line, band) {
    const { first, last } = content.bands[line];
    if (band === 0) return `≤${last[0]}`;
    if (band === last.length - 1) return `≥${last[band - 1] + 1}`;
    return `${last[band - 1] + 1}–${last[band]}`;
  }

  // --- the page

  const options = { ast: true, actions: false, renderer: "svg", tooltip: false, mode: "vega-lite" };
  const views = {};

  /** Draw a chart from rows and parameters: anew the first time, then by changing them in place. */
  async function draw(name, data, signals) {
    if (name in views) {
      const view = views[name];
      for (const [set, rows] of Object.entries(data)) view.data(set, rows);
      for (const [signal, value] of Object.entries(signals)) view.signal(signal, value);
      return view.runAsync();
    }
    const params = charts[name].params.map((one) => (one.name in signals ? { ...one, value: signals[one.name] } : one));
    const chart = { ...charts[name], params, datasets: data };
    views[name] = (await vegaEmbed(byId(`chart-${name}`), chart, options)).view;
  }

  function showWords(setting) {
    document.documentElement.lang = language === "zh" ? "zh-Hans" : language;
    for (const part of document.querySelectorAll("[data-word]")) part.textContent = say(part.dataset.word);
    document.title = say("explorer_title");
    for (const option of byId("level").options) {
      option.textContent = content.levels.find((level) => level.id === option.value).name[language];
    }
    for (const name of ["release-rate", "promotion-rate"]) byId(`${name}-value`).value = setting[name].toFixed(1);
    byId("young-value").value = percent(setting.young / 100).replace(".0", "");
    byId("horizon-value").value = setting.horizon;
    for (const name of ["release-rate", "promotion-rate"]) {
      byId(name).disabled = name !== setting.how;
      byId(name).closest(".lever").classList.toggle("off", name !== setting.how);
    }
  }

  function showTable(setting, now, then) {
    byId("column-now").textContent = say("column_now", { year: firstYear });
    byId("column-then").textContent = say("column_forecast", { year: setting.horizon });
    content.targets.forEach((target, one) => {
      const row = byId("rows").rows[one];
      const verdict = judged(then[one], target.share);
      const texts = {
        name: target.name[language],
        line: say("line", { age: target.young[setting.line][language], share: target.asked }),
        now: percent(now[one]),
        then: percent(then[one]),
        verdict: marked(verdict),
        basis: say(target.anchored ? "basis_survey" : "basis_assumed"),
      };
      for (const [part, text] of Object.entries(texts)) row.querySelector(`.${part}`).textContent = text;
      row.querySelector(".verdict").className = `verdict mark ${verdict}`;
      for (const cell of row.cells) if (cell.dataset.of) cell.dataset.label = byId(cell.dataset.of).textContent;
    });
  }

  function showSentence(setting, then) {
    const names = { yes: [], no: [], close: [] };
    content.targets.forEach((target, one) => names[judged(then[one], target.share)].push(target.name[language]));
    const told = { year: setting.horizon, count: names.yes.length, total: content.targets.length };
    const parts = [say(names.yes.length ? "explorer_reached" : "explorer_none", { ...told, names: listed(names.yes) })];
    if (names.close.length) parts.push(say("explorer_undecided", { names: listed(names.close) }));
    byId("sentence").textContent = parts.join(language === "zh" ? "" : " ");
  }

  /** Highest share on an axis, in steps, so that it seldom changes. */
  const topOf = (shares) => [0.25, 0.4, 0.6, 0.8, 1].find((top) => Math.max(0, ...shares) * 1.05 <= top) || 1;

  function drawShares(setting, then) {
    const rows = content.targets.map((target, one) => ({
      name: target.name[language],
      order: one,
      share: then[one],
      goal: target.share,
      beside: Math.max(then[one] || 0, target.share),
      verdict: judged(then[one], target.share),
      text: `${percent(then[one])} ${MARKS[judged(then[one], target.share)][0]}`,
    }));
    // Room to the right of the bars for what is written there.
    const top = Math.max(...rows.map((row) => row.beside)) * 1.45;
    return draw("shares", { shares: rows }, { top: Math.ceil(top * 10) / 10 });
  }

  function drawPaths(setting, shares) {
    const rows = content.targets.flatMap((target, one) =>
      content.years.map((year, at) => ({ name: target.name[language], order: one, year, share: shares[at][one] })),
    );
    const goals = [...new Set(content.targets.map((target) => target.share))].map((goal) => ({ goal }));
    const data = { paths: rows, goals, horizon: [{ year: setting.horizon }] };
    return draw("paths", data, { top: topOf(shares.flat().filter((share) => !Number.isNaN(share))) });
  }

  function drawPeople(setting, year) {
    const level = content.levels.findIndex((one) => one.id === setting.level);
    const [opening, then] = [0, year].map((at) => peopleUnder(setting, at, level));
    const { last } = content.bands[setting.line];
    // The first sex stands to the left; with one alone, all is to the right.
    const sides = content.sexes.map((_, sex) => (sex === 0 && content.sexes.length > 1 ? -1 : 1));
    const rows = sides.flatMap((side, sex) =>
      last.map((oldest, band) => ({
        band: bandName(setting.line, band),
        order: band,
        persons: side * then[sex][band],
        opening: side * opening[sex][band],
        young: oldest <= content.levels[level].oldest_young[setting.line],
      })),
    );
    const ends = rows.flatMap((row) => [row.persons, row.opening]);
    const widest = Math.max(...ends.map(Math.abs));
    // Room for the side of the few.
    const signals = { left: 1.05 * Math.min(...ends, sides[0] * 0.4 * widest, 0), right: 1.05 * Math.max(...ends, 0.4 * widest) };
    return draw("people", { people: rows }, signals);
  }

  async function show() {
    const setting = readForm();
    const shares = sharesUnder(setting);
    const year = setting.horizon - firstYear;
    showWords(setting);
    showTable(setting, shares[0], shares[year]);
    showSentence(setting, shares[year]);
    const level = content.levels.find((one) => one.id === setting.level);
    const told = { first: firstYear, last: lastYear, year: setting.horizon, level: level.name[language] };
    for (const name of ["shares", "paths", "people"]) {
      byId(`title-${name}`).textContent = say(`explorer_${name}`, told);
      byId(`chart-${name}`).setAttribute("aria-label", byId(`title-${name}`).textContent);
    }
    await Promise.all([drawShares(setting, shares[year]), drawPaths(setting, shares), drawPeople(setting, year)]);
    document.body.dataset.shown = written(setting);
  }

  /** Redraw, and let the address tell the setting without a step back for every move of a lever. */
  function changed() {
    const address = written(readForm());
    if (address !== location.hash) history.replaceState(null, "", address);
    byId("copied").textContent = "";
    byId("link").hidden = true;
    return show();
  }

  async function copy() {
    await changed();
    const link = byId("link");
    link.value = location.href;
    try {
      await navigator.clipboard.writeText(link.value);
      byId("copied").textContent = say("explorer_copied");
    } catch {
      // Where a browser does not let a page write there, the address stands ready to be copied by hand.
      link.hidden = false;
      link.select();
      byId("copied").textContent = say("explorer_by_hand");
    }
  }

  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  byId("level").addEventListener("input", changed);
  byId("reset").addEventListener("click", () => {
    writeForm(usual);
    changed();
  });
  byId("copy").addEventListener("click", copy);
  byId("language").addEventListener("click", () => {
    language = language === "zh" ? "en" : "zh";
    changed();
  });
  addEventListener("hashchange", () => {
    readAddress();
    show();
  });

  if (location.hash) readAddress();
  document.body.classList.add("live");
  await show();
})();
