// Serves paths of GitHub's description by prism: as a mock, or before a server whose answers are validated too. GraphQL's
// queries are held against GitHub's published schema, its answers are not.
// Arguments: the folder with node_modules, the server's address or "-", paths of the description.
// Prints the port, and ends when its standard input does. POST /-/answered tells what was asked and what was wrong.
import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";

const [folder, upstream, ...wanted] = process.argv.slice(1);
const require = createRequire(`${folder}/package.json`);
const isProxy = upstream !== "-";

const whole = JSON.parse(fs.readFileSync(`${folder}/node_modules/@octokit/openapi/generated/ghec.json`));
const at = (reference) => reference.slice(2).split("/").map((key) => key.replace(/~1/g, "/").replace(/~0/g, "~"));
const resolved = (value) => (value.$ref ? at(value.$ref).reduce((part, key) => part[key], whole) : value);

// Only the wanted paths and what they refer to: the whole description takes a quarter of a minute to load.
const components = {};
const seen = new Set();
function keep(value) {
  if (value === null || typeof value !== "object") return;
  if (typeof value.$ref === "string") {
    if (!value.$ref.startsWith("#/")) {
      // Files that are not in the package.
      delete value.$ref;
      return;
    }
    if (seen.has(value.$ref)) return;
    seen.add(value.$ref);
    const [, kind, name] = at(value.$ref);
    const target = resolved(value);
    (components[kind] ??= {})[name] = target;
    keep(target);
    return;
  }
  // GitHub's own media type, which it answers to every client that accepts it and does not describe.
  const json = value.content?.["application/json"];
  if (json) value.content["application/vnd.github+json"] ??= json;
  Object.values(value).forEach(keep);
}
// What GitHub answers everywhere and describes in places.
const elsewhere = { 304: "unchanged", 401: "bad credentials", 403: "denied", 404: "not found", 429: "too many" };
const answers = Object.fromEntries(Object.entries(elsewhere).map(([status, description]) => [status, { description }]));
// GitHub's links are by ids, at addresses that it does not describe.
const byId = [
  ["/orgs/{org}", "/organizations/{org}"],
  ["/repos/{owner}/{repo}", "/repositories/{repo}"],
];
const paths = {};
for (const path of wanted) {
  if (!whole.paths[path]) throw new Error(`GitHub's description has no path ${path}`);
  for (const operation of Object.values(whole.paths[path])) {
    if (operation.responses) operation.responses = { ...answers, ...operation.responses };
  }
  paths[path] = whole.paths[path];
  for (const [named, numbered] of byId.filter(([named]) => path.startsWith(`${named}/`))) {
    const copy = structuredClone(whole.paths[path]);
    for (const operation of Object.values(copy)) {
      operation.parameters = operation.parameters?.filter((parameter) => resolved(parameter).name !== "owner");
    }
    paths[path.replace(named, numbered)] = copy;
  }
}
keep(paths);

const queries = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({
    method: method.toUpperCase(),
    pattern: new RegExp(`^${path.replace(/[.]/g, "\\.").replace(/\{[^}]*\}/g, "[^/]+")}$`),
    names: [...(methods.parameters ?? []), ...(operation.parameters ?? [])]
      .map(resolved)
      .filter((parameter) => parameter.in === "query")
      .map((parameter) => parameter.name),
  })),
);
// The description lets a misspelt parameter pass, as GitHub does.
function unknown(method, path, parameters) {
  const operation = queries.find((one) => one.method === method && one.pattern.test(path));
  if (!operation) return [];
  const names = [...new Set([...parameters.keys()].map((name) => name.replace(/\[\]$/, "")))];
  const known = operation.names.map((name) => name.replace(/\[\]$/, ""));
  return names.filter((name) => !known.includes(name)).map((name) => `query: there is no parameter ${name}`);
}

// Loading these takes 3 s: a path that is not described is told before.
const { getHttpOperationsFromSpec } = require("@stoplight/prism-http");
const { createServer } = require("@stoplight/prism-http-server");
const { createLogger } = require("@stoplight/prism-core");

