import { expect, test } from 'vitest';
import { presentResult } from '../../src/cli/present-result.ts';
import { problemOf, problemsOf } from '../../src/cli/problems.ts';
import type { Ending } from './endings.ts';
import { fatal, refused, result } from './endings.ts';
import { recordingTerminal } from './recording-terminal.ts';

const shown = (ending: Ending) => {
  const { terminal, written } = recordingTerminal();
  const ended = result(ending);
  presentResult(ended, problemsOf(ended), 0, terminal);
  return written.stderr;
};
function withContact(ending: Ending): Ending {
  if (ending.kind !== 'vetting') throw new Error('the ending is no vetting');
  return { ...ending, answer: { ...ending.answer, record: { ...ending.answer.record, contact: '#python\n::x' } } };
}

test('a hold and a block print whom to ask, once; what does not exist does not', () => {
  const held = [fatal({ kind: 'HELD' }), fatal({ name: 'b', kind: 'BLOCKED' })];
  expect(shown(withContact(refused(held)))).toMatch(/\nawspip: contact for holds and blocks: #python : :x\n$/);
  expect(shown(refused(held))).not.toContain('contact');
  const missing = fatal({ kind: 'NOT_FOUND', because: 'no-project' });
  expect(shown(withContact(refused([missing])))).not.toContain('contact');
});

test('where other people decide, the hint is to ask them; known malware has none', () => {
  const subject = { version: '1.0', reasons: [{ text: 'Downloads < 300' }] };
  for (const kind of ['HELD', 'BLOCKED'] as const) {
    const { secondHint } = problemOf(fatal({ kind, ...subject }), { asks: true });
    expect(secondHint).toBe('ask for it: `awspip request a==1.0 --reason "…"`');
    expect(problemOf(fatal({ kind, ...subject })).secondHint).toContain('`awspip approve a==1.0 --reason "…"`');
  }
  const malware = fatal({ kind: 'BLOCKED', version: '1.0', reasons: [{ text: 'Known malware: MAL-1' }] });
  expect(problemOf(malware, { asks: true }).secondHint).toBeUndefined();
});
