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

/** A success by its status, of a service that is in trouble. */
class FailedAnswer extends Error {
  override readonly name = 'FailedAnswer';
  readonly answer: unknown;

  constructor(answer: unknown) {
    super('the service has done nothing of what it was asked');
    this.answer = answer;
  }
}

/** Whether Kinesis took none of the records that it was given, by faults of its own: it answers 200 to that. */
function hasFailedWhole(answer: unknown): boolean {
  const { Records: records } = (answer as { readonly output: { readonly Records?: unknown } }).output;
  if (!Array.isArray(records) || records.length === 0) return false;
  return records.every((record: { readonly ErrorCode?: string }) => record.ErrorCode === 'InternalFailure');
}

/**
 * Has a guard stand before every call that the client makes, its attempts and the reading of the answer included. An
 * answer that says of all that was asked that it failed counts as one, and is given to the caller as it is.
 */
export function guardClient<Client>(
  client: Client,
  guard: GuardCall,
  serviceOf: (commandName: string) => Service,
): Client {
  (client as GuardableClient).middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        try {
          return await guard(serviceOf(commandName), async () => {
            const answer = await next(args);
            if (hasFailedWhole(answer)) throw new FailedAnswer(answer);
            return answer;
          });
        } catch (error) {
          // Whoever asked reads from the answer what has failed.
          if (error instanceof FailedAnswer) return error.answer;
          throw error;
        }
      },
    { step: 'initialize', name: 'weirGuards', priority: 'high' },
  );
  return client;
}

/** The table's reads and writes go bad apart: partitions and caps throttle the one or the other. */
export function tableService(commandName: string): Service {
  return /^(?:BatchGet|Get|Query|Scan|TransactGet)/.test(commandName) ? 'table_reads' : 'table_writes';
}
