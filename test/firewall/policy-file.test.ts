import { describe, expect, test } from 'vitest';
import { recommendedPolicy } from '../../src/firewall/policy.ts';
import { loadPolicy } from '../../src/firewall/policy-file.ts';

const refusal = (text: string): string => {
  try {
    loadPolicy(text);
  } catch (error) {
    return (error as Error).message;
  }
  return 'accepted';
};

describe('a policy file', () => {
  test('that only has a name is the recommended policy under that name', () => {
    expect(loadPolicy('{"name":"ours"}')).toEqual({ ...recommendedPolicy, name: 'ours' });
  });

  test('may be the recommended policy itself, written out', () => {
    expect(loadPolicy(JSON.stringify(recommendedPolicy))).toEqual(recommendedPolicy);
  });

  test('takes lists with globs, versions, owner and expiry', () => {
    const block = [{ name: 'evil-*', versions: '>=2,<3', reason: 'seen', owner: 'sec', until: '2027-01-31' }];
    expect(loadPolicy(JSON.stringify({ name: 'ours', block })).block).toEqual(block);
  });

  test.each([
    ['{', /not valid\n {2}.*JSON/],
    ['[]', /name/],
    ['{}', /name/],
    ['{"name":"x","bogus":1}', /bogus/],
    ['{"name":"X"}', /lower-case/],
    ['{"name":"x","rules":[{"signal":"downloads","below":300,"points":-5}]}', /rules\.0\.points/],
    ['{"name":"x","rules":[{"signal":"weather","below":300,"points":5}]}', /rules\.0\.signal/],
    ['{"name":"x","levels":{"yellow":60,"red":50}}', /yellow.*not above.*red/],
    ['{"name":"x","levels":{"yellow":0,"red":50}}', /above 0/],
    ['{"name":"x","block":[{"name":"a"}]}', /block\.0\.reason/],
    ['{"name":"x","block":[{"name":"a","reason":"b","versions":"newest"}]}', /version specifier/],
    ['{"name":"x","allow":[{"name":"a","reason":"b","until":"tomorrow"}]}', /date/],
    ['{"name":"x","gates":{"cooldown":{"days":-1}}}', /gates\.cooldown\.days/],
    [`{"name":"${'x'.repeat(2_000_000)}"}`, /larger than/],
  ])('%s is refused with its place', (text, message) => {
    expect(refusal(text)).toMatch(message);
  });
});
