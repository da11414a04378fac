// The public Slack emulator on a free port, with three doors of ours: subscribe an address to its signed events,
// have it sign and deliver an event that it never sends itself (app_mention), and look at its views.
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";

const dist = new URL("../node_modules/emulate/dist/", import.meta.url);
const home = readdirSync(dist).find((name) => name.startsWith("dist-") && /\bvar slackPlugin =/.test(readFileSync(new URL(name, dist), "utf8")));
const { slackPlugin, getSlackStore } = await import(new URL(home, dist));
const { createEmulator } = await import(new URL("api.js", dist));

// Slack takes arguments in the query of any call; the emulator only in the body of a POST.
const queryAsForm = (app) => async (c, next) => {
  const url = new URL(c.req.url);
  const type = c.req.header("content-type") ?? "";
  const form = type === "" || type.includes("x-www-form-urlencoded");
  if (!url.pathname.startsWith("/api/") || !form || (c.req.method === "POST" && !url.search)) return next();
  const body = [url.search.slice(1), c.req.method === "POST" ? await c.req.text() : ""].filter(Boolean).join("&");
  const headers = { authorization: c.req.header("authorization") ?? "", "content-type": "application/x-www-form-urlencoded" };
  return app.fetch(new Request(url.origin + url.pathname, { method: "POST", body, headers }));
};

const register = slackPlugin.register;
slackPlugin.register = (app, store, webhooks, ...rest) => {
  app.post("/_test/subscribe", async (c) => c.json(webhooks.register({ ...(await c.req.json()), active: true, owner: "slack" })));
  app.post("/_test/deliver", async (c) => {
    const event = await c.req.json();
    await webhooks.dispatch(event.event.type, undefined, event, "slack");
    return c.json({ ok: true });
  });
  app.get("/_test/views", (c) => c.json(getSlackStore(store).views.all()));
  app.use("*", queryAsForm(app));
  register(app, store, webhooks, ...rest);
};

const free = () => new Promise((done) => {
  const probe = createServer().listen(0, "127.0.0.1", () => { const { port } = probe.address(); probe.close(() => done(port)); });
});
const port = await free();
const bot = { user_id: "U0MONITOR", bot_id: "B0MONITOR", app_id: "A0MONITOR" };
const emulator = await createEmulator({
  service: "slack", port, hostname: "127.0.0.1", baseUrl: `http://127.0.0.1:${port}`,
  seed: { slack: {
    signing_secret: process.env.SLACK_SIGNING_SECRET,
    users: [{ name: "ana", real_name: "Ana", email: "ana@example.com" }],
    channels: [{ name: "data", topic: "data" }],
    oauth_apps: [{ app_id: bot.app_id, name: "Monitor", client_id: "1.1", client_secret: "s", redirect_uris: [], bot_name: "monitor", bot_id: bot.bot_id, bot_user_id: bot.user_id,
      scopes: ["chat:write", "channels:history", "channels:read", "channels:join", "im:write", "im:history", "files:write", "files:read", "users:read", "users:read.email"] }],
    tokens: [{ token: "xoxb-monitor", type: "bot", bot_user_id: bot.user_id, ...bot }, { token: "xoxp-ana", type: "user", user: "ana" }],
  } },
});
console.log(JSON.stringify({ url: emulator.url }));
