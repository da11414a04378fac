// The playground's page in headless Chromium, driven line by line: {"do": "ask", …} in, {"ok": true, …} or {"error": "…"} out.
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [address, profile, executablePath] = process.argv.slice(2);
const LOCAL = "MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1"; // the page would fetch fonts
const context = await chromium.launchPersistentContext(profile, {
  executablePath,
  headless: true,
  viewport: { width: 1300, height: 2600 },
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-sync", `--host-resolver-rules=${LOCAL}`],
});
context.setDefaultTimeout(20_000);
const page = context.pages()[0] ?? (await context.newPage());
await page.goto(address, { waitUntil: "domcontentloaded" });
await page.getByText("Personal Chat", { exact: true }).first().waitFor();

const card = (text) => page.locator(".ac-adaptiveCard").filter({ hasText: text }).last();

const verbs = {
  open: ({ place }) => page.getByText(place, { exact: true }).first().click(),
  // In a channel a new post, or a reply below the post that says `under`; a mention is picked from the list that @ opens.
  async ask({ text, mention, under }) {
    const boxes = page.locator("[contenteditable='true']");
    const below = under && page.getByText(under, { exact: true }).first().locator("xpath=following::*[@contenteditable='true'][1]");
    await (below || boxes.first()).click();
    if (mention) {
      await page.keyboard.type("@");
      await page.getByRole("menuitem", { name: mention }).click();
    }
    await page.keyboard.insertText(mention ? ` ${text}` : text); // typed letter by letter, each would draw every card anew
    const send = page.getByRole("button", { name: /^(Post|Send Message)$/ });
    await (below ? below.locator("xpath=following::button[@aria-label='Send Message'][1]") : send.first()).click();
  },
  sees: ({ text }) => page.getByText(text).last().waitFor(),
  press: ({ button, on }) => card(on).getByRole("button", { name: button, exact: true }).last().click(),
  count: async ({ what, on }) => ({ count: await card(on).locator(what).count() }),
  async picture({ path, of }) {
    await page.waitForTimeout(500); // a chart draws itself in
    await (of ? card(of) : page).screenshot({ path });
  },
};

const tell = (said) => process.stdout.write(`${JSON.stringify(said)}\n`);
tell({ ok: true });
for await (const line of createInterface({ input: process.stdin })) {
  const order = JSON.parse(line);
  try {
    const said = await verbs[order.do](order);
    tell({ ok: true, count: said?.count });
  } catch (error) {
    tell({ error: String(error).slice(0, 1000) });
  }
}
await context.close();
