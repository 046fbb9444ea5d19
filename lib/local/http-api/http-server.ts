import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { InvocationResult } from '../function-host/invocation.ts';
import { matchResource, PROXY_RESOURCE, toProxyEvent } from './proxy-event.ts';
import { fromProxyResult } from './proxy-result.ts';

/** A function, and the paths that it answers for. */
export interface FunctionRoute {
  /** Templates such as `/aggregates/{name}/series`; without any, whatever no other route has. */
  readonly resources?: readonly string[];
  /** Gives an event, as JSON, to the function. */
  readonly invoke: (event: string) => Promise<InvocationResult>;
}

export interface HttpServerOptions {
  /** 0 for any that is free. */
  readonly port: number;
  readonly routes: readonly FunctionRoute[];
  /** Told what went wrong with a function, one line each; nothing of requests. */
  readonly onLog: (line: string) => void;
}

export interface HttpServer {
  /** Without a slash at the end. */
  readonly url: string;
  stop(): Promise<void>;
}

/** As API Gateway has them, and Lambda for the payloads of synchronous calls. */
export const HTTP_LIMITS = {
  requestLineAndHeaderBytesMax: 10_240,
  bodyBytesMax: 10 * 1024 * 1024,
  payloadBytesMax: 6 * 1024 * 1024,
} as const;

/** Requests of clients that are slower than this are given up. */
const REQUEST_MS_MAX = 30_000;
const CONNECTIONS_MAX = 100;
const STOP_GRACE_MS = 2000;

/**
 * Serves functions over HTTP on this machine, and for this machine only: each request becomes the event that API
 * Gateway would make of it, and each answer what API Gateway would make of that, so that the function that is deployed
 * runs as it is. Rejects where the port is taken.
 */
export async function startHttpServer(options: HttpServerOptions): Promise<HttpServer> {
  const server = createServer(
    {
      maxHeaderSize: HTTP_LIMITS.requestLineAndHeaderBytesMax,
      requestTimeout: REQUEST_MS_MAX,
      headersTimeout: REQUEST_MS_MAX,
    },
    (request, response) => {
      answer(options, request, response).catch((error: unknown) => {
        options.onLog(`http: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
        problem(response, 500, 'INTERNAL', 'The local server failed; its log has more.');
      });
    },
  );
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, options.port);
  const { port } = server.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, stop: () => stop(server) };
}

async function answer(
  { onLog, routes }: HttpServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  if (!isOwnClient(request)) {
    request.resume();
    return problem(
      response,
      403,
      'ACCESS_DENIED',
      'This server is for programs of this machine, by 127.0.0.1 or localhost.',
    );
  }
  const body = await readBody(request);
  if (body === 'too large') return tooLarge(response);
  if (body === 'gone') return;
  const { method = 'GET', rawHeaders, url: target = '/' } = request;
  const path = target.split('?', 1)[0] ?? '/';
  const found = findRoute(routes, path);
  // As API Gateway has it for a resource that it does not know.
  if (found === undefined)
    return problem(response, 403, 'MISSING_AUTHENTICATION_TOKEN', 'There is nothing at this path.');
  const taken = { method, target, rawHeaders, body, sourceIp: '127.0.0.1', time: Date.now() };
  const event = JSON.stringify(toProxyEvent(taken, found.resource));
  if (Buffer.byteLength(event) > HTTP_LIMITS.payloadBytesMax) return tooLarge(response);
  const result = await found.route.invoke(event);
  if (result.type !== 'response') {
    onLog(`${method} ${found.resource}: ${result.type}: ${result.message}`);
    if (result.type === 'timeout')
      return problem(response, 504, 'INTEGRATION_TIMEOUT', 'The function took too long.');
    return problem(response, 502, 'INTEGRATION_FAILURE', 'The function failed.');
  }
  const isTooLarge = Buffer.byteLength(result.payload) > HTTP_LIMITS.payloadBytesMax;
  const answered = isTooLarge ? undefined : fromProxyResult(result.payload);
  if (answered === undefined) {
    onLog(
      `${method} ${found.resource}: the answer ${isTooLarge ? 'is too large' : 'is none of a proxy integration'}`,
    );
    return problem(response, 502, 'INTEGRATION_FAILURE', 'The function gave no answer that can be sent.');
  }
  for (const [name, value] of answered.headers) response.setHeader(name, value);
  response.writeHead(answered.status).end(method === 'HEAD' ? undefined : answered.body);
}

/**
 * A page in a browser must not reach what runs here: by a name that it made point to this machine, or by a request to
 * another origin.
 */
function isOwnClient({ headers }: IncomingMessage): boolean {
  const host = headers.host ?? '';
  if (!/^(?:127\.0\.0\.1|localhost)(?::\d+)?$/.test(host)) return false;
  return headers.origin === undefined || headers.origin === `http://${host}`;
}

async function readBody(request: IncomingMessage): Promise<Buffer | 'too large' | 'gone'> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > HTTP_LIMITS.bodyBytesMax) return 'too large';
      chunks.push(chunk);
    }
  } catch {
    // The client went away in the middle of it.
    return 'gone';
  }
  return Buffer.concat(chunks);
}

function findRoute(
  routes: readonly FunctionRoute[],
  path: string,
): { readonly route: FunctionRoute; readonly resource: string } | undefined {
  for (const route of routes) {
    const resource = route.resources?.find((each) => matchResource(path, each) !== undefined);
    if (resource !== undefined) return { route, resource };
  }
  const rest = routes.find(({ resources }) => resources === undefined);
  return rest && { route: rest, resource: PROXY_RESOURCE };
}

function tooLarge(response: ServerResponse): void {
  // What is still to come of the body is not wanted.
  response.setHeader('connection', 'close');
  problem(response, 413, 'REQUEST_TOO_LARGE', 'The request is larger than API Gateway and Lambda take.');
}

/** What API Gateway would answer by itself, as the deployed API does. */
function problem(response: ServerResponse, status: number, title: string, detail: string): void {
  if (response.headersSent) return;
  const body = JSON.stringify({ type: 'urn:weir:problem:gateway', title, detail });
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(body);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
}

async function stop(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  server.closeIdleConnections();
  const timer = setTimeout(() => server.closeAllConnections(), STOP_GRACE_MS);
  await closed;
  clearTimeout(timer);
}
