import { expect, test } from 'vitest';
import { isCompleteIndex, withPages } from '../../../src/firewall/serve/with-pages.ts';
import type { Firewall } from '../../../src/firewall/types.ts';
import { normaliseName } from '../../../src/index/names.ts';
import type { PageResult, ProjectName } from '../../../src/index/types.ts';

const page = { name: normaliseName('demo'), files: [] };
const found = (from: string, complete = true): PageResult => ({ kind: 'found', page, from: [from], complete });

async function subjectOf(name: string, answer: PageResult) {
  const requested: ProjectName[] = [];
  const subjects: unknown[] = [];
  const firewall = { assess: async (subject: unknown) => void subjects.push(subject) } as unknown as Firewall;
  const upstream = {
    page: async (project: ProjectName) => {
      requested.push(project);
      return answer;
    },
  };
  const isPrivate = (project: ProjectName) => project === 'private';
  await withPages(firewall, upstream, isPrivate).assess({ name, version: null } as never);
  return { subject: subjects[0], requested };
}

test('a project is assessed with its page, which is complete only on an index that lists all releases', async () => {
  const pypi = await subjectOf('Demo', found('https://pypi.org/simple/demo/'));
  expect(pypi).toEqual({ subject: { name: 'Demo', version: null, page, pageComplete: true }, requested: ['demo'] });
  const mirror = await subjectOf('demo', found('https://mirror.example/simple/demo/'));
  expect(mirror.subject).toMatchObject({ page, pageComplete: false });
  const partial = await subjectOf('demo', found('https://pypi.org/simple/demo/', false));
  expect(partial.subject).toMatchObject({ page, pageComplete: false });
});

test('a private name is not sent to the index, and a missing page leaves the subject as it is', async () => {
  expect(await subjectOf('private', found('https://pypi.org/simple/private/'))).toEqual({
    subject: { name: 'private', version: null },
    requested: [],
  });
  expect((await subjectOf('demo', { kind: 'missing' } as PageResult)).subject).toEqual({ name: 'demo', version: null });
});

test('only PyPI lists all releases of a project', () => {
  expect(isCompleteIndex('https://pypi.org/simple/demo/')).toBe(true);
  expect(isCompleteIndex('https://pypi.org.example/simple/')).toBe(false);
});
