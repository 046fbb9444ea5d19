/**
 * The process that kinesis-local runs in. By itself it would listen on all interfaces and outlive its parent: here it
 * listens on free ports of 127.0.0.1, tells the parent which (by the port that was asked for), and ends with the
 * parent.
 */
import { createRequire } from 'node:module';
import { type AddressInfo, Server } from 'node:net';

/** Tells that what asked for one port listens on another. */
export interface ListeningMessage {
  readonly askedPort: unknown;
  readonly port: number;
}

type Listen = (this: Server, ...given: readonly unknown[]) => Server;

process.on('disconnect', () => process.exit(0));
process.on('SIGINT', () => {});

const prototype = Server.prototype as { listen: Listen };
const { listen } = prototype;
prototype.listen = function (...given) {
  const callback = given.find((argument) => typeof argument === 'function') as (() => void) | undefined;
  this.once('listening', () => {
    const message: ListeningMessage = { askedPort: given[0], port: (this.address() as AddressInfo).port };
    process.send?.(message);
  });
  return listen.call(this, { host: '127.0.0.1', port: 0 }, callback);
};

createRequire(import.meta.url)(process.argv[2] ?? '');
