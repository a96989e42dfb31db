import { expect, test } from 'vitest';
import { AwspipError } from '../../src/errors.ts';
import { normaliseName } from '../../src/index/names.ts';
import { uploadTimes, withheldFilenames } from '../../src/vetting/withheld-filenames.ts';

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

test('the upload times of all releases of a project are read, and none on a machine without records', async () => {
  const uploadTimesOf = async () => [
    { name, version: '1', files: { 'demo-1.zip': '2026-01-01T00:00:00.000Z' } },
    { name, version: '2', files: { 'demo-2.zip': '2026-02-01T00:00:00.000Z' } },
  ];
  const times = await uploadTimes(async () => ({ uploadTimesOf }))(name);
  expect([...times.keys()]).toEqual(['demo-1.zip', 'demo-2.zip']);
  const failed = (code: string) =>
    uploadTimes(() => Promise.reject(new AwspipError(code, 'no', { exit: 'denied' })))(name);
  expect(await failed('aws-denied')).toEqual(new Map());
  await expect(failed('aws-unavailable')).rejects.toThrow('no');
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
