import { readFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import perfHooks from 'node:perf_hooks';
import v8 from 'node:v8';
import vm from 'node:vm';

/** Names the file that says what is wrong with the memory of this process. */
export const MEMORY_FILE_VARIABLE = 'WEIR_TEST_MEMORY_FILE';

export type MemoryFault = 'none' | 'full' | 'pauses';

/** How much of the heap is in use when it is full. */
const FULL_SHARE = 0.92;
const PAUSE_MS = 1500;

// Preloaded by the process of a function: what it finds out about its memory is as the test wants it.
const file = process.env[MEMORY_FILE_VARIABLE];
if (file !== undefined) spoil(file);

function spoil(memoryFile: string): void {
  const fault = () => readFileSync(memoryFile, 'utf8') as MemoryFault;
  const statistics = v8.getHeapStatistics.bind(v8);
  v8.getHeapStatistics = () => {
    const real = statistics();
    if (fault() !== 'full') return real;
    return { ...real, heap_size_limit: real.used_heap_size / FULL_SHARE };
  };
  v8.setFlagsFromString('--expose-gc');
  const collect = vm.runInNewContext('gc') as () => void;
  class Observer extends perfHooks.PerformanceObserver {
    override takeRecords(): perfHooks.PerformanceEntry[] {
      if (fault() === 'full') collect();
      const entries = super.takeRecords();
      if (fault() !== 'pauses') return entries;
      const pause = { name: 'gc', entryType: 'gc', startTime: 0, duration: PAUSE_MS, detail: { kind: 1 } };
      return [...entries, pause as unknown as perfHooks.PerformanceEntry];
    }
  }
  perfHooks.PerformanceObserver = Observer;
  syncBuiltinESMExports();
}
