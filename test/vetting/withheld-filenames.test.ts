import { expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { normaliseName } from '../../src/index/names.ts';
import { withheldFilenames } from '../../src/vetting/withheld-filenames.ts';

const name = normaliseName('demo');
const failing = (code: string) => {
  const opened: string[] = [];
  const read = withheldFilenames(async () => {
    opened.push(code);
    throw new AwspipError(code, 'no records', { exit: 'denied' });
  });
  return { read, opened };
};

test('the files of all releases of a project are read', async () => {
  const release = (version: string, ...files: string[]) => ({
    ...{ name, version, policyVersion: 'p' },
    files: Object.fromEntries(files.map((file) => [file, { status: 'HELD', reasons: [] } as const])),
  });
  const withheldOf = async () => [release('1', 'demo-1.zip'), release('2', 'demo-2.zip', 'demo-2.whl')];
  const read = withheldFilenames(async () => ({ withheldOf }));
  expect(await read(name)).toEqual(new Set(['demo-1.zip', 'demo-2.zip', 'demo-2.whl']));
});

test.each(['credentials-missing', 'aws-absent'])(
  'a machine without records hides nothing and asks once: %s',
  async (code) => {
    const { read, opened } = failing(code);
    expect([await read(name), await read(name)]).toEqual([new Set(), new Set()]);
    expect(opened).toHaveLength(1);
  },
);

test.each(['aws-denied', 'aws-unavailable'])('records that cannot be read are an error: %s', async (code) => {
  await expect(failing(code).read(name)).rejects.toMatchObject({ code });
});
