import fc from 'fast-check';
import { expect, test } from 'vitest';
import { holdErrors } from '../../src/installers/held-output.ts';

function through(chunks: readonly string[]): { passed: string; held: string } {
  const passed: Buffer[] = [];
  const sink = holdErrors({
    write: (bytes) => passed.push(Buffer.from(bytes)) > 0,
    on: () => {},
    removeListener: () => {},
  });
  for (const chunk of chunks) sink.write(Buffer.from(chunk));
  return { passed: Buffer.concat(passed).toString(), held: sink.end() };
}

const before = 'Using CPython 3.11\nResolved 2 packages\nerror: something else\n';
const missing =
  '\u001b[1m\u001b[31merror\u001b[39m\u001b[0m: No solution found when resolving dependencies\n  cause: Because é\n';

test('what uv misses is held back wherever the bytes are cut, and nothing else is', () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: before.length + missing.length }), { maxLength: 8 }), (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), before.length + missing.length];
      const chunks = places.slice(1).map((to, at) => (before + missing).slice(places[at], to));
      expect(through(chunks)).toEqual({ passed: before, held: missing });
    }),
  );
});

test('what is no error goes through at once, a prompt without an end of line too', () => {
  expect(through(['Proceed? [y/n] '])).toEqual({ passed: 'Proceed? [y/n] ', held: '' });
  expect(through(['err'])).toEqual({ passed: '', held: 'err' });
});