// Loaded with the first query.
let schema;
async function unknownToSchema(asked) {
  schema ??= await import(`${folder}/node_modules/@octokit/graphql-schema/index.js`);
  try {
    return schema.validate(JSON.parse(asked).query).map((error) => `query: ${error.message}`);
  } catch (error) {
    return [`query: ${error.message}`];
  }
}

const operations = await getHttpOperationsFromSpec({ ...whole, "x-webhooks": undefined, paths, components });
const config = {
  isProxy,
  upstream: isProxy ? new URL(upstream) : undefined,
  validateRequest: true,
  validateResponse: true,
  checkSecurity: true,
  errors: true,
  mock: { dynamic: false },
};
const logger = createLogger("prism", { level: "silent" });
const prism = createServer(operations, { cors: false, config, components: { logger } });
const inner = new URL(await prism.listen(0, "127.0.0.1"));

const answered = [];
const said = (violations) => violations.map((one) => `${(one.location ?? []).join(".")}: ${one.message}`);
const server = http.createServer(async (request, reply) => {
  const url = new URL(request.url, "http://localhost");
  if (url.pathname === "/-/answered") {
    const body = JSON.stringify(answered);
    reply.writeHead(200, { "content-length": Buffer.byteLength(body), connection: "close" });
    reply.end(body);
    return;
  }
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const asked = Buffer.concat(chunks);
  // A file's path is one parameter, and stands in the address with its slashes.
  const file = url.pathname.match(/^(\/repo(?:s\/[^/]+|sitories)\/[^/]+\/contents\/)(.+)$/);
  const path = file ? file[1] + file[2].replaceAll("/", "%2F") : url.pathname;
  const isGraphQl = path === "/graphql";
  const wrong = isGraphQl ? await unknownToSchema(asked) : unknown(request.method, path, url.searchParams);
  const note = (status, violations) =>
    answered.push({ method: request.method, path: url.pathname, query: url.search.slice(1), status, violations });
  if (isGraphQl && !isProxy) {
    note(200, wrong);
    reply.writeHead(200, { "content-type": "application/json" });
    reply.end('{"data":null}');
    return;
  }
  // Files come as they are to a client that asks for it, which the description says in prose. Prism takes all JSON for one.
  const isRaw = /\.raw\b/.test(request.headers.accept ?? "") && /\/(contents|git\/blobs)\//.test(path);
  const target = isProxy && (isGraphQl || isRaw) ? new URL(upstream) : inner;
  const headers = { ...request.headers, "x-forwarded-host": request.headers.host };
  if (isRaw && !isProxy) headers.accept = "application/vnd.github+json";
  const options = { host: target.hostname, port: target.port, method: request.method, path: path + url.search, headers };
  const forwarded = http.request(options, async (answer) => {
    const parts = [];
    for await (const part of answer) parts.push(part);
    let body = Buffer.concat(parts);
    const violations = [...wrong];
    const told = answer.headers["sl-violations"];
    // A list that does not fit into a header is cut, and no JSON then.
    if (told) violations.push(...(told.startsWith("[") ? said(JSON.parse(told)) : [told]));
    if (answer.headers["content-type"] === "application/problem+json") {
      const problem = JSON.parse(body);
      violations.push(...(problem.validation ? said(problem.validation) : [`${problem.title}: ${problem.detail}`]));
    }
    note(answer.statusCode, [...new Set(violations)]);
    const { "transfer-encoding": _, ...rest } = answer.headers;
    if (isRaw && !isProxy && answer.statusCode === 200) {
      body = Buffer.from("a file");
      rest["content-type"] = "application/vnd.github.raw+json; charset=utf-8";
    }
    const hasBody = answer.statusCode !== 304 && answer.statusCode !== 204;
    reply.writeHead(answer.statusCode, hasBody ? { ...rest, "content-length": body.length } : rest);
    reply.end(hasBody ? body : undefined);
  });
  forwarded.on("error", (error) => {
    note(502, [String(error)]);
    reply.writeHead(502);
    reply.end();
  });
  forwarded.end(asked);
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on("end", () => process.exit(0));
