import type { Command } from 'commander';

/** Gives every command without a description its summary as one, so that its help begins with a sentence. */
export function addDescriptions(program: Command): void {
  for (const command of program.commands) {
    if (command.description() === '') command.description(sentence(command.summary()));
    addDescriptions(command);
  }
}

function sentence(summary: string): string {
  return summary === '' ? '' : `${summary[0]?.toUpperCase()}${summary.slice(1)}.`;
}
