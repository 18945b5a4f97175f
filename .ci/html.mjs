// What a reader does with an HTML report, in headless Chromium. Called by .ci/html with the folder
// of npm packages and the folder of the reports.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

const [packages, work] = process.argv.slice(2);
const puppeteer = createRequire(`${packages}/`)("puppeteer-core");
const bodies = new Set(readFileSync(`${work}/bodies`, "utf8").split("\n"));
const MAX_OPEN = 2000;

const browser = await puppeteer.launch({
  executablePath: "/usr/bin/chromium",
  // In a container the user is root, whom Chromium refuses to sandbox.
  args: ["--no-sandbox", "--disable-gpu"],
});

// A page of the report on which every complaint and every request counts.
async function open(name, { width = 1280, scheme = "light", script = true, hash = "" } = {}) {
  const page = await browser.newPage();
  const url = pathToFileURL(`${work}/${name}.html`).href;
  page.complaints = [];
  page.on("console", (message) => page.complaints.push(message.text()));
  page.on("pageerror", (error) => page.complaints.push(error.message));
  page.on("dialog", (dialog) => page.complaints.push("a dialog") && dialog.dismiss());
  page.on("request", (request) => {
    const asked = request.url();
    if (asked.split("#")[0] !== url && !asked.startsWith("data:")) page.complaints.push(`a request to ${asked}`);
  });
  await page.setViewport({ width, height: 900 });
  await page.setJavaScriptEnabled(script);
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  const before = Date.now();
  await page.goto(url + hash);
  if (script) await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
  page.took = Date.now() - before;
  return page;
}

async function close(page) {
  assert.deepEqual(page.complaints, []);
  await page.close();
}

const shown = (page) => page.$$eval("#table tbody tr", (rows) => rows.filter((row) => row.checkVisibility()).length);
const status = (page) => page.$eval("#shown", (element) => element.textContent);
const settled = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => setTimeout(done))));
const column = (page, name) =>
  page.$$eval(`#table td.${name}`, (cells) => cells.map((cell) => cell.textContent.trim()));

async function check(name, work) {
  const before = Date.now();
  await work();
  console.log(`${name} (${Date.now() - before} ms)`);
}

await check("filters by text, severity, confidence and kind", async () => {
  const page = await open("small");
  assert.equal(await status(page), "14 findings");
  await page.type("#text", "DIR-1 gldt");
  await settled(page);
  assert.equal(await status(page), "1 of 14 findings");
  assert.equal(await shown(page), 1);
  await page.click("button[type=reset]");
  await settled(page);
  assert.equal(await status(page), "14 findings");
  const critical = (await column(page, "severity")).filter((word) => word === "critical").length;
  await page.click("#filter input[value=critical]");
  await settled(page);
  assert.equal(await shown(page), 14 - critical);
  await page.click("#filter input[value=critical]");
  await page.select("#confidence", "3");
  await settled(page);
  assert.equal(await shown(page), 0);
  await page.select("#confidence", "0");
  await page.select("#rule", "gitlab-feed-token");
  await settled(page);
  assert.equal(await shown(page), 3);
  await close(page);
});

await check("sorts by every column, in both directions, and says so", async () => {
  const page = await open("small");
  const levels = ["info", "low", "medium", "high", "critical"];
  const at = (words) => words.map((word) => levels.indexOf(word));
  const first = at(await column(page, "severity"));
  assert.deepEqual(first, [...first].sort((a, b) => b - a), "worst first");
  assert.equal(await page.$eval("th.severity", (head) => head.ariaSort), "descending");
  await page.click("th.severity button");
  assert.deepEqual(at(await column(page, "severity")), first.reverse());
  assert.equal(await page.$eval("th.severity", (head) => head.ariaSort), "ascending");
  const collator = new Intl.Collator("en", { numeric: true });
  await page.click("th.place button");
  const places = await column(page, "place");
  assert.deepEqual(places, [...places].sort(collator.compare));
  await page.click("th.place button");
  assert.deepEqual(await column(page, "place"), places.reverse());
  assert.equal(await page.$$eval("[aria-sort]", (heads) => heads.length), 1);
  for (const name of ["what", "owner", "expires", "confidence"]) {
    await page.click(`th.${name} button`);
    assert.equal(await page.$eval("[aria-sort]", (head) => head.dataset.key), name);
    assert.equal(await shown(page), 14);
  }
  await close(page);
});

await check("shows and filters liveness only where an instance was asked", async () => {
  const without = await open("small");
  assert.equal(await without.$$eval("#liveness, .liveness", (elements) => elements.length), 0);
  await close(without);
  const page = await open("verified");
  const expected = { live: 1, unknown: 1, dead: 2 };
  const words = await column(page, "liveness");
  for (const [word, count] of Object.entries(expected)) {
    assert.equal(words.filter((cell) => cell === word).length, count, `${word} in ${words}`);
    await page.select("#liveness", word);
    await settled(page);
    assert.equal(await shown(page), count, word);
  }
  await page.select("#liveness", "");
  await settled(page);
  assert.equal(await shown(page), 4);
  await page.click("th.liveness button");
  const sorted = await column(page, "liveness");
  assert.deepEqual([...new Set(sorted)].length, 3);
  assert.equal(sorted.indexOf("dead") + 1, sorted.lastIndexOf("dead"), `${sorted}`);
  await close(page);
});

