import type { Service } from './service-guards.ts';

/** As much of an SDK client as is needed to step in between; all of them have it. */
interface GuardableClient {
  readonly middlewareStack: {
    add(
      middleware: (
        next: (args: never) => Promise<unknown>,
        context: { readonly commandName?: string },
      ) => (args: never) => Promise<unknown>,
      options: { readonly step: 'initialize'; readonly name: string; readonly priority: 'high' },
    ): void;
  };
}

/** Makes a call of a service, or refuses to. */
export type GuardCall = <Result>(service: Service, call: () => Promise<Result>) => Promise<Result>;

/** Has a guard stand before every call that the client makes, its attempts and the reading of the answer included. */
export function guardClient<Client>(
  client: Client,
  guard: GuardCall,
  serviceOf: (commandName: string) => Service,
): Client {
  (client as GuardableClient).middlewareStack.add(
    (next, { commandName = '' }) =>
      (args) =>
        guard(serviceOf(commandName), () => next(args)),
    { step: 'initialize', name: 'weirGuards', priority: 'high' },
  );
  return client;
}

/** The table's reads and writes go bad apart: partitions and caps throttle the one or the other. */
export function tableService(commandName: string): Service {
  return /^(?:BatchGet|Get|Query|Scan|TransactGet)/.test(commandName) ? 'table_reads' : 'table_writes';
}
