import { expect, test } from 'vitest';
import { inspectArchive } from '../../../src/firewall/install-code/inspect-archive.ts';
import { sdist } from '../../helpers/distributions.ts';

const distribution = (body: string) => `
import urllib.request
from setuptools import setup
from setuptools.command.build_ext import build_ext
from setuptools.dist import Distribution

class Build(build_ext):
    def run(self):
        urllib.request.urlopen('https://example.org/')

class Ours(Distribution):
    def __init__(self, *attributes):
        Distribution.__init__(self, *attributes)
        ${body}

setup(name='demo', distclass=Ours)
`;

async function kindsOf(setup: string): Promise<readonly string[]> {
  const { filename, bytes } = await sdist({
    ...{ name: 'demo', version: '1', buildRequires: ['setuptools'] },
    files: {
      'setup.py': setup,
      'pyproject.toml': '[build-system]\nrequires = ["setuptools"]\nbuild-backend = "setuptools.build_meta"\n',
    },
  });
  const { findings } = await inspectArchive({ filename, archive: bytes });
  return findings.map(({ kind }) => kind);
}

test.each(["self.cmdclass['build_ext'] = Build", "self.cmdclass = {'build_ext': Build}"])(
  'a command that a distribution class adds counts as run: %s',
  async (body) => {
    expect(await kindsOf(distribution(body))).toContain('network');
  },
);

test.each(["self.cmdclass['test'] = Build", 'self.commands = Build'])(
  'a command that only developers run, or that nothing runs, does not count: %s',
  async (body) => {
    expect(await kindsOf(distribution(body))).not.toContain('network');
  },
);
