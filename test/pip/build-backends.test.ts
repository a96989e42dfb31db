import { describe, expect, test } from 'vitest';
import { backendRequirements } from '../../src/pip/build-backends.ts';
import { projectRequirements } from '../../src/pip/project-file.ts';

const question = { backend: undefined, requires: [], editable: false, tool: undefined };
const hatchTool = {
  hatch: {
    build: {
      dependencies: ['a'],
      hooks: { mypyc: { dependencies: ['b'] }, odd: 3 },
      targets: {
        wheel: { dependencies: ['c'], hooks: { custom: { dependencies: ['d'] } } },
        sdist: { dependencies: ['no'] },
      },
    },
  },
};

describe('the requirements that a build backend adds', () => {
  test.each([
    ['hatchling', { backend: 'hatchling.build', requires: ['hatchling'] }, []],
    ['hatchling, editable', { backend: 'hatchling.build', editable: true }, ['editables~=0.3']],
    ['hatchling with build dependencies', { backend: 'hatchling.build', tool: hatchTool }, ['a', 'b', 'c', 'd']],
    ['hatchling with a malformed table', { backend: 'hatchling.build', tool: { hatch: { build: 'x' } } }, []],
    ['flit-core', { backend: 'flit_core.buildapi', editable: true }, []],
    ['poetry-core', { backend: 'poetry.core.masonry.api', editable: true }, []],
    ['pdm-backend, editable', { backend: 'pdm.backend', editable: true }, []],
    [
      'pdm-backend with editables',
      { backend: 'pdm.backend', editable: true, tool: { pdm: { build: { 'editable-backend': 'editables' } } } },
      ['editables'],
    ],
    ['setuptools', { backend: 'setuptools.build_meta', requires: ['setuptools>=61'] }, []],
    ['old setuptools', { backend: 'setuptools.build_meta', requires: ['setuptools>=61,<70'] }, ['wheel']],
    ['pinned setuptools without a backend', { requires: ['setuptools==68.0'] }, ['wheel']],
    ['an unknown backend', { backend: 'own', editable: true }, []],
  ] as const)('%s', (_, change, added) => {
    expect(backendRequirements({ ...question, ...change })).toEqual(added);
  });
});

test('a project names them after its own build requirements', () => {
  const text = '[build-system]\nrequires = ["hatchling"]\nbuild-backend = "hatchling.build"\n';
  expect(projectRequirements(text, []).buildRequires).toEqual(['hatchling']);
  expect(projectRequirements(text, [], true).buildRequires).toEqual(['hatchling', 'editables~=0.3']);
  expect(projectRequirements(undefined, [], true).buildRequires).toEqual(['setuptools>=40.8.0']);
  expect(projectRequirements('[build-system]\nrequires = ["x"]\nbuild-backend = 3\n', []).buildRequires).toEqual(['x']);
});
