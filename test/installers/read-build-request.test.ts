import { expect, test } from 'vitest';
import { identifyInstaller } from '../../src/installers/installer.ts';
import { parseHatchEnvironments } from '../../src/installers/parse-hatch.ts';
import { readInstallerRequest } from '../../src/installers/read-installer-request.ts';

const request = (...argv: string[]) => {
  const { installer, args } = identifyInstaller(argv);
  return readInstallerRequest(installer.name, args, '/work');
};

test('the project and the environments that hatch uses are read from its command line', () => {
  const environments = (line: string) => request(...line.split(' ')).isolated?.environments;
  expect(environments('hatch run python -V')).toEqual(['default']);
  expect(environments('hatch run docs:build --strict')).toEqual(['docs']);
  expect(environments('hatch -e lint run check:x --env none')).toEqual(['check']);
  expect(environments('hatch -e lint run check')).toEqual(['lint']);
  expect(environments('hatch env create docs')).toEqual(['docs']);
  expect(environments('hatch env create')).toEqual(['default']);
  expect(environments('hatch shell docs')).toEqual(['docs']);
  expect(environments('hatch build -t wheel')).toEqual([]);
  expect(environments('hatch env show')).toBeUndefined();
  expect(environments('hatch version')).toBeUndefined();
});

test('a build is of the folder that the command names, and none without isolation', () => {
  expect(request('python3', '-m', 'build', '--wheel', '-o', 'out', 'lib').isolated?.folder).toBe('/work/lib');
  expect(request('pyproject-build').isolated?.folder).toBe('/work');
  expect(request('python3', '-m', 'build', '-nw').isolated).toBeUndefined();
  expect(request('build', '--wheel').isolated).toBeUndefined();
});

test('an environment of hatch has its requirements and those that it inherits', () => {
  const pyproject = `[tool.hatch.envs.default]
dependencies = ["a>=1", "x @ https://h/x.whl"]
[tool.hatch.envs.docs]
extra-dependencies = ["b"]
[tool.hatch.envs.lint]
detached = true
dependencies = ["c"]
[tool.hatch.envs.one]
template = "two"
skip-install = true
[tool.hatch.envs.two]
template = "one"
dependencies = ["d"]
`;
  const read = (name: string, hatch?: string) => parseHatchEnvironments({ pyproject, hatch }, [name]);
  expect(read('docs')).toEqual({ requirements: ['b', 'a>=1'], installsProject: true });
  expect(read('lint')).toEqual({ requirements: ['c'], installsProject: false });
  expect(read('one')).toEqual({ requirements: ['d'], installsProject: false });
  expect(read('unknown')).toEqual({ requirements: ['a>=1'], installsProject: true });
  expect(read('docs', '[envs.docs]\ndetached = true\ndependencies = ["e"]\n').requirements).toEqual(['e']);
});

test("PDM's command line names the project, requirements to add and whether the lock is kept", () => {
  expect(request('pdm', 'add', '-G', 'test', 'six>=1', '-p', 'lib')).toMatchObject({
    pip: ['six>=1'],
    project: '/work/lib',
    keepsLock: true,
  });
  expect(request('pdm', 'update', 'six')).toMatchObject({ pip: [], keepsLock: false });
  expect(request('pdm', 'lock')).toMatchObject({ keepsLock: false });
  expect(request('pdm', 'config').project).toBeUndefined();
});
