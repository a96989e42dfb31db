import { describe, expect, test } from 'vitest';
import { credentialsInNetrc } from '../../src/index/netrc.ts';

const host = 'index.example';

describe('credentials in a netrc file', () => {
  test.each([
    ['on one line', `machine ${host} login u password p`],
    ['on several lines', `machine ${host}\n\tlogin u\n\tpassword p\n`],
    ['with CRLF', `machine ${host}\r\nlogin u\r\npassword p\r\n`],
    ['with `user`', `machine ${host} user u password p`],
    ['with an account, which a login precedes', `machine ${host} account a login u password p`],
    ['with an account in place of a login', `machine ${host} account u password p`],
    ['after another machine', `machine other login x password y\nmachine ${host} login u password p`],
    ['of `default`', 'machine other login x password y\ndefault login u password p'],
    ['that precede `default`', `default login x password y\nmachine ${host} login u password p`],
    ['after comments', `# machine ${host} login x password y\n#\nmachine ${host} login u # the user\npassword p`],
    ['after a macro', `macdef init\ncd /pub\nmachine ${host} login x password y\n\nmachine ${host} login u password p`],
    ['in quotation marks', `machine "${host}" login "u" password "p"`],
    ['that are given twice, of which the last count', `machine ${host} login x\nmachine ${host} login u password p`],
  ])('%s', (_, text) => {
    expect(credentialsInNetrc(text, host)).toEqual({ username: 'u', password: 'p' });
  });

  test('may have spaces, quotation marks, backslashes and hashes', () => {
    expect(credentialsInNetrc(`machine ${host} login u\\ v password "a\\"b\\\\#c d"`, host)).toEqual({
      username: 'u v',
      password: 'a"b\\#c d',
    });
    expect(credentialsInNetrc(`machine ${host} login u password p#q`, host)?.password).toBe('p#q');
  });

  test.each([
    ['of another host', 'machine other login u password p'],
    ['of a host whose name only begins with it', `machine ${host}.evil login u password p`],
    ['without content', `machine ${host}`],
    ['in an empty file', ''],
    ['in a file with an unknown word', `machine ${host} login u password p\nmachin x`],
    ['in a file with an unknown field', `machine ${host} login u secret s password p`],
    ['in a file with a macro that does not end', `machine ${host} login u password p\nmacdef init\ncd`],
    ['of a machine without name', 'machine'],
  ])('%s are none', (_, text) => {
    expect(credentialsInNetrc(text, host)).toBeUndefined();
  });
});
