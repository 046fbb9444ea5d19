import { readFileSync } from 'node:fs';
import { VirtualDate } from './virtual-date.ts';

/** Names the file that says by how many milliseconds this process's clock is ahead. */
export const CLOCK_FILE_VARIABLE = 'WEIR_TEST_CLOCK_FILE';

// Preloaded by the process of a function: its clock goes as that of the test which runs it.
const file = process.env[CLOCK_FILE_VARIABLE];
if (file !== undefined) follow(file);

function follow(clockFile: string): VirtualDate {
  return new VirtualDate(() => Number(readFileSync(clockFile, 'utf8')));
}
