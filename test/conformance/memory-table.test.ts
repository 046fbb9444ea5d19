import { MemoryTable, toPort } from '../simulation/memory-table.ts';
import { type TableStore, tableContract } from './table.ts';

async function openMemory(storesItems: boolean): Promise<TableStore> {
  const tables = new Map<string, MemoryTable>();
  return {
    tableOf: (pipeline) => {
      const table = tables.get(pipeline) ?? new MemoryTable(storesItems);
      tables.set(pipeline, table);
      return toPort(table);
    },
    close: async () => {},
  };
}

tableContract("the simulation's table", () => openMemory(false));
tableContract("the simulation's table of items", () => openMemory(true));
