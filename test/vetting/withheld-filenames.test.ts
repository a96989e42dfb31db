import { expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { normaliseName } from '../../src/index/names.ts';
import { withheldFilenames } from '../../src/vetting/withheld-filenames.ts';

const name = normaliseName('demo');
const failing = (code: string) => {
  const opened: string[] = [];
  const reported: string[] = [];
  const read = withheldFilenames(
    async () => {
      opened.push(code);
      throw new AwspipError(code, 'no records', { exit: 'denied' });
    },
    (error) => reported.push(error.code),
  );
  return { read, opened, reported };
};

test('the files of all releases of a project are read', async () => {
  const release = (version: string, ...files: string[]) => ({
    ...{ name, version, policyVersion: 'p' },
    files: Object.fromEntries(files.map((file) => [file, { status: 'HELD', reasons: [] } as const])),
  });
  const withheldOf = async () => [release('1', 'demo-1.zip'), release('2', 'demo-2.zip', 'demo-2.whl')];
  const read = withheldFilenames(
    async () => ({ withheldOf }),
    () => expect.unreachable(),
  );
  expect(await read(name)).toEqual(new Set(['demo-1.zip', 'demo-2.zip', 'demo-2.whl']));
});

test.each(['credentials-missing', 'aws-absent', 'aws-denied'])(
  'a machine without records hides nothing, asks once, and reports a missing permission: %s',
  async (code) => {
    const { read, opened, reported } = failing(code);
    expect([await read(name), await read(name)]).toEqual([new Set(), new Set()]);
    expect(opened).toHaveLength(1);
    expect(reported).toEqual(code === 'aws-denied' ? [code] : []);
  },
);

test.each(['aws-unavailable', 'aws-throttled'])('records that do not answer are an error: %s', async (code) => {
  await expect(failing(code).read(name)).rejects.toMatchObject({ code });
});
