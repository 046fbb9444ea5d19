/** Preloaded by the processes of the functions: their clock and their timers go by the run's, and they are measured. */
import { PROBE_FILE_VARIABLE, startProbe } from '../collect/child-probe.ts';
import { CLOCK_FILE_VARIABLE, openClockFile } from './clock-file.ts';
import { replaceDate } from './replace-date.ts';
import { replaceTimers } from './stream-timers.ts';

// The thread that watches over the parent has neither.
const clockFile = process.env[CLOCK_FILE_VARIABLE];
const probeFile = process.env[PROBE_FILE_VARIABLE];
if (clockFile !== undefined) follow(clockFile, probeFile);

function follow(clock: string, probe: string | undefined): void {
  const read = openClockFile(clock);
  // Two neighbours are wrong in different directions.
  const direction = process.pid % 2 === 0 ? 1 : -1;
  if (probe !== undefined) startProbe(probe, () => read().nowMs);
  replaceTimers(() => read().nowMs);
  replaceDate(() => {
    const { nowMs, skewMs } = read();
    return Math.floor(nowMs + direction * skewMs);
  });
}
