import fc from 'fast-check';
import { expect, test } from 'vitest';
import { withholdErrors } from '../../src/installers/withhold-errors.ts';

function pass(chunks: readonly string[]): { passed: string; withheld: string } {
  const passed: Buffer[] = [];
  const sink = withholdErrors({
    write: (bytes) => passed.push(Buffer.from(bytes)) > 0,
    on: () => {},
    removeListener: () => {},
  });
  for (const chunk of chunks) sink.write(Buffer.from(chunk));
  return { passed: Buffer.concat(passed).toString(), withheld: sink.end() };
}

const before = 'Using CPython 3.11\nResolved 2 packages\nerror: something else\n';
const missing =
  '\u001b[1m\u001b[31merror\u001b[39m\u001b[0m: No solution found when resolving dependencies\n  cause: Because é\n';

test('only uv’s message about missing packages is withheld, for any division into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: before.length + missing.length }), { maxLength: 8 }), (cuts) => {
      const offsets = [0, ...cuts.toSorted((a, b) => a - b), before.length + missing.length];
      const chunks = offsets.slice(1).map((to, at) => (before + missing).slice(offsets[at], to));
      expect(pass(chunks)).toEqual({ passed: before, withheld: missing });
    }),
  );
});

test('other output passes without delay, even a prompt without a line break', () => {
  expect(pass(['Proceed? [y/n] '])).toEqual({ passed: 'Proceed? [y/n] ', withheld: '' });
  expect(pass(['err'])).toEqual({ passed: '', withheld: 'err' });
});
