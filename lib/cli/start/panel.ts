import type { Ledger } from '#core/protocol/ledger.ts';
import { barLine } from '../progress-line.ts';
import { ledgerText } from '../show/ledger-text.ts';
import { instant, seconds, whole } from '../show/numbers.ts';

/** What the live view shows. */
export interface PanelState {
  readonly fileName: string | undefined;
  /** Share of the file that is replayed, 0 to 1. */
  readonly replayed: number;
  readonly fed: number;
  readonly eventsPerSecond: number;
  readonly lagMs: number;
  readonly ledger: Ledger;
  /** Windows that end by then are final. */
  readonly finalThrough: number | null;
}

const LABEL_COLUMNS = 12;

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
    label('ledger', ledgerText(state.ledger)),
    label('final', state.finalThrough === null ? 'no window' : `up to ${instant(state.finalThrough)}`),
    '',
    ...table
      .trimEnd()
      .split('\n')
      .map((line) => line.slice(0, columns - 1)),
  ];
}
