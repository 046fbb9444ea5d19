import { type Agents, newAgents } from '../aws-config.ts';

/** The connections of all clients of an environment. */
export class SocketWatch {
  readonly #agents: Agents[] = [];
  #open = 0;
  #waiting = 0;

  /** Those of one client. */
  newAgents(): Agents {
    const agents = newAgents();
    this.#agents.push(agents);
    return agents;
  }

  /** Looks at how many there are; to be called when there may be more than ever. */
  look(): void {
    let open = 0;
    let waiting = 0;
    for (const { http, https } of this.#agents) {
      open += count(http.sockets) + count(https.sockets);
      waiting += count(http.requests) + count(https.requests);
    }
    this.#open = Math.max(this.#open, open);
    this.#waiting = Math.max(this.#waiting, waiting);
  }

  /** The most since the last call of this. */
  takeMost(): { readonly open: number; readonly waiting: number } {
    this.look();
    const most = { open: this.#open, waiting: this.#waiting };
    this.#open = 0;
    this.#waiting = 0;
    return most;
  }
}

function count(byHost: Readonly<Record<string, readonly unknown[] | undefined>>): number {
  let sum = 0;
  for (const host in byHost) sum += byHost[host]?.length ?? 0;
  return sum;
}
