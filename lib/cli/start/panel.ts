import type { Level } from '#core/degradation/ladder.ts';
import type { Ledger } from '#core/protocol/ledger.ts';
import { barLine } from '../progress-line.ts';
import { ledgerText } from '../show/ledger-text.ts';
import { counted, instant, seconds, whole } from '../show/numbers.ts';

/** What the live view shows. */
export interface PanelState {
  readonly fileName: string | undefined;
  /** Share of the file that is replayed, 0 to 1. */
  readonly replayed: number;
  readonly fed: number;
  readonly eventsPerSecond: number;
  readonly lagMs: number;
  /** How much is left out of which events, of a pipeline that declares its capacity. */
  readonly load: LoadState | undefined;
  readonly ledger: Ledger;
  /** Windows that end by then are final. */
  readonly finalThrough: number | null;
}

/** What shards leave out under load. */
export interface LoadState {
  /** The highest that any shard is at. */
  readonly level: Level;
  /** Shards with holes that are not repaired yet. */
  readonly shardsWithHoles: number;
}

const LABEL_COLUMNS = 12;
const LEVELS: Readonly<Record<Level, string>> = {
  0: 'nothing is left out',
  1: 'essential metrics only',
  2: 'essential metrics only, nothing of low priority',
};

/** The live view as lines of plain text, none as wide as `columns`. `table` is that of the newest rows. */
export function panelLines(state: PanelState, columns: number, table: string): string[] {
  const label = (name: string, text: string) => `${name.padEnd(LABEL_COLUMNS)}${text}`.slice(0, columns - 1);
  const replay =
    state.fileName === undefined
      ? 'nothing; weir put <file> adds events'
      : barLine(
          { done: state.replayed, text: `${whole(state.fed)} events of ${state.fileName}` },
          columns - LABEL_COLUMNS,
        );
  return [
    label('replay', replay),
    label('throughput', `${whole(state.eventsPerSecond)} events/s, lag ${seconds(state.lagMs)}`),
    ...(state.load === undefined ? [] : [label('level', loadText(state.load))]),
    label('ledger', ledgerText(state.ledger)),
    label('final', state.finalThrough === null ? 'no window' : `up to ${instant(state.finalThrough)}`),
    '',
    ...table
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, columns - 1)),
  ];
}

/** E.g. `1: essential metrics only; holes in 2 shards`. */
export function loadText({ level, shardsWithHoles }: LoadState): string {
  const holes = shardsWithHoles === 0 ? '' : `; holes in ${counted(shardsWithHoles, 'shard')}`;
  return `${level}: ${LEVELS[level]}${holes}`;
}
