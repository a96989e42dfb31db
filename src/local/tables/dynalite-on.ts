import type { Server } from 'node:http';
import memoryLevel from 'memory-level';
import type { JournaledLevel } from './journaled-level.ts';

let given: JournaledLevel | undefined;

/**
 * Returns the DynamoDB library on a database. The library has no option for that: it creates a `MemoryLevel` of the
 * package `memory-level`, which it looks up once, when it is loaded. So that class stands for the database of the stack.
 */
export async function dynaliteOn(database: JournaledLevel): Promise<Server> {
  Object.assign(memoryLevel, {
    MemoryLevel: function Given() {
      return given;
    },
  });
  const { default: dynalite } = await import('dynalite');
  given = database;
  return dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
}
