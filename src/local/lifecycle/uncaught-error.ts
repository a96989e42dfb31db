import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { errorText } from '../error-text.ts';
import { levelCode } from '../level.ts';
import { stateFiles } from './state-files.ts';

/**
 * Ends this process at an error that nothing caught, after the log has it. The DynamoDB library throws the errors of its
 * database where nothing can catch them, so what is damaged is noted for the next start, which reports it.
 */
export function endOnUncaughtError(stateDirectory: string, log: (line: string) => void): void {
  process.on('uncaughtException', (error) => {
    log(`error: ${errorText(error)} ${error.stack ?? ''}`);
    if (levelCode(error) === 'LEVEL_CORRUPTION') {
      const damage = { path: join(stateDirectory, 'tables'), reason: errorText(error) };
      writeFileSync(stateFiles(stateDirectory).damage, JSON.stringify(damage), { mode: 0o600 });
    }
    process.exit(1);
  });
}
