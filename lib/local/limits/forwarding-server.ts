import { createServer, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import type { Emulator } from '../emulators/emulator.ts';
import { startGuarded } from '../emulators/guarded-server.ts';

/** A request in AWS's JSON protocol. */
export interface ServiceRequest {
  /** As in `x-amz-target`, e.g. `PutItem`. */
  readonly operation: string;
  readonly body: string;
}

export interface ServiceResponse {
  readonly status: number;
  readonly body: string;
}

/** Sends a request on to the service behind. */
export type Forward = (request: ServiceRequest) => Promise<ServiceResponse>;

/** Stands before a service: answers by itself, or forwards, changed or not. */
export type ServiceFront = (request: ServiceRequest, forward: Forward) => Promise<ServiceResponse>;

/** Starts a server on 127.0.0.1 that stands before an emulator. */
export function startFront(endpoint: string, front: ServiceFront): Promise<Emulator> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const operation = String(request.headers['x-amz-target'] ?? '').split('.')[1] ?? '';
      const answer = front({ operation, body: Buffer.concat(chunks).toString() }, (forwarded) =>
        send(endpoint, request.headers, forwarded.body),
      );
      void answer.then(
        ({ body, status }) =>
          response.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(body),
        () => response.writeHead(502).end(),
      );
    });
  });
  return startGuarded(server);
}

/** An error as services in the JSON protocol tell it. */
export function serviceError(status: number, type: string, message: string): ServiceResponse {
  return { status, body: JSON.stringify({ __type: type, message, Message: message }) };
}

function send(endpoint: string, headers: IncomingHttpHeaders, body: string): Promise<ServiceResponse> {
  const { 'content-length': _length, connection: _connection, ...rest } = headers;
  return new Promise((resolve, reject) => {
    const forwarded = httpRequest(
      endpoint,
      { method: 'POST', headers: { ...rest, host: new URL(endpoint).host } },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 502, body: Buffer.concat(chunks).toString() }),
        );
        response.on('error', reject);
      },
    );
    forwarded.on('error', reject);
    forwarded.end(body);
  });
}
