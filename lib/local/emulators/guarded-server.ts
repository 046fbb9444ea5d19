import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Emulator } from './emulator.ts';

const STOP_WAIT_MS = 5000;

/** Sees each request before the emulator does. */
export type RequestObserver = (request: IncomingMessage, response: ServerResponse) => void;

/**
 * Starts an emulator's HTTP server on a free port of 127.0.0.1, and keeps two of the emulators' habits from ending
 * this process: they throw when a client goes away in the middle of a request (as a killed function does), and when
 * their store is closed under a request.
 */
export async function startGuarded(server: Server, observe: RequestObserver = () => {}): Promise<Emulator> {
  const listeners = server.listeners('request') as RequestListener[];
  server.removeAllListeners('request');
  const underWay = new Set<ServerResponse>();
  let stopping = false;
  let idle: () => void = () => {};

  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (stopping) {
      response.writeHead(503).end();
      return;
    }
    underWay.add(response);
    response.once('close', () => {
      underWay.delete(response);
      if (underWay.size === 0) idle();
    });
    observe(request, response);
    for (const listener of listeners) listener(request, response);
    request.removeAllListeners('error');
    request.on('error', () => {});
  });

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo;

  const stop = async () => {
    stopping = true;
    if (underWay.size > 0) {
      await new Promise<void>((resolve) => {
        idle = resolve;
        setTimeout(resolve, STOP_WAIT_MS).unref();
      });
    }
    server.closeAllConnections();
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
    });
  };
  let stopped: Promise<void> | undefined;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () => {
      stopped ??= stop();
      return stopped;
    },
  };
}
