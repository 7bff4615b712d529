// The JSON API. Every failure is an ApiError whose message is fit to be shown.

import { parse } from "./json.js";
import { announceLogout } from "./session.js";

const BASE = "/api/v1";

/** What went wrong, in the server's words where it had any. */
export class ApiError extends Error {
  constructor(status, title, hint = "") {
    super(hint ? `${title} (${hint})` : title);
    this.status = status;
  }
}

function csrf() {
  return document.querySelector('meta[name="csrf"]').content;
}

async function ask(method, path, { body, signal } = {}) {
  const headers = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf();
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let answer;
  try {
    answer = await fetch(BASE + path, {
      method, headers, signal, body: body === undefined ? undefined : JSON.stringify(body),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(0, "The console cannot be reached");
  }
  if (answer.status === 401) {
    announceLogout();
    throw new ApiError(401, "You are logged out");
  }
  if (!answer.ok) throw await problem(answer);
  return answer.status === 204 ? null : parse(await answer.text());
}

async function problem(answer) {
  const said = await answer.json().catch(() => ({}));
  const title = said.detail || said.title || `Error ${answer.status}`;
  return new ApiError(answer.status, title, said.hint);
}

const id = encodeURIComponent;

export const agents = () => ask("GET", "/agents");
export const session = () => ask("GET", "/session");
export const agent = (who, signal) => ask("GET", `/agents/${id(who)}`, { signal });
export const change = (who, what) => ask("PATCH", `/agents/${id(who)}`, { body: what });
export const remove = (who) => ask("DELETE", `/agents/${id(who)}`);
export const invites = async () => (await ask("GET", "/invites")).invites;
export const invite = () => ask("POST", "/invites", { body: {} });
export const revoke = (user) => ask("DELETE", `/invites/${id(user)}`);
export const history = async (who, metric, signal) =>
  (await ask("GET", `/agents/${id(who)}/history/${id(metric)}`, { signal })).history;

/** The points of a metric between two times; ``points`` bounds how many. */
export function series(who, metric, { from, to, points }, signal) {
  const query = `from=${Math.floor(from)}&to=${Math.ceil(to)}&points=${points}`;
  return ask("GET", `/agents/${id(who)}/series/${id(metric)}?${query}`, { signal });
}

/** Where a metric's points lie as CSV. */
export function csv(who, metric, { from, to }) {
  const query = `from=${Math.floor(from)}&to=${Math.ceil(to)}`;
  return `${BASE}/agents/${id(who)}/series/${id(metric)}.csv?${query}`;
}

/** Where the live events are: of the fleet, and of some agents with all their metrics. */
export function events(agents) {
  return `${BASE}/events?fleet=1${agents.map((who) => `&agent=${id(who)}`).join("")}`;
}

/** At most ``width`` of the given jobs at a time. */
export function limiter(width) {
  const waiting = [];
  let running = 0;
  const next = () => {
    while (running < width && waiting.length) {
      running += 1;
      const { job, resolve, reject } = waiting.shift();
      job().then(resolve, reject).finally(() => {
        running -= 1;
        next();
      });
    }
  };
  return (job) => new Promise((resolve, reject) => {
    waiting.push({ job, resolve, reject });
    next();
  });
}