await check("works with the keyboard alone", async () => {
  const page = await open("small");
  const focused = () => page.evaluate(() => document.activeElement.outerHTML.slice(0, 60));
  await page.keyboard.press("Tab");
  assert.match(await focused(), /class="skip"/);
  for (let i = 0; i < 60 && !(await focused()).startsWith("<summary"); i++) await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.$$eval("#table details[open]", (open) => open.length), 1);
  const unnamed = await page.$$eval("input, select, button, a", (elements) =>
    elements.filter((element) => !element.computedName && !(element.labels?.length || element.textContent.trim())).length);
  assert.equal(unnamed, 0);
  const tree = await page.accessibility.snapshot({ interestingOnly: false });
  const roles = {};
  const walk = (node) => {
    roles[node.role] = (roles[node.role] ?? 0) + 1;
    node.children?.forEach(walk);
  };
  walk(tree);
  assert.ok(roles.table >= 1 && roles.row >= 15 && roles.columnheader >= 6, JSON.stringify(roles));
  await close(page);
});

await check("opens what a link names", async () => {
  const page = await open("small");
  const id = await page.$eval("#table tbody tr:nth-child(3)", (row) => row.id);
  await close(page);
  const linked = await open("small", { hash: `#${id}` });
  assert.ok(await linked.$eval(`#${id} details`, (details) => details.open));
  await linked.click(`#${id} .more a`);
  await settled(linked);
  assert.ok(await linked.$eval(".kind:target", (kind) => kind.open));
  await close(linked);
});

await check("is a plain table without the script", async () => {
  const page = await open("small", { script: false });
  assert.ok(!(await page.$("#filter:not([hidden])")));
  assert.equal(await page.$$eval("#table tbody tr", (rows) => rows.length), 14);
  await close(page);
});

await check("fits a phone, in the dark", async () => {
  const page = await open("small", { width: 390, scheme: "dark" });
  await page.click("#open");
  const [wide, back] = await page.evaluate(() => [
    document.documentElement.scrollWidth,
    getComputedStyle(document.body).backgroundColor,
  ]);
  assert.ok(wide <= 390, `${wide} px wide`);
  assert.notEqual(back, "rgb(245, 246, 248)");
  await close(page);
});

await check("prints everything", async () => {
  const page = await open("small");
  assert.ok((await page.pdf({ format: "A4" })).length > 10_000);
  await page.emulateMediaType("print");
  await page.evaluate(() => dispatchEvent(new Event("beforeprint")));
  assert.equal(await page.$$eval("details:not([open])", (closed) => closed.length), 0);
  assert.equal(await page.$eval("#filter", (form) => form.checkVisibility()), false);
  const [inner, outer] = await page.evaluate(() => [document.body.scrollWidth, innerWidth]);
  assert.ok(inner <= outer, `${inner} px on ${outer} px of paper`);
  await page.evaluate(() => dispatchEvent(new Event("afterprint")));
  assert.ok(await page.$("#table details:not([open])"));
  await close(page);
});

await check("holds no secret and runs nothing that was scanned", async () => {
  for (const name of ["small", "large", "verified"]) {
    const page = await open(name);
    const dom = await page.evaluate(() => document.documentElement.outerHTML);
    const leaks = (text) =>
      (text.match(/[0-9A-Za-z]{20,}/g) ?? []).some((run) =>
        Array.from({ length: run.length - 19 }, (_, at) => run.slice(at, at + 20)).some((part) => bodies.has(part)));
    assert.ok(leaks(`x-${[...bodies][0]}`) && !leaks(dom));
    assert.notEqual(await page.title(), "owned");
    assert.equal(await page.$$eval("img, iframe, script[src], link[href^=http]", (all) => all.length), 0);
    await close(page);
  }
});

await check("opens 5,000 findings in time", async () => {
  // The best of three: the machine may be busy, the page is the same.
  const times = [];
  for (let i = 0; i < 3; i++) {
    const page = await open("large");
    assert.equal(await status(page), "5,000 findings");
    times.push(page.took);
    if (i === 2) {
      const sorted = await page.evaluate(() => {
        const before = performance.now();
        document.querySelector("th.place button").click();
        document.body.getBoundingClientRect();
        return Math.round(performance.now() - before);
      });
      await page.type("#text", "part-3");
      await settled(page);
      assert.match(await status(page), /^71[45] of 5,000 findings$/);
      console.log(`  opened in ${times.join(", ")} ms, sorted in ${sorted} ms`);
    }
    await close(page);
  }
  assert.ok(Math.min(...times) < MAX_OPEN, `${times} ms`);
});

await browser.close();
